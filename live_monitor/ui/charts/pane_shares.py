"""How high the lower panes are: as they come, or as the person has dragged them. No Qt."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from live_monitor.ui.charts.panes import LARGEST_SHARE, SMALLEST_SHARE, STUDY_SHARE, VOLUME_SHARE

VOLUME: Final = "volume"


class PaneShares:
    """Shares of the plot's height by pane: `volume`, or the id of a study. Main thread."""

    def __init__(self) -> None:
        self._dragged: dict[str, float] = {}
        self.volume_shown = True

    @property
    def of_volume(self) -> float:
        """Share of the volume pane; 0 while it is not shown."""
        return self._dragged.get(VOLUME, VOLUME_SHARE) if self.volume_shown else 0.0

    def of(self, studies: Sequence[str]) -> list[float]:
        """Shares of the panes of these studies."""
        return [self._dragged.get(name, STUDY_SHARE) for name in studies]

    def drag(self, name: str, share: float) -> None:
        """Makes a pane as high as this share of the plot, as far as that makes sense."""
        self._dragged[name] = max(SMALLEST_SHARE, min(LARGEST_SHARE, share))

    def forget(self, name: str) -> None:
        """Gives a pane its usual height again."""
        self._dragged.pop(name, None)

    def keep_only(self, studies: Collection[str]) -> None:
        """Forgets the heights of panes whose studies are gone."""
        self._dragged = {name: share for name, share in self._dragged.items() if name == VOLUME or name in studies}

    def kept(self) -> dict[str, float]:
        """What was dragged, for the settings."""
        return dict(self._dragged)

    def restore(self, kept: Mapping[str, float]) -> None:
        """Takes what `kept` gave; shares that make no sense are left out."""
        sound = {name: share for name, share in kept.items() if math.isfinite(share)}
        self._dragged = {name: share for name, share in sound.items() if SMALLEST_SHARE <= share <= LARGEST_SHARE}

"""What of the drawings is in motion: the one under the hand, the one under the pointer, and what is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from live_monitor.ui.charts.drawings.values import Drawing


@dataclass(slots=True)
class Sketch:
    """Painted anew at every move, while the picture of all other drawings stays. Main thread."""

    #: Comes into being, or is dragged; painted with its handles.
    preview: Drawing | None = None
    #: The drawing that `preview` stands for: left out of the picture.
    lifted: str | None = None
    #: Under the pointer: shows its handles.
    hovered: str | None = None
    #: A line of what to do next; empty while nothing is asked.
    hint: str = ""

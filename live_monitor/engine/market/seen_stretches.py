"""The stretches of market time of which every print was seen."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Older stretches than so many lie before what is still compared.
_MAX_STRETCHES: Final = 64


class SeenStretches:
    """One that goes on, from `whole_from_ms`, and those that ended when prints were missed."""

    def __init__(self) -> None:
        self.whole_from_ms = 0
        #: Whether the provider sends prints at all.
        self.prints = False
        self._ended: list[tuple[int, int]] = []

    def missed(self, from_ms: int, to_ms: int) -> None:
        """Prints of [`from_ms`, `to_ms`) may be missing."""
        pieces = [(first, min(last, from_ms)) for first, last in [*self._ended, (self.whole_from_ms, to_ms)]]
        pieces += [(max(first, to_ms), last) for first, last in self._ended if last > to_ms]
        self._ended = [piece for piece in pieces if piece[0] < piece[1]][-_MAX_STRETCHES:]
        self.whole_from_ms = max(self.whole_from_ms, to_ms)

    def whole(self, from_ms: int, to_ms: int) -> bool:
        """True when every print of [`from_ms`, `to_ms`) was seen, as far as known."""
        return from_ms >= self.whole_from_ms or any(
            first <= from_ms and to_ms <= last for first, last in reversed(self._ended)
        )

    def whole_rows(self, from_ms: NDArray[np.int64], width_ms: int) -> NDArray[np.bool_]:
        """The same for windows of `width_ms` that start at `from_ms`."""
        whole = from_ms >= self.whole_from_ms
        for first, last in self._ended:
            whole |= (from_ms >= first) & (from_ms + width_ms <= last)
        return whole

"""One second of prints."""

from __future__ import annotations

from live_monitor.engine.market.bar_columns import NAN, Bar
from live_monitor.engine.market.bar_proof import Numbers

_INF = float("inf")


class Window:
    """The prints of one second. `open` is NaN until a print that may set the last price came; volumes in shares.

    `given` is the provider's bar of the second, which stands above our own: prints go on being counted here, so that
    the two can be compared.
    """

    __slots__ = (
        "before",
        "close",
        "counted",
        "day_only",
        "first_ms",
        "first_sequence",
        "given",
        "high",
        "last_ms",
        "last_sequence",
        "late",
        "low",
        "open",
        "trades",
        "turnover",
        "unpriced",
        "vendor_volume",
        "volume",
        "written",
    )

    def __init__(self) -> None:
        self.open = self.close = NAN
        self.high, self.low = -_INF, _INF
        self.volume = self.turnover = 0.0
        self.trades = 0
        #: Shares that count for the day but not for bars.
        self.day_only = 0.0
        #: Shares within `volume` whose price is held back (see `print_guard`).
        self.unpriced = 0.0
        self.first_ms, self.first_sequence = _INF, 0
        self.last_ms, self.last_sequence = -_INF, 0
        #: The day's volume as the vendor told it with the last print that may set the last price; NaN if it does not.
        self.vendor_volume = NAN
        self.given: Bar | None = None
        #: Our own numbers when `given` came.
        self.before: Numbers | None = None
        #: How much of `day_volume` the builder has added to the day's.
        self.counted = 0.0
        #: Something came after the second had closed.
        self.late = False
        #: The bar of our own that stands in the series.
        self.written: Bar | None = None

    @property
    def day_volume(self) -> float:
        """Shares that count for the day."""
        return self.volume + self.day_only

    def numbers(self) -> Numbers:
        """What our own bar of the second says."""
        high, low = max(self.high, self.open, self.close), min(self.low, self.open, self.close)
        return Numbers(self.open, high, low, self.close, self.volume, self.trades)

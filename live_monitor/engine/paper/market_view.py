"""What the engine may believe of the market of one symbol, and why not.

Floats as the feed brings them, NaN where absent; `Decimal` is made from them where something is filled.
"""

from __future__ import annotations

from typing import Final, NamedTuple

NAN: Final = float("nan")


class Now(NamedTuple):
    """An instant: market time in ms, and monotonic seconds, which ages are measured in."""

    ms: int
    monotonic: float


class MarketView:
    """Level 1 of one symbol as the paper engine heard it; one for all orders of an account in that symbol.

    `received`, `last_received`: monotonic seconds of receipt of quote and last eligible print; NaN before the first.
    `suspect`: the last print that was heard is held back as suspect, since `suspect_received`.
    `bid_left`, `ask_left`: displayed shares that own fills have not consumed yet; NaN where no size is displayed.
    """

    __slots__ = (
        "ask",
        "ask_left",
        "ask_size",
        "band_high",
        "band_low",
        "bid",
        "bid_left",
        "bid_size",
        "close",
        "condition",
        "halted",
        "last",
        "last_ms",
        "last_received",
        "last_size",
        "quote_ms",
        "received",
        "source",
        "suspect",
        "suspect_received",
        "symbol",
    )

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.bid = self.bid_size = self.bid_left = self.ask = self.ask_size = self.ask_left = NAN
        self.last = self.last_size = self.close = NAN
        #: Limit down and limit up, where they are known: nothing trades beyond them.
        self.band_low = self.band_high = NAN
        self.quote_ms = self.last_ms = 0
        self.received = self.last_received = self.suspect_received = NAN
        self.condition: int | None = None
        self.halted = self.suspect = False
        #: Whose prices these are, for receipts.
        self.source = ""

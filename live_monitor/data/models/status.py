"""What is known of a link, and what deserves the trader's attention."""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple

from msgspec import Struct

LinkState = Literal["idle", "connecting", "live", "retrying", "stopped", "failed"]
AlertLevel = Literal["urgent", "warning", "normal"]


class LinkStatus(Struct, frozen=True):
    """State of the connection to a feed.

    `since` is monotonic seconds; `attempt` counts tries since the last healthy stream;
    `message` and `remedy` are for people. `provider` and `label` come from the server's hello.
    """

    state: LinkState = "idle"
    since: float = 0.0
    attempt: int = 0
    message: str = ""
    remedy: str = ""
    provider: str = ""
    label: str = ""
    retry_in_s: float = 0.0

    @property
    def connected(self) -> bool:
        """True while frames can arrive."""
        return self.state == "live"


class Alert(NamedTuple):
    """Something to look at. `ms` is market time; `bar_ms` the bar it belongs to, if any."""

    ms: int
    level: AlertLevel
    kind: str
    symbol: str
    message: str
    bar_ms: int | None = None


class Gap(NamedTuple):
    """A stretch of market time in which prints were missed, and why.

    `healed`: the bars of the stretch came from history; of a symbol that is only watched, level 1 came anew.
    """

    symbol: str
    from_ms: int
    to_ms: int
    reason: str
    healed: bool = False


class Counters:
    """What was received, dropped and refused since the start. Main thread."""

    def __init__(self) -> None:
        self.events = 0
        self.trades = 0
        self.quotes = 0
        self.aggregates = 0
        self.repeats = 0
        self.dropped_trades = 0
        self.conflated_quotes = 0
        self.reconnects = 0
        self.gaps: list[Gap] = []
        self.rejected: Counter[str] = Counter()

    @property
    def dropped(self) -> int:
        """Prints that were lost on our side or on the server's, as far as known."""
        return self.dropped_trades

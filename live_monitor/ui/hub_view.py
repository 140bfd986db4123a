"""What the widgets read of the market hub: the seam between the screen and the data.

Widgets only read, on the main thread, once per frame. Absent numbers are NaN.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from live_monitor.data.models.providers import ProviderRole, ProviderStatus
from live_monitor.data.models.signals import EntrySignal, ExitSignal


class TickerView(Protocol):
    """Level 1 and day figures of one symbol (`engine.market.ticker_state`)."""

    @property
    def symbol(self) -> str: ...
    @property
    def last(self) -> float: ...
    @property
    def last_size(self) -> float: ...
    @property
    def bid(self) -> float: ...
    @property
    def bid_size(self) -> float: ...
    @property
    def ask(self) -> float: ...
    @property
    def ask_size(self) -> float: ...
    @property
    def spread(self) -> float: ...
    @property
    def mid(self) -> float: ...
    @property
    def volume(self) -> float: ...
    @property
    def change(self) -> float: ...
    @property
    def change_percent(self) -> float: ...
    @property
    def day_high(self) -> float: ...
    @property
    def day_low(self) -> float: ...
    @property
    def day_open(self) -> float: ...
    @property
    def vwap(self) -> float: ...
    @property
    def tick(self) -> int:
        """+1 or −1 by the last price change, 0 before one."""
        ...

    @property
    def partial_since_ms(self) -> int:
        """Market time from which the day figures count; 0 when they cover all of it, −1 before one is known."""
        ...

    @property
    def volume_known(self) -> bool:
        """True while `volume` is the volume of the whole day."""
        ...

    @property
    def version(self) -> int:
        """Rises with every change."""
        ...

    @property
    def last_ms(self) -> int:
        """Market time of the last price; 0 before one."""
        ...

    @property
    def quote_ms(self) -> int:
        """Market time of the quote; 0 before one."""
        ...

    @property
    def received(self) -> float:
        """Monotonic seconds of the last event; 0 or NaN before the first."""
        ...


class LinkView(Protocol):
    """State of the link to the feed (`data.models.status`)."""

    @property
    def state(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def remedy(self) -> str: ...
    @property
    def attempt(self) -> int: ...


class TapeRowView(Protocol):
    """One print of time and sales."""

    @property
    def timestamp_ms(self) -> int: ...
    @property
    def price(self) -> float: ...
    @property
    def size(self) -> float: ...
    @property
    def side(self) -> int: ...
    @property
    def conditions(self) -> tuple[int | str, ...]: ...
    @property
    def exchange(self) -> int | str | None: ...
    @property
    def eligible(self) -> bool: ...


class TapeView(Protocol):
    """Prints of the focus symbol, newest last."""

    @property
    def total(self) -> int:
        """Prints ever added, also those that the bound has pushed out."""
        ...

    def __len__(self) -> int: ...
    def newest(self, count: int, /) -> Sequence[TapeRowView]:
        """At most `count` prints, newest first."""
        ...


class AlertView(Protocol):
    """One alert."""

    @property
    def ms(self) -> int: ...
    @property
    def level(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def symbol(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def bar_ms(self) -> int | None: ...


class AlertsView(Protocol):
    """Alerts, newest last, bounded."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> AlertView: ...


class GapView(Protocol):
    """A stretch of market time in which prints were missed."""

    @property
    def symbol(self) -> str: ...
    @property
    def from_ms(self) -> int: ...
    @property
    def to_ms(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def healed(self) -> bool:
        """True once the stretch was filled."""
        ...


class CountersView(Protocol):
    """What was received and what was lost."""

    @property
    def events(self) -> int: ...
    @property
    def dropped_trades(self) -> int: ...
    @property
    def conflated_quotes(self) -> int: ...
    @property
    def gaps(self) -> Sequence[GapView]:
        """Stretches in which prints were missed, oldest first."""
        ...

    @property
    def rejected(self) -> Mapping[str, int]:
        """How often something from outside was refused, by reason."""
        ...


class SessionClockView(Protocol):
    """Market time."""

    @property
    def speed(self) -> float: ...
    def now_ms(self) -> int: ...


class CalendarView(Protocol):
    """Sessions of the exchange."""

    def market_state(self, ms: int, /) -> str: ...


class HelloView(Protocol):
    """What the server said of itself."""

    @property
    def symbols(self) -> Sequence[str]: ...


class HubView(Protocol):
    """The hub as the screen sees it."""

    @property
    def focus(self) -> str | None: ...
    @property
    def clock(self) -> SessionClockView: ...
    @property
    def calendar(self) -> CalendarView: ...
    @property
    def link(self) -> LinkView: ...
    @property
    def hello(self) -> HelloView: ...
    @property
    def feed_ended(self) -> str:
        """Why no more events will come (a replay is over), else empty."""
        ...

    @property
    def problems(self) -> Mapping[str, str]:
        """Why a subscribed symbol brings nothing, by symbol."""
        ...

    @property
    def providers(self) -> Mapping[tuple[str, ProviderRole], ProviderStatus]:
        """How each provider is doing, by its id and what it is there for."""
        ...

    @property
    def source(self) -> str:
        """Whose prices these are, as the feed calls them; empty before that is known."""
        ...

    @property
    def has_prints(self) -> bool:
        """False for a source of level 1 alone, whose tape stays empty."""
        ...

    @property
    def tape(self) -> TapeView: ...
    @property
    def signals(self) -> Sequence[EntrySignal | ExitSignal]: ...
    @property
    def signals_version(self) -> int: ...
    def signal_source(self, signal: EntrySignal | ExitSignal, /) -> str:
        """Whose bars a signal came from; "script" for one that a script gave."""
        ...

    @property
    def alerts(self) -> AlertsView: ...
    @property
    def alerts_total(self) -> int:
        """Alerts ever added, also those that the bound has pushed out."""
        ...

    @property
    def counters(self) -> CountersView: ...
    @property
    def keeps_bars(self) -> bool:
        """True where bars are to be kept."""
        ...

    @property
    def store_notice(self) -> str:
        """One line while bars are not kept, and why; else empty."""
        ...

    @property
    def lag_ms(self) -> int:
        """How far the newest event of the focus symbol lay behind market time when it arrived."""
        ...

    @property
    def skew_ms(self) -> int:
        """How far that event lay ahead of market time: the machine's clock is behind the exchange's by so much."""
        ...

    def state(self, symbol: str, /) -> TickerView | None: ...
    def focus_flow(self) -> str:
        """`unknown`, `live`, `ageing` or `stale`, by the silence that is normal for the focus symbol."""
        ...

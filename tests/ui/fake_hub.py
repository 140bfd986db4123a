"""A hub made of plain values: what the widgets read, set by hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from live_monitor.clock import Clock, SessionClock
from live_monitor.data.models.providers import ProviderRole, ProviderStatus
from live_monitor.data.models.signals import EntrySignal, ExitSignal
from live_monitor.data.models.status import Alert, AlertLevel, Counters, LinkStatus
from live_monitor.engine.market.tape import TapeRow

NAN = float("nan")
NEW_YORK = ZoneInfo("America/New_York")
#: 2026-11-20 10:00:00 New York, a regular session.
TEN = 1_795_186_800_000


@dataclass
class FakeState:
    """Level 1 with the derived figures as plain fields where the real one computes them."""

    symbol: str = "AAPL"
    last: float = 187.42
    last_size: float = 100.0
    bid: float = 187.41
    bid_size: float = 300.0
    ask: float = 187.43
    ask_size: float = 1_200.0
    volume: float = 12_345_678.0
    change: float = 1.23
    change_percent: float = 0.66
    day_high: float = 188.40
    day_low: float = 185.90
    day_open: float = 186.10
    vwap: float = 187.02
    tick: int = 1
    partial_since_ms: int = 0
    volume_known: bool = True
    version: int = 1
    received: float = 1_000.0
    last_ms: int = TEN
    quote_ms: int = TEN

    @property
    def two_sided(self) -> bool:
        return self.bid < self.ask and self.bid_size != 0 and self.ask_size != 0

    @property
    def spread(self) -> float:
        return self.ask - self.bid if self.two_sided else NAN

    @property
    def mid(self) -> float:
        return (self.ask + self.bid) / 2 if self.two_sided else NAN

    def set(self, **changes: float) -> None:
        """Changes fields as an event would: the version rises."""
        for name, value in changes.items():
            setattr(self, name, value)
        self.version += 1


class FakeTape:
    """Rows as given, newest last."""

    def __init__(self) -> None:
        self.rows: deque[TapeRow] = deque(maxlen=2_000)
        self.total = 0

    def add(self, row: TapeRow) -> None:
        self.rows.append(row)
        self.total += 1

    def __len__(self) -> int:
        return len(self.rows)

    def newest(self, count: int) -> list[TapeRow]:
        return list(self.rows)[::-1][:count]


@dataclass
class FakeHello:
    symbols: Sequence[str] = ("AAPL", "MSFT", "NVDA")


class FakeCalendar:
    """Always in the state that the test chose."""

    def __init__(self) -> None:
        self.state = "open"

    def market_state(self, _ms: int) -> str:
        return self.state


@dataclass
class FakeHub:
    """See `live_monitor.ui.hub_view.HubView`."""

    clock: SessionClock
    focus: str | None = "AAPL"
    calendar: FakeCalendar = field(default_factory=FakeCalendar)
    link: LinkStatus = field(default_factory=lambda: LinkStatus("live", provider="simulated", label="SIMULATED"))
    hello: FakeHello = field(default_factory=FakeHello)
    feed_ended: str = ""
    providers: dict[tuple[str, ProviderRole], ProviderStatus] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    has_prints: bool = True
    tape: FakeTape = field(default_factory=FakeTape)
    signals: list[EntrySignal | ExitSignal] = field(default_factory=list)
    signals_version: int = 0
    source: str = "SIMULATED"
    signal_sources: dict[int, str] = field(default_factory=dict)
    alerts: deque[Alert] = field(default_factory=lambda: deque(maxlen=1_000))
    alerts_total: int = 0
    counters: Counters = field(default_factory=Counters)
    keeps_bars: bool = False
    store_notice: str = ""
    lag_ms: int = 12
    skew_ms: int = 0
    flow: str = "live"
    states: dict[str, FakeState] = field(default_factory=lambda: {"AAPL": FakeState()})

    def state(self, symbol: str) -> FakeState | None:
        return self.states.get(symbol)

    def focus_flow(self) -> str:
        return self.flow

    def signal_source(self, signal: EntrySignal | ExitSignal) -> str:
        return self.signal_sources.get(id(signal), self.source)

    def add_signal(self, signal: EntrySignal | ExitSignal) -> None:
        self.signals.append(signal)
        self.signals_version += 1

    def alert(self, level: AlertLevel, message: str, *, symbol: str = "AAPL", bar_ms: int | None = None) -> None:
        self.alerts.append(Alert(TEN, level, "test", symbol, message, bar_ms))
        self.alerts_total += 1


def fake_hub(clock: Clock) -> FakeHub:
    """A hub at 10:00 New York on a live, simulated link, with AAPL in focus."""
    session = SessionClock(clock)
    session.follow(TEN, 1.0)
    return FakeHub(session)


def stamp(ms: int) -> datetime:
    """Aware New York time."""
    return datetime.fromtimestamp(ms / 1000, NEW_YORK)


def entry(ms: int = TEN, kind: str = "LONG", price: str = "187.42", strength: str = "Strong") -> EntrySignal:
    """An entry signal whose bar ended at `ms`."""
    return EntrySignal(
        time=f"{stamp(ms):%H:%M:%S}",
        signal_type=kind,  # type: ignore[typeddict-item] # the tests pass LONG and SHORT
        price=price,
        signal="VWAP cross, volume confirmed",
        strength=strength,  # type: ignore[typeddict-item] # one of the three
        notes="volume 1.8 × average",
        timestamp=stamp(ms),
        symbol="AAPL",
    )


def exit_(ms: int = TEN, kind: str = "TARGET", pnl: str = "+0.83%", urgency: str = "Normal") -> ExitSignal:
    """An exit signal whose bar ended at `ms`."""
    return ExitSignal(
        time=f"{stamp(ms):%H:%M:%S}",
        exit_type=kind,  # type: ignore[typeddict-item] # one of the three
        price="188.97",
        pnl=pnl,
        signal="Target reached",
        urgency=urgency,  # type: ignore[typeddict-item] # one of the three
        timestamp=stamp(ms),
        symbol="AAPL",
        pnl_value=1.55,
    )


def print_row(
    price: float = 187.42, side: int = 1, *, eligible: bool = True, ms: int = TEN, size: float = 100
) -> TapeRow:
    """One print."""
    return TapeRow(ms, price, size, side, () if eligible else (37,), 12, eligible)

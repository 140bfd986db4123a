"""Price alerts of the hub: what is waited for stays subscribed, and what is met is told once. Main thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from live_monitor.data.models.status import Alert
from live_monitor.engine.market.bar_series import MINUTE_MS
from live_monitor.engine.market.ticker_state import TickerState
from live_monitor.engine.signals.price_alerts import PriceAlert, PriceAlertBook

#: Holds the subscriptions of symbols with an alert.
OWNER: Final = "price alerts"


class PriceAlerts:
    """`hub.price_alerts`. Views look at `rows` when `version` has risen."""

    def __init__(
        self,
        states: Mapping[str, TickerState],
        acquire: Callable[[str, str], None],
        release: Callable[[str, str], None],
        tell: Callable[[Alert], None],
    ) -> None:
        """`acquire` and `release` subscribe a symbol for an owner; `tell` puts an alert where people see it."""
        self._states, self._acquire, self._release, self._tell = states, acquire, release, tell
        self._book = PriceAlertBook()
        self._held: set[str] = set()
        self._market = ""
        #: What the feed has; empty: any symbol.
        self._offered: frozenset[str] = frozenset()
        self._told_version = 0
        #: What is waited for, or what is known of it, has changed: it is to be kept.
        self.changed: Callable[[], None] = lambda: None
        #: Crossings and sides that `settle` has to look at; read once per batch.
        self.pending = self._book.pending

    # -- wishes ------------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[PriceAlert, ...]:
        """What is waited for, oldest first."""
        return self._book.alerts

    @property
    def version(self) -> int:
        """Rises with every change of `rows`."""
        return self._book.version

    def of(self, symbol: str) -> tuple[PriceAlert, ...]:
        """What is waited for of one symbol, oldest first."""
        return tuple(alert for alert in self.rows if alert.symbol == symbol)

    def add(self, symbol: str, price: float, note: str = "") -> str:
        """Waits until the last price of `symbol` reaches or passes `price`; returns the alert's id.

        The symbol is subscribed until then. Raises ValueError, in plain words, for what cannot be waited for.
        """
        state = self._states.get(symbol)
        if state is None:
            alert = self._book.add(symbol, price, note, market=self._market)
        else:
            alert = self._book.add(symbol, price, note, last=state.last, last_ms=state.last_ms, market=self._market)
        self._follow([symbol])
        self._keep()
        return alert.id

    def remove(self, alert_id: str) -> bool:
        """Waits for it no longer. False where it is not waited for (any more)."""
        alert = self._book.remove(alert_id)
        if alert is None:
            return False
        self._follow([alert.symbol])
        self._keep()
        return True

    def restore(self, kept: Iterable[PriceAlert]) -> None:
        """Waits for what was waited for before; what cannot be waited for is passed over. Tells nobody of a change."""
        symbols = set()
        for alert in kept:
            try:
                self._book.restore(alert)
            except ValueError:
                continue
            symbols.add(alert.symbol)
        self._follow(sorted(symbols))
        self._told_version = self._book.version

    # -- what the hub says -------------------------------------------------------------------

    def admit(self, state: TickerState) -> None:
        """A symbol is subscribed from now on."""
        state.on_last = self._book.watch(state.symbol)

    def follow_market(self, market: str, offered: Sequence[str], now_ms: int) -> None:
        """Prices of `market` come from now on, where it is `now_ms`; it has the symbols `offered`, or any if empty.

        An alert of a symbol that this feed does not have rests.
        """
        self._market, self._offered = market, frozenset(offered)
        self._book.follow_market(market, now_ms)
        self._follow(sorted({alert.symbol for alert in self.rows} | self._held))
        self._keep()

    def settle(self) -> None:
        """Tells what was crossed. After each batch of events in which there is something `pending`."""
        crossings = self._book.take(self._market)
        for crossing in crossings:
            bar_ms = crossing.ms - crossing.ms % MINUTE_MS
            self._tell(Alert(crossing.ms, "warning", "price", crossing.alert.symbol, crossing.text(), bar_ms))
        self._follow(sorted({crossing.alert.symbol for crossing in crossings}))
        self._keep()

    def unheard(self, symbol: str = "") -> None:
        """Prints of `symbol`, or of all, may have been missed before the next one."""
        self._book.unheard(symbol)

    def split(self, symbol: str, ratio: float, now_ms: int) -> None:
        """A share has become `ratio` new ones: what is waited for goes on in new shares, and that is told."""
        if self._book.split(symbol, ratio):
            self._tell(Alert(now_ms, "normal", "price", symbol, f"{symbol}: price alerts go on in new shares."))
            self._keep()

    def _follow(self, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            watch = self._book.watch(symbol)
            wanted = watch is not None and (not self._offered or symbol in self._offered)
            state = self._states.get(symbol)
            if state is not None:
                state.on_last = watch
            if wanted and symbol not in self._held:
                self._held.add(symbol)
                self._acquire(symbol, OWNER)
            elif not wanted and symbol in self._held:
                self._held.discard(symbol)
                self._release(symbol, OWNER)

    def _keep(self) -> None:
        if self._book.version != self._told_version:
            self._told_version = self._book.version
            self.changed()

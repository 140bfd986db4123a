"""Prices that are waited for, and the print that crosses one.

An alert knows on which side of its price the market stands. It fires once, with the first print at its price or beyond
it that may be a last price: by its sale condition, not late, and not held back by the guard. Bars and history never
fire it, level 1 only where the feed has no prints. Where the market stands exactly at the price when the alert is
placed, or nobody knows where it stands, the next print at another price says from which side it will be met. One
thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from live_monitor import limits
from live_monitor.engine.signals.position import price_text

NAN: Final = float("nan")
#: -1 while the last price is below the alert, 1 above, 0 not known.
Side = Literal[-1, 0, 1]
#: After so long without a print, what was traded in between is not known to have passed every price: the shortest halt
#: (market rules 4.5).
SILENCE_MS: Final = 300_000


class PriceAlert(NamedTuple):
    """`price` in USD. `since_ms`: market time at which `side` was known, of the market that is named `market`."""

    id: str
    symbol: str
    price: float
    note: str = ""
    side: Side = 0
    since_ms: int = 0
    market: str = ""


class Crossing(NamedTuple):
    """A print at `price` and `ms` met the alert; `before` is the last price before it, NaN where none was heard.

    `gap`: the market went on without being heard in between, so that the price was passed unseen.
    """

    alert: PriceAlert
    price: float
    ms: int
    before: float
    gap: bool

    def text(self) -> str:
        """One line for people."""
        alert = self.alert
        wanted, now = price_text(alert.price), price_text(self.price)
        came = f" from {price_text(self.before)}" if self.before == self.before else ""
        if self.price == alert.price:
            said = f"{alert.symbol} reached {wanted}{came}"
        else:
            way = "rose through" if self.price > alert.price else "fell through"
            said = f"{alert.symbol} {way} {wanted}: {now}{came}"
        if self.gap:
            said += ", in a gap: nothing was heard in between"
        return f"{said} · {alert.note}" if alert.note else f"{said}."


class PriceWatch:
    """Follows the last price of one symbol; called for every print that may be one, so it must be quick."""

    __slots__ = ("_alerts", "_before", "_before_ms", "_crossed", "_high", "_low", "_unheard")

    def __init__(self, crossed: list[Crossing | PriceAlert]) -> None:
        """`crossed` collects what happens: a crossing, or an alert that has come to know its side."""
        self._crossed = crossed
        self._alerts: list[PriceAlert] = []
        self._low = self._high = NAN
        self._before = NAN
        self._before_ms = 0
        self._unheard = False

    def __call__(self, price: float, ms: int) -> None:
        """The last price is `price` now, printed at `ms` of market time."""
        if not self._low < price < self._high:
            self._look(price, ms)
        self._before, self._before_ms, self._unheard = price, ms, False

    def follow(self, alerts: Iterable[PriceAlert]) -> None:
        """Waits for these from now on, and for no others."""
        self._alerts = list(alerts)
        below = [alert.price for alert in self._alerts if alert.side > 0]
        above = [alert.price for alert in self._alerts if alert.side < 0]
        # With NaN every print comes by, until all sides are known.
        known = len(below) + len(above) == len(self._alerts)
        self._low = max(below, default=-limits.MAX_PRICE) if known else NAN
        self._high = min(above, default=2 * limits.MAX_PRICE) if known else NAN

    def unheard(self) -> None:
        """Prints may have been missed before the next one."""
        self._unheard = True

    def heard(self, price: float, ms: int) -> None:
        """The last price before anything was waited for."""
        if ms >= self._before_ms:
            self._before, self._before_ms = price, ms

    def forget_price(self) -> None:
        """The price heard last says nothing about the next one: another market, other shares."""
        self._before, self._before_ms = NAN, 0

    def _look(self, price: float, ms: int) -> None:
        waiting: list[PriceAlert] = []
        for alert in self._alerts:
            side = _side(price, alert.price)
            if alert.side and side != alert.side:
                self._crossed.append(Crossing(alert, price, ms, self._before, self._is_gap(alert, price, ms)))
                continue
            if side and not alert.side:
                alert = alert._replace(side=side, since_ms=ms)  # noqa: PLW2901 - the same alert, knowing more
                self._crossed.append(alert)
            waiting.append(alert)
        self.follow(waiting)

    def _is_gap(self, alert: PriceAlert, price: float, ms: int) -> bool:
        silent = self._unheard or ms - self._before_ms >= SILENCE_MS
        return price != alert.price and silent


class PriceAlertBook:
    """All alerts, oldest first. `version` rises with every change."""

    def __init__(self) -> None:
        self.version = 0
        #: What happened since `take` was called last; not empty means that it should be.
        self.pending: list[Crossing | PriceAlert] = []
        self._alerts: dict[str, PriceAlert] = {}
        self._watches: dict[str, PriceWatch] = {}
        #: Ids of those whose side holds in the market that is followed; the others learn theirs anew.
        self._placed: set[str] = set()
        self._number = 0

    @property
    def alerts(self) -> tuple[PriceAlert, ...]:
        """Those that have not fired, oldest first."""
        return tuple(self._alerts.values())

    def watch(self, symbol: str) -> PriceWatch | None:
        """What has to hear of every last price of `symbol`; None while nothing is waited for."""
        return self._watches.get(symbol)

    def add(
        self, symbol: str, price: float, note: str = "", *, last: float = NAN, last_ms: int = 0, market: str = ""
    ) -> PriceAlert:
        """Waits for `price`; `last` was printed at `last_ms` in `market`, NaN where nobody knows.

        Raises ValueError, in plain words, for what cannot be waited for.
        """
        if any((each.symbol, each.price, each.note) == (symbol, price, note) for each in self._alerts.values()):
            raise ValueError(f"{symbol} is waited for at {price_text(price)} already")
        alert = self.restore(PriceAlert("", symbol, price, note, _side(last, price), last_ms, market))
        if alert.side:
            self._placed.add(alert.id)
            self._changed(symbol)
        if last == last:
            self._watches[symbol].heard(last, last_ms)
        return alert

    def restore(self, kept: PriceAlert) -> PriceAlert:
        """Waits for an alert that was kept, under an id of this run. Raises ValueError as `add` does.

        Its side holds once `follow_market` says that this is the market in which it was known.
        """
        symbol, price, note = kept.symbol, kept.price, kept.note
        if not limits.valid_symbol(symbol):
            raise ValueError(f"{symbol[:32]!r} is not a symbol")
        if not limits.MIN_PRICE <= price <= limits.MAX_PRICE:
            raise ValueError("This is no price that an alert can wait for")
        if len(note) > limits.MAX_PRICE_ALERT_NOTE:
            raise ValueError(f"The note of an alert has at most {limits.MAX_PRICE_ALERT_NOTE} characters")
        if len(self._alerts) >= limits.MAX_PRICE_ALERTS:
            raise ValueError(f"There are {limits.MAX_PRICE_ALERTS} price alerts: remove one first")
        self._number += 1
        alert = kept._replace(id=f"alert-{self._number}")
        self._alerts[alert.id] = alert
        self._changed(symbol)
        return alert

    def remove(self, alert_id: str) -> PriceAlert | None:
        """Waits for it no longer. None where there is no such alert (any more)."""
        alert = self._alerts.pop(alert_id, None)
        if alert is not None:
            self._placed.discard(alert_id)
            self._changed(alert.symbol)
        return alert

    def take(self, market: str) -> list[Crossing]:
        """What was crossed since the last call; those alerts are gone. Sides that have become known are of `market`."""
        happened, crossings = self.pending[:], []
        self.pending.clear()
        for each in happened:
            if isinstance(each, PriceAlert):
                if each.id in self._alerts:
                    self._alerts[each.id] = each._replace(market=market)
                    self._placed.add(each.id)
            elif self._alerts.pop(each.alert.id, None) is not None:
                self._placed.discard(each.alert.id)
                crossings.append(each)
        for symbol in {_symbol(each) for each in happened}:
            self._changed(symbol)
        return crossings

    def follow_market(self, market: str, now_ms: int) -> None:
        """Prices of `market` at `now_ms` follow: what was known of another one, or of a later time, does not hold."""
        placed = {
            alert.id
            for alert in self._alerts.values()
            if alert.side and alert.market == market and alert.since_ms <= now_ms
        }
        moved, self._placed = placed ^ self._placed, placed
        for symbol in {self._alerts[alert_id].symbol for alert_id in moved}:
            self._watches[symbol].forget_price()
            self._watch(symbol)

    def unheard(self, symbol: str = "") -> None:
        """Prints of `symbol`, or of all, may have been missed before the next one."""
        for name, watch in self._watches.items():
            if not symbol or symbol == name:
                watch.unheard()

    def split(self, symbol: str, ratio: float) -> list[PriceAlert]:
        """A share has become `ratio` new ones: alerts go on in new shares. Returns them as they stand now."""
        watch = self._watches.get(symbol)
        if watch is None:
            return []
        watch.forget_price()
        for alert in [alert for alert in self._alerts.values() if alert.symbol == symbol]:
            price = alert.price / ratio
            if limits.MIN_PRICE <= price <= limits.MAX_PRICE:
                self._replace(alert, price=price)
            else:
                self._replace(alert, side=0, since_ms=0)
        return [alert for alert in self._alerts.values() if alert.symbol == symbol]

    def _replace(self, alert: PriceAlert, **changes: float) -> None:
        self._alerts[alert.id] = alert._replace(**changes)  # type: ignore[arg-type]  # a side is a number too
        self._changed(alert.symbol)

    def _changed(self, symbol: str) -> None:
        self.version += 1
        self._watch(symbol)

    def _watch(self, symbol: str) -> None:
        waiting = [
            alert if alert.id in self._placed else alert._replace(side=0)
            for alert in self._alerts.values()
            if alert.symbol == symbol
        ]
        if not waiting:
            self._watches.pop(symbol, None)
            return
        self._watches.setdefault(symbol, PriceWatch(self.pending)).follow(waiting)


def _symbol(happened: Crossing | PriceAlert) -> str:
    return happened.symbol if isinstance(happened, PriceAlert) else happened.alert.symbol


def _side(last: float, price: float) -> Side:
    return 1 if last > price else -1 if last < price else 0

"""An account as it is shown: what positions are worth at marks that say whose price they are, and what follows.

A mark is the middle of a sane quote, else the last print, else the close before; never anything invented. A position
without a mark counts at cost in the account's sums, and is named in `unmarked`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from live_monitor.data.models.orders import ZERO, AccountSnapshot, PositionRow
from live_monitor.engine.paper import margin
from live_monitor.engine.paper.market_view import NAN, MarketView, Now
from live_monitor.engine.paper.money import CONTEXT, arithmetic, cents, price_of
from live_monitor.engine.paper.positions import Position

if TYPE_CHECKING:
    from live_monitor.engine.paper.account import AccountState

#: A spread wider than this share of the middle says little about what a stock is worth.
SANE_SPREAD: Final = 0.05
#: Warnings that are shown with an account: the newest.
_SHOWN_WARNINGS: Final = 5


class Mark(NamedTuple):
    """USD per share; `source`: "mid", "last" or "close". `age_ms`: since it was received, 0 for a close."""

    price: Decimal
    source: str
    age_ms: int


def mark_of(view: MarketView | None, now: Now) -> Mark | None:
    """What a share is worth as far as the view knows; None where it knows nothing that may be used."""
    if view is None:
        return None
    bid, ask = view.bid, view.ask
    # Comparisons with NaN are False, so that an absent side falls through.
    if not (view.suspect or view.halted) and 0 < bid <= ask and ask - bid <= SANE_SPREAD * (bid + ask) / 2:
        return Mark(_middle(bid, ask), "mid", _age_ms(view.received, now))
    if view.last > 0:
        return Mark(price_of(view.last), "last", _age_ms(view.last_received, now))
    if view.close > 0:
        return Mark(price_of(view.close), "close", 0)
    return None


@lru_cache(maxsize=4_096)
def _middle(bid: float, ask: float) -> Decimal:
    # Half of a price has one digit more at most, whatever the context.
    return CONTEXT.divide(CONTEXT.add(price_of(bid), price_of(ask)), 2)


def _age_ms(received: float, now: Now) -> int:
    return 0 if math.isnan(received) else max(round((now.monotonic - received) * 1000), 0)


def split_view(view: MarketView, ratio: Decimal) -> None:
    """Prices of before a split, in new shares: what a position is worth goes on until the first price after it.

    Sizes displayed before it are forgotten with what own orders took of them, because a new quote brings its own.
    """
    factor = float(ratio)
    for name in ("bid", "ask", "last", "close"):
        setattr(view, name, getattr(view, name) / factor)
    view.band_low = view.band_high = NAN
    view.bid_size = view.ask_size = view.bid_left = view.ask_left = NAN


def market_value(position: Position, mark: Mark | None) -> Decimal | None:
    """USD in cents, negative when short; None without a mark."""
    return None if mark is None else cents(position.quantity * mark.price)


def _at_cost(position: Position) -> Decimal:
    return position.cost if position.quantity >= 0 else -position.cost


def position_rows(state: AccountState, marks: Mapping[str, Mark]) -> list[PositionRow]:
    """Positions, and those closed today, in the order in which they were opened."""
    with arithmetic():
        return [_row(position, marks.get(position.symbol)) for position in state.positions.values()]


def position_row(state: AccountState, symbol: str, mark: Mark | None) -> PositionRow | None:
    """One of `position_rows`; None for a symbol that was not held today."""
    position = state.positions.get(symbol)
    with arithmetic():
        return None if position is None else _row(position, mark)


def _row(position: Position, mark: Mark | None) -> PositionRow:
    value = market_value(position, mark) if position.quantity else ZERO
    sign = 1 if position.quantity >= 0 else -1
    return PositionRow(
        position.symbol,
        position.quantity,
        position.average_cost,
        None if mark is None else mark.price,
        "" if mark is None else mark.source,
        0 if mark is None else mark.age_ms,
        value,
        None if value is None else value - _at_cost(position),
        position.realized,
        None if value is None else value + position.day_flow - position.day_start,
        position.realized_fifo,
        tuple((lot.opened_ms, lot.quantity * sign, lot.cost) for lot in position.lots),
    )


def net_liq(state: AccountState, marks: Mapping[str, Mark]) -> Decimal:
    """Cash plus what is held, in USD; positions without a mark at cost."""
    with arithmetic():
        total = state.cash
        for position in state.held():
            value = market_value(position, marks.get(position.symbol))
            total += _at_cost(position) if value is None else value
        return total


def snapshot(
    state: AccountState, marks: Mapping[str, Mark], at_ms: int, working: Decimal | None = None
) -> AccountSnapshot:
    """The account at `at_ms`. Buying power of a cash account is its cash less what open buy orders hold back.

    `working`: `margin.working`, where somebody knows it already.
    """
    with arithmetic():
        worth, cost = ZERO, ZERO
        unmarked = []
        for position in state.held():
            value = market_value(position, marks.get(position.symbol))
            if value is None:
                unmarked.append(position.symbol)
                value = _at_cost(position)
            worth += value
            cost += _at_cost(position)
        total = state.cash + worth
        stock = option = max(state.cash - state.reserved, ZERO)
        reserved = state.reserved
        if state.settings.margin_enabled:
            standing = margin.standing(state, marks, known=working)
            reserved = standing.working
            stock = cents(standing.buying_power)
            option = cents(stock * margin.INITIAL) if standing.equity >= margin.MINIMUM_EQUITY else stock
        day = state.day
        began = state.opening_cash if day is None else day.net_liq
        return AccountSnapshot(
            account=state.account,
            name=state.name,
            at_ms=at_ms,
            cash=state.cash,
            settled_cash=state.settled,
            reserved=reserved,
            market_value=worth,
            net_liq=total,
            stock_buying_power=stock,
            option_buying_power=option,
            day_trading_buying_power=stock,
            realized=state.realized,
            unrealized=worth - cost,
            day_pnl=total - began,
            fees=state.fees,
            realized_fifo=state.realized_fifo,
            trades_today=0 if day is None else day.trades,
            locked=_locked(state, at_ms),
            warnings=tuple(warning.text for warning in state.warnings[-_SHOWN_WARNINGS:]),
            unmarked=tuple(unmarked),
        )


def _locked(state: AccountState, at_ms: int) -> str:
    """The text of the lock that holds longest."""
    holding = [lock for lock in state.tally.locks.values() if lock.until_ms > at_ms]
    return max(holding, key=lambda lock: lock.until_ms).text if holding else ""

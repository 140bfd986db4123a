"""A bracket that is drawn and not placed yet: its size by what it may lose, its lines, its order. Pure, no Qt.

The size is what the risk allows between entry and stop, held to what the account's limits and its money allow: a narrow
stop would else always ask for more than may be placed.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from itertools import takewhile
from typing import Final, NamedTuple

from live_monitor.data.models.orders import ZERO, AccountSnapshot, Bracket, Order, OrderParams, RiskLimits, Side
from live_monitor.engine.paper.risk import size_for
from live_monitor.ui.charts.trading.sides import entry_type
from live_monitor.ui.charts.trading.values import DRAFT_ENTRY, DRAFT_STOP, DRAFT_TARGET, Draft, OrderLine
from live_monitor.ui.number_format import format_percent, format_price, format_size
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.paper_words import TYPE_WORDS, money, signed_money

_HUNDRED: Final = Decimal(100)


class Sized(NamedTuple):
    """A draft with its size. `held_by`: what holds it below what the risk allows; `params`: its order, None while there
    is no size; `why`: why it cannot be placed, empty when it can.
    """

    draft: Draft
    shares: Decimal
    held_by: str
    params: OrderParams | None
    why: str


def sized(draft: Draft, symbol: str, risk_percent: Decimal, market: float, paper: PaperView) -> Sized:
    """The draft with as many shares as lose `risk_percent` of the account between entry and stop, or as may be had."""
    account = paper.account
    if account is None:
        return Sized(draft, ZERO, "", None, paper.notice or "there is no account")
    shares = Decimal(size_for(risk_percent / _HUNDRED, draft.entry, draft.stop, account.net_liq))
    held_by = ""
    held = _exposed(paper, symbol, draft.side)
    for most, name in _most(draft.entry, held, account, paper.settings.risk):
        if most < shares:
            shares, held_by = most, name
    if shares < 1:
        why = f"no share fits {held_by}" if held_by else f"one share loses more than {_percent(risk_percent)}"
        return Sized(draft, ZERO, held_by, None, paper.notice or why)
    kind = entry_type(draft.side, draft.entry, market)
    params = OrderParams(
        symbol=symbol,
        side=draft.side,
        quantity=shares,
        order_type=kind,
        limit_price=draft.entry if kind == "LMT" else None,
        stop_price=draft.entry if kind == "STP" else None,
        bracket=Bracket(target_price=draft.target, stop_price=draft.stop),
    )
    refusal = paper.preview(params).refusal
    return Sized(draft, shares, held_by, params, paper.notice or (refusal.text if refusal is not None else ""))


def _exposed(paper: PaperView, symbol: str, side: Side) -> Decimal:
    """Shares of the symbol that are held, or may be once every working order of this side is filled."""
    held = next((abs(row.quantity) for row in paper.positions() if row.symbol == symbol), ZERO)
    working = takewhile(lambda order: order.is_open, paper.orders())
    return held + sum((each.remaining for each in working if _opens(each, symbol, side)), ZERO)


def _opens(order: Order, symbol: str, side: Side) -> bool:
    return order.symbol == symbol and order.side == side and not order.parent_id


def _most(entry: Decimal, held: Decimal, account: AccountSnapshot, limits: RiskLimits) -> list[tuple[Decimal, str]]:
    """Whole shares at `entry` that each limit leaves room for, and what it is called."""
    found: list[tuple[Decimal, str]] = []
    spendable = account.stock_buying_power
    if limits.enabled and limits.max_position is not None:
        room = limits.max_position * account.net_liq / entry - held
        found.append((_whole(room), f"{_percent(limits.max_position * _HUNDRED)} in one symbol"))
    if limits.enabled and limits.min_cash_reserve is not None:
        spendable -= limits.min_cash_reserve * account.net_liq
    found.append((_whole(spendable / entry), "the buying power"))
    return found


def _whole(shares: Decimal) -> Decimal:
    return max(ZERO, shares.to_integral_value(ROUND_FLOOR))


def _percent(percent: Decimal) -> str:
    return f"{percent.normalize():f}%"


def draft_lines(found: Sized, risk_percent: Decimal, net_liq: Decimal) -> list[OrderLine]:
    """Entry, stop and target; the entry has the button that places all three, or says why there is none."""
    draft, shares, params = found.draft, found.shares, found.params
    way = 1 if draft.side == "BUY" else -1
    lost, won = ((price - draft.entry) * shares * way for price in (draft.stop, draft.target))
    kind = TYPE_WORDS["STP" if params is not None and params.order_type == "STP" else "LMT"]
    notes = [f"{kind} {_price(draft.entry)}"]
    if found.why:
        notes.append(found.why)
    else:
        risk = float(-lost / net_liq * _HUNDRED) if net_liq > 0 else float(risk_percent)
        notes.append(f"risks {money(-lost)} ({format_percent(risk)[1:]})")
        notes += [f"held by {found.held_by}"] if found.held_by else []
    ratio = abs(draft.target - draft.entry) / abs(draft.entry - draft.stop)
    stop, target = [_price(draft.stop)], [_price(draft.target)]
    if shares:
        stop.append(signed_money(lost))
        target.append(signed_money(won))
    target.append(f"{ratio:.1f} R")
    size = f" {format_size(float(shares))}" if shares else ""
    return [
        OrderLine(
            DRAFT_ENTRY, float(draft.entry), "accent", f"DRAFT {draft.side}{size}", " · ".join(notes),
            waiting=True, moves=True, closes=True, accept="" if found.why else "Place",
        ),
        OrderLine(DRAFT_STOP, float(draft.stop), "down", "STOP", " · ".join(stop), waiting=True, moves=True),
        OrderLine(DRAFT_TARGET, float(draft.target), "up", "TARGET", " · ".join(target), waiting=True, moves=True),
    ]  # fmt: skip


def _price(price: Decimal) -> str:
    return format_price(float(price))

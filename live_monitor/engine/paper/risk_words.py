"""Limits in words: for the preview of a ticket, and for the refusal of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal, NamedTuple

from live_monitor.data.models.orders import Order, Refusal
from live_monitor.engine.paper.figures import money_words, shares_words

LimitCode = Literal[
    "locked",
    "whitelist",
    "max_trades",
    "losing_streak",
    "daily_loss",
    "max_position",
    "portfolio_risk",
    "cash_reserve",
    "no_price",
]
DASH: Final = "–"
_HUNDRED: Final = Decimal(100)
#: As traders call them.
NAMES: Final[dict[LimitCode, str]] = {
    "locked": "Locked",
    "whitelist": "Symbols allowed",
    "max_trades": "Trades today",
    "losing_streak": "Losing streak",
    "daily_loss": "Day loss",
    "max_position": "Position size",
    "portfolio_risk": "Risk to the stop",
    "cash_reserve": "Cash reserve",
    "no_price": "Price",
}
_COUNTS: Final = ("max_trades", "losing_streak")
_SHARES: Final = ("max_position", "portfolio_risk", "cash_reserve")


class Measured(NamedTuple):
    """One limit beside what an order would make of it, in numbers.

    `value`, `after`, `allowed`: USD, or a number of trades; None where nothing says what they are. `whole`: net
    liquidation that a share of the portfolio is of. `fits`: the most shares that the limit leaves room for, None where
    shares are not what matters. `detail`: what only this limit has to say.
    """

    code: LimitCode
    value: Decimal | None
    after: Decimal | None
    allowed: Decimal | None
    ok: bool
    whole: Decimal | None = None
    fits: int | None = None
    detail: str = ""


class RiskLine(NamedTuple):
    """One limit for the preview of an order: its name, where it stands now, where the order would take it, and what is
    allowed, as text for people; the same in numbers in `measured`.
    """

    name: str
    now: str
    would_be: str
    limit: str
    ok: bool
    measured: Measured


def percent(part: Decimal, whole: Decimal | None) -> str:
    """A share of the portfolio, to a hundredth of a percent; a dash where there is no portfolio to have a share of."""
    return f"{part / whole * _HUNDRED:,.2f} %" if whole is not None and whole > 0 else DASH


def _figure(measured: Measured, amount: Decimal | None) -> str:
    if amount is None:
        return DASH
    if measured.code in _COUNTS:
        return f"{amount:f}"
    return percent(amount, measured.whole) if measured.code in _SHARES else money_words(amount)


def line(measured: Measured) -> RiskLine:
    """A limit as a line of the preview."""
    limit = _figure(measured, measured.allowed)
    if measured.code == "cash_reserve" and measured.allowed is not None:
        limit = f"at least {limit}"
    would_be = _figure(measured, measured.after)
    if measured.after is None and measured.detail:
        would_be = measured.detail
    return RiskLine(NAMES[measured.code], _figure(measured, measured.value), would_be, limit, measured.ok, measured)


def refusal(measured: Measured, order: Order) -> Refusal:
    """Why the limit refuses the order, with what would be accepted."""
    return Refusal(measured.code, f"{_why(measured, order)}{_remedy(measured)}")


def _why(measured: Measured, order: Order) -> str:
    what = f"{order.side} {shares_words(order.quantity)} {order.symbol}"
    code, after, allowed = measured.code, measured.after, measured.allowed
    if code in ("locked", "whitelist", "no_price") or after is None or allowed is None:
        return measured.detail
    if code == "max_trades":
        return f"That would be trade {after:f} of the day; {allowed:f} are allowed{measured.detail}."
    if code == "daily_loss":
        lost, most = money_words(after), money_words(allowed)
        return f"The account has lost {lost} USD today; at {most} trading stops{measured.detail}."
    share, most = percent(after, measured.whole), percent(allowed, measured.whole)
    if code == "max_position":
        return f"{what} would make a position of {money_words(after)} USD, {share} of the account; {most} is allowed."
    if code == "portfolio_risk":
        return f"{what} would lose {money_words(after)} USD at its stop, {share} of the account; {most} is allowed."
    return f"{what} would leave {money_words(after)} USD of cash, {share} of the account; {most} has to stay."


def _remedy(measured: Measured) -> str:
    if measured.fits is None:
        return ""
    if measured.fits < 1:
        return " Not one share fits."
    return f" At most {measured.fits:,} {'share fits' if measured.fits == 1 else 'shares fit'}."

"""The children of an entry: a target and a stop, one of which cancels the other; checked against the entry's price.

They are made in state `held`, on the other side of their parent, for its whole quantity and time in force. Their order
ids follow the parent's; their client order ids are the parent's with `/target` and `/stop` after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from live_monitor.data.models.orders import Bracket, Order, OrderType, Refusal, Side
from live_monitor.engine.paper.figures import price_words, shares_words
from live_monitor.engine.paper.order_numbers import price, read_trail_amount, read_trail_percent, refuse

_OPPOSITE: Final[dict[Side, Side]] = {"BUY": "SELL", "SELL": "BUY"}
#: Between the client order id of a parent and the role of a child: the child's own.
CHILD_MARK: Final = "/"
_ENTRIES: Final = ("MKT", "LMT", "STP", "STP_LMT")


class _Stop(NamedTuple):
    """The protecting child's terms."""

    kind: OrderType
    stop_price: Decimal | None = None
    limit_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None


def following(order_id: str, ahead: int) -> str:
    """The order id that comes `ahead` after one ("O7", 2: "O9"), as `AccountState.next_order_id` numbers them."""
    return f"O{int(order_id[1:]) + ahead}"


def children_of(parent: Order, bracket: object) -> tuple[Order, ...]:
    """The children that a bracket asks for. Raises InvalidPaperOrder.

    Judged by the price at which the parent would trade, its limit or else its stop; of a market order only target and
    stop are compared with one another (`order_rules.side_of_market` compares them with the market).
    """
    if bracket is None:
        return ()
    if not isinstance(bracket, Bracket):
        refuse("bad_bracket", "A bracket has to be a Bracket(target_price=…, stop_price=…).")
    if parent.order_type not in _ENTRIES:
        refuse("bad_bracket", f"A bracket hangs on {', '.join(_ENTRIES)}, not on {parent.order_type}.")
    if parent.time_in_force not in ("DAY", "GTC"):
        refuse("bad_bracket", f"An order with a bracket is DAY or GTC, not {parent.time_in_force}.")
    if parent.extended_hours:
        refuse("bad_bracket", "A bracket works in regular hours only: outside of them no stop would protect it.")
    target = None if bracket.target_price is None else price(bracket.target_price, "target_price")
    stop = _stop(bracket)
    if target is None and stop is None:
        refuse("bad_bracket", "A bracket needs a target or a stop.")
    _sides(parent, _entry_price(parent), target, stop)
    made = []
    if target is not None:
        made.append(_child(parent, 1, "target", _Stop("LMT", limit_price=target)))
    if stop is not None:
        made.append(_child(parent, len(made) + 1, "stop", stop))
    if len(made) == 2:
        made[0].sibling_id, made[1].sibling_id = made[1].order_id, made[0].order_id
    return tuple(made)


def closes_instead(order: Order, children: Sequence[Order], held: Decimal) -> Refusal | None:
    """Why an order that closes a part of a position (`held` shares, negative when short) can have no bracket.

    Its children would open on the other side what nobody asked for, past every limit: they count as exits.
    """
    if not children or held * (1 if order.side == "BUY" else -1) >= 0:
        return None
    what = f"A bracket protects what an order opens, and this {order.side} closes: {shares_words(held)} {order.symbol}"
    return Refusal("bad_bracket", f"{what} are held. Leave the bracket out.")


def judge_sides(parent: Order, children: Sequence[Order]) -> None:
    """Raises InvalidPaperOrder where the parent's price and those of its held children, in new terms, cannot belong to
    one bracket."""
    target = stop = None
    for child in children:
        if child.role == "target":
            target = child.limit_price
        else:
            stop = _Stop(child.order_type, child.stop_price, child.limit_price, child.trail_amount, child.trail_percent)
    _sides(parent, _entry_price(parent), target, stop)


def _entry_price(parent: Order) -> Decimal | None:
    return parent.limit_price if parent.limit_price is not None else parent.stop_price


def _stop(bracket: Bracket) -> _Stop | None:
    ways = [bracket.stop_price, bracket.trail_amount, bracket.trail_percent]
    given = sum(way is not None for way in ways)
    if given > 1:
        refuse("bad_bracket", "The stop of a bracket is one of stop price, trail amount and trail percent.")
    if bracket.stop_limit_price is not None and bracket.stop_price is None:
        refuse("bad_bracket", "The stop limit price of a bracket needs its stop price.")
    if bracket.trail_amount is not None:
        return _Stop("TRAIL", trail_amount=read_trail_amount(bracket.trail_amount))
    if bracket.trail_percent is not None:
        return _Stop("TRAIL", trail_percent=read_trail_percent(bracket.trail_percent))
    if bracket.stop_price is None:
        return None
    at = price(bracket.stop_price, "stop_price")
    if bracket.stop_limit_price is None:
        return _Stop("STP", at)
    return _Stop("STP_LMT", at, price(bracket.stop_limit_price, "stop_limit_price"))


def _sides(parent: Order, entry: Decimal | None, target: Decimal | None, stop: _Stop | None) -> None:
    """A BUY meets stop, entry and target in this order from below, a SELL from above."""
    buys = parent.side == "BUY"
    beyond = "above" if buys else "below"
    at = None if stop is None else stop.stop_price
    for name, far, other, near in (
        ("target", target, "entry", entry), ("target", target, "stop", at), ("entry", entry, "stop", at),
    ):  # fmt: skip
        if far is not None and near is not None and (far <= near if buys else far >= near):
            message = f"The {name} of a {parent.side} has to lie {beyond} its {other}"
            refuse("bracket_side", f"{message}: {price_words(far)} to {price_words(near)}.")
    if stop is None:
        return
    limit = stop.limit_price
    if limit is not None and at is not None and (limit > at if buys else limit < at):
        message = f"The stop of this bracket is touched at {price_words(at)}: its limit of {price_words(limit)}"
        refuse("bracket_side", f"{message} lies on the wrong side of that.")
    if buys and entry is not None and stop.trail_amount is not None and stop.trail_amount >= entry:
        trail = price_words(stop.trail_amount)
        refuse("bracket_side", f"A trail of {trail} USD reaches 0 from an entry at {price_words(entry)}.")


def _child(parent: Order, ahead: int, role: Literal["target", "stop"], terms: _Stop) -> Order:
    client = parent.client_order_id
    return Order(
        order_id=following(parent.order_id, ahead),
        client_order_id=f"{client}{CHILD_MARK}{role}" if client else "",
        account=parent.account,
        symbol=parent.symbol,
        side=_OPPOSITE[parent.side],
        quantity=parent.quantity,
        order_type=terms.kind,
        limit_price=terms.limit_price,
        stop_price=terms.stop_price,
        trail_amount=terms.trail_amount,
        trail_percent=terms.trail_percent,
        time_in_force=parent.time_in_force,
        parent_id=parent.order_id,
        role=role,
        state="held",
        placed_ms=parent.placed_ms,
    )

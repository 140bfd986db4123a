"""The lines of a symbol: what works, what waits for its entry, and the position. Pure, no Qt.

Words come first and colour never alone: a tag says what it is ("STOP", "LONG 300"), so that it is read the same by
everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Final, NamedTuple

from msgspec.structs import replace

from live_monitor.data.models.orders import Order, PositionRow
from live_monitor.ui.charts.trading.values import POSITION, OrderLine
from live_monitor.ui.number_format import DASH, format_percent
from live_monitor.ui.paper_view import PaperView, Replacement
from live_monitor.ui.paper_words import gain, gain_role, is_old, shares, side_word, signed_money, terms
from live_monitor.ui.paper_words import price as price_words

_ROLE_TONES: Final = {"target": "up", "stop": "down"}
_HUNDRED: Final = Decimal(100)


class Known(NamedTuple):
    """What an order's words need besides the order: the position it is of, and its entry, where it has one."""

    position: PositionRow | None
    entry: Order | None


class LineBook:
    """Makes the lines of a symbol; words of an order that is as it was are not written again at every frame."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[object, OrderLine]] = {}

    def lines(self, paper: PaperView, symbol: str) -> list[OrderLine]:
        """All lines of `symbol`, the position first, then orders as the paper desk lists them."""
        position = next((row for row in paper.positions() if row.symbol == symbol and row.quantity), None)
        orders = paper.orders()
        lines = [position_line(position)] if position is not None else []
        # Working ones come first; of those that ended there may be thousands.
        working = [order for order in takewhile(lambda order: order.is_open, orders) if order.symbol == symbol]
        entries = _entries(working, orders)
        kept: dict[str, tuple[object, OrderLine]] = {}
        for order in working:
            known = Known(position, entries.get(order.parent_id))
            price = line_price(order) or _begins_at(order, known.entry)
            if price is None:
                continue
            saving = paper.pending(order.order_id)
            facts = _facts(order, known, saving=saving)
            before = self._lines.get(order.order_id)
            if before is None or before[0] != facts:
                before = (facts, order_line(order, price, known, saving=saving))
            kept[order.order_id] = before
            lines.append(before[1])
        self._lines = kept
        return lines


def order_lines(paper: PaperView, symbol: str) -> list[OrderLine]:
    """All lines of `symbol`, written anew."""
    return LineBook().lines(paper, symbol)


def _facts(order: Order, known: Known, *, saving: bool) -> object:
    """Everything that the words of a line are made of: orders change in place."""
    position, entry = known
    paid: object = position.average_cost if position is not None else None
    if entry is not None:
        paid = (entry.filled, entry.value, line_price(entry))
    return (
        order.state, order.quantity, order.filled, order.limit_price, order.stop_price, order.trail_amount,
        order.trail_percent, order.extreme, order.triggered_ms, order.queue_ahead, saving, paid,
    )  # fmt: skip


def _entries(working: Sequence[Order], orders: Sequence[Order]) -> dict[str, Order]:
    """The entries of brackets whose children work, by id."""
    wanted = {order.parent_id for order in working if order.parent_id}
    return {order.order_id: order for order in orders if order.order_id in wanted} if wanted else {}


def line_price(order: Order) -> Decimal | None:
    """USD at which an order waits; None for one that waits at no price of its own (a market order, a stop once hit)."""
    if order.order_type == "LMT":
        return order.limit_price
    if order.order_type == "STP_LMT" and order.triggered_ms:
        return order.limit_price
    if order.order_type == "MKT" or order.triggered_ms:
        return None
    return trail_price(order) if order.order_type == "TRAIL" else order.stop_price


def _begins_at(order: Order, entry: Order | None) -> Decimal | None:
    """Where a trailing child that waits for its entry would begin, were that filled at its price; None elsewhere."""
    if order.order_type != "TRAIL" or order.state != "held" or entry is None:
        return None
    return _behind(order, entry.average_price or line_price(entry))


def trail_price(order: Order) -> Decimal | None:
    """Where a trailing order would be triggered: its distance behind the best price since it was accepted."""
    return order.stop_price if order.extreme is None else _behind(order, order.extreme)


def _behind(order: Order, best: Decimal | None) -> Decimal | None:
    """Its distance behind a price."""
    if best is None:
        return None
    way = -1 if order.side == "SELL" else 1
    if order.trail_amount is not None:
        return best + way * order.trail_amount
    return best * (1 + way * order.trail_percent / _HUNDRED) if order.trail_percent is not None else None


def order_line(order: Order, price: Decimal, known: Known, *, saving: bool) -> OrderLine:
    """The line of a working order at `price`."""
    child = order.role in _ROLE_TONES
    size = shares(order.remaining)
    badge = f"{order.role.upper()} {size}" if child else f"{order.side} {size}"
    notes = [_terms(order, price)]
    if child:
        notes.insert(0, side_word(order.side))
        brings = _brings(order, price, known)
        notes += [] if brings is None else [signed_money(brings)]
    if order.filled:
        notes.append(f"{shares(order.filled)} of {shares(order.quantity)} filled")
    if order.queue_ahead is not None and order.state != "held":
        notes.append(f"{shares(order.queue_ahead)} ahead")
    if order.state == "held":
        notes.append("waits for its entry")
    elif saving:
        notes.append("is being saved")
    return OrderLine(
        order.order_id,
        float(price),
        _ROLE_TONES.get(order.role) or ("up" if order.side == "BUY" else "down"),
        badge,
        _joined(notes, side=child),
        waiting=saving or order.state in {"held", "new"},
        moves=order.order_type in {"LMT", "STP", "STP_LMT"},
        closes=True,
    )


def position_line(row: PositionRow) -> OrderLine:
    """The line of a position at its average cost."""
    side, paid = ("LONG" if row.quantity > 0 else "SHORT"), abs(row.quantity) * row.average_cost
    if row.unrealized is None:
        words = [f"P&L {DASH}, no price to mark it at"]
    else:
        share = f" ({format_percent(float(row.unrealized / paid * _HUNDRED))})" if paid else ""
        words = [gain(row.unrealized) + share]
        if is_old(row):
            words.append("at the close" if row.mark_from == "close" else "old price")
    # What matters comes first: the end is left out where there is no room.
    words.append(f"at {price_words(row.average_cost)}")
    # The colour of a profit is for a profit of now.
    way = 0 if is_old(row) else {"up": 1, "down": -1}.get(gain_role(row.unrealized), 0)
    badge = f"{side} {shares(abs(row.quantity))}"
    return OrderLine(POSITION, float(row.average_cost), "accent", badge, " · ".join(words), gain=way)


def moved(order: Order, price: Decimal) -> Replacement | None:
    """The replacement that puts a working order's line at `price`; None for one that has no line to move, or is there.

    The limit of a stop limit order goes along with its stop.
    """
    before = line_price(order)
    if before is None or before == price:
        return None
    if order.order_type == "LMT" or (order.order_type == "STP_LMT" and order.triggered_ms):
        return Replacement(order.order_id, limit_price=price)
    if order.order_type == "STP":
        return Replacement(order.order_id, stop_price=price)
    if order.order_type == "STP_LMT" and order.limit_price is not None:
        return Replacement(order.order_id, limit_price=order.limit_price + price - before, stop_price=price)
    return None


def line_if(paper: PaperView, order: Order, price: Decimal) -> OrderLine | None:
    """What the line of a working order would be at `price`; None for one that cannot be there."""
    change = moved(order, price)
    if change is None:
        return None
    limit, stop = change.limit_price, change.stop_price
    there = replace(
        order,
        limit_price=order.limit_price if limit is None else limit,
        stop_price=order.stop_price if stop is None else stop,
        queue_ahead=None,
    )
    position = next((row for row in paper.positions() if row.symbol == order.symbol and row.quantity), None)
    known = Known(position, _entries([order], paper.orders()).get(order.parent_id))
    return order_line(there, price, known, saving=False)


def _brings(order: Order, price: Decimal, known: Known) -> Decimal | None:
    """What a child of a bracket would bring at its price; None where nothing is known to have been paid."""
    paid: Decimal | None = None
    if known.entry is not None:
        paid = known.entry.average_price or line_price(known.entry)
    elif known.position is not None:
        paid = known.position.average_cost
    if paid is None:
        return None
    return (price - paid) * order.remaining * (1 if order.side == "SELL" else -1)


def _terms(order: Order, price: Decimal) -> str:
    """Type and prices; a trailing order also where it stands now, one that was triggered only what it is by now."""
    if order.order_type == "TRAIL":
        return f"{terms(order)} {'at' if order.extreme is not None else 'from'} {price_words(price)}"
    return f"Limit {price_words(price)}" if order.triggered_ms else terms(order)


def _joined(notes: list[str], *, side: bool) -> str:
    """Words with dots between; the side of a child belongs to its type."""
    return " · ".join([" ".join(notes[:2]), *notes[2:]] if side else notes)

"""The lines of a symbol: what works, what waits for its entry, and the position. Pure, no Qt.

Words come first and colour never alone: a tag says what it is ("STOP", "LONG 300"), so that it is read the same by
everybody.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from live_monitor.data.models.orders import ZERO, Order, PositionRow
from live_monitor.ui.charts.trading.values import POSITION, OrderLine
from live_monitor.ui.number_format import DASH, MINUS, format_percent, format_price, format_size
from live_monitor.ui.paper_view import PaperView, Replacement

_ROLE_TONES: Final = {"target": "up", "stop": "down"}
_HUNDRED: Final = Decimal(100)


class Known(NamedTuple):
    """What an order's words need besides the order: the position it is of, and its entry, where it has one."""

    position: PositionRow | None
    entry: Order | None


def order_lines(paper: PaperView, symbol: str) -> list[OrderLine]:
    """All lines of `symbol`, the position first, then orders as the paper desk lists them."""
    position = next((row for row in paper.positions() if row.symbol == symbol and row.quantity), None)
    orders = [order for order in paper.orders() if order.symbol == symbol]
    by_id = {order.order_id: order for order in orders}
    lines = [position_line(position)] if position is not None else []
    for order in orders:
        price = line_price(order)
        if order.is_open and price is not None:
            known = Known(position, by_id.get(order.parent_id))
            lines.append(order_line(order, price, known, saving=paper.pending(order.order_id)))
    return lines


def line_price(order: Order) -> Decimal | None:
    """USD at which an order waits; None for one that waits at no price of its own (a market order, a stop once hit)."""
    if order.order_type == "LMT":
        return order.limit_price
    if order.order_type == "STP_LMT" and order.triggered_ms:
        return order.limit_price
    if order.order_type == "MKT" or order.triggered_ms:
        return None
    return trail_price(order) if order.order_type == "TRAIL" else order.stop_price


def trail_price(order: Order) -> Decimal | None:
    """Where a trailing order would be triggered: its distance behind the best price since it was accepted."""
    best = order.extreme
    if best is None:
        return order.stop_price
    way = -1 if order.side == "SELL" else 1
    if order.trail_amount is not None:
        return best + way * order.trail_amount
    return best * (1 + way * order.trail_percent / _HUNDRED) if order.trail_percent is not None else None


def order_line(order: Order, price: Decimal, known: Known, *, saving: bool) -> OrderLine:
    """The line of a working order at `price`."""
    child = order.role in _ROLE_TONES
    size = format_size(float(order.remaining))
    badge = f"{order.role.upper()} {size}" if child else f"{order.side} {size}"
    notes = [f"{_type_words(order)} {format_price(float(price))}"]
    if child:
        notes.insert(0, order.side.capitalize())
        gain = _gain_at(order, price, known)
        notes += [] if gain is None else [money(gain)]
    if order.filled:
        notes.append(f"{format_size(float(order.filled))} of {format_size(float(order.quantity))} filled")
    if order.queue_ahead is not None and order.state != "held":
        notes.append(f"{format_size(float(order.queue_ahead))} ahead")
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
    side = "LONG" if row.quantity > 0 else "SHORT"
    cost, gain = float(row.average_cost), row.unrealized
    words = [f"at {format_price(cost)}"]
    way = 0
    if gain is None:
        words.append(f"P&L {DASH}: no price to mark it at")
    else:
        way = (gain > 0) - (gain < 0)
        share = f" ({format_percent(float(gain / abs(row.quantity * row.average_cost) * _HUNDRED))})"
        words.append(money(gain) + (share if row.average_cost else ""))
    return OrderLine(
        POSITION, cost, "accent", f"{side} {format_size(float(abs(row.quantity)))}", " · ".join(words), gain=way
    )


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


def money(amount: Decimal) -> str:
    """Signed USD, `+$1,250.00`."""
    sign = "+" if amount > 0 else MINUS if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"


def _gain_at(order: Order, price: Decimal, known: Known) -> Decimal | None:
    """What a child of a bracket would bring at its price; None where nothing is known to have been paid."""
    paid: Decimal | None = None
    if known.entry is not None:
        paid = known.entry.average_price or line_price(known.entry)
    elif known.position is not None:
        paid = known.position.average_cost
    if paid is None:
        return None
    return (price - paid) * order.remaining * (1 if order.side == "SELL" else -1)


def _type_words(order: Order) -> str:
    """`LMT`, `STP`, `STP LMT 99.40 from`, `TRAIL 0.50 at`: what stands before the price of the line."""
    if order.order_type == "STP_LMT" and order.limit_price is not None and not order.triggered_ms:
        return f"STP LMT {format_price(float(order.limit_price))} from"
    if order.order_type == "TRAIL":
        if order.trail_percent is not None:
            return f"TRAIL {order.trail_percent.normalize():f}% at"
        return f"TRAIL {format_price(float(order.trail_amount or ZERO))} at"
    return "LMT" if order.order_type == "STP_LMT" else order.order_type


def _joined(notes: list[str], *, side: bool) -> str:
    """Words with dots between; the side of a child belongs to its type."""
    return " · ".join([" ".join(notes[:2]), *notes[2:]] if side else notes)

"""What the order ticket says of an order: its figures, its button, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from live_monitor.data.models.orders import FINAL_STATES, Order, Side
from live_monitor.engine.paper.market_checks import NO_LIVE_PRICE
from live_monitor.engine.paper.preview import Preview
from live_monitor.engine.paper.risk_words import RiskLine
from live_monitor.ui.figure_list import Figure
from live_monitor.ui.number_format import DASH
from live_monitor.ui.paper_words import gain_role, money, order_line, price, shares, side_text, side_word

_PASSED: Final = "✓"
_FAILED: Final = "✗"


class Said(NamedTuple):
    """A line for the person, its colour role, and all of it where the line is short."""

    text: str = ""
    role: str = "muted"
    full: str = ""


def place_words(side: Side, quantity: Decimal | None, symbol: str) -> str:
    """What is on the button: `▲ Buy 100 AAPL`."""
    return " ".join(word for word in (side_text(side), shares(quantity) if quantity else "", symbol) if word)


def sized_words(quantity: Decimal | None, at: Decimal | None) -> str:
    """What an amount of cash or risk comes to in shares."""
    if quantity is None:
        return "= no number of shares yet"
    return f"= {shares(quantity)} shares" + (f" at {price(at)}" if at is not None else "")


def preview_figures(side: Side, quantity: Decimal | None, preview: Preview | None) -> Sequence[Figure]:
    """Cost and risk of an order, line by line; dashes where nothing can be said yet, so that nothing moves."""
    took = "Cost" if side == "BUY" else "Proceeds"
    if preview is None or quantity is None:
        return (Figure("Price", DASH), Figure(took, DASH), Figure("Fees", DASH), Figure("Buying power after", DASH))
    at = f"{price(preview.price)} {preview.price_from}".strip() if preview.price is not None else DASH
    after = preview.buying_power_after
    return (
        Figure("Price", at, hint="What the order is reckoned at; it fills at what the market has then."),
        Figure(took, money(None if preview.cost is None else abs(preview.cost))),
        Figure("Fees", money(preview.fees.total), hint=preview.fees.rates),
        Figure(
            "Buying power after", money(after), "down" if after is not None and gain_role(after) == "down" else "text"
        ),
        *(
            Figure(
                f"{_PASSED if line.ok else _FAILED} {line.name}",
                beside_limit(line),
                "text" if line.ok else "warning",
                hint=f"{line.name}: now {line.now}, then {line.would_be}, allowed {line.limit}",
            )
            for line in preview.risk
        ),
    )


def beside_limit(line: RiskLine) -> str:
    """What the order would make of a limit, and the limit: `9.37 % of 10.00 %`."""
    then = line.now if line.would_be == DASH else line.would_be
    if line.limit.startswith("at least") or line.limit == DASH or not any(sign.isdigit() for sign in then):
        return then
    return f"{then} of {line.limit}"


def short_reason(reason: str, preview: Preview | None) -> str:
    """Why an order is refused, in a line or two where there is a shorter way to say it."""
    refusal = preview.refusal if preview is not None else None
    if preview is None or refusal is None:
        return reason
    if reason.startswith(NO_LIVE_PRICE):
        return f"No live price{reason.removeprefix(NO_LIVE_PRICE)}"
    if refusal.reason == "insufficient_cash" and preview.cost is not None:
        return f"Not enough cash: costs {money(preview.cost)}, free {money(preview.buying_power)}."
    failed = next((line for line in preview.risk if not line.ok and line.measured.code == refusal.reason), None)
    if failed is None or failed.measured.fits is None:
        return reason
    verb = "needs" if failed.limit.startswith("at least") else "allowed"
    none_fits = " Not one share fits." if failed.measured.fits < 1 else ""
    return f"{failed.name} {failed.would_be}, {verb} {failed.limit}.{none_fits}"


def became(order: Order, *, pending: bool, why: str) -> Said:
    """What became of the order that was sent last."""
    line = order_line(order)
    if pending:
        return Said(f"{line}: being kept on the disk…")
    if order.state == "rejected":
        return Said(f"Refused: {order.text or order.reason}", "warning")
    if order.state == "filled":
        return Said(
            f"Filled: {side_word(order.side)} {shares(order.filled)} {order.symbol} at {price(order.average_price)}"
        )
    if order.state in FINAL_STATES:
        return Said(f"{line}: {order.text or order.state}", "warning" if order.state == "expired" else "muted")
    part = f", {shares(order.filled)} filled" if order.filled else ""
    return Said(f"Working: {line}{part}. {why[:1].upper()}{why[1:]}".rstrip(" ."), "accent")

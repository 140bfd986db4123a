"""Works the price of a fill out again from its receipt alone, by code of its own, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from live_monitor.data.models.orders import Receipt
from live_monitor.engine.paper.entries import Filled

ZERO = Decimal(0)
#: Rules that take the other side of the quote.
TAKES = ("market", "stop", "limit_marketable")


def wrong(filled: Filled, max_age_ms: int = 5_000) -> list[str]:
    """Everything that the receipt does not bear out; empty for a fill that follows from it."""
    return [*_price(filled), *_size(filled), *_quote(filled, max_age_ms), *_limit(filled)]


def _price(filled: Filled) -> Iterator[str]:
    receipt = filled.receipt
    base = _base(filled, receipt)
    against = receipt.slippage if filled.side == "BUY" else -receipt.slippage
    if base is None:
        yield f"{receipt.rule}: what it rests on is not on the receipt"
    elif base + against != filled.price:
        yield f"{receipt.rule}: {base} and {against} are not {filled.price}"


def _base(filled: Filled, receipt: Receipt) -> Decimal | None:
    """The price before slippage."""
    quote, trade = receipt.quote, receipt.trade
    buys = filled.side == "BUY"
    if receipt.rule in TAKES:
        return None if quote is None else quote.ask if buys else quote.bid
    if receipt.rule.startswith("auction") or receipt.rule == "simple_last":
        return None if trade is None else trade.price
    if receipt.rule in ("simple_bid", "simple_ask"):
        return None if quote is None else getattr(quote, receipt.rule.removeprefix("simple_"))
    if receipt.rule == "simple_close":
        return filled.price
    return receipt.limit_price


def _size(filled: Filled) -> Iterator[str]:
    receipt = filled.receipt
    if receipt.model == "simple":
        return
    if receipt.available is not None and filled.quantity > receipt.available:
        yield f"{filled.quantity} of {receipt.available} shares"
    if receipt.trade is not None and filled.quantity > receipt.trade.size:
        yield f"{filled.quantity} shares of a print of {receipt.trade.size}"
    if receipt.trade is None and receipt.quote is not None:
        shown = receipt.quote.ask_size if filled.side == "BUY" else receipt.quote.bid_size
        if shown is not None and filled.quantity > shown:
            yield f"{filled.quantity} shares of {shown} displayed"


def _quote(filled: Filled, max_age_ms: int) -> Iterator[str]:
    receipt = filled.receipt
    quote = receipt.quote
    if receipt.trade is not None or receipt.rule in ("simple_limit", "simple_close"):
        return
    if quote is None or not 0 <= quote.age_ms <= max_age_ms:
        yield "the quote is stale, or was none"
    elif receipt.model != "simple" and not (quote.bid is not None and quote.ask is not None and quote.bid < quote.ask):
        yield "the quote is one-sided, locked or crossed"


def _limit(filled: Filled) -> Iterator[str]:
    """That the evidence reaches the limit, and the price keeps it."""
    receipt = filled.receipt
    limit, trade, quote = receipt.limit_price, receipt.trade, receipt.quote
    sign = 1 if filled.side == "BUY" else -1
    if limit is not None and (filled.price - limit) * sign > 0:
        yield f"{filled.price} is worse than the limit {limit}"
    if receipt.rule == "limit_through" and not (trade and limit and (trade.price - limit) * sign < 0):
        yield "no print through the limit"
    if receipt.rule in ("limit_touched", "queue") and not (trade and trade.price == limit):
        yield "no print at the limit"
    if receipt.rule == "queue" and (receipt.queue_ahead is None or receipt.queue_traded != receipt.queue_ahead):
        yield "those ahead have not traded"
    if receipt.rule == "limit_crossed":
        reached = None if quote is None else quote.ask if filled.side == "BUY" else quote.bid
        if limit is None or reached is None or (reached - limit) * sign > 0:
            yield "the quote does not reach the limit"

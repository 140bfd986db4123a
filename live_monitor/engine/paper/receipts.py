"""A fill in words: enough to work its price out again, without the order and without the market.

Figures come from `Filled` alone; nothing is looked up. Times are New York's, to the ms.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor.data.models.orders import Fees, QuoteFacts, Receipt, TradeFacts
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper.entries import Filled
from live_monitor.engine.paper.figures import (
    age_words,
    clock_words,
    date_words,
    money_words,
    price_words,
    shares_words,
)
from live_monitor.engine.paper.money import CONTEXT, cents

#: Rule codes of receipts, in words.
RULES: Final = {
    "market": "a market order takes the other side of the quote: a buy pays the ask, a sell gets the bid",
    "stop": "a stop that was triggered is a market order on the next quote, wherever that is",
    "limit_marketable": "a limit that the quote meets on arrival trades at the quote",
    "limit_crossed": "a resting limit that the opposite quote reaches trades at the limit",
    "limit_through": "a resting limit that a print goes through trades at the limit, as many shares as printed",
    "limit_touched": "a print at a resting limit fills it, by a setting of the account; as many shares as printed",
    "queue": "all shares ahead in the queue have traded; what this print had beyond them trades at the limit",
    "auction_open": "an order for the opening auction trades at the auction's print, as many shares as printed",
    "auction_close": "an order for the closing auction trades at the auction's print, as many shares as printed",
    "simple_limit": "the simple model takes the limit price as the price of the fill, wherever the market is",
    "simple_last": "the simple model fills a market order at the last price",
    "simple_bid": "the simple model fills a market order at the bid where no last price is usable",
    "simple_ask": "the simple model fills a market order at the ask where neither last price nor bid is usable",
    "simple_close": "the simple model fills a market order at the close where nothing newer was received",
}
#: Rules whose price is that of the quote's other side.
_BY_QUOTE: Final = frozenset({"market", "stop", "limit_marketable"})
_BY_PRINT: Final = frozenset({"auction_open", "auction_close"})
_SIDES: Final = {"simple_last": "last", "simple_bid": "bid", "simple_ask": "ask", "simple_close": "close"}


def receipt_text(filled: Filled) -> list[str]:
    """Lines for people: the fill, its rule and price, quote, print, trigger, size, queue, latency and fees."""
    receipt = filled.receipt
    lines = [_headline(filled), f"Rule ({receipt.model}): {RULES.get(receipt.rule, receipt.rule)}.", _price(filled)]
    lines.append(_quote(receipt.quote))
    if receipt.trade is not None:
        lines.append(f"Print: {_print(receipt.trade)}.")
    if receipt.stop_price is not None:
        lines.append(_trigger(filled, receipt.stop_price))
    lines.append(_size(filled))
    if receipt.model == "queue" and receipt.limit_price is not None:
        lines.append(_queue(receipt))
    lines.append(f"Latency: {receipt.latency_ms} ms.")
    lines.append(_fees(filled.fees))
    lines.append(f"Prices: {receipt.source or 'source not named'}.")
    return lines


def _headline(filled: Filled) -> str:
    did = "Bought" if filled.side == "BUY" else "Sold"
    value = cents(CONTEXT.multiply(filled.quantity, filled.price))
    return (
        f"{did} {shares_words(filled.quantity)} {filled.symbol} at {price_words(filled.price)} = {money_words(value)} "
        f"USD, {date_words(filled.at_ms, us_equities())} {clock_words(filled.at_ms)} New York time."
    )


def _price(filled: Filled) -> str:
    """How the price came about, as a sum."""
    receipt, rule = filled.receipt, filled.receipt.rule
    slippage = ""
    if receipt.slippage:
        slippage = f" {'+' if filled.side == 'BUY' else '-'} slippage {price_words(receipt.slippage)}"
    told = price_words(filled.price)
    if rule in _BY_PRINT:
        return f"Price: the auction's {told}."
    name = ("ask" if filled.side == "BUY" else "bid") if rule in _BY_QUOTE else _SIDES.get(rule, "limit")
    if name == "limit":
        return f"Price: the limit {told}."
    line = f"Price: {name} {price_words(_before_slippage(filled))}{slippage}"
    if slippage:
        line += f" = {told}"
    if rule == "limit_marketable" and receipt.limit_price is not None:
        better = abs(CONTEXT.subtract(receipt.limit_price, filled.price))
        limit = price_words(receipt.limit_price)
        line += f"; {price_words(better)} better than the limit {limit}" if better else f", the limit {limit}"
    return line + "."


def _before_slippage(filled: Filled) -> Decimal:
    slippage = filled.receipt.slippage
    if filled.side == "BUY":
        return CONTEXT.subtract(filled.price, slippage)
    return CONTEXT.add(filled.price, slippage)


def _quote(quote: QuoteFacts | None) -> str:
    if quote is None:
        return "Quote: none was received."
    sides = f"bid {_side(quote.bid, quote.bid_size)}, ask {_side(quote.ask, quote.ask_size)}"
    return f"Quote: {sides}, stamped {clock_words(quote.at_ms)}, {age_words(quote.age_ms)} old."


def _side(price: Decimal | None, size: Decimal | None) -> str:
    if price is None:
        return "–"
    return f"{price_words(price)} × {'no size displayed' if size is None else shares_words(size)}"


def _print(trade: TradeFacts) -> str:
    age = f", {age_words(trade.age_ms)} old" if trade.age_ms else ""
    return f"{price_words(trade.price)} × {shares_words(trade.size)}, stamped {clock_words(trade.at_ms)}{age}"


def _trigger(filled: Filled, stop: Decimal) -> str:
    by = filled.receipt.trigger
    how = "a quote" if by is None else f"the print {_print(by)}"
    past = CONTEXT.subtract(filled.price, stop) if filled.side == "BUY" else CONTEXT.subtract(stop, filled.price)
    gap = f"; the fill is {price_words(past)} past it" if past > 0 else ""
    return f"Stop: {price_words(stop)}, triggered by {how}{gap}."


def _size(filled: Filled) -> str:
    receipt, quantity = filled.receipt, shares_words(filled.quantity)
    if receipt.model == "simple":
        return f"Size: {quantity}; the simple model looks at no size."
    if receipt.available is None:
        return f"Size: {quantity}; the source displays no size, so that all of it was filled."
    return f"Size: {quantity} of {shares_words(receipt.available)} that were to be had{_taken(filled)}."


def _taken(filled: Filled) -> str:
    """What of the displayed shares own orders had taken before."""
    receipt = filled.receipt
    if receipt.available is None or receipt.trade is not None or receipt.quote is None:
        return ""
    shown = receipt.quote.ask_size if filled.side == "BUY" else receipt.quote.bid_size
    if shown is None or shown < CONTEXT.add(receipt.available, 1):
        return ""
    return f" ({shares_words(shown)} displayed, the rest taken by orders of yours before)"


def _queue(receipt: Receipt) -> str:
    if receipt.rule == "limit_marketable":
        return "Queue: none, it took what was offered."
    if receipt.queue_ahead is None:
        return "Queue: not known, the quote did not display this price with a size."
    traded = shares_words(receipt.queue_traded)
    return f"Queue: {shares_words(receipt.queue_ahead)} ahead at placement, {traded} of them traded before."


def _fees(fees: Fees) -> str:
    if not fees.total:
        return "Fees: none."
    parts = [("commission", fees.commission), ("SEC", fees.sec), ("TAF", fees.taf)]
    told = ", ".join(f"{name} {money_words(amount)}" for name, amount in parts if amount)
    rates = f", rates {fees.rates}" if fees.rates else ""
    return f"Fees: {money_words(fees.total)} USD ({told}{rates})."

"""A receipt in words, whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from live_monitor.data.models.orders import Fees, QuoteFacts, Receipt, TradeFacts
from live_monitor.engine.paper.entries import Filled
from live_monitor.engine.paper.receipts import RULES, receipt_text
from tests.engine.paper.entries_of import MONDAY_MS, D

QUOTE = QuoteFacts(at_ms=MONDAY_MS - 300, age_ms=300, bid=D("9.80"), bid_size=D(300), ask=D("9.90"), ask_size=D("500"))
PRINT = TradeFacts(at_ms=MONDAY_MS - 900, age_ms=0, price=D("9.94"), size=D(100))


def filled(receipt: Receipt, price: str = "9.79", fees: Fees | None = None, **more: Any) -> Filled:
    terms: dict[str, Any] = {"side": "SELL", "quantity": D(1500)} | more
    return Filled(
        account="A1",
        at_ms=MONDAY_MS,
        execution_id="E1",
        order_id="O1",
        symbol="ACME",
        price=D(price),
        fees=fees or Fees(),
        receipt=receipt,
        **terms,
    )


def test_every_figure_of_a_fill_is_said() -> None:
    receipt = Receipt(
        model="touch",
        rule="stop",
        source="REPLAY 2021-03-01",
        quote=QUOTE,
        latency_ms=250,
        slippage=D("0.01"),
        trigger=PRINT,
        stop_price=D("9.95"),
        available=D(120),
    )
    fees = Fees(commission=D("1.00"), sec=D("0.31"), taf=D("0.25"), rates="us_broker 2026-04-04")
    assert receipt_text(filled(receipt, fees=fees, quantity=D(120))) == [
        "Sold 120 ACME at 9.79 = 1,174.80 USD, Mon 23 Nov 2026 10:00:00.000 New York time.",
        f"Rule (touch): {RULES['stop']}.",
        "Price: bid 9.80 - slippage 0.01 = 9.79.",
        "Quote: bid 9.80 × 300, ask 9.90 × 500, stamped 09:59:59.700, 0.3 s old.",
        "Stop: 9.95, triggered by the print 9.94 × 100, stamped 09:59:59.100; the fill is 0.16 past it.",
        "Size: 120 of 120 that were to be had (300 displayed, the rest taken by orders of yours before).",
        "Latency: 250 ms.",
        "Fees: 1.56 USD (commission 1.00, SEC 0.31, TAF 0.25, rates us_broker 2026-04-04).",
        "Prices: REPLAY 2021-03-01.",
    ]


def test_a_queue_is_told_with_what_traded_before() -> None:
    receipt = Receipt(
        model="queue",
        rule="queue",
        source="SIMULATED",
        quote=QUOTE,
        trade=PRINT,
        queue_ahead=D(312),
        queue_traded=D(312),
        limit_price=D("9.94"),
        available=D(38),
    )
    text = receipt_text(filled(receipt, "9.94", quantity=D(38)))
    assert "Print: 9.94 × 100, stamped 09:59:59.100." in text
    assert "Queue: 312 ahead at placement, 312 of them traded before." in text
    assert "Size: 38 of 38 that were to be had." in text


def test_what_is_absent_is_said_to_be() -> None:
    one_sided = QuoteFacts(at_ms=MONDAY_MS, age_ms=0, ask=D("9.90"))
    text = receipt_text(filled(Receipt(model="simple", rule="simple_ask", quote=one_sided), "9.90", side="BUY"))
    assert "Quote: bid –, ask 9.90 × no size displayed, stamped 10:00:00.000, 0.0 s old." in text
    assert "Prices: source not named." in text
    assert "Fees: none." in text
    assert "Quote: none was received." in receipt_text(filled(Receipt(model="simple", rule="simple_close")))


def test_a_rule_of_a_newer_program_is_shown_as_it_is() -> None:
    assert "Rule (touch): midpoint." in receipt_text(filled(Receipt(model="touch", rule="midpoint")))


def test_a_receipt_is_the_same_after_the_journal() -> None:
    receipt = Receipt(model="touch", rule="market", quote=QUOTE, slippage=D("0.01"), available=D(300))
    entry = filled(receipt)
    read = msgspec.json.decode(msgspec.json.encode(entry), type=Filled)
    assert receipt_text(read) == receipt_text(entry)
    assert isinstance(read.receipt.slippage, Decimal)

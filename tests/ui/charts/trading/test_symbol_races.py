"""Whatever comes between a press and its release: no order in a symbol that was not shown and meant."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from PyQt6.QtCore import Qt

from live_monitor.ui.charts.candle_chart import CandleChart
from tests.memory_paper import working
from tests.ui.charts.trading.hands import TradingHand, middle

_STEPS = 10_000


def test_l13_no_race_of_symbol_and_hand_on_the_chart_makes_an_order_in_the_wrong_symbol(chart: CandleChart) -> None:
    """Random hands over two symbols: clicks, drags, keys, and the symbol that changes in the middle of them."""
    hand, random = TradingHand(chart), Random(13)
    trading, paper = hand.trading, hand.paper
    paper.quoted("MSFT", 99.99, 100.01)
    paper.working = [working("A1", limit_price="99.50"), working("M1", symbol="MSFT", limit_price="99.40")]
    symbol_of = {"A1": "AAPL", "M1": "MSFT"}
    shown, pressed = "AAPL", ""
    placed = moved = 0

    def look() -> None:
        paper.change_version()
        trading.refresh(paper, shown)

    def press() -> None:
        nonlocal pressed
        tags = [tag for tag in trading.layer.tags() if tag.line.is_order]
        on_tag = tags and random.random() < 0.4
        hand.down(middle(random.choice(tags).badge) if on_tag else hand.at(random.uniform(99.2, 100.8)))
        pressed = shown

    def release() -> None:
        hand.up(hand.at(random.uniform(99.2, 100.8), random.choice([200, 230])))

    def switch() -> None:
        nonlocal shown
        shown = "MSFT" if shown == "AAPL" else "AAPL"
        trading.show_symbol(shown)

    def key() -> None:
        hand.key(random.choice([Qt.Key.Key_Escape, Qt.Key.Key_Return]))

    def move() -> None:
        hand.move(hand.at(random.uniform(99.2, 100.8)))

    deeds: list[Callable[[], object]] = [
        *[press] * 4, *[release] * 4, *[move] * 3, switch, look, look, key, trading.draw_bracket,
        *[lambda: trading.arm(True)] * 2,
    ]  # fmt: skip
    for _ in range(_STEPS):
        random.choice(deeds)()
        for order in hand.orders:
            placed += 1
            assert order.symbol == shown
            # A draft is placed by its button or by Enter, a click by its press: both in the symbol that is shown.
            assert order.bracket is not None or pressed == shown
        for change in hand.replacements:
            moved += 1
            assert symbol_of[change.order_id] == shown == pressed
        hand.asked.clear()
    assert placed > 50
    assert moved > 10

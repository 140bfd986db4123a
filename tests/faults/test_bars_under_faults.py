"""Rows F17, M9, M12 and M16: what happens to bars, on the real path or through the whole hub."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data import PolygonDataManager
from live_monitor.data.models.market_data import Quote, SecondAggregate, Trade
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.engine.market.bar_columns import Proof
from live_monitor.wire.relay import FaultNotice
from tests.data.desk import NOW, Desk
from tests.fakes.chaos_server import MARKET_MS
from tests.fakes.fail_over import FailOver, Feed, subscribed

Make = Callable[..., PolygonDataManager]


@pytest.fixture
def desk() -> Desk:
    return Desk()


# -- F17: another provider in the middle of a bar ---------------------------------------------------


def prints(first_s: int, last_s: int, provider: int) -> list[dict[str, Any]]:
    """A print of 100 shares a second; the providers number and name them each in their own way."""
    return [
        {"ev": "T", "sym": "AAPL", "p": 100.0 + second / 100, "s": 100, "t": MARKET_MS + second * 1_000,
         "q": provider * 10_000 + second, "i": f"{provider}-{second}", "x": provider}
        for second in range(first_s, last_s)
    ]  # fmt: skip


def bar(volume: float) -> dict[str, Any]:
    return {"ev": "AM", "sym": "AAPL", "s": MARKET_MS, "e": MARKET_MS + 60_000, "o": 100.0, "h": 100.59, "l": 100.0,
            "c": 100.59, "v": volume, "vw": 100.3, "av": volume}  # fmt: skip


def test_f17_a_provider_that_takes_over_in_mid_bar_doubles_no_volume(manager: Make, qtbot: QtBot) -> None:
    clock = ManualClock(MARKET_MS + 40_000)
    alpha = Feed("alpha", prints(0, 40, 1), market_ms=MARKET_MS + 40_000)
    # The newcomer repeats, under names of its own, ten prints that the first one gave already.
    beta = Feed("beta", [*prints(30, 60, 2), bar(6_000)], market_ms=MARKET_MS + 61_500)
    with FailOver(alpha, beta) as pair:
        data = manager(pair.url, clock)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: data.hub.counters.trades == 40, timeout=20_000)
        pair.first.wait_for(lambda: subscribed(pair.first))
        pair.switch()
        qtbot.waitUntil(lambda: data.hub.counters.aggregates == 1, timeout=10_000)
        hub = data.hub
        hub.tick()
        minute = hub.series(MINUTE).bar(-1)
        assert (minute.start_ms, minute.volume) == (MARKET_MS, 6_000.0), "the truth: sixty prints of 100"
        assert any("source changed from ALPHA to BETA" in gap.reason for gap in hub.counters.gaps)
        assert any("ALPHA" in alert.message and "BETA" in alert.message for alert in hub.alerts)


# -- M9: prints that never came -------------------------------------------------------------------------


def test_m9_every_second_of_which_a_print_was_lost_is_reported_and_asked_for(desk: Desk) -> None:
    random = Random(9)
    desk.connect("history")
    desk.hub.set_focus("AAPL")
    desk.hub.bars.whole_from_ms = NOW
    asked_before = len(desk.pages)
    lost: set[int] = set()
    sequence = day_volume = lost_prints = 0
    for second in range(300):
        start = NOW + second * 1_000
        sizes = [random.randint(1, 50) * 100 for _ in range(4)]
        prices = [round(100 + random.random(), 2) for _ in sizes]
        for at, (price, size) in enumerate(zip(prices, sizes, strict=True)):
            sequence += 1
            if random.random() < 0.01:
                lost.add(start)
                lost_prints += 1
            else:
                desk.feed(Trade("AAPL", price, size, start + at * 10, (), 12, str(sequence), sequence))
        day_volume += sum(sizes)
        desk.clock.advance(1)
        low, high, volume = min(prices), max(prices), sum(sizes)
        desk.feed(
            SecondAggregate(
                "AAPL", start, start + 1_000, prices[0], high, low, prices[-1], volume, day_volume=day_volume
            )
        )
        desk.hub.tick()
    desk.clock.advance(60)
    desk.hub.tick()
    gaps = [gap for gap in desk.hub.counters.gaps if gap.symbol == "AAPL"]
    unreported = [start for start in lost if not any(gap.from_ms <= start < gap.to_ms for gap in gaps)]
    assert lost
    assert unreported == []
    assert len(desk.pages) > asked_before, "history is asked for the bars"
    seconds = desk.hub.bars.seconds
    assert seconds.volume.sum() == day_volume, "the provider's bars stand, no print is invented"
    assert len(desk.hub.tape) == sequence - lost_prints
    marked = {int(start) for start, proof in zip(seconds.start_ms, seconds.proof, strict=True)
              if proof == Proof.MISSING_TRADES}  # fmt: skip
    assert marked == lost


# -- M12: a bad print ---------------------------------------------------------------------------------


@pytest.mark.parametrize("price", [150.0, 1_000.0, 10.0])
def test_m12_a_price_of_one_tick_moves_no_bar_no_range_and_no_signal(desk: Desk, price: float) -> None:
    desk.hub.set_focus("AAPL")
    desk.feed(Quote("AAPL", NOW, 99.99, 100, 100.01, 100))
    for at in range(5):
        desk.feed(Trade("AAPL", 100.0, 100, NOW + at * 100, (), 12, f"a{at}", at + 1))
    desk.feed(Trade("AAPL", price, 100, NOW + 600, (), 12, "bad", 6))
    for at in range(7, 12):
        desk.feed(Trade("AAPL", 100.0, 100, NOW + at * 100, (), 12, f"a{at}", at))
    desk.hub.tick()
    state = desk.hub.focus_state
    assert state is not None
    assert (state.last, state.day_high, state.day_low) == (100.0, 100.0, 100.0)
    assert state.volume == 1_100, "its shares were traded"
    only = desk.hub.series(MINUTE).bar(-1)
    assert (only.high, only.low, only.volume) == (100.0, 100.0, 1_100.0)
    assert desk.hub.guard.dropped == 1


# -- M16: split and new name --------------------------------------------------------------------------


def test_m16_a_split_is_marked_and_the_change_is_that_of_the_market(desk: Desk) -> None:
    desk.connect("fault")
    desk.hub.set_focus("AAPL")
    state = desk.hub.focus_state
    assert state is not None
    state.previous_close = 396.0
    desk.feed(Trade("AAPL", 400.0, 100, NOW, (), 12, "a", 1))
    assert state.change_percent == pytest.approx(100 / 99)
    desk.tell(FaultNotice("split", "AAPL", NOW + 1_000, message="AAPL splits 4 for 1.", ratio=4.0))
    desk.feed(Trade("AAPL", 100.0, 400, NOW + 1_100, (), 12, "b", 2))
    desk.hub.tick()
    assert state.last == 100.0, "the first price after it is no bad print"
    assert state.change_percent == pytest.approx(100 / 99, abs=0.01)
    assert state.volume == 800
    assert (state.day_high, state.day_low) == (100.0, 100.0)
    assert [(alert.kind, alert.level) for alert in desk.hub.alerts] == [("split", "urgent")]
    desk.tell(FaultNotice("split", "AAPL", NOW + 1_000, message="AAPL splits 4 for 1.", ratio=4.0))
    assert state.last == 100.0, "a notice that comes again after a reconnection splits nothing again"
    assert any("split" in gap.reason and gap.healed for gap in desk.hub.counters.gaps)


def test_m16_a_new_name_is_said_with_what_to_do(desk: Desk) -> None:
    desk.connect("fault")
    desk.hub.set_focus("FB")
    desk.tell(FaultNotice("renamed", "FB", NOW, message="FB trades as META now.", new_symbol="META"))
    assert desk.hub.problems["FB"] == "trades as META now"
    assert desk.hub.alerts[-1].message == "FB trades as META now. Switch to META."

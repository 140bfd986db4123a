"""The hub: routing, subscriptions, generations, truth after losses. No Qt, no sockets."""

from __future__ import annotations

import math
import subprocess
import sys
from random import Random

import numpy as np
import pytest

from live_monitor.data.inbox import Loss, SubscriptionProblem
from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.wire.relay import ClockFrame, EndOfFeed, FaultNotice, Hello, SnapshotFrame
from tests.data.desk import NOW, Desk, minute, trade


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_importing_the_hub_loads_no_qt() -> None:
    code = "import sys, live_monitor.data.market_hub; print([m for m in sys.modules if 'PyQt' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_events_of_symbols_that_nobody_wants_change_nothing(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.feed(trade("MSFT", 1), Quote("MSFT", NOW, 1.0, 1, 1.1, 1), minute("MSFT", 0))
    assert desk.hub.state("MSFT") is None
    assert len(desk.hub.tape) == 0


def test_subscriptions_are_counted_by_owner(desk: Desk) -> None:
    desk.hub.acquire("MSFT", "watch")
    desk.hub.set_focus("MSFT")
    desk.hub.set_focus("AAPL")
    assert desk.wanted[-1] == {"MSFT": ("T", "Q", "AM"), "AAPL": ("T", "Q", "A", "AM")}
    assert desk.hub.state("MSFT") is not None
    desk.hub.release("MSFT", "watch")
    assert desk.wanted[-1] == {"AAPL": ("T", "Q", "A", "AM")}
    assert desk.hub.state("MSFT") is None
    desk.hub.release("MSFT", "watch")
    assert set(desk.hub.subscriptions.wanted()) == {"AAPL"}


@pytest.mark.parametrize("text", ["", "aapl", "../x", "<b>", "A" * 33])
def test_what_is_not_a_symbol_cannot_be_wanted(desk: Desk, text: str) -> None:
    with pytest.raises(ValueError, match="not a symbol"):
        desk.hub.acquire(text, "watch")
    assert desk.hub.subscriptions.wanted() == {}


def test_f13_a_thousand_switches_while_data_flows_never_mix_symbols(desk: Desk) -> None:
    symbols = [f"S{number}" for number in range(12)]
    desk.hub.acquire("S0", "watch")
    desk.connect("history")
    random = Random(13)
    sequence = 0
    prices = {symbol: 10.0 + number for number, symbol in enumerate(symbols)}
    for _ in range(1_000):
        desk.hub.set_focus(random.choice(symbols))
        batch = []
        for _ in range(random.randrange(6)):
            sequence += 1
            symbol = random.choice(symbols)
            batch.append(trade(symbol, sequence, prices[symbol]))
        desk.feed(*batch)
        if random.random() < 0.5 and desk.pages:
            page = random.choice(desk.pages)
            if page[1] == "1m":
                desk.answer(page, [minute(page[0], -3, prices[page[0]])])
        desk.hub.tick()
        focus = desk.hub.focus
        assert focus is not None
        assert {row.price for row in desk.hub.tape} <= {prices[focus]}
        assert set(desk.hub.bars.seconds.close.tolist()) <= {prices[focus]}
        assert set(desk.hub.bars.minutes.close.tolist()) <= {prices[focus]}
        state = desk.hub.focus_state
        assert state is not None
        assert state.symbol == focus
        assert math.isnan(state.last) or state.last == prices[focus]
        assert set(desk.hub.subscriptions.wanted()) == {"S0", focus}


def test_a_new_focus_asks_for_minutes_then_seconds_and_late_answers_of_the_old_one_are_thrown_away(desk: Desk) -> None:
    desk.connect("history")
    desk.hub.set_focus("AAPL")
    old = desk.pages[0]
    assert [page[:2] for page in desk.pages] == [("AAPL", "1m"), ("AAPL", "1s")]
    desk.hub.set_focus("MSFT")
    desk.answer(old, [minute("AAPL", -5)])
    assert len(desk.hub.bars.minutes) == 0
    desk.answer(desk.pages[2], [minute("MSFT", -5)])
    assert len(desk.hub.bars.minutes) == 1


def test_older_pages_are_asked_for_one_at_a_time_and_only_while_there_are_more(desk: Desk) -> None:
    desk.connect("history")
    desk.hub.set_focus("AAPL")
    assert not desk.hub.history.older(MINUTE)
    desk.answer(desk.pages[0], [minute("AAPL", -5)], more=True)
    assert desk.hub.history.older(MINUTE)
    assert desk.pages[-1][2] == NOW - 300_000
    assert not desk.hub.history.older(MINUTE)
    desk.answer(desk.pages[-1], [minute("AAPL", -6)], more=False)
    assert not desk.hub.history.older(MINUTE)
    assert desk.hub.bars.minutes.start_ms.tolist() == [NOW - 360_000, NOW - 300_000]


def test_day_volume_is_that_of_the_provider_plus_what_was_printed_since(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.feed(trade("AAPL", 1, size=30), trade("AAPL", 60_001, size=7))
    desk.feed(minute("AAPL", 0, volume=30.0, day_volume=5_000.0))
    state = desk.hub.focus_state
    assert state is not None
    assert state.volume == 5_007


def test_prints_that_the_provider_counted_and_we_missed_are_found_and_the_volume_is_put_right(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW, last=100.0, day_volume=1_000.0)))
    desk.feed(trade("AAPL", 1, size=10), minute("AAPL", 0, volume=60.0, day_volume=1_060.0))
    state = desk.hub.focus_state
    assert state is not None
    assert state.volume == 1_060
    assert [gap.reason for gap in desk.hub.counters.gaps] == ["prints missed; volume put right by the provider"]


def test_a_lost_connection_is_a_recorded_gap_and_the_bars_are_asked_for_again(desk: Desk) -> None:
    desk.connect("history")
    desk.hub.set_focus("AAPL")
    desk.pages.clear()
    desk.drop()
    desk.clock.advance(20)
    desk.connect("history")
    assert [(gap.symbol, gap.to_ms - gap.from_ms, gap.reason) for gap in desk.hub.counters.gaps] == [
        ("AAPL", 20_000, "connection lost")
    ]
    assert [page[:2] for page in desk.pages] == [("AAPL", "1m"), ("AAPL", "1s")]
    assert desk.hub.counters.reconnects == 1


@pytest.mark.parametrize("source", ["client", "server"])
def test_a_dropped_print_is_counted_shown_and_the_volume_resynchronised(desk: Desk, source: str) -> None:
    desk.connect("history", "snapshot")
    desk.hub.set_focus("AAPL")
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW, last=100.0, day_volume=1_000.0)))
    if source == "client":
        desk.hub.take([Loss("AAPL", NOW, NOW + 5, 3)])
    else:
        desk.tell(FaultNotice("dropped", "AAPL", NOW, NOW + 5, 3))
    state = desk.hub.focus_state
    assert state is not None
    assert desk.hub.counters.dropped == 3
    assert not state.volume_known
    assert desk.snapshots == [["AAPL"]]
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW + 10, last=100.0, day_volume=1_030.0)))
    assert state.volume_known
    assert state.volume == 1_030


def test_f12_a_refused_symbol_is_marked_and_the_others_go_on(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.hub.acquire("ZZZZ", "watch")
    desk.hub.take([SubscriptionProblem("ZZZZ", "unknown symbol")])
    desk.feed(trade("AAPL", 1))
    assert desk.hub.problems == {"ZZZZ": "unknown symbol"}
    assert desk.hub.focus_state is not None
    assert desk.hub.focus_state.last == 100.0


def test_market_time_belongs_to_the_feed_and_lag_is_measured_against_it(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.tell(ClockFrame(NOW - 86_400_000, 1.0))
    desk.clock.advance(2)
    assert desk.hub.clock.now_ms() == NOW - 86_400_000 + 2_000
    desk.feed(Trade("AAPL", 100.0, 1, NOW - 86_400_000 + 1_500))
    assert desk.hub.lag_ms == 500
    desk.tell(Hello(features=["batch"]))
    assert not desk.hub.clock.belongs_to_feed


def test_a_new_day_starts_with_empty_day_figures(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW, last=100.0, day_volume=1_000.0)))
    desk.clock.advance(3 * 86_400)
    desk.hub.tick()
    state = desk.hub.focus_state
    assert state is not None
    assert (state.volume, state.volume_known) == (0.0, False)
    assert desk.snapshots == [["AAPL"]]


def test_sinks_see_every_event_but_no_synthetic_one(desk: Desk) -> None:
    seen: list[Event] = []

    class Sink:
        def on_trade(self, trade: Trade) -> None:
            seen.append(trade)

        def on_quote(self, quote: Quote) -> None:
            seen.append(quote)

        def on_aggregate(self, aggregate: Aggregate) -> None:
            seen.append(aggregate)

    desk.hub.add_sink(Sink())
    desk.hub.set_focus("AAPL")
    events: list[Event] = [trade("AAPL", 1), Quote("AAPL", NOW, 1.0, 1, 1.1, 1), minute("AAPL", 0)]
    desk.feed(*events)
    desk.hub.ingest([minute("AAPL", 1)], 0.0, synthetic=True)
    assert seen == events


def test_the_end_of_a_feed_is_told_once_and_kept(desk: Desk) -> None:
    desk.tell(EndOfFeed("The replay is finished."))
    assert desk.hub.feed_ended == "The replay is finished."
    assert [alert.kind for alert in desk.hub.alerts] == ["end"]


def test_a_second_bar_of_the_stream_replaces_our_own(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.feed(trade("AAPL", 1, 100.0), SecondAggregate("AAPL", NOW, NOW + 1_000, 100.0, 102.0, 99.0, 101.0, 55.0))
    desk.hub.tick()
    assert desk.hub.bars.seconds.bar(-1)[1:6] == (100.0, 102.0, 99.0, 101.0, 55.0)
    assert desk.hub.bars.minutes.bar(-1)[1:6] == (100.0, 102.0, 99.0, 101.0, 55.0)


def test_bars_between_two_looks_at_a_fast_clock_are_closed_and_judged_one_by_one(desk: Desk) -> None:
    closed: list[int] = []
    desk.hub.set_focus("AAPL")
    desk.hub.on_bar = lambda bar: closed.append(bar.start_ms)
    desk.connect("clock")
    desk.tell(ClockFrame(NOW, 0.0))
    for index in range(5):
        desk.feed(Trade("AAPL", 100.0, 1, NOW + index * 60_000 + 1, (), 12, str(index), index + 1))
        desk.tell(ClockFrame(NOW + (index + 1) * 60_000, 0.0))
    desk.tell(ClockFrame(NOW + 10 * 60_000, 0.0))
    desk.hub.tick()
    assert closed == [NOW + index * 60_000 for index in range(5)]
    desk.connect("clock")
    desk.tell(ClockFrame(NOW, 0.0))
    desk.hub.tick()
    assert len(closed) == 5


def test_a_loss_of_a_watched_symbol_shows_in_the_providers_day_volume(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.hub.acquire("MSFT", "watch")
    desk.tell(SnapshotFrame(Snapshot("MSFT", NOW, last=50.0, day_volume=1_000.0)))
    desk.feed(trade("MSFT", 1, size=10), minute("MSFT", 0, day_volume=1_010.0))
    state = desk.hub.state("MSFT")
    assert state is not None
    assert state.volume_known
    desk.feed(minute("MSFT", 1, day_volume=1_200.0))
    assert not state.volume_known
    assert desk.snapshots == [["MSFT"]]


def test_a_minute_that_ends_without_a_feed_is_judged_only_once_history_has_filled_it(desk: Desk) -> None:
    judged: list[int] = []
    desk.hub.set_focus("AAPL")
    desk.hub.signal_book.bar_closed = lambda bar: judged.append(bar.start_ms)  # type: ignore[method-assign]  # looks on
    desk.connect()
    desk.feed(trade("AAPL", 1))
    desk.clock.advance(61)
    desk.hub.tick()
    assert judged == [NOW]
    desk.feed(trade("AAPL", 61_001))
    desk.drop()
    desk.clock.advance(60)
    desk.hub.tick()
    assert judged == [NOW]


def test_a_halted_symbol_is_marked_until_it_trades_again_also_after_a_snapshot(desk: Desk) -> None:
    desk.connect("snapshot")
    desk.hub.set_focus("AAPL")
    desk.tell(FaultNotice("halt", "AAPL", message="Trading in AAPL is halted."))
    desk.tell(SnapshotFrame(Snapshot("AAPL", NOW, last=100.0, day_volume=1_000.0)))
    assert desk.hub.problems == {"AAPL": "trading halted"}
    desk.tell(FaultNotice("resume", "AAPL"))
    assert desk.hub.problems == {}
    assert [(alert.level, alert.kind) for alert in desk.hub.alerts] == [("urgent", "halt"), ("warning", "resume")]


def test_a_symbol_let_go_during_a_halt_is_not_halted_when_it_is_taken_up_again_unless_it_is_said(desk: Desk) -> None:
    desk.connect("snapshot")
    desk.hub.set_focus("MSFT")
    desk.hub.acquire("AAPL", "watch")
    desk.hub.acquire("AAPL", "alert")
    halt = FaultNotice("halt", "AAPL", message="Trading in AAPL is halted.")
    desk.tell(halt)
    desk.hub.release("AAPL", "watch")
    assert desk.hub.continuity.halted == {"AAPL"}, "somebody follows it still"
    desk.hub.release("AAPL", "alert")
    desk.hub.acquire("AAPL", "watch")
    assert (desk.hub.continuity.halted, desk.hub.problems) == (set(), {})
    desk.tell(halt)
    assert desk.hub.continuity.halted == {"AAPL"}


def test_every_lost_connection_is_told_however_soon_after_the_last(desk: Desk) -> None:
    desk.connect()
    for attempt in (1, 2, 3):
        desk.hub.take([LinkStatus("retrying", 0.0, attempt, "The connection was lost.")])
        desk.hub.take([LinkStatus("connecting", 0.0, attempt)])
        desk.connect()
    assert [alert.level for alert in desk.hub.alerts] == ["warning", "normal"] * 3


def test_what_helps_stands_behind_what_is_wrong_with_a_link(desk: Desk) -> None:
    for status in (
        LinkStatus("retrying", 0.0, 1, "quotes.xlsx is not open in Excel.", "Open it."),
        LinkStatus("retrying", 0.0, 10, "quotes.xlsx is not open in Excel.", "Open it."),
        LinkStatus("retrying", 0.0, 1, "The connection was lost."),
        LinkStatus("failed", 0.0, 0, "The key was refused.", "Enter\nanother one."),
    ):
        desk.hub.take([LinkStatus("connecting"), status])
    assert [alert.message for alert in desk.hub.alerts] == [
        "quotes.xlsx is not open in Excel. Open it.",
        "quotes.xlsx is not open in Excel. 10 attempts failed; still trying. Open it.",
        "The connection was lost.",
        "The key was refused. Enter another one.",
    ]


def test_bars_before_a_loss_stay_whole_and_those_of_every_loss_are_not(desk: Desk) -> None:
    desk.hub.set_focus("AAPL")
    desk.connect("snapshot")
    desk.feed(trade("AAPL", 100))
    desk.clock.advance(10)
    desk.hub.take([Loss("AAPL", NOW + 8_500, NOW + 9_500, 3)])
    desk.clock.advance(10)
    desk.hub.take([Loss("AAPL", NOW + 18_500, NOW + 19_500, 3)])
    desk.clock.advance(10)
    starts = np.array([NOW + second * 1_000 for second in (1, 7, 8, 9, 11, 17, 18, 19, 21)])
    saw = desk.hub.bars.saw(starts, 1_000)
    assert saw.tolist() == [True, True, False, False, True, True, False, False, True]

"""The chart beside the hub: the right series, markers on the right bars, and what is written behind them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.history import HistoryState
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Aggregate, Trade
from live_monitor.data.models.signals import EntrySignal
from live_monitor.data.models.status import Gap, LinkStatus
from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_series import Bar, BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.markers import place_markers
from live_monitor.ui.charts.market_chart import MarketChart, marker_of, past_text
from live_monitor.ui.theme import load_theme
from live_monitor.wire.relay import HistoryPage

#: 2026-03-02 10:00:00 New York, a Monday.
OPEN_MS = 1_772_463_600_000


def entry(price: str, at_ms: int) -> EntrySignal:
    when = datetime.fromtimestamp(at_ms / 1000, UTC)
    return EntrySignal(
        time="10:00:00", signal_type="LONG", price=price, signal="VWAP reclaim", strength="Strong", notes="",
        timestamp=when, symbol="AAPL",
    )  # fmt: skip


@pytest.fixture
def hub() -> MarketHub:
    hub = MarketHub(ManualClock(wall_ms=OPEN_MS), us_equities())
    hub.set_focus("AAPL")
    hub.take([LinkStatus("live", 1000.0, provider="simulated", label="SIMULATED")])
    hub.ingest([Trade(symbol="AAPL", timestamp_ms=OPEN_MS, price=100.0, size=100.0)], 1000.0)
    hub.tick()
    return hub


@pytest.fixture
def chart(qtbot: QtBot) -> MarketChart:
    made = MarketChart(load_theme("dark"), us_equities())
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show()
    return made


def test_the_series_of_the_focus_is_shown_in_the_chosen_length(chart: MarketChart, hub: MarketHub) -> None:
    chart.refresh(hub, OPEN_MS)
    assert chart._series is hub.series(MINUTE)
    chart.show_bars(SECOND, extended=True)
    chart.refresh(hub, OPEN_MS)
    assert chart._series is hub.series(SECOND)
    hub.set_focus("MSFT")
    chart.refresh(hub, OPEN_MS)
    assert chart._series is hub.series(SECOND)
    assert hub.series(SECOND).symbol == "MSFT"


def test_a_frame_without_news_paints_nothing(chart: MarketChart, hub: MarketHub) -> None:
    chart.refresh(hub, OPEN_MS)
    assert not chart.refresh(hub, OPEN_MS)
    hub.ingest([Trade(symbol="AAPL", timestamp_ms=OPEN_MS + 1, price=100.5, size=100.0)], 1000.0)
    hub.tick()
    assert chart.refresh(hub, OPEN_MS)


def test_a_market_that_is_not_the_real_one_is_named_behind_the_candles(chart: MarketChart, hub: MarketHub) -> None:
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.watermark == "SIMULATED"


def test_a_dead_link_makes_the_last_price_stale(chart: MarketChart, hub: MarketHub) -> None:
    chart.refresh(hub, OPEN_MS)
    assert not chart.chart._look.stale
    hub.take([LinkStatus("retrying", 1000.0, 1, "lost")])
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.stale


def test_a_marker_lies_on_the_bar_that_ended_when_the_signal_arose() -> None:
    marker = marker_of(entry("1,234.50", OPEN_MS))
    assert (marker.at_ms, marker.kind, marker.price) == (OPEN_MS - 1, "LONG", 1234.5)
    assert marker.text == "LONG 1,234.50: VWAP reclaim"
    assert math.isnan(marker_of(entry("–", OPEN_MS)).price)


def midnight(day: int) -> int:
    """Midnight of a day of March 2026 in New York; the clocks change on the 8th."""
    return int(datetime(2026, 3, day, tzinfo=ZoneInfo("America/New_York")).timestamp() * 1000)


@pytest.mark.parametrize(
    ("name", "starts", "expected"),
    [
        ("1s", [OPEN_MS - 3_000, OPEN_MS - 2_000, OPEN_MS], 1),
        ("1m", [OPEN_MS - 120_000, OPEN_MS - 60_000, OPEN_MS], 1),
        ("5m", [OPEN_MS - 600_000, OPEN_MS - 300_000, OPEN_MS], 1),
        ("1h", [OPEN_MS - 5_400_000, OPEN_MS - 1_800_000, OPEN_MS + 1_800_000], 1),
        ("1D", [midnight(1), midnight(2), midnight(3)], 1),
        ("1W", [midnight(1), midnight(8)], 0),
        ("1M", [midnight(1)], 0),
        # 9:30 is the first bar that is shown, and the signal is of 9:59.
        ("1m", [OPEN_MS + 60_000, OPEN_MS + 120_000], None),
        ("5m", [OPEN_MS - 3_600_000, OPEN_MS + 300_000], None),
    ],
)
def test_a_marker_stands_on_the_bar_that_holds_its_signal(name: str, starts: list[int], expected: int | None) -> None:
    state = ChartState()
    state.resize(900, 560, 72, 1.0)
    series = BarSeries("AAPL", Timeframe.parse(name).nominal_ms)
    for start_ms in starts:
        series.put(Bar(start_ms, 10.0, 11.0, 9.0, 10.0, 100.0))
    state.set_series(series)
    placed = place_markers(state.frame, series, [marker_of(entry("10.00", OPEN_MS))])
    assert [marker.x for marker in placed] == ([] if expected is None else [state.frame.columns.x(expected)])


def test_markers_follow_the_signals_and_go_with_the_symbol(chart: MarketChart, hub: MarketHub) -> None:
    hub.signal_book.add(entry("100.00", OPEN_MS))
    chart.refresh(hub, OPEN_MS)
    assert len(chart.chart._look.markers) == 1
    hub.set_focus("MSFT")
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.markers == []


def test_the_length_of_the_bars_goes_with_a_request_for_older_ones(chart: MarketChart, qtbot: QtBot) -> None:
    chart.show_bars(SECOND, extended=True)
    with qtbot.waitSignal(chart.older_bars_requested) as asked:
        chart.chart.older_bars_requested.emit(OPEN_MS)
    assert asked.args == [SECOND]


def bars_of(hub: MarketHub, first: int, last: int) -> None:
    """Minute bars from `first` to `last` (exclusive) minutes after the open."""
    for minute in range(first, last):
        start_ms = OPEN_MS + minute * 60_000
        hub.series(MINUTE).put(Bar(start_ms, 10.0, 11.0, 9.0, 10.0, 100.0, 10.0, 1))


def test_a_bar_of_another_symbol_is_found_when_its_bars_come(chart: MarketChart, hub: MarketHub) -> None:
    bars_of(hub, -300, 0)
    chart.refresh(hub, OPEN_MS)
    hub.set_focus("MSFT")
    chart.scroll_to(OPEN_MS - 200 * 60_000)
    chart.refresh(hub, OPEN_MS)
    bars_of(hub, -1, 0)
    chart.refresh(hub, OPEN_MS)
    bars_of(hub, -300, -1)
    chart.refresh(hub, OPEN_MS)
    assert chart.chart.readout_text().startswith("MSFT, 1m bar: 06:40")
    assert not chart.chart.following
    chart.chart.scroll_to_end()
    bars_of(hub, 0, 2)
    chart.refresh(hub, OPEN_MS)
    assert chart.chart.following


def test_an_old_wish_does_not_move_the_next_symbol(chart: MarketChart, hub: MarketHub) -> None:
    bars_of(hub, -300, 0)
    chart.refresh(hub, OPEN_MS)
    chart.scroll_to(OPEN_MS - 200 * 60_000)
    chart.refresh(hub, OPEN_MS)
    hub.set_focus("MSFT")
    bars_of(hub, -300, 0)
    chart.refresh(hub, OPEN_MS)
    assert chart.chart.following


def test_a_symbol_that_is_not_to_be_had_is_not_waited_for(chart: MarketChart, hub: MarketHub) -> None:
    hub.set_focus("ZZZZ")
    hub.problems["ZZZZ"] = "not offered by this feed"
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.problem == "not offered by this feed"
    hub.set_focus("AAPL")
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.problem == ""


class Feed:
    """Answers questions for older bars as a server would: `bars` minutes a page, back to `begins_ms`."""

    def __init__(self, hub: MarketHub, bars: int, begins_ms: int, offered: tuple[str, ...] = ("1m",)) -> None:
        self.hub, self.bars, self.begins_ms = hub, bars, begins_ms
        self.asked: list[tuple[str, int, int]] = []
        hub.pages.request = lambda symbol, timeframe, end_ms, limit, number: self.asked.append(
            (timeframe, end_ms, number)
        )
        # What the hub asked for before there was a feed with history is forgotten.
        hub.history.start("AAPL", hub.focus_bars)
        hub.pages.connected = True
        hub.pages.offered = frozenset(Timeframe.parse(name) for name in offered)

    def answer(self) -> bool:
        """Answers what was asked last; False when nothing was."""
        if not self.asked:
            return False
        timeframe, end_ms, number = self.asked.pop()
        step = Timeframe.parse(timeframe).nominal_ms
        first_ms = max(self.begins_ms, end_ms - self.bars * step)
        page = [
            Aggregate(
                symbol="AAPL", start_ms=start_ms, end_ms=start_ms + step, open=10.0, high=11.0, low=9.0, close=10.0,
                volume=100.0, vwap=10.0,
            )
            for start_ms in range(first_ms - first_ms % step, end_ms - step + 1, step)
        ]  # fmt: skip
        self.hub.history.accept(HistoryPage("AAPL", timeframe, number, page, first_ms > self.begins_ms, first_ms))
        return True


def fill(chart: MarketChart, hub: MarketHub, feed: Feed, most: int = 400) -> int:
    """Frames and answers until nothing is asked any more; how many answers."""
    chart.older_bars_requested.connect(hub.history.older)
    answers = 0
    while answers < most:
        hub.tick()
        chart.refresh(hub, OPEN_MS)
        if not feed.answer():
            return answers
        answers += 1
    return answers


@pytest.mark.parametrize("name", ["1m", "7m", "1h"])
def test_a_view_that_a_page_does_not_fill_asks_again_by_itself(chart: MarketChart, hub: MarketHub, name: str) -> None:
    bars_of(hub, -3, 0)
    feed = Feed(hub, 200, OPEN_MS - 400 * 86_400_000)
    chart.show_bars(Timeframe.parse(name), extended=True)
    assert fill(chart, hub, feed) < 400
    assert not chart.chart.near_oldest
    assert hub.history_state(MINUTE).more


def test_where_history_ends_asking_ends_and_its_begin_is_said(chart: MarketChart, hub: MarketHub) -> None:
    bars_of(hub, -3, 0)
    feed = Feed(hub, 200, OPEN_MS - 3 * 86_400_000)
    chart.show_bars(Timeframe.parse("4h"), extended=True)
    fill(chart, hub, feed)
    assert chart.chart._look.past == "No more history · begins Fri 27 Feb 2026"


def test_levels_of_the_day_before_bring_that_day(chart: MarketChart, hub: MarketHub) -> None:
    # A view that is full of bars asks for none, until something needs the day before (a Friday).
    bars_of(hub, -300, 0)
    feed = Feed(hub, 5_000, 60)
    assert fill(chart, hub, feed) == 0
    chart.chart.set_studies([Study(StudyChoice(id="before", kind="previous_day"), us_equities())])
    answers = fill(chart, hub, feed)
    assert answers >= 1
    assert not chart.chart.waits_for_older
    chart.scroll_to(int(hub.series(MINUTE).start_ms[-1]))
    assert "Prev day High 11.00 Low 9.00 Close 10.00" in chart.chart.readout_text()
    assert fill(chart, hub, feed) == 0


@pytest.mark.parametrize("kind", ["vwap", "volume_profile", "opening_range", "previous_day"])
def test_a_study_that_can_never_be_shown_does_not_load_years(chart: MarketChart, hub: MarketHub, kind: str) -> None:
    bars_of(hub, -300, 0)
    feed = Feed(hub, 2_000, 0)
    chart.chart.set_studies([Study(StudyChoice(id="day", kind=kind), us_equities())])
    # Before the open there is no opening range yet, whatever is loaded.
    assert fill(chart, hub, feed) <= 6


def test_seconds_ask_for_the_minutes_of_the_day_before(chart: MarketChart, hub: MarketHub) -> None:
    chart.show_bars(SECOND, extended=True)
    for second in range(2_000):
        hub.series(SECOND).put(Bar(OPEN_MS - (2_000 - second) * 1_000, 10.0, 11.0, 9.0, 10.0, 100.0, 10.0, 1))
    feed = Feed(hub, 5_000, 60, offered=("1s", "1m"))
    fill(chart, hub, feed)
    asked: list[object] = []
    chart.older_bars_requested.connect(asked.append)
    chart.chart.set_studies([Study(StudyChoice(id="before", kind="previous_day"), us_equities())])
    fill(chart, hub, feed)
    assert asked
    assert set(asked) == {MINUTE}


def test_a_feed_that_is_lost_is_not_asked_at_every_frame(chart: MarketChart, hub: MarketHub, qtbot: QtBot) -> None:
    bars_of(hub, -3, 0)
    feed = Feed(hub, 200, 0)
    hub.pages.connected = False
    asked: list[object] = []
    chart.older_bars_requested.connect(asked.append)
    chart.older_bars_requested.connect(hub.history.older)
    for _ in range(5):
        hub.tick()
        chart.refresh(hub, OPEN_MS)
    assert asked == [MINUTE]
    assert feed.asked == []


def test_only_a_page_that_takes_long_is_announced(chart: MarketChart, hub: MarketHub, qtbot: QtBot) -> None:
    bars_of(hub, -3, 0)
    feed = Feed(hub, 200, 0)
    hub.history.older(MINUTE)
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.past == ""
    qtbot.waitUntil(lambda: chart.chart._look.past == "Loading older bars…", timeout=10_000)
    feed.answer()
    chart.refresh(hub, OPEN_MS)
    assert chart.chart._look.past == ""


def test_pages_that_follow_one_another_are_one_long_wait(chart: MarketChart, hub: MarketHub, qtbot: QtBot) -> None:
    bars_of(hub, -3, 0)
    feed = Feed(hub, 2, 0)
    chart.older_bars_requested.connect(hub.history.older)
    told: set[str] = set()

    def next_page() -> bool:
        hub.tick()
        chart.refresh(hub, OPEN_MS)
        feed.answer()
        told.add(chart.chart._look.past)
        return chart.chart._look.past == "Loading older bars…"

    qtbot.waitUntil(next_page, timeout=10_000)
    assert len(hub.series(MINUTE)) > 10
    assert told == {"", "Loading older bars…"}


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (HistoryState(False, True, ""), ""),
        (HistoryState(False, False, ""), "No more history · begins Mon 2 Mar 2026"),
        (HistoryState(False, False, "this feed offers no history"), "No more history: this feed offers no history"),
        (HistoryState(False, True, "the feed does not answer"), "Older bars: the feed does not answer"),
    ],
)
def test_what_is_known_of_the_past_is_said_in_words(state: HistoryState, text: str) -> None:
    assert past_text(state, "Mon 2 Mar 2026", announced=False) == text


def test_gaps_of_the_focus_are_hatched_until_they_are_filled(chart: MarketChart, hub: MarketHub) -> None:
    bars_of(hub, -30, 0)
    gap = Gap("AAPL", OPEN_MS - 600_000, OPEN_MS - 540_000, "connection lost")
    hub.counters.gaps = [gap, Gap("MSFT", OPEN_MS - 300_000, OPEN_MS - 240_000, "another's")]
    chart.refresh(hub, OPEN_MS)
    frame = chart.chart._state.frame
    x, y = frame.columns.x(20), frame.panes.price.y + 80
    ground = chart.chart._look.ink.color("panel").rgb()
    hatched = {chart.grab().toImage().pixel(x, y + row) for row in range(12)}
    assert ground not in hatched
    assert len(hatched) > 1
    chart.scroll_to(OPEN_MS - 600_000)
    assert "prints missed 09:50:00–09:51:00 connection lost" in chart.chart.readout_text()
    hub.counters.gaps = [gap._replace(healed=True)]
    chart.refresh(hub, OPEN_MS)
    assert chart.grab().toImage().pixel(x + 1, y) == ground
    told = chart.chart.readout_text()
    assert "prints missed" not in told
    assert "filled from history 09:50:00–09:51:00 connection lost" in told


def test_days_are_shown_by_their_trade_date(chart: MarketChart, hub: MarketHub) -> None:
    days = hub.focus_bars.days
    for day in (2, 6, 9, 10):
        days.put(Bar(midnight(day), 10.0, 11.0, 9.0, 10.0, 100.0))
    hub.pages.offered = frozenset({DAY})
    chart.show_bars(DAY, extended=True)
    hub.tick()
    chart.refresh(hub, OPEN_MS)
    chart.scroll_to(midnight(9))
    assert "1D bar: Mon 9 Mar 2026" in chart.chart.readout_text()

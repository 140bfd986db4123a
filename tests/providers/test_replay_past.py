"""History of a recorded session: seconds, minutes and days of every recorded day, and where the recording begins."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from live_monitor.data.models.market_data import Aggregate, Event, SecondAggregate, Snapshot, Trade
from live_monitor.data.models.timeframe import DAY
from live_monitor.engine.market.bar_columns import Bar, BarColumns
from live_monitor.engine.market.bar_series import MAX_SERIES_BARS
from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import valid_market
from live_monitor.ports import PastPage
from live_monitor.providers.replay import ReplayMarket
from live_monitor.providers.replay_past import ReplayPast
from live_monitor.wire import relay
from tests.providers.sample_ticks import session, tick, write_file
from tests.providers.simulated_fold import as_bar, new_york
from tests.providers.test_recorded_frames import record

DAY_MS, MINUTE_MS = DAY.nominal_ms, 60_000
DAYS = ("2021-02-25", "2021-02-26", "2021-03-01")


def rows_of(day: str, base: float) -> list[bytes]:
    """An extended print, an open, a close, one after it."""
    return [
        tick("08:00:00.000000", base - 0.5, 10, 10, "E", number=1, day=day),
        tick("09:30:00.000000", base, 100, 110, number=2, day=day),
        tick("12:00:00.500000", base + 0.2, 300, 410, number=3, day=day),
        tick("12:00:07.000000", base - 0.2, 5, 415, "O", number=4, day=day),
        tick("15:59:59.000000", base + 0.1, 200, 615, number=5, day=day),
        tick("17:00:00.000000", base + 0.9, 50, 665, "E", number=6, day=day),
    ]


@pytest.fixture
def market(tmp_path: Path) -> ReplayMarket:
    files = [write_file(tmp_path / f"{number}.csv", rows_of(day, 10.0 + number)) for number, day in enumerate(DAYS)]
    return ReplayMarket.open(session(tmp_path / "three.lmsession", files))


def page(market: ReplayMarket, width_ms: int, end_ms: int = 2**42, limit: int = 1_000) -> PastPage:
    return market.search("XYZ", width_ms, end_ms, limit).page()


def given(events: list[Event], kind: type[Aggregate]) -> list[Aggregate]:
    return [event for event in events if type(event) is kind]


def test_every_recorded_day_is_served_as_it_was_streamed(market: ReplayMarket) -> None:
    events = market.advance(market.end_ms)
    for kind, width in ((SecondAggregate, 1_000), (Aggregate, MINUTE_MS)):
        found = page(market, width)
        assert [as_bar(bar) for bar in found.bars] == [as_bar(bar) for bar in given(events, kind)]
        assert [bar.day_volume for bar in found.bars] == [bar.day_volume for bar in given(events, kind)]
        assert len(found.bars) == 15
        assert not found.more


def test_days_are_told_by_the_daily_rules_when_they_are_over(market: ReplayMarket) -> None:
    spans = [us_equities().span(date.fromisoformat(day)) for day in DAYS]
    market.advance(spans[0][1] - 1)
    assert page(market, DAY_MS).bars == []
    market.advance(spans[0][1])  # nothing of the next day has come yet
    (first,) = page(market, DAY_MS).bars
    assert (first.start_ms, first.end_ms) == spans[0]
    # Open, high, low and close of regular prints; volume of all of them.
    assert (first.open, first.high, first.low, first.close, first.volume) == (10.0, 10.2, 10.0, 10.1, 665.0)
    market.advance(market.end_ms)
    both = page(market, DAY_MS)
    assert [bar.open for bar in both.bars] == [10.0, 11.0]  # the third day ends when the recording has ended
    assert (both.more, both.from_ms) == (False, spans[0][0])
    newest = page(market, DAY_MS, limit=1)
    assert ([bar.open for bar in newest.bars], newest.more, newest.from_ms) == ([11.0], True, spans[1][0])
    assert page(market, DAY_MS, spans[0][0]) == PastPage([], False, spans[0][0])


def test_the_first_page_says_that_nothing_was_before_the_recording(market: ReplayMarket) -> None:
    market.advance(market.end_ms)
    first = page(market, MINUTE_MS)
    assert (first.more, first.from_ms) == (False, new_york(2021, 2, 25, 8))
    newer = page(market, MINUTE_MS, limit=4)
    assert (newer.more, newer.from_ms) == (True, newer.bars[0].start_ms)
    assert page(market, MINUTE_MS, first.from_ms) == PastPage([], False, first.from_ms)


def test_pages_over_days_join_without_overlap_or_hole(market: ReplayMarket) -> None:
    market.advance(market.end_ms)
    whole = page(market, 1_000)
    end, joined, more = 2**42, list[Aggregate](), True
    while more:
        part = page(market, 1_000, end, 4)
        joined, end, more = part.bars + joined, part.from_ms, part.more
    assert repr(joined) == repr(whole.bars)


def test_a_day_that_was_joined_in_its_middle_is_no_day(tmp_path: Path) -> None:
    files = [
        write_file(tmp_path / "a.csv", rows_of(DAYS[0], 10.0)[2:]),
        write_file(tmp_path / "b.csv", rows_of(DAYS[1], 11.0)),
        write_file(tmp_path / "c.csv", rows_of(DAYS[2], 12.0)),
    ]
    market = ReplayMarket.open(session(tmp_path / "s", files))
    market.advance(market.end_ms)
    assert [bar.open for bar in page(market, DAY_MS).bars] == [11.0]
    assert len(page(market, MINUTE_MS).bars) == 13


def test_the_bar_of_the_recorded_day_is_the_vendors(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "iqfeed" / "by_day" / "2021-03-01_ticks.csv.gz"
    next_day = write_file(tmp_path / "next.csv", rows_of("2021-03-02", 2.0))
    market = ReplayMarket.open(session(tmp_path / "s", [source, next_day]))
    market.advance(market.end_ms)
    (day,) = page(market, DAY_MS).bars
    # The vendor's daily row: 2021-03-01,1.6400,1.5400,1.6300,1.5900,4810873 (high, low, open, close, volume).
    assert (day.high, day.low, day.open, day.close, day.volume) == (1.64, 1.54, 1.63, 1.59, 4_810_873)


def test_days_that_the_recorded_provider_sent_stand_as_they_are(tmp_path: Path) -> None:
    start, end = us_equities().span(date(2026, 11, 19))
    now = new_york(2026, 11, 20, 10)
    told = Aggregate("AAPL", start, end, 100.0, 103.0, 99.0, 101.0, 5_000_000.0, 100.7, 7_000)
    frames = [
        relay.encode(relay.SnapshotFrame(Snapshot("AAPL", now, last=101.0))),
        relay.encode(relay.HistoryPage("AAPL", "1D", 1, [told])),
        relay.market_data(relay.encode(Trade("AAPL", 101.0, 10.0, now + 5, (), 4, "1", 1))),
    ]
    market = ReplayMarket.open(record(tmp_path / "s", frames))
    market.advance(market.end_ms)
    assert market.search("AAPL", DAY_MS, 2**42, 10).page() == PastPage([told], False, start)


def test_more_seconds_than_a_series_holds_are_kept_day_by_day() -> None:
    past = ReplayPast("XYZ", 0)
    count = 50_000
    for day in range(3):
        past.keep(
            1_000, BarColumns.of(Bar((day * 86_400 + at) * 1_000, 1.0, 1.0, 1.0, 1.0, 1.0) for at in range(count))
        )
    assert 3 * count > MAX_SERIES_BARS
    today = BarColumns.of([Bar(3 * 86_400_000, 2.0, 2.0, 2.0, 2.0, 1.0)])
    found = past.page(1_000, today, 2**42, 2**42, 200_000)
    assert (len(found.bars), found.more, found.from_ms) == (3 * count + 1, False, 0)
    assert past.page(1_000, today, 2**42, 86_400_000, 10).bars[-1].start_ms == (count - 1) * 1_000


def test_a_recording_is_named_by_what_is_in_it(tmp_path: Path) -> None:
    rows = rows_of(DAYS[0], 10.0)
    one = session(tmp_path / "one", [write_file(tmp_path / "a.csv", rows)])
    copy = tmp_path / "copy.lmsession"
    copy.write_bytes(one.read_bytes())
    other = session(tmp_path / "other", [write_file(tmp_path / "b.csv", [*rows[:-1], rows[0]])])
    names = {path: ReplayMarket.open(path).market for path in (one, copy, other)}
    assert names[one] == names[copy] == ReplayMarket.open(one, at="12:00", symbols=["XYZ"]).market
    assert names[one] != names[other]
    assert names[one].startswith("replay-iqfeed-2021-02-25-")
    assert all(valid_market(name) for name in names.values())


def test_a_recording_that_lost_frames_is_another_one(tmp_path: Path) -> None:
    rows = [tick("10:00:00.000000", 1.0 + number % 7, 1, number + 1, number=number) for number in range(1, 9_000)]
    whole = session(tmp_path / "whole", [write_file(tmp_path / "a.csv", rows)])
    cut = tmp_path / "cut"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    assert ReplayMarket.open(cut).market != ReplayMarket.open(whole).market

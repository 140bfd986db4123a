"""Lean's ticks as a market: level 1, bars, days; and the recorded day against the vendor's own bars."""

from __future__ import annotations

import math
import time
import zipfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from live_monitor.data.models.market_data import Aggregate, Event, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.providers.replay import ReplayMarket
from tests.providers.sample_lean import ask_row, both_rows, lean_file, lean_session, print_row

#: 2013-10-07 00:00 and 09:30 New York.
MIDNIGHT_MS = 1_381_118_400_000
OPEN_MS = MIDNIGHT_MS + 34_200_000
MINUTE_MS = 60_000

TRADES = [
    print_row("08:00:00", 1_810_000, 300, "2000", "P"),
    print_row("09:30:00.001", 1_820_000, 100),
    print_row("09:30:00.500", 1_830_000, 50, "20000020", "Q"),  # a sweep: shares only
    print_row("09:30:00.900", 1_821_000, 200),
    print_row("09:30:02.000", 1_815_000, 64, "4000000", "Q"),  # the official open: nothing
    print_row("09:30:03.000", 9_990_000, 7, suspicious=1),
    print_row("16:01:00.000", 1_819_000, 1_000, "80"),
    print_row("17:00:00.000", 1_822_000, 10, "2000", "P"),
]
QUOTES = [
    ask_row("04:00:00.054", 1_836_300, 100, "Q"),
    *both_rows("09:30:00.001", 1_819_900, 1_820_100),
    *both_rows("09:30:00.700", 1_819_900, 1_820_100),
    *both_rows("09:30:01.200", 1_820_000, 1_820_200, "P"),
    *both_rows("18:00:00", 1_810_000, 1_830_000, "P"),
]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lean")
    return lean_session(folder / "s", [lean_file(folder, "trade", TRADES), lean_file(folder, "quote", QUOTES)])


def known(snapshot: Snapshot | None) -> Snapshot:
    assert snapshot is not None
    return snapshot


def bars(events: list[Event], kind: type[Aggregate]) -> list[Aggregate]:
    return [event for event in events if type(event) is kind]


def test_it_says_what_it_plays(recording: Path) -> None:
    market = ReplayMarket.open(recording)
    assert (market.provider, market.label, market.symbols) == ("lean", "REPLAY 2013-10-07", ("IBM",))
    assert market.start_ms == MIDNIGHT_MS + 14_400_054
    assert market.end_ms == MIDNIGHT_MS + 18 * 3_600_000 + MINUTE_MS


def test_a_quote_is_told_once_for_both_rows_and_only_when_it_changed(recording: Path) -> None:
    market = ReplayMarket.open(recording)
    quotes = [event for event in market.advance(market.end_ms) if isinstance(event, Quote)]
    assert [(quote.timestamp_ms - OPEN_MS, quote.bid_price, quote.ask_price) for quote in quotes[1:]] == [
        (1, 181.99, 182.01), (1_200, 182.0, 182.02), (30_600_000, 181.0, 183.0)
    ]  # fmt: skip
    assert math.isnan(quotes[0].bid_price)
    assert (quotes[1].bid_size, quotes[1].ask_size, quotes[1].bid_exchange) == (100, 200, "N")


def test_a_print_comes_before_the_quote_of_its_instant(recording: Path) -> None:
    market = ReplayMarket.open(recording)
    market.advance(OPEN_MS)
    assert [type(event) for event in market.advance(OPEN_MS + 1)] == [Trade, Quote]


def test_excluded_and_suspicious_prints_add_volume_and_move_no_price(recording: Path) -> None:
    market = ReplayMarket.open(recording)
    events = market.advance(market.end_ms)
    first, opening, closing, last = bars(events, Aggregate)
    assert (opening.open, opening.high, opening.low, opening.close) == (182.0, 182.1, 182.0, 182.1)
    assert (opening.volume, first.volume, closing.volume, last.volume) == (357, 300, 1_000, 10)
    assert (first.high, last.close) == (181.0, 182.2)
    assert [event.sequence for event in events if isinstance(event, Trade)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert not market.rejections.by_reason


def test_level_1_covers_the_day_from_its_first_row(recording: Path) -> None:
    market = ReplayMarket.open(recording)
    assert market.snapshot("IBM") is None
    market.advance(market.start_ms)
    before = known(market.snapshot("IBM"))
    assert (before.day_volume, before.partial_since_ms) == (0, 0)
    market.advance(market.end_ms)
    after = known(market.snapshot("IBM"))
    # All but the official open; extended hours never make the day's range.
    assert (after.day_volume, after.partial_since_ms) == (300 + 100 + 50 + 200 + 7 + 1_000 + 10, 0)
    assert (after.open, after.high, after.low, after.last) == (182.0, 182.1, 181.9, 182.2)
    assert (after.bid, after.bid_size, after.ask, after.ask_size) == (181.0, 100, 183.0, 200)
    assert math.isnan(after.previous_close)


def test_it_can_be_entered_at_any_time(recording: Path) -> None:
    whole, market = ReplayMarket.open(recording), ReplayMarket.open(recording, at="09:31")
    whole.advance(market.start_ms - 1)
    expected = known(whole.snapshot("IBM"))
    assert repr(known(market.snapshot("IBM"))) == repr(expected).replace(f"{market.start_ms - 1}", f"{market.start_ms}")
    assert [bar.volume for bar in market.history("IBM", MINUTE_MS, market.start_ms, 9)[0]] == [300, 357]


def test_without_prints_the_volume_is_unknown_and_not_nothing(tmp_path: Path) -> None:
    market = ReplayMarket.open(lean_session(tmp_path / "s", [lean_file(tmp_path, "quote", QUOTES)]))
    market.advance(market.end_ms)
    snapshot = known(market.snapshot("IBM"))
    assert snapshot.bid == 181.0
    assert math.isnan(snapshot.day_volume)
    assert math.isnan(snapshot.last)


def test_days_and_symbols_are_kept_apart(tmp_path: Path) -> None:
    market = ReplayMarket.open(lean_session(tmp_path / "s", [
        lean_file(tmp_path, "trade", TRADES, day="20131004"),
        lean_file(tmp_path, "quote", QUOTES, day="20131004"),
        lean_file(tmp_path, "trade", TRADES[:2]),
        lean_file(tmp_path, "trade", TRADES[:1], symbol="spy"),
    ]))  # fmt: skip
    assert (market.symbols, market.label) == (("IBM", "SPY"), "REPLAY 2013-10-07")
    market.advance(market.end_ms)
    monday = known(market.snapshot("IBM"))
    assert (monday.day_volume, monday.open) == (400, 182.0)
    assert monday.previous_close == 181.9  # Friday's closing print
    assert math.isnan(monday.bid)  # Friday's quotes are not Monday's
    assert known(market.snapshot("SPY")).day_volume == 300


class Recorded(NamedTuple):
    """The recorded day, played, and how long that took."""

    market: ReplayMarket
    events: list[Event]
    seconds: float


@pytest.fixture(scope="module")
def recorded(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = shared_data / "lean_equity/Data/equity/usa/tick/ibm"
    path = tmp_path_factory.mktemp("day") / "s"
    lean_session(path, [folder / "20131007_trade.zip", folder / "20131007_quote.zip"])
    market = ReplayMarket.open(path)
    started = time.perf_counter()
    events = market.advance(market.end_ms)
    return Recorded(market, events, time.perf_counter() - started)


def vendor_rows(shared_data: Path, name: str) -> Iterator[tuple[int, ...]]:
    """Whole numbers of a vendor's file: ms since midnight, prices in 1/10,000 USD, shares."""
    with zipfile.ZipFile(shared_data / "lean_equity/Data/equity/usa" / name) as archive:
        for line in archive.read(archive.namelist()[0]).decode().split():
            yield tuple(int(field or 0) for field in line.split(","))


def vendor_bars(shared_data: Path, resolution: str) -> dict[int, tuple[float, ...]]:
    """Open, high, low, close, volume by start."""
    return {
        MIDNIGHT_MS + ms: (*(price / 10_000 for price in prices), float(volume))
        for ms, *prices, volume in vendor_rows(shared_data, f"{resolution}/ibm/20131007_trade.zip")
    }


def by_start(recorded: Recorded, kind: type[Aggregate]) -> dict[int, tuple[float, ...]]:
    return {bar.start_ms: (bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars(recorded.events, kind)}


def test_the_recorded_days_seconds_are_the_vendors_in_every_price(recorded: Recorded, shared_data: Path) -> None:
    ours, theirs = by_start(recorded, SecondAggregate), vendor_bars(shared_data, "second")
    assert len(theirs) == 5_123
    assert {start: bar[:4] for start, bar in ours.items()} == {start: bar[:4] for start, bar in theirs.items()}


def test_a_second_of_the_vendor_holds_the_shares_until_its_next_one(recorded: Recorded, shared_data: Path) -> None:
    """Its volume is ours and that of the seconds after it in which no print set a price; auctions are in none."""
    theirs = vendor_bars(shared_data, "second")
    prints = [
        (event.timestamp_ms, event.size)
        for event in recorded.events
        if isinstance(event, Trade) and not {"40", "80", "1000000", "4000000"} & set(event.conditions)
    ]
    times = [at for at, _ in prints]
    for start, after in pairwise([*theirs, recorded.market.end_ms]):
        shares = sum(size for _, size in prints[bisect_left(times, start) : bisect_left(times, after)])
        assert shares == theirs[start][4]


def test_the_recorded_days_minutes_are_the_vendors_but_for_the_auctions(recorded: Recorded, shared_data: Path) -> None:
    """The vendor gives 9:30 the price of the opening auction, and 15:59 the closing one, which was at 16:01."""
    ours, theirs = by_start(recorded, Aggregate), vendor_bars(shared_data, "minute")
    assert len(theirs) == 453
    assert ours.keys() == theirs.keys()
    first, last, auction = OPEN_MS, OPEN_MS + 389 * MINUTE_MS, OPEN_MS + 391 * MINUTE_MS
    assert {start for start, bar in theirs.items() if ours[start] != bar} == {first, last, auction}
    assert ours[first][1:] == theirs[first][1:]
    assert ours[last][:3] == theirs[last][:3]
    assert ours[auction][:4] == theirs[auction][:4]
    assert theirs[last][4] - ours[last][4] == ours[auction][4] - theirs[auction][4] == 151_665
    # What the bound promises: no high below theirs, no low above.
    assert all(bar[1] >= theirs[start][1] and bar[2] <= theirs[start][2] for start, bar in ours.items())


def test_the_recorded_days_volume_is_the_vendors_to_the_share(recorded: Recorded, shared_data: Path) -> None:
    day = known(recorded.market.snapshot("IBM"))
    assert day.day_volume == sum(bar[4] for bar in vendor_bars(shared_data, "minute").values()) == 3_960_266
    assert (day.open, day.high, day.low, day.partial_since_ms) == (181.85, 183.3, 181.85, 0)
    assert recorded.market.rejections.by_reason == {"quote: not firm": 2, "quote: suspicious": 1}


def quote_bars(quotes: list[Quote], width_ms: int) -> dict[int, list[float]]:
    """Vendor's quote bars: open is the close of the window before; bid o, h, l, c, size, then ask."""
    found: dict[int, list[float]] = {}
    stands: list[tuple[float, float]] = [(math.nan, math.nan)] * 2
    for quote in quotes:
        start = quote.timestamp_ms - quote.timestamp_ms % width_ms
        bar = found.get(start)
        if bar is None:
            bar = found[start] = [number for price, size in stands for number in (*[price] * 4, size)]
        sides = [(quote.bid_price, quote.bid_size), (quote.ask_price, quote.ask_size)]
        for at, (price, size) in zip((0, 5), sides, strict=True):
            if bar[at] != bar[at]:
                bar[at : at + 5] = *[price] * 4, size
            bar[at + 1 : at + 5] = max(bar[at + 1], price), min(bar[at + 2], price), price, size
        stands = sides
    return found


def test_the_recorded_days_best_bid_and_ask_are_the_vendors_quote_minutes(
    recorded: Recorded, shared_data: Path
) -> None:
    theirs = {
        MIDNIGHT_MS + ms: [number / (1 if at in {4, 9} else 10_000) for at, number in enumerate(numbers)]
        for ms, *numbers in vendor_rows(shared_data, "minute/ibm/20131007_quote.zip")
    }
    quotes = [event for event in recorded.events if isinstance(event, Quote)]
    assert len(theirs) == 554
    assert quote_bars(quotes, MINUTE_MS) == theirs


def test_the_recorded_days_quotes_are_hardly_ever_crossed(recorded: Recorded) -> None:
    """One best bid per exchange, kept until that exchange speaks again, would be crossed 98 times in 100."""
    regular = [
        event for event in recorded.events
        if isinstance(event, Quote) and OPEN_MS <= event.timestamp_ms < OPEN_MS + 390 * MINUTE_MS
    ]  # fmt: skip
    states = Counter((quote.bid_price > quote.ask_price) - (quote.bid_price < quote.ask_price) for quote in regular)
    assert (states[1], states[0], states[-1]) == (42, 320, 53_637)


def test_the_recorded_day_plays_fast(recorded: Recorded) -> None:
    assert len(recorded.events) == 84_401
    assert recorded.seconds / len(recorded.events) < 15e-6 * 5  # measured 15 µs with a busy machine

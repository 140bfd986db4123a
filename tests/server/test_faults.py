"""Each fault does what real feeds do, to the extent that it says, and the same seed does it again."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.market_data import Aggregate, Event, Quote, Trade
from live_monitor.errors import StartError
from live_monitor.server import faults
from live_monitor.server.faults import Cut, FaultPlan, FaultyFeed, Incident
from live_monitor.wire.relay import FaultNotice
from tests.fakes.scripted_market import START_MS, ScriptedMarket, a_minute, a_quote, a_trade

#: Long enough for each fault to happen often.
LASTS_MS = 2_400_000


def a_market(lasts_ms: int = LASTS_MS) -> ScriptedMarket:
    """A quote and a print of one symbol after the other, and each minute's bars."""
    return ScriptedMarket(a_script(lasts_ms), lasts_ms=lasts_ms)


@cache
def a_script(lasts_ms: int) -> list[tuple[int, Event]]:
    script: list[tuple[int, Event]] = []
    for number, at in enumerate(range(0, lasts_ms, 200), 1):
        symbol = ("AAPL", "MSFT")[number % 2]
        script += [(at, a_quote(symbol, at)), (at, a_trade(symbol, at, sequence=number))]
        if at % 60_000 == 0 and at:
            minute = at // 60_000 - 1
            script += [(at, a_minute("AAPL", minute)), (at, a_minute("MSFT", minute))]
    return script


@cache
def run(kinds: str, *, seed: int = 1, step_ms: int = 10_000, lasts_ms: int = LASTS_MS) -> list[tuple[int, Incident]]:
    """All incidents, each with the time of the step that gave it."""
    feed = FaultyFeed(a_market(lasts_ms), FaultPlan.parse(kinds, seed))
    given: list[tuple[int, Incident]] = []
    for until in range(START_MS, START_MS + lasts_ms + step_ms, step_ms):
        given += [(until, incident) for incident in feed.advance(min(until, START_MS + lasts_ms))]
    return given


def of(kind: type[Any], given: Sequence[tuple[int, Incident]]) -> list[Any]:
    return [incident for _, incident in given if type(incident) is kind]


@cache
def all_events(lasts_ms: int = LASTS_MS) -> list[Event]:
    return a_market(lasts_ms).advance(START_MS + lasts_ms)


def trades_of(events: Sequence[Event]) -> list[Trade]:
    return [event for event in events if type(event) is Trade]


def test_gap_loses_about_one_percent_of_the_prints_in_bursts_and_says_nothing() -> None:
    given = run("gap")
    before, after = trades_of(all_events()), of(Trade, given)
    missing = sorted({trade.sequence for trade in before} - {trade.sequence for trade in after})
    assert 0.004 <= len(missing) / len(before) <= 0.02
    assert not of(FaultNotice, given)
    # One symbol's prints have every other sequence here: neighbours of a burst lie two apart.
    starts = [number for number in missing if number - 2 not in missing]
    assert len(starts) < len(missing) / 2
    assert after == [trade for trade in before if trade.sequence not in missing]


def test_gap_leaves_quotes_and_the_true_volume_of_the_bars_alone() -> None:
    given = run("gap")
    assert of(Quote, given) == [event for event in all_events() if type(event) is Quote]
    assert of(Aggregate, given) == [event for event in all_events() if type(event) is Aggregate]


def test_duplicate_sends_about_one_percent_again_with_the_same_id_and_sequence() -> None:
    given = run("duplicate")
    before, after = trades_of(all_events()), of(Trade, given)
    times = Counter((trade.id, trade.sequence) for trade in after)
    again = [key for key, count in times.items() if count == 2]
    assert len(times) == len(before)
    assert max(times.values()) == 2
    assert 0.004 <= len(again) / len(before) <= 0.02


def test_a_duplicate_comes_within_two_seconds() -> None:
    seen: dict[str, int] = {}
    for at, incident in run("duplicate", step_ms=20, lasts_ms=600_000):
        if isinstance(incident, Trade):
            assert at - seen.setdefault(incident.id, at) <= faults.DUPLICATE_MS[1] + faults.GRID_MS


def test_late_prints_keep_their_time_and_come_up_to_thirty_seconds_later() -> None:
    given = run("late", step_ms=20)
    delays = [at - incident.timestamp_ms for at, incident in given if isinstance(incident, Trade)]
    late = [delay for delay in delays if delay > 2 * faults.GRID_MS]
    assert len(delays) == len(trades_of(all_events()))
    assert 0.002 <= len(late) / len(delays) <= 0.01
    assert max(late) <= faults.LATE_MS[1] + 2 * faults.GRID_MS
    assert max(late) > 20_000


def test_prints_that_are_still_held_come_at_the_end() -> None:
    assert len(of(Trade, run("late", lasts_ms=LASTS_MS))) == len(trades_of(all_events()))


def test_crossed_quotes_have_their_bid_above_the_ask() -> None:
    quotes = of(Quote, run("crossed"))
    crossed = [quote for quote in quotes if quote.bid_price > quote.ask_price]
    assert 0.002 <= len(crossed) / len(quotes) <= 0.01


def test_a_locked_quote_can_be_crossed_and_a_one_sided_one_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "CROSSED_SHARE", 1.0)
    bare = Quote("AAPL", START_MS, 10.0, 100.0)
    source = ScriptedMarket([(0, a_quote(bid=10.0, ask=10.0)), (0, bare)])
    locked, one_sided = FaultyFeed(source, FaultPlan.parse("crossed")).advance(START_MS + faults.GRID_MS)
    assert isinstance(locked, Quote)
    assert locked.bid_price > locked.ask_price
    assert one_sided is bare


def test_silence_lasts_fifteen_seconds_and_what_happened_meanwhile_never_comes() -> None:
    given = run("silence", step_ms=20)
    times = [incident.timestamp_ms for _, incident in given if isinstance(incident, Trade)]
    holes = [later - earlier for earlier, later in pairwise(times) if later - earlier > 1_000]
    assert 15 <= len(holes) <= 60
    assert all(14_800 <= hole <= 15_400 for hole in holes)


def test_storm_makes_every_quote_twenty_for_three_seconds_and_ends_with_the_true_one() -> None:
    given = run("storm")
    counts = Counter(quote.timestamp_ms for quote in of(Quote, given))
    assert set(counts.values()) == {1, faults.STORM_FACTOR}
    stormy = sorted(at for at, count in counts.items() if count == faults.STORM_FACTOR)
    bursts = [at for at in stormy if at - 200 not in stormy]
    assert 30 <= len(bursts) <= 110
    assert all(at + 2_600 in counts and at + 3_200 not in stormy for at in bursts)
    truth = {quote.timestamp_ms: quote for quote in all_events() if type(quote) is Quote}
    last = {quote.timestamp_ms: quote for quote in of(Quote, given)}
    assert last == truth
    assert of(Trade, given) == trades_of(all_events())


def test_halt_is_announced_lasts_five_minutes_and_stops_one_symbol_only() -> None:
    given = run("halt", step_ms=20)
    notices = of(FaultNotice, given)
    assert [notice.kind for notice in notices[:4]] == ["halt", "resume", "halt", "resume"]
    halt, resume = notices[:2]
    assert halt.symbol == resume.symbol
    assert (halt.to_ms - halt.from_ms, resume.from_ms) == (300_000, halt.from_ms)
    other = ({"AAPL", "MSFT"} - {halt.symbol}).pop()
    meanwhile = [
        incident.symbol
        for at, incident in given
        if isinstance(incident, Trade | Quote) and halt.from_ms + 20 <= at < halt.to_ms
    ]
    assert set(meanwhile) == {other}


def test_disconnect_cuts_every_twenty_to_sixty_seconds() -> None:
    cuts = [at for at, incident in run("disconnect", step_ms=20) if isinstance(incident, Cut)]
    waits = [later - earlier for earlier, later in pairwise(cuts)]
    assert len(cuts) > 35
    assert all(20_000 <= wait <= 60_040 for wait in waits)


def test_disconnections_are_as_far_apart_for_a_person_at_any_speed() -> None:
    feed = FaultyFeed(a_market(), FaultPlan.parse("disconnect"), speed=10.0)
    cuts = sum(isinstance(incident, Cut) for incident in feed.advance(START_MS + LASTS_MS))
    assert 3 <= cuts <= 12


def test_without_a_fault_everything_passes() -> None:
    feed = FaultyFeed(a_market(), FaultPlan(frozenset()))
    assert list(feed.advance(START_MS + LASTS_MS)) == all_events()


def test_level_1_and_history_stay_true() -> None:
    source = a_market()
    feed = FaultyFeed(source, FaultPlan.parse("silence,gap"))
    feed.advance(START_MS + 120_000)
    assert feed.snapshot("AAPL") == source.snapshot("AAPL")
    assert feed.search("AAPL", 60_000, START_MS, 5).page() == source.search("AAPL", 60_000, START_MS, 5).page()
    assert (feed.symbols, feed.label, feed.provider) == (source.symbols, source.label, source.provider)
    assert feed.market == source.market


@pytest.mark.parametrize("kinds", [*faults.KINDS, ",".join(faults.KINDS)])
def test_the_same_seed_injures_the_same_events_in_steps_of_any_length(kinds: str) -> None:
    fine = [incident for _, incident in run(kinds, step_ms=170, lasts_ms=500_000)]
    coarse = [incident for _, incident in run(kinds, step_ms=60_000, lasts_ms=500_000)]
    assert fine == coarse
    if kinds != "halt":
        assert fine != [incident for _, incident in run(kinds, seed=2, lasts_ms=500_000)]


def test_one_fault_does_not_move_another_ones_events() -> None:
    alone = [quote.timestamp_ms for quote in of(Quote, run("crossed")) if quote.bid_price > quote.ask_price]
    among = of(Quote, run("crossed,gap,duplicate,late"))
    assert alone == [quote.timestamp_ms for quote in among if quote.bid_price > quote.ask_price]


@given(st.lists(st.sampled_from(faults.KINDS), min_size=1, unique=True), st.integers(0, 50))
def test_nothing_is_ever_invented(kinds: list[str], seed: int) -> None:
    """Prints come from the market, each at most twice, none before its time; time in quotes never runs back."""
    given_ = run(",".join(kinds), seed=seed, step_ms=5_000, lasts_ms=60_000)
    real = {trade.sequence: trade for trade in trades_of(all_events(60_000))}
    times: Counter[int] = Counter()
    for at, incident in given_:
        if isinstance(incident, Trade):
            times[incident.sequence] += 1
            assert incident == real[incident.sequence]
            assert incident.timestamp_ms <= at
    assert all(count <= 2 for count in times.values())
    quotes = [quote.timestamp_ms for quote in of(Quote, given_)]
    assert quotes == sorted(quotes)
    assert bisect_left(quotes, START_MS) == 0


@pytest.mark.parametrize("text", ["", "gap,", "gaps", "gap;late", "../x"])
def test_a_fault_that_does_not_exist_is_refused_with_those_that_do(text: str) -> None:
    with pytest.raises(StartError, match="gap, duplicate, late"):
        FaultPlan.parse(text)


def test_a_list_of_faults_may_have_blanks_and_capitals() -> None:
    assert FaultPlan.parse(" Gap , LATE ", 3) == FaultPlan(frozenset({"gap", "late"}), 3)

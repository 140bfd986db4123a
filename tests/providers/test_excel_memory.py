"""What a sheet said last: values keep their age, a blank is no zero, and yesterday's figures are not today's."""

from __future__ import annotations

import math
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.market_data import NAN
from live_monitor.engine.market.sessions import NEW_YORK, us_equities
from live_monitor.providers.excel_lines import Rows, SheetRow
from live_monitor.providers.excel_memory import SheetMemory

_PRICES = ("last", "bid", "ask")


def at(text: str) -> int:
    """Ms of a New York time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * 1000)


NOON = at("2026-11-20T12:00:00")
DAY = SheetRow("VFF", last=3.0, bid=2.95, ask=3.05, open=2.8, high=3.1, low=2.75, previous_close=2.9, day_volume=1e5)


def memory(*rows: tuple[int, SheetRow]) -> SheetMemory:
    made = SheetMemory(us_equities())
    for at_ms, row in rows:
        made.take(Rows(at_ms, [row], [row.symbol]))
    return made


def test_each_part_has_the_time_at_which_it_changed() -> None:
    known = memory(
        (NOON, DAY),
        (NOON + 1000, SheetRow("VFF", last=3.01, bid=2.95, ask=3.05, open=2.8, high=3.1, low=2.75, day_volume=1e5)),
        (NOON + 2000, SheetRow("VFF", last=3.01, bid=2.96, ask=3.05, open=2.8, high=3.1, low=2.75, day_volume=1e5)),
    )
    level_1 = known.snapshot("VFF", NOON + 3000)
    assert level_1 is not None
    assert (level_1.last, level_1.last_timestamp_ms) == (3.01, NOON + 1000)
    assert (level_1.bid, level_1.quote_timestamp_ms) == (2.96, NOON + 2000)
    assert level_1.timestamp_ms == known.changed_ms == NOON + 2000


def test_value_that_is_not_there_for_a_moment_stays_with_its_age() -> None:
    known = memory((NOON, DAY))
    gone = SheetRow("VFF", bid=2.97, unknown={"last": "loading", "ask": "#N/A", "day_volume": "blank"})
    known.take(Rows(NOON + 5000, [gone]))
    level_1 = known.snapshot("VFF", NOON + 6000)
    assert level_1 is not None
    assert (level_1.last, level_1.last_timestamp_ms) == (3.0, NOON)
    assert (level_1.bid, level_1.ask) == (2.97, 3.05)
    assert level_1.day_volume == 1e5


def change_of(known: SheetMemory, now_ms: int) -> float:
    level_1 = known.snapshot("VFF", now_ms)
    assert level_1 is not None
    return level_1.net_change


def test_net_change_is_passed_on_beside_the_last_price_of_its_moment_and_never_beside_another() -> None:
    known = memory((NOON, SheetRow("VFF", last=3.0, net_change=0.25)))
    assert change_of(known, NOON) == 0.25
    for gone in ({"last": "loading"}, {"net_change": "#N/A"}):
        known.take(Rows(NOON + 1000, [SheetRow("VFF", last=3.1, net_change=0.35, unknown=gone)]))
        assert math.isnan(change_of(known, NOON + 1000)), gone
    known.take(Rows(NOON + 2000, [SheetRow("VFF", last=3.1, net_change=0.35)]))
    assert change_of(known, NOON + 2000) == 0.35


def test_net_change_of_yesterday_is_not_that_of_today() -> None:
    row = SheetRow("VFF", last=3.0, bid=2.95, net_change=0.25)
    known = memory((at("2026-11-19T15:00:00"), row))
    known.take(Rows(at("2026-11-20T04:30:00"), [SheetRow("VFF", last=3.0, bid=2.9, net_change=0.25)]))
    assert math.isnan(change_of(known, at("2026-11-20T04:30:00"))), "neither it nor the last price has moved"
    known.take(Rows(at("2026-11-20T04:31:00"), [SheetRow("VFF", last=3.1, bid=2.9, net_change=0.25)]))
    assert change_of(known, at("2026-11-20T04:31:00")) == 0.25, "the same number, counted from another close"


def test_side_that_the_sheet_says_is_none_is_gone() -> None:
    known = memory((NOON, DAY))
    known.take(Rows(NOON + 1000, [SheetRow("VFF", last=3.0, bid=2.95)]))
    level_1 = known.snapshot("VFF", NOON + 1000)
    assert level_1 is not None
    assert math.isnan(level_1.ask)
    assert level_1.quote_timestamp_ms == NOON + 1000


def test_nothing_is_known_of_a_symbol_that_only_loads() -> None:
    known = memory((NOON, SheetRow("SPY", unknown=dict.fromkeys(_PRICES, "loading"))))
    assert known.snapshot("SPY", NOON) is None
    assert known.snapshot("QQQ", NOON) is None
    assert known.changed_ms == 0


def test_problem_says_what_the_sheet_says_and_since_when() -> None:
    known = memory((NOON, SheetRow("SPY", unknown=dict.fromkeys(_PRICES, "loading"))))
    assert known.problem("SPY") == "the sheet says “loading” since 12:00:00"
    known.take(Rows(NOON + 1000, [SheetRow("SPY", last=650.0, unknown={"bid": "loading", "ask": "loading"})]))
    assert known.problem("SPY") == ""
    known.take(Rows(NOON + 2000, [SheetRow("SPY", unknown={"last": "#N/A", "bid": "loading", "ask": "loading"})]))
    said = "the sheet says “#N/A” and “loading” since 12:00:02; the values before that are shown"
    assert known.problem("SPY") == said
    known.take(Rows(NOON + 3000, [SheetRow("SPY", unknown=dict.fromkeys(_PRICES, "blank"))]))
    assert known.problem("SPY") == "the sheet says nothing since 12:00:03; the values before that are shown"
    assert known.problem("QQQ") == "not in the sheet"


def test_market_without_any_quote_is_no_problem() -> None:
    assert memory((NOON, SheetRow("SPY", previous_close=649.0))).problem("SPY") == ""


def test_figures_that_have_not_moved_since_the_day_began_are_not_of_this_day() -> None:
    known = memory((NOON, DAY))
    evening, before_pre, in_pre = (at(f"2026-11-{text}") for text in ("20T22:00:00", "23T03:59:59", "23T04:00:01"))
    for now_ms in (evening, before_pre):
        level_1 = known.snapshot("VFF", now_ms)
        assert level_1 is not None
        assert level_1.day_volume == 1e5, "until the pre-market the figures of the session before stand"
    level_1 = known.snapshot("VFF", in_pre)
    assert level_1 is not None
    assert all(math.isnan(value) for value in (level_1.open, level_1.high, level_1.low, level_1.day_volume))
    assert (level_1.last, level_1.last_timestamp_ms) == (3.0, NOON)
    known.take(Rows(in_pre + 1000, [SheetRow("VFF", last=3.0, day_volume=200.0)]))
    level_1 = known.snapshot("VFF", in_pre + 1000)
    assert level_1 is not None
    assert level_1.day_volume == 200.0


def test_quote_is_as_old_as_the_side_that_is_not_there() -> None:
    """Else a bid that goes on would make an ask of yesterday look like one of now, and fill orders at it."""
    known = memory((NOON, SheetRow("VFF", bid=2.95, bid_size=5.0, ask=3.05, ask_size=7.0)))
    for second, bid in enumerate((2.96, 3.10), 1):
        row = SheetRow("VFF", bid=bid, bid_size=5.0, unknown={"ask": "loading", "ask_size": "loading"})
        known.take(Rows(NOON + 1000 * second, [row]))
        level_1 = known.snapshot("VFF", NOON + 1000 * second)
        assert level_1 is not None
        assert (level_1.bid, level_1.ask, level_1.quote_timestamp_ms) == (bid, 3.05, NOON + 1000)
        assert level_1.bid_size == 5.0
    known.take(Rows(NOON + 9000, [SheetRow("VFF", bid=3.10, bid_size=5.0, ask=3.05, ask_size=7.0)]))
    level_1 = known.snapshot("VFF", NOON + 9000)
    assert level_1 is not None
    assert (level_1.quote_timestamp_ms, level_1.ask_size) == (NOON + 2000, 7.0)


def test_size_of_another_price_is_not_shown() -> None:
    known = memory((NOON, SheetRow("VFF", last=3.0, last_size=100.0, bid=2.95, bid_size=5.0)))
    gone = {"last_size": "#N/A", "bid_size": "#N/A"}
    known.take(Rows(NOON + 1000, [SheetRow("VFF", last=3.0, bid=2.95, unknown=gone)]))
    level_1 = known.snapshot("VFF", NOON + 1000)
    assert level_1 is not None
    assert (level_1.last_size, level_1.bid_size) == (100.0, 5.0)
    known.take(Rows(NOON + 2000, [SheetRow("VFF", last=3.01, bid=2.96, unknown=gone)]))
    level_1 = known.snapshot("VFF", NOON + 2000)
    assert level_1 is not None
    assert (level_1.last, level_1.last_timestamp_ms, level_1.bid) == (3.01, NOON + 2000, 2.96)
    assert math.isnan(level_1.last_size)
    assert math.isnan(level_1.bid_size)


def test_day_figure_that_is_unknown_since_the_day_before_is_not_of_this_day() -> None:
    known = memory((NOON, SheetRow("VFF", last=3.0, high=3.1, day_volume=1e5)))
    known.take(Rows(NOON + 1000, [SheetRow("VFF", last=3.0, day_volume=1e5, unknown={"high": "loading"})]))
    level_1 = known.snapshot("VFF", NOON + 1000)
    assert level_1 is not None
    assert level_1.high == 3.1
    tomorrow = NOON + 72 * 3_600_000
    row = SheetRow("VFF", last=3.0, low=2.9, day_volume=7.0, unknown={"high": "loading"})
    known.take(Rows(tomorrow, [row]))
    level_1 = known.snapshot("VFF", tomorrow)
    assert level_1 is not None
    assert (level_1.low, level_1.day_volume, math.isnan(level_1.high)) == (2.9, 7.0, True)


def test_row_that_is_taken_away_is_forgotten() -> None:
    known = memory((NOON, DAY))
    known.take(Rows(NOON + 1000, [], []))
    assert known.snapshot("VFF", NOON) is None
    assert known.symbols == ()


def test_repeated_row_changes_nothing() -> None:
    known = memory((NOON, DAY))
    assert known.take(Rows(NOON + 1000, [DAY], ["VFF"])) == []
    assert known.changed_ms == NOON


_cells = st.one_of(st.floats(0.01, 1000), st.just(NAN), st.sampled_from(["loading", "#N/A", "blank"]))


@given(st.lists(st.tuples(_cells, _cells, _cells), min_size=1, max_size=20))
def test_what_is_shown_was_in_the_sheet_and_is_as_old_as_it_says(polls: list[tuple[float | str, ...]]) -> None:
    """An independent account: the last cell of each column that says anything, and when it came to say so."""
    known = SheetMemory(us_equities())
    meant: dict[str, float] = {}
    since: dict[str, int] = {}
    gone: dict[str, int] = {}
    for number, cells in enumerate(polls):
        at_ms = NOON + number * 1000
        unknown = {name: cell for name, cell in zip(_PRICES, cells, strict=True) if isinstance(cell, str)}
        numbers = {
            name: cell for name, cell in zip(_PRICES, cells, strict=True) if isinstance(cell, float) and cell == cell
        }
        known.take(Rows(at_ms, [SheetRow("VFF", unknown=unknown, **numbers)], ["VFF"]))
        for name in _PRICES:
            value = numbers.get(name, NAN)
            if name not in unknown and repr(value) != repr(meant.get(name, NAN)):
                meant[name], since[name] = value, at_ms
        shown = known.snapshot("VFF", at_ms)
        if shown is None:
            assert not since
            gone = {name: gone.get(name, at_ms) for name in unknown}
            continue
        assert [repr(getattr(shown, name)) for name in _PRICES] == [repr(meant.get(name, NAN)) for name in _PRICES]
        assert shown.last_timestamp_ms == since.get("last", 0)
        moved = max(since.get("bid", 0), since.get("ask", 0))
        gone = {name: gone.get(name, at_ms) for name in unknown}
        old = [ms for name, ms in gone.items() if name != "last" and meant.get(name, NAN) == meant.get(name, NAN)]
        assert shown.quote_timestamp_ms == (min(moved, *old) if old else moved)

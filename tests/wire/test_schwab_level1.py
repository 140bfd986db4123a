"""Deltas of level 1 are kept and merged; what comes out is never a print, and nothing absent is a number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.limits import Rejections
from live_monitor.wire.schwab_level1 import LEVEL_ONE_FIELDS, Level1, Level1Row, volume_is_of_yesterday

#: Friday 2026-11-20, 10:30 in New York.
NOW = 1_795_188_600_000
IMAGE = {"key": "AAPL", "delayed": False, "1": 150.0, "2": 150.02, "3": 150.01, "4": 3, "5": 2, "8": 1_000_000, "9": 40,
         "10": 151.0, "11": 149.0, "12": 149.5, "17": 150.0, "32": "Normal", "34": NOW, "35": NOW}  # fmt: skip


def _row(*records: dict[str, Any], at_ms: int = NOW) -> tuple[Level1Row, Level1, Rejections]:
    rejections = Rejections()
    row = Level1Row("AAPL", rejections)
    change = Level1(None, None, None)
    for record in records:
        change = row.merge(record, at_ms, at_ms, at_ms + 300_000)
    return row, change, rejections


def test_a_field_that_is_not_sent_stays_as_it_was() -> None:
    _, change, _ = _row(IMAGE, {"key": "AAPL", "1": 150.01, "34": NOW + 5})
    assert change.quote is not None
    assert (change.quote.bid_price, change.quote.ask_price, change.quote.bid_size) == (150.01, 150.02, 300)
    assert change.quote.timestamp_ms == NOW + 5
    assert change.snapshot is None, "the rest of the row did not change"


def test_a_last_price_moves_the_row_and_not_the_quote() -> None:
    _, change, _ = _row(IMAGE, {"key": "AAPL", "3": 150.05, "8": 1_000_040, "9": 40, "35": NOW + 9})
    assert change.quote is None
    assert change.snapshot is not None
    assert (change.snapshot.last, change.snapshot.day_volume, change.snapshot.bid) == (150.05, 1_000_040, 150.0)
    assert change.snapshot.last_timestamp_ms == NOW + 9


def test_what_is_said_again_changes_nothing() -> None:
    _, change, _ = _row(IMAGE, IMAGE)
    assert change == Level1(None, None, None)


def test_before_the_open_zeros_are_absent() -> None:
    _, change, rejections = _row({**IMAGE, "10": 0, "11": 0, "17": 0})
    assert change.snapshot is not None
    assert [str(value) for value in (change.snapshot.open, change.snapshot.high, change.snapshot.low)] == ["nan"] * 3
    assert rejections.total == 0


def test_sizes_are_shares_and_less_than_a_lot_is_not_told() -> None:
    _, change, _ = _row({**IMAGE, "4": 7, "5": 0})
    assert change.quote is not None
    assert change.quote.bid_size == 700
    assert change.quote.ask_size != change.quote.ask_size


def test_a_side_that_goes_is_absent() -> None:
    _, change, _ = _row(IMAGE, {"key": "AAPL", "1": 0, "4": 0})
    assert change.quote is not None
    assert change.quote.bid_price != change.quote.bid_price
    assert change.quote.ask_price == 150.02


@pytest.mark.parametrize("bad", [-1, "150", None, True, [], 1e308, "1e999999"])
def test_a_price_that_cannot_be_is_absent_and_never_the_old_one(bad: object) -> None:
    _, change, rejections = _row(IMAGE, {"key": "AAPL", "1": bad})
    assert change.quote is not None
    assert change.quote.bid_price != change.quote.bid_price
    assert rejections.total == (bad is not None)


def test_a_time_in_the_future_is_refused_and_the_frames_own_counts() -> None:
    _, change, rejections = _row({**IMAGE, "34": NOW + 3_600_000})
    assert change.quote is not None
    assert change.quote.timestamp_ms == NOW
    assert rejections.by_reason["level1.quote_timestamp_ms: in the future"] == 1


def test_unknown_fields_are_counted_and_known_ones_that_mean_nothing_are_not() -> None:
    _, _, rejections = _row({**IMAGE, "15": "Apple Inc", "49": 1, "cusip": "x", "99": 1, "?": 2})
    assert rejections.by_reason == {"level1: unknown field": 2}


def test_halts_are_told_when_they_begin_and_end() -> None:
    told = [_row(*records)[1].halted for records in (
        [IMAGE], [{**IMAGE, "32": "Halted"}], [IMAGE, {"32": "Halted"}], [IMAGE, {"32": "Halted"}, {"32": "Normal"}],
        [IMAGE, {"32": "Closed"}],
    )]  # fmt: skip
    assert told == [None, True, True, False, None]


@pytest.mark.parametrize(
    ("at_ms", "yesterday"),
    [
        (1_795_165_200_000 - 1, False),  # 03:59:59 in New York: the day before is shown as itself
        (1_795_165_200_000, True),  # 04:00
        (1_795_177_679_999, True),  # 07:27:59
        (1_795_177_680_000, False),  # 07:28
        (NOW, False),
        (NOW + 86_400_000 - 4 * 3_600_000, False),  # Saturday
    ],
)
def test_the_days_volume_counts_only_once_schwab_has_begun_it_anew(at_ms: int, yesterday: bool) -> None:
    assert volume_is_of_yesterday(at_ms, at_ms) is yesterday
    row, _, _ = _row(IMAGE, at_ms=at_ms)
    volume = row.snapshot(at_ms).day_volume
    assert (volume != volume) is yesterday


def test_a_volume_from_before_schwab_began_the_day_anew_is_not_that_of_the_day() -> None:
    row, _, _ = _row(IMAGE, at_ms=1_795_177_679_999)
    begun = 1_795_177_680_500
    change = row.merge({"key": "AAPL", "3": 150.3}, begun, begun, begun + 300_000)
    assert change.snapshot is not None
    assert str(change.snapshot.day_volume) == "nan", "a print of 07:28:00.5 says nothing of the day's volume"
    change = row.merge({"key": "AAPL", "8": 0}, begun + 1, begun + 1, begun + 300_000)
    assert change.snapshot is not None
    assert change.snapshot.day_volume == 0
    overnight, _, _ = _row(IMAGE, at_ms=begun - 24 * 3_600_000)
    assert str(overnight.snapshot(begun).day_volume) == "nan", "a stream that has run since the day before"


def test_what_stays_absent_moves_nothing() -> None:
    _, change, _ = _row({**IMAGE, "4": 0, "10": 0}, {"key": "AAPL", "4": 0, "10": 0})
    assert change == Level1(None, None, None)


@pytest.mark.parametrize("status", [None, 7, "x" * 33, ""])
def test_a_status_that_was_not_understood_ends_no_halt(status: object) -> None:
    row, change, _ = _row(IMAGE, {"32": "Halted"}, {"32": status})
    assert change.halted is None
    assert row.halted
    assert row.merge({"32": "Normal"}, NOW, NOW, NOW).halted is False


_DELTAS = st.lists(
    st.dictionaries(
        st.sampled_from(["1", "2", "3", "8", "10", "12"]), st.sampled_from([0, 1.25, 99.5, 150.01]), max_size=4
    ),
    max_size=12,
)


@given(_DELTAS)
def test_deltas_give_what_one_image_of_all_of_them_gives(deltas: list[dict[str, Any]]) -> None:
    merged: dict[str, Any] = {}
    for delta in deltas:
        merged |= delta
    row, _, _ = _row(*deltas)
    whole, _, _ = _row(merged)
    assert repr(row.snapshot(NOW)) == repr(whole.snapshot(NOW))


def test_the_change_is_schwabs_own_and_may_be_none_or_negative() -> None:
    for told in (-0.75, 0):
        _, change, _ = _row(IMAGE, {"key": "AAPL", "3": 148.75, "18": told})
        assert change.snapshot is not None
        assert (change.snapshot.last, change.snapshot.net_change) == (148.75, told)
    _, change, rejections = _row({**IMAGE, "18": 0.51}, {"key": "AAPL", "18": 1e12})
    assert change.snapshot is not None
    assert str(change.snapshot.net_change) == "nan"
    assert rejections.by_reason == {"level1.net_change: out of range": 1}
    assert "18" in LEVEL_ONE_FIELDS.split(",")

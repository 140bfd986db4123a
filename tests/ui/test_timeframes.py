"""How lengths of bars are named and typed."""

from __future__ import annotations

import pytest

from live_monitor.data.models.timeframe import Timeframe
from live_monitor.ui.timeframes import BUTTONS, MORE, WANTED_FIRST, ignores_hours, read_timeframe, spoken


def test_every_offered_length_is_one_and_is_offered_once() -> None:
    offered = [Timeframe.parse(name) for name in (*BUTTONS, *MORE)]
    assert len(set(offered)) == len(offered)
    assert sorted(WANTED_FIRST) == sorted(BUTTONS)


@pytest.mark.parametrize(("name", "words"), [("1s", "1 second"), ("15m", "15 minutes"), ("1M", "1 month")])
def test_lengths_are_spoken_in_words(name: str, words: str) -> None:
    assert spoken(name) == words


@pytest.mark.parametrize(
    ("typed", "name"), [("7m", "7m"), (" 1 h ", "1h"), ("1d", "1D"), ("1w", "1W"), ("1M", "1M"), ("90S", "90s")]
)
def test_what_is_typed_may_be_loose_where_it_means_one_thing_only(typed: str, name: str) -> None:
    assert read_timeframe(typed).name == name


@pytest.mark.parametrize("typed", ["", "m", "0m", "2D", "seven"])
def test_what_is_no_length_is_refused_in_words(typed: str) -> None:
    with pytest.raises(ValueError, match=r"bars|offered"):
        read_timeframe(typed)


def test_calendar_lengths_hold_the_whole_day_whatever_hours_are_shown() -> None:
    assert [name for name in (*BUTTONS, *MORE) if ignores_hours(name)] == ["1D", "1W", "1M"]

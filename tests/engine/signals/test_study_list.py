"""Adding, moving, changing and removing studies."""

from __future__ import annotations

import pytest

from live_monitor.chart_settings import MAX_STUDIES
from live_monitor.engine.signals import study_list
from live_monitor.engine.signals.study import StudyChoice, label_of


def labels(choices: list[StudyChoice]) -> list[str]:
    return [label_of(choice) for choice in choices]


def many(*kinds: str) -> list[StudyChoice]:
    choices: list[StudyChoice] = []
    for kind in kinds:
        choices = study_list.added(choices, kind)
    return choices


def test_a_second_average_has_the_next_usual_length_and_another_colour() -> None:
    choices = many("ema", "ema", "ema", "ema", "ema", "rsi")
    assert labels(choices) == ["EMA 9", "EMA 20", "EMA 50", "EMA 200", "EMA 9", "RSI 14"]
    colors = [choice.colors.get("average", "study_1") for choice in choices[:5]]
    assert len(set(colors)) == 5
    assert len({choice.id for choice in choices}) == 6


def test_colours_of_another_pane_are_no_neighbours() -> None:
    assert many("rsi", "vwap")[0].colors == {}
    assert many("sma", "volume_average")[1].colors == {}


def test_when_every_colour_is_taken_the_usual_one_comes_back() -> None:
    assert many(*["sma"] * 12)[-1].colors == {}


def test_the_usual_ones_are_four() -> None:
    assert labels(study_list.usual()) == ["EMA 9", "EMA 20", "VWAP", "Vol avg 20"]


def test_a_chart_holds_so_many_and_no_more() -> None:
    choices = many(*["obv"] * MAX_STUDIES)
    with pytest.raises(ValueError, match="remove one first"):
        study_list.added(choices, "obv")
    with pytest.raises(ValueError, match="is no indicator"):
        study_list.added([], "magic")


def test_an_id_that_became_free_is_used_again() -> None:
    choices = study_list.removed(many("sma", "sma", "sma"), "sma-2")
    assert [choice.id for choice in study_list.added(choices, "sma")] == ["sma-1", "sma-3", "sma-2"]


def test_moving_stops_at_the_ends() -> None:
    choices = many("sma", "rsi", "atr")
    down = study_list.moved(choices, "sma-1", 1)
    assert [choice.kind for choice in down] == ["rsi", "sma", "atr"]
    assert study_list.moved(choices, "sma-1", -1) == choices
    assert [choice.kind for choice in study_list.moved(choices, "sma-1", 9)] == ["rsi", "atr", "sma"]
    assert study_list.moved(choices, "none", 1) == choices


def test_hiding_and_showing_changes_one() -> None:
    choices = many("sma", "rsi")
    hidden = study_list.toggled(choices, "rsi-1")
    assert [choice.shown for choice in hidden] == [True, False]
    assert study_list.toggled(hidden, "rsi-1") == choices


def test_a_replacement_is_checked() -> None:
    choices = many("sma", "rsi")
    made = study_list.replaced(choices, StudyChoice(id="sma-1", kind="sma", parameters={"length": 7}))
    assert labels(made) == ["SMA 7", "RSI 14"]
    with pytest.raises(ValueError, match="lies between"):
        study_list.replaced(choices, StudyChoice(id="sma-1", kind="sma", parameters={"length": -1}))

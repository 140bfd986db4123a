"""What is kept of a study is checked before it is used."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.chart_settings import ChartSettings, read_chart
from live_monitor.engine.signals.study import Study, StudyChoice, checked, label_of, read_choices
from live_monitor.engine.signals.study_kinds import CATALOG, STUDY_COLORS, StudyKind
from tests.engine.signals.study_bars import CALENDAR, half_hours, series_of

DEFAULTS = {
    "sma": "SMA 20",
    "ema": "EMA 9",
    "vwap": "VWAP",
    "bollinger": "BB 20 2",
    "rsi": "RSI 14",
    "macd": "MACD 12 26 9",
    "atr": "ATR 14",
    "stochastic": "Stoch 14 3 3",
    "obv": "OBV",
    "volume_average": "Vol avg 20",
    "volume_profile": "Profile",
    "previous_day": "Prev day",
    "opening_range": "Open range 15",
}


def choice(kind: str = "sma", **fields: Any) -> StudyChoice:
    return StudyChoice(id="one", kind=kind, **fields)


def test_every_kind_begins_with_what_traders_know() -> None:
    assert {name: label_of(checked(choice(name))) for name in CATALOG} == DEFAULTS
    assert CATALOG["rsi"].levels == (30.0, 70.0)
    assert CATALOG["stochastic"].levels == (20.0, 80.0)
    assert checked(choice("vwap")).parameters == {"bands": 2, "hours": "regular", "source": "vwap"}
    assert checked(choice("volume_average")).parameters == {"length": 20}


@pytest.mark.parametrize("kind", CATALOG.values(), ids=list(CATALOG))
def test_the_catalogue_holds_together(kind: StudyKind) -> None:
    assert CATALOG[kind.name] is kind
    assert len({output.key for output in kind.outputs}) == len(kind.outputs)
    assert all(output.role in STUDY_COLORS for output in kind.outputs)
    assert kind.about.endswith(".")
    for parameter in kind.parameters:
        if parameter.choices:
            assert parameter.default in parameter.choices
        else:
            assert parameter.least <= float(parameter.default) <= parameter.most
    grouped = [output for output in kind.outputs if output.group]
    assert all(output.role == other.role for output in grouped for other in grouped if output.group == other.group)


def test_checking_names_every_parameter_and_makes_lengths_whole() -> None:
    made = checked(choice("macd", parameters={"fast": 8.0}))
    assert made.parameters == {"fast": 8, "slow": 26, "signal": 9, "source": "close"}
    assert isinstance(made.parameters["fast"], int)
    assert checked(made) == made


def test_a_choice_survives_the_settings_file() -> None:
    made = [checked(choice("bollinger", colors={"upper": "#FF8800"}, width=2, shown=False))]
    kept = ChartSettings(studies=[msgspec.to_builtins(one) for one in made])
    read = read_chart(msgspec.json.decode(msgspec.json.encode(kept)))
    assert read.notice == ""
    assert read_choices(read.chart.studies).choices == made


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (choice("magic"), "'magic' is no indicator of this version"),
        (StudyChoice(id="../etc", kind="sma"), "'../etc' cannot be its name among the indicators"),
        (choice(parameters={"lenght": 3}), "Simple moving average has no setting 'lenght'"),
        (choice(parameters={"length": 0}), "Simple moving average: Length lies between 1 and 5000, not at 0"),
        (choice(parameters={"length": 2.5}), "Simple moving average: Length is a whole number, not 2.5"),
        (choice(parameters={"length": "9"}), "Simple moving average: Length is a number, not '9'"),
        (choice(parameters={"length": float("nan")}), "Simple moving average: Length is a number, not 'nan'"),
        (choice(parameters={"length": True}), "Simple moving average: Length is a number, not 'True'"),
        (choice(parameters={"length": 10**5000}), "Length lies between 1 and 5000, not at somewhere far away"),
        (choice(parameters={"source": "typical"}), "Price is one of close, open, high, low"),
        (choice("macd", parameters={"fast": 26}), "MACD: Fast is shorter than Slow"),
        (choice("rsi", parameters={"low": 80}), "Relative strength index: Oversold lies below Overbought"),
        (choice(colors={"middle": "up"}), "Simple moving average draws no 'middle' that could have a colour"),
        (choice(colors={"average": "red"}), "Simple moving average: 'red' is no colour, write #rrggbb"),
        (choice(colors={"average": "#12345"}), "Simple moving average: '#12345' is no colour, write #rrggbb"),
        (choice(width=0), "Simple moving average: lines are 1 to 4 pixels wide"),
    ],
)
def test_what_cannot_be_used_is_refused_in_plain_words(bad: StudyChoice, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        checked(bad)


def test_one_bad_study_costs_no_other() -> None:
    raw: list[dict[str, Any]] = [
        {"id": "a", "kind": "sma"},
        {"id": "a", "kind": "ema"},
        {"id": "b", "kind": "nothing"},
        {"id": 3, "kind": "sma"},
        {},
        {"id": "c", "kind": "ema", "parameters": {"length": 50}},
    ]
    read = read_choices(raw)
    assert [one.id for one in read.choices] == ["a", "c"]
    assert len(read.refused) == 4
    assert read.refused[0] == "Exponential moving average: there are two named 'a'"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.lists(st.integers(), max_size=2),
    st.sampled_from([10**400, -(10**5000)]),
)  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(["length", "source", "bands", "fast", "slow", "low", "high", "step", "minutes", "width", "hours"]),
    st.text(max_size=12),
)


@given(
    kind=st.one_of(st.sampled_from(sorted(CATALOG)), VALUES),
    name=VALUES,
    parameters=st.one_of(st.dictionaries(NAMES, VALUES, max_size=4), VALUES),
    colors=st.one_of(st.dictionaries(st.sampled_from(["average", "vwap", "high"]), VALUES, max_size=2), VALUES),
    width=VALUES,
)
def test_hostile_settings_never_raise(kind: Any, name: Any, parameters: Any, colors: Any, width: Any) -> None:
    base = {"id": "one", "kind": kind}
    raw = [
        {**base, "id": name},
        {**base, "parameters": parameters},
        {**base, "colors": colors, "width": width},
        {**base, "shown": name, "more": width},
    ]
    read = read_choices(raw)
    series = series_of(half_hours(2))
    for made in read.choices:
        followed = Study(made, CALENDAR)
        followed.follow(series)
        assert [len(line) for line in followed.lines()] == [len(series)] * len(followed.kind.outputs)
    assert all(reason and "\n" not in reason for reason in read.refused)


@pytest.mark.parametrize(("kind", "panes"), [
    ("sma", {"usual", "own"}), ("volume_average", {"usual", "own"}), ("rsi", {"usual", "above"}),
    ("volume_profile", {"usual"}),
])  # fmt: skip
def test_a_study_stands_only_where_its_values_make_sense(kind: str, panes: set[str]) -> None:
    for pane in ("usual", "own", "above", "elsewhere"):
        choice = StudyChoice(id="a", kind=kind, pane=pane)
        if pane in panes:
            assert checked(choice).pane == pane
        else:
            with pytest.raises(ValueError, match="cannot stand in the pane"):
                checked(choice)

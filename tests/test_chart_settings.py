"""The chart's part of the settings: one wrong value costs that value, and is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.chart_settings import MAX_STUDIES, ChartSettings, read_chart
from live_monitor.settings import Settings, SettingsStore, encode

KEPT = ChartSettings(
    kind="heikin_ashi",
    scale="log",
    local_time=True,
    volume=False,
    studies=[{"id": "a", "kind": "sma", "parameters": {"length": 20}}],
    pane_heights={"volume": 0.2, "a": 0.15},
    compare="SPY",
    magnet=True,
)

#: A value that cannot be used, and what the notice calls its field.
WRONG: dict[str, tuple[str, Any, str]] = {
    "unheard-of type": ("kind", "renko", "chart type"),
    "wrong type of a type": ("kind", 7, "chart type"),
    "unheard-of scale": ("scale", "cubic", "scale"),
    "a number for a switch": ("local_time", 1, "time zone"),
    "a text for a switch": ("volume", "yes", "volume pane"),
    "indicators that are none": ("studies", [17], "indicators"),
    "too many indicators": ("studies", [{}] * (MAX_STUDIES + 1), "indicators"),
    "an indicator of a megabyte": ("studies", [{"id": "x" * 10_000}], "indicators"),
    "a pane without height": ("pane_heights", {"a": 0.0}, "heights of panes"),
    "a pane over everything": ("pane_heights", {"a": 1.5}, "heights of panes"),
    "a height that is a text": ("pane_heights", {"a": "tall"}, "heights of panes"),
    "a pane with an endless name": ("pane_heights", {"a" * 1_000: 0.2}, "heights of panes"),
    "an impossible symbol": ("compare", "=cmd()", "comparison"),
    "no symbol at all": ("compare", None, "comparison"),
    "a magnet of iron": ("magnet", "Fe", "magnet"),
}


@pytest.mark.parametrize("case", WRONG)
def test_one_wrong_value_costs_that_value_alone(case: str) -> None:
    name, value, spoken = WRONG[case]
    chart, notice = read_chart({**msgspec.to_builtins(KEPT), name: value})
    assert getattr(chart, name) == getattr(ChartSettings(), name)
    others = [field for field in ChartSettings.__struct_fields__ if field != name]
    assert [getattr(chart, other) for other in others] == [getattr(KEPT, other) for other in others]
    assert notice == f"Kept settings of the chart that cannot be used start anew: {spoken}."


def test_what_was_kept_comes_back_without_a_word() -> None:
    assert read_chart(msgspec.to_builtins(KEPT)) == (KEPT, "")


def test_settings_of_before_there_was_a_chart_part_have_its_defaults() -> None:
    assert read_chart(None) == (ChartSettings(), "")
    assert read_chart({}) == (ChartSettings(), "")


@pytest.mark.parametrize("raw", [17, "candles", [], True])
def test_a_part_that_is_no_object_starts_anew(raw: object) -> None:
    chart, notice = read_chart(raw)
    assert chart == ChartSettings()
    assert "chart" in notice


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(ChartSettings.__struct_fields__), _json))
def test_whatever_stands_there_is_read_without_an_error_and_can_be_kept(raw: dict[str, Any]) -> None:
    chart, notice = read_chart(raw)
    assert read_chart(msgspec.json.decode(msgspec.json.encode(chart))) == (chart, "")
    for name, value in raw.items():
        assert getattr(chart, name) in (value, getattr(ChartSettings(), name))
    assert bool(notice) == any(getattr(chart, name) != raw[name] for name in raw)


def test_p1_a_damaged_chart_part_leaves_symbol_layout_and_the_rest_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    content = msgspec.to_builtins(Settings(symbol="NVDA", theme="light", layout={"a": 1}, chart=KEPT))
    content["chart"]["kind"] = "renko"
    path.write_bytes(encode(content))
    store = SettingsStore(path)
    loaded = store.load()
    assert (loaded.settings.symbol, loaded.settings.theme, loaded.settings.layout) == ("NVDA", "light", {"a": 1})
    assert loaded.settings.chart.kind == "candles"
    assert loaded.settings.chart.studies == KEPT.studies
    assert "chart type" in loaded.notice
    assert list(tmp_path.iterdir()) == [path]
    store.save(loaded.settings)
    assert SettingsStore(path).load().settings == loaded.settings
    assert SettingsStore(path).load().notice == ""

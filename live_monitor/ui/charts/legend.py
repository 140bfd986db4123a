"""What is written at the top of each pane: the studies there with their values on one bar. No Qt."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.frame import Frame
from live_monitor.ui.charts.numbers import value_text
from live_monitor.ui.charts.study_board import PlacedStudy
from live_monitor.ui.number_format import DASH, format_compact, format_percent, format_price


class LegendValue(NamedTuple):
    """One value: its text, and its colour role or `#rrggbb`. `label` is only spoken."""

    text: str
    color: str
    label: str


class LegendEntry(NamedTuple):
    """One study, or the compared symbol. `key` stays the same while it is shown."""

    key: str
    name: str
    values: list[LegendValue]

    def spoken(self) -> str:
        """For assistive technology: `RSI 14 56.3`, `BB 20 2 Middle 228.41 Upper …`."""
        known = [value for value in self.values if value.text != DASH]
        if not known:
            return f"{self.name} no value yet"
        told = [value.text if len(self.values) == 1 else f"{value.label} {value.text}" for value in known]
        return f"{self.name} {' '.join(told)}"


def over_price(state: ChartState, index: int) -> list[LegendEntry]:
    """The line below the read-out, on bar `index`."""
    named = [placed for placed in state.board.over_price if not placed.profiles]
    found = [_entry(placed, index, lambda value: _price(state.frame, value)) for placed in named]
    compared = state.compared
    if compared.on:
        found.append(LegendEntry("compared", compared.symbol, [_compared(state, index)]))
    return found


def over_volume(state: ChartState, index: int) -> list[LegendEntry]:
    """The line at the top of the volume pane."""
    return [_entry(placed, index, format_compact) for placed in state.board.over_volume]


def own_panes(state: ChartState, index: int) -> list[list[LegendEntry]]:
    """The lines at the top of the other panes, from the top."""
    lines = []
    for shared, pane in zip(state.board.own_panes, state.frame.lower, strict=False):
        decimals = min(6, pane.ticks.decimals + 1)
        text_of = partial(value_text, decimals=decimals)
        lines.append([_entry(placed, index, text_of) for placed in shared.placed])
    return lines


def spoken(state: ChartState, index: int) -> list[str]:
    """Every study on bar `index`, for assistive technology."""
    below = [entry for line in own_panes(state, index) for entry in line]
    entries = [*over_price(state, index), *over_volume(state, index), *below]
    return [entry.spoken() for entry in entries]


def _entry(placed: PlacedStudy, index: int, text_of: Callable[[float], str]) -> LegendEntry:
    study, values = placed.study, []
    for number, output in enumerate(study.outputs):
        line = placed.line(number)
        value = float(line[index]) if 0 <= index < len(line) else math.nan
        text = text_of(value) if math.isfinite(value) else DASH
        values.append(LegendValue(text, study.choice.colors.get(output.key, output.role), output.label))
    if study.remark and index == len(placed.line(0)) - 1 and all(value.text == DASH for value in values):
        values = [LegendValue(study.remark, "muted", "")]
    return LegendEntry(study.choice.id, study.label, values)


def _price(frame: Frame, value: float) -> str:
    least = 4 if 0 < abs(value) < 1 else 2
    # On an axis of percentages its digits say nothing of prices.
    return format_price(value, least if math.isfinite(frame.base) else max(least, frame.ticks.decimals))


def _compared(state: ChartState, index: int) -> LegendValue:
    series, factor = state.series, state.compared_factor()
    if series is not None and math.isfinite(factor) and 0 <= index < len(series):
        at, closes = state.compared.aligned(series, index, index + 1)
        if len(at):
            change = (float(closes[0]) * factor / state.frame.base - 1) * 100
            return LegendValue(format_percent(change), "study_6", "change")
    return LegendValue(DASH, "study_6", "change")

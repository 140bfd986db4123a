"""How the chart looks, as it is kept: read field by field, so that one wrong value costs that value and no other.

Values of an older or newer version (a chart type that is gone, a scale that is not there yet) must not cost a person
the rest of the settings: such a field starts anew, and a notice names it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

import msgspec

from live_monitor.limits import valid_symbol

ChartKind = Literal["candles", "hollow", "bars", "heikin_ashi", "line", "area"]
ChartScale = Literal["linear", "log", "percent"]

#: More lie on no chart that anybody could still read.
MAX_STUDIES: Final = 32
MAX_PANES: Final = 2 * MAX_STUDIES
_MAX_KEY: Final = 64
#: What lies on the chart at the first start: volume with its average, as charts have it.
FIRST_STUDIES: Final = ({"id": "volume_average-1", "kind": "volume_average"},)
#: One study, written as JSON.
_MAX_STUDY_BYTES: Final = 4_096


class ChartSettings(msgspec.Struct, kw_only=True):
    """How bars are drawn and what lies over them. Drawings are kept elsewhere: they belong to their symbol.

    `studies` are the indicators as JSON-able values; only `engine.signals.study` knows what they mean. `pane_heights`:
    share of the plot's height, above 0 and below 1, by the key of a pane. `compare`: a symbol laid over the chart in
    percent, or empty. `local_time`: the time axis shows this machine's time instead of New York's.
    """

    kind: ChartKind = "candles"
    scale: ChartScale = "linear"
    local_time: bool = False
    volume: bool = True
    studies: list[dict[str, Any]] = msgspec.field(default_factory=lambda: [dict(study) for study in FIRST_STUDIES])
    pane_heights: dict[str, float] = msgspec.field(default_factory=dict)
    compare: str = ""
    magnet: bool = False


#: What a field is called in a notice.
_SPOKEN: Final = {
    "kind": "chart type",
    "scale": "scale",
    "local_time": "time zone",
    "volume": "volume pane",
    "studies": "indicators",
    "pane_heights": "heights of panes",
    "compare": "comparison",
    "magnet": "magnet",
}


class ReadChart(NamedTuple):
    """What could be read. `notice` is empty, or one line for the person that names what could not."""

    chart: ChartSettings
    notice: str


def read_chart(raw: object) -> ReadChart:
    """Reads the chart's part of a settings file; never raises. What cannot be used gets its default, alone."""
    if raw is None:
        return ReadChart(ChartSettings(), "")
    if not isinstance(raw, Mapping):
        return ReadChart(ChartSettings(), _notice(["chart"]))
    good: dict[str, Any] = {}
    lost: list[str] = []
    for field in msgspec.structs.fields(ChartSettings):
        if field.name not in raw:
            continue
        try:
            value = msgspec.convert(raw[field.name], field.type)
            _check(field.name, value)
        # A ValidationError is a ValueError.
        except ValueError:
            lost.append(_SPOKEN[field.name])
        else:
            good[field.name] = value
    return ReadChart(ChartSettings(**good), _notice(lost) if lost else "")


def _notice(lost: list[str]) -> str:
    return f"Kept settings of the chart that cannot be used start anew: {', '.join(lost)}."


def _check(name: str, value: Any) -> None:
    """Rules that types cannot say. Raises ValueError."""
    if name == "studies":
        small = all(len(msgspec.json.encode(study)) <= _MAX_STUDY_BYTES for study in value)
        if len(value) > MAX_STUDIES or not small:
            raise ValueError("too many indicators, or too large ones")
    elif name == "pane_heights":
        fits = all(len(key) <= _MAX_KEY and math.isfinite(share) and 0 < share < 1 for key, share in value.items())
        if len(value) > MAX_PANES or not fits:
            raise ValueError("heights that cannot be")
    elif name == "compare" and value and not valid_symbol(value):
        raise ValueError("no symbol")

"""One study as a person chose it, as it is kept in the settings; and the check of what comes from there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from live_monitor.engine.signals.study_kinds import CATALOG, STUDY_COLORS, Parameter, StudyKind

MAX_WIDTH: Final = 4
#: Where a study may stand: where its kind does; in a pane of its own; in the pane of the study before it.
USUAL: Final = "usual"
OWN: Final = "own"
ABOVE: Final = "above"
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HUGE: Final = 10**15
_HEX: Final = re.compile(r"#[0-9A-Fa-f]{6}")


class StudyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A study of a chart. Parameters and colours that are not named have the defaults of the kind.

    `colors`: by key of the output a role of `STUDY_COLORS` or `#rrggbb`. `width`: of its lines, in logical pixels.
    `pane`: one of `panes_of` its kind.
    """

    id: str
    kind: str
    parameters: dict[str, float | str] = {}
    colors: dict[str, str] = {}
    width: int = 1
    shown: bool = True
    pane: str = USUAL


def panes_of(kind: StudyKind) -> tuple[str, ...]:
    """Where studies of a kind may stand; shares by price only beside prices."""
    if kind.name == "volume_profile":
        return (USUAL,)
    return (USUAL, ABOVE) if kind.pane == "own" else (USUAL, OWN)


class ReadStudies(msgspec.Struct, frozen=True):
    """What could be read of kept studies, and why each other one could not, in plain words."""

    choices: list[StudyChoice]
    refused: list[str]


def checked(choice: StudyChoice) -> StudyChoice:
    """`choice` with every parameter named; raises ValueError, in words for people, where it cannot be used."""
    kind = CATALOG.get(choice.kind)
    if kind is None:
        raise ValueError(f"{choice.kind[:32]!r} is no indicator of this version")
    if _ID.fullmatch(choice.id) is None:
        raise ValueError(f"{kind.title}: {choice.id[:32]!r} cannot be its name among the indicators")
    known = {parameter.name: parameter for parameter in kind.parameters}
    for name in choice.parameters:
        if name not in known:
            raise ValueError(f"{kind.title} has no setting {name[:32]!r}")
    values = {name: _value(kind, known[name], choice.parameters.get(name, known[name].default)) for name in known}
    _check_together(kind, values)
    _check_look(kind, choice)
    return msgspec.structs.replace(choice, parameters=values, colors=dict(choice.colors))


def read_choices(raw: Iterable[Mapping[str, Any]]) -> ReadStudies:
    """Reads studies out of settings, one by one; never raises. Of two with one id the first counts."""
    choices: list[StudyChoice] = []
    refused: list[str] = []
    ids: set[str] = set()
    for item in raw:
        try:
            choice = checked(msgspec.convert(item, StudyChoice))
            if choice.id in ids:
                raise ValueError(f"{CATALOG[choice.kind].title}: there are two named {choice.id!r}")
        # A ValidationError is a ValueError.
        except ValueError as error:
            refused.append(str(error))
            continue
        ids.add(choice.id)
        choices.append(choice)
    return ReadStudies(choices, refused)


def label_of(choice: StudyChoice) -> str:
    """How a checked choice is called on the chart: "SMA 20", "MACD 12 26 9", "EMA 9 hl2"."""
    kind = CATALOG[choice.kind]
    words = [kind.short]
    for parameter in kind.parameters:
        value = choice.parameters.get(parameter.name, parameter.default)
        if parameter.choices or parameter.name in _UNTOLD:
            if value != parameter.default:
                words.append(_TOLD.get(str(value), _number(value)))
        else:
            words.append(_number(value))
    return " ".join(words)


#: Settings that make the name longer only where they are not the usual ones.
_UNTOLD: Final = {"low", "high", "bands", "step"}
_TOLD: Final = {"all": "all hours", "regular": "regular hours"}


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _value(kind: StudyKind, parameter: Parameter, value: float | str) -> float | str:
    told = f"{kind.title}: {parameter.label}"
    if parameter.choices:
        if value not in parameter.choices:
            raise ValueError(f"{told} is one of {', '.join(parameter.choices)}, not {str(value)[:32]!r}")
        return value
    # bool is an int to Python, and nobody means it as a length.
    if isinstance(value, str | bool) or value != value:
        raise ValueError(f"{told} is a number, not {str(value)[:32]!r}")
    if not parameter.least <= value <= parameter.most:
        # An int beyond every float cannot be written as one.
        there = f"{value:g}" if abs(value) < _HUGE else "somewhere far away"
        raise ValueError(f"{told} lies between {parameter.least:g} and {parameter.most:g}, not at {there}")
    if not parameter.whole:
        return float(value)
    if value != int(value):
        raise ValueError(f"{told} is a whole number, not {value:g}")
    return int(value)


def _check_together(kind: StudyKind, values: Mapping[str, float | str]) -> None:
    if kind.name == "macd" and not _float(values["fast"]) < _float(values["slow"]):
        raise ValueError(f"{kind.title}: Fast is shorter than Slow")
    if "low" in values and not _float(values["low"]) < _float(values["high"]):
        raise ValueError(f"{kind.title}: Oversold lies below Overbought")


def _float(value: float | str) -> float:
    return float(value)


def _check_look(kind: StudyKind, choice: StudyChoice) -> None:
    outputs = {output.key for output in kind.outputs}
    for key, color in choice.colors.items():
        if key not in outputs:
            raise ValueError(f"{kind.title} draws no {key[:32]!r} that could have a colour")
        if color not in STUDY_COLORS and _HEX.fullmatch(color) is None:
            raise ValueError(f"{kind.title}: {color[:32]!r} is no colour, write #rrggbb")
    if choice.pane not in panes_of(kind):
        raise ValueError(f"{kind.title} cannot stand in the pane {choice.pane[:32]!r}")
    if not 1 <= choice.width <= MAX_WIDTH:
        raise ValueError(f"{kind.title}: lines are 1 to {MAX_WIDTH} pixels wide")

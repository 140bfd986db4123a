"""What is done to the studies of a chart: add, move, change, remove. Each gives a new list; none changes one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from live_monitor.chart_settings import MAX_STUDIES
from live_monitor.engine.signals.study_choice import StudyChoice, checked
from live_monitor.engine.signals.study_kinds import CATALOG, STUDY_COLORS, StudyKind

Choices = list[StudyChoice]

#: A second average is wanted for its other length: the pairs that charting programs and traders start from.
_LENGTHS: Final[Mapping[str, tuple[int, ...]]] = {
    "ema": (9, 20, 50, 200),
    "sma": (20, 50, 100, 200),
    "rsi": (14, 2),
    "volume_average": (20, 50),
}
#: What many lay on a chart of one day before anything else.
_USUAL: Final = ("ema", "ema", "vwap", "volume_average")


def added(choices: Sequence[StudyChoice], kind: str) -> Choices:
    """One more of `kind` at the end, with a length and a colour that are still free.

    Raises ValueError, in words for people, for an unknown kind and when the chart holds as many as it may.
    """
    if len(choices) >= MAX_STUDIES:
        raise ValueError(f"A chart holds {MAX_STUDIES} indicators; remove one first.")
    if kind not in CATALOG:
        raise ValueError(f"{kind[:32]!r} is no indicator of this version")
    same = [choice for choice in choices if choice.kind == kind]
    parameters: dict[str, float | str] = {}
    taken = {choice.parameters.get("length") for choice in same}
    free = [length for length in _LENGTHS.get(kind, ()) if length not in taken]
    if free:
        parameters["length"] = free[0]
    made = StudyChoice(
        id=_free_id(choices, kind), kind=kind, parameters=parameters, colors=_colors(choices, CATALOG[kind])
    )
    return [*choices, checked(made)]


def usual() -> Choices:
    """EMA 9 and 20, VWAP with its bands, and the volume's average: for a chart that has nothing on it."""
    choices: Choices = []
    for kind in _USUAL:
        choices = added(choices, kind)
    return choices


def replaced(choices: Sequence[StudyChoice], choice: StudyChoice) -> Choices:
    """`choice` instead of the one with its id. Raises ValueError, in words for people, where it cannot be used."""
    good = checked(choice)
    return [good if known.id == good.id else known for known in choices]


def removed(choices: Sequence[StudyChoice], study: str) -> Choices:
    """Without the one of the id `study`."""
    return [choice for choice in choices if choice.id != study]


def toggled(choices: Sequence[StudyChoice], study: str) -> Choices:
    """The one of the id `study` shown when it was hidden, and hidden when it was shown."""
    return [
        msgspec.structs.replace(choice, shown=not choice.shown) if choice.id == study else choice for choice in choices
    ]


def moved(choices: Sequence[StudyChoice], study: str, by: int) -> Choices:
    """The one of the id `study` moved by so many places, as far as there are any."""
    rest = removed(choices, study)
    places = [place for place, choice in enumerate(choices) if choice.id == study]
    if not places:
        return list(choices)
    place = min(max(places[0] + by, 0), len(rest))
    return [*rest[:place], choices[places[0]], *rest[place:]]


def _free_id(choices: Sequence[StudyChoice], kind: str) -> str:
    taken = {choice.id for choice in choices}
    return next(name for name in (f"{kind}-{number}" for number in range(1, len(taken) + 2)) if name not in taken)


def _colors(choices: Sequence[StudyChoice], kind: StudyKind) -> dict[str, str]:
    """Another colour for a single line whose own one is taken by its neighbours; nothing where it is free."""
    if len(kind.outputs) != 1:
        return {}
    line = kind.outputs[0]
    taken = {
        choice.colors.get(output.key, output.role)
        for choice in choices
        if CATALOG[choice.kind].pane == kind.pane
        for output in CATALOG[choice.kind].outputs
    }
    if line.role not in taken:
        return {}
    free = [role for role in STUDY_COLORS if role.startswith("study_") and role not in taken]
    return {line.key: free[0]} if free else {}

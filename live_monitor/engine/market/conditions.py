"""Sale conditions: which print may move which number.

Every vendor marks prints with conditions; together they say, by AND, whether a print may set the
last price, the high and low, and whether its shares count (market rules 2.1, 2.2, 2.4). Bars and the
day follow different rules: an extended-hours print makes minute bars, never the day's high.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple, Self

from live_monitor.data.models.market_data import Conditions
from live_monitor.limits import MAX_REASONS
from live_monitor.resources import resource_path

_log = logging.getLogger(__name__)

BAR_LAST: Final = 1  #: may open and close second and minute bars, and is the last price
BAR_HILO: Final = 2  #: may be the high or low of second and minute bars
BAR_VOLUME: Final = 4  #: its shares count in second and minute bars
DAY_LAST: Final = 8  #: may be the day's open and close
DAY_HILO: Final = 16  #: may be the day's high or low
DAY_VOLUME: Final = 32  #: its shares count in the day
#: Instead of BAR_VOLUME: its shares count in bars, its price is held back (see `print_guard`). No rule gives it.
HELD_VOLUME: Final = 64

_BAR: Final = BAR_LAST | BAR_HILO | BAR_VOLUME
_DAY: Final = DAY_LAST | DAY_HILO | DAY_VOLUME
ALL: Final = _BAR | _DAY
VOLUME_ONLY: Final = BAR_VOLUME | DAY_VOLUME

#: Distinct tuples that are remembered; a busy day of the whole tape has a few hundred.
MAX_CACHED: Final = 4_096
#: "Regular sale" of old samples; the present list has no such id (market rules 2.2).
_REGULAR_SALE: Final = 0
#: Form T: makes minute bars outside regular hours; the table, made for days, says volume only (market rules 2.4).
_FORM_T: Final = 12
_MAX_DIGITS: Final = 6
_IQFEED_BASES: Final[Mapping[int | str, int]] = {
    "C": ALL,
    "E": BAR_LAST | BAR_HILO | BAR_VOLUME | DAY_VOLUME,
    "O": DAY_VOLUME,
}


class Excuse(NamedTuple):
    """Where one of `by` stands on a print, those of `of` are passed over."""

    by: frozenset[int | str] = frozenset()
    of: frozenset[int | str] = frozenset()


def daily(flags: int) -> int:
    """The same print as the day's bar counts it: DAY_LAST becomes BAR_LAST, and so on; what is held stays held."""
    return HELD_VOLUME if flags & HELD_VOLUME else flags >> 3 & _BAR


class Eligibility(NamedTuple):
    """What one print may move."""

    last: bool  #: open, close and the last price
    high_low: bool
    volume: bool

    @classmethod
    def of(cls, flags: int) -> Self:
        """By the BAR bits of `flags`."""
        return cls(bool(flags & BAR_LAST), bool(flags & BAR_HILO), bool(flags & BAR_VOLUME))


class ConditionRules:
    """The rules of one provider, with what was met of them so far. One thread.

    `flags` answers for bars and day at once; `eligible_intraday` and `eligible_daily` say the same in words, for those
    who ask now and then. `cache` maps a tuple of conditions to its flags; the hot path reads it directly and calls
    `flags` only for a tuple that is not there. It is bounded: when full it starts again, in place.
    `unknown` counts, per condition without a rule, the distinct tuples in which it was met.
    """

    def __init__(
        self,
        provider: str,
        table: Mapping[int | str, int],
        *,
        absent: int,
        unruled: int,
        only_first: bool = False,
        excuse: Excuse | None = None,
    ) -> None:
        """`table`: flags of each condition; `absent`: of a print with none; `unruled`: of one without a rule.

        With `only_first` the first condition alone decides; the others are for people.
        """
        self.provider = provider
        self.cache: dict[Conditions, int] = {}
        self.unknown: dict[int | str, int] = {}
        self._table = table
        self._absent = absent
        self._unruled = unruled
        self._only_first = only_first
        self._excuse = excuse or Excuse()

    def flags(self, conditions: Conditions) -> int:
        """The bits above for a print with these conditions; never raises."""
        known = self.cache.get(conditions)
        if known is not None:
            return known
        if len(self.cache) >= MAX_CACHED:
            self.cache.clear()
        result = self.cache[conditions] = self._combine(conditions)
        return result

    def eligible_intraday(self, conditions: Conditions) -> Eligibility:
        """What a print with these conditions may move in bars of seconds and minutes."""
        return Eligibility.of(self.flags(conditions))

    def eligible_daily(self, conditions: Conditions) -> Eligibility:
        """What it may move in the bar of the day."""
        return Eligibility.of(daily(self.flags(conditions)))

    def learn(self, rows: Iterable[tuple[int, bool, bool, bool]]) -> int:
        """Takes over what the provider says of its conditions now: id; may it move high and low, the last, the volume.

        Prints from now on follow it; other rules of the same provider do not. Returns how many ids differ from before.
        """
        said = {number: _flags(number, last=last, hi_lo=hi_lo, volume=volume) for number, hi_lo, last, volume in rows}
        fresh: dict[int | str, int] = {
            number: flags for number, flags in said.items() if self._table.get(number) != flags
        }
        if fresh:
            self._table = {**self._table, **fresh}
            self.cache.clear()
        return len(fresh)

    def _combine(self, conditions: Conditions) -> int:
        if not conditions:
            return self._absent
        result = ALL
        passed_over = frozenset() if self._excuse.by.isdisjoint(conditions) else self._excuse.of
        for condition in conditions[:1] if self._only_first else conditions:
            if condition in passed_over:
                continue
            known = self._table.get(condition)
            if known is None and isinstance(condition, str):
                known = self._table.get(_number(condition))
            if known is None:
                self._note_unknown(condition)
                known = self._unruled
            result &= known
        return result

    def _note_unknown(self, condition: int | str) -> None:
        times = self.unknown.get(condition, 0)
        if not times:
            if len(self.unknown) >= MAX_REASONS:
                return
            _log.warning(
                "%s: no rule for sale condition %.40r; its prints count as volume only", self.provider, condition
            )
        self.unknown[condition] = times + 1


def rules_for(provider: str) -> ConditionRules:
    """Fresh rules for the prints of `provider`; a name without rules of its own has Polygon's ids.

    The packaged table is read once per process. Raises OSError or ValueError only if the package is broken.
    """
    if provider == "iqfeed":
        # Without a basis nothing says that a print is more than volume.
        return ConditionRules(provider, _IQFEED_BASES, absent=DAY_VOLUME, unruled=DAY_VOLUME, only_first=True)
    if provider == "lean":
        table, excuse = _lean_flags()
        return ConditionRules(provider, table, absent=ALL, unruled=VOLUME_ONLY, excuse=excuse)
    return ConditionRules(provider, _polygon_flags(), absent=ALL, unruled=VOLUME_ONLY)


def describe(provider: str, condition: int | str) -> str:
    """The name of one sale condition, "Odd Lot Trade"; a number or code where it has none. For people."""
    if provider == "iqfeed":
        code = str(condition)
        return _iqfeed_names().get(code.upper(), f"Condition {code}")
    if provider == "lean":
        return _lean_names().get(str(condition), f"Condition {condition}")
    return _named(_polygon_names(), condition)


def _named(names: Mapping[int, str], condition: int | str) -> str:
    text = str(condition)
    return names.get(_number(text), f"Condition {text}")


def _number(text: str) -> int:
    """The id that some servers send as text; -1 where it is none."""
    return int(text) if len(text) <= _MAX_DIGITS and text.isascii() and text.isdecimal() else -1


@cache
def _resource(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(resource_path("conditions", name).read_text(encoding="utf-8"))
    return loaded


@cache
def _polygon_flags() -> Mapping[int | str, int]:
    table: dict[int | str, int] = {_REGULAR_SALE: ALL}
    for row in _resource("polygon_stocks.json")["trades"]:
        if row["volume"] is None:
            table[row["id"]] = ALL  # short-sale restriction, financial status: says nothing of the print
            continue
        table[row["id"]] = _flags(row["id"], last=row["last"], hi_lo=row["hi_lo"], volume=row["volume"])
    return table


def _flags(number: int, *, last: bool, hi_lo: bool, volume: bool) -> int:
    """The bits of one of Polygon's conditions; the vendor's table is made for days."""
    day = (last and DAY_LAST) | (hi_lo and DAY_HILO) | (volume and DAY_VOLUME)
    bar = (last and BAR_LAST) | (hi_lo and BAR_HILO) | (volume and BAR_VOLUME)
    return day | bar | (_BAR if number == _FORM_T else 0)


@cache
def _polygon_names() -> Mapping[int, str]:
    rows = _resource("polygon_stocks.json")["trades"]
    return {_REGULAR_SALE: "Regular Sale"} | {row["id"]: row["name"] for row in rows}


@cache
def _iqfeed_names() -> Mapping[str, str]:
    resource = _resource("iqfeed.json")
    return {row["id"]: row["name"] for row in [*resource["bases"], *resource["conditions"]]}


@cache
def _lean_flags() -> tuple[Mapping[int | str, int], Excuse]:
    """Conditions of Lean's ticks, a bit each, and which of them excuse which (market rules 2.2)."""
    table: dict[int | str, int] = {}
    standing: dict[str, set[int | str]] = {"included": set(), "excluded": set(), "": set()}
    for row in _resource("lean.json")["trades"]:
        bar = (row["bars"] and BAR_LAST | BAR_HILO) | (row["volume"] and BAR_VOLUME)
        day = (row["day_last"] and DAY_LAST) | (row["day_hi_lo"] and DAY_HILO) | (row["volume"] and DAY_VOLUME)
        table[row["id"]] = bar | day
        standing[row["standing"]].add(row["id"])
    return table, Excuse(by=frozenset(standing["included"]), of=frozenset(standing["excluded"]))


@cache
def _lean_names() -> Mapping[str, str]:
    return {row["id"]: row["name"] for row in _resource("lean.json")["trades"]}

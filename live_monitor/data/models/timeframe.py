"""Lengths of bars: `1s`, `5s`, `7m`, `1h`, `1D`, `1W`, `1M`. Capital letters are calendar units."""

from __future__ import annotations

import re
from typing import Final, Literal

from msgspec import Struct

Unit = Literal["s", "m", "h", "D", "W", "M"]

_PATTERN: Final = re.compile(r"([1-9][0-9]{0,4})([smhDWM])", re.ASCII)
_UNIT_MS: Final[dict[str, int]] = {
    "s": 1_000,
    "m": 60_000,
    "h": 3_600_000,
    "D": 86_400_000,
    "W": 7 * 86_400_000,
    "M": 30 * 86_400_000,
}
_LONGEST_WITHIN_A_DAY_MS: Final = 86_400_000


class Timeframe(Struct, frozen=True):
    """The length of a bar. Windows of `s`, `m` and `h` lie within a session; `D`, `W` and `M` follow the calendar.

    Make one with `Timeframe.parse`; equal lengths are equal (`60s` is `1m`).
    """

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Timeframe:
        """Reads a name like `7m`. Raises ValueError, in words for people, for what is none."""
        match = _PATTERN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text[:16]!r} is no length of bars: write 1s, 5s, 7m, 1h, 1D, 1W or 1M")
        count, unit = int(match[1]), match[2]
        if unit in "DWM":
            if count != 1:
                raise ValueError(f"{text[:16]!r} is not offered: days, weeks and months come one to a bar")
            return cls(count, unit)  # type: ignore[arg-type]  # the pattern lets only units through
        milliseconds = count * _UNIT_MS[unit]
        if milliseconds >= _LONGEST_WITHIN_A_DAY_MS:
            raise ValueError(f"{text[:16]!r} is longer than a session: write 1D")
        for larger in ("h", "m", "s"):
            if milliseconds % _UNIT_MS[larger] == 0:
                return cls(milliseconds // _UNIT_MS[larger], larger)
        raise AssertionError("every length is whole seconds")

    @property
    def name(self) -> str:
        """`7m`; what `parse` reads."""
        return f"{self.count}{self.unit}"

    def __str__(self) -> str:
        return self.name

    @property
    def nominal_ms(self) -> int:
        """Length in ms; of a day, week or month its length on the calendar (30 days), for ordering and axes only."""
        return self.count * _UNIT_MS[self.unit]

    @property
    def by_calendar(self) -> bool:
        """True for days, weeks and months, whose windows are not of equal length."""
        return self.unit in "DWM"

    @property
    def base(self) -> Timeframe:
        """The bars it is made of: `1s` below a minute and for odd seconds, `1m` below a day, else `1D`."""
        if self.by_calendar:
            return DAY
        return MINUTE if self.nominal_ms % MINUTE.nominal_ms == 0 else SECOND

    # The other two follow by reflection; `total_ordering` adds nothing to a Struct, which claims to have all four.
    def __lt__(self, other: Timeframe) -> bool:
        return self.nominal_ms < other.nominal_ms

    def __le__(self, other: Timeframe) -> bool:
        return self.nominal_ms <= other.nominal_ms


SECOND: Final = Timeframe(1, "s")
MINUTE: Final = Timeframe(1, "m")
DAY: Final = Timeframe(1, "D")
WEEK: Final = Timeframe(1, "W")
MONTH: Final = Timeframe(1, "M")
#: What sources give and stores keep; every other timeframe is made from these.
BASES: Final = (SECOND, MINUTE, DAY)

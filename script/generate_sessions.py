"""Writes resources/calendars/*.json from pandas-market-calendars; a tool of developers, not of the program.

    pip install pandas-market-calendars          # the dependency group `calendars`
    python script/generate_sessions.py           # writes; the same input gives the same bytes
    python script/generate_sessions.py --check   # 1 when a packaged table differs

Only what differs from a normal weekday is written: closed weekdays, days with other hours, days of which nobody has
said yet what they will be; by year. Hours that have no name here stop the script: a guess would be worse. Where the
package is known to be wrong or silent, the exchange's own notice stands beside the correction.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "calendars"

#: Wall-clock edges of a day; "-1 18:00" is the evening before. `pauses` is there where trading pauses.
Hours = dict[str, Any]


class Source(NamedTuple):
    """What one table is made of."""

    file: str
    name: str
    title: str
    source: str
    timezone: str
    first: date
    last: date
    day_begins: str
    #: Every shape that a day may have.
    hours: Mapping[str, Hours]
    #: Which of them Mondays to Fridays have, from a day on.
    weekdays: Mapping[date, str]
    #: Hours of every day with a session, by the package and the corrections.
    hours_by_day: Callable[[date, date], dict[date, Hours]]
    #: Days of which is known only that they are not like the others.
    unknown: frozenset[date] = frozenset()
    #: Sessions on weekends, and an hour of trading at Diwali that is another one every year, are no mistake.
    festive: bool = False


def _days(*texts: str) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, texts))


def _schedule(calendar: str, timezone: str, first: date, last: date, **options: str) -> dict[date, dict[str, str]]:
    """Edges of every day of a calendar of the package, as `HH:MM`, or `-1 HH:MM` on the evening before."""
    # By name: the package carries no types, and where it is absent mypy would ask for another waiver.
    calendars = importlib.import_module("pandas_market_calendars")
    schedule = calendars.get_calendar(calendar).schedule(
        start_date=first.isoformat(), end_date=last.isoformat(), **options
    )
    found: dict[date, dict[str, str]] = {stamp.date(): {} for stamp in schedule.index}
    for column in ("pre", "market_open", "market_close", "post"):
        if column in schedule:
            for stamp, moment in zip(schedule.index, schedule[column].dt.tz_convert(timezone), strict=True):
                days = (moment.date() - stamp.date()).days
                found[stamp.date()][column] = f"{days} {moment:%H:%M}" if days else f"{moment:%H:%M}"
    return found


# -- US stocks ------------------------------------------------------------------------------------

_US: dict[str, Hours] = {
    "normal": {"pre": "04:00", "open": "09:30", "close": "16:00", "post": "20:00"},
    "half": {"pre": "04:00", "open": "09:30", "close": "13:00", "post": "17:00"},
}


def us_hours(first: date, last: date) -> dict[date, Hours]:
    """Trading days of NYSE and Nasdaq, whose days agree."""
    days = _schedule("NYSE", "America/New_York", first, last, start="pre", end="post")
    columns = {"pre": "pre", "open": "market_open", "close": "market_close", "post": "post"}
    return {day: {name: edges[column] for name, column in columns.items()} for day, edges in days.items()}


# -- NSE ------------------------------------------------------------------------------------------

_NSE: dict[str, Hours] = {
    "until 2009": {"pre": "09:55", "open": "09:55", "close": "15:30", "post": "16:00"},
    "2010": {"pre": "09:00", "open": "09:00", "close": "15:30", "post": "16:00"},
    "normal": {"pre": "09:00", "open": "09:15", "close": "15:30", "post": "16:00"},
    # The outage of 2021: trading stopped before noon and was taken up again for the last hour.
    "2021-02-24": {"pre": "09:00", "open": "09:15", "close": "17:00", "post": "17:00", "pauses": [["11:40", "15:45"]]},
    # Live tests of the stand-by site, by the exchange's circulars of 2012-04-27, 2024-02-14 and 2024-05-07.
    "test": {"pre": "11:00", "open": "11:15", "close": "12:45", "post": "12:45"},
    "two tests": {"pre": "09:00", "open": "09:15", "close": "12:30", "post": "12:50", "pauses": [["10:00", "11:30"]]},
}
#: The pre-open auction, and with it today's hours, began on this day.
_NSE_AUCTION = date(2010, 10, 18)
#: The evening hour of Diwali, where it fell on a weekend and the exchange's circular is known.
_NSE_MUHURAT = {
    date(2016, 10, 30): ("18:30", "19:30"),
    date(2019, 10, 27): ("18:15", "19:15"),
    date(2020, 11, 14): ("18:15", "19:15"),
    date(2023, 11, 12): ("18:15", "19:15"),
}
#: Weekends on which the exchange opened: budgets, the day before the consecration at Ayodhya, tests.
_NSE_WEEKENDS = {
    date(2012, 4, 28): "test",
    date(2015, 2, 28): "normal",
    date(2020, 2, 1): "normal",
    date(2024, 1, 20): "normal",
    date(2024, 3, 2): "two tests",
    date(2024, 5, 18): "two tests",
    date(2025, 2, 1): "normal",
    date(2026, 2, 1): "normal",
}
#: Weekends with an evening hour of Diwali or a test of which no circular is at hand.
_NSE_UNKNOWN = _days(
    "2009-10-17", "2010-02-06", "2012-01-07", "2012-03-03", "2012-09-08", "2012-11-11", "2013-11-03", "2014-03-22",
    "2026-11-08",
)  # fmt: skip


def _muhurat(day: date, opens: str, closes: str) -> Hours:
    """The hour with its auction before (15 minutes) and its closing session after (20), as circulars have them."""
    if day < _NSE_AUCTION:
        return {"pre": opens, "open": opens, "close": closes, "post": closes}
    return {"pre": _later(opens, -15), "open": opens, "close": closes, "post": _later(closes, 20)}


def _later(text: str, minutes: int) -> str:
    hours, rest = divmod(int(text[:2]) * 60 + int(text[3:]) + minutes, 60)
    return f"{hours:02d}:{rest:02d}"


def nse_hours(first: date, last: date) -> dict[date, Hours]:
    """Trading days of NSE: the package's weekdays, and the weekends that it has no word for.

    Pre and post are the auction from 09:00 and the closing session to 16:00, which the package leaves out.
    """
    found: dict[date, Hours] = {}
    for day, edges in _schedule("NSE", "Asia/Kolkata", first, last).items():
        opens, closes = edges["market_open"], edges["market_close"]
        regular = _NSE["until 2009" if day.year < 2010 else "2010" if day < _NSE_AUCTION else "normal"]
        if day == date(2021, 2, 24):
            found[day] = _NSE["2021-02-24"]
        elif (opens, closes) == (regular["open"], regular["close"]):
            found[day] = regular
        else:
            found[day] = _muhurat(day, opens, closes)
    found |= {day: _muhurat(day, *hour) for day, hour in _NSE_MUHURAT.items() if first <= day <= last}
    return found | {day: _NSE[kind] for day, kind in _NSE_WEEKENDS.items() if first <= day <= last}


# -- CME Globex -----------------------------------------------------------------------------------


def _globex(close: str, *pauses: list[str]) -> Hours:
    return {"pre": "-1 18:00", "open": "-1 18:00", "close": close, "post": close} | (
        {"pauses": list(pauses)} if pauses else {}
    )


_CME_PAUSE = ["16:15", "16:30"]
_CME = {
    "until 2015": _globex("17:15", _CME_PAUSE),
    "until 2021": _globex("17:00", _CME_PAUSE),
    "normal": _globex("17:00"),
} | {f"to {close}": _globex(close) for close in ("09:15", "09:30", "11:30", "13:00", "13:15")}
#: The trading day ended at 16:15 Chicago time until this day, at 16:00 from then on (notice of September 2015).
_CME_EARLIER_END = date(2015, 9, 21)
_CME_NO_PAUSE = date(2021, 6, 28)
#: Days of mourning, to 08:30 Chicago time by CME's releases of 2018-12-02 and 2024-12-30 (the package knows none).
_CME_MOURNING = _days("2018-12-05", "2025-01-09")
#: On Good Friday CME opens to 08:15 when the jobs report is due on that day, and is closed else; the package takes
#: the former for the rule. Reports were due in 2015, 2021, 2023 and 2026; these were whole holidays.
_CME_HOLIDAYS = _days("2024-03-29", "2025-04-18")
#: Good Fridays for which CME has published nothing yet.
_CME_UNKNOWN = _days("2027-03-26", "2028-04-14", "2029-03-30", "2030-04-19")


def cme_hours(first: date, last: date) -> dict[date, Hours]:
    """Trading days of equity-index futures on CME Globex."""
    found: dict[date, Hours] = {}
    for day, edges in _schedule("CME Globex Equity", "America/New_York", first, last).items():
        if edges["market_open"] != "-1 18:00":
            raise ValueError(f"{day} opens at {edges['market_open']}")
        closes = edges["market_close"]
        if day in _CME_HOLIDAYS:
            continue
        if day in _CME_MOURNING:
            found[day] = _CME["to 09:30"]
        elif closes != "17:00":
            found[day] = _globex(closes)
        else:
            kind = "until 2015" if day < _CME_EARLIER_END else "until 2021" if day < _CME_NO_PAUSE else "normal"
            found[day] = _CME[kind]
    return found


SOURCES = (
    Source(
        "us_equities",
        "US equities",
        "Sessions of US stock exchanges: hours, closed weekdays and half days; New York time",
        "script/generate_sessions.py from pandas-market-calendars (NYSE)",
        "America/New_York",
        date(2007, 1, 1),
        date(2030, 12, 31),
        "00:00",
        _US,
        {date(2007, 1, 1): "normal"},
        us_hours,
    ),
    Source(
        "nse_equities",
        "NSE equities",
        "Sessions of stocks on India's NSE: hours, closed weekdays, days with other hours; Indian time",
        "script/generate_sessions.py from pandas-market-calendars (NSE) and circulars of the exchange",
        "Asia/Kolkata",
        date(2007, 1, 1),
        # NSE publishes the holidays of a year, most of them by the moon, in the December before.
        date(2026, 12, 31),
        "00:00",
        _NSE,
        {date(2007, 1, 1): "until 2009", date(2010, 1, 1): "2010", _NSE_AUCTION: "normal"},
        nse_hours,
        _NSE_UNKNOWN,
        festive=True,
    ),
    Source(
        "cme_equity_futures",
        "CME equity futures",
        "Sessions of equity-index futures on CME Globex (ES, NQ): hours, holidays, early ends; New York time",
        "script/generate_sessions.py from pandas-market-calendars (CME Globex Equity) and notices of the exchange",
        "America/New_York",
        # Before, the trading day ended at 16:15 and the next one began at 16:30, with a halt of its own in the evening:
        # the package gives these days today's hours.
        date(2012, 11, 19),
        date(2030, 12, 31),
        "-1 18:00",
        _CME,
        {date(2012, 11, 19): "until 2015", _CME_EARLIER_END: "until 2021", _CME_NO_PAUSE: "normal"},
        cme_hours,
        _CME_UNKNOWN,
    ),
)


# -- tables ---------------------------------------------------------------------------------------


def table(source: Source) -> str:
    """The JSON text of a table. Raises ValueError for a day whose hours have no name."""
    by_day = source.hours_by_day(source.first, source.last)
    kinds: dict[str, Hours] = dict(source.hours)
    closed: list[date] = []
    special: dict[str, list[date]] = {}
    normal = ""
    for count in range((source.last - source.first).days + 1):
        day = source.first + timedelta(days=count)
        normal = source.weekdays.get(day, normal)
        edges = None if day in source.unknown else by_day.get(day)
        if edges is None:
            if day.weekday() < 5 and day not in source.unknown:
                closed.append(day)
        elif day.weekday() >= 5 and not source.festive:
            raise ValueError(f"{day} is a weekend with sessions {edges}")
        elif day.weekday() >= 5 or edges != kinds[normal]:
            special.setdefault(_kind(day, edges, kinds, source.festive), []).append(day)
    used = set(special) | set(source.weekdays.values())
    return _text(source, {kind: edges for kind, edges in kinds.items() if kind in used}, closed, special)


def _kind(day: date, edges: Hours, kinds: dict[str, Hours], festive: bool) -> str:
    """The name of these hours; Diwali's are added to `kinds`. Raises ValueError where they have none."""
    for kind, known in kinds.items():
        if known == edges:
            return kind
    if festive and day.month in (10, 11) and edges["open"] > "13:00":
        kind = f"Muhurat {edges['open']}-{edges['close']}"
        kinds[kind] = edges
        return kind
    raise ValueError(f"{day} has unusual hours {edges}")


def _text(source: Source, kinds: Mapping[str, Hours], closed: list[date], special: Mapping[str, list[date]]) -> str:
    """One kind and one year a line, so that a difference reads well."""

    def years(days: list[date], indent: str) -> str:
        by_year: dict[int, list[str]] = {}
        for day in sorted(days):
            by_year.setdefault(day.year, []).append(f"{day:%m-%d}")
        lines = [f'{indent}  "{year}": {json.dumps(texts)}' for year, texts in by_year.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}" if lines else "{}"

    weekdays = {day.isoformat(): kind for day, kind in source.weekdays.items()}
    hours = ",\n".join(f'    "{kind}": {json.dumps(edges)}' for kind, edges in kinds.items())
    other = ",\n".join(f'    "{kind}": {years(days, "    ")}' for kind, days in special.items())
    return (
        "{\n"
        f'  "name": "{source.name}",\n'
        f'  "title": "{source.title}",\n'
        f'  "source": "{source.source}",\n'
        f'  "first": "{source.first}",\n'
        f'  "last": "{source.last}",\n'
        f'  "timezone": "{source.timezone}",\n'
        f'  "day_begins": "{source.day_begins}",\n'
        f'  "hours": {{\n{hours}\n  }},\n'
        f'  "weekdays": {json.dumps(weekdays)},\n'
        f'  "closed": {years(closed, "  ")},\n'
        f'  "special": {{\n{other}\n  }},\n'
        f'  "unknown": {years(list(source.unknown), "  ")}\n'
        "}\n"
    )


def main() -> int:
    """Writes or checks the packaged tables."""
    parser = argparse.ArgumentParser(description="Regenerate the session tables.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a packaged table differs")
    arguments = parser.parse_args()
    different = []
    for source in SOURCES:
        path, text = FOLDER / f"{source.file}.json", table(source)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            different.append(path.name)
            if not arguments.check:
                path.write_text(text, encoding="utf-8", newline="\n")
    verb = "differs from what pandas-market-calendars says" if arguments.check else "written"
    print("\n".join(f"{name} {verb}" for name in different) or "up to date")
    return 1 if different and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())

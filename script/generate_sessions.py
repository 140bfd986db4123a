"""Writes resources/calendars/us_equities.json from pandas-market-calendars; a tool of developers, not of the program.

    pip install pandas-market-calendars          # the dependency group `calendars`
    python script/generate_sessions.py           # writes; the same input gives the same bytes
    python script/generate_sessions.py --check   # 1 when the packaged table differs

Only what differs from a normal weekday is written: closed weekdays and half days, by year. A day
with any other hours stops the script: the format has no word for it, and a guess would be worse.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from datetime import date, timedelta
from pathlib import Path

FIRST, LAST = date(2007, 1, 1), date(2030, 12, 31)
TABLE = Path(__file__).resolve().parents[1] / "resources" / "calendars" / "us_equities.json"
NORMAL = {"pre": "04:00", "open": "09:30", "close": "16:00", "post": "20:00"}
HALF = {"pre": "04:00", "open": "09:30", "close": "13:00", "post": "17:00"}
_COLUMNS = {"pre": "pre", "open": "market_open", "close": "market_close", "post": "post"}


def hours_by_day(first: date, last: date) -> dict[date, dict[str, str]]:
    """New York wall-clock edges of every trading day of NYSE and Nasdaq, whose days agree."""
    # By name: the package carries no types, and where it is absent mypy would ask for another waiver.
    calendars = importlib.import_module("pandas_market_calendars")
    schedule = calendars.get_calendar("NYSE").schedule(
        start_date=first.isoformat(), end_date=last.isoformat(), start="pre", end="post"
    )
    columns = {
        name: schedule[column].dt.tz_convert("America/New_York").dt.strftime("%H:%M")
        for name, column in _COLUMNS.items()
    }
    return {
        stamp.date(): {name: str(edges.iloc[at]) for name, edges in columns.items()}
        for at, stamp in enumerate(schedule.index)
    }


def table(first: date = FIRST, last: date = LAST) -> str:
    """The JSON text. Raises ValueError for a day whose hours are neither normal nor a half day's."""
    hours = hours_by_day(first, last)
    closed: dict[str, list[str]] = {}
    half_days: dict[str, list[str]] = {}
    for count in range((last - first).days + 1):
        day = first + timedelta(days=count)
        edges = hours.get(day)
        if edges is not None and day.weekday() >= 5:
            raise ValueError(f"{day} is a weekend with sessions {edges}")
        if edges is None and day.weekday() < 5:
            closed.setdefault(str(day.year), []).append(f"{day:%m-%d}")
        elif edges == HALF:
            half_days.setdefault(str(day.year), []).append(f"{day:%m-%d}")
        elif edges is not None and edges != NORMAL:
            raise ValueError(f"{day} has unusual hours {edges}")
    return _text(first, last, closed, half_days)


def _text(first: date, last: date, closed: dict[str, list[str]], half_days: dict[str, list[str]]) -> str:
    """One year a line, so that a difference reads well."""

    def years(days: dict[str, list[str]]) -> str:
        return "{\n" + ",\n".join(f'    "{year}": {json.dumps(days[year])}' for year in sorted(days)) + "\n  }"

    return (
        "{\n"
        '  "name": "US equities",\n'
        '  "title": "Sessions of US stock exchanges: hours, closed weekdays and half days; New York time",\n'
        '  "source": "script/generate_sessions.py from pandas-market-calendars (NYSE)",\n'
        f'  "first": "{first}",\n'
        f'  "last": "{last}",\n'
        '  "timezone": "America/New_York",\n'
        f'  "hours": {{\n    "normal": {json.dumps(NORMAL)},\n    "half": {json.dumps(HALF)}\n  }},\n'
        f'  "closed": {years(closed)},\n'
        f'  "half_days": {years(half_days)}\n'
        "}\n"
    )


def main() -> int:
    """Writes or checks the packaged table."""
    parser = argparse.ArgumentParser(description="Regenerate the session table of US equities.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the packaged table differs")
    arguments = parser.parse_args()
    text = table()
    if arguments.check:
        same = TABLE.exists() and TABLE.read_text(encoding="utf-8") == text
        print("up to date" if same else f"{TABLE.name} differs from what pandas-market-calendars says")
        return 0 if same else 1
    TABLE.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {TABLE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

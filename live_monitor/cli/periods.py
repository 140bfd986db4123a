"""Dates and times of the command line: `--from 2021-03-01 --to "2021-03-01 12:00"`, on the exchange's clock."""

from __future__ import annotations

import argparse
from datetime import date, datetime
from typing import NamedTuple

from live_monitor.engine.market.sessions import Calendar
from live_monitor.limits import MAX_TIME_MS, MIN_TIME_MS


class Moment(NamedTuple):
    """A trading day (`at` is a date), or an instant; one without a zone is on the exchange's clock."""

    at: date | datetime

    def start_ms(self, calendar: Calendar) -> int:
        """The instant in ms; of a day, when it begins."""
        return self._instant_ms(calendar) if isinstance(self.at, datetime) else calendar.span(self.at)[0]

    def end_ms(self, calendar: Calendar) -> int:
        """The instant in ms; of a day, when it is over: a day that is named as the last one is meant whole."""
        return self._instant_ms(calendar) if isinstance(self.at, datetime) else calendar.span(self.at)[1]

    def _instant_ms(self, calendar: Calendar) -> int:
        assert isinstance(self.at, datetime)
        aware = self.at if self.at.tzinfo is not None else self.at.replace(tzinfo=calendar.zone)
        return round(aware.timestamp() * 1000)


def moment(text: str) -> Moment:
    """Reads a date or a time in ISO form, for argparse. Raises ArgumentTypeError."""
    try:
        at = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"“{text}” is no date or time: write 2021-03-01, or 2021-03-01T09:30 on the exchange's clock"
        ) from None
    if not 1980 < at.year < 2100:
        raise argparse.ArgumentTypeError(f"“{text}” lies outside the years 1981 to 2099")
    return Moment(at)


def period(first: Moment | None, last: Moment | None, calendar: Calendar) -> tuple[int, int]:
    """[from_ms, to_ms) from the first to the last moment; all time where none is given. Raises ValueError if empty."""
    from_ms = MIN_TIME_MS if first is None else first.start_ms(calendar)
    to_ms = MAX_TIME_MS if last is None else last.end_ms(calendar)
    if from_ms >= to_ms:
        raise ValueError("--to must lie after --from")
    return from_ms, to_ms

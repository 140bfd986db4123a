"""A recorded session step by step: what each frame says, in order, for programs that play it without a clock."""

from __future__ import annotations

from collections.abc import Iterator

from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import SessionFileError
from live_monitor.limits import Rejections
from live_monitor.providers.recorded_frames import Step, translator_for
from live_monitor.wire.session_file import SessionReader


class SessionSteps:
    """Iterates over a session's steps, once. Memory does not grow with its length. One thread.

    `label` is what replay paints beside its prices; `start_ms`, `end_ms`: market time of the first and the last frame.
    Raises SessionFileError for a session without events, or in a form that cannot be played.
    """

    def __init__(self, reader: SessionReader) -> None:
        self._reader = reader
        self._translator = translator_for(reader.header)
        survey = self._translator.survey(reader)
        if not survey.start_ms:
            raise SessionFileError("The session holds no events.", "Record or import it again.")
        self.provider = reader.header.provider
        self.symbols = survey.symbols
        self.start_ms, self.end_ms = survey.start_ms, survey.end_ms
        # By the events, not by the header: a feed that was simulated has a market time of its own.
        day = us_equities().trade_date(survey.end_ms).isoformat()
        self.label = f"REPLAY {day}" + (f" · {reader.header.label}" if reader.header.label else "")

    @property
    def rejections(self) -> Rejections:
        """Rows and frames that could not be used so far, by reason."""
        return self._translator.rejections

    @property
    def notice(self) -> str:
        """What is missing of the file; empty when nothing is."""
        return self._reader.notice

    def __iter__(self) -> Iterator[Step]:
        for frame in self._reader.frames():
            step = self._translator.translate(frame)
            if step is not None:
                yield step

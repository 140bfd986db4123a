"""A session step by step, for programs that play it without a clock."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from live_monitor.data.models.market_data import Quote, Snapshot, Trade
from live_monitor.errors import SessionFileError
from live_monitor.providers.session_steps import SessionSteps
from live_monitor.wire.relay import SnapshotFrame, encode
from live_monitor.wire.session_file import SessionHeader, SessionReader, SessionWriter
from tests.providers.sample_ticks import session, tick, write_file

AT = 1_795_188_600_000


def stream(*frames: bytes, label: str = "") -> SessionSteps:
    """A recorded stream of a relay server, a second apart."""
    file = io.BytesIO()
    writer = SessionWriter(file, SessionHeader("simulated", "relay", (), "2026-11-20", label=label))
    for number, frame in enumerate(frames):
        writer.write(frame, (AT + 1_000 * number) * 1_000_000, "relay")
    writer.close()
    file.seek(0)
    return SessionSteps(SessionReader(file))


def test_a_recording_of_ticks_gives_each_row_as_its_quote_and_its_print(tmp_path: Path) -> None:
    rows = [
        tick("09:31:00.000400", 10.01, 100, 100, number=1, bid=10.00, ask=10.02),
        tick("09:31:10.000000", 10.03, 200, 300, number=2, bid=10.02, ask=10.04),
    ]
    path = session(tmp_path / "day.lmsession", [write_file(tmp_path / "ticks.csv", rows)])
    with path.open("rb") as file:
        steps = SessionSteps(SessionReader(file))
        first, second = list(steps)
    assert (steps.provider, steps.label, steps.symbols) == ("iqfeed", "REPLAY 2021-03-01", ("XYZ",))
    assert (first.at_ms, second.at_ms) == (steps.start_ms, steps.end_ms) == (1_614_609_060_000, 1_614_609_070_000)
    quote, trade = first.events
    assert isinstance(quote, Quote)
    assert isinstance(trade, Trade)
    assert (quote.bid_price, quote.ask_price, trade.price, trade.size) == (10.00, 10.02, 10.01, 100.0)


def test_a_recorded_stream_gives_its_rows_of_level_1_too_and_counts_what_it_cannot_use() -> None:
    told = Snapshot("XYZ", AT, bid=10.0, ask=10.02)
    steps = stream(
        encode(SnapshotFrame(told)), encode(Quote("XYZ", AT + 5, 10.0, 1, 10.01, 1)), b"{", label="SIMULATED"
    )
    first, second = [step for step in steps if step.events or step.snapshot]
    assert first.snapshot == told
    assert [event.symbol for event in second.events if isinstance(event, Quote)] == ["XYZ"]
    assert steps.symbols == ("XYZ",)
    assert (steps.provider, steps.label) == ("simulated", "REPLAY 2026-11-20 · SIMULATED")
    assert steps.rejections.by_reason.total() == 1
    assert steps.notice == ""


def test_a_session_without_events_is_none_to_play() -> None:
    with pytest.raises(SessionFileError, match="holds no events"):
        stream(b"{}")

"""The line that says how far a command is."""

from __future__ import annotations

import io

import pytest

from live_monitor.cli.progress import ProgressLine, bar_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_is_painted_over_on_a_terminal_and_cleared_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    terminal = Terminal()
    line = ProgressLine(terminal)
    line.paint("AAPL 1m", 0.5, "1,000 bars")
    assert terminal.getvalue() == f"\r\x1b[KAAPL 1m [{bar_of(0.5)}]  50% 1,000 bars"
    line.clear()
    line.clear()
    assert terminal.getvalue().endswith("1,000 bars\r\x1b[K")


def test_it_says_nothing_where_nobody_looks() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    line.paint("AAPL 1m", 0.5, "1,000 bars")
    line.clear()
    assert stream.getvalue() == ""


def test_it_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    terminal = Terminal()
    ProgressLine(terminal).paint("A" * 20, None, "B" * 40)
    assert len(terminal.getvalue().removeprefix("\r\x1b[K")) == 29


def test_the_bar_is_full_at_the_end_and_never_fuller() -> None:
    assert (bar_of(0.0).count("#"), bar_of(0.5).count("#"), bar_of(1.0).count("."), bar_of(7.0).count(".")) == (
        0,
        12,
        0,
        0,
    )
    assert {len(bar_of(part / 10)) for part in range(-3, 14)} == {24}

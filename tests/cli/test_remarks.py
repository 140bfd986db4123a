"""Warnings while a command runs."""

from __future__ import annotations

import logging

import pytest

from live_monitor.cli.remarks import remarks

_log = logging.getLogger("live_monitor.of.a.test")


def test_a_warning_is_one_line_behind_the_commands_name(capsys: pytest.CaptureFixture[str]) -> None:
    with remarks("live-monitor bars"):
        _log.warning("The store at %s is slow", "http://me:secret99@host:8086")
        _log.info("nobody has to know")
    assert capsys.readouterr().err == "live-monitor bars: The store at http://***@host:8086 is slow\n"


def test_what_the_report_says_is_not_said_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with remarks("live-monitor bars", reported=[_log.name]):
        _log.warning("told by the report")
    assert capsys.readouterr().err == ""


def test_a_storm_of_one_cause_is_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    with remarks("live-monitor bars"):
        for number in range(1_000):
            _log.warning("again: %d", number)
    assert capsys.readouterr().err.count("\n") < 10


def test_afterwards_the_log_is_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    before = list(logging.getLogger().handlers)
    with pytest.raises(OSError, match="gone"), remarks("live-monitor bars"):
        raise OSError("gone")
    assert logging.getLogger().handlers == before

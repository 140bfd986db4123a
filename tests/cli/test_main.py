"""`live-monitor`: commands are found, and only theirs is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from live_monitor import __version__
from live_monitor.cli import COMMANDS, main

CHECKOUT = Path(__file__).resolve().parents[2]


def loaded(code: str) -> set[str]:
    """Modules of a fresh interpreter after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"live-monitor {__version__}\n"


def test_an_unknown_command_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fed"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert all(command in said for command, _, _ in COMMANDS)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f"live-monitor {command}" in said for command, _, _ in COMMANDS)


def test_reading_the_command_line_loads_neither_qt_nor_numpy() -> None:
    modules = loaded("from live_monitor.cli.desktop import parse; parse(['--symbol', 'AAPL'])")
    assert not {"PyQt6", "numpy", "pyqtgraph", "asyncio", "live_monitor.app"} & modules


@pytest.mark.parametrize("command", [command for command, _, _ in COMMANDS])
def test_every_command_helps_without_loading_widgets(command: str) -> None:
    code = f"""
from live_monitor.cli import main
try:
    main([{command!r}, "--help"])
except SystemExit as ended:
    assert ended.code == 0
"""
    assert "PyQt6.QtWidgets" not in loaded(code)


def test_the_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "live_monitor", "--version"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"live-monitor {__version__}\n"


def test_a_command_that_is_stopped_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(argv: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("live_monitor.cli.tos_workbook.run", stopped)
    assert main(["tos-workbook"]) == 1
    assert capsys.readouterr().err == "live-monitor tos-workbook: stopped\n"


@pytest.mark.skipif(os.name != "posix", reason="a closed pipe is told otherwise on Windows")
def test_a_report_that_nobody_reads_to_its_end_ends_in_silence(tmp_path: Path) -> None:
    reading = subprocess.Popen(
        [sys.executable, "-m", "live_monitor", "doctor", "--json", "--data-dir", str(tmp_path)],
        cwd=CHECKOUT, env={**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert reading.stdout is not None
    assert reading.stderr is not None
    reading.stdout.close()
    assert reading.wait(30) == 0
    assert reading.stderr.read() == ""
    reading.stderr.close()

"""`live-monitor tos-workbook` and `read-workbook`: what is made is read back, and a bad wish is one line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from live_monitor.cli import main
from live_monitor.cli.tos_workbook import run
from live_monitor.providers import excel_file_child
from live_monitor.providers.tos_workbook import tos_workbook


def test_a_workbook_of_the_symbols_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "quotes.xlsx"
    assert main(["tos-workbook", "--symbols", "AAPL,msft", "/ES", "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 3 symbols\n"
    assert path.read_bytes() == tos_workbook(["AAPL", "MSFT", "/ES:XCME"])
    assert os.listdir(tmp_path) == ["quotes.xlsx"]


def test_what_is_made_is_read_by_the_other_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The limits are for a process of its own, and this is the one of all tests.
    monkeypatch.setattr(excel_file_child, "limit_this_process", lambda: None)
    path = tmp_path / "quotes.xlsx"
    path.write_bytes(tos_workbook(["AAPL"]))
    assert main(["read-workbook", str(path), "--range", "A1:B2"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"type": "cells", "sheet": "Quotes", "rows": [["Symbol", "Last"], ["AAPL", None]]}
    assert main(["read-workbook", str(tmp_path / "gone.xlsx")]) == 1
    assert json.loads(capsys.readouterr().out)["message"] == "gone.xlsx is not there."


def test_a_workbook_that_exists_is_replaced_only_when_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "quotes.xlsx"
    path.write_bytes(b"a sheet of somebody's own")
    with pytest.raises(SystemExit) as ended:
        run(["--symbols", "AAPL", "-o", str(path)])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"live-monitor tos-workbook: {path} exists already (--force replaces it)\n"
    assert path.read_bytes() == b"a sheet of somebody's own"
    assert run(["--symbols", "AAPL", "-o", str(path), "--force"]) == 0
    assert path.read_bytes() == tos_workbook(["AAPL"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--symbols", "=cmd()", "-o", "q.xlsx"], "'=cmd()' is no symbol"),
        (["--symbols", " , ", "-o", "q.xlsx"], "no symbol to make a row of"),
        (["--symbols", "AAPL", "-o", "missing/q.xlsx"], "cannot be written"),
    ],
)
def test_what_cannot_be_made_is_told_in_one_line(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("live-monitor tos-workbook: ")
    assert words in line
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("arguments", [[], ["--symbols", "AAPL"], ["-o", "q.xlsx"], ["--symbols", "A", "-o", "q.csv"]])
def test_a_bad_command_line_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1

"""`live-monitor ledger`: what it says, what it writes, and with which code it ends."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from live_monitor.cli import main
from live_monitor.data.stores.ledger_head import head_path
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from tests.fakes import ledger_story as story


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A --data-dir with a ledger in it."""
    story.a_ledger(tmp_path / "paper", 9).close()
    return tmp_path


def ended(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["ledger", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_verify_says_what_a_sound_ledger_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ended(capsys, "verify", "--data-dir", str(folder))
    assert (code, err) == (0, "")
    assert "sound" in out
    code, out, _ = ended(capsys, "verify", "--json", "--data-dir", str(folder))
    found = json.loads(out)
    assert found["entries"] == len(story.bodies(9))
    assert found["accounts"] == {story.ACCOUNT: {"cash": str(story.truth(9)[0]), "open_orders": 0}}
    with closing(Ledger(folder / "paper" / FILE_NAME)) as ledger:
        assert found["digest"] == ledger.end.hex_digest


def test_verify_may_be_used_while_the_desktop_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(story.a_ledger(folder / "paper", 12, start=9)):
        assert ended(capsys, "verify", "--data-dir", str(folder))[0] == 0
        assert ended(capsys, "backup", "--data-dir", str(folder))[0] == 0


def test_verify_tells_a_damaged_ledger_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "paper" / FILE_NAME
    path.write_bytes(path.read_bytes().replace(b"100.07", b"900.07", 1))
    code, out, err = ended(capsys, "verify", "--ledger", str(path))
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "is not what was written" in err
    assert "ledger restore" in err


def test_verify_folds_the_accounts_anew_and_compares_the_checkpoint(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checkpoint that is bound to the journal as it should be, and says something else: a mistake of a program."""
    import sqlite3

    from live_monitor.engine.paper import folding
    from live_monitor.engine.paper.ledger import Chain, checkpoint_digest

    with sqlite3.connect(folder / "paper" / FILE_NAME) as other:
        seq, shape, data = other.execute("SELECT seq, shape, data FROM checkpoints").fetchone()
        (digest,) = other.execute("SELECT digest FROM journal WHERE seq = ?", (seq,)).fetchone()
        states = folding.from_bytes(data)
        states[story.ACCOUNT].cash += 1_000_000
        forged = folding.as_bytes(states)
        other.execute(
            "UPDATE checkpoints SET data = ?, digest = ?",
            (forged, checkpoint_digest(Chain(seq, digest), shape, forged)),
        )
    other.close()
    code, _, err = ended(capsys, "verify", "--data-dir", str(folder))
    assert code == 1
    assert "does not follow from the entries" in err


def test_export_writes_a_table_and_a_workbook(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ended(capsys, "export", "--data-dir", str(folder))
    assert code == 0
    assert out.splitlines()[0].startswith("account,order_id,")
    assert len(out.splitlines()) == 10
    csv, xlsx = folder / "fills.csv", folder / "ledger.xlsx"
    assert ended(capsys, "export", "--data-dir", str(folder), "--table", "fills", "--csv", str(csv))[0] == 0
    assert csv.read_text().startswith("seq,account,execution_id,")
    assert ended(capsys, "export", "--data-dir", str(folder), "--xlsx", str(xlsx), "--account", story.ACCOUNT)[0] == 0
    assert openpyxl.load_workbook(xlsx).sheetnames == ["orders", "fills", "journal", "about"]


def test_an_export_of_a_damaged_ledger_changes_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = folder / "paper" / FILE_NAME, folder / "out.csv"
    out.write_text("as before")
    path.write_bytes(path.read_bytes()[:4_096] + bytes(4_096) + path.read_bytes()[8_192:])
    code, _, err = ended(capsys, "export", "--data-dir", str(folder), "--csv", str(out))
    assert code == 1
    assert "damaged" in err
    assert out.read_text() == "as before"


def test_backup_and_restore(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, copy = folder / "paper" / FILE_NAME, folder / "copy.sqlite3"
    assert ended(capsys, "backup", "--data-dir", str(folder), str(copy))[0] == 0
    code, _, err = ended(capsys, "backup", "--data-dir", str(folder), str(copy))
    assert code == 1
    assert "exists already" in err
    path.write_bytes(b"rubbish" * 1_000)
    assert ended(capsys, "verify", "--data-dir", str(folder))[0] == 1
    code, out, _ = ended(capsys, "restore", "--data-dir", str(folder), str(copy))
    assert code == 0
    assert "What was there is in" in out
    (aside,) = path.parent.glob("aside-*")
    assert (aside / FILE_NAME).read_bytes() == b"rubbish" * 1_000
    assert (aside / "ledger.head").exists()
    assert ended(capsys, "verify", "--data-dir", str(folder))[0] == 0
    assert head_path(path).exists()


def test_no_ledger_is_told_and_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("verify", "export", "backup"):
        code, _, err = ended(capsys, command, "--data-dir", str(tmp_path / "none"))
        assert code == 1
        assert "There is no ledger" in err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("arguments", [[], ["fold"], ["restore"], ["verify", "x"], ["export", "--xlsx", "-"]])
def test_a_command_line_that_cannot_be_followed_is_told_in_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as problem:
        main(["ledger", *arguments])
    assert problem.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", [FILE_NAME, f"{FILE_NAME}-wal", "ledger.head", f"../paper/{FILE_NAME}"])
@pytest.mark.parametrize("form", ["--csv", "--xlsx"])
def test_tables_never_take_the_place_of_the_ledger(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str, name: str
) -> None:
    with closing(story.a_ledger(folder / "paper", 12, start=9)):
        before = {path.name: path.read_bytes() for path in (folder / "paper").iterdir() if path.is_file()}
        code, _, err = ended(capsys, "export", "--data-dir", str(folder), form, str(folder / "paper" / name))
        assert code == 1
        assert "belongs to the ledger" in err
        after = {path.name: path.read_bytes() for path in (folder / "paper").iterdir() if path.is_file()}
        assert after == before


@pytest.mark.parametrize("command", [["verify"], ["export"], ["backup"], ["restore"]])
@pytest.mark.parametrize("name", ["ledger.head", "/"])
def test_a_head_copy_or_a_root_is_no_ledger(
    folder: Path, capsys: pytest.CaptureFixture[str], command: list[str], name: str
) -> None:
    target, ledger = str(folder / "paper" / name), folder / "paper" / FILE_NAME
    arguments = [*command, "--ledger", target, *([str(ledger)] if command == ["restore"] else [])]
    before = (folder / "paper" / "ledger.head").read_bytes()
    code, _, err = ended(capsys, *arguments)
    assert (code, err.count("\n")) == (1, 1)
    assert (folder / "paper" / "ledger.head").read_bytes() == before

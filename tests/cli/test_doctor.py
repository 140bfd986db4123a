"""`live-monitor doctor` finds what is missing and says what helps."""

from __future__ import annotations

import importlib.metadata
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection, serve

from live_monitor.cli import doctor
from live_monitor.cli.doctor import lines_of
from live_monitor.cli.doctor_providers import Finding
from live_monitor.clock import ManualClock, SystemClock
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.stores import store_facts
from live_monitor.data.stores.opening import open_store
from live_monitor.engine.market.bar_columns import Bar
from live_monitor.ports import SeriesKey
from live_monitor.settings import HistorySettings, Settings, SettingsStore
from tests.fakes import ledger_story as story
from tests.fakes.odd_http_server import OddHttpServer, answer


def finding(findings: list[Finding], what: str) -> Finding:
    return next(found for found in findings if found.what == what)


def look(tmp_path: Path, port: int = 0, **environ: str) -> list[Finding]:
    return list(
        doctor.examine({"HOME": str(tmp_path), **environ}, tmp_path / "data", port or free_port(), SystemClock())
    )


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def test_a_sound_machine_gets_a_clean_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(["--data-dir", str(tmp_path), "--port", str(free_port())]) == 0
    said = capsys.readouterr().out
    assert "✓ Python" in said
    # A machine may lack a display, a key store and every vendor, and be sound all the same.
    assert all("(optional)" in line for line in said.splitlines() if line.startswith("✗"))


def test_the_report_is_also_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(["--json", "--data-dir", str(tmp_path), "--port", str(free_port())]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert {"what", "ok", "detail", "remedy", "required"} == set(report["findings"][0])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "PACKAGES", ("a_package_that_nobody_has", "msgspec"))
    missing, built_in = doctor._packages(version)
    assert (missing.ok, missing.remedy) == (False, doctor.SET_UP)
    assert (built_in.ok, built_in.detail) == (True, "built in")


def test_missing_libraries_come_with_the_line_that_installs_them() -> None:
    always, x = doctor._libraries(
        {"DISPLAY": ":0"}, lambda library: library not in ("libEGL.so.1", "libxcb-cursor.so.0")
    )
    assert not always.ok
    assert always.remedy == "sudo apt-get install --no-install-recommends libegl1"
    assert (x.ok, x.required) == (False, True)
    assert x.remedy.endswith(" libxcb-cursor0")


def test_libraries_of_x_are_optional_without_a_screen() -> None:
    _, x = doctor._libraries({}, lambda library: False)
    assert not x.required


def test_a_missing_display_is_told_with_the_ways_out_and_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    found = doctor._display({})
    assert not found.ok
    assert not found.required
    assert "--screenshot" in found.remedy
    assert doctor._display({"QT_QPA_PLATFORM": "offscreen"}).ok


def test_a_folder_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    found = doctor._data_folder(tmp_path / "file" / "data")
    assert not found.ok
    assert found.required
    assert "--data-dir" in found.remedy


def test_damaged_settings_are_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_bytes(b"damage")
    found = doctor._data_folder(tmp_path)
    assert not found.ok
    assert "is damaged" in found.detail
    assert (tmp_path / "settings.json").read_bytes() == b"damage"


def test_the_store_of_bars_is_looked_at_and_not_made(tmp_path: Path) -> None:
    store = finding(look(tmp_path), "store of bars")
    assert store.ok
    assert "no bars yet" in store.detail
    assert not (tmp_path / "data").exists()
    kept = open_store("", tmp_path / "data/history", {})
    kept.append([(SeriesKey("simulated-86", "AAPL", MINUTE), Bar(1_795_186_800_000, 1.0, 1.0, 1.0, 1.0, 1.0))])
    kept.close()
    store = finding(look(tmp_path), "store of bars")
    assert store.ok
    assert "format 1, 1 series, 0." in store.detail
    assert "shared store" not in [found.what for found in look(tmp_path)]


@pytest.mark.parametrize("content", [b"nonsense" * 1_000, b"SQLite format 3\0" + b"\xff" * 5_000])
def test_a_damaged_store_of_bars_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data/history/bars.sqlite3"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    store = finding(look(tmp_path), "store of bars")
    assert not store.ok
    assert not store.required
    assert store.remedy
    assert path.read_bytes() == content


def contents(folder: Path) -> list[bytes | None]:
    """Ledger and head; what SQLite puts beside them for a reader is as empty as before."""
    files = [folder / name for name in ("ledger.sqlite3", "ledger.head", "ledger.sqlite3-wal")]
    return [file.read_bytes() or None if file.exists() else None for file in files]


def test_the_ledger_is_checked_and_not_made(tmp_path: Path) -> None:
    found = finding(look(tmp_path), "paper trading")
    assert (found.ok, found.required) == (True, False)
    assert found.detail.endswith("ledger.sqlite3 (no paper account yet)")
    folder = tmp_path / "data/paper"
    assert not folder.exists()
    with closing(story.a_ledger(folder, 3)) as ledger:
        count = ledger.end.seq
        # Also while the desktop has it open.
        assert finding(look(tmp_path), "paper trading").ok
    before = contents(folder)
    found = finding(look(tmp_path), "paper trading")
    assert found.ok
    assert found.detail == f"{folder / 'ledger.sqlite3'}, 1 account, {count} entries, all of them checked"
    assert contents(folder) == before


def test_of_a_large_ledger_the_newest_entries_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story.a_ledger(tmp_path / "data/paper", 3).close()
    monkeypatch.setattr(store_facts, "_CHECKED_WHOLE", 2)
    found = finding(look(tmp_path), "paper trading")
    assert found.ok
    assert found.detail.endswith("entries, the newest are checked; `live-monitor ledger verify` checks all")


@pytest.mark.parametrize("hurt", ["a bit", "the head", "the file"])
def test_a_ledger_that_is_not_what_was_written_is_told_and_left_alone(tmp_path: Path, hurt: str) -> None:
    folder = tmp_path / "data/paper"
    story.a_ledger(folder, 3).close()
    path = folder / "ledger.sqlite3"
    if hurt == "a bit":
        data = path.read_bytes()
        path.write_bytes(data.replace(b'"quantity":"', b'"quantity":"9', 1)[: len(data)])
    elif hurt == "the head":
        (folder / "ledger.head").unlink()
    else:
        path.unlink()
    before = contents(folder)
    found = finding(look(tmp_path), "paper trading")
    assert (found.ok, found.required) == (False, False)
    assert "damaged" in found.detail
    assert "ledger restore" in found.remedy
    assert contents(folder) == before


def test_a_shared_store_that_does_not_answer_is_told_without_secrets(tmp_path: Path) -> None:
    url = f"http://anna:canary-word@127.0.0.1:{free_port()}"
    shared = finding(look(tmp_path, INFLUX_URL=url, INFLUX_TOKEN="canary-token"), "shared store")
    assert not shared.ok
    assert not shared.required
    assert "Nothing listens" in shared.detail
    assert "INFLUX_URL" in shared.remedy
    assert "canary" not in shared.detail + shared.remedy
    settings = SettingsStore(tmp_path / "data/settings.json")
    settings.save(Settings(history=HistorySettings(url="postgres://host")))
    assert "none that this program knows" in finding(look(tmp_path), "shared store").detail
    settings.save(Settings(history=HistorySettings(url="sqlite:")))
    assert "shared store" not in [found.what for found in look(tmp_path, INFLUX_URL=url)]


def test_a_shared_store_tells_its_version_and_how_much_it_keeps(tmp_path: Path) -> None:
    series = b'{"results":[{"statement_id":0,"series":[{"columns":["time","last"],"values":[[0,0]],'
    tags = b'"tags":{"market":"polygon","symbol":"AAPL","timeframe":"1s"}}]}]}'
    with OddHttpServer(answer(200, series + tags, X_Influxdb_Version="1.8.10")) as server:
        shared = finding(look(tmp_path, INFLUX_URL=server.url, INFLUX_BUCKET="desk"), "shared store")
    assert shared.ok
    assert shared.detail == f"{server.url} (desk), InfluxDB 1.8.10, 1 series"


def test_a_day_outside_the_calendar_is_told() -> None:
    assert doctor._calendar(SystemClock()).ok
    assert not doctor._calendar(ManualClock(wall_ms=4_000_000_000_000)).ok


def test_a_free_port_a_feed_and_a_stranger_are_told_apart(feed_port: int, stranger_port: int) -> None:
    assert "free" in doctor._feed(free_port()).detail
    assert doctor._feed(feed_port).detail == "a feed answers"
    stranger = doctor._feed(stranger_port)
    assert (stranger.ok, stranger.required) == (False, False)
    assert "taken" in stranger.detail


@pytest.fixture
def feed_port() -> Iterator[int]:
    """A WebSocket server."""

    def hold(connection: ServerConnection) -> None:
        for _ in connection:
            pass

    with serve(hold, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def stranger_port() -> Iterator[int]:
    """A server that speaks something else."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_a_console_without_the_marks_gets_words(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ascii:
        encoding = "ascii"

    monkeypatch.setattr("sys.stdout", Ascii())
    lines = list(lines_of([Finding(what="Qt", ok=False, detail="gone", remedy="Install it.")]))
    assert [line.isascii() for line in lines] == [True, True]
    assert lines[0].startswith("MISSING")

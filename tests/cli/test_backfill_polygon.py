"""`live-monitor backfill --provider polygon`, against a REST service in its own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from live_monitor.cli.backfill import run
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.data.stores.opening import FILE_NAME
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.ports import SeriesKey
from tests.fakes.far_end import FarEnd

#: Friday 2026-02-20, 09:30 in New York.
_OPEN = 1_771_597_800_000
_DAY = ["--from", "2026-02-20", "--to", "2026-02-20"]


@pytest.fixture(scope="module")
def service_process() -> Iterator[FarEnd]:
    with FarEnd("polygon_rest_server") as server:
        yield server


@pytest.fixture
def service(service_process: FarEnd, monkeypatch: pytest.MonkeyPatch) -> FarEnd:
    service_process.do("forget")
    monkeypatch.delenv("INFLUX_URL", raising=False)
    monkeypatch.delenv("MASSIVE_API_KEY", raising=False)
    monkeypatch.setenv("POLYGON_API_KEY", "TESTKEY")
    return service_process


def _kept(folder: Path, market: str) -> list[tuple[int, float]]:
    with closing(SqliteStore(folder / "history" / FILE_NAME)) as store:
        columns = store.read(SeriesKey(market, "QZPX", MINUTE), 0, 2**41)
        return [*zip(columns.start_ms.tolist(), columns.volume.tolist(), strict=True)]


@pytest.mark.parametrize(("option", "market"), [([], "polygon"), (["--delayed"], "polygon-delayed")])
def test_bars_of_polygon_are_kept_under_its_name(
    service: FarEnd, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: list[str], market: str
) -> None:
    service.do("walk", symbol="QZPX", seed=1, from_ms=_OPEN, to_ms=_OPEN + 600_000)
    truth = service.do("bars", symbol="QZPX", timespan="minute")["bars"]

    assert run(["QZPX", "--rest-url", service.rest, *option, *_DAY, "--data-dir", str(tmp_path)]) == 0

    assert _kept(tmp_path, market) == [(row["t"], row["v"]) for row in truth]
    assert "QZPX 1m: 10 bars in 1 page" in capsys.readouterr().out


def test_a_refused_key_is_said_in_one_line_without_the_key(
    service: FarEnd, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYGON_API_KEY", "CANARY-99f1")

    assert run(["QZPX", "--rest-url", service.rest, *_DAY, "--data-dir", str(tmp_path)]) == 1

    said = capsys.readouterr()
    assert "does not know this key" in said.err
    assert "CANARY" not in said.err + said.out


def test_without_a_key_it_says_how_to_give_one(
    service: FarEnd, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POLYGON_API_KEY")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")

    assert run(["QZPX", "--provider", "polygon", "--data-dir", str(tmp_path)]) == 2

    assert "Polygon needs an API key. Set POLYGON_API_KEY" in capsys.readouterr().err


def test_an_address_without_tls_is_refused(service: FarEnd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["QZPX", "--rest-url", "http://example.com", "--data-dir", str(tmp_path)]) == 2

    assert "not sent without TLS" in capsys.readouterr().err
    assert service.seen()["requests"] == []

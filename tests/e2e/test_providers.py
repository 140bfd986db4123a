"""Vendors drive the whole desktop: each against a far end of its own on loopback, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from live_monitor.clock import SystemClock
from live_monitor.providers.schwab_connection import BrokerConnection
from live_monitor.secrets import SCHWAB_CONNECTION, Secret, SecretStore
from live_monitor.settings import ProviderSettings, Settings, SettingsStore
from tests.e2e.conftest import CHECKOUT, SLACK, DesktopProcess, StartDesktop
from tests.e2e.provider_subject import FAR
from tests.fakes.far_end import FarEnd
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.whole_desk import no_keyring

#: A wish of the person's hands never holds the window for longer, in ms, where the machine is not shared.
GAP_MS = 50.0


@pytest.fixture(autouse=True)
def no_key_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a test may end up in the key store of whoever runs it, and no key of theirs may be used."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("POLYGON_API_KEY", "MASSIVE_API_KEY", "SCHWAB_APP_KEY", "SCHWAB_APP_SECRET"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def printing(end: FarEnd, *symbols: str) -> Iterator[None]:
    """Prints and quotes of these symbols, 20 times a second."""
    over = threading.Event()

    def pump() -> None:
        cents = 0
        while not over.wait(0.05):
            cents = (cents + 1) % 10
            for symbol in symbols:
                end.do("quote", symbol=symbol, bid=150.20 + cents / 100, ask=150.24 + cents / 100)
                end.do("trade", symbol=symbol, price=150.22 + cents / 100, size=100)

    thread = threading.Thread(target=pump, name="prints")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A relay server of ours, with the simulated market; its address."""
    ready = folder / "relay.ready"
    command = [sys.executable, "-m", "live_monitor", "feed", "--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(
        [*command, "--exit-with-parent"], cwd=CHECKOUT, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        pause = threading.Event()
        while not (ready.exists() and ready.read_text(encoding="ascii").strip()):
            assert process.poll() is None
            pause.wait(0.02)
        yield f"ws://127.0.0.1:{ready.read_text(encoding='ascii').strip()}/ws/{{client_id}}"
        assert process.stdin is not None
        process.stdin.close()


def told(desktop: DesktopProcess) -> Any:
    """What a scene found; the desktop has ended well."""
    found = json.loads(desktop.line("TOLD"))
    assert desktop.ended()[0] == 0, desktop.errors()
    assert "Traceback" not in desktop.errors()
    return found


StartTrader = Callable[..., DesktopProcess]


@pytest.fixture
def start_trader(start_desktop: StartDesktop, monkeypatch: pytest.MonkeyPatch) -> StartTrader:
    """Starts a scene of `provider_subject`; `far` are addresses that it is told."""

    def start(scene: str, *options: str, **far: str) -> DesktopProcess:
        for name, address in far.items():
            monkeypatch.setenv(FAR + name, address)
        return start_desktop(scene, *options, subject="provider_subject")

    return start


def test_polygon_is_connected_by_its_page_without_a_restart(start_trader: StartTrader) -> None:
    with FarEnd("polygon_server") as stream, FarEnd("polygon_rest_server") as rest, printing(stream, "AAPL"):
        desktop = start_trader("connect polygon", STREAM=stream.ws, REST=rest.rest)
        found = told(desktop)
    assert found["missing"] == "API key: is needed."
    assert found["waiting"] == ["Cancel", False]
    assert found["refused"][1] == "down"
    assert "canary" not in json.dumps(found)
    assert found["works"] == ["It works: POLYGON.", "up"]
    assert not found["kept before"]
    assert found["waited"] < 1.0 * SLACK
    picture = found["picture"]
    assert (picture["box"], picture["provider"], picture["market"]) == ("Polygon", "polygon", "polygon")
    assert found["row"] == ["Polygon", "primary", "live", "real time", True]
    assert found["settings"] == rest.rest
    # Without a key store the key lasts as long as the program, and that is said.
    assert any("until the program ends" in line for line in found["told"])
    # The tests, of which the first loads the vendor's package, then the change of the source.
    assert max(found["gaps"]) < GAP_MS * SLACK
    written = [file.read_bytes().decode(errors="replace") for file in desktop.folder.rglob("*") if file.is_file()]
    assert not [text for text in written if "TESTKEY" in text or "canary-wrong-key" in text]


def test_a_test_that_hangs_is_cancelled_at_once(start_trader: StartTrader) -> None:
    with FarEnd("polygon_server") as stream, FarEnd("polygon_rest_server") as rest:
        stream.do("silence", pongs=True)
        found = told(start_trader("cancel a test", STREAM=stream.ws, REST=rest.rest))
    assert found["answer"] == "Stopped."
    assert found["seconds"] < 0.2 * SLACK
    assert found["deed"] is True


def test_a_provider_without_its_key_says_what_to_do_and_leads_there(start_trader: StartTrader) -> None:
    found = told(start_trader("missing key", "--provider", "polygon"))
    assert found["title"] == "Polygon needs its API key"
    assert "asks for it" in found["reason"]
    assert found["page"] == "polygon"


def test_f17_the_second_provider_takes_over_and_a_person_goes_back(
    tmp_path: Path, start_trader: StartTrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYGON_API_KEY", "TESTKEY")
    with FarEnd("polygon_server") as stream, FarEnd("polygon_rest_server") as rest, printing(stream, "AAPL"):
        stream.do("refuse_auth")
        with serving(tmp_path) as relay:
            kept = Settings(second_provider="relay", server_url=relay)
            kept.providers["polygon"] = ProviderSettings(server_url=stream.ws, rest_url=rest.rest)
            SettingsStore(tmp_path / "data" / "settings.json").save(kept)
            desktop = start_trader("fail over", "--provider", "polygon")
            desktop.line("WAITS")
            stream.do("accept_auth")
            (tmp_path / "data" / "go").touch()
            found = told(desktop)
    assert found["before"]["primary"][1:] == ["failed", False]
    assert found["before"]["second"][1:] == ["live", True]
    assert found["after"]["primary"] == ["Polygon", "live", True]
    assert any("takes over" in line for line in found["alerts"])


def write_quotes(path: Path, last: float) -> None:
    """A workbook as Excel saves it: a header row, a row a symbol."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Symbol", "Last", "Bid", "Ask", "Volume"])
    sheet.append(["AAPL", last, last - 0.01, last + 0.01, 1_234_567])
    sheet.append(["MSFT", 410.5, 410.4, 410.6, 765_432])
    fresh = path.with_suffix(".new.xlsx")
    book.save(fresh)
    fresh.replace(path)


def test_a_saved_workbook_drives_the_desktop_and_is_read_again_when_it_changes(
    tmp_path: Path, start_trader: StartTrader
) -> None:
    quotes = tmp_path / "quotes.xlsx"
    write_quotes(quotes, 150.25)
    desktop = start_trader("workbook", "--file", str(quotes))
    desktop.line("WAITS")
    write_quotes(quotes, 151.5)
    found = told(desktop)
    assert (found["last"], found["then"]) == (150.25, 151.5)
    assert found["watched"] == ["AAPL", "MSFT"]
    picture = found["picture"]
    assert (picture["box"], picture["market"]) == ("thinkorswim", "tos-excel-file")
    # A file that was saved is no live market, and must not look like one.
    assert picture["pill"] != "LIVE"


def log_in(folder: Path, tokens: dict[str, Any]) -> None:
    """Keeps what a log-in of now has given, in a plain file."""
    clock = SystemClock()
    now_ms = clock.wall_ms()
    access, refresh = Secret(tokens["access_token"]), Secret(tokens["refresh_token"])
    connection = BrokerConnection(access, refresh, now_ms + 1_800_000, now_ms, now_ms)
    store = SecretStore({}, folder, keyring=no_keyring)
    assert store.put(SCHWAB_CONNECTION, connection.to_secret(), plaintext=True) == "file"


def test_a_kept_log_in_at_schwab_drives_the_desktop(
    tmp_path: Path, start_trader: StartTrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHWAB_APP_KEY", APP_KEY)
    monkeypatch.setenv("SCHWAB_APP_SECRET", APP_SECRET)
    (tmp_path / "data").mkdir(mode=0o700)
    with FarEnd("schwab_server") as schwab, printing(schwab, "AAPL"):
        log_in(tmp_path / "data", schwab.do("login"))
        options = ("--provider", "schwab", "--rest-url", schwab.rest)
        found = told(start_trader("schwab", *options, REST=schwab.rest))
    picture = found["picture"]
    assert (picture["box"], picture["pill"], picture["market"]) == ("Schwab", "LIVE", "schwab")
    assert found["login"].startswith("Logged in today; the log-in holds for 7 days more.")
    assert found["answer"] == "It works: 1 account."
    assert found["bars"] > 0

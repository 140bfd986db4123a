"""What stands beside the prices shown, in the whole desktop: a second source, and the accounts at a broker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from live_monitor.settings import ProviderSettings, Settings, SettingsStore
from tests.canaries import Canaries
from tests.e2e.conftest import SLACK, DesktopProcess, StartDesktop
from tests.e2e.test_providers import GAP_MS, log_in, told
from tests.fakes import schwab_frames
from tests.fakes.far_end import FarEnd
from tests.fakes.schwab_login import APP_KEY, APP_SECRET

#: By so much the second source is late.
LATE_S = 0.15


@pytest.fixture(autouse=True)
def no_key_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a test may end up in the key store of whoever runs it, and no key of theirs may be used."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("POLYGON_API_KEY", "MASSIVE_API_KEY", "SCHWAB_APP_KEY", "SCHWAB_APP_SECRET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def start(start_desktop: StartDesktop) -> Callable[..., DesktopProcess]:
    """Starts a scene of `beside_subject`."""

    def start(scene: str, *options: str) -> DesktopProcess:
        return start_desktop(scene, *options, subject="beside_subject")

    return start


@contextmanager
def quoting_twice(first: FarEnd, second: FarEnd, *symbols: str) -> Iterator[None]:
    """The same quotes from both, the second `LATE_S` after the first."""
    over = threading.Event()

    def pump() -> None:
        cents = 0
        while not over.wait(0.05):
            cents = (cents + 1) % 10
            for end in (first, second):
                for symbol in symbols:
                    end.do("quote", symbol=symbol, bid=150.20 + cents / 100, ask=150.24 + cents / 100)
                if end is first:
                    over.wait(LATE_S)

    thread = threading.Thread(target=pump, name="quotes")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def keep(folder: Path, settings: Settings) -> None:
    """The settings with which the desktop starts."""
    SettingsStore(folder / "data" / "settings.json").save(settings)


def test_a_quarrel_says_who_is_first_and_ends_without_a_trace(
    tmp_path: Path, start: Callable[..., DesktopProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYGON_API_KEY", "TESTKEY")
    with FarEnd("plain_relay") as relay, FarEnd("polygon_server") as polygon, FarEnd("polygon_rest_server") as rest:
        kept = Settings(server_url=relay.ws)
        kept.providers["polygon"] = ProviderSettings(server_url=polygon.ws, rest_url=rest.rest)
        keep(tmp_path, kept)
        with quoting_twice(relay, polygon, "AAPL", "MSFT"):
            desktop = start("quarrel", "--provider", "relay", "--symbol", "AAPL")
            desktop.line("WAITS")
        # Only what is in focus is asked of the second source, and what was is let go.
        seen = polygon.wait_until(lambda seen: sorted(seen["subscribed"]) == ["LULD.MSFT", "Q.MSFT", "T.MSFT"])
        with quoting_twice(relay, polygon, "MSFT"):
            (tmp_path / "data" / "go").touch()
            found = told(desktop)
    assert seen["connections"] == 1
    assert found["offered"] == ["No second source", "Polygon", "thinkorswim", "Schwab"]
    assert "Relay server is what the window shows" in found["idle"]
    assert found["lead"].startswith("Market data server is first by ")
    assert LATE_S / 2 < found["lead_s"] < LATE_S * SLACK
    assert found["apart"].startswith("Apart for ")
    assert found["status"] == ["Polygon", "beside", "live", False]
    # What is shown comes from the relay as before.
    assert found["shown"] == ""
    assert found["link"] == "AAPL"
    assert found["left"] == [True, False, True]
    assert found["gap"] < GAP_MS * SLACK


def test_a_second_source_without_its_key_says_so_and_the_end_stops_it(start: Callable[..., DesktopProcess]) -> None:
    found = told(start("quarrel without a key"))
    assert found["link"].startswith("AAPL · Polygon refused. Polygon needs its API key")
    assert found["events"] > 0


def test_accounts_at_schwab_stand_in_their_panel_and_nowhere_else(
    tmp_path: Path, start: Callable[..., DesktopProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHWAB_APP_KEY", APP_KEY)
    monkeypatch.setenv("SCHWAB_APP_SECRET", APP_SECRET)
    (tmp_path / "data").mkdir(mode=0o700)
    with FarEnd("schwab_server") as schwab:
        log_in(tmp_path / "data", schwab.do("login"))
        desktop = start("broker", "--provider", "schwab", "--rest-url", schwab.rest)
        desktop.line("WAITS")
        asked = looks(schwab)
        # An order was entered somewhere else: nobody waits for the next round.
        schwab.wait_until(lambda seen: "ACCT_ACTIVITY" in str(seen["subscribed"]))
        schwab.do("activity", kind="OrderFillCompleted")
        schwab.wait_until(lambda seen: looks(schwab) > asked, 4.0)
        (tmp_path / "data" / "go").touch()
        found = told(desktop)
    assert found["account"].startswith("Schwab ")
    assert found["account"].endswith(schwab_frames.ACCOUNT[-4:])
    assert found["badge"].startswith("An account at a broker: real money, only looked at.")
    assert found["buying power"] == "60,250.25"
    assert "AAPL" in found["positions"]
    assert found["orders"]
    assert not found["login"]
    # Neither number nor handle is written down: not in the log, the settings, or what the desktop printed.
    canaries = Canaries({"account": schwab_frames.ACCOUNT, "handle": schwab_frames.ACCOUNT_HASH})
    assert canaries.found_below(tmp_path) == []


def looks(schwab: FarEnd) -> int:
    """How often the accounts were asked for."""
    return sum("/trader/v1/accounts?" in str(one) for one in schwab.seen()["questions"])


def test_without_a_log_in_nobody_is_asked_and_the_button_leads_to_it(start: Callable[..., DesktopProcess]) -> None:
    assert told(start("no broker")) == {"page": "schwab", "watch": True}

"""The desktop as a person meets it: pictures, what is kept, a second start, what went wrong last time."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtGui import QImage

from live_monitor.settings import SettingsStore
from tests.e2e.conftest import SLACK, DesktopProcess, StartDesktop

NOWHERE = ("--server-url", "ws://127.0.0.1:1/x")


def arrangement(desktop: DesktopProcess) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(desktop.line("ARRANGEMENT"))
    assert desktop.ended()[0] == 0, desktop.errors()
    return told


def colours(image: QImage) -> int:
    """How many colours a picture has, by a grid of samples."""
    return len({image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 5)})


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_picture_and_figures_need_no_display(tmp_path: Path, start_desktop: StartDesktop, theme: str) -> None:
    picture, figures = tmp_path / "a.png", tmp_path / "a.json"
    options = ("--screenshot", str(picture), "--stats", str(figures), "--after", "1.5", "--size", "1024x700")
    desktop = start_desktop(None, *options, "--theme", theme, platform="")
    code, _ = desktop.ended()
    assert code == 0, desktop.errors()
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1024, 700)
    assert (image.pixelColor(2, 2).lightness() > 128) == (theme == "light")
    assert colours(image) > 40
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["events_received"] > 10
    assert found["bars"] > 100
    assert found["dropped"] == 0
    assert (found["symbol"], found["provider"]) == ("AAPL", "simulated")
    # How soon and how smooth is for the benches to say: here other tests have the other core.
    assert 0 < found["first_window_ms"] < 20_000
    assert 0 < found["ui_gap_p999_ms"] < 5_000
    # A measured run changes nothing that is kept.
    assert not (desktop.folder / "settings.json").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_without_a_display_it_says_so_in_one_line(start_desktop: StartDesktop) -> None:
    desktop = start_desktop(None, platform="")
    assert desktop.ended()[0] == 2
    assert desktop.errors().count("\n") == 1
    assert "--screenshot" in desktop.errors()


@pytest.mark.parametrize("scene", ["arrange", "arrange and close"])
def test_everything_is_kept_over_a_restart(start_desktop: StartDesktop, scene: str) -> None:
    first = start_desktop(scene, *NOWHERE)
    first.line("STATE")
    assert first.ended()[0] == 0, first.errors()
    told = arrangement(start_desktop("tell arrangement", *NOWHERE))
    assert told.pop("watchlist")[-2:] == ["AMD", "QQQ"]
    assert told == {
        "theme": "light", "safe": True, "motion": True, "focus": "NVDA", "bars": "7m", "extended": False,
        "keep": {"1s": 30, "1m": 365, "1D": 0}, "alerts": [["NVDA", 1234.5, "sell"]],
        "recent": ["NVDA", "AAPL"], "tape": False, "tab": 2, "told": [],
    }  # fmt: skip


def test_u13_after_a_start_that_died_of_its_layout_the_default_one_is_the_way_in(start_desktop: StartDesktop) -> None:
    first = start_desktop("arrange", *NOWHERE)
    first.line("STATE")
    first.ended()
    (first.folder / "restoring-layout").touch()
    told = arrangement(start_desktop("tell arrangement", *NOWHERE))
    assert told["tape"] is True
    assert told["theme"] == "light"
    assert "default" in told["told"][0]


@pytest.mark.parametrize("damage", [b"", b'{"schema": 1}', b"\xff\x00" * 5000])
def test_p1_odd_settings_are_put_aside_and_told(tmp_path: Path, start_desktop: StartDesktop, damage: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "settings.json").write_bytes(damage)
    told = arrangement(start_desktop("tell arrangement", *NOWHERE))
    assert (told["theme"], told["focus"]) == ("dark", "AAPL")
    assert "settings.damaged-1.json" in told["told"][0]
    assert (tmp_path / "data" / "settings.damaged-1.json").read_bytes() == damage
    assert SettingsStore(tmp_path / "data" / "settings.json").load().notice == ""


def test_u1_an_exception_in_a_slot_shows_one_card_and_the_desktop_lives(start_desktop: StartDesktop) -> None:
    desktop = start_desktop("exceptions", *NOWHERE)
    assert desktop.line("PROBLEMS") == "1 True"
    assert desktop.ended()[0] == 0
    assert desktop.log().count("Unhandled in") == 1


def test_u3_a_crash_leaves_its_stacks_and_the_next_start_says_so(start_desktop: StartDesktop) -> None:
    first = start_desktop("wait for a signal", *NOWHERE)
    first.line("STATE")
    first.process.send_signal(signal.SIGSEGV)
    assert first.ended()[0] == -signal.SIGSEGV
    told = arrangement(start_desktop("tell arrangement", *NOWHERE))
    assert "crashed" in told["told"][0]
    stacks = (first.folder / "logs" / "last-fault.txt").read_text(encoding="utf-8")
    assert "most recent call first" in stacks
    assert "desktop_subject.py" in stacks


def test_p5_a_second_start_raises_the_window_and_ends(start_desktop: StartDesktop) -> None:
    first = start_desktop("wait for a signal", *NOWHERE)
    first.line("STATE")
    second = start_desktop(None, *NOWHERE)
    code, seconds = second.ended()
    assert code == 0, second.errors()
    assert seconds < 1.0 * SLACK
    first.process.send_signal(signal.SIGTERM)
    assert first.ended()[0] == 0
    assert first.log().count("Another start asks for this window") == 1


def test_p6_a_frozen_first_one_is_told(start_desktop: StartDesktop) -> None:
    first = start_desktop("wait for a signal", *NOWHERE)
    first.line("STATE")
    first.process.send_signal(signal.SIGSTOP)
    second = start_desktop(None, *NOWHERE)
    code, _ = second.ended()
    first.process.send_signal(signal.SIGCONT)
    first.process.send_signal(signal.SIGTERM)
    assert first.ended()[0] == 0
    assert code == 1
    assert "does not answer" in second.errors()


def test_a_killed_feed_comes_back_and_the_trader_is_told(start_desktop: StartDesktop) -> None:
    desktop = start_desktop("feed comes back")
    assert {"feed", "link"} <= set(desktop.line("ALERTS").split())
    assert desktop.ended()[0] == 0, desktop.errors()


def test_another_source_replaces_the_market(start_desktop: StartDesktop) -> None:
    desktop = start_desktop("another market")
    assert desktop.line("MARKET") == "AAPL simulated"
    assert desktop.ended()[0] == 0, desktop.errors()
    assert "Traceback" not in desktop.errors()
    assert desktop.feeds() == []


def test_a_session_file_that_is_none_ends_a_measured_run_with_the_reason(
    tmp_path: Path, start_desktop: StartDesktop
) -> None:
    (tmp_path / "bad.lmsession").write_bytes(b"no session")
    options = ("--replay", str(tmp_path / "bad.lmsession"), "--stats", str(tmp_path / "a.json"), "--after", "0")
    desktop = start_desktop(None, *options)
    assert desktop.ended()[0] == 1
    assert "The feed process ended" in desktop.errors()


def test_o6_a_key_in_an_address_is_written_nowhere(start_desktop: StartDesktop) -> None:
    desktop = start_desktop("connect with a key", *NOWHERE)
    cards = desktop.line("CARDS")
    assert desktop.ended()[0] == 0, desktop.errors()
    written = [file for file in desktop.folder.rglob("*") if file.is_file()]
    assert {"settings.json", "live-monitor.log"} <= {file.name for file in written}
    # Also in what is no text, such as the ledger of paper trading.
    told = [cards, desktop.errors(), *(file.read_bytes().decode(errors="replace") for file in written)]
    assert "ValueError" in cards
    assert not [text for text in told if "canary-key" in text or "canary-password" in text]


def test_p4_a_folder_that_cannot_be_written_is_told_and_the_market_runs(
    tmp_path: Path, start_desktop: StartDesktop
) -> None:
    (tmp_path / "data").write_bytes(b"a file where the folder should be")
    desktop = start_desktop("save in vain")
    cards = desktop.line("CARDS")
    assert desktop.ended()[0] == 0, desktop.errors()
    assert "No log is written" in cards
    assert "Settings are not saved" in cards
    assert "Traceback" not in desktop.errors()


def test_a_store_that_cannot_be_opened_is_told_once_and_the_market_runs(
    tmp_path: Path, start_desktop: StartDesktop
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "history").write_bytes(b"a file where the folder of bars should be")
    desktop = start_desktop("store fails")
    cards, lights = json.loads(desktop.line("STORE"))
    assert desktop.ended()[0] == 0, desktop.errors()
    assert len(cards) == 1, cards
    assert lights == ["not kept"]
    assert "Traceback" not in desktop.errors()

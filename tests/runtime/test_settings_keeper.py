"""Settings are written soon after a change, once; and a start that died of its layout is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from live_monitor import settings as settings_module
from live_monitor.runtime import settings_keeper
from live_monitor.runtime.settings_keeper import SettingsKeeper
from live_monitor.settings import Settings, SettingsStore


def keeper_of(tmp_path: Path, *, writes: bool = True) -> SettingsKeeper:
    return SettingsKeeper(SettingsStore(tmp_path / "settings.json"), Settings(), writes=writes)


def kept(tmp_path: Path) -> Settings:
    return SettingsStore(tmp_path / "settings.json").load().settings


def test_many_changes_are_written_once_soon_after(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_keeper, "SAVE_DELAY_MS", 30)
    keeper = keeper_of(tmp_path)
    collected: list[bool] = []
    keeper.collect = lambda settings: collected.append(True)
    for symbol in ("A", "B", "C"):
        keeper.settings.remember_symbol(symbol)
        keeper.changed()
    assert collected == []
    qtbot.waitUntil(lambda: kept(tmp_path).symbol == "C")
    assert collected == [True]


def test_what_only_the_window_knows_is_collected_first(tmp_path: Path, qtbot: QtBot) -> None:
    keeper = keeper_of(tmp_path)

    def collect(settings: Settings) -> None:
        settings.layout = {"docks": "x"}

    keeper.collect = collect
    keeper.save_now()
    assert kept(tmp_path).layout == {"docks": "x"}


def test_a_measuring_run_leaves_everything_as_it_is(tmp_path: Path, qtbot: QtBot) -> None:
    keeper = keeper_of(tmp_path, writes=False)
    keeper.settings.theme = "light"
    keeper.changed()
    keeper.save_now()
    keeper.begin_restoring()
    keeper.last_words()
    assert list(tmp_path.iterdir()) == []


def test_p3_a_full_disk_is_told_once_and_the_old_file_kept(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = keeper_of(tmp_path)
    keeper.save_now()
    told: list[str] = []
    keeper.save_failed.connect(told.append)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(settings_module, "write_atomically", full)
        for theme in ("light", "dark", "light"):
            keeper.settings.theme = theme
            keeper.settings.symbol = "MSFT"
            keeper.save_now()
    assert told == ["Settings are not saved: No space left on device."]
    assert kept(tmp_path) == Settings()
    keeper.save_now()
    assert kept(tmp_path).symbol == "MSFT"


def test_a_start_that_died_of_its_layout_is_noticed_once(tmp_path: Path, qtbot: QtBot) -> None:
    died = keeper_of(tmp_path)
    assert died.layout_is_safe()
    died.begin_restoring()
    assert not keeper_of(tmp_path).layout_is_safe()
    assert keeper_of(tmp_path).layout_is_safe()


def test_a_start_that_painted_its_layout_is_sound(tmp_path: Path, qtbot: QtBot) -> None:
    keeper = keeper_of(tmp_path)
    keeper.begin_restoring()
    keeper.end_restoring()
    assert keeper_of(tmp_path).layout_is_safe()

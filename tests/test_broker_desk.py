"""Accounts are looked at while there is a log-in, and stand in their panel only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor import broker_desk
from live_monitor.data.models.broker import BrokerAccount
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.errors import FeedError, LoginNeeded
from live_monitor.ports import AccountSource
from live_monitor.runtime.options import DesktopOptions
from live_monitor.settings import ProviderSettings
from tests.runtime.test_broker_watch import ScriptedSource
from tests.whole_desk import NOW, WholeDesk

LOGGED_IN = {"schwab": ""}
LOGGED_OUT = {"schwab": "needs a log-in"}
ACCOUNT = BrokerAccount("HASH-CANARY-77", "…4321", as_of_ms=NOW)


class Accounts:
    """What `Sources.accounts` gives, and how it was asked for."""

    def __init__(self, *answers: list[BrokerAccount] | FeedError) -> None:
        self._answers = answers
        self.made: list[ScriptedSource] = []
        self.choices: list[ProviderChoice] = []

    def __call__(self, choice: ProviderChoice) -> AccountSource:
        self.choices.append(choice)
        self.made.append(ScriptedSource(*self._answers))
        return self.made[-1]


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[WholeDesk]:
    made = WholeDesk(tmp_path, qapp)
    made.open(qtbot)
    yield made
    made.close(qtbot)


def give(desk: WholeDesk, *answers: list[BrokerAccount] | FeedError) -> Accounts:
    """Accounts that the desk will be given."""
    accounts = Accounts(*answers)
    desk.sources.accounts = accounts  # type: ignore[method-assign]  # no broker here
    return accounts


def shown(desk: WholeDesk) -> str:
    """The account in the panel."""
    desk.desk.broker.on_frame()
    panel = desk.window.broker
    return panel.accounts.currentText() if panel.accounts.isVisible() else ""


def test_nobody_is_asked_without_a_log_in_and_somebody_with_one(desk: WholeDesk, qtbot: QtBot) -> None:
    accounts = give(desk, [ACCOUNT])
    desk.window.show_tab(desk.window.broker)
    desk.desk.broker.know(LOGGED_OUT)
    assert desk.desk.broker.watch is None
    assert shown(desk) == ""
    desk.keeper.settings.providers["schwab"] = ProviderSettings(rest_url="https://broker.example")
    desk.desk.broker.know(LOGGED_IN)
    qtbot.waitUntil(lambda: shown(desk) == "Schwab …4321")
    assert accounts.choices[0].rest_url == "https://broker.example"
    desk.desk.broker.know(LOGGED_OUT)
    assert shown(desk) == ""
    assert accounts.made[0].closed.is_set()


def test_it_is_looked_at_when_somebody_looks_and_seldom_else(
    desk: WholeDesk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_desk, "SEEN_S", 0.02)
    accounts = give(desk, [ACCOUNT])
    desk.window.show_tab(desk.window.log_panel)
    desk.desk.broker.know(LOGGED_IN)
    qtbot.waitUntil(lambda: bool(accounts.made) and accounts.made[0].asked == 1)
    desk.window.show_tab(desk.window.broker)
    desk.desk.broker.on_frame()
    qtbot.waitUntil(lambda: accounts.made[0].asked >= 4)
    desk.window.show_tab(desk.window.log_panel)
    desk.desk.broker.on_frame()
    asked = accounts.made[0].asked
    # What happens in an account is looked at all the same, from whatever thread it is told.
    desk.sources.on_account_activity()
    qtbot.waitUntil(lambda: accounts.made[0].asked > asked)


def test_a_new_log_in_ends_the_wait_for_one(desk: WholeDesk, qtbot: QtBot) -> None:
    ended = LoginNeeded("The log-in at Schwab has ended after seven days.", "Log in again.")
    first = give(desk, ended)
    desk.window.show_tab(desk.window.broker)
    desk.desk.broker.know(LOGGED_IN)

    def told() -> bool:
        desk.desk.broker.on_frame()
        return "has ended after seven days" in desk.window.broker.positions._empty.text()

    qtbot.waitUntil(told)
    assert desk.window.broker.login_button.isVisible()
    give(desk, [ACCOUNT])
    desk.desk.broker.know(LOGGED_IN)
    assert first.made[0].closed.is_set()
    qtbot.waitUntil(lambda: shown(desk) == "Schwab …4321")


def test_a_run_that_only_measures_looks_at_no_account(desk: WholeDesk) -> None:
    give(desk, [ACCOUNT])
    desk.desktop.options = DesktopOptions(stats=Path("figures.json"))
    desk.desk.broker.know(LOGGED_IN)
    assert desk.desk.broker.watch is None


def test_nothing_of_an_account_is_kept(desk: WholeDesk, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    give(desk, [ACCOUNT], FeedError("Schwab did not answer in time."))
    desk.window.show_tab(desk.window.broker)
    desk.desk.broker.know(LOGGED_IN)
    qtbot.waitUntil(lambda: shown(desk) == "Schwab …4321")
    desk.desktop.collect_layout(desk.keeper.settings)
    desk.keeper.save_now()
    kept = "".join(file.read_text(errors="replace") for file in desk.folder.rglob("*") if file.is_file())
    for secret in (ACCOUNT.id, ACCOUNT.shown):
        assert secret not in kept
        assert secret not in caplog.text

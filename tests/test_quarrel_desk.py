"""A second source beside the one shown: who is offered, what it is asked for, and that it goes when it should."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor import wiring
from live_monitor.data.inbox import Batch
from live_monitor.data.models.market_data import Quote
from live_monitor.runtime.market_session import MarketSession
from live_monitor.runtime.options import DesktopOptions
from live_monitor.settings import Settings
from tests.fakes.far_end import FarEnd
from tests.whole_desk import NOW, WholeDesk


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[WholeDesk]:
    made = WholeDesk(tmp_path, qapp, Settings(provider="sim"))
    made.open(qtbot)
    yield made
    made.close(qtbot)


def offered(desk: WholeDesk) -> list[str]:
    choice = desk.window.quarrel.choice
    return [choice.itemData(at) for at in range(1, choice.count())]


def beside_relay(desk: WholeDesk, qtbot: QtBot, relay: FarEnd) -> None:
    """Compares with a relay, and waits until it was asked."""
    desk.keeper.settings.server_url = relay.ws
    desk.window.show_tab(desk.window.quarrel)
    # What the loop of the program would run, run to its end here.
    desk.desktop.spawn = run_now  # type: ignore[method-assign, assignment]  # there is no loop in this test
    desk.desk.quarrel.compare("relay")
    qtbot.waitUntil(lambda: relay.seen()["subscribed"] == ["AAPL"])


def run_now(coroutine: object, name: str) -> object:
    """Runs a coroutine at once, on a loop of its own."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(coroutine)  # type: ignore[arg-type]  # a coroutine
    return lambda: None


def test_everybody_is_offered_beside_the_simulated_market_but_no_second_one(desk: WholeDesk) -> None:
    assert offered(desk) == ["relay", "polygon", "tos_excel", "schwab"]


def test_a_source_is_not_offered_beside_itself_nor_an_account_that_stands_by(desk: WholeDesk) -> None:
    desk.desktop.options = DesktopOptions(provider="polygon")
    desk.keeper.settings.second_provider = "schwab"
    desk.desk.quarrel.offer()
    assert offered(desk) == ["relay", "tos_excel"]
    assert "Polygon is what the window shows" in desk.window.quarrel.idle.text()
    assert "Schwab stands by to take over" in desk.window.quarrel.idle.text()
    desk.desk.quarrel.compare("polygon")
    assert desk.desk.quarrel.provider == ""


def test_both_are_compared_and_the_second_follows_the_symbol(desk: WholeDesk, qtbot: QtBot) -> None:
    with FarEnd("plain_relay") as relay:
        beside_relay(desk, qtbot, relay)
        relay.do("quote", symbol="AAPL", bid=150.0, ask=150.02, at_ms=NOW)
        desk.desktop.session.manager._take([Batch([Quote("AAPL", NOW, 150.0, 1, 150.04, 1)], desk.clock.monotonic())])  # type: ignore[union-attr]  # it is open
        panel = desk.window.quarrel

        def compared() -> bool:
            desk.desk.quarrel.on_frame()
            return {row.caption: row.difference for row in panel.table.rows}.get("Ask") == "−0.02"

        qtbot.waitUntil(compared)
        desk.desk.show_symbol("MSFT")
        qtbot.waitUntil(lambda: relay.seen()["subscribed"] == ["MSFT"])
        desk.desk.quarrel.on_frame()
        assert {row.caption: row.first for row in panel.table.rows}["Ask"] == "–"
        assert ("relay", "beside") in desk.hub.providers
        desk.desk.quarrel.compare("")
        assert ("relay", "beside") not in desk.hub.providers
        assert desk.desktop.session is not None
        assert desk.desktop.session.manager.listener is None
        relay.wait_until(lambda seen: seen["open"] == 0)


def test_a_switch_to_the_same_source_ends_it_and_to_another_one_goes_on(desk: WholeDesk, qtbot: QtBot) -> None:
    with FarEnd("plain_relay") as relay:
        beside_relay(desk, qtbot, relay)
        for provider, left in (("polygon", "relay"), ("relay", "")):
            desk.desktop.options = DesktopOptions(provider=provider)  # type: ignore[arg-type]  # two of them
            old = desk.desktop.session
            assert old is not None
            old.close()
            session = desk.desktop.session = MarketSession(None, "ws://127.0.0.1:1/x", desk.clock)
            wiring.wire_session(desk.desktop, desk.desk, session)
            session.follow("AAPL", [])
            assert desk.desk.quarrel.provider == left
            assert (session.manager.listener is not None) == bool(left)
        relay.wait_until(lambda seen: seen["open"] == 0)


def test_a_choice_that_is_taken_back_while_it_is_made_ready_leaves_nothing(desk: WholeDesk) -> None:
    waiting: list[object] = []
    desk.desktop.spawn = lambda coroutine, name: waiting.append(coroutine)  # type: ignore[method-assign, assignment, return-value]  # later
    desk.desk.quarrel.compare("relay")
    desk.desk.quarrel.compare("")
    run_now(waiting[0], "late")
    assert desk.desk.quarrel.client is None
    assert not desk.window.quarrel.table.isVisible()

"""One source in use: what it subscribes, and how it gives way to what a feed offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from live_monitor.clock import SystemClock
from live_monitor.log import redact
from live_monitor.runtime.market_session import MAX_OFFERED_WATCHED, MarketSession


def close(session: MarketSession, qtbot: QtBot) -> None:
    """Closes it, and lets the frame pass that its last change asked for."""
    session.close()
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in session.manager.findChildren(QTimer)))


@pytest.fixture
def session(qtbot: QtBot) -> Iterator[MarketSession]:
    made = MarketSession(None, "ws://127.0.0.1:1/x", SystemClock())
    made.follow("AAPL", ["AAPL", "MSFT"])
    yield made
    close(made, qtbot)


def test_focus_and_watchlist_are_subscribed(session: MarketSession) -> None:
    hub = session.manager.hub
    assert hub.focus == "AAPL"
    assert hub.state("MSFT") is not None
    session.unwatch("MSFT")
    assert hub.state("MSFT") is None
    session.unwatch("AAPL")
    assert hub.state("AAPL") is not None
    assert session.watched == []


def test_a_feed_that_has_them_changes_nothing(session: MarketSession) -> None:
    assert not session.adapt(["SPY", "MSFT", "AAPL"], keep_focus=False)
    assert not session.adapt([], keep_focus=False)
    assert session.manager.hub.focus == "AAPL"


def test_a_feed_with_other_symbols_is_shown_instead(session: MarketSession) -> None:
    offered = [f"S{number}" for number in range(MAX_OFFERED_WATCHED + 5)]
    assert session.adapt(offered, keep_focus=False)
    assert session.watched == offered[:MAX_OFFERED_WATCHED]
    assert session.manager.hub.focus == "S0"


def test_a_symbol_that_was_asked_for_by_name_stays(session: MarketSession) -> None:
    session.adapt(["S1"], keep_focus=True)
    assert session.manager.hub.focus == "AAPL"


def test_o6_a_key_in_the_address_is_known_to_the_log(qtbot: QtBot) -> None:
    close(MarketSession(None, "wss://feed.test/ws?apiKey=canary-7777", SystemClock()), qtbot)
    assert "canary-7777" not in redact("the server says canary-7777")

"""Rows U4 and U5: the desktop ends well, and soon, from every state."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator

import pytest

from live_monitor.settings import SettingsStore
from tests.e2e.conftest import END_S, SLACK, StartDesktop
from tests.e2e.desktop_subject import STATES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the subject sends itself POSIX signals")

#: States that need prices; the others do without a feed, because that is quicker.
WITH_FEED = {"live", "backfill", "feed killed", "feed frozen", "feed starting", "symbols switching", "source switching"}
#: Ended by the guard alone: the stacks of all threads are kept.
BY_FORCE = {"main thread stuck", "main thread stuck in C", "stubborn task"}


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"ws://127.0.0.1:{server.getsockname()[1]}/x"


@pytest.mark.parametrize("state", STATES)
def test_u4_it_ends_from_every_state(state: str, start_desktop: StartDesktop, silent_server: str) -> None:
    url = silent_server if state == "connecting" else "ws://127.0.0.1:1/x"
    desktop = start_desktop(state, *([] if state in WITH_FEED else ["--server-url", url]))
    desktop.line("STATE")
    code, seconds = desktop.ended()
    said = desktop.errors()
    assert code == 0, said
    assert seconds < END_S * SLACK
    assert "QThread: Destroyed" not in said
    assert "Traceback" not in said or state == "storm of exceptions"
    assert ("is forced" in said) == (state in BY_FORCE)
    assert desktop.feeds() == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_u5_a_signal_from_outside_saves_and_ends(name: str, start_desktop: StartDesktop) -> None:
    desktop = start_desktop("wait for a signal", "--server-url", "ws://127.0.0.1:1/x")
    desktop.line("STATE")
    desktop.process.send_signal(signal.Signals[name])
    code, seconds = desktop.ended()
    assert code == 0, desktop.errors()
    assert seconds < END_S * SLACK
    kept = SettingsStore(desktop.folder / "settings.json").load()
    assert (kept.settings.theme, kept.notice) == ("light", "")


def test_u5_settings_are_kept_when_the_main_thread_is_stuck(start_desktop: StartDesktop) -> None:
    desktop = start_desktop("main thread stuck", "--server-url", "ws://127.0.0.1:1/x", "--theme", "light")
    desktop.line("STATE")
    assert desktop.ended()[0] == 0
    assert SettingsStore(desktop.folder / "settings.json").load().settings.theme == "light"
    assert "desktop_subject.py" in (desktop.folder / "logs" / "fault.txt").read_text(encoding="utf-8")


def test_a_killed_desktop_leaves_no_feed_behind(start_desktop: StartDesktop) -> None:
    desktop = start_desktop("wait while live")
    desktop.line("STATE")
    (feed,) = desktop.feeds()
    desktop.process.kill()
    desktop.process.communicate()
    # Waiting for somebody else's child: its pidfd becomes readable when it ends.
    handle = os.pidfd_open(feed) if feed in desktop.feeds() else -1
    if handle >= 0:
        import select

        assert select.select([handle], [], [], 10.0)[0], "the feed outlived its desktop"
        os.close(handle)
    assert desktop.feeds() == []

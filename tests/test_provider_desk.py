"""What the person asks of providers reaches the settings, the session and the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.data.inbox import Found
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.settings import Provider
from tests.ui.hands import type_text
from tests.whole_desk import WholeDesk


def menu(whole: WholeDesk) -> list[str]:
    box = whole.window.tool_bar.provider
    box.list().aboutToShow.emit()
    return [action.text() for action in box.list().actions() if action.text()]


def test_the_menu_tells_the_link_and_what_is_missing(whole: WholeDesk) -> None:
    whole.desk.providers._needs = {"polygon": "needs its API key"}
    link = LinkStatus("live")
    whole.hub.take([ProviderStatus("relay", "SIMULATED", link=link, in_use=True)])
    assert menu(whole)[:4] == [
        "Simulated market\tconnected", "Replay a session", "Relay server", "Polygon\tneeds its API key",
    ]  # fmt: skip


def test_a_choice_in_the_menu_switches_and_is_kept(whole: WholeDesk) -> None:
    whole.window.provider_wishes.use_requested.emit("schwab")
    (options,) = whole.switched
    assert (options.provider, options.server_url, options.symbol) == ("schwab", None, "AAPL")
    assert whole.desktop.settings.provider == "schwab"


def test_the_present_provider_is_not_started_anew_by_its_line(whole: WholeDesk) -> None:
    whole.window.provider_wishes.use_requested.emit("sim")
    assert whole.switched == []
    whole.hub.take([LinkStatus("failed", 0.0, 0, "refused", "")])
    whole.window.provider_wishes.use_requested.emit("sim")
    assert [options.provider for options in whole.switched] == ["sim"]


@pytest.mark.parametrize("wish", ["use_requested", "second_requested"])
def test_a_provider_that_lacks_something_leads_to_its_page(
    whole: WholeDesk, monkeypatch: pytest.MonkeyPatch, wish: str
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(whole.desk.providers.connect, "open", opened.append)
    whole.desk.providers._needs = {"polygon": "needs its API key"}
    getattr(whole.window.provider_wishes, wish).emit("polygon")
    assert (opened, whole.switched) == (["polygon"], [])
    assert whole.desktop.settings.second_provider == ""


def test_a_stream_is_in_use_only_while_its_own_connection_stands(whole: WholeDesk) -> None:
    """Its page must not say so of one that has failed, when another provider has taken over."""
    connect, live = whole.desk.providers.connect, LinkStatus("live")
    assert not connect._streams("polygon")
    whole.hub.take([ProviderStatus("schwab", "Schwab", "second", link=live, in_use=True), live])
    whole.hub.take([ProviderStatus("polygon", "Polygon", "primary", link=LinkStatus("retrying"))])
    assert (connect._streams("polygon"), connect._streams("schwab")) == (False, True)
    # A second connection would throw out the one that goes on in silence.
    whole.hub.take([ProviderStatus("polygon", "Polygon", "primary", link=live)])
    assert connect._streams("polygon")


def test_a_second_provider_is_kept_and_taken_into_use(whole: WholeDesk) -> None:
    whole.window.provider_wishes.second_requested.emit("schwab")
    assert whole.desktop.settings.second_provider == "schwab"
    assert len(whole.switched) == 1
    whole.window.provider_wishes.second_requested.emit("schwab")
    assert len(whole.switched) == 1


@pytest.mark.parametrize(
    ("first", "second", "feed"),
    [("sim", "schwab", False), ("relay", "", False), ("relay", "schwab", True), ("polygon", "", True)],
)
def test_a_vendor_or_a_second_one_needs_a_feed_of_its_own(
    whole: WholeDesk, first: Provider, second: str, feed: bool
) -> None:
    settings = whole.desktop.settings
    settings.provider, settings.second_provider = first, second  # type: ignore[assignment]  # one of the providers
    assert (whole.sources.feed(whole.desktop.options, settings) is not None) == feed


def test_an_address_with_a_secret_is_used_and_not_kept(whole: WholeDesk) -> None:
    whole.desk.providers.use_server("wss://me:secret@example.test/x?token=1")
    assert whole.desktop.settings.server_url == "wss://example.test/x"
    assert whole.switched[0].server_url == "wss://me:secret@example.test/x?token=1"
    whole.desk.providers.use_server("http://example.test")
    assert len(whole.switched) == 1
    assert "no WebSocket address" in whole.told[-1]


def test_what_the_provider_finds_stands_below_the_field(whole: WholeDesk, qtbot: QtBot) -> None:
    switcher = whole.window.tool_bar.switcher
    whole.window.activateWindow()
    switcher.begin("")
    edit = switcher.lineEdit()
    assert edit is not None
    qtbot.waitUntil(edit.hasFocus)
    type_text(edit, "MI")
    whole.window.provider_wishes.search_requested.emit("MI")
    whole.window.provider_wishes.search_requested.emit("MIC")
    hits = (SymbolHit("MSFT", "Microsoft"), SymbolHit("MU", "Micron"))
    whole.hub.take([Found(1, hits)])
    assert switcher.offers.offer("MI", []) == []
    whole.hub.take([Found(2, hits)])
    assert [hit.symbol for hit in switcher.offers.offer("MIC", [])] == ["MSFT", "MU"]


def test_the_desk_is_written_for_excel(whole: WholeDesk, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    from live_monitor.data.workbook_export import write_desk

    tables = whole.desk.workbook._tables()
    assert tables is not None
    write_desk(tmp_path / "desk.xlsx", tables)
    book = load_workbook(tmp_path / "desk.xlsx")
    assert book["Watchlist"]["A2"].value == "AAPL"

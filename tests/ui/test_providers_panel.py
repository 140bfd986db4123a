"""How the providers are doing, row by row."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.provider_entries import ProviderEntry
from live_monitor.data.models.providers import ProviderStatus
from live_monitor.data.models.status import LinkStatus
from live_monitor.ui.provider_columns import ProviderRow, age_role, age_text, row_of, state_role, state_text, told_by
from live_monitor.ui.provider_view import ProvidersShown, lines_of
from live_monitor.ui.providers_panel import ProvidersPanel
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN, FakeHub
from tests.ui.hands import click, press


def status(state: str = "live", **changes: object) -> ProviderStatus:
    link = LinkStatus(state, message="Cut off.", remedy="Wait.", retry_in_s=4.0)  # type: ignore[arg-type]  # a state
    given: dict[str, object] = {"provider": "polygon", "title": "Polygon", "link": link, **changes}
    return ProviderStatus(**given)  # type: ignore[arg-type]  # fields by name


@pytest.fixture
def panel(qtbot: QtBot, dark: Theme, manual_clock: ManualClock) -> ProvidersPanel:
    made = ProvidersPanel(dark, manual_clock)
    qtbot.addWidget(made)
    made.resize(1100, 200)
    made.show()
    qtbot.waitExposed(made)
    return made


def cells(panel: ProvidersPanel, row: int) -> list[str]:
    model = panel.table.model
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


@pytest.mark.parametrize(
    ("age", "text"), [(-1, "–"), (0, "now"), (12, "12 s"), (119, "119 s"), (300, "5 min"), (9_000, "2 h")]
)
def test_ages_are_told_shortly(age: int, text: str) -> None:
    assert age_text(age) == text


@pytest.mark.parametrize(("age", "role"), [(0, "text"), (14, "text"), (15, "muted"), (60, "stale"), (-1, "stale")])
def test_silence_fades(age: int, role: str) -> None:
    assert age_role(ProviderRow(status(), age)) == role


def test_a_dead_link_is_never_green() -> None:
    for state in ("idle", "connecting", "retrying", "stopped", "failed"):
        row = ProviderRow(status(state), 0)
        assert state_role(row) != "up"
        assert age_role(row) == "stale"
    silent = ProviderRow(status(), 61)
    assert (state_text(silent), state_role(silent)) == ("connected, silent", "warning")
    assert state_text(ProviderRow(status("retrying"), 3)) == "reconnecting in 4 s"


def test_trouble_comes_before_what_the_server_said() -> None:
    assert told_by(ProviderRow(status("failed", said="hello"), 0)) == "Cut off. Wait."
    assert told_by(ProviderRow(status(said="hello"), 0)) == "hello"


def test_rows_age_by_the_second(panel: ProvidersPanel, hub: FakeHub, manual_clock: ManualClock) -> None:
    heard = manual_clock.monotonic()
    hub.providers[("polygon", "primary")] = status(heard=heard, plan="real time", in_use=True, reconnects=2)
    panel.refresh(hub, TEN)
    assert cells(panel, 0) == ["Polygon", "first", "● shown", "connected", "real time", "now", "2", ""]
    manual_clock.advance(20)
    panel.refresh(hub, TEN)
    assert cells(panel, 0)[5] == "20 s"


def test_the_way_back_opens_after_a_take_over(panel: ProvidersPanel, hub: FakeHub) -> None:
    hub.providers[("polygon", "primary")] = status(in_use=True)
    hub.providers[("schwab", "second")] = status(provider="schwab", title="Schwab", role="second")
    panel.refresh(hub, TEN)
    asked = QSignalSpy(panel.use_first_requested)
    click(panel.use_first)
    assert (len(asked), panel.message.text()) == (0, "The first provider is in use.")
    hub.providers[("polygon", "primary")] = status("failed", in_use=False)
    hub.providers[("schwab", "second")] = status(provider="schwab", title="Schwab", role="second", in_use=True)
    panel.refresh(hub, TEN)
    click(panel.use_first)
    assert len(asked) == 1
    assert [cells(panel, row)[1:3] for row in (0, 1)] == [["first", "–"], ["second", "● shown"]]


def test_enter_leads_to_the_page_of_a_provider(panel: ProvidersPanel, hub: FakeHub) -> None:
    hub.providers[("polygon", "primary")] = status()
    panel.refresh(hub, TEN)
    panel.table.choose_row(0)
    opened = QSignalSpy(panel.opened)
    panel.view.setFocus()
    press(panel.view, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert opened[0] == ["polygon"]


def test_an_unseen_panel_still_learns_of_a_take_over(panel: ProvidersPanel, hub: FakeHub) -> None:
    panel.hide()
    hub.providers[("schwab", "second")] = status(provider="schwab", role="second", in_use=True)
    panel.refresh(hub, TEN)
    assert panel.use_first.reason == ""


def test_lines_go_by_what_a_provider_is_there_for() -> None:
    entries = [ProviderEntry(id=name, title=name, words="") for name in ("sim", "polygon", "schwab")]
    shown = ProvidersShown(entries, "sim", "schwab", {"polygon": "needs its API key"})
    statuses = [status(provider="relay"), status("retrying", provider="schwab", role="second", plan="level 1")]
    lines = lines_of(shown, statuses)
    assert [(line.told, line.dot, line.chosen) for line in lines] == [
        ("connected", "up", True),
        ("needs its API key", "", False),
        ("reconnecting · level 1", "warning", False),
    ]


def test_a_provider_that_never_spoke_has_no_age() -> None:
    assert row_of(status(heard=0.0), 100.0).age_s == -1

"""The pages on which a provider is connected: what they ask, what they refuse, where keys are said to lie."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.data.models.provider_entries import Credential, ProviderEntry
from live_monitor.data.models.providers import Capabilities, ProviderId
from live_monitor.secrets import Secret
from live_monitor.settings import ProviderSettings
from live_monitor.ui.connect_dialog import ConnectDialog
from live_monitor.ui.connect_form import Candidate, PageFacts
from live_monitor.ui.connect_pages import ExcelPage, PolygonPage, RelayPage, SchwabPage
from live_monitor.ui.theme import Theme
from tests.ui.hands import click, press, type_text


def entry(name: ProviderId, *keys: str) -> ProviderEntry:
    credentials = tuple(Credential(name=key, label=key, variables=()) for key in keys)
    return ProviderEntry(
        id=name, title=name, words=name, credentials=credentials, capabilities=Capabilities(needs=keys)
    )


ENTRIES = (
    entry("sim"), entry("replay"), entry("relay"), entry("polygon", "key"), entry("tos_excel"),
    entry("schwab", "a", "b"),
)  # fmt: skip


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> ConnectDialog:
    made = ConnectDialog(theme, ENTRIES)
    # The test ends it, whether it closed itself or not.
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def fill(field: QLineEdit, text: str) -> None:
    field.clear()
    type_text(field, text)


def polygon(dialog: ConnectDialog) -> PolygonPage:
    dialog.open_page("polygon")
    page = dialog.page_of("polygon")
    assert isinstance(page, PolygonPage)
    dialog.begin("polygon", ProviderSettings())
    dialog.show_facts("polygon", PageFacts({"key": ""}, file="/files/secrets.json"))
    return page


def test_a_page_is_made_when_it_is_opened(dialog: ConnectDialog) -> None:
    made = QSignalSpy(dialog.page_made)
    dialog.open_page("tos_excel")
    dialog.open_page("tos_excel")
    assert [made[call][0] for call in range(len(made))] == ["tos_excel"]
    assert not {"relay", "polygon", "schwab"} & set(dialog.pages)


def test_connect_hands_over_what_was_filled_in(dialog: ConnectDialog) -> None:
    page = polygon(dialog)
    asked = QSignalSpy(dialog.connect_requested)
    fill(page.api_key, "  TESTKEY ")
    page.plan.setCurrentIndex(1)
    click(dialog.deed)
    assert asked[0] == [Candidate("polygon", ProviderSettings(delayed=True), {"key": Secret("TESTKEY")})]


@pytest.mark.parametrize("key", ["two words", "schlüssel"])
def test_what_can_be_no_key_is_refused_in_place(dialog: ConnectDialog, key: str) -> None:
    page = polygon(dialog)
    asked = QSignalSpy(dialog.test_requested)
    page.api_key.setText(key)
    click(dialog.test)
    assert len(asked) == 0
    assert "a key has no spaces" in dialog.answer.text()
    assert key not in dialog.answer.text()


def test_a_key_that_is_kept_need_not_be_typed_and_is_not_shown(dialog: ConnectDialog) -> None:
    page = polygon(dialog)
    click(dialog.deed)
    assert dialog.answer.text() == "API key: is needed."
    dialog.show_facts("polygon", PageFacts({"key": "keyring"}))
    assert (page.api_key.text(), page.api_key.placeholderText()) == ("", "kept in the system's key store")
    asked = QSignalSpy(dialog.connect_requested)
    click(dialog.deed)
    assert asked[0] == [Candidate("polygon", ProviderSettings())]


def test_what_was_typed_stays_when_the_key_store_answers_late(dialog: ConnectDialog) -> None:
    page = polygon(dialog)
    fill(page.api_key, "TESTKEY")
    dialog.show_facts("polygon", PageFacts({"key": "memory"}))
    assert page.api_key.text() == "TESTKEY"
    dialog.begin("polygon", ProviderSettings())
    assert page.api_key.text() == ""


def test_the_environment_wins_and_says_so(dialog: ConnectDialog) -> None:
    page = polygon(dialog)
    dialog.show_facts("polygon", PageFacts({"key": "environment"}))
    assert not page.api_key.isEnabled()
    assert "wins" in page.api_key.placeholderText()


def test_where_a_key_will_lie_is_said_before_it_is_kept(dialog: ConnectDialog) -> None:
    page = polygon(dialog)
    assert page.plain is not None
    assert page._keeping is not None
    assert page._keeping.text() == "Will lie in the system's key store."
    page.plain.setChecked(True)
    assert page._keeping.text() == "Will lie unencrypted in /files/secrets.json, which only you can read."
    fill(page.api_key, "K")
    assert page.candidate().plaintext
    page.plain.setChecked(False)
    dialog.show_facts("polygon", PageFacts({"key": ""}, keeps=False, file="x"))
    assert "until the program ends" in page._keeping.text()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://x", "begins with ws:// or wss://"),
        ("wss://user:secret@x", "are not kept"),
        ("wss://x?apiKey=1", "are not kept"),
        ("wss://x:70000", "no address"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(dialog: ConnectDialog, url: str, says: str) -> None:
    page = polygon(dialog)
    fill(page.api_key, "K")
    page.stream.setText(url)
    click(dialog.test)
    assert says in dialog.answer.text()
    assert dialog.answer.property("role") == "warning"


def test_while_something_is_tried_it_can_be_cancelled(dialog: ConnectDialog) -> None:
    polygon(dialog)
    dialog.wait("Asking")
    assert (dialog.test.text(), dialog.deed.isEnabled(), dialog.list.isEnabled()) == ("Cancel", False, False)
    cancelled = QSignalSpy(dialog.cancel_requested)
    click(dialog.test)
    assert len(cancelled) == 1
    dialog.settle("<b>It</b> works", "up")
    assert (dialog.test.text(), dialog.deed.isEnabled()) == ("Test", True)
    assert dialog.answer.text() == "<b>It</b> works"


def test_closing_stops_what_is_tried(dialog: ConnectDialog) -> None:
    cancelled = QSignalSpy(dialog.cancel_requested)
    polygon(dialog)
    dialog.wait("Asking")
    dialog.reject()
    assert len(cancelled) == 1


def test_what_needs_nothing_has_nothing_to_test(dialog: ConnectDialog) -> None:
    dialog.open_page("sim")
    assert (dialog.test.isVisible(), dialog.deed.text()) == (False, "Start")
    dialog.open_page("relay")
    assert (dialog.test.isVisible(), dialog.deed.text()) == (True, "Connect")
    page = dialog.page_of("relay")
    assert isinstance(page, RelayPage)
    page.address.setText("localhost:8200")
    click(dialog.deed)
    assert "ws://localhost:8200/ws/{client_id}" in dialog.answer.text()


@pytest.mark.parametrize(("typed", "says"), [("0.01", "0.1 to 60"), ("nan", "0.1 to 60"), ("soon", "0.1 to 60")])
def test_an_interval_that_cannot_be_is_refused(dialog: ConnectDialog, typed: str, says: str) -> None:
    dialog.open_page("tos_excel")
    page = dialog.page_of("tos_excel")
    assert isinstance(page, ExcelPage)
    click(dialog.deed)
    assert "make a starter workbook" in dialog.answer.text()
    page.set_workbook("/files/quotes.xlsx")
    page.interval.setText(typed)
    click(dialog.deed)
    assert says in dialog.answer.text()
    page.interval.setText("0.5")
    assert page.read() == ProviderSettings(workbook="/files/quotes.xlsx", interval_s=0.5)


def test_a_log_in_needs_key_and_secret_and_a_paste_is_wiped(dialog: ConnectDialog) -> None:
    dialog.open_page("schwab")
    page = dialog.page_of("schwab")
    assert isinstance(page, SchwabPage)
    refused, asked, pasted = (
        QSignalSpy(page.refused),
        QSignalSpy(page.login_requested),
        QSignalSpy(page.redirect_pasted),
    )
    click(page.login)
    assert refused[0] == ["App key: is needed."]
    fill(page.app_key, "K")
    fill(page.app_secret, "S")
    page.callback.setText("https://127.0.0.1:9000")
    click(page.login)
    assert asked[0][0].keys == {"a": Secret("K"), "b": Secret("S")}
    assert asked[0][0].settings.callback == "https://127.0.0.1:9000"
    page.redirect.setText(" https://127.0.0.1:9000/?code=abc&state=x ")
    page.redirect.returnPressed.emit()
    assert pasted[0] == ["https://127.0.0.1:9000/?code=abc&state=x"]
    assert page.redirect.text() == ""


def test_the_age_of_the_log_in_has_its_colour(dialog: ConnectDialog) -> None:
    dialog.open_page("schwab")
    dialog.show_facts("schwab", PageFacts(login=("The log-in at Schwab ends in 5 hours.", "warning")))
    page = dialog.page_of("schwab")
    assert isinstance(page, SchwabPage)
    assert (page.state.text(), page.state.property("role")) == ("The log-in at Schwab ends in 5 hours.", "warning")


def test_keys_are_never_readable_on_the_screen(dialog: ConnectDialog) -> None:
    for name in ("polygon", "schwab"):
        for field in dialog.page_of(name).keys.values():
            assert field.echoMode() == QLineEdit.EchoMode.Password


def test_where_keys_come_from_the_environment_nothing_is_said_of_keeping_them(dialog: ConnectDialog) -> None:
    page = polygon(dialog)
    dialog.show_facts("polygon", PageFacts({"key": "environment"}, file="/files/secrets.json"))
    assert page.plain is not None
    assert page._keeping is not None
    assert not page.plain.isVisible()
    assert not page._keeping.isVisible()
    dialog.show_facts("polygon", PageFacts({"key": ""}, file="/files/secrets.json"))
    assert page.plain.isVisible()
    # At Schwab a log-in is kept, wherever the keys come from.
    dialog.open_page("schwab")
    schwab = dialog.page_of("schwab")
    dialog.show_facts("schwab", PageFacts({"a": "environment", "b": "environment"}, file="/files/secrets.json"))
    assert schwab.plain is not None
    assert schwab.plain.isVisible()


@pytest.mark.parametrize("provider", ["sim", "replay", "relay", "polygon", "tos_excel", "schwab"])
def test_tab_goes_through_a_page_from_top_to_bottom_and_then_to_the_buttons(
    dialog: ConnectDialog, provider: str
) -> None:
    dialog.open_page(provider)
    page = dialog.page
    page.show_facts(PageFacts({"key": "keyring", "a": "keyring", "b": "keyring"}, login=("Logged in today.", "up")))
    for button in page._advanced:
        assert isinstance(button, QToolButton)
        button.setChecked(True)
    dialog.list.setFocus()
    QApplication.processEvents()
    met: list[QWidget] = []
    while (widget := dialog.focusWidget()) is not None and widget not in met and len(met) < 40:
        met.append(widget)
        press(widget, Qt.Key.Key_Tab)
    assert met[0] is dialog.list
    assert met[-1] is dialog.deed
    within = [widget for widget in met if page.isAncestorOf(widget)]
    places = [widget.mapTo(page, QPoint()) for widget in within]
    assert places == sorted(places, key=lambda place: (place.y() // 8, place.x()))
    kinds = (QAbstractButton, QLineEdit, QComboBox)
    usable = {found for found in page.findChildren(QWidget) if isinstance(found, kinds) and found.isVisible()}
    assert usable == set(within)


def test_everything_has_a_name_for_those_who_hear_it(dialog: ConnectDialog) -> None:
    for one in ENTRIES:
        dialog.open_page(one.id)
        fields = dialog.page_of(one.id).findChildren(QLineEdit)
        assert all(field.accessibleName() for field in fields)

"""Settings of an account: what is shown is what is saved, and what cannot be read is said."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.data.models.orders import AccountSettings, RiskLimits
from live_monitor.ui.paper_settings_dialog import PaperSettingsDialog
from live_monitor.ui.settings_pages import AccountPage, FillsPage, RiskPage, read_symbols
from live_monitor.ui.theme import Theme
from tests.ui.fake_paper import D
from tests.ui.hands import click


@pytest.fixture
def behind(qtbot: QtBot) -> QWidget:
    """The window that the dialog belongs to; the dialog deletes itself when it is closed."""
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def dialog(behind: QWidget, dark: Theme) -> PaperSettingsDialog:
    """The settings of a new account, shown."""
    made = PaperSettingsDialog(dark, "Paper 1", AccountSettings(), behind)
    made.show()
    return made


def test_saving_without_a_change_asks_for_nothing(dialog: PaperSettingsDialog) -> None:
    spy = QSignalSpy(dialog.settings_requested)
    click(dialog.save)
    assert len(spy) == 0


def test_dialog_is_not_modal(dialog: PaperSettingsDialog) -> None:
    assert not dialog.isModal()
    assert dialog.windowTitle() == "Settings of Paper 1"


def test_what_is_changed_on_every_page_is_saved_together(dialog: PaperSettingsDialog) -> None:
    spy = QSignalSpy(dialog.settings_requested)
    dialog.fills.model.set_value("queue")
    dialog.fills.latency.set_value(D(120))
    dialog.fills.age.set_value(D("2.5"))
    dialog.account.costs.set_value("us_broker")
    dialog.account.margin.setChecked(True)
    dialog.risk.limits["max_position"].set_value(D(25))
    dialog.risk.limits["daily_loss_limit"].set_value(None)
    dialog.set_whitelist(("AAPL", "BRK.B"), (), "list.xlsx")
    click(dialog.save)
    saved = spy[0][0]
    assert (saved.fill_model, saved.latency_ms, saved.max_quote_age_ms) == ("queue", 120, 2_500)
    assert (saved.costs, saved.margin_enabled) == ("us_broker", True)
    assert saved.risk == replace(
        RiskLimits(), max_position=D("0.25"), daily_loss_limit=None, whitelist=("AAPL", "BRK.B")
    )


@pytest.mark.parametrize(
    ("page", "spoil", "words"),
    [
        (0, lambda one: one.fills.age.set_value(D(61)), "60 seconds"),
        (0, lambda one: one.fills.latency.setText("1.5"), "whole number of milliseconds"),
        (0, lambda one: one.fills.slippage.setText("0,5"), "no number"),
        (2, lambda one: one.risk.limits["max_position"].set_value(D(101)), "100 at most"),
        (2, lambda one: one.risk.limits["max_trades_per_day"].setText("2.5"), "whole number"),
        (2, lambda one: one.risk.symbols.setPlainText("AAPL, ../etc"), "no symbol"),
    ],
)
def test_what_cannot_be_is_said_on_its_page_and_nothing_is_saved(
    dialog: PaperSettingsDialog, page: int, spoil: object, words: str
) -> None:
    assert callable(spoil)
    spy = QSignalSpy(dialog.settings_requested)
    dialog.pages.setCurrentIndex(1)
    spoil(dialog)
    click(dialog.save)
    assert len(spy) == 0
    assert dialog.isVisible()
    assert dialog.pages.currentIndex() == page
    assert words in dialog.note.text()


def test_fill_models_are_explained(dialog: PaperSettingsDialog) -> None:
    dialog.fills.model.setCurrentIndex(2)
    assert "ahead of your limit must trade first" in dialog.fills.about.text()


def test_fields_of_a_scheme_without_costs_say_why_they_are_off(dialog: PaperSettingsDialog) -> None:
    assert not dialog.account.per_share.isEnabled()
    assert dialog.account.per_share.toolTip().startswith("Orders cost nothing.")
    dialog.account.costs.setCurrentIndex(1)
    assert dialog.account.per_share.isEnabled()
    assert dialog.account.per_share.toolTip() == ""


def test_fees_of_regulators_take_neither_a_price_by_the_share_nor_a_minimum(dialog: PaperSettingsDialog) -> None:
    """The engine reads both for its scheme by the share alone: a field that does nothing must not look as if it did."""
    dialog.account.costs.set_value("us_broker")
    for field in (dialog.account.per_share, dialog.account.minimum):
        assert not field.isEnabled()
        assert "Per share only" in field.toolTip()


def test_workbook_is_asked_for(dialog: PaperSettingsDialog) -> None:
    spy = QSignalSpy(dialog.workbook_asked)
    dialog.risk.workbook.click()
    assert len(spy) == 1


def test_symbols_are_read_however_they_are_parted() -> None:
    assert read_symbols("aapl, MSFT;brk.b\n AAPL") == ("AAPL", "MSFT", "BRK.B")
    assert read_symbols("  ") == ()


shares = st.none() | st.decimals(min_value=D("0.001"), max_value=1, places=3)
counts = st.none() | st.integers(1, 500)
risks = st.builds(
    RiskLimits, enabled=st.booleans(), max_position=shares, max_portfolio_risk=shares, min_cash_reserve=shares,
    max_trades_per_day=counts, daily_loss_limit=st.none() | st.decimals(min_value=1, max_value=10**6, places=2),
    losing_streak=counts, cool_down_s=st.integers(0, 600).map(lambda minutes: minutes * 60),
    whitelist=st.lists(st.sampled_from(["AAPL", "BRK.B", "F"]), unique=True).map(tuple),
)  # fmt: skip
accounts = st.builds(
    AccountSettings, fill_model=st.sampled_from(["simple", "touch", "queue"]),
    costs=st.sampled_from(["none", "per_share", "us_broker"]), latency_ms=st.integers(0, 60_000),
    slippage=st.decimals(min_value=0, max_value=5, places=4), max_quote_age_ms=st.integers(1, 60_000),
    no_price=st.sampled_from(["refuse", "wait"]), fill_at_touch=st.booleans(),
    stop_trigger=st.sampled_from(["last", "quote"]), marketable_only=st.booleans(), partial_arm=st.booleans(),
    margin_enabled=st.booleans(), allow_short=st.booleans(), risk=risks,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(account=accounts)
def test_any_settings_are_given_back_as_they_were(dark: Theme, account: AccountSettings) -> None:
    fills, page, risk = FillsPage(dark), AccountPage(dark), RiskPage()
    for one in (fills, page, risk):
        one.show_settings(account)
    blank = AccountSettings()
    back = risk.read(page.read(fills.read(blank)))
    assert back == account
    assert isinstance(back.slippage, Decimal)

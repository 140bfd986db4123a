"""What the person asks of a provider's page happens: here, keys and a log-in are removed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from PyQt6.QtCore import QCoreApplication

from live_monitor.connect_desk import run_addresses
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.runtime.options import DesktopOptions
from live_monitor.secrets import POLYGON_API_KEY, SCHWAB_APP_KEY, SCHWAB_APP_SECRET, SCHWAB_CONNECTION, Secret
from live_monitor.settings import ProviderSettings
from live_monitor.ui.connect_dialog import ConnectDialog
from live_monitor.ui.connect_pages import SchwabPage
from tests.ui.hands import click
from tests.whole_desk import WholeDesk

SCHWAB = (SCHWAB_APP_KEY, SCHWAB_APP_SECRET, SCHWAB_CONNECTION)


async def until(happened: Callable[[], object]) -> None:
    for _ in range(2_000):
        if happened():
            return
        QCoreApplication.processEvents()
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen")


def opened(whole: WholeDesk, provider: str) -> ConnectDialog:
    whole.desk.providers.connect.open(provider)
    dialog = whole.desk.providers.connect._dialog
    assert dialog is not None
    return dialog


async def remove(dialog: ConnectDialog, provider: str, what: str) -> None:
    """As a person does it: the button, then the one that confirms."""
    row = dialog.page_of(provider).removals[what]
    await until(row.isVisible)
    click(row.ask)
    click(row.take)
    await until(lambda: dialog.test.text() == "Test")


@pytest.mark.asyncio
async def test_a_key_that_is_removed_is_gone_and_what_ran_by_it_begins_anew_without(whole: WholeDesk) -> None:
    secrets = whole.sources.secrets
    secrets.put(POLYGON_API_KEY, Secret("TESTKEY"))
    whole.desktop.settings.provider = "polygon"
    dialog = opened(whole, "polygon")
    await remove(dialog, "polygon", "keys")
    assert (secrets.get(POLYGON_API_KEY), dialog.answer.text()) == (None, "Removed.")
    await until(lambda: [options.provider for options in whole.switched] == ["polygon"])
    page = dialog.page_of("polygon")
    await until(lambda: page.keys[POLYGON_API_KEY].placeholderText() == "none yet")
    assert not page.removals["keys"].isVisible()
    dialog.close()


@pytest.mark.asyncio
@pytest.mark.parametrize(("what", "left"), [("login", SCHWAB[:2]), ("keys", ())])
async def test_at_schwab_one_logs_out_or_removes_all(whole: WholeDesk, what: str, left: tuple[str, ...]) -> None:
    secrets = whole.sources.secrets
    for name in SCHWAB:
        secrets.put(name, Secret(f"a {name}"))
    dialog = opened(whole, "schwab")
    await remove(dialog, "schwab", what)
    assert tuple(name for name in SCHWAB if secrets.get(name) is not None) == left
    assert dialog.answer.text() == ("Logged out." if what == "login" else "Removed.")
    await until(lambda: whole.desk.providers._needs)
    assert whole.desk.providers._needs["schwab"], "the accounts are looked at no longer"
    assert whole.switched == [], "another provider is in use"
    dialog.close()


@pytest.mark.asyncio
async def test_what_may_still_be_kept_is_said(whole: WholeDesk) -> None:
    secrets = whole.sources.secrets
    secrets.put(POLYGON_API_KEY, Secret("TESTKEY"))
    dialog = opened(whole, "polygon")
    secrets.file.write_text("{ damaged", encoding="utf-8")
    await remove(dialog, "polygon", "keys")
    assert "it may still be kept" in dialog.answer.text()
    assert "TESTKEY" not in dialog.answer.text()
    dialog.close()


@pytest.mark.asyncio
async def test_an_address_that_the_page_leaves_empty_is_that_of_this_run(whole: WholeDesk) -> None:
    whole.desktop.options = DesktopOptions(provider="schwab", rest_url="http://127.0.0.1:9/run")
    asked: list[ProviderChoice] = []
    connections = whole.desk.providers.connect._connections

    async def try_out(choice: ProviderChoice, keys: object, *, stream: bool) -> str:
        asked.append(choice)
        return "It works."

    connections.try_out = try_out  # type: ignore[method-assign]  # looks on
    for name in SCHWAB:
        whole.sources.secrets.put(name, Secret(f"a {name}"))
    dialog = opened(whole, "schwab")
    page = dialog.page_of("schwab")
    assert isinstance(page, SchwabPage)
    await until(page.removals["keys"].isVisible)
    click(dialog.test)
    await until(lambda: dialog.answer.text() == "It works.")
    assert page.rest.text() == "", "it is this run's, and not kept"
    page.rest.setText("http://127.0.0.1:9/page")
    click(dialog.test)
    await until(lambda: len(asked) == 2 and dialog.deed.isEnabled())
    page.rest.setText("")
    click(dialog.deed)
    await until(lambda: [(one.provider, one.rest_url) for one in whole.switched] == [("schwab", asked[0].rest_url)])
    assert [choice.rest_url for choice in asked] == [
        "http://127.0.0.1:9/run", "http://127.0.0.1:9/page", "http://127.0.0.1:9/run",
    ]  # fmt: skip
    assert whole.desktop.settings.providers["schwab"].rest_url == ""


def test_an_address_on_the_page_counts_before_that_of_this_run() -> None:
    given = DesktopOptions(provider="polygon", rest_url="https://a.test")
    assert run_addresses(given, ProviderSettings()) == {"rest_url": "https://a.test"}
    assert run_addresses(given, ProviderSettings(rest_url="https://b.test")) == {}

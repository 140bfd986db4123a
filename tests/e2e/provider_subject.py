"""Run as `python -m tests.e2e.provider_subject SCENE [OPTIONS OF THE DESKTOP]`: a person chooses the source of prices.

A scene is a generator that yields what it waits for. What it found is printed as `TOLD` and JSON; a file `go` in the
data folder lets a scene go on that waits for its test.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QLineEdit

from live_monitor.data.models.providers import ProviderStatus
from live_monitor.ui.connect_dialog import ConnectDialog
from live_monitor.ui.connect_pages import ExcelPage, PolygonPage, SchwabPage
from tests.e2e import desktop_subject
from tests.e2e.chart_subject import Scene, run, tell
from tests.e2e.desktop_subject import KEPT, Stage
from tests.ui.hands import click, press, type_text

#: The desktop's own start is over so long after the first price.
START_S = 1.0
#: What a scene is told about its far ends: `NAME=ADDRESS` in the environment.
FAR = "LIVE_MONITOR_TEST_"


class Trader:
    """Hands on the window, eyes on the panels."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.worst_ms = 0.0

    @property
    def live_from(self) -> str:
        """Whose prices are on the screen; empty while none are."""
        if self.stage.desktop.session is None:
            return ""
        hub = self.stage.manager.hub
        state = hub.focus_state
        shown = state is not None and math.isfinite(state.last) and hub.link.state == "live"
        return hub.link.provider if shown else ""

    @property
    def dialog(self) -> ConnectDialog:
        return self.stage.desktop.window.findChildren(ConnectDialog)[-1]

    @property
    def statuses(self) -> dict[str, ProviderStatus]:
        """By what each is there for."""
        return {status.role: status for status in self.stage.manager.hub.providers.values()}

    def watch_gaps(self) -> None:
        """From now on the longest time between two turns of the loop counts."""
        last = time.perf_counter()
        self.worst_ms = 0.0

        def look() -> None:
            nonlocal last
            now = time.perf_counter()
            self.worst_ms = max(self.worst_ms, (now - last) * 1_000)
            last = now

        timer = QTimer()
        timer.timeout.connect(look)
        timer.start(1)
        KEPT.append(timer)

    def answered(self) -> bool:
        """Nothing is being tried, and there is an answer."""
        return self.dialog.test.text() == "Test" and bool(self.dialog.answer.text())

    def picture(self) -> dict[str, Any]:
        """What the window says of its source."""
        window = self.stage.desktop.window
        return {
            "box": window.tool_bar.provider.text(),
            "dot": window.tool_bar.provider.dot,
            "pill": window.tool_bar.session.pill.text,
            "watermark": self.stage.manager.hub.hello.label,
            "provider": self.stage.desktop.settings.provider,
            "market": self.stage.manager.hub.pages.market,
        }


def far(name: str) -> str:
    """The address of a far end."""
    return os.environ[FAR + name]


def write(field: QLineEdit, text: str) -> None:
    """Types over what stands there."""
    field.selectAll()
    field.setFocus()
    type_text(field, text)


def connect_polygon(trader: Trader) -> Scene:
    """From the simulated market to Polygon by its page: a wrong key first, then the right one."""
    stage = trader.stage
    yield lambda: stage.shown and trader.live_from == "simulated"
    # What the start still does beside the first prices, such as opening the store of bars, is no doing of the page.
    live_at = time.perf_counter()
    yield lambda: time.perf_counter() - live_at > START_S
    trader.watch_gaps()
    stage.desktop.window.actions_by_name["connect"].trigger()
    dialog = trader.dialog
    page = dialog.page_of("polygon")
    assert isinstance(page, PolygonPage)
    yield lambda: page.api_key.placeholderText() == "none yet" and page.plain is not None and dialog.page is page
    page.stream.setText(far("STREAM"))
    page.rest.setText(far("REST"))
    click(dialog.deed)
    missing = dialog.answer.text()
    write(page.api_key, "canary-wrong-key")
    click(dialog.test)
    waiting = (dialog.test.text(), dialog.deed.isEnabled())
    yield trader.answered
    refused = (dialog.answer.text(), dialog.answer.property("role"))
    write(page.api_key, "TESTKEY")
    click(dialog.test)
    yield trader.answered
    works = (dialog.answer.text(), dialog.answer.property("role"))
    gap_of_tests = trader.worst_ms
    kept_before = dict(stage.desktop.settings.providers)
    click(dialog.deed)
    started = time.perf_counter()
    yield lambda: trader.live_from == "polygon"
    waited_s = time.perf_counter() - started
    yield lambda: trader.picture()["box"] == "Polygon" and bool(trader.statuses)
    stage.desktop.window.show_tab(stage.desktop.window.providers)
    yield lambda: bool(stage.desktop.window.providers.table.model.rows)
    row = stage.desktop.window.providers.table.model.rows[0].status
    tell(
        {
            "missing": missing,
            "waiting": waiting,
            "refused": refused,
            "works": works,
            "kept before": bool(kept_before),
            "waited": waited_s,
            "picture": trader.picture(),
            "row": [row.title, row.role, row.link.state, row.plan, row.in_use],
            "settings": stage.desktop.settings.providers["polygon"].rest_url,
            "told": [entry.text for entry in stage.desktop.problems.shown],
            "gaps": [gap_of_tests, trader.worst_ms],
        }
    )


def cancel_a_test(trader: Trader) -> Scene:
    """A far end that does not answer is not waited for."""
    stage = trader.stage
    yield lambda: stage.shown
    stage.desktop.window.provider_wishes.connect_asked.emit("polygon")
    dialog = trader.dialog
    page = dialog.page_of("polygon")
    assert isinstance(page, PolygonPage)
    yield lambda: page.api_key.placeholderText() == "none yet"
    page.stream.setText(far("STREAM"))
    page.rest.setText(far("REST"))
    write(page.api_key, "TESTKEY")
    click(dialog.test)
    yield lambda: dialog.test.text() == "Cancel"
    started = time.perf_counter()
    click(dialog.test)
    yield trader.answered
    tell({"answer": dialog.answer.text(), "seconds": time.perf_counter() - started, "deed": dialog.deed.isEnabled()})


def fail_over(trader: Trader) -> Scene:
    """The first provider refuses, the second takes over; once the first is well again, a person goes back to it."""
    stage = trader.stage
    yield lambda: stage.shown and trader.live_from == "simulated"
    panel = stage.desktop.window.providers
    stage.desktop.window.show_tab(panel)
    yield lambda: panel.use_first.reason == ""
    before = {role: [status.title, status.link.state, status.in_use] for role, status in trader.statuses.items()}
    print("WAITS", flush=True)
    yield (Path(stage.desktop.keeper._store.path).with_name("go")).exists
    click(panel.use_first)
    yield lambda: trader.live_from == "polygon"
    yield lambda: trader.statuses["primary"].in_use
    after = {role: [status.title, status.link.state, status.in_use] for role, status in trader.statuses.items()}
    tell({"before": before, "after": after, "alerts": [alert.message for alert in stage.manager.hub.alerts]})


def missing_key(trader: Trader) -> Scene:
    """A provider without its key says so where the chart would be, and the button beside leads to its page."""
    stage = trader.stage
    yield lambda: stage.shown and stage.link_state == "failed"
    empty = stage.desktop.window.stage.empty_state
    yield empty.isVisible
    click(empty._buttons["connect"])
    yield lambda: trader.dialog.page.entry.id == "polygon"
    told = {"title": empty.title.text(), "reason": empty.detail.text(), "page": trader.dialog.page.entry.id}
    press(trader.dialog, Qt.Key.Key_Escape)
    tell(told)


def read_workbook(trader: Trader) -> Scene:
    """A saved workbook drives the desktop: its symbols, its prices, and what changes in it."""
    stage = trader.stage
    yield lambda: stage.shown and trader.live_from == "tos_excel"
    first = stage.manager.hub.focus_state
    assert first is not None
    told = {"last": first.last, "picture": trader.picture(), "watched": list(stage.desktop.window.watchlist.symbols())}
    print("WAITS", flush=True)
    yield lambda: first.last != told["last"]
    stage.desktop.window.provider_wishes.connect_asked.emit("")
    page = trader.dialog.page_of("tos_excel")
    assert isinstance(page, ExcelPage)
    yield lambda: trader.dialog.page is page
    tell({**told, "then": first.last})


def read_schwab(trader: Trader) -> Scene:
    """A kept log-in drives the desktop; the page says how old it is, and its test asks for the accounts."""
    stage = trader.stage
    yield lambda: stage.shown and trader.live_from == "schwab"
    yield lambda: stage.bars > 0
    picture = trader.picture()
    stage.desktop.window.provider_wishes.connect_asked.emit("schwab")
    page = trader.dialog.page_of("schwab")
    assert isinstance(page, SchwabPage)
    yield lambda: page.state.text().startswith("Logged in")
    page.rest.setText(far("REST"))
    click(trader.dialog.test)
    yield trader.answered
    tell({"picture": picture, "login": page.state.text(), "answer": trader.dialog.answer.text(), "bars": stage.bars})


SCENES: dict[str, Callable[[Trader], Scene]] = {
    "connect polygon": connect_polygon,
    "cancel a test": cancel_a_test,
    "fail over": fail_over,
    "missing key": missing_key,
    "workbook": read_workbook,
    "schwab": read_schwab,
}


if __name__ == "__main__":
    for name, scene in SCENES.items():
        desktop_subject.SCENES[f"providers: {name}"] = lambda stage, scene=scene: run(stage, scene(Trader(stage)))  # type: ignore[misc]  # a default binds it
    command = sys.argv[1:]
    raise SystemExit(desktop_subject.main(f"providers: {command[0]}", command[1:]))

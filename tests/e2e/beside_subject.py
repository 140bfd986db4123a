"""Run as `python -m tests.e2e.beside_subject SCENE [OPTIONS OF THE DESKTOP]`: what stands beside the prices shown.

A second source to compare with, and the accounts at a broker. As in `provider_subject`, what a scene found is printed
as `TOLD` and JSON, and a file `go` in the data folder lets one go on that waits for its test.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import Qt

from tests.e2e import desktop_subject
from tests.e2e.chart_subject import Scene, run, tell
from tests.e2e.provider_subject import Trader
from tests.ui.hands import click, press


def _go(trader: Trader) -> Callable[[], bool]:
    return (Path(trader.stage.desktop.keeper._store.path).with_name("go")).exists


def quarrel(trader: Trader) -> Scene:
    """Polygon is chosen beside a relay by hand; it is late, follows another symbol, and goes without a trace."""
    stage = trader.stage
    yield lambda: stage.shown and stage.live
    window, desk = stage.desktop.window, stage.desk.quarrel
    panel = window.quarrel
    window.show_tab(panel)
    yield panel.idle.isVisible
    offered = [panel.choice.itemText(at) for at in range(panel.choice.count())]
    idle = panel.idle.text()
    trader.watch_gaps()
    panel.choice.setFocus()
    press(panel.choice, Qt.Key.Key_Down)
    panel.choice.setCurrentIndex(panel.choice.findData("polygon"))
    panel.choice.activated.emit(panel.choice.currentIndex())
    yield lambda: desk._run is not None and desk._run.reading().pairs >= 12
    yield lambda: "is first by" in panel.lead.text()
    gap = trader.worst_ms
    yield lambda: "beside" in trader.statuses
    beside = trader.statuses["beside"]
    assert desk._run is not None
    assert desk.client is not None
    thread = desk.client._thread
    assert thread is not None
    assert thread.isRunning()
    reading = desk._run.reading()
    told = {
        "offered": offered,
        "idle": idle,
        "gap": gap,
        "lead": panel.lead.text(),
        "lead_s": reading.lead_s,
        "apart": panel.apart.text(),
        "bid": [row for row in panel.table.rows if row.caption == "Bid"],
        "link": panel.link.text(),
        "status": [beside.title, beside.role, beside.link.state, beside.in_use],
        "shown": stage.manager.hub.link.provider,
    }
    stage.manager.change_symbol("MSFT")
    print("WAITS", flush=True)
    yield _go(trader)
    yield lambda: desk._run is not None and desk._run.symbol == "MSFT" and not math.isnan(desk._run.reading().apart)
    panel.choice.setCurrentIndex(0)
    panel.choice.activated.emit(0)
    yield panel.idle.isVisible
    ended = sip.isdeleted(thread) or thread.isFinished()
    tell({**told, "left": [ended, "beside" in trader.statuses, stage.manager.listener is None]})


def quarrel_with_a_keyless(trader: Trader) -> Scene:
    """A provider without its key is offered all the same, and says what it lacks."""
    stage = trader.stage
    yield lambda: stage.shown and stage.live
    window = stage.desktop.window
    window.show_tab(window.quarrel)
    window.quarrel.beside_requested.emit("polygon")
    yield lambda: "API key" in window.quarrel.link.text()
    text = window.quarrel.link.text()
    # Left as it is: the end has to stop it.
    tell({"link": text, "events": stage.manager.hub.counters.events})


def broker(trader: Trader) -> Scene:
    """The accounts of a kept log-in beside the paper account; an order somewhere else is seen at once."""
    stage = trader.stage
    yield lambda: stage.shown and trader.live_from == "schwab"
    window = stage.desktop.window
    panel = window.broker
    window.show_tab(panel)
    yield lambda: panel.accounts.isVisible() and bool(panel.positions.model.rows)
    told = {
        "account": panel.accounts.currentText(),
        "badge": panel.badge.accessibleName(),
        "buying power": panel.figures.value("Buying power"),
        "positions": [row.symbol for row in panel.positions.model.rows],
        "orders": [row.status for row in panel.orders.model.rows],
        "age": panel.age.text(),
        "login": panel.login_button.isVisible(),
    }
    print("WAITS", flush=True)
    yield _go(trader)
    tell(told)


def no_broker(trader: Trader) -> Scene:
    """Without a log-in nobody is asked; the button leads to the page where one is made."""
    stage = trader.stage
    yield lambda: stage.shown and stage.live
    window = stage.desktop.window
    window.show_tab(window.broker)
    yield window.broker.login_button.isVisible
    yield lambda: bool(stage.desk.providers._needs)
    click(window.broker.login_button)
    yield lambda: trader.dialog.page.entry.id == "schwab"
    page = trader.dialog.page.entry.id
    press(trader.dialog, Qt.Key.Key_Escape)
    tell({"page": page, "watch": stage.desk.broker.watch is None})


SCENES: dict[str, Callable[[Trader], Scene]] = {
    "quarrel": quarrel,
    "quarrel without a key": quarrel_with_a_keyless,
    "broker": broker,
    "no broker": no_broker,
}


if __name__ == "__main__":
    for name, scene in SCENES.items():
        desktop_subject.SCENES[f"beside: {name}"] = lambda stage, scene=scene: run(stage, scene(Trader(stage)))  # type: ignore[misc]  # a default binds it
    command = sys.argv[1:]
    raise SystemExit(desktop_subject.main(f"beside: {command[0]}", command[1:]))

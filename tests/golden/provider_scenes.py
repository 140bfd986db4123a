"""Run by `provider_pictures`: the real desktop, what a new user does to connect a provider, and pictures of it."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PyQt6.QtCore import QPoint, QRect
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QApplication, QWidget

from bench.child import CHECKOUT
from live_monitor import sources
from live_monitor.clock import SystemClock
from live_monitor.secrets import SCHWAB_CONNECTION, Secret, SecretStore
from live_monitor.secrets.credentials import SCHWAB_APP_KEY, SCHWAB_APP_SECRET
from live_monitor.ui.connect_pages import PolygonPage, SchwabPage
from tests.e2e import desktop_subject
from tests.e2e.chart_subject import Scene, run
from tests.e2e.desktop_subject import Stage, terminate
from tests.e2e.provider_subject import Trader, far, write
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.secrets.key_stores import GoodKeyring
from tests.ui.hands import click

PICTURES: Final = CHECKOUT / "docs" / "images"
#: By so many ms the machine's clock is put forward or back, and the log-in that is kept, as text; from the environment.
SHIFT, LOGIN = "LIVE_MONITOR_PICTURES_SHIFT", "LIVE_MONITOR_PICTURES_LOGIN"
KEYS: Final = GoodKeyring()


class Painter(Trader):
    """Connects providers and takes pictures."""

    def painted(self) -> Callable[[], bool]:
        """So many frames later that everything has settled."""
        looks = iter(range(120))
        return lambda: next(looks, None) is None

    def grab(self, widget: QWidget) -> QImage:
        """A widget as it is painted now."""
        self.stage.desktop.on_frame()
        QApplication.processEvents()
        return widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)

    def lower(self) -> QImage:
        """The panels below the chart."""
        window = self.stage.desktop.window
        top = window.signal_dock.geometry().top()
        below = window.status.geometry().bottom() + 1 - top
        return self.grab(window).copy(QRect(0, top, window.width(), below))

    def with_menu(self) -> QImage:
        """The window with the menu of the provider box open: offscreen the menu is a window of its own."""
        window = self.stage.desktop.window
        box = window.tool_bar.provider
        menu = box.list()
        menu.popup(box.mapToGlobal(QPoint(0, box.height())))
        QApplication.processEvents()
        image, shown = self.grab(window), self.grab(menu)
        painter = QPainter(image)
        painter.drawImage(box.mapTo(window, QPoint(0, box.height() + 2)), shown)
        painter.end()
        menu.close()
        return image


def save(image: QImage, name: str) -> None:
    """Writes a picture of the guide."""
    image.save(str(PICTURES / f"{name}.png"), "PNG", 0)
    print(f"docs/images/{name}.png", flush=True)


def polygon(painter: Painter) -> Scene:
    """From the simulated market to Polygon by its page; then Polygon goes away, and a relay server takes over."""
    stage = painter.stage
    window = stage.desktop.window
    yield lambda: stage.shown and painter.live_from == "simulated"
    window.actions_by_name["connect"].trigger()
    dialog = painter.dialog
    page = dialog.page_of("polygon")
    assert isinstance(page, PolygonPage)
    dialog.open_page("polygon")
    yield lambda: page.api_key.placeholderText() == "none yet"
    page.stream.setText(far("STREAM"))
    page.rest.setText(far("REST"))
    write(page.api_key, "TESTKEY")
    click(dialog.test)
    yield painter.answered
    yield painter.painted()
    save(painter.grab(dialog), "polygon-connect")
    click(dialog.deed)
    yield lambda: painter.live_from == "polygon" and stage.bars > 300
    window.show_tab(window.providers)
    # So that a few prints and quotes of every symbol have come.
    for _ in range(8):
        yield painter.painted()
    save(painter.with_menu(), "providers")
    window.show_tab(window.entries)
    yield painter.painted()
    save(painter.grab(window), "polygon")
    stage.desk.providers.use_second("relay")
    yield lambda: painter.live_from == "polygon" and "second" in painter.statuses
    window.show_tab(window.providers)
    print("DO refuse", flush=True)
    yield lambda: painter.statuses["second"].in_use and painter.live_from not in ("", "polygon")
    for _ in range(3):
        yield painter.painted()
    save(painter.lower(), "fail-over")


def schwab(painter: Painter) -> Scene:
    """A log-in of today: its page, tested, and the accounts beside the paper account."""
    stage = painter.stage
    window = stage.desktop.window
    yield lambda: stage.shown and painter.live_from == "schwab"
    stage.desktop.window.provider_wishes.connect_asked.emit("schwab")
    dialog = painter.dialog
    page = dialog.page_of("schwab")
    assert isinstance(page, SchwabPage)
    yield lambda: page.state.text().startswith("Logged in")
    page.rest.setText(far("REST"))
    click(dialog.test)
    yield painter.answered
    yield painter.painted()
    save(painter.grab(dialog), "schwab-connect")
    dialog.close()
    window.show_tab(window.broker)
    yield lambda: bool(window.broker.positions.model.rows)
    yield painter.painted()
    save(painter.lower(), "schwab-broker")


def quarrel(painter: Painter) -> Scene:
    """Polygon beside a relay server."""
    stage = painter.stage
    window = stage.desktop.window
    yield lambda: stage.shown and stage.live
    panel, desk = window.quarrel, stage.desk.quarrel
    window.show_tab(panel)
    yield panel.idle.isVisible
    panel.choice.setCurrentIndex(panel.choice.findData("polygon"))
    panel.choice.activated.emit(panel.choice.currentIndex())
    yield lambda: desk._run is not None and desk._run.reading().pairs >= 100
    yield painter.painted()
    save(painter.lower(), "quarrel")


def arrange() -> None:
    """A key store of our own, so that none of a person's is touched, and the time of the picture."""
    shift = int(os.environ.get(SHIFT, "0"))
    told = SystemClock.wall_ms
    SystemClock.wall_ms = lambda self: told(self) + shift  # type: ignore[method-assign]  # the clock of a picture
    login = os.environ.get(LOGIN, "")
    sources.__dict__["SecretStore"] = functools.partial(SecretStore, keyring=lambda: KEYS)
    if login:
        store = SecretStore({}, Path(), keyring=lambda: KEYS)
        for name, text in ((SCHWAB_APP_KEY, APP_KEY), (SCHWAB_APP_SECRET, APP_SECRET), (SCHWAB_CONNECTION, login)):
            assert store.put(name, Secret(text)) == "keyring"


SCENES: Final[dict[str, Callable[[Painter], Scene]]] = {"polygon": polygon, "schwab": schwab, "quarrel": quarrel}


def guarded(stage: Stage, scene: Callable[[Painter], Scene]) -> Scene:
    """Ends the desktop when a scene breaks off."""
    try:
        yield from scene(Painter(stage))
    except Exception:
        terminate()
        raise


if __name__ == "__main__":
    arrange()
    name, *options = sys.argv[1:]
    desktop_subject.SCENES[name] = lambda stage: run(stage, guarded(stage, SCENES[name]))
    raise SystemExit(desktop_subject.main(name, options))

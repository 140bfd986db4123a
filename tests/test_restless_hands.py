"""Hands that do anything at any time, and a market that brings anything: nothing raises, nothing piles up."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import get_args

import pytest
from PyQt6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt
from PyQt6.QtGui import QContextMenuEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication, QMenu, QWidget

from live_monitor.chart_settings import ChartKind, ChartScale
from live_monitor.data.inbox import Batch
from live_monitor.data.models.market_data import Aggregate, Event, Trade
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.charts.drawings.values import KINDS
from tests.ui.charts.conftest import frame_of
from tests.ui.hands import press
from tests.whole_desk import MINUTE_MS, WholeDesk

SYMBOLS = ("AAPL", "MSFT", "BRK.B")
KEYS = [
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Return, Qt.Key.Key_Escape,
    Qt.Key.Key_Delete, Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight, Qt.Key.Key_Tab, Qt.Key.Key_Space,
    Qt.Key.Key_D, Qt.Key.Key_L, Qt.Key.Key_Z, Qt.Key.Key_1, Qt.Key.Key_5, Qt.Key.Key_8, Qt.Key.Key_Menu,
]  # fmt: skip
NO, CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


class Hands:
    """One random wish after the other, from a seed."""

    def __init__(self, whole: WholeDesk, seed: int) -> None:
        self.whole, self.random = whole, Random(seed)
        self.price = 100.0
        self.did: list[str] = []

    @property
    def viewport(self) -> QWidget:
        found = self.whole.chart.chart.canvas.viewport()
        assert isinstance(found, QWidget)
        return found

    def somewhere(self) -> QPoint:
        """A place on the chart or just beside it."""
        size = self.viewport.size()
        return QPoint(self.random.randint(-5, size.width() + 5), self.random.randint(-5, size.height() + 5))

    def act(self) -> None:
        """Does one thing."""
        action = self.random.choice(self.actions())
        self.did.append(action.__name__)
        action()

    def actions(self) -> list[Callable[[], None]]:
        return [
            self.trade, self.trade, self.bar, self.bar, self.frame, self.frame, self.key, self.key, self.mouse,
            self.mouse, self.drag, self.drag, self.wheel, self.menu, self.kind, self.scale, self.study, self.tool,
            self.tool, self.undo, self.compare, self.alert, self.symbol, self.length, self.theme, self.switches,
            self.size,
        ]  # fmt: skip

    # -- the market ------------------------------------------------------------------------------

    def _hand_in(self, *events: Event) -> None:
        self.whole.hub.take([Batch(list(events), self.whole.clock.monotonic())])

    def trade(self) -> None:
        self.whole.clock.advance(self.random.choice((0.01, 0.5, 20.0, 400.0)))
        self.price *= math.exp(self.random.gauss(0, 0.001))
        now = self.whole.hub.clock.now_ms()
        self._hand_in(Trade(self.random.choice(SYMBOLS), round(self.price, 2), 100, now, (), 12, str(now), now))

    def bar(self) -> None:
        self.whole.clock.advance(self.random.choice((0.0, 60.0)))
        start = self.whole.hub.clock.now_ms() // MINUTE_MS * MINUTE_MS - MINUTE_MS * self.random.choice((1, 1, 2, 500))
        low, high = sorted((self.price * 0.999, self.price))
        symbol = self.random.choice(SYMBOLS)
        self._hand_in(
            Aggregate(symbol, start, start + MINUTE_MS, low, high, low, high, self.random.choice((0, 1e9)), low)
        )

    def frame(self) -> None:
        self.whole.frame()
        self.viewport.repaint()

    # -- keys and mouse --------------------------------------------------------------------------

    def key(self) -> None:
        chart = self.whole.chart.chart
        chart.setFocus()
        press(chart, self.random.choice(KEYS), self.random.choice((NO, NO, CTRL, SHIFT, ALT)))

    def mouse(self) -> None:
        self._pointer(QEvent.Type.MouseMove, self.somewhere(), Qt.MouseButton.NoButton)

    def drag(self) -> None:
        button = Qt.MouseButton.LeftButton
        modifier = self.random.choice((NO, NO, CTRL, SHIFT))
        self._pointer(QEvent.Type.MouseButtonPress, self.somewhere(), button, modifier)
        for _ in range(self.random.randint(0, 4)):
            self._pointer(QEvent.Type.MouseMove, self.somewhere(), button, modifier)
            if self.random.random() < 0.2:
                self.bar()
                self.frame()
        self._pointer(QEvent.Type.MouseButtonRelease, self.somewhere(), button, modifier)
        if self.random.random() < 0.2:
            self._pointer(QEvent.Type.MouseButtonDblClick, self.somewhere(), button, modifier)

    def _pointer(
        self, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton, modifier: Qt.KeyboardModifier = NO
    ) -> None:
        from PyQt6.QtGui import QMouseEvent

        held = button if kind != QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton
        here, there = QPointF(at), QPointF(self.viewport.mapToGlobal(at))
        QCoreApplication.sendEvent(self.viewport, QMouseEvent(kind, here, there, button, held, modifier))

    def wheel(self) -> None:
        at = self.somewhere()
        turn = QPoint(self.random.choice((0, 240)), self.random.choice((-1200, -120, 120, 1200)))
        event = QWheelEvent(
            QPointF(at), QPointF(self.viewport.mapToGlobal(at)), QPoint(), turn, Qt.MouseButton.NoButton,
            self.random.choice((NO, CTRL, SHIFT)), Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QCoreApplication.sendEvent(self.viewport, event)

    def menu(self) -> None:
        at = self.somewhere()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, self.viewport.mapToGlobal(at))
        QCoreApplication.sendEvent(self.viewport, event)
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QMenu):
            usable = [action for action in popup.actions() if action.isEnabled() and "…" not in action.text()]
            if usable and self.random.random() < 0.5:
                self.random.choice(usable).trigger()
            popup.close()

    # -- wishes ----------------------------------------------------------------------------------

    def kind(self) -> None:
        self.whole.wishes.kind_requested.emit(self.random.choice(get_args(ChartKind)))

    def scale(self) -> None:
        self.whole.wishes.scale_requested.emit(self.random.choice(get_args(ChartScale)))

    def study(self) -> None:
        chosen = [str(each["id"]) for each in self.whole.desktop.settings.chart.studies]
        if chosen and self.random.random() < 0.6:
            self.whole.wishes.study_toggled.emit(self.random.choice(chosen))
        else:
            self.whole.wishes.study_added.emit(self.random.choice(list(CATALOG)))

    def tool(self) -> None:
        self.whole.wishes.tool_requested.emit(self.random.choice(("pointer", *KINDS)))

    def undo(self) -> None:
        self.random.choice((self.whole.wishes.undo_requested, self.whole.wishes.redo_requested)).emit()

    def compare(self) -> None:
        self.whole.wishes.compare_requested.emit(self.random.choice(("", *SYMBOLS)))

    def alert(self) -> None:
        self.whole.wishes.alert_requested.emit(self.price * self.random.choice((1.0, 0.9999, 1.0001)))

    def symbol(self) -> None:
        self.whole.desk.show_symbol(self.random.choice(SYMBOLS))

    def length(self) -> None:
        self.whole.desk.show_timeframe(self.random.choice(("1s", "1m", "7m", "1h", "1D", "1W", "1M")))

    def theme(self) -> None:
        self.whole.desk.use_theme(self.random.choice(("dark", "light")))

    def switches(self) -> None:
        wishes, on = self.whole.wishes, self.random.random() < 0.5
        self.random.choice((wishes.local_time_requested, wishes.volume_requested, wishes.magnet_requested)).emit(on)
        self.whole.desk.use_extended_hours(self.random.random() < 0.5)

    def size(self) -> None:
        self.whole.window.resize(self.random.choice((700, 1000, 1500)), self.random.choice((450, 700, 1000)))


@pytest.mark.parametrize("seed", range(4))
def test_nothing_raises_whatever_is_done(whole: WholeDesk, seed: int) -> None:
    """What raises in a slot or in a paint fails the test by pytest-qt."""
    hands = Hands(whole, seed)
    whole.stream("AAPL", [100 + math.sin(number / 5) for number in range(200)])
    try:
        for _ in range(250):
            hands.act()
        hands.frame()
    except Exception as error:
        error.add_note(" ".join(hands.did[-12:]))
        raise
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert len(whole.window.findChildren(QObject)) < 3_000


def test_a_pane_is_hidden_and_shown_again_while_no_bar_comes(whole: WholeDesk) -> None:
    whole.wishes.study_added.emit("rsi")
    whole.frame()
    (study,) = whole.desktop.settings.chart.studies
    panes = []
    for _ in range(2):
        whole.wishes.study_toggled.emit(str(study["id"]))
        panes.append(len(frame_of(whole.chart.chart).lower))
    assert panes == [0, 1]

"""The chart's part of the tool bar: indicators, drawing tools, how bars are drawn. Menus of the window's commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.chart_commands import KINDS, TOOLS
from live_monitor.ui.menu_button import MenuButton, Shape
from live_monitor.ui.theme import Theme

if TYPE_CHECKING:
    from live_monitor.ui.actions import WindowActions

_SPACING: Final = 2


class StudyRow(NamedTuple):
    """An indicator on the chart: its id, what it is called (`SMA 20`), whether it is shown."""

    id: str
    label: str
    shown: bool


class ChartBar(QWidget):
    """Three buttons. Their menus hold the actions of the menu Chart, so that both always say the same. Main thread."""

    #: Show or hide an indicator; payload: its id.
    study_toggled = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Chart")
        self._rows: list[StudyRow] = []
        self._shape: Shape | None = None
        self._actions: WindowActions | None = None
        self.indicators = MenuButton("Indicators", "indicators", theme, self)
        self.draw = MenuButton("Draw", "draw", theme, self)
        self.kind = MenuButton("Type", "kind-candles", theme, self)
        self.indicators.setToolTip("Indicators on the chart (Ctrl+I)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_SPACING)
        for button in self.buttons:
            row.addWidget(button)
        self.indicators.list().aboutToShow.connect(self._fill_indicators)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_kind("candles")
        self.set_tool("pointer")

    @property
    def buttons(self) -> tuple[MenuButton, MenuButton, MenuButton]:
        """From left to right."""
        return self.indicators, self.draw, self.kind

    def use(self, actions: WindowActions) -> None:
        """Takes the commands of the window, made after the tool bar."""
        self._actions = actions
        draw, kind = self.draw.list(), self.kind.list()
        draw.addActions([actions[f"tool_{name}"] for name in TOOLS])
        draw.addSeparator()
        draw.addActions(
            [actions["drawings"], actions["magnet"], actions["undo"], actions["redo"], actions["clear_drawings"]]
        )
        kind.addActions([actions[f"kind_{name}"] for name in KINDS])
        kind.addSeparator()
        kind.addMenu(actions.menu("&Chart/&Scale"))
        kind.addActions([actions["volume"], actions["local_time"]])

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        for button in self.buttons:
            button.set_theme(theme)

    def set_shape(self, shape: Shape) -> None:
        """Leaves out names, or chevrons too, where there is no room."""
        if shape == self._shape:
            # A wish for a layout that changes nothing would ask for the next one, without end.
            return
        self._shape = shape
        for button in self.buttons:
            button.set_shape(shape)
        self.updateGeometry()

    def width_as(self, shape: Shape) -> int:
        """Logical pixels that it takes."""
        return sum(button.width_as(shape) for button in self.buttons) + 2 * _SPACING

    def set_kind(self, name: str) -> None:
        """Shows how the bars are drawn."""
        self.kind.set_icon(KINDS[name].icon)
        spoken = KINDS[name].text.replace("&", "")
        self.kind.setToolTip(f"Chart type: {spoken}")
        self.kind.setAccessibleName(f"Chart type: {spoken}")

    def set_tool(self, name: str) -> None:
        """Shows the drawing tool in hand; the button is lit until it is put down."""
        drawing = name != "pointer"
        spoken = TOOLS[name].text.replace("&", "")
        self.draw.set_icon(TOOLS[name].icon if drawing else "draw")
        self.draw.light(drawing)
        self.draw.setToolTip(f"Drawing: {spoken}. Esc puts it down" if drawing else "Drawing tools (Alt+1 to Alt+8)")
        self.draw.setAccessibleName(f"Drawing tools: {spoken}" if drawing else "Drawing tools")

    def set_studies(self, rows: Sequence[StudyRow]) -> None:
        """Takes the indicators that are on the chart, for the menu."""
        self._rows = list(rows)
        self.indicators.setAccessibleDescription(", ".join(row.label for row in rows) or "none on the chart")

    def _fill_indicators(self) -> None:
        menu, actions = self.indicators.list(), self._actions
        # Rows of the last time are the menu's own; commands of the window stay.
        menu.clear()
        if actions is None:
            return
        if self._rows:
            self._add_caption("On the chart")
            for row in self._rows:
                self._add_row(row)
            menu.addSeparator()
        self._add_caption("Add")
        for name in CATALOG:
            menu.addAction(actions[f"study_{name}"])
        menu.addSeparator()
        menu.addAction(actions["studies"])

    def _add_caption(self, text: str) -> None:
        caption = QAction(text, self.indicators.list())
        caption.setEnabled(False)
        self.indicators.list().addAction(caption)

    def _add_row(self, row: StudyRow) -> None:
        # In a menu "&" underlines the letter behind it.
        action = QAction(row.label.replace("&", "&&"), self.indicators.list())
        action.setCheckable(True)
        action.setChecked(row.shown)
        action.triggered.connect(lambda _checked=False: self.study_toggled.emit(row.id))
        self.indicators.list().addAction(action)

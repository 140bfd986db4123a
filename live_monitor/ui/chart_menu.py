"""The menu of a right click on the chart: what can be done at this place first, then what holds for the whole chart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu, QWidget

from live_monitor.ui import icons
from live_monitor.ui.chart_commands import DRAW, EXPORT, SCALES, TYPES
from live_monitor.ui.number_format import format_price
from live_monitor.ui.theme import Theme

if TYPE_CHECKING:
    from live_monitor.ui.actions import WindowActions
    from live_monitor.ui.chart_wishes import ChartWishes

#: Commands of the window below those of the place; None is a line between them.
_WHOLE: Final = ("studies", "price_alerts", "compare", "compare_none", None, "image_copy", "reset_chart")


class MenuPlace(Protocol):
    """Where a menu was asked for; `ui.charts.pointer.MenuPoint` is one."""

    @property
    def global_pos(self) -> QPoint: ...
    @property
    def ms(self) -> int: ...
    @property
    def price(self) -> float: ...


class ChartMenu(QMenu):
    """Belongs to one place, and goes when it is closed. Its submenus are those of the window's menu. Main thread."""

    def __init__(
        self, place: MenuPlace, wishes: ChartWishes, actions: WindowActions, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName("Chart")
        self.aboutToHide.connect(self.deleteLater)
        self._add_place(place, wishes)
        self.addSeparator()
        for path in (TYPES, SCALES, DRAW, EXPORT):
            self.addMenu(actions.menu(path))
        self.addSeparator()
        for name in _WHOLE:
            if name is None:
                self.addSeparator()
            elif actions[name].isEnabled():
                self.addAction(actions[name])

    def put_first(self, own: Sequence[QAction]) -> None:
        """What can be done with an order or a drawing that lies at the place comes before everything else."""
        first = self.actions()[0]
        if own:
            self.insertActions(first, list(own))
            self.insertSeparator(first)

    def _add_place(self, place: MenuPlace, wishes: ChartWishes) -> None:
        price = cents(place.price)
        text = format_price(price)
        if math.isfinite(price):
            self._add(f"Price alert at {text}", "alert-price", lambda: wishes.alert_requested.emit(price))
            self._add(
                "Horizontal line here", "tool-horizontal", lambda: wishes.line_requested.emit("horizontal", place)
            )
        if place.ms:
            self._add("Vertical line here", "tool-vertical", lambda: wishes.line_requested.emit("vertical", place))
        if math.isfinite(price):
            self._add(f"Copy price {text}", "copy", lambda: wishes.copy_requested.emit(text.replace(",", "")))

    def _add(self, text: str, icon: str, run: Callable[[], object]) -> None:
        action = QAction(icons.icon(icon, self._theme), text, self)
        action.triggered.connect(lambda _checked=False: run())
        self.addAction(action)


def cents(price: float) -> float:
    """The price that a pixel means: whole cents, below a dollar hundredths of them; NaN for what is no price."""
    if not math.isfinite(price) or price <= 0:
        return math.nan
    return round(price, 2 if price >= 1 else 4) or math.nan

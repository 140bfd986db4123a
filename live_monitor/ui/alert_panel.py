"""Alerts by urgency, the newest of each first; a click scrolls the chart to the bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QObject, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetricsF, QPainter
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from live_monitor.limits import MAX_ALERTS
from live_monitor.ui import icons
from live_monitor.ui.hub_view import AlertView, HubView
from live_monitor.ui.text_keys import LetterFreeList
from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip

ALERT_ROLE: Final = Qt.ItemDataRole.UserRole + 1
ROW_HEIGHT: Final = 44
LEVELS: Final = ("urgent", "warning", "normal")


class Look(NamedTuple):
    """How a level is painted."""

    role: str
    icon: str
    word: str


LOOKS: Final = {
    "urgent": Look("down", "alert-urgent", "Urgent"),
    "warning": Look("warning", "alert-warning", "Warning"),
    "normal": Look("accent", "alert-normal", "Normal"),
}


def look_of(level: str) -> Look:
    """The look of a level; an unknown level is shown as normal."""
    return LOOKS.get(level, LOOKS["normal"])


class AlertModel(QAbstractListModel):
    """Alerts sorted by urgency, the newest first within each; bounded by `MAX_ALERTS`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[AlertView] = []
        self._shown: list[AlertView] = []
        self._level: str | None = None

    @property
    def shown(self) -> Sequence[AlertView]:
        """Alerts that pass the filter, as listed."""
        return self._shown

    @property
    def level(self) -> str | None:
        """The level that passes the filter; None: all."""
        return self._level

    def count(self, level: str) -> int:
        """Alerts of a level, whatever the filter."""
        return sum(1 for alert in self._all if alert.level == level)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        alert = self._shown[index.row()]
        if role == ALERT_ROLE:
            return alert
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{look_of(alert.level).word}: {alert.symbol} {alert.message}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(alert.message)
        return None

    def add(self, alerts: Sequence[AlertView]) -> None:
        """Takes newer alerts, oldest of them first."""
        for alert in alerts:
            self._all.insert(0, alert)
            if self._level is None or alert.level == self._level:
                row = self._place(alert)
                self.beginInsertRows(QModelIndex(), row, row)
                self._shown.insert(row, alert)
                self.endInsertRows()
        if len(self._all) > MAX_ALERTS:
            del self._all[MAX_ALERTS:]
            self.filter(self._level)

    def filter(self, level: str | None) -> None:
        """Shows one level only, or all with None."""
        self._level = level
        self.beginResetModel()
        kept = [alert for alert in self._all if level is None or alert.level == level]
        self._shown = sorted(kept, key=_rank)
        self.endResetModel()

    def clear(self) -> None:
        """Forgets every alert."""
        self._all.clear()
        self.filter(self._level)

    def _place(self, alert: AlertView) -> int:
        rank = _rank(alert)
        return next((row for row, other in enumerate(self._shown) if _rank(other) >= rank), len(self._shown))


def _rank(alert: AlertView) -> int:
    return LEVELS.index(alert.level) if alert.level in LEVELS else len(LEVELS)


class AlertDelegate(QStyledItemDelegate):
    """A colour bar, an icon and the words; never the colour alone."""

    def __init__(self, theme: Theme, clock_text: Callable[[int], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock_text = clock_text
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Colours and fonts for the next paint."""
        self._theme = theme
        self._title = theme.font(13, 600)
        self._body = theme.font(12)
        self._title_metrics = QFontMetricsF(self._title)
        self._body_metrics = QFontMetricsF(self._body)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(200, ROW_HEIGHT)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        alert: AlertView | None = index.data(ALERT_ROLE)
        if painter is None or alert is None:
            return
        theme, look, box = self._theme, look_of(alert.level), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("selection"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("raised"))
        painter.fillRect(QRectF(box.left(), box.top() + 4, 3, box.height() - 8), theme.color(look.role))
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        top_left = QPointF(box.left() + 12, box.top() + 6)
        painter.drawPixmap(top_left, icons.pixmap(look.icon, theme, look.role, 16, ratio))
        left, right = box.left() + 36, box.right() - 12
        when = self._clock_text(alert.ms)
        width = self._body_metrics.horizontalAdvance(when)
        painter.setFont(self._body)
        painter.setPen(theme.color("muted"))
        painter.drawText(QPointF(right - width, box.top() + 18), when)
        title = f"{look.word} · {alert.symbol}" if alert.symbol else look.word
        painter.setFont(self._title)
        painter.setPen(theme.color(look.role))
        room = right - width - 8 - left
        painter.drawText(QPointF(left, box.top() + 18), self._title_metrics.elidedText(title, _ELIDE, room))
        painter.setFont(self._body)
        painter.setPen(theme.color("text"))
        text = self._body_metrics.elidedText(alert.message, _ELIDE, right - left)
        painter.drawText(QPointF(left, box.top() + 36), text)
        painter.restore()


_ELIDE: Final = Qt.TextElideMode.ElideRight


class AlertPanel(QWidget):
    """List, filter and clear."""

    #: Show the bar of a clicked alert. Payload: start of the bar in market ms, as object (64 bit).
    bar_requested = pyqtSignal(object)
    #: Show the prices that are waited for; no payload.
    prices_requested = pyqtSignal()
    #: Show the symbol of a clicked alert, which is not the one in focus; comes before `bar_requested`. Payload: it.
    symbol_requested = pyqtSignal(str)

    def __init__(self, theme: Theme, clock_text: Callable[[int], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._total = 0
        self._focus: str | None = None
        self._theme = theme
        self.model = AlertModel(self)
        self._delegate = AlertDelegate(theme, clock_text, self)
        self.view = LetterFreeList(self)
        self.view.setAccessibleName("Alerts")
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.clicked.connect(self._open)
        self.view.activated.connect(self._open)
        self._empty = QLabel("No alerts. Signals, prices waited for and faults of the feed appear here.", self)
        self._empty.setTextFormat(Qt.TextFormat.PlainText)
        self._empty.setProperty("muted", True)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._filter_row())
        self._dress_buttons()
        layout.addWidget(self._empty, 1)
        layout.addWidget(self.view, 1)
        self._after_change()

    def _filter_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(2)
        self._filters = QButtonGroup(self)
        self._filter_buttons: dict[str, QToolButton] = {}
        for level, word in (("", "All"), *((level, LOOKS[level].word) for level in LEVELS)):
            button = _chip(word, f"Show {word.lower()} alerts", self)
            button.setCheckable(True)
            button.setChecked(not level)
            button.clicked.connect(lambda _checked, level=level: self._filter(level))
            self._filters.addButton(button)
            self._filter_buttons[level] = button
            row.addWidget(button)
        row.addStretch(1)
        self.prices_button = _icon_button("Prices that are waited for (Ctrl+Shift+P)", self)
        self.prices_button.clicked.connect(self.prices_requested)
        self.clear_button = _icon_button("Clear all alerts", self)
        self.clear_button.clicked.connect(self.clear)
        for button in (self.prices_button, self.clear_button):
            row.addWidget(button)
        return row

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._theme = theme
        self._delegate.set_theme(theme)
        self._dress_buttons()
        self.view.viewport().update()  # type: ignore[union-attr] # a view always has a viewport; stubs type it Optional

    def _dress_buttons(self) -> None:
        self.prices_button.setIcon(icons.icon("alert-price", self._theme))
        self.clear_button.setIcon(icons.icon("trash", self._theme))

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Takes over alerts that came since the last call."""
        self._focus = hub.focus
        total = hub.alerts_total
        if total == self._total:
            return
        alerts = hub.alerts
        count = len(alerts)
        new = min(count, total - self._total if total > self._total else count)
        self._total = total
        fresh = [alerts[number] for number in range(count - new, count)]
        self.model.add(fresh)
        self._after_change()

    def clear(self) -> None:
        """Empties the list; later alerts appear again."""
        self.model.clear()
        self._after_change()

    def _filter(self, level: str) -> None:
        self.model.filter(level or None)
        self._after_change()

    def _after_change(self) -> None:
        empty = self.model.rowCount() == 0
        self._empty.setVisible(empty)
        self.view.setVisible(not empty)
        for level, button in self._filter_buttons.items():
            if level:
                count = self.model.count(level)
                button.setText(f"{LOOKS[level].word} {count}" if count else LOOKS[level].word)

    def _open(self, index: QModelIndex) -> None:
        alert: AlertView | None = index.data(ALERT_ROLE)
        if alert is None:
            return
        if alert.symbol and alert.symbol != self._focus:
            self.symbol_requested.emit(alert.symbol)
        if alert.bar_ms is not None:
            self.bar_requested.emit(alert.bar_ms)


def _icon_button(name: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setProperty("bare", True)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.setIconSize(QSize(16, 16))
    button.setFixedSize(24, 24)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _chip(text: str, name: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setProperty("chip", True)
    button.setAccessibleName(name)
    button.setToolTip(name)
    return button

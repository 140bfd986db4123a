"""The watchlist: one painted tile per symbol, repainted only where something changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QObject, QPoint, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from live_monitor.clock import Clock
from live_monitor.limits import valid_symbol
from live_monitor.ui import icons
from live_monitor.ui.hub_view import HubView, TickerView
from live_monitor.ui.number_format import DASH, direction, format_percent, format_price, split_price
from live_monitor.ui.provider_names import source_name
from live_monitor.ui.symbol_switcher import HINT
from live_monitor.ui.text_keys import LetterFreeList, typed_letter
from live_monitor.ui.theme import Theme
from live_monitor.ui.tooltips import plain_tooltip
from live_monitor.ui.trust import Trust, price_trust
from live_monitor.ui.watch_tile import TILE_ROLE, TileDelegate

#: Tiles are brought up to date at most this often.
REFRESH_EVERY_S: Final = 0.08
BLINK_S: Final = 0.25
BLINK_EVERY_S: Final = 0.5
#: While the symbol in focus is stale, a tile silent for longer is as well.
SILENT_S: Final = 5.0


class Tile(NamedTuple):
    """What one tile shows; two equal tiles need no repaint."""

    symbol: str
    last: str = DASH
    tail: str = ""
    percent: str = DASH
    way: int = 0
    bid: str = DASH
    ask: str = DASH
    place: float = math.nan
    opened: float = math.nan
    blink: int = 0
    trusted: bool = False
    focused: bool = False
    problem: str = ""
    source: str = ""

    def spoken(self) -> str:
        """One sentence for screen readers and the tooltip."""
        if self.problem:
            return f"{self.symbol}: {self.problem}"
        told = f"{self.symbol} last {self.last}{self.tail}, {self.percent}, bid {self.bid}, ask {self.ask}"
        return f"{told}, from {self.source}" if self.source else told


class WatchModel(QAbstractListModel):
    """Tiles in the order that the person chose. Main thread."""

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._tiles: list[Tile] = []
        self._versions: dict[str, int] = {}
        self._prices: dict[str, float] = {}
        self._blinks: dict[str, tuple[int, float]] = {}
        self.reduce_motion = False

    @property
    def symbols(self) -> list[str]:
        """Symbols as shown, first to last."""
        return [tile.symbol for tile in self._tiles]

    def set_symbols(self, symbols: Sequence[str]) -> None:
        """Shows these symbols, in this order."""
        wanted = list(dict.fromkeys(symbol for symbol in symbols if valid_symbol(symbol)))
        if wanted == self.symbols:
            return
        known = {tile.symbol: tile for tile in self._tiles}
        self.beginResetModel()
        self._tiles = [known.get(symbol, Tile(symbol)) for symbol in wanted]
        self._versions.clear()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._tiles)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._tiles):
            return None
        tile = self._tiles[index.row()]
        if role == TILE_ROLE:
            return tile
        if role == Qt.ItemDataRole.DisplayRole:
            return tile.symbol
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tile.spoken()
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(tile.spoken())
        return None

    def refresh(self, hub: HubView, now_ms: int) -> bool:
        """Takes over what changed; True while a tile blinks, so that somebody ends the blink."""
        now = self._clock.monotonic()
        live = hub.link.state == "live"
        standing = bool(hub.feed_ended) or hub.clock.speed == 0
        market = hub.calendar.market_state(now_ms)
        focus_trust = price_trust(hub.link.state, market, hub.focus_flow(), heard=True, standing=standing)
        source = source_name(hub.source)
        blinking = False
        for row, old in enumerate(self._tiles):
            state = hub.state(old.symbol)
            focused = old.symbol == hub.focus
            problem = hub.problems.get(old.symbol, "")
            version = state.version if state is not None else -1
            # Only the symbol in focus is watched for silence; its tile must not contradict the price panel. The others
            # follow it when they have been silent as well: a dead feed must not look live anywhere.
            silent = focus_trust is Trust.STALE and (focused or _silent_s(state, now) > SILENT_S)
            trusted = live and not silent
            same_look = (focused, trusted, problem, source) == (old.focused, old.trusted, old.problem, old.source)
            if same_look and version == self._versions.get(old.symbol) and not old.blink:
                continue
            self._versions[old.symbol] = version
            tile = self._tile(old.symbol, state, now, trusted)._replace(focused=focused, problem=problem, source=source)
            blinking = blinking or bool(tile.blink)
            if tile != old:
                self._tiles[row] = tile
                at = self.index(row)
                self.dataChanged.emit(at, at, [TILE_ROLE])
        return blinking

    def _tile(self, symbol: str, state: TickerView | None, now: float, trusted: bool) -> Tile:
        if state is None:
            return Tile(symbol, trusted=trusted)
        width = state.day_high - state.day_low
        known = math.isfinite(width) and width > 0

        def place(price: float) -> float:
            return min(1.0, max(0.0, (price - state.day_low) / width)) if known and math.isfinite(price) else math.nan

        last, tail = split_price(state.last)
        return Tile(
            symbol=symbol,
            last=last,
            tail=tail,
            percent=format_percent(state.change_percent),
            way=direction(round(state.change_percent, 2)),
            bid=format_price(state.bid),
            ask=format_price(state.ask),
            place=place(state.last),
            opened=place(state.day_open),
            blink=self._blink(symbol, state.last, now) if trusted else 0,
            trusted=trusted,
        )

    def _blink(self, symbol: str, last: float, now: float) -> int:
        before = self._prices.get(symbol, math.nan)
        self._prices[symbol] = last
        way, started = self._blinks.get(symbol, (0, -math.inf))
        moved = math.isfinite(before) and math.isfinite(last) and last != before
        if moved and not self.reduce_motion and now - started >= BLINK_EVERY_S:
            way, started = (1 if last > before else -1), now
            self._blinks[symbol] = (way, started)
        return way if now - started < BLINK_S else 0


def _silent_s(state: TickerView | None, now: float) -> float:
    """Seconds since the symbol spoke; infinite when it never did."""
    return now - state.received if state is not None and state.received > 0 else math.inf


class TileView(LetterFreeList):
    """Tiles that answer to the mouse, the arrow keys, Enter and Delete."""

    #: Enter or a click: show this symbol. Payload: the symbol.
    symbol_chosen = pyqtSignal(str)
    #: Delete: take this symbol off the list. Payload: the symbol.
    removal_asked = pyqtSignal(str)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        index = self.currentIndex()
        if event is not None and index.isValid() and not typed_letter(event):
            symbol = str(index.data(Qt.ItemDataRole.DisplayRole))
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.symbol_chosen.emit(symbol)
                return
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.removal_asked.emit(symbol)
                return
        super().keyPressEvent(event)


class Watchlist(QWidget):
    """Tiles and the field that adds one. It asks; whoever keeps the list answers with `set_symbols`."""

    #: Show this symbol. Payload: the symbol; main thread.
    symbol_requested = pyqtSignal(str)
    #: Add to, or take off, the watchlist. Payload: the symbol; main thread.
    symbol_added = pyqtSignal(str)
    symbol_removed = pyqtSignal(str)
    #: A blink ends soon: another frame is wanted.
    frame_wanted = pyqtSignal()

    def __init__(self, theme: Theme, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._refreshed_at = -math.inf
        self.model = WatchModel(clock, self)
        self._delegate = TileDelegate(theme, self)
        self.view = TileView(self)
        self.view.setAccessibleName("Watchlist")
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setUniformItemSizes(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.setMouseTracking(True)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.clicked.connect(self._on_clicked)
        self.view.symbol_chosen.connect(self.symbol_requested)
        self.view.removal_asked.connect(self.symbol_removed)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("Add symbol")
        self.field.setAccessibleName("Add a symbol to the watchlist")
        self.field.setMaxLength(32)
        self.field.returnPressed.connect(self._add)
        self.field.textEdited.connect(self._on_edited)
        self.button = QToolButton(self)
        self.button.setProperty("chip", True)
        self.button.setAccessibleName("Add to the watchlist")
        self.button.setToolTip("Add to the watchlist")
        self.button.clicked.connect(self._add)
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(round(REFRESH_EVERY_S * 1000))
        self._later.timeout.connect(self.frame_wanted)
        self._arrange()
        self.set_theme(theme)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 8)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        layout.addLayout(row)
        self.setTabOrder(self.view, self.field)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._delegate.set_theme(theme)
        self.button.setIcon(icons.icon("plus", theme))
        self.view.viewport().update()  # type: ignore[union-attr] # a view always has a viewport; stubs type it Optional

    def set_reduce_motion(self, on: bool) -> None:
        """No blinking from now on, or blinking again."""
        self.model.reduce_motion = on

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Brings the tiles up to date, at most every `REFRESH_EVERY_S`; asks for a later frame when it was too soon."""
        now = self._clock.monotonic()
        if now - self._refreshed_at < REFRESH_EVERY_S:
            self._ask_later()
            return
        self._refreshed_at = now
        if self.model.refresh(hub, now_ms):
            self._ask_later()

    def set_symbols(self, symbols: Sequence[str]) -> None:
        """Shows these symbols, in this order; what is no symbol is left out."""
        self.model.set_symbols(symbols)
        self._refreshed_at = -math.inf

    def symbols(self) -> Sequence[str]:
        """Symbols as shown."""
        return self.model.symbols

    def _ask_later(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def _on_clicked(self, index: QModelIndex) -> None:
        self.symbol_requested.emit(str(index.data(Qt.ItemDataRole.DisplayRole)))

    def _on_edited(self, text: str) -> None:
        if text != text.upper():
            at = self.field.cursorPosition()
            self.field.setText(text.upper())
            self.field.setCursorPosition(at)
        self._mark_refused(False)

    def _add(self) -> None:
        symbol = self.field.text().strip().upper()
        if not symbol:
            self.field.setFocus()
            return
        if not valid_symbol(symbol):
            self._mark_refused(True)
            return
        self.field.clear()
        self.symbol_added.emit(symbol)

    def _mark_refused(self, refused: bool) -> None:
        self.field.setProperty("refused", refused)
        self.field.setToolTip(HINT if refused else "")
        if refused:
            QToolTip.showText(self.field.mapToGlobal(QPoint(0, -2 * self.field.height())), HINT, self.field)
        style = self.field.style()
        if style is not None:
            style.unpolish(self.field)
            style.polish(self.field)

    def _open_menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if not index.isValid():
            return
        symbol = str(index.data(Qt.ItemDataRole.DisplayRole))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        show = QAction(f"Show {symbol}", menu)
        show.triggered.connect(lambda: self.symbol_requested.emit(symbol))
        remove = QAction(f"Remove {symbol}", menu)
        remove.setShortcut(Qt.Key.Key_Delete)
        remove.triggered.connect(lambda: self.symbol_removed.emit(symbol))
        menu.addActions([show, remove])
        menu.popup(self.view.viewport().mapToGlobal(at))  # type: ignore[union-attr] # a view always has a viewport

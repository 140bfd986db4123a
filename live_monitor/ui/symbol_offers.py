"""What is offered while a symbol is typed: recent and known symbols that begin so, then what the provider has found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QSize, Qt
from PyQt6.QtGui import QFontMetrics, QPainter
from PyQt6.QtWidgets import QCompleter, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from live_monitor.data.models.providers import SymbolHit
from live_monitor.limits import valid_symbol
from live_monitor.ui.theme import BASE_PX, Theme

MAX_OFFERED: Final = 12
_MAX_NAME: Final = 80
_ROW: Final = 26
_PAD: Final = 8
#: Border and padding of the list, above and below together.
_FRAME: Final = 10
#: Room for the symbol when names stand beside it, and for the list as a whole.
_SYMBOL, _WITH_NAMES = 72, 340
_HIT: Final = int(Qt.ItemDataRole.UserRole)
_MATCHED: Final = _HIT + 1


class _Offers(QAbstractListModel):
    """Rows that all match what is typed: which they are is decided here, not by Qt."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.typed = ""
        self.hits: list[SymbolHit] = []

    def show_hits(self, typed: str, hits: list[SymbolHit]) -> None:
        if (typed, hits) != (self.typed, self.hits):
            self.beginResetModel()
            self.typed, self.hits = typed, hits
            self.endResetModel()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.hits)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.hits):
            return None
        hit = self.hits[index.row()]
        spoken = f"{hit.symbol}, {hit.name}" if hit.name else hit.symbol
        return {
            int(Qt.ItemDataRole.DisplayRole): hit.symbol,
            int(Qt.ItemDataRole.AccessibleTextRole): spoken,
            _HIT: hit,
            _MATCHED: self.typed,
        }.get(int(role))


class _HitDelegate(QStyledItemDelegate):
    """The symbol, and its name in the colour of a note; both as plain text."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self.theme = theme

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        hit = index.data(_HIT)
        if painter is None or not isinstance(hit, SymbolHit):
            return
        theme, box = self.theme, option.rect
        painter.save()
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.fillRect(box, theme.color("selection"))
        inner = box.adjusted(_PAD, 0, -_PAD, 0)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setFont(theme.font(BASE_PX, 600 if hit.name else 400))
        painter.setPen(theme.color("text"))
        painter.drawText(inner, int(middle), hit.symbol)
        if hit.name:
            wide = max(_SYMBOL, painter.fontMetrics().horizontalAdvance(hit.symbol) + _PAD)
            rest = QRect(inner.left() + wide, inner.top(), inner.width() - wide, inner.height())
            font = theme.font(BASE_PX - 1)
            painter.setFont(font)
            painter.setPen(theme.color("muted"))
            told = " · ".join(filter(None, (hit.name, hit.exchange)))
            shown = QFontMetrics(font).elidedText(told, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, int(middle), shown)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _ROW)


class SymbolOffers(QCompleter):
    """Offers rows below a field; what is chosen, or walked over by arrow keys, is the symbol alone. Main thread."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._offers = _Offers(self)
        self._known: list[str] = []
        self._found: tuple[str, tuple[SymbolHit, ...]] = ("", ())
        self.setModel(self._offers)
        self.setCompletionRole(_MATCHED)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(MAX_OFFERED)
        popup = self.popup()
        assert popup is not None
        popup.setProperty("popup", True)
        popup.setAccessibleName("Matching symbols")
        self._delegate = _HitDelegate(theme, popup)
        popup.setItemDelegate(self._delegate)

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self._delegate.theme = theme

    def set_known(self, symbols: Sequence[str]) -> None:
        """Symbols that the provider lists by itself, sorted."""
        self._known = list(symbols)

    def show_found(self, text: str, hits: Sequence[SymbolHit]) -> None:
        """What the provider has found for `text`; what is no symbol is left out, a name is cut."""
        sound = [
            SymbolHit(hit.symbol, _one_line(hit.name)[:_MAX_NAME], hit.kind, _one_line(hit.exchange)[:16])
            for hit in hits
            if valid_symbol(hit.symbol)
        ]
        self._found = (text.upper(), tuple(sound[:MAX_OFFERED]))

    def offer(self, typed: str, recent: Sequence[str]) -> list[SymbolHit]:
        """Makes the rows for what is typed: recent ones first, then known ones, then those that were found."""
        text = typed.upper()
        searched, found = self._found
        # While more is typed, what was found for its beginning may still fit.
        fitting = [
            hit for hit in found if searched == text or (searched and text.startswith(searched) and _fits(hit, text))
        ]
        named = {hit.symbol: hit for hit in fitting}
        names = dict.fromkeys([*recent, *self._known])
        own = [named.get(name, SymbolHit(name, "")) for name in names if text and name.startswith(text)]
        rows = list(dict.fromkeys([*own[:MAX_OFFERED], *fitting]))[: 2 * MAX_OFFERED]
        self._offers.show_hits(text, rows)
        popup = self.popup()
        if popup is not None:
            popup.setMinimumWidth(_WITH_NAMES if any(hit.name for hit in rows) else 0)
            # Qt forgets the frame: the last row would hide behind a scroll bar.
            popup.setMinimumHeight(min(len(rows), MAX_OFFERED) * _ROW + _FRAME if rows else 0)
        return rows

    def pathFromIndex(self, index: QModelIndex) -> str:
        hit = index.data(_HIT)
        return hit.symbol if isinstance(hit, SymbolHit) else ""


def _fits(hit: SymbolHit, text: str) -> bool:
    return hit.symbol.startswith(text) or text in hit.name.upper()


def _one_line(text: str) -> str:
    return " ".join(text.split())

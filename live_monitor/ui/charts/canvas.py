"""The surface of the chart: a pyqtgraph view whose scene is in pixels, items on top of each other, and a mouse."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPixmap, QRegion, QResizeEvent, QWheelEvent
from PyQt6.QtWidgets import QGraphicsItem, QGraphicsScene, QStyleOptionGraphicsItem, QWidget

from live_monitor.ui.charts.geometry import Box
from live_monitor.ui.charts.pointer import PointerRoute

_log = logging.getLogger(__name__)

_WHEEL_NOTCH = 120.0
_ZOOM_PER_NOTCH = 1.18
#: Strips that may wait for a paint event; a chart that nobody sees gets none.
_MOST_PIECES = 256


class LayerItem(QGraphicsItem):
    """One layer of the chart, painted in device pixels over the whole canvas.

    An exception while painting would come back with every frame: the layer is then marked broken,
    logged once, and left out until `mend`.
    """

    def __init__(self, name: str, paint: Callable[[QPainter], None]) -> None:
        super().__init__()
        self._name = name
        self._paint = paint
        self._bounds = QRectF(0, 0, 1, 1)
        self.broken = False

    def resize(self, bounds: QRectF) -> None:
        """Takes the canvas' size in logical pixels."""
        self.prepareGeometryChange()
        self._bounds = bounds

    def mend(self) -> None:
        """Tries again to paint."""
        self.broken = False

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(
        self, painter: QPainter | None, option: QStyleOptionGraphicsItem | None, widget: QWidget | None = None
    ) -> None:
        if painter is None or self.broken:
            return
        ratio = _ratio(painter)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        self._guarded(painter)
        painter.restore()

    def _guarded(self, painter: QPainter) -> None:
        try:
            self._paint(painter)
        except Exception:  # noqa: BLE001 - whatever is wrong with a layer must not stop the others or repeat every frame
            self.broken = True
            _log.exception("The chart's %s layer failed and is left out until the series changes", self._name)


class StillItem(LayerItem):
    """A layer that is kept as a picture and painted anew only after `discard`."""

    def __init__(
        self,
        name: str,
        paint: Callable[[QPainter], None],
        prepare: Callable[[], bool],
        exposed: Callable[[], list[QRect]],
    ) -> None:
        super().__init__(name, paint)
        self._prepare = prepare
        self._exposed = exposed
        self._picture = QPixmap()
        self._valid = False

    def discard(self) -> None:
        """The picture is out of date."""
        self._valid = False

    def paint(
        self, painter: QPainter | None, option: QStyleOptionGraphicsItem | None, widget: QWidget | None = None
    ) -> None:
        if painter is None:
            return
        ratio = _ratio(painter)
        size = QSize(*device_size(self._bounds.width(), self._bounds.height(), ratio))
        # The bars may have changed since the last frame; then the old picture no longer fits the new ones.
        if self._prepare() or not self._valid or self._picture.size() != size:
            if self._picture.size() != size:
                self._picture = QPixmap(size)
            inner = QPainter(self._picture)
            if not self.broken:
                self._guarded(inner)
            inner.end()
            self._valid = True
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        # Rectangle by rectangle: what a tick exposes are thin strips whose bounding box is the whole chart.
        for exposed in self._exposed():
            left, top = math.floor(exposed.x() * ratio), math.floor(exposed.y() * ratio)
            right, bottom = math.ceil((exposed.right() + 1) * ratio), math.ceil((exposed.bottom() + 1) * ratio)
            part = QRect(left, top, right - left, bottom - top)
            painter.setClipRect(part)
            painter.drawPixmap(part, self._picture, part)
        painter.restore()


def device_size(width: float, height: float, ratio: float) -> tuple[int, int]:
    """Logical to device pixels, rounded up: rounded down, a row or column at the edge would stay unpainted (black)."""
    return math.ceil(width * ratio - 1e-6), math.ceil(height * ratio - 1e-6)


def _ratio(painter: QPainter) -> float:
    device = painter.device()
    return device.devicePixelRatioF() if device is not None else 1.0


class ChartCanvas(pg.GraphicsView):  # type: ignore[misc] # pyqtgraph ships no types
    """Scene coordinates are the viewport's logical pixels; signals speak device pixels."""

    #: The pointer moved to x, y (device pixels, float); emitted on the main thread like all below.
    hovered = pyqtSignal(float, float)
    #: The pointer left the canvas.
    left = pyqtSignal()
    #: Dragged by so many device pixels to the right (float).
    dragged = pyqtSignal(float)
    #: Dragged by so many device pixels down (float).
    lifted = pyqtSignal(float)
    #: The right button at x, y (device pixels, float) and the same place on the screen (QPoint).
    menu_asked = pyqtSignal(float, float, QPoint)
    #: Zoomed by a factor (float) about device pixel column x (float).
    zoomed = pyqtSignal(float, float)
    #: The canvas has another size or pixel density.
    resized = pyqtSignal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, useOpenGL=False, background=None)
        self.setCentralWidget(None)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.layers: list[LayerItem] = []
        #: Who else than the bars may take hold of the pointer, first come first served.
        self.route = PointerRoute()
        self._drag_at: QPointF | None = None
        self._shape = Qt.CursorShape.CrossCursor
        self.viewport().setCursor(self._shape)
        self._exposed: list[QRect] = []
        self._pieces: list[QRect] = []
        self._asked = QRegion()
        #: What the paint event at hand has to paint, in logical pixels.
        self.exposed_region = QRegion()

    def add_layer(self, layer: LayerItem) -> None:
        """Puts a layer on top of those that are there."""
        layer.setZValue(len(self.layers))
        layer.resize(QRectF(self.viewport().rect()))
        self.layers.append(layer)
        self.scene().addItem(layer)

    def exposed(self) -> list[QRect]:
        """What the paint event at hand has to paint, in logical pixels."""
        return self._exposed

    def exposed_parts(self) -> list[QRegion]:
        """The same in parts that do not overlap, for what is translucent and must not be laid on twice."""
        parts, before = [], QRegion()
        for piece in self._exposed:
            part = QRegion(piece).subtracted(before)
            if not part.isEmpty():
                parts.append(part)
                before += piece
        return parts

    def paintEvent(self, event: QPaintEvent | None) -> None:
        if event is not None:
            region, asked = event.region(), self._asked
            self.exposed_region = region
            # PyQt cannot take a region apart; but mostly it is just what was asked for, piece by piece.
            known = not asked.isEmpty() and region.subtracted(asked).isEmpty()
            self._exposed = self._pieces if known else [region.boundingRect()]
            self._asked, self._pieces = QRegion(), []
        super().paintEvent(event)

    def repaint_boxes(self, boxes: list[Box]) -> None:
        """Asks for a repaint of these boxes (device pixels) and of nothing else."""
        ratio = self.devicePixelRatioF()
        if len(self._pieces) > _MOST_PIECES:
            self._pieces, self._asked = [], QRegion()
            boxes = [Box(0, 0, *device_size(self.viewport().width(), self.viewport().height(), ratio))]
        for box in boxes:
            left, top = math.floor(box.x / ratio), math.floor(box.y / ratio)
            right, bottom = math.ceil(box.right / ratio), math.ceil(box.bottom / ratio)
            self._pieces.append(QRect(left, top, right - left, bottom - top))
            self._asked += self._pieces[-1]
        self.viewport().update(self._asked)

    def repaint_all(self) -> None:
        """Asks for a repaint of the whole canvas."""
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        # pyqtgraph's constructor calls this before ours has run.
        for layer in getattr(self, "layers", ()):
            layer.resize(QRectF(self.viewport().rect()))
        self.resized.emit()

    def event(self, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.DevicePixelRatioChange:
            self.resized.emit()
        return bool(super().event(event))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            if self.route.press(*self._place(event), event.modifiers()):
                return
            self._drag_at = event.position()
            self._use_shape(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        x, y = self._place(event)
        if not self.route.move(x, y, event.modifiers()):
            if self._drag_at is not None:
                moved, ratio = event.position() - self._drag_at, self.devicePixelRatioF()
                self._drag_at = event.position()
                self.dragged.emit(moved.x() * ratio)
                self.lifted.emit(moved.y() * ratio)
            elif not event.buttons():
                self._use_shape(self.route.hover(x, y, event.modifiers()))
        self.hovered.emit(x, y)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        event.accept()
        x, y = self._place(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.route.release(x, y, event.modifiers())
            self._drag_at = None
            self._use_shape(self.route.hover(x, y, event.modifiers()))
        elif event.button() == Qt.MouseButton.RightButton and self._drag_at is None and not self.route.held:
            self.menu_asked.emit(x, y, event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        if event.button() == Qt.MouseButton.LeftButton and self.route.double(*self._place(event)):
            event.accept()
            return
        self.mousePressEvent(event)

    def _place(self, event: QMouseEvent) -> tuple[float, float]:
        ratio, at = self.devicePixelRatioF(), event.position()
        return at.x() * ratio, at.y() * ratio

    def _use_shape(self, shape: Qt.CursorShape) -> None:
        if shape != self._shape:
            self._shape = shape
            self.viewport().setCursor(shape)

    def leaveEvent(self, event: QEvent | None) -> None:
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is None:
            return
        ratio, turned, moved = self.devicePixelRatioF(), event.angleDelta(), event.pixelDelta()
        event.accept()
        sideways = event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(turned.x()) > abs(turned.y())
        if sideways:
            pixels = moved.x() or moved.y() or (turned.x() or turned.y()) * 0.5
            self.dragged.emit(pixels * ratio)
        elif turned.y():
            at: QPointF = event.position()
            self.zoomed.emit(math.pow(_ZOOM_PER_NOTCH, turned.y() / _WHEEL_NOTCH), at.x() * ratio)

    def keyPressEvent(self, event: object) -> None:
        """Keys belong to the chart that holds this canvas."""
        event.ignore()  # type: ignore[attr-defined] # a QKeyEvent; the base class has no types

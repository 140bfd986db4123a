"""What the person asks of drawings, and that each symbol's are kept in a file of their own. Main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from live_monitor.chart_files import ChartFiles
from live_monitor.desktop import Desktop
from live_monitor.ui.chart_commands import mark_steps, mark_tool

if TYPE_CHECKING:
    from live_monitor.runtime.drawing_files import DrawingFiles
    from live_monitor.ui.charts.drawings.controller import ChartDrawings
    from live_monitor.ui.charts.drawings.values import Kind
    from live_monitor.ui.charts.pointer import MenuPoint


class DrawingDesk:
    """The drawings of the symbol in focus."""

    def __init__(self, desktop: Desktop, files: ChartFiles) -> None:
        self._desktop, self._files = desktop, files
        self._store: DrawingFiles | None = None
        self._writes = False
        mark_steps(desktop.window, back=False, again=False)

    @property
    def drawings(self) -> ChartDrawings | None:
        """Those of the chart, once it is there."""
        return self._desktop.chart.chart.drawings if self._desktop.chart is not None else None

    def dress(self, store: DrawingFiles, *, writes: bool) -> None:
        """The chart is there. `writes` False: a run that only measures leaves files as they are."""
        self._store, self._writes = store, writes
        if self.drawings is not None:
            self.drawings.set_magnet(self._desktop.settings.chart.magnet)

    def follow_symbol(self, symbol: str) -> None:
        """Another symbol is in focus: its drawings lie on its chart."""
        drawings = self.drawings
        if drawings is not None and symbol != drawings.symbol:
            drawings.set_symbol(symbol)
            drawings.load(self._store.load(symbol) if self._store is not None else None)

    def keep(self, symbol: str, raw: object) -> None:
        """The drawings of a symbol changed; `raw`: the bytes of its file."""
        if self._store is not None and self._writes and isinstance(raw, bytes):
            self._store.save(symbol, raw)

    def keep_all(self) -> None:
        """The end: what is not yet written is written."""
        if self.drawings is not None:
            self.drawings.flush()

    def use_tool(self, name: str) -> None:
        """Takes a drawing tool into the hand, and gives the chart the keyboard: it can be drawn without a mouse."""
        drawings = self.drawings
        if drawings is not None:
            self._desktop.window.leave_symbol_field()
            drawings.set_tool(name)
        mark_tool(self._desktop.window, drawings.tool if drawings is not None else "pointer")

    def show_tool(self, name: str) -> None:
        """Another tool is in the hand."""
        mark_tool(self._desktop.window, name)

    def show_steps(self, back: bool, again: bool) -> None:
        """A step can be taken back, or taken again, or no longer."""
        mark_steps(self._desktop.window, back=back, again=again)

    def use_magnet(self, on: bool) -> None:
        """Lets points of drawings stick to open, high, low and close."""
        if self.drawings is not None:
            self.drawings.set_magnet(on)
        self._desktop.settings.chart.magnet = on
        self._desktop.window.actions_by_name["magnet"].setChecked(on)
        self._desktop.keeper.changed()

    def draw_line(self, kind: str, point: object) -> None:
        """Draws a `horizontal` or `vertical` line through the place of a menu (`MenuPoint`)."""
        place = cast("MenuPoint", point)
        if self.drawings is not None:
            self.drawings.draw_at(cast("Kind", kind), place.ms, place.price)

    def undo(self) -> None:
        """Takes the last step back; what is in the hand is let go first."""
        if self.drawings is not None and not self.drawings.hand.let_go():
            self.drawings.easel.undo()

    def redo(self) -> None:
        """Takes the step again that was taken back."""
        if self.drawings is not None and not self.drawings.hand.let_go():
            self.drawings.easel.redo()

    def clear(self) -> None:
        """Removes all drawings of the symbol that are not locked; one step back brings them again."""
        if self.drawings is not None:
            self.drawings.easel.clear()

    def open_page(self) -> None:
        """Opens the page of all drawings, or brings it to the front."""
        if self.drawings is not None:
            self.drawings.open_page()

    def write_file(self) -> None:
        """Writes the drawings of the symbol to a file that the person names."""
        if self.drawings is not None:
            self._files.export_drawings(self.drawings.export_json())

    def read_file(self) -> None:
        """Puts drawings of a file on the chart."""
        drawings = self.drawings
        if drawings is None:
            return

        def take(raw: bytes) -> None:
            count = drawings.import_json(raw)
            if count:
                self._desktop.tell(f"{count:,} drawing{'' if count == 1 else 's'} loaded; Ctrl+Z takes them back.")

        self._files.import_drawings(take)

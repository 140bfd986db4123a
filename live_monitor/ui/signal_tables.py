"""Entry and exit signals as tables that sort by meaning: numbers as numbers, times by their instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from live_monitor.ui.hub_view import HubView
from live_monitor.ui.provider_names import source_name
from live_monitor.ui.row_model import Column, RowModel, source_column
from live_monitor.ui.row_table import RowTable
from live_monitor.ui.signal_columns import ENTRY_COLUMNS, EXIT_COLUMNS, Signal, is_entry, start_of_bar_ms
from live_monitor.ui.theme import Theme


class SignalTable(RowTable[Signal]):
    """One table of signals. A signal has no name: it is the very object that the hub holds."""

    #: Show the bar of a double-clicked signal. Payload: start of its minute in market ms, as object (64 bit).
    bar_requested = pyqtSignal(object)

    def __init__(
        self,
        name: str,
        columns: Sequence[Column[Signal]],
        belongs: Callable[[Signal], bool],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        sources: dict[int, str] = {}
        source: Column[Signal] = source_column(
            lambda signal: sources.get(id(signal), ""), "Whose bars the rules looked at, or that a script gave it"
        )
        # What it says of itself comes last: it takes the room that is left.
        every = (*columns[:-1], source, columns[-1])
        model: RowModel[Signal] = RowModel(every, theme, lambda signal: str(id(signal)))
        super().__init__(name, model, f"No {name.lower()} yet. The rules look at every minute that closes.", parent)
        self._belongs, self._sources = belongs, sources
        self._focus: str | None = None
        self._taken = 0
        self._seen_version = -1
        self._newest: Signal | None = None
        self.opened.connect(self._ask_for_bar)

    def refresh(self, hub: HubView, now_ms: int) -> None:
        """Takes over new signals; starts again when the symbol changed or the list was rebuilt."""
        if hub.signals_version == self._seen_version and hub.focus == self._focus:
            return
        self._seen_version = hub.signals_version
        signals = hub.signals
        count = len(signals)
        rebuilt = count < self._taken or (self._taken > 0 and signals[self._taken - 1] is not self._newest)
        if hub.focus != self._focus or rebuilt:
            self._focus = hub.focus
            # Other objects may have taken the places of these in memory.
            self.show_rows([])
        self._taken = count
        self._newest = signals[count - 1] if count else None
        self._sources.clear()
        self._sources.update((id(signal), source_name(hub.signal_source(signal))) for signal in signals)
        self.show_rows([signal for signal in signals if self._belongs(signal)])

    def _ask_for_bar(self) -> None:
        signal = self.chosen
        started = start_of_bar_ms(signal) if signal is not None else 0
        if started:
            self.bar_requested.emit(started)


def entry_table(theme: Theme, parent: QWidget | None = None) -> SignalTable:
    """The table of entry signals."""
    return SignalTable("Entry signals", ENTRY_COLUMNS, is_entry, theme, parent)


def exit_table(theme: Theme, parent: QWidget | None = None) -> SignalTable:
    """The table of exit signals."""
    return SignalTable("Exit signals", EXIT_COLUMNS, lambda signal: not is_entry(signal), theme, parent)

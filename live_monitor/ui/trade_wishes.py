"""What the person asks of paper trading, whether by key, menu, ticket, table or chart: one place of signals."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal


class TradeWishes(QObject):
    """Signals only; `wiring.wire_trade` connects them. Emitted on the main thread."""

    #: Open the ticket; payload: `BUY`, `SELL`, or empty for the side that it has.
    ticket_requested = pyqtSignal(str)
    #: Open the ticket with these terms, to be looked over; payload: `OrderParams` (as object).
    ticket_filled = pyqtSignal(object)
    #: Place an order; payload: `OrderParams` (as object).
    order_requested = pyqtSignal(object)
    #: Other terms for a working order; payload: `ui.paper_view.Replacement` (as object).
    replace_requested = pyqtSignal(object)
    #: Cancel an order; payload: its id.
    cancel_requested = pyqtSignal(str)
    #: Cancel all working orders of a symbol; payload: the symbol, empty for all symbols.
    cancel_all_requested = pyqtSignal(str)
    #: Ask whether to flatten; payload: the symbol, empty for the one in focus.
    flatten_asked = pyqtSignal(str)
    #: Ask whether to flatten every symbol; no payload.
    flatten_all_asked = pyqtSignal()
    #: Flatten, confirmed: cancel what works and close the position at market; payload: the symbol, empty for all.
    flatten_requested = pyqtSignal(str)
    #: A click on the chart places an order (True), or no longer.
    one_click_requested = pyqtSignal(bool)
    #: The next drag on the chart draws a bracket: from the entry to the stop; no payload.
    bracket_asked = pyqtSignal()
    #: Write a note; payload: exchange day (ISO), text.
    note_written = pyqtSignal(str, str)
    #: Use another account (payload: its id), open one (`NewAccount` as object), archive this one and begin anew.
    account_chosen = pyqtSignal(str)
    account_requested = pyqtSignal(object)
    reset_requested = pyqtSignal()
    #: Show how the account trades; no payload.
    settings_asked = pyqtSignal()

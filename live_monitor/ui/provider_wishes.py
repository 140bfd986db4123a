"""What the person asks of providers, whether by menu, tool bar, tab or page: one place of signals."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal


class ProviderWishes(QObject):
    """Signals only; `wiring.wire_providers` connects them. Emitted on the main thread."""

    #: Take prices from this provider, asked for as it was the last time; payload: its id.
    use_requested = pyqtSignal(str)
    #: Let this provider take over when the first one fails; payload: its id, empty for none.
    second_requested = pyqtSignal(str)
    #: Go back to the first provider after another one took over; no payload.
    use_first_requested = pyqtSignal()
    #: Open the page on which a provider is connected; payload: its id, empty for the one in use.
    connect_asked = pyqtSignal(str)
    #: Show how the providers are doing; no payload.
    status_asked = pyqtSignal()
    #: Look for symbols; payload: what was typed.
    search_requested = pyqtSignal(str)
    #: Compare the source that is shown with this provider; payload: its id, empty for none any longer.
    beside_requested = pyqtSignal(str)
    #: Write what the desktop shows to a workbook; no payload.
    workbook_asked = pyqtSignal()

"""What the person asks of the chart, whether by menu, tool bar, key, palette or right click: one place of signals."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal


class ChartWishes(QObject):
    """Signals only; `wiring.wire` connects them. Emitted on the main thread."""

    #: Draw the bars in another way; payload: a name of `chart_settings.ChartKind`.
    kind_requested = pyqtSignal(str)
    #: Use another scale; payload: a name of `chart_settings.ChartScale`.
    scale_requested = pyqtSignal(str)
    #: Show this machine's time (True) or New York's on the time axis; the volume pane; the magnet of the drawing tools.
    local_time_requested = pyqtSignal(bool)
    volume_requested = pyqtSignal(bool)
    magnet_requested = pyqtSignal(bool)
    #: Open the page of indicators; no payload.
    studies_requested = pyqtSignal()
    #: Put an indicator on the chart; payload: a name of `engine.signals.study_kinds.CATALOG`.
    study_added = pyqtSignal(str)
    #: Show or hide an indicator that is on the chart; payload: its id.
    study_toggled = pyqtSignal(str)
    #: Take up a drawing tool; payload: `pointer` or a kind of drawing.
    tool_requested = pyqtSignal(str)
    #: Open the page of all drawings; no payload.
    drawings_asked = pyqtSignal()
    #: Draw a line through a place; payload: `horizontal` or `vertical`, the `MenuPoint` as object.
    line_requested = pyqtSignal(str, object)
    #: Take back, do again, delete all drawings of the symbol, write them to a file, read them from one; no payload.
    undo_requested = pyqtSignal()
    redo_requested = pyqtSignal()
    clear_requested = pyqtSignal()
    drawings_export_requested = pyqtSignal()
    drawings_import_requested = pyqtSignal()
    #: Lay another symbol over the chart in percent; payload: a valid symbol, or empty for none.
    compare_requested = pyqtSignal(str)
    #: Ask which symbol to compare with; no payload.
    comparison_asked = pyqtSignal()
    #: Tell when the price of the symbol in focus gets here; payload: the price (float).
    alert_requested = pyqtSignal(float)
    #: Show the price alerts that wait; no payload.
    alerts_asked = pyqtSignal()
    #: Put a text on the clipboard; payload: the text.
    copy_requested = pyqtSignal(str)
    #: Write the picture to a file, put it on the clipboard, write the loaded bars to a file; no payload.
    image_export_requested = pyqtSignal()
    image_copy_requested = pyqtSignal()
    data_export_requested = pyqtSignal()
    #: Back to the newest bar, the first zoom and the first heights of panes; no payload.
    reset_requested = pyqtSignal()

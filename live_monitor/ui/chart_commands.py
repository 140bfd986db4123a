"""The commands of the chart: the menu Chart, its shortcuts, and what the tool bar and the palette take from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from live_monitor.chart_settings import ChartSettings
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.actions import Command

if TYPE_CHECKING:
    from live_monitor.ui.main_window import MainWindow

CHART: Final = "&Chart"
TYPES: Final = "&Chart/&Type"
SCALES: Final = "&Chart/&Scale"
DRAW: Final = "&Chart/&Draw"
ADD: Final = "&Chart/&Add indicator"
EXPORT: Final = "&Chart/E&xport"


class Named(NamedTuple):
    """A choice: what the menu calls it, and its icon."""

    text: str
    icon: str = ""


#: By the names that settings and chart use.
KINDS: Final[dict[str, Named]] = {
    "candles": Named("&Candles", "kind-candles"),
    "hollow": Named("&Hollow candles", "kind-hollow"),
    "bars": Named("&Bars (OHLC)", "kind-bars"),
    "heikin_ashi": Named("Heikin-&Ashi", "kind-heikin_ashi"),
    "line": Named("&Line", "kind-line"),
    "area": Named("A&rea", "kind-area"),
}
SCALE_NAMES: Final[dict[str, Named]] = {
    "linear": Named("&Linear"),
    "log": Named("L&ogarithmic"),
    "percent": Named("&Percent"),
}
#: Alt+0 to Alt+8, in this order; `ui.charts.drawings.words`, which needs numpy, says the same.
TOOLS: Final[dict[str, Named]] = {
    "pointer": Named("&Pointer", "tool-pointer"),
    "trend": Named("&Trend line", "tool-trend"),
    "ray": Named("&Ray", "tool-ray"),
    "horizontal": Named("&Horizontal line", "tool-horizontal"),
    "vertical": Named("&Vertical line", "tool-vertical"),
    "rectangle": Named("R&ectangle", "tool-rectangle"),
    "fibonacci": Named("&Fibonacci retracement", "tool-fibonacci"),
    "measure": Named("&Measure", "tool-measure"),
    "text": Named("Te&xt", "tool-text"),
}


def chart_commands(window: MainWindow) -> list[Command]:
    """Every command of the chart, in the order of its menu."""
    return [*_studies(window), *_looks(window), *_drawing(window), *_market(window), *_export(window)]


def mark_chart(window: MainWindow, chart: ChartSettings) -> None:
    """Marks what is in force in menus and tool bar; asks for nothing."""
    actions = window.actions_by_name
    actions[f"kind_{chart.kind}"].setChecked(True)
    actions[f"scale_{chart.scale}"].setChecked(True)
    actions["local_time"].setChecked(chart.local_time)
    actions["volume"].setChecked(chart.volume)
    actions["magnet"].setChecked(chart.magnet)
    actions["compare_none"].setEnabled(bool(chart.compare))
    window.tool_bar.chart.set_kind(chart.kind)


def mark_tool(window: MainWindow, tool: str) -> None:
    """Marks the drawing tool in hand."""
    window.actions_by_name[f"tool_{tool}"].setChecked(True)
    window.tool_bar.chart.set_tool(tool)


def mark_steps(window: MainWindow, *, back: bool, again: bool) -> None:
    """Says whether a step of drawing can be taken back, or again."""
    window.actions_by_name["undo"].setEnabled(back)
    window.actions_by_name["redo"].setEnabled(again)


def _studies(window: MainWindow) -> list[Command]:
    wishes = window.chart_wishes

    def add(name: str, title: str) -> Command:
        return Command(
            ADD, f"study_{name}", title, lambda: wishes.study_added.emit(name), spoken=f"Add indicator: {title}"
        )

    return [
        Command(CHART, "studies", "&Indicators…", wishes.studies_requested.emit, "Ctrl+I", icon="indicators"),
        *(add(kind.name, kind.title) for kind in CATALOG.values()),
    ]


def _looks(window: MainWindow) -> list[Command]:
    wishes = window.chart_wishes

    def kind(name: str, named: Named) -> Command:
        return Command(
            TYPES, f"kind_{name}", named.text, lambda: wishes.kind_requested.emit(name), checked=name == "candles",
            group="chart type", icon=named.icon, spoken=f"Chart type: {_plain(named)}",
        )  # fmt: skip

    def scale(name: str, named: Named) -> Command:
        return Command(
            SCALES, f"scale_{name}", named.text, lambda: wishes.scale_requested.emit(name), checked=name == "linear",
            group="scale", spoken=f"Scale: {_plain(named)}",
        )  # fmt: skip

    return [
        *(kind(name, named) for name, named in KINDS.items()),
        *(scale(name, named) for name, named in SCALE_NAMES.items()),
        Command(CHART, "volume", "&Volume", wishes.volume_requested.emit, checked=True, spoken="Volume pane"),
        Command(
            CHART, "local_time", "&Times of this machine", wishes.local_time_requested.emit, checked=False,
            spoken="Time axis: times of this machine",
        ),
    ]  # fmt: skip


def _drawing(window: MainWindow) -> list[Command]:
    wishes = window.chart_wishes

    def tool(number: int, name: str, named: Named) -> Command:
        return Command(
            DRAW, f"tool_{name}", named.text, lambda: wishes.tool_requested.emit(name), f"Alt+{number}",
            checked=name == "pointer", group="tool", icon=named.icon, spoken=f"Draw: {_plain(named)}",
        )  # fmt: skip

    return [
        *(tool(number, name, named) for number, (name, named) in enumerate(TOOLS.items())),
        Command(DRAW, "drawings", "All dra&wings…", wishes.drawings_asked.emit, "Alt+9", icon="draw", separator=True),
        Command(
            DRAW, "magnet", "Ma&gnet", wishes.magnet_requested.emit, "Alt+M", checked=False, icon="magnet",
            spoken="Magnet: points snap to open, high, low and close",
        ),
        Command(DRAW, "undo", "&Undo", wishes.undo_requested.emit, "Ctrl+Z", icon="undo", spoken="Undo drawing"),
        Command(DRAW, "redo", "Red&o", wishes.redo_requested.emit, "Ctrl+Shift+Z", icon="redo", spoken="Redo drawing"),
        Command(
            DRAW, "clear_drawings", "&Delete all drawings", wishes.clear_requested.emit, icon="trash", separator=True,
        ),
        Command(
            DRAW, "drawings_export", "&Save drawings…", wishes.drawings_export_requested.emit, icon="save",
            separator=True,
        ),
        Command(DRAW, "drawings_import", "&Load drawings…", wishes.drawings_import_requested.emit, icon="load"),
    ]  # fmt: skip


def _market(window: MainWindow) -> list[Command]:
    wishes = window.chart_wishes
    return [
        Command(
            CHART, "compare", "&Compare with a symbol…", wishes.comparison_asked.emit, "Ctrl+Shift+C", icon="compare",
            separator=True,
        ),
        Command(CHART, "compare_none", "Stop c&omparing", lambda: wishes.compare_requested.emit("")),
        Command(
            CHART, "price_alerts", "&Price alerts…", wishes.alerts_asked.emit, "Ctrl+Shift+P", icon="alert-price",
            separator=True,
        ),
    ]  # fmt: skip


def _export(window: MainWindow) -> list[Command]:
    wishes = window.chart_wishes
    return [
        Command(EXPORT, "image_export", "&Picture…", wishes.image_export_requested.emit, "Ctrl+Shift+S", icon="image",
                spoken="Export picture of the chart"),
        Command(EXPORT, "image_copy", "&Copy picture", wishes.image_copy_requested.emit, icon="copy",
                spoken="Copy picture of the chart"),
        Command(EXPORT, "data_export", "&Bars and indicators…", wishes.data_export_requested.emit, icon="save",
                spoken="Export bars and indicators"),
        Command(CHART, "reset_chart", "&Reset view", wishes.reset_requested.emit, icon="reset-view", separator=True,
                spoken="Reset view of the chart"),
    ]  # fmt: skip


def _plain(named: Named) -> str:
    return named.text.replace("&", "")

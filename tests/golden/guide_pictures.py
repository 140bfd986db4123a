"""The pictures of docs/guide/charts.md, made by the program's own feed, hub and chart; `docs/images/make` runs this.

The day of IBM is painted only where the recorded data lie beside the checkout.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from PyQt6.QtCore import QEvent, QEventLoop, Qt, QTimer
from PyQt6.QtGui import QImage, QKeyEvent, QPainter
from PyQt6.QtWidgets import QApplication

from bench.child import CHECKOUT, Child, environment
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.data.polygon_data_manager import PolygonDataManager
from live_monitor.engine.market.bar_columns import BarColumns, BarSource
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.json_form import to_json
from live_monitor.ui.charts.drawings.values import Anchor, Drawing, Kind
from live_monitor.ui.charts.market_chart import MarketChart
from live_monitor.ui.theme import load_fonts, load_theme

PICTURES: Final = CHECKOUT / "docs" / "images"
RECORDED: Final = CHECKOUT.parent / "shared" / "data" / "lean_equity" / "Data" / "equity" / "usa" / "tick" / "ibm"
TIMEFRAMES: Final = ("5s", "1m", "5m", "15m", "1h", "1D")
GAP: Final = 8
PATIENCE_S: Final = 240.0


def wait(manager: PolygonDataManager, charts: Sequence[MarketChart], ready: Callable[[], bool]) -> None:
    """Frames, until `ready`; after four minutes the picture is taken as it is."""
    deadline, loop, frame = time.monotonic() + PATIENCE_S, QEventLoop(), QTimer()
    frame.timeout.connect(loop.quit)
    frame.start(50)
    while time.monotonic() < deadline:
        loop.exec()
        for chart in charts:
            chart.refresh(manager.hub, manager.hub.clock.now_ms())
        if ready():
            break
    frame.stop()


@contextmanager
def market(symbol: str, *source: str) -> Iterator[PolygonDataManager]:
    """A feed in a process of its own, and what the desktop has of it."""
    with TemporaryDirectory(prefix="guide") as folder:
        ready = Path(folder) / "port"
        arguments = ["feed", *source, "--port", "0", "--ready-file", str(ready), "--exit-with-parent"]
        with Child("live_monitor", *arguments):
            deadline = time.monotonic() + PATIENCE_S
            while not ready.exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            manager = PolygonDataManager(f"ws://127.0.0.1:{ready.read_text().strip()}/ws/guide")
            manager.change_symbol(symbol)
            manager.connect()
            try:
                yield manager
            finally:
                manager.disconnect()


def market_chart(manager: PolygonDataManager, theme: str, timeframe: Timeframe, size: tuple[int, int]) -> MarketChart:
    """A chart beside the hub that asks for older bars as the desktop's does."""
    made = MarketChart(load_theme(theme), us_equities())
    made.older_bars_requested.connect(manager.hub.history.older)
    made.show_bars(timeframe, extended=timeframe.nominal_ms < 3_600_000)
    made.resize(*size)
    made.show()
    return made


def full(manager: PolygonDataManager, chart: MarketChart) -> bool:
    """True when the screen is full of bars, or there are no more."""
    state, series = manager.hub.history_state(chart.timeframe), chart._series
    if series is None or not len(series):
        return False
    return not state.loading and (not state.more or not chart.chart.near_oldest)


def save(image: QImage, name: str) -> None:
    """Writes a picture of the guide."""
    image.convertToFormat(QImage.Format.Format_RGB32).save(str(PICTURES / f"{name}.png"), "PNG", 0)
    print(f"docs/images/{name}.png")


def timeframes(manager: PolygonDataManager) -> None:
    """Six lengths of bars of one market at one moment."""
    size = (560, 330)
    charts = [market_chart(manager, "dark", Timeframe.parse(name), size) for name in TIMEFRAMES]
    wait(manager, charts, lambda: all(full(manager, chart) for chart in charts))
    sheet = QImage(2 * size[0] + GAP, 3 * size[1] + 2 * GAP, QImage.Format.Format_RGB32)
    sheet.fill(load_theme("dark").color("window"))
    painter = QPainter(sheet)
    for number, chart in enumerate(charts):
        place = number % 2 * (size[0] + GAP), number // 2 * (size[1] + GAP)
        painter.drawPixmap(*place, chart.chart.grab())
    painter.end()
    save(sheet, "charts-timeframes")


def panes(manager: PolygonDataManager) -> None:
    """Indicators over the bars, over the volume, and in panes of their own."""
    chart = market_chart(manager, "light", Timeframe.parse("5m"), (1120, 760))
    chosen = ("ema", "vwap", "previous_day", "volume_average", "rsi", "macd")
    chart.chart.set_studies([Study(StudyChoice(id=kind, kind=kind), us_equities()) for kind in chosen])
    wait(manager, [chart], lambda: full(manager, chart))
    save(chart.chart.image(), "charts-panes")


def sketches(series: BarSeries, first: int) -> list[Drawing]:
    """What a person might draw on the bars from `first` on."""
    high, low = (int(first + pick(part[first:])) for pick, part in ((np.argmax, series.high), (np.argmin, series.low)))
    early, late = sorted((high, low))
    end = len(series) - 1

    def place(index: int, price: float) -> Anchor:
        return Anchor(int(series.start_ms[index]), round(price, 2))

    top, floor = float(series.high[high]), float(series.low[low])
    middle, reach = min((early + late) // 2, end - 14), top - floor
    two: list[tuple[Kind, tuple[Anchor, ...], str, str]] = [
        ("fibonacci", (place(low, floor), place(high, top)), "muted", ""),
        ("trend", (place(early, float(series.close[early])), place(late, float(series.close[late]))), "accent", ""),
        ("measure", (place(late, float(series.close[late])), place(end, float(series.close[end]))), "study_3", ""),
        ("rectangle", (place(middle, floor + 0.3 * reach), place(middle + 14, floor + 0.55 * reach)), "study_2", ""),
        ("horizontal", (place(end, floor + 0.82 * reach),), "warning", ""),
        ("vertical", (place(middle, floor),), "study_4", ""),
        ("text", (place(high, top + 0.03 * reach),), "text", "Failed twice here"),
    ]  # fmt: skip
    return [Drawing(id=f"d{n}", kind=k, anchors=a, color=c, text=t) for n, (k, a, c, t) in enumerate(two)]


def drawings(manager: PolygonDataManager) -> None:
    """Drawings of each kind on a day of trading."""
    chart = market_chart(manager, "dark", Timeframe.parse("5m"), (1120, 620))
    wait(manager, [chart], lambda: full(manager, chart))
    series, inner = chart._series, chart.chart
    assert series is not None
    inner.drawings.set_symbol(series.symbol)
    inner.drawings.load(to_json(sketches(series, max(0, len(series) - 100)), series.symbol))
    wait(manager, [chart], lambda: True)
    save(inner.image(), "charts-drawings")


def first_bar(manager: PolygonDataManager) -> None:
    """Scrolled to where history begins."""
    chart = market_chart(manager, "light", Timeframe.parse("1D"), (1120, 420))

    def arrived() -> bool:
        series, home = chart._series, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(chart.chart, home)
        state = manager.hub.history_state(chart.timeframe)
        return series is not None and len(series) > 0 and not state.loading and not state.more

    wait(manager, [chart], arrived)
    wait(manager, [chart], lambda: True)
    save(chart.chart.image(), "charts-first-bar")


def million() -> None:
    """A million bars in one picture; no market has so many minutes at hand, so they are a random walk that says so."""
    count, rng = 1_000_000, np.random.default_rng(86)
    steps = rng.normal(0, 0.02, count) * (1 + 0.8 * np.sin(np.arange(count) / 60_000.0))
    close = (140 * np.exp(steps.cumsum() * 0.004)).round(2)
    opened = np.append(close[0], close[:-1])
    reach = np.abs(rng.normal(0, 0.03, (2, count))).round(2)
    none = np.zeros(count, np.uint8)
    series = BarSeries("WALK", 60_000)
    series.merge(
        BarColumns(
            1_735_660_800_000 - (count - np.arange(count, dtype=np.int64)) * 60_000,
            opened, np.maximum(opened, close) + reach[0], np.minimum(opened, close) - reach[1], close,
            rng.gamma(2.0, 500.0, count).round(), np.full(count, math.nan), np.full(count, -1),
            np.full(count, BarSource.HISTORY, np.uint8), none.astype(np.bool_), np.full(count, math.nan), none,
        )
    )  # fmt: skip
    chart = CandleChart(load_theme("dark"))
    chart.resize(1120, 480)
    chart.show()
    chart.set_watermark("RANDOM WALK")
    chart.set_series(series)
    chart.canvas.zoomed.emit(1e-9, float(chart.canvas.width()))
    save(chart.image(), "charts-million")


def ibm(folder: Path) -> None:
    """IBM on 2013-10-07, of ticks that were recorded then."""
    session = folder / "ibm.lmsession"
    ticks = [str(RECORDED / f"20131007_{part}.zip") for part in ("trade", "quote")]
    command = [sys.executable, "-P", "-m", "live_monitor"]
    subprocess.run([*command, "import", "lean", *ticks, "-o", str(session)], env=environment(), check=True)
    with market("IBM", "--source", f"replay:{session}", "--speed", "max") as manager:
        chart = market_chart(manager, "light", Timeframe.parse("5m"), (1120, 620))
        chosen = ("vwap", "volume_profile", "opening_range", "rsi")
        chart.chart.set_studies([Study(StudyChoice(id=kind, kind=kind), us_equities()) for kind in chosen])
        wait(manager, [chart], lambda: bool(manager.hub.feed_ended) and full(manager, chart))
        save(chart.chart.image(), "charts-ibm")


def main(names: list[str]) -> None:
    """Makes the pictures of these names, or all."""
    application = QApplication([])
    load_fonts()
    wanted = names or ["timeframes", "panes", "drawings", "first_bar", "million", "ibm"]
    scenes = {"timeframes": timeframes, "panes": panes, "drawings": drawings, "first_bar": first_bar}
    for name in wanted:
        if name in scenes:
            with market("AAPL", "--source", "sim", "--seed", "3", "--at", "13:37:50") as manager:
                scenes[name](manager)
    if "million" in wanted:
        million()
    if "ibm" in wanted and RECORDED.is_dir():
        with TemporaryDirectory(prefix="guide") as folder:
            ibm(Path(folder))
    elif "ibm" in wanted:
        print(f"charts-ibm is left as it is: {RECORDED} is not there")
    del application


if __name__ == "__main__":
    main(sys.argv[1:])

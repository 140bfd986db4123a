"""Charts whose pictures are kept: every type, scale, indicator and drawing tool; `tests/golden/make` paints them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

from PyQt6.QtCore import QBuffer
from PyQt6.QtGui import QColor, QImage, QPainter
from PyQt6.QtWidgets import QApplication

from live_monitor.engine.market.bar_columns import Bar, BarSource, Proof
from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.charts.bars_view import CHART_KINDS
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.json_form import to_json
from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS, Anchor, Drawing, Kind
from live_monitor.ui.charts.gaps import Hole
from live_monitor.ui.charts.ink import Ink
from live_monitor.ui.charts.look import AlertLine
from live_monitor.ui.charts.markers import ChartMarker
from live_monitor.ui.theme import Theme, load_fonts, load_theme
from tests.memory_paper import MemoryPaper, position, working

PICTURES: Final = Path(__file__).parent / "charts"
#: Text as the machine rendered it that painted the pictures; the theme's colours are not in it.
TEXT: Final = PICTURES / "text.png"
THEMES: Final = ("dark", "light")
SIZE: Final = (420, 300)
MINUTE: Final = 60_000
FIVE: Final = 5 * MINUTE
#: 2021-03-01 and 2021-03-02, 04:00 New York: the first bars of two trading days.
DAYS: Final = (1_614_589_200_000, 1_614_675_600_000)
#: Bars of a whole day with pre and post market, and of the second day until 12:10.
WHOLE: Final = 192
PART: Final = 98

Scene = Callable[[CandleChart], None]


def price(index: int, phase: float = 0.0) -> float:
    """A calm walk in whole cents, the same on every machine."""
    waves = ((0.9, 61.0, 0.4), (0.8, 23.0, 1.7), (0.4, 9.7, 0.2), (0.25, 3.1, 2.2), (0.18, 1.3, 0.9))
    return round(128 + index * 0.001 + sum(a * math.sin(index / b + c + phase) for a, b, c in waves), 2)


def five_minutes(symbol: str = "AAPL", phase: float = 0.0) -> BarSeries:
    """Two trading days of five-minute bars; outside the regular session with a tenth of its volume."""
    series = BarSeries(symbol, FIVE)
    number = 0
    for day, count in zip(DAYS, (WHOLE, PART), strict=True):
        for slot in range(count):
            opened, close = price(number, phase), price(number + 1, phase)
            reach = 0.05 + 0.1 * abs(math.sin(number * 1.3))
            busy = 1.0 if 66 <= slot < 144 else 0.1
            volume = round(
                busy * (30_000 + 60_000 * abs(math.sin(number * 0.7)) + 40_000 * math.exp(-abs(slot - 66) / 4))
            )
            high, low = round(max(opened, close) + reach, 2), round(min(opened, close) - reach * 0.8, 2)
            vwap = round((opened + close + high + low) / 4, 4)
            series.put(
                Bar(day + slot * FIVE, opened, high, low, close, float(volume), vwap, volume // 90, BarSource.HISTORY)
            )
            number += 1
    return series


def at(series: BarSeries, from_end: int, offset: float = 0.0) -> Anchor:
    """A place among the visible bars: so many before the newest, so many USD above its close."""
    return Anchor(int(series.start_ms[-from_end]), round(float(series.close[-from_end]) + offset, 2))


def plain(chart: CandleChart) -> BarSeries:
    """The two days, 104 bars of them in view."""
    series = five_minutes()
    chart.set_series(series)
    chart.canvas.zoomed.emit(0.5, float(chart.canvas.width()))
    chart.scroll_to_end()
    return series


def of_kind(kind: str) -> Scene:
    def show(chart: CandleChart) -> None:
        chart.set_kind(kind)  # type: ignore[arg-type]  # one of CHART_KINDS
        plain(chart)
        chart.canvas.zoomed.emit(2.0, float(chart.canvas.width()))
        chart.scroll_to_end()

    return show


def on_scale(scale: str) -> Scene:
    def show(chart: CandleChart) -> None:
        plain(chart)
        chart.set_scale(scale)  # type: ignore[arg-type]  # a scale's name

    return show


def with_study(kind: str) -> Scene:
    def show(chart: CandleChart) -> None:
        if CATALOG[kind].pane == "own":
            chart.resize(SIZE[0], SIZE[1] + 80)
        plain(chart)
        chart.set_studies([Study(StudyChoice(id=kind, kind=kind), us_equities())])

    return show


def drawing(kind: Kind, series: BarSeries, *places: tuple[int, float]) -> Drawing:
    anchors = tuple(at(series, *place) for place in places[: ANCHORS[kind]])
    return Drawing(id=kind, kind=kind, anchors=anchors, text="Gap to fill" if kind == "text" else "", width=1)


def with_drawing(kind: Kind) -> Scene:
    def show(chart: CandleChart) -> None:
        series = plain(chart)
        chart.drawings.set_symbol("AAPL")
        places = ((64, -0.3), (30, 0.2))
        chart.drawings.load(to_json([drawing(kind, series, *places)], "AAPL"))

    return show


def compared(chart: CandleChart) -> None:
    plain(chart)
    chart.set_compared("MSFT", five_minutes("MSFT", phase=0.8))


def many_bars(chart: CandleChart) -> None:
    """Several bars to a pixel column."""
    series = BarSeries("AAPL", MINUTE)
    for index in range(3_000):
        opened, close = price(index * 3), price(index * 3 + 2)
        series.put(
            Bar(
                DAYS[0] + index * MINUTE,
                opened,
                max(opened, close) + 0.1,
                min(opened, close) - 0.1,
                close,
                900.0 + index % 70,
            )
        )
    chart.set_series(series)
    chart.canvas.zoomed.emit(1e-6, float(chart.canvas.width()))


def marked(chart: CandleChart) -> None:
    """Signals, prices that are waited for, a hole, a revised bar, one that differs from the provider's."""
    series = plain(chart)
    for from_end, revised, proof in ((25, True, Proof.AGREES), (18, False, Proof.MISSING_TRADES)):
        bar = series.bar(-from_end)
        series.put(bar._replace(revised=revised, proof=proof))
    chart.refresh()
    chart.set_markers(
        [
            ChartMarker(int(series.start_ms[-60]), "LONG", float(series.low[-60]), "LONG $127.10: VWAP reclaim"),
            ChartMarker(int(series.start_ms[-32]), "TARGET", float(series.high[-32]), "TARGET $129.80"),
        ]
    )
    last = float(series.close[-1])
    chart.set_alert_lines([AlertLine("a", last + 0.4, "breakout"), AlertLine("b", last - 0.9, "")])
    start = int(series.start_ms[-46])
    chart.set_holes((Hole(start, start + 3 * FIVE, "connection lost"),))


def three_panes(chart: CandleChart) -> None:
    chart.resize(SIZE[0], SIZE[1] + 140)
    plain(chart)
    chosen = [("ema", "ema"), ("rsi", "rsi"), ("macd", "macd")]
    chart.set_studies([Study(StudyChoice(id=name, kind=kind), us_equities()) for name, kind in chosen])


def traded(chart: CandleChart) -> MemoryPaper:
    """A paper desk that quotes the newest close, without the bar, which looks as the system's buttons do."""
    series, paper = plain(chart), MemoryPaper()
    last = float(series.close[-1])
    paper.quoted("AAPL", last - 0.01, last + 0.01)
    chart.trading.bar.setFixedSize(0, 0)
    return paper


def orders(chart: CandleChart) -> None:
    """A position, a bracket that protects it, an order that is being saved, two close together, one out of sight."""
    paper = traded(chart)
    paper.held = [position(300, "128.10", "128.60")]
    paper.working = [
        working("O1", limit_price="127.40", queue_ahead=Decimal(312)),
        working("O2", side="SELL", limit_price="129.30", role="target", parent_id="O0"),
        working("O3", side="SELL", order_type="STP", stop_price="127.30", role="stop", parent_id="O0", state="held"),
        working("O4", limit_price="120.00"),
    ]
    paper.saving = {"O2"}
    chart.trading.refresh(paper, "AAPL")
    chart.trading.select("O1")


def bracket(chart: CandleChart) -> None:
    """A bracket that is drawn and not placed."""
    paper = traded(chart)
    chart.trading.refresh(paper, "AAPL")
    chart.trading.draw(Decimal("128.40"), Decimal("127.90"))
    chart.trading.drawn()


def empty(chart: CandleChart) -> None:
    chart.set_symbol("AAPL")


SCENES: Final[dict[str, Scene]] = {
    **{f"type-{kind}": of_kind(kind) for kind in CHART_KINDS},
    **{f"scale-{scale}": on_scale(scale) for scale in ("log", "percent")},
    **{f"study-{kind}": with_study(kind) for kind in CATALOG},
    **{f"drawing-{kind}": with_drawing(kind) for kind in KINDS},
    "compared": compared,
    "many-bars": many_bars,
    "marked": marked,
    "three-panes": three_panes,
    "orders": orders,
    "bracket": bracket,
    "empty": empty,
}


def picture_of(name: str, theme: Theme) -> QImage:
    """The scene as it is painted now, RGB32. Needs a QApplication and the fonts."""
    chart = CandleChart(theme, sessions=us_equities())
    chart.resize(*SIZE)
    chart.show()
    SCENES[name](chart)
    chart.refresh()
    image = chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    chart.close()
    chart.deleteLater()
    return image


def text_sample() -> QImage:
    """The chart's letters and figures, black on white, RGB32. Needs a QApplication and the fonts.

    How they look is the machine's matter as well: hinting set by fontconfig moves edges and widths, and with them axes.
    """
    ink = Ink(load_theme("light"), 1.0)
    image = QImage(240, 120, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    for row, face in enumerate((ink.axis, ink.axis_strong, ink.readout, ink.readout_strong, ink.tail, ink.letter)):
        face.write(painter, QColor("black"), 4, 10 + 20 * row, "0123456789 AAPL 5m −1.25% Kgjy")
    painter.end()
    return image


def file_of(name: str, theme: str) -> Path:
    """Where the picture of a scene is kept."""
    return PICTURES / theme / f"{name}.png"


def packed(image: QImage) -> bytes:
    """As a small PNG."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    # 0 is the strongest compression, not the lowest quality: PNG loses nothing.
    image.save(buffer, "PNG", 0)
    return bytes(buffer.data().data())


def main(names: list[str]) -> None:
    """Paints the scenes of these names, or all of them, anew; those that are no more go."""
    application = QApplication([])
    load_fonts()
    if not names:
        PICTURES.mkdir(exist_ok=True)
        TEXT.write_bytes(packed(text_sample()))
    for theme in THEMES:
        (PICTURES / theme).mkdir(parents=True, exist_ok=True)
        look = load_theme(theme)
        for name in names or SCENES:
            data = packed(picture_of(name, look))
            file_of(name, theme).write_bytes(data)
            print(f"{file_of(name, theme).relative_to(Path.cwd())}  {len(data):,} bytes")
        for path in (PICTURES / theme).glob("*.png"):
            if path.stem not in SCENES:
                path.unlink()
    del application


if __name__ == "__main__":
    main(sys.argv[1:])

"""The values of indicators at the top of their panes: what a tick, another choice or a wider figure changes of them."""

from __future__ import annotations

from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication

from live_monitor.engine.market.bar_series import BarSeries
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.study import Study, StudyChoice
from live_monitor.engine.signals.study_kinds import CATALOG
from live_monitor.ui.charts.candle_chart import CandleChart
from tests.ui.charts.conftest import bar, picture_of, series_of


def study(name: str, kind: str, length: int, color: str = "study_1") -> Study:
    choice = StudyChoice(
        id=name, kind=kind, parameters={"length": length}, colors={CATALOG[kind].outputs[0].key: color}
    )
    return Study(choice, us_equities())


def on_screen(chart: CandleChart) -> QImage:
    """What stands on the screen, made of partial repaints."""
    screen = chart.screen()
    assert screen is not None
    return screen.grabWindow(chart.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)


def whole(chart: CandleChart) -> QImage:
    return picture_of(chart).convertToFormat(QImage.Format.Format_RGB32)


def texts(chart: CandleChart) -> list[str]:
    """What the painted line says, from the left."""
    return [piece.text for piece in chart._layers._legend._pieces()]


def flat(chart: CandleChart) -> BarSeries:
    """Forty bars at 99.90 on an axis that stays."""
    series = series_of([bar(index, 99.9, 99.95, 99.85, 99.9) for index in range(40)])
    chart.set_series(series)
    chart._state.fixed = (90.0, 110.0)
    return series


def test_a_value_that_grows_a_figure_moves_names_and_values_to_its_right(chart: CandleChart) -> None:
    series = flat(chart)
    chart.set_studies([study("a", "sma", 2), study("b", "ema", 3), study("c", "sma", 9)])
    QApplication.processEvents()
    before = texts(chart)
    series.put(series.bar(-1)._replace(close=103.5, high=103.5))
    assert chart.refresh()
    QApplication.processEvents()
    assert before[1] == "99.90"
    assert texts(chart)[1] == "101.70"
    assert on_screen(chart) == whole(chart)


def test_a_line_that_no_longer_fits_leaves_nothing_behind(chart: CandleChart) -> None:
    series = flat(chart)
    chart.set_studies([study(str(number), "sma", 2) for number in range(20)])
    shown = len(texts(chart))
    room, needed = chart._state.panes.price.width, chart._layers._legend._pieces()[-1].box.right
    # As narrow as the line just allows: a figure more is too much.
    chart.resize(chart.width() - (room - needed) + 1, chart.height())
    QApplication.processEvents()
    assert len(texts(chart)) == shown
    series.put(series.bar(-1)._replace(close=103.5, high=103.5))
    chart.refresh()
    QApplication.processEvents()
    assert len(texts(chart)) < shown
    # A name never stands without its value.
    assert len(texts(chart)) % 2 == 0
    assert on_screen(chart) == whole(chart)


def test_another_choice_is_written_at_once(chart: CandleChart) -> None:
    flat(chart)
    chart.set_studies([study("a", "sma", 5)])
    assert texts(chart) == ["SMA 5", "99.90"]
    chart.set_studies([study("a", "sma", 7)])
    assert texts(chart) == ["SMA 7", "99.90"]
    chart.set_studies([study("a", "sma", 7, "#ff8800")])
    assert chart._layers._legend._pieces()[1].color.name() == "#ff8800"


def test_the_second_symbols_tick_changes_its_figure(chart: CandleChart) -> None:
    series = flat(chart)
    other = series_of([bar(index, 50, 50, 50, 50) for index in range(40)])
    chart.set_compared("MSFT", other)
    assert texts(chart) == ["MSFT", "0.00%"]
    other.put(other.bar(-1)._replace(close=50.5))
    assert chart.refresh()
    assert texts(chart) == ["MSFT", "+1.00%"]
    chart.set_compared("MSFT", series)
    assert texts(chart) == ["MSFT", "0.00%"]


def test_a_figure_that_was_exposed_in_part_is_painted_anew_with_the_next_frame(chart: CandleChart) -> None:
    series = flat(chart)
    chart.set_studies([study("a", "sma", 2)])
    QApplication.processEvents()
    value = chart._layers._legend._pieces()[1].box
    # Something else repaints half of the figure after the hub has changed the bar and before the next frame.
    series.put(series.bar(-1)._replace(close=99.5))
    viewport = chart.canvas.viewport()
    viewport.update(value.x, value.y, value.width // 2, value.height)
    QApplication.processEvents()
    chart.refresh()
    QApplication.processEvents()
    assert on_screen(chart) == whole(chart)


def test_no_value_is_written_over_the_axis(chart: CandleChart) -> None:
    chart.resize(300, 300)
    chart.set_series(series_of([bar(index, 123_456.7, 123_456.9, 123_456.5, 123_456.7) for index in range(60)]))
    chart.set_studies([Study(StudyChoice(id="b", kind="bollinger"), us_equities())])
    pieces = chart._layers._legend._pieces()
    assert pieces[0].text == "BB 20 2"
    assert len(pieces) < 4
    assert all(piece.box.right <= chart._state.panes.price.right for piece in pieces)


def test_why_there_is_nothing_is_said_at_the_newest_bar_only(chart: CandleChart) -> None:
    series = flat(chart)
    chart.set_studies([Study(StudyChoice(id="p", kind="previous_day"), us_equities())])
    remark = chart._state.board.placed[0].study.remark
    assert remark
    assert remark in texts(chart)
    chart.scroll_to(int(series.start_ms[5]))
    assert remark not in texts(chart)
    assert "–" in texts(chart)

"""Run as `python -m tests.e2e.chart_subject SCENE [OPTIONS OF THE DESKTOP]`: what a person does to the chart, by hand.

A scene is a generator that yields what it waits for. What it found is printed as `TOLD` and JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from typing import Any

from PyQt6.QtCore import QPoint, Qt

from live_monitor.ui.chart_menu import ChartMenu
from live_monitor.ui.charts.candle_chart import CandleChart
from live_monitor.ui.charts.drawings.values import Drawing
from live_monitor.ui.charts.wall_clock import NEW_YORK
from tests.e2e import desktop_subject
from tests.e2e.desktop_subject import Stage, terminate
from tests.ui.charts.gestures import qtest
from tests.ui.hands import press, type_text

Scene = Generator[Callable[[], bool], None, None]
LEFT = Qt.MouseButton.LeftButton


def run(stage: Stage, scene: Scene) -> None:
    """One step after the other; the desktop ends after the last one."""

    def go_on() -> None:
        ready = next(scene, None)
        if ready is None:
            terminate()
        else:
            stage.when(ready, go_on)

    go_on()


def tell(told: object) -> None:
    print("TOLD", json.dumps(told), flush=True)


class Person:
    """Hands on the window and eyes on the chart."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    @property
    def chart(self) -> CandleChart:
        assert self.stage.desktop.chart is not None
        return self.stage.desktop.chart.chart

    @property
    def at_work(self) -> bool:
        """Live prices and a day of bars are on the chart."""
        stage = self.stage
        return stage.shown and stage.live and stage.desktop.chart is not None and stage.bars > 300 and self.frame()

    def frame(self) -> bool:
        """What has come is on the chart now."""
        self.stage.desktop.on_frame()
        return self.chart._state.frame.bars > 0

    def choose(self, *names: str) -> None:
        """Triggers commands of the menus."""
        for name in names:
            self.stage.desktop.window.actions_by_name[name].trigger()

    def type(self, text: str) -> None:
        """Types at whatever has the keyboard, then Enter."""
        window = self.stage.desktop.window
        for character in text:
            type_text(window.focusWidget(), character)
        press(window.focusWidget(), Qt.Key.Key_Return)

    def click(self, x: float, y: float) -> None:
        """Clicks into the price pane; x and y are shares of it."""
        qtest.mouseClick(self.chart.canvas.viewport(), LEFT, pos=self._place(x, y))

    def _place(self, x: float, y: float) -> QPoint:
        box, ratio = self.chart._state.panes.price, self.chart.devicePixelRatioF()
        return QPoint(round(box.width * x / ratio), round(box.height * y / ratio))

    def drag(self, start: QPoint, down: int) -> None:
        """Presses, moves by so many pixels downwards, and lets go."""
        port = self.chart.canvas.viewport()
        qtest.mousePress(port, LEFT, pos=start)
        for share in (0.3, 0.7, 1.0):
            qtest.mouseMove(port, start + QPoint(0, round(down * share)))
        qtest.mouseRelease(port, LEFT, pos=start + QPoint(0, down))

    def choose_at(self, x: float, y: float, begins: str) -> None:
        """Clicks with the right button and takes the entry that begins so."""
        qtest.mouseClick(self.chart.canvas.viewport(), Qt.MouseButton.RightButton, pos=self._place(x, y))
        (menu,) = [menu for menu in self.stage.desktop.window.findChildren(ChartMenu) if menu.isVisible()]
        next(entry for entry in menu.actions() if entry.text().startswith(begins)).trigger()
        menu.close()

    @property
    def drawings(self) -> tuple[Drawing, ...]:
        return self.chart.drawings.easel.book.drawings

    def handles(self, number: int) -> list[list[float]] | None:
        """Where the ends of a drawing are, in pixels; None where it is out of sight."""
        shape = self.chart.drawings.layer.shape(self.drawings[number])
        return [list(place) for place in shape.handles.values()] if shape is not None else None

    def looks(self) -> dict[str, Any]:
        """Everything about the chart that is to be there again after a restart."""
        chart, desk, hub = self.chart, self.stage.desk, self.stage.manager.hub
        drawn = [[each.kind, each.text, [[at.ms, at.price] for at in each.anchors]] for each in self.drawings]
        return {
            "kind": chart._state.kind,
            "scale": chart._state.scale_mode,
            "length": self.stage.desktop.timeframe.name,
            "studies": [study.label for study in desk.chart.studies.studies],
            "heights": {key: round(share, 3) for key, share in chart.pane_heights().items()},
            "compared": hub.compared,
            "magnet": chart.drawings.magnet,
            "volume": chart._state.panes.volume.height > 0,
            "local_time": chart._look.wall is not NEW_YORK,
            "drawings": drawn,
            "alerts": [list(alert[1:4]) for alert in hub.price_alerts.rows],
        }


def arrange(person: Person) -> Scene:
    """Changes everything about the chart that is kept."""
    yield lambda: person.at_work
    chart = person.chart
    chart.setFocus()
    person.type("5m")
    yield lambda: person.frame() and chart._state.frame.bars > 50
    person.choose("study_bollinger", "study_rsi", "study_macd", "kind_heikin_ashi", "scale_log", "magnet")
    person.choose("volume", "local_time")
    person.choose("tool_trend")
    person.click(0.3, 0.4)
    person.click(0.6, 0.8)
    person.choose("tool_text")
    person.click(0.5, 0.5)
    yield chart.drawings.text_field.isVisible
    type_text(chart.drawings.text_field, "here")
    press(chart.drawings.text_field, Qt.Key.Key_Return)
    person.choose_at(0.4, 0.3, "Horizontal line")
    person.choose_at(0.4, 0.2, "Price alert")
    border = chart._state.panes.lower[0].y / chart.devicePixelRatioF()
    person.drag(QPoint(200, round(border)), -40)
    person.choose("compare")
    person.type("msft")
    yield lambda: person.frame() and person.stage.manager.hub.compared == "MSFT" and chart._state.compared.on
    tell(person.looks())


def look(person: Person) -> Scene:
    """Says what is there after a start."""
    yield lambda: person.at_work
    yield lambda: person.frame() and person.stage.manager.hub.compared == "MSFT"
    tell(person.looks())


def scroll_back(person: Person) -> Scene:
    """Draws on an old bar, and scrolls back by pages; tells of each page whether it moved what was in sight."""
    yield lambda: person.at_work
    chart, hub = person.chart, person.stage.manager.hub
    chart.setFocus()
    press(chart, Qt.Key.Key_Home)
    person.choose("tool_trend")
    person.click(0.2, 0.3)
    person.click(0.6, 0.5)
    anchored = person.drawings[0].anchors
    moves: list[bool] = []
    bars: list[int] = []
    series = chart._state.series
    assert series is not None
    while len(bars) < 4:
        before, starts = person.handles(0), series.start_ms
        oldest, right = int(starts[0]), int(starts[chart._state.frame.last - 1])
        at = chart._state.frame.columns.x(chart._state.frame.last - 1)
        yield lambda oldest=oldest: person.frame() and int(series.start_ms[0]) < oldest  # type: ignore[misc]  # a default binds it
        frame = chart._state.frame
        same_bar = int(series.start_ms[frame.last - 1]) == right and abs(frame.columns.x(frame.last - 1) - at) < 0.01
        moves.append(before != person.handles(0) or not same_bar)
        bars.append(len(series))
        # Near the oldest bar, so that the next page is wished for.
        if hub.history_state(person.stage.desktop.timeframe).more:
            press(chart, Qt.Key.Key_Home)
    chart.scroll_to(anchored[0].ms)
    person.frame()
    tell({"moves": moves, "bars": bars, "anchors": person.drawings[0].anchors == anchored, "ends": person.handles(0)})


SCENES: dict[str, Callable[[Person], Scene]] = {"arrange": arrange, "look": look, "scroll back": scroll_back}


if __name__ == "__main__":
    for name, scene in SCENES.items():
        desktop_subject.SCENES[f"chart: {name}"] = lambda stage, scene=scene: run(stage, scene(Person(stage)))  # type: ignore[misc]  # a default binds it
    command = sys.argv[1:]
    raise SystemExit(desktop_subject.main(f"chart: {command[0]}", command[1:]))

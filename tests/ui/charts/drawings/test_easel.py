"""Deeds on drawings: what is told, what is refused."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.ui.charts.chart_state import ChartState
from live_monitor.ui.charts.drawings.book import DrawingBook
from live_monitor.ui.charts.drawings.easel import Easel
from live_monitor.ui.charts.drawings.hand import Hand
from live_monitor.ui.charts.drawings.places import Places
from live_monitor.ui.charts.drawings.values import MAX_DRAWINGS
from tests.ui.charts.conftest import series_of, walk
from tests.ui.charts.drawings.samples import at, drawing

LINE = drawing("horizontal", at(0, 99.5))


@pytest.fixture
def easel(qapp: object) -> Easel:
    state = ChartState()
    state.set_series(series_of(walk(200)))
    state.resize(900, 560, 72, 1.0)
    return Easel(Places(state))


def test_a_change_is_told_once_and_no_change_never(easel: Easel) -> None:
    told: list[None] = []
    easel.book_changed.connect(lambda: told.append(None))
    easel.add(LINE)
    easel.change(color="up")
    assert len(told) == 2
    easel.change(color="up")
    easel.select(None)
    easel.select(LINE.id)
    easel.undo()
    easel.undo()
    easel.undo()
    assert len(told) == 4


def test_a_book_that_is_full_says_so(easel: Easel, qtbot: QtBot) -> None:
    easel.open_book(DrawingBook(drawing("horizontal", at(0, 99.5), id=f"x{n}") for n in range(MAX_DRAWINGS)))
    with qtbot.waitSignal(easel.refused) as told:
        easel.add(LINE)
    assert "2,000" in told.args[0]
    assert len(easel.book) == MAX_DRAWINGS


def test_a_drawing_whose_id_was_taken_meanwhile_gets_another(easel: Easel) -> None:
    easel.add(LINE)
    easel.add(drawing("vertical", at(3, 99.0)))
    assert [each.kind for each in easel.book.drawings] == ["horizontal", "vertical"]
    assert len({each.id for each in easel.book.drawings}) == 2
    assert easel.selected is not None
    assert easel.selected.kind == "vertical"


def test_clearing_leaves_what_is_locked_and_says_how_many_went(easel: Easel, qtbot: QtBot) -> None:
    easel.add(LINE)
    easel.toggle_lock()
    easel.add(drawing("vertical", at(3, 99.0), id="v"))
    with qtbot.waitSignal(easel.said) as said:
        easel.clear()
    assert said.args == ["1 drawing deleted"]
    assert [each.id for each in easel.book.drawings] == [LINE.id]
    easel.undo()
    assert len(easel.book) == 2


def test_a_text_that_loses_its_words_goes_and_another_drawing_stays(easel: Easel) -> None:
    note = drawing("text", at(0, 99.5), id="n", text="news")
    easel.add(note)
    easel.add(LINE)
    easel.set_text(note, " ")
    assert [each.id for each in easel.book.drawings] == [LINE.id]
    easel.set_text(LINE, "line\tof text")
    easel.set_text(LINE, "")
    assert easel.book.drawings == (LINE,)


def test_a_drawing_in_the_hand_is_in_no_book_before_it_is_put_down(easel: Easel) -> None:
    hand = Hand(easel)
    easel.add(LINE)
    version = easel.book.version
    hand.grab(LINE)
    for minute in range(1, 50):
        hand.drag_to(drawing("horizontal", at(0, 99.5 + minute / 100)))
    assert easel.book.version == version
    hand.drop()
    assert easel.book.version == version + 1
    assert easel.book.drawings[0].anchors[0].price == 99.99


def test_a_hand_that_lets_go_leaves_everything_as_it_was(easel: Easel) -> None:
    hand = Hand(easel)
    easel.add(LINE)
    hand.grab(LINE)
    hand.drag_to(drawing("horizontal", at(0, 98.0)))
    assert hand.let_go()
    assert easel.book.drawings == (LINE,)
    assert hand.sketch.preview is None
    assert hand.sketch.lifted is None
    assert not hand.let_go()


def test_a_place_where_no_drawing_may_be_is_not_dragged_to(easel: Easel) -> None:
    hand = Hand(easel)
    easel.add(LINE)
    hand.grab(LINE)
    hand.drag_to(LINE.__class__(id=LINE.id, kind=LINE.kind, anchors=(at(0, -1.0),)))
    assert hand.sketch.preview == LINE

"""Rows change in place, sort by meaning, and never jump with the market."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPersistentModelIndex, Qt
from PyQt6.QtTest import QAbstractItemModelTester, QSignalSpy
from PyQt6.QtWidgets import QApplication

from live_monitor.ui.row_model import Column, RowModel
from live_monitor.ui.theme import Theme, load_theme

UP, DOWN = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


class Item(NamedTuple):
    """A row."""

    key: str
    size: float
    gain: float


COLUMNS = (
    Column[Item]("Key", lambda row: row.key, lambda row: row.key, bold=True, hint="A <b>name</b>"),
    Column[Item]("Size", lambda row: str(row.size), lambda row: row.size, numeric=True),
    Column[Item]("Gain", lambda row: str(row.gain), lambda row: row.gain, lambda row: "up", numeric=True, live=True),
)


def model_of(theme: Theme) -> RowModel[Item]:
    """A model whose every misuse of Qt's rules fails the test."""
    model = RowModel(COLUMNS, theme, lambda row: row.key, lambda row: row)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    return model


def keys(model: RowModel[Item]) -> str:
    """Keys as they are listed."""
    return "".join(row.key for row in model.rows)


@pytest.fixture
def model(dark: Theme) -> RowModel[Item]:
    """Three rows, by size, the largest first."""
    made = model_of(dark)
    made.sort(1, DOWN)
    made.show_rows([Item("a", 1.0, 5.0), Item("b", 3.0, 1.0), Item("c", 2.0, 9.0)])
    return made


def test_rows_are_sorted_as_they_come(model: RowModel[Item]) -> None:
    assert keys(model) == "bca"
    assert model.row_of("c") == 1
    assert model.row_of("x") == -1


def test_same_rows_again_tell_nobody(model: RowModel[Item]) -> None:
    spy = QSignalSpy(model.dataChanged)
    assert not model.show_rows([Item("a", 1.0, 5.0), Item("b", 3.0, 1.0), Item("c", 2.0, 9.0)])
    assert len(spy) == 0


def test_one_change_of_data_a_frame_spans_what_changed(model: RowModel[Item]) -> None:
    spy = QSignalSpy(model.dataChanged)
    assert model.show_rows([Item("a", 1.0, 6.0), Item("b", 3.0, 1.0), Item("c", 2.0, 8.0)])
    assert len(spy) == 1
    assert (spy[0][0].row(), spy[0][1].row()) == (1, 2)


def test_figure_of_the_market_moves_no_row_until_somebody_sorts(model: RowModel[Item]) -> None:
    model.sort(2, DOWN)
    assert keys(model) == "cab"
    model.show_rows([Item("a", 1.0, 5.0), Item("b", 3.0, 99.0), Item("c", 2.0, 9.0)])
    assert keys(model) == "cab"
    model.sort(2, DOWN)
    assert keys(model) == "bca"


def test_other_figures_do_move_rows_and_the_chosen_one_is_followed(model: RowModel[Item]) -> None:
    chosen = QPersistentModelIndex(model.index(2, 0))
    assert chosen.data() == "a"
    model.show_rows([Item("a", 7.0, 5.0), Item("b", 3.0, 1.0), Item("c", 2.0, 9.0)])
    assert keys(model) == "abc"
    assert (chosen.row(), chosen.data()) == (0, "a")


@pytest.mark.parametrize("order", [UP, DOWN])
def test_what_has_no_number_comes_last_either_way(dark: Theme, order: Qt.SortOrder) -> None:
    model = model_of(dark)
    model.show_rows([Item("n", math.nan, 0.0), Item("a", 1.0, 0.0), Item("b", 2.0, 0.0)])
    model.sort(1, order)
    assert keys(model)[-1] == "n"


def test_headings_explain_themselves_as_plain_text(model: RowModel[Item]) -> None:
    across = Qt.Orientation.Horizontal
    assert model.headerData(0, across) == "Key"
    assert "&lt;b&gt;" in str(model.headerData(0, across, Qt.ItemDataRole.ToolTipRole))
    assert model.headerData(9, across) is None


rows = st.lists(
    st.builds(Item, st.sampled_from("abcdefgh"), st.sampled_from([1.0, 2.0, 3.0, math.nan]), st.floats(0, 9)),
    max_size=8, unique_by=lambda row: row.key,
)  # fmt: skip


@given(frames=st.lists(rows, max_size=6), column=st.integers(0, 1), order=st.sampled_from([UP, DOWN]))
def test_any_frames_leave_the_last_rows_sorted(
    qapp: QApplication, frames: list[list[Item]], column: int, order: Qt.SortOrder
) -> None:
    model = model_of(load_theme("dark"))
    model.sort(column, order)
    for frame in frames:
        model.show_rows(frame)
        assert sorted(row.key for row in model.rows) == sorted(row.key for row in frame)
        by = [COLUMNS[column].key(row) for row in model.rows]
        known = [key for key in by if key == key]
        assert by[: len(known)] == known
        assert known == sorted(known, reverse=order == DOWN)

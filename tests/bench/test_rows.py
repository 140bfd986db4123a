"""Rows, medians and goals."""

from __future__ import annotations

import math

import pytest

from bench.__main__ import BEGIN, END, between_marks, report
from bench.goals import goal_of
from bench.rows import Row, cost, interleave, median, number, row_of, table, yield_of


def test_a_ratio_says_how_many_times_better_ours_is() -> None:
    assert cost("tick", "case", 2.0, "µs", "naive", 8.0).ratio == 4.0
    assert yield_of("desktop", "case", 200_000.0, "events/s", "naive", 25_000.0).ratio == 8.0


def test_absent_numbers_are_null_and_come_back_absent() -> None:
    fields = cost("tick", "case", 2.0, "µs").as_dict()
    assert fields["ratio"] is None
    assert math.isnan(row_of(fields).ratio)
    row = cost("tick", "case", 2.0, "µs", "naive", 8.0)
    assert row_of(row.as_dict()) == row


def test_rounds_are_interleaved_and_their_medians_count() -> None:
    order: list[str] = []
    values = {"ours": iter([3.0, 1.0, 2.0]), "peer": iter([9.0, math.nan, 7.0])}

    def measure(name: str) -> float:
        order.append(name)
        return next(values[name])

    found = interleave(3, {"ours": lambda: measure("ours"), "peer": lambda: measure("peer")})
    assert order == ["ours", "peer"] * 3
    assert found == {"ours": 2.0, "peer": 8.0}


def test_the_median_of_nothing_is_absent() -> None:
    assert math.isnan(median([math.nan]))


def test_a_goal_binds_the_value_and_with_a_peer_the_ratio() -> None:
    case = "socket to state, frames of 10"
    assert goal_of(cost("tick", case, 1.9, "µs/event", "naive", 9.0)) == ("≤ 2, ≥ 4×", True)
    assert goal_of(cost("tick", case, 1.9, "µs/event", "naive", 7.0)) == ("≤ 2, ≥ 4×", False)
    assert goal_of(cost("tick", case, 2.1, "µs/event", "websockets alone", 0.5)) == ("≤ 2", False)
    assert goal_of(Row("tick", "something else", 1.0, "µs")) == ("", None)


def test_a_figure_that_was_not_measured_is_not_judged() -> None:
    assert goal_of(cost("start", "first painted window", math.nan, "ms")) == ("≤ 600", None)


def test_numbers_keep_three_digits() -> None:
    assert [number(value) for value in (0.12345, 12.345, 123456.0, math.nan)] == ["0.123", "12.3", "123,456", "–"]


def test_a_report_has_a_table_for_each_bench_and_no_empty_columns() -> None:
    text = report("a machine", [cost("feed", "wire", 0.8, "µs"), cost("tick", "one", 2.0, "µs", "naive", 8.0)])
    assert "### feed\n\n| case | ours | unit |\n" in text
    assert "### tick\n\n| case | ours | unit | peer  | peer's | ratio |\n" in text


def test_a_report_goes_between_the_marks_of_a_document() -> None:
    document = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert between_marks(document, "new\n") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    with pytest.raises(ValueError, match="has no"):
        between_marks("no marks", "new\n")


def test_a_table_lines_up() -> None:
    lines = table(("a", "bb"), [["xyz", "1"]]).splitlines()
    assert lines == ["| a   | bb |", "| --- | -- |", "| xyz | 1  |"]

"""Bars as lines, and answers as bars."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.timeframe import DAY, MINUTE, SECOND
from live_monitor.data.stores import influx_answer
from live_monitor.data.stores.influx_answer import FIRST_MS, LAST_MS, Series, bars_of, covers_of, quoted, series_of
from live_monitor.data.stores.influx_line import FIELDS, MEASUREMENTS, cover_line, lines_of, tag
from live_monitor.data.stores.store_errors import RefusedBars
from live_monitor.engine.market.bar_columns import NAN, Bar, BarColumns, BarSource, Proof
from live_monitor.ports import SeriesKey
from tests.conformance.history_store import FRIDAY_MS, KEY, a_bar, bits

_LINE = re.compile(r"(?P<name>\w+),(?P<tags>(?:\\.|[^ \\])+) (?P<fields>\S+) (?P<time>-?\d+)")


def parse(line: str) -> tuple[str, dict[str, str], dict[str, float], int]:
    """An independent reading of a line: measurement, tags, fields, ms."""
    match = _LINE.fullmatch(line)
    assert match is not None, line
    pairs = [re.split(r"(?<!\\)=", pair) for pair in re.split(r"(?<!\\),", match["tags"])]
    tags = {name: re.sub(r"\\(.)", r"\1", value) for name, value in pairs}
    fields = {name: float(value) for name, _, value in (pair.partition("=") for pair in match["fields"].split(","))}
    return match["name"], tags, fields, int(match["time"])


def kept(lines: list[str], source: BarSource, known: dict[int, dict[str, float]] | None = None) -> Series:
    """What a server answers after it was sent `lines`: newer fields replace, fields that are left out stay."""
    points = {} if known is None else known
    for line in lines:
        name, _, fields, time_ms = parse(line)
        if name == MEASUREMENTS[source]:
            points.setdefault(time_ms, {}).update(fields)
    rows = [[float(time), *(points[time].get(name) for name in FIELDS)] for time in sorted(points)]
    return Series(columns=["time", *FIELDS], values=rows)


def test_a_bar_is_a_line_of_floats_under_its_three_tags() -> None:
    bar = Bar(FRIDAY_MS, 10.0, 11.5, 9.0, 10.25, 300.0, 10.1, 3, BarSource.HISTORY, True, 1e15, Proof.LATE_PRINT)
    assert list(lines_of(KEY, BarColumns.of([bar]))) == [
        "bars,market=simulated-86,symbol=AAPL,timeframe=1s open=10.0,high=11.5,low=9.0,close=10.25,volume=300.0,"
        f"vwap=10.1,trades=3.0,cumulative_volume=1000000000000000.0,revised=1.0,proof=2.0,absent=0.0 {FRIDAY_MS}"
    ]


@pytest.mark.parametrize("source", list(BarSource))
def test_each_rank_has_a_measurement_of_its_own(source: BarSource) -> None:
    (line,) = lines_of(KEY, BarColumns.of([a_bar(FRIDAY_MS, source=source)]))
    assert line.startswith(f"{MEASUREMENTS[source]},")
    assert len(set(MEASUREMENTS.values())) == len(BarSource)


def test_what_is_absent_is_left_out_and_said() -> None:
    bar = a_bar(FRIDAY_MS, open=NAN, high=NAN, low=NAN, close=NAN, vwap=NAN, trades=-1)
    _, _, fields, _ = parse(next(lines_of(KEY, BarColumns.of([bar]))))
    assert set(fields) == {"volume", "cumulative_volume", "revised", "proof", "absent"}
    assert int(fields["absent"]) == 0b0110_1111
    assert "nan" not in next(lines_of(KEY, BarColumns.of([bar])))


def test_a_number_that_is_gone_in_the_newer_version_does_not_come_back_from_the_older() -> None:
    older, newer = a_bar(FRIDAY_MS, vwap=10.0, trades=7), a_bar(FRIDAY_MS, vwap=NAN, trades=-1)
    points: dict[int, dict[str, float]] = {}
    lines = [line for bar in (older, newer) for line in lines_of(KEY, BarColumns.of([bar]))]
    table = kept(lines, BarSource.OWN, points)
    assert table.values[0][FIELDS.index("vwap") + 1] == 10.0
    assert bits(bars_of(table, BarSource.OWN)) == bits(BarColumns.of([newer]))


@pytest.mark.parametrize("column", ["open", "volume", "vwap", "cumulative_volume"])
def test_an_infinite_number_is_refused(column: str) -> None:
    bars = BarColumns.of([a_bar(FRIDAY_MS), a_bar(FRIDAY_MS + 1_000, **{column: float("inf")})])
    with pytest.raises(RefusedBars, match=f"infinite {column}"):
        list(lines_of(KEY, bars))


@pytest.mark.parametrize(
    ("text", "escaped"), [("ES=F", r"ES\=F"), ("BRK.B", "BRK.B"), ("a b,c", r"a\ b\,c"), ("100%r", "100%r")]
)
def test_tags_are_escaped(text: str, escaped: str) -> None:
    assert tag(text) == escaped
    line = next(lines_of(SeriesKey("m", text, SECOND), BarColumns.of([a_bar(FRIDAY_MS)])))
    assert parse(line)[1]["symbol"] == text


@pytest.mark.parametrize("text", ["", "a\nb", "a\\", "a\x00"])
def test_a_tag_that_cannot_be_written_is_refused(text: str) -> None:
    with pytest.raises(RefusedBars):
        tag(text)


def test_a_cover_is_a_point_at_its_start() -> None:
    assert cover_line(KEY, 100, 200) == "covers,market=simulated-86,symbol=AAPL,timeframe=1s to_ms=200.0 100"
    table = Series(columns=["time", "to_ms"], values=[[100.0, 200.0], [300.0, 300.0]])
    assert covers_of(table) == [(100, 200)]


NUMBERS = st.floats(allow_nan=True, allow_infinity=False, width=64).map(lambda x: NAN if x != x else x)
BARS = st.builds(
    Bar,
    start_ms=st.integers(0, 4_000_000_000).map(lambda ms: ms * 1_000),
    open=NUMBERS, high=NUMBERS, low=NUMBERS, close=NUMBERS, volume=NUMBERS, vwap=NUMBERS,
    trades=st.integers(-1, 2**53), source=st.just(BarSource.STREAM), revised=st.booleans(),
    cumulative_volume=NUMBERS, proof=st.sampled_from(Proof),
)  # fmt: skip


@given(st.lists(BARS, min_size=1, max_size=12, unique_by=lambda bar: bar.start_ms))
def test_any_bar_comes_back_bit_for_bit(bars: list[Bar]) -> None:
    columns = BarColumns.of(sorted(bars))
    found = bars_of(kept(list(lines_of(KEY, columns)), BarSource.STREAM), BarSource.STREAM)
    assert bits(found) == bits(columns)


# -- answers ---------------------------------------------------------------------------------------


def row(time_ms: float, **fields: float | None) -> list[float | None]:
    whole: dict[str, float | None] = {"absent": 0.0, "proof": 0.0, "revised": 0.0, **fields}
    return [time_ms, *(whole.get(name, 1.0) for name in FIELDS)]


def test_columns_may_come_in_any_order() -> None:
    rows = [row(1_000.0, open=5.0, volume=7.0)]
    names = ["time", *FIELDS]
    shuffled = Series(columns=names[::-1], values=[line[::-1] for line in rows])
    bars = bars_of(shuffled, BarSource.HISTORY)
    assert (bars.start_ms.tolist(), bars.open.tolist(), bars.volume.tolist()) == ([1_000], [5.0], [7.0])


@pytest.mark.parametrize(
    "foreign",
    [{"absent": None}, {"absent": 256.0}, {"absent": -1.0}, {"proof": 9.0}, {"proof": None}, {"revised": None}],
)
def test_rows_of_another_program_are_left_out(
    foreign: dict[str, float | None], caplog: pytest.LogCaptureFixture
) -> None:
    table = Series(columns=["time", *FIELDS], values=[row(1_000.0, **foreign), row(2_000.0)])
    assert bars_of(table, BarSource.OWN).start_ms.tolist() == [2_000]
    assert "did not write" in caplog.text


@pytest.mark.parametrize(
    "table",
    [
        Series(columns=["time", "open"], values=[[1.0, 2.0]]),
        Series(columns=["time", *FIELDS], values=[[1.0, 2.0]]),
        Series(columns=["time", *FIELDS], values=[row(1.0), [1.0]]),
    ],
)
def test_another_table_than_the_one_asked_for_is_refused(table: Series) -> None:
    with pytest.raises(ValueError, match=r"columns|rows|inhomogeneous"):
        bars_of(table, BarSource.OWN)


def test_an_empty_table_is_no_bars() -> None:
    assert bars_of(Series(columns=[]), BarSource.OWN).length == 0
    assert covers_of(Series(columns=[])) == []
    assert bars_of(Series(columns=["time", *FIELDS], values=[row(1.0, proof=None)]), BarSource.OWN).length == 0


@pytest.mark.parametrize(
    ("text", "written"), [("ES=F", "'ES=F'"), ("O'R", r"'O\'R'"), ("a\\", r"'a\\'"), ("a\nb", r"'a\nb'")]
)
def test_texts_in_conditions_are_quoted(text: str, written: str) -> None:
    assert quoted(text) == written


def test_times_beyond_the_servers_are_cut_to_them() -> None:
    statement = influx_answer.ask_bars(KEY, BarSource.OWN, -(2**62), 2**62, 10, newest_first=True)
    assert f"time >= {FIRST_MS}ms AND time < {LAST_MS}ms" in statement


def test_only_series_that_can_be_ours_are_named() -> None:
    tags = [
        {"market": "polygon", "symbol": "MSFT", "timeframe": "1m"},
        {"market": "polygon", "symbol": "AAPL", "timeframe": "1D"},
        {"market": "polygon", "symbol": "AAPL", "timeframe": "1s"},
        {"market": "", "symbol": "AAPL", "timeframe": "1s"},
        {"market": "polygon", "symbol": "=cmd()", "timeframe": "1s"},
        {"market": "polygon", "symbol": "AAPL", "timeframe": "5m"},
        {"market": "polygon", "symbol": "AAPL", "timeframe": "soon"},
        {"symbol": "AAPL"},
    ]
    found = series_of([Series(columns=["time", "last"], tags=each) for each in tags])
    assert found == [
        SeriesKey("polygon", "AAPL", SECOND), SeriesKey("polygon", "AAPL", DAY), SeriesKey("polygon", "MSFT", MINUTE)
    ]  # fmt: skip


def test_times_are_exact_in_floats() -> None:
    assert float(LAST_MS) == LAST_MS
    assert int(np.float64(LAST_MS)) == LAST_MS

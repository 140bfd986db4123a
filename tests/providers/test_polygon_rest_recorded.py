"""Polygon's recorded answers, read through the whole client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.timeframe import DAY
from live_monitor.engine.market.conditions import ALL, BAR_HILO, BAR_VOLUME, DAY_HILO, DAY_VOLUME, rules_for
from live_monitor.providers.polygon_rest import PolygonRest
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> Iterator[PolygonRest]:
    mocks = shared_data / "polygon_rest" / "test_rest" / "mocks"
    with FarEnd("polygon_rest_server", "--mocks", str(mocks)) as far:
        rest = PolygonRest(Secret("TESTKEY"), far.rest, clock=ManualClock())
        yield rest
        rest.close()


def test_recorded_prints_of_which_one_was_corrected_are_left_out(recorded: PolygonRest) -> None:
    found = recorded.trades("AAPL", 1_651_100_000_000, 1_651_200_000_000, 2)

    assert found.trades == []  # both carry correction 1: replaced by a later record
    assert found.whole


def test_recorded_quotes_have_no_sizes_because_these_were_round_lots_then(recorded: PolygonRest) -> None:
    quote = recorded.newest_quote("AAPL", 1_652_191_900_000)

    assert quote is not None
    assert (quote.bid_price, quote.ask_price) == (155.85, 155.87)
    assert (quote.timestamp_ms, quote.sequence) == (1_652_191_872_800, 19_288_684)
    assert quote.bid_size != quote.bid_size


def test_recorded_level_1(recorded: PolygonRest) -> None:
    (found,) = recorded.snapshots(["AAPL"])

    assert (found.last, found.last_size, found.last_timestamp_ms) == (159.99, 200, 1_651_251_948_294)
    assert (found.bid, found.ask) == (159.98, 159.99)
    assert (found.open, found.high, found.low) == (161.84, 166.2, 159.8)
    assert (found.previous_close, found.day_volume, found.day_vwap) == (163.64, 68_840_127, 162.7124)
    assert found.timestamp_ms == 1_651_251_948_294


def test_recorded_level_1_of_many(recorded: PolygonRest) -> None:
    found = {row.symbol: row for row in recorded.snapshots(["BCAT", "AAPL"])}

    assert "BCAT" in found
    assert found["BCAT"].last == found["BCAT"].last


def test_the_recorded_previous_close(recorded: PolygonRest) -> None:
    bar = recorded.previous_close("AAPL")

    assert bar is not None
    assert (bar.close, bar.volume, bar.transactions) == (156.8, 95_595_226, 899_965)
    # 2022-04-26, midnight in New York.
    assert (bar.start_ms, bar.end_ms) == (1_650_945_600_000, 1_651_032_000_000)


def test_recorded_official_prices(recorded: PolygonRest) -> None:
    found = recorded.open_close("AAPL", date(2005, 4, 1))

    assert found is not None
    assert (found.day, found.open, found.close, found.pre_market) == (date(2021, 4, 1), 123.66, 123, 123.45)


def test_recorded_state_of_the_market(recorded: PolygonRest) -> None:
    now = recorded.market_status()

    assert (now.market, now.exchanges["nyse"], now.server_ms) == ("extended-hours", "extended-hours", 1_651_178_888_000)
    assert not now.is_closed


def test_recorded_holidays_are_one_a_day(recorded: PolygonRest) -> None:
    found = recorded.holidays()

    assert [holiday.day.isoformat() for holiday in found] == [
        "2022-05-30", "2022-06-20", "2022-07-04", "2022-09-05", "2022-11-24", "2022-11-25", "2022-12-26",
    ]  # fmt: skip
    (early,) = [holiday for holiday in found if not holiday.closed]
    assert (early.day, early.open_ms, early.close_ms) == (date(2022, 11, 25), 1_669_386_600_000, 1_669_399_200_000)


def test_recorded_conditions_agree_with_the_packaged_table(recorded: PolygonRest) -> None:
    found = recorded.conditions()

    packaged = rules_for("polygon")
    assert [row.id for row in found] == list(range(1, 11))
    for row in found:
        flags = packaged.flags((row.id,))
        assert bool(flags & DAY_HILO) is row.high_low, row
        assert bool(flags & DAY_VOLUME) is row.volume, row
        assert bool(flags & (BAR_HILO | BAR_VOLUME)) is (row.high_low or row.volume), row
    assert packaged.flags((1,)) == ALL


def test_recorded_symbols(recorded: PolygonRest) -> None:
    found = recorded.search("a")

    assert [hit.symbol for hit in found] == ["A", "AA"]
    assert found[0][1:] == ("Agilent Technologies Inc.", "CS", "XNYS")


def test_recorded_exchanges(recorded: PolygonRest) -> None:
    found = {exchange.id: exchange for exchange in recorded.exchanges()}

    assert found[1].mic == "XASE"


def test_nothing_of_the_recorded_answers_was_refused(recorded: PolygonRest) -> None:
    recorded.holidays()
    recorded.aggregates("AAPL", DAY, 1_112_331_600_000, 1_112_600_000_000, 10)

    assert recorded.rejections.total == 0

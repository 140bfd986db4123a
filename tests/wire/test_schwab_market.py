"""Schwab's answers about the market: recorded bodies, and what cannot be believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from live_monitor.data.models.providers import SymbolHit
from live_monitor.engine.market.sessions import us_equities
from live_monitor.limits import Refused, Rejections
from live_monitor.wire.schwab_market import candles, instruments, iso, preference, problem, quotes, time_of

NOW = 1_795_188_600_000


def test_a_recorded_quote_is_level_1_without_sizes_that_nobody_is_sure_of(shared_data: Path) -> None:
    raw = (shared_data / "schwab_rb/spec/fixtures/quotes/NVDA_quote.json").read_bytes()
    rejections = Rejections()
    found = quotes(raw, NOW, rejections)
    (row,) = found.rows
    assert (row.symbol, row.last, row.last_size, row.bid, row.ask) == ("NVDA", 123.2291, 498, 123.2, 123.22)
    assert (row.open, row.high, row.low, row.previous_close, row.day_volume) == (
        123.1,
        125.0,
        118.1,
        123.7,
        392_925_469,
    )
    assert (row.last_timestamp_ms, row.quote_timestamp_ms) == (1_738_285_199_788, 1_738_285_199_972)
    assert row.bid_size != row.bid_size
    assert (found.delayed, found.unknown, rejections.total) == (frozenset(), [], 0)


def test_recorded_quotes_of_several_symbols_come_together(shared_data: Path) -> None:
    raw = (shared_data / "schwab_sdk/tests/fixtures/quotes/list.json").read_bytes()
    assert [(row.symbol, row.last) for row in quotes(raw, NOW, Rejections()).rows] == [("AAPL", 175.5), ("MSFT", 415.2)]


def test_unknown_symbols_are_named_and_delayed_ones_are_said() -> None:
    body = {
        "BRK/B": {"realtime": False, "quote": {"lastPrice": 1.5}},
        "AAPL": {"realtime": True, "quote": {"lastPrice": 2.5}},
        "errors": {"invalidSymbols": ["NOSUCH", 7, "a b"]},
    }
    found = quotes(json.dumps(body).encode(), NOW, Rejections())
    assert ([row.symbol for row in found.rows], found.unknown) == (["BRK.B", "AAPL"], ["NOSUCH"])
    assert found.delayed == {"BRK.B"}


@pytest.mark.parametrize("bad", ["-1", '"3"', "true", "1e999", "null"])
def test_a_price_of_a_quote_that_cannot_be_is_absent(bad: str) -> None:
    (row,) = quotes(f'{{"A":{{"quote":{{"lastPrice":{bad},"bidPrice":2}}}}}}'.encode(), NOW, Rejections()).rows
    assert row.last != row.last
    assert row.bid == 2


def test_recorded_days_begin_at_midnight_in_new_york(shared_data: Path) -> None:
    raw = (shared_data / "schwab_rb/spec/fixtures/price_history_daily.json").read_bytes()
    rejections = Rejections()
    bars = candles(raw, days=True, rejections=rejections)
    recorded = json.loads(raw)["candles"]
    assert [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars] == [
        (row["open"], row["high"], row["low"], row["close"], row["volume"]) for row in recorded
    ]
    starts = [us_equities().to_new_york(bar.start_ms) for bar in bars]
    assert {(start.hour, start.minute) for start in starts} == {(0, 0)}
    assert str(starts[0].date()) == "2025-06-18"
    assert rejections.total == 0


def test_recorded_minutes_are_those_of_the_answer(shared_data: Path) -> None:
    raw = (shared_data / "schwab_sdk/tests/fixtures/price_history/get.json").read_bytes()
    bars = candles(raw, days=False, rejections=Rejections())
    assert [(bar.start_ms, bar.close) for bar in bars] == [(1_710_423_000_000, 175.5), (1_710_426_600_000, 176.2)]


CANDLE = {"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5, "volume": 100, "datetime": 1_710_423_000_000}


@pytest.mark.parametrize(
    "change",
    [{"high": 9.5}, {"low": 0}, {"volume": -1}, {"datetime": 0}, {"datetime": 1_710_423_000_001}, {"open": None}],
)
def test_a_candle_that_cannot_be_is_left_out_and_counted(change: dict[str, Any]) -> None:
    rejections = Rejections()
    body = {"candles": [CANDLE, {**CANDLE, "datetime": 1_710_423_060_000, **change}, 3]}
    assert len(candles(json.dumps(body).encode(), days=False, rejections=rejections)) == 1
    assert rejections.total == 2


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"candles":{}}', b"<html>", b'{"candles":[],"candles":[]}'])
def test_an_answer_without_candles_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused):
        candles(raw, days=False, rejections=Rejections())


def test_recorded_instruments_are_hits(shared_data: Path) -> None:
    raw = (shared_data / "schwab_sdk/tests/fixtures/instruments/list.json").read_bytes()
    assert instruments(raw)[0] == SymbolHit("AAPL", "Apple Inc", "EQUITY", "NASDAQ")


def test_names_of_instruments_are_plain_text() -> None:
    raw = json.dumps({"instruments": [{"symbol": "A", "description": "a\u202eb\nc"}, {"symbol": "=X()"}, 4]}).encode()
    assert instruments(raw) == [SymbolHit("A", "a b c")]


@pytest.mark.parametrize("path", ["schwab_py/preferences.json", "schwab_rb/spec/fixtures/user_preferences.json"])
def test_recorded_preferences_say_where_to_stream_and_as_whom(shared_data: Path, path: str) -> None:
    found = preference((shared_data / path).read_bytes())
    assert found.url == "wss://streamer-api.schwab.com/ws"
    assert all(found.ids)
    assert found.permission == "NP"


@pytest.mark.parametrize("body", [{}, {"streamerInfo": []}, {"streamerInfo": [{"streamerSocketUrl": "wss://x"}]}])
def test_a_preference_without_an_address_or_a_name_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        preference(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("trader_error.json", "Not authorized to access this resource: Invalid bearer token"),
        ("market_data_error.json", "Not Found: Symbol not found"),
        ("unrecognized.txt", "upstream request timeout"),
    ],
)
def test_recorded_errors_are_told_in_their_own_words(shared_data: Path, name: str, words: str) -> None:
    assert problem((shared_data / "schwab_sdk/tests/fixtures/errors" / name).read_bytes()) == words


@pytest.mark.parametrize("raw", [b"", b"<html><body>Bad gateway</body></html>", b"[1]", b"{}", b'{"errors":[3,{}]}'])
def test_an_error_without_readable_words_says_nothing(raw: bytes) -> None:
    assert problem(raw) == ""


def test_times_go_both_ways() -> None:
    assert iso(1_795_188_600_007) == "2026-11-20T15:30:00.007Z"
    assert time_of("2026-11-20T15:30:00+0000") == 1_795_188_600_000
    assert [time_of(bad) for bad in ("", None, 3, "2026-11-20", "soon", "2026-11-20T15:30:00")] == [0] * 6


def test_the_change_of_a_recorded_quote_is_schwabs_own(shared_data: Path) -> None:
    raw = (shared_data / "schwab_rb/spec/fixtures/quotes/NVDA_quote.json").read_bytes()
    (row,) = quotes(raw, NOW, Rejections()).rows
    assert row.net_change == json.loads(raw)["NVDA"]["quote"]["netChange"]


def test_candles_are_told_oldest_first_and_each_once() -> None:
    bars = [{"open": 1, "high": 2, "low": 1, "close": price, "volume": 5, "datetime": NOW - NOW % 60_000 + at}
            for price, at in ((1.1, 60_000), (1.2, 0), (1.3, 60_000))]  # fmt: skip
    found = candles(json.dumps({"candles": bars}).encode(), days=False, rejections=Rejections())
    assert [bar.close for bar in found] == [1.2, 1.3]


@pytest.mark.parametrize(("at_ms", "volume"), [(1_795_177_679_999, "nan"), (1_795_177_680_000, "7.0")])
def test_the_volume_of_an_answer_counts_only_once_schwab_has_begun_it_anew(at_ms: int, volume: str) -> None:
    raw = json.dumps({"AAPL": {"quote": {"lastPrice": 1.5, "totalVolume": 7}}}).encode()
    assert str(quotes(raw, at_ms, Rejections()).rows[0].day_volume) == volume

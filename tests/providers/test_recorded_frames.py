"""Recorded frames of a relay server and of Polygon's stream, played again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from live_monitor.data.models.market_data import Aggregate, Quote, SecondAggregate, Snapshot, Trade
from live_monitor.errors import SessionFileError
from live_monitor.providers.recorded_frames import translator_for
from live_monitor.providers.replay import ReplayMarket
from live_monitor.wire import relay
from live_monitor.wire.session_file import SessionHeader, SessionWriter

#: 2026-11-20 10:00 New York: market time. The recording was made at another time, as with a simulated feed.
MARKET_MS = 1_795_186_800_000
RECEIVED_NS = 1_700_000_000_000_000_000


def trade(at: int, price: float, sequence: int, symbol: str = "AAPL", size: float = 100.0) -> Trade:
    return Trade(symbol, price, size, MARKET_MS + at, (), 4, f"{sequence}", sequence)


MINUTE = Aggregate(
    "AAPL", MARKET_MS - 60_000, MARKET_MS, 9.0, 9.9, 8.9, 9.5, 700.0, 9.4, day_volume=10_700.0, day_open=9.0
)
QUOTE = Quote("AAPL", MARKET_MS + 10, 9.9, 3, 10.1, 4)
FRAMES = [
    relay.encode(relay.Hello(["batch"], provider="simulated", label="SIMULATED", symbols=["AAPL", "MSFT"])),
    relay.encode(relay.ClockFrame(MARKET_MS - 1_000)),
    relay.encode(relay.SnapshotFrame(Snapshot("AAPL", MARKET_MS - 1_000, last=9.5, open=9.0, high=11.0, low=8.0,
                                              previous_close=8.8, day_volume=10_000.0, sequence=5))),
    relay.encode(relay.HistoryPage("AAPL", "1m", 1, [Aggregate("AAPL", MARKET_MS - 120_000, MARKET_MS - 60_000,
                                                              8.5, 9.1, 8.4, 9.0, 500.0)])),
    relay.market_data(relay.encode(MINUTE)),
    relay.market_data_batch([relay.encode(QUOTE), relay.encode(trade(20, 10.0, 6))]),
    b'{"type":"market_data","data":{"broken',
    relay.market_data(relay.encode(trade(30, 50.0, 1, "MSFT"))),
    b"[" + relay.encode(trade(1_500, 10.5, 7)) + b"," + relay.encode(trade(1_400, 10.4, 8)) + b"]",
    relay.encode(relay.EndOfFeed()),
]  # fmt: skip


def record(path: Path, frames: Sequence[bytes], provider: str = "simulated", symbols: tuple[str, ...] = ()) -> Path:
    header = SessionHeader(
        provider, "relay", symbols, "2023-11-14", label="SIMULATED" if provider == "simulated" else ""
    )
    with path.open("wb") as stream:
        writer = SessionWriter(stream, header)
        for number, raw in enumerate(frames):
            writer.write(raw, RECEIVED_NS + number, provider)
        writer.close()
    return path


def test_a_recorded_stream_is_played_by_its_own_market_time(tmp_path: Path) -> None:
    market = ReplayMarket.open(record(tmp_path / "s", FRAMES))
    assert (market.provider, market.symbols) == ("simulated", ("AAPL", "MSFT"))
    assert market.label == "REPLAY 2026-11-20 · SIMULATED"
    assert market.start_ms == MARKET_MS - 1_000
    assert market.end_ms == MARKET_MS + 60_000
    assert market.advance(MARKET_MS - 1) == []
    assert market.advance(MARKET_MS) == [MINUTE]
    assert [type(event) for event in market.advance(MARKET_MS + 25)] == [Quote, Trade]
    rest = market.advance(market.end_ms)
    # In the order of arrival, and no bars made up beside those that the stream carried.
    assert [event.sequence for event in rest if isinstance(event, Trade)] == [1, 7, 8]
    assert len(rest) == 3
    assert market.rejections.total == 1


def test_level_1_and_history_start_from_what_the_recorded_server_said(tmp_path: Path) -> None:
    market = ReplayMarket.open(record(tmp_path / "s", FRAMES))
    assert market.advance(market.start_ms) == []
    first = market.snapshot("AAPL")
    assert first is not None
    assert (first.open, first.high, first.previous_close, first.day_volume) == (9.0, 11.0, 8.8, 10_000)
    market.advance(market.end_ms)
    last = market.snapshot("AAPL")
    assert last is not None
    # 10,700 up to the bar's end by the provider's own count, and three prints since.
    assert (last.last, last.bid, last.ask, last.day_volume) == (10.5, 9.9, 10.1, 11_000)
    minutes, _ = market.history("AAPL", 60_000, market.end_ms, 10)
    assert [(bar.start_ms - MARKET_MS, bar.volume) for bar in minutes] == [(-120_000, 500), (-60_000, 700), (0, 300)]


def test_without_a_snapshot_no_day_figure_is_made_up(tmp_path: Path) -> None:
    market = ReplayMarket.open(record(tmp_path / "s", FRAMES))
    market.advance(market.end_ms)
    other = market.snapshot("MSFT")
    assert other is not None
    assert other.last == 50.0
    assert all(map(math.isnan, (other.open, other.day_volume, other.previous_close)))
    assert other.partial_since_ms > 0


def test_polygons_own_arrays_are_understood(tmp_path: Path) -> None:
    frames = [
        b'[{"ev":"status","status":"connected"}]',
        b'[{"ev":"T","sym":"AAPL","p":10.0,"s":100,"t":%d,"q":1},{"ev":"A","sym":"AAPL","s":%d,"e":%d,"o":10,"h":10,'
        b'"l":10,"c":10,"v":100}]' % (MARKET_MS, MARKET_MS, MARKET_MS + 1_000),
    ]
    market = ReplayMarket.open(record(tmp_path / "s", frames, "polygon", ("AAPL",)))
    assert market.label == "REPLAY 2026-11-20"
    assert [type(event) for event in market.advance(market.end_ms)] == [Trade, SecondAggregate]


def test_the_stream_of_one_symbol_can_be_played_alone(tmp_path: Path) -> None:
    market = ReplayMarket.open(record(tmp_path / "s", FRAMES), symbols=["MSFT"])
    assert [event.symbol for event in market.advance(market.end_ms) if isinstance(event, Trade)] == ["MSFT"]
    assert market.snapshot("AAPL") is None


def test_a_session_without_events_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SessionFileError, match="no events"):
        ReplayMarket.open(record(tmp_path / "s", FRAMES[:1]))


def test_prints_that_a_relay_passed_on_follow_the_rules_of_their_provider(tmp_path: Path) -> None:
    prints = [
        Trade("XYZ", price, 100.0, MARKET_MS + at, (basis, "01"), 11, f"{at}", at + 1)
        for at, (price, basis) in enumerate([(5.0, "C"), (9.0, "O"), (5.1, "E")])
    ]
    frames = [relay.market_data(relay.encode(each)) for each in prints]
    market = ReplayMarket.open(record(tmp_path / "s", frames, "iqfeed"))
    market.advance(market.end_ms)
    (minute,), _ = market.history("XYZ", 60_000, market.end_ms, 10)
    assert (market.provider, minute.high, minute.volume) == ("iqfeed", 5.1, 200)


def test_an_encoding_that_cannot_be_replayed_is_named() -> None:
    with pytest.raises(SessionFileError, match="'smoke-signals'") as raised:
        translator_for(SessionHeader("polygon", "smoke-signals", (), "2021-03-01"))
    assert raised.value.remedy

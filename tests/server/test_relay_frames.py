"""Frames stay small, and what is absent is left out of them."""

from __future__ import annotations

import json

import pytest

from live_monitor import limits
from live_monitor.data.models.market_data import Quote, Snapshot
from live_monitor.limits import Rejections
from live_monitor.ports import PastPage
from live_monitor.server.relay_frames import (
    FRAME_BYTES,
    FRAME_EVENTS,
    PAGE_BYTES,
    encode_batch,
    encode_event,
    encode_history,
    encode_snapshot,
)
from live_monitor.wire.relay import HistoryPage, RelayDecoder, Request, SnapshotFrame
from tests.fakes.scripted_market import START_MS, a_minute, a_trade

#: Not the NaN that is the default of the fields: that one the encoder leaves out by itself.
ANOTHER_NAN = float("inf") - float("inf")


def test_absent_sides_of_a_quote_are_left_out_whichever_nan_they_are() -> None:
    quote = Quote("AAPL", START_MS, ANOTHER_NAN, ANOTHER_NAN, 100.0, 5.0)
    assert json.loads(encode_event(quote)) == {"ev": "Q", "sym": "AAPL", "t": START_MS, "ap": 100.0, "as": 5.0}


def test_a_trade_is_encoded_as_it_is() -> None:
    assert json.loads(encode_event(a_trade(sequence=7)))["q"] == 7


def test_a_snapshot_with_absent_figures_is_understood() -> None:
    raw = encode_snapshot(Snapshot("AAPL", START_MS, last=ANOTHER_NAN, bid=99.0))
    assert json.loads(raw)["data"] == {"symbol": "AAPL", "timestamp_ms": START_MS, "bid": 99.0}
    frame = RelayDecoder(Rejections()).decode(raw, 0, limits.MAX_TIME_MS)
    assert isinstance(frame, SnapshotFrame)


def test_history_with_an_absent_vwap_is_understood() -> None:
    bar = a_minute()
    bare = type(bar)(bar.symbol, bar.start_ms - 60_000, bar.start_ms, 1.0, 1.0, 1.0, 1.0, 5.0, ANOTHER_NAN)
    raw = encode_history(Request("history", symbol="AAPL", request_id=3), PastPage([bare, bar], False, bare.start_ms))
    page = RelayDecoder(Rejections()).decode(raw, 0, limits.MAX_TIME_MS)
    assert isinstance(page, HistoryPage)
    assert (page.request_id, page.more, len(page.bars)) == (3, False, 2)


def test_a_page_that_is_too_large_keeps_the_newest_bars_and_says_that_there_are_more() -> None:
    bars = [a_minute(number=number, volume=1e14 / 3) for number in range(12_000)]
    raw = encode_history(Request("history", symbol="AAPL", request_id=3), PastPage(bars, False, START_MS))
    page = RelayDecoder(Rejections()).decode(raw, 0, limits.MAX_TIME_MS)
    assert isinstance(page, HistoryPage)
    assert PAGE_BYTES // 2 < len(raw) <= PAGE_BYTES
    assert page.more
    assert page.bars == bars[-len(page.bars) :]
    assert page.from_ms == page.bars[0].start_ms


@pytest.mark.parametrize("count", [1, FRAME_EVENTS, FRAME_EVENTS + 1, 5 * FRAME_EVENTS])
def test_batches_hold_every_event_in_order_and_at_most_500(count: int) -> None:
    frames = encode_batch([b'{"n":%d}' % number for number in range(count)])
    batches = [json.loads(frame)["data"] for frame in frames]
    assert max(map(len, batches)) <= FRAME_EVENTS
    assert [event["n"] for batch in batches for event in batch] == list(range(count))


def test_batches_stay_small_when_their_events_are_long() -> None:
    frames = encode_batch([b'"' + b"x" * 2_000 + b'"'] * FRAME_EVENTS)
    assert max(map(len, frames)) <= FRAME_BYTES
    assert sum(len(json.loads(frame)["data"]) for frame in frames) == FRAME_EVENTS

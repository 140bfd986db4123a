"""What the generator sends is what a server of ours sends."""

from __future__ import annotations

from bench import flood
from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.limits import Rejections
from live_monitor.wire.relay import RelayDecoder


def _decoded(frame: bytes, at_ms: int, lap: int) -> list[Trade | Quote]:
    payload = flood.dressed(frame, at_ms, lap)
    payload = payload[4:] if payload[1] == 126 else payload[2:]
    rejections = Rejections()
    events = RelayDecoder(rejections).decode(payload, at_ms, at_ms + 1_000)
    assert isinstance(events, list)
    assert not rejections.total
    return events  # type: ignore[return-value]  # the flood holds prints and quotes only


def test_frames_carry_the_time_of_sending_and_never_a_known_sequence() -> None:
    market = flood.market(["AAPL"], 2_000.0)
    snapshot = market.snapshot("AAPL")
    events = flood.lap(market, 400)
    frames = flood.frames(events, 10)
    at_ms = market.start_ms + 5_000
    first, second = ([e for frame in frames for e in _decoded(frame, at_ms, lap)] for lap in (0, 1))
    assert len(first) == len(second) == 400
    assert {event.timestamp_ms for event in first} == {at_ms}
    sequences = [event.sequence for event in first + second]
    assert sequences == sorted(set(sequences))
    assert snapshot is not None
    assert sequences[0] > snapshot.sequence
    assert {type(event) for event in first} == {Trade, Quote}


def test_one_event_a_frame_wears_the_documented_envelope() -> None:
    market = flood.market(["AAPL"], 2_000.0)
    (frame,) = flood.frames(flood.lap(market, 1), 0)
    assert frame[4:].startswith(b'{"type":"market_data","data":{')
    assert len(_decoded(frame, market.start_ms, 0)) == 1


def test_dressing_never_changes_a_length() -> None:
    market = flood.market(["AAPL"], 2_000.0)
    stretch = b"".join(flood.frames(flood.lap(market, 50), 10))
    assert len(flood.dressed(stretch, market.start_ms, 12_345)) == len(stretch)

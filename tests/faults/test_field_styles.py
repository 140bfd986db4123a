"""Row M15: an event means the same in the vendor's short field names and in the documented long ones."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from live_monitor.data.models.market_data import Aggregate
from tests.faults.conftest import NOW, Far

_SHORT = {
    "symbol": "sym",
    "price": "p",
    "size": "s",
    "timestamp": "t",
    "conditions": "c",
    "exchange": "x",
    "bid_price": "bp",
    "bid_size": "bs",
    "ask_price": "ap",
    "ask_size": "as",
    "open": "o",
    "high": "h",
    "low": "l",
    "close": "c",
    "volume": "v",
    "vwap": "vw",
    "event_type": "ev",
}
_any_price = st.one_of(
    st.floats(0.01, 5_000).map(lambda p: round(p, 4)), st.sampled_from([0, -1, None, True, "x", 1e300])
)
_trades = st.fixed_dictionaries(
    {
        "event_type": st.just("trade"),
        "symbol": st.sampled_from(["AAPL", "BRK.B", "bad symbol"]),
        "price": _any_price,
        "size": st.one_of(st.integers(-1, 10_000), st.none()),
        "timestamp": st.sampled_from([NOW, NOW // 1000, 0, NOW * 1000]),
    },
    optional={"conditions": st.lists(st.integers(0, 60), max_size=3), "exchange": st.integers(1, 21)},
)
_quotes = st.fixed_dictionaries(
    {"event_type": st.just("quote"), "symbol": st.just("AAPL"), "timestamp": st.just(NOW)},
    optional={
        "bid_price": _any_price,
        "bid_size": st.integers(-1, 500),
        "ask_price": _any_price,
        "ask_size": st.integers(0, 500),
    },
)


@settings(max_examples=1_000)
@given(event=st.one_of(_trades, _quotes))
def test_m15_both_field_styles_give_the_same_events_and_the_same_refusals(event: dict[str, Any]) -> None:
    long, short, mixed = Far(), Far(), Far()
    kinds = {"trade": "T", "quote": "Q"}
    brief = {_SHORT[name]: value for name, value in event.items()} | {"ev": kinds[event["event_type"]]}
    half = {(_SHORT[name] if position % 2 else name): value for position, (name, value) in enumerate(event.items())}
    half["event_type" if "event_type" in half else "ev"] = kinds[event["event_type"]]
    from_long, from_short, from_mixed = long.take_event(**event), short.take_event(**brief), mixed.take_event(**half)
    assert repr(from_long) == repr(from_short) == repr(from_mixed)
    assert long.rejections.by_reason == short.rejections.by_reason == mixed.rejections.by_reason


def test_m15_a_minute_bar_in_the_documented_long_style(far: Far) -> None:
    (bar,) = far.take_event(
        event_type="aggregate",
        symbol="AAPL",
        timestamp=NOW,
        open=150.0,
        high=150.5,
        low=149.75,
        close=150.25,
        volume=100_000,
        vwap=150.10,
        transactions=500,
    )
    assert type(bar) is Aggregate
    assert (bar.start_ms, bar.end_ms, bar.close, bar.transactions) == (NOW, NOW + 60_000, 150.25, 500)


def test_m15_ten_thousand_events_in_two_encodings_give_the_same_state() -> None:
    random = Random(10_000)
    long, short = Far(), Far()
    for number in range(10_000):
        event: dict[str, Any] = {"event_type": "trade", "symbol": "AAPL", "timestamp": NOW + number, "exchange": 12}
        event["price"] = random.choice([round(random.uniform(1, 500), 4), 0, -1, True, "9", None])
        event["size"] = random.choice([1, 100, 2_500, 0, None])
        event["conditions"] = random.choice([[], [37], [14, 41], "37", [None]])
        brief = {_SHORT[name]: value for name, value in event.items()} | {"ev": "T"}
        assert long.take_event(**event) == short.take_event(**brief)
    assert long.rejections.by_reason == short.rejections.by_reason
    assert long.rejections.total > 1_000

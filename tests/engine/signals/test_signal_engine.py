"""The engine that turns closed minute bars into entry and exit signals."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.signals import EntrySignal, ExitSignal
from live_monitor.engine.market.bar_series import MINUTE_MS, NAN, Bar
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.signals.signal_engine import SignalEngine
from tests.engine.signals.sample_bars import OPEN_MS, ohlc, walk, walks

URGENCY = {"STOP": "Urgent", "TRAIL": "Warning", "TARGET": "Normal"}


def engine() -> SignalEngine:
    return SignalEngine("AAPL", calendar=us_equities())


def run(bars: list[Bar], into: SignalEngine | None = None) -> list[Any]:
    """Every signal of `bars`, in order; dicts of either shape, told apart by `exit_type`."""
    target = engine() if into is None else into
    return [signal for bar in bars for signal in target.on_bar(bar)]


def reclaim(minute: int = 30, price: float = 100.0, last_volume: float = 2_500.0) -> list[Bar]:
    """A quiet session under its VWAP that closes above it, on volume, in the bar of `minute`."""
    bars = [ohlc(0, price + 0.5, price + 0.55, price + 0.45, price + 0.5, 3_000.0)]
    bars += [ohlc(at, price, price + 0.10, price - 0.10, price) for at in range(1, minute)]
    return [*bars, ohlc(minute, price, price + 0.62, price - 0.05, price + 0.60, last_volume)]


def shifted(bars: list[Bar], days: int) -> list[Bar]:
    return [bar._replace(start_ms=bar.start_ms + days * 24 * 60 * MINUTE_MS) for bar in bars]


def test_close_over_vwap_on_volume_enters_long_at_that_close() -> None:
    signals = run(reclaim())
    assert len(signals) == 1
    entry = signals[0]
    assert entry == {
        "time": "10:01:00",
        "signal_type": "LONG",
        "price": "100.60",
        "signal": "VWAP reclaim",
        "strength": entry["strength"],
        "notes": entry["notes"],
        "timestamp": us_equities().to_new_york(OPEN_MS + 31 * MINUTE_MS),
        "symbol": "AAPL",
    }
    assert "stop 100.2" in entry["notes"]
    assert "volume 2.5 × mean" in entry["notes"]


def test_usual_volume_does_not_confirm() -> None:
    assert run(reclaim(last_volume=1_100.0)) == []


def test_stop_in_the_next_bar_ends_the_position_urgently() -> None:
    signals = run([*reclaim(), ohlc(31, 100.5, 100.5, 99.9, 100.0)])
    stop = signals[1]
    assert stop == {
        "time": "10:02:00",
        "exit_type": "STOP",
        "price": stop["price"],
        "pnl": stop["pnl"],
        "signal": f"LONG from 100.60: stop {stop['price']}",
        "urgency": "Urgent",
        "timestamp": us_equities().to_new_york(OPEN_MS + 32 * MINUTE_MS),
        "symbol": "AAPL",
        "pnl_value": round(float(stop["price"]) - 100.60, 4),
    }
    assert stop["pnl"].startswith("-0.")


def test_signals_have_exactly_the_documented_fields() -> None:
    seen: dict[str, dict[str, Any]] = {}
    for seed in range(20):
        for signal in run(walk(seed)):
            seen["exit" if "exit_type" in signal else "entry"] = dict(signal)
    assert set(seen["entry"]) == set(get_type_hints(EntrySignal))
    assert set(seen["exit"]) == set(get_type_hints(ExitSignal))
    assert isinstance(seen["entry"]["price"], str)
    assert isinstance(seen["exit"]["pnl_value"], float)
    assert seen["exit"]["timestamp"].utcoffset() == timedelta(hours=-5)


@given(walks, st.integers(0, 480))
def test_no_bar_changes_what_was_signalled_before_it(bars: list[Bar], count: int) -> None:
    whole, prefix = run(bars), run(bars[:count])
    assert whole[: len(prefix)] == prefix


@given(walks)
def test_entries_and_exits_alternate_and_carry_their_own_arithmetic(bars: list[Bar]) -> None:
    entry: Any = None
    times = []
    for signal in run(bars):
        times.append(signal["timestamp"])
        if "exit_type" not in signal:
            assert entry is None
            entry = signal
            continue
        assert entry is not None
        assert signal["timestamp"] > entry["timestamp"]
        side = 1 if entry["signal_type"] == "LONG" else -1
        bought, left = float(entry["price"]), float(signal["price"])
        assert signal["pnl_value"] == pytest.approx(side * (left - bought), abs=1e-9)
        assert float(signal["pnl"].rstrip("%")) == pytest.approx(side * (left - bought) / bought * 100, abs=0.00501)
        assert signal["pnl"][0] in "+-"
        assert signal["urgency"] == URGENCY[signal["exit_type"]]
        if signal["exit_type"] == "TARGET":
            assert signal["pnl_value"] > 0
        if signal["exit_type"] == "STOP":
            assert signal["pnl_value"] < 0
        entry = None
    assert times == sorted(set(times))


@given(walks)
def test_the_same_bars_give_the_same_signals_also_after_a_reset(bars: list[Bar]) -> None:
    used = engine()
    first = run(bars, used)
    used.reset()
    assert run(bars, used) == first == run(bars)


@given(walks)
def test_signals_lie_in_regular_hours_and_entries_leave_time_to_work(bars: list[Bar]) -> None:
    for signal in run(bars):
        assert "09:44:00" <= signal["time"] <= "16:00:00"
        if "exit_type" not in signal:
            assert signal["time"] <= "15:45:00"


def test_a_random_day_gives_a_handful_of_entries() -> None:
    counts = [sum("exit_type" not in signal for signal in run(walk(seed))) for seed in range(40)]
    assert 3 <= sum(counts) / len(counts) <= 15
    assert max(counts) <= 25


def test_a_position_still_open_at_the_close_ends_without_an_invented_exit() -> None:
    late = reclaim(minute=370)
    quiet = [ohlc(minute, 100.6, 100.65, 100.55, 100.6) for minute in range(371, 390)]
    after = [ohlc(minute, 90.0, 91.0, 89.0, 90.0) for minute in range(390, 430)]
    next_day = shifted(reclaim(), 3)  # Friday to Monday
    kinds = [("exit_type" in signal, signal["timestamp"].date()) for signal in run([*late, *quiet, *after, *next_day])]
    assert kinds == [(False, date(2026, 11, 20)), (False, date(2026, 11, 23))]


def test_a_day_depends_on_its_own_bars_only() -> None:
    monday = shifted(walk(7), 3)
    both = [signal for signal in run([*walk(3), *monday]) if signal["timestamp"].date() == date(2026, 11, 23)]
    assert both == run(monday)
    assert both != []


def test_half_day_stops_entering_before_its_own_close() -> None:
    half = shifted(reclaim(minute=200), 7)  # 12:51 on the Friday after Thanksgiving, 13:00 close
    whole = reclaim(minute=200)
    assert [signal["time"] for signal in run(whole)] == ["12:51:00"]
    assert run(half) == []
    assert [signal["time"] for signal in run(shifted(reclaim(minute=190), 7))] == ["12:41:00"]


@pytest.mark.parametrize("days", [1, 6, 365 * 5])
def test_closed_days_and_unknown_years_have_no_signals(days: int) -> None:
    calendar = us_equities()
    bars = shifted(reclaim(), days)
    assert calendar.market_state(bars[-1].start_ms) in {"closed", "unknown"}
    assert run(bars) == []


def test_a_correction_or_an_older_bar_is_refused_and_changes_nothing() -> None:
    bars = reclaim()
    used = engine()
    assert run([bars[0], bars[0]._replace(close=100.4), *bars[1:], bars[5], bars[-1]], used) == run(bars)
    assert used.refused == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"close": NAN},
        {"open": NAN},
        {"high": math.inf},
        {"low": 0.0},
        {"low": -1.0},
        {"high": 99.0},
        {"low": 101.0},
        {"volume": NAN},
        {"volume": -1.0},
        {"volume": math.inf},
    ],
)
def test_what_is_no_bar_is_refused_and_changes_nothing(changes: dict[str, Any]) -> None:
    bars = reclaim()
    used = engine()
    bad = ohlc(15, 100.0, 100.1, 99.9, 100.0)._replace(**changes)
    with_bad = [*bars[:15], bad, *bars[16:]]
    without = [*bars[:15], *bars[16:]]
    assert run(with_bad, used) == run(without)
    assert used.refused == 1


def test_bars_without_any_volume_give_no_signal_and_no_error() -> None:
    assert run([bar._replace(volume=0.0) for bar in reclaim()]) == []


def test_typical_price_stands_in_where_a_bar_has_no_vwap() -> None:
    bars = reclaim()
    with_vwap = [bar._replace(vwap=(bar.high + bar.low + bar.close) / 3.0) for bar in bars]
    assert run(with_vwap) == run(bars)
    assert len(run(bars)) == 1


def test_emas_know_the_gap_from_pre_market_bars() -> None:
    pre = [ohlc(minute, 100.0, 100.1, 99.9, 100.0) for minute in range(-40, 0)]
    rise = [ohlc(minute, 100.0, 100.1, 99.9, 100.0) for minute in range(14)]
    rise.append(ohlc(14, 100.0, 100.7, 100.0, 100.6, 5_000.0))
    assert [signal["time"] for signal in run([*pre, *rise])] == ["09:45:00"]
    assert run(rise) == []  # without them the slow average is not warm so early


def test_no_entry_follows_an_exit_at_once() -> None:
    for seed in range(20):
        left: Any = None
        for signal in run(walk(seed)):
            if "exit_type" in signal:
                left = signal["timestamp"]
            elif left is not None:
                assert signal["timestamp"] - left > timedelta(minutes=5)

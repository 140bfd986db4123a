"""Where a hypothetical position ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.market.bar_series import Bar
from live_monitor.engine.signals.position import Position, price_text, tick_size
from live_monitor.engine.signals.rules import LONG, SHORT, starter_rules
from tests.engine.signals.sample_bars import ohlc, walks

RULES = starter_rules()


def long_at_100() -> Position:
    """ATR 0.40: stop 99.40, target 101.20, trail from 100.60 on, 0.60 behind."""
    position = Position.open(RULES, LONG, 100.0, 0.4)
    assert position is not None
    return position


def short_at_100() -> Position:
    """The mirror image: stop 100.60, target 98.80."""
    position = Position.open(RULES, SHORT, 100.0, 0.4)
    assert position is not None
    return position


def flipped(bar: Bar) -> Bar:
    """Upside down around 100, on cents."""
    up = [round(200.0 - price, 2) for price in (bar.open, bar.low, bar.high, bar.close)]
    return bar._replace(open=up[0], high=up[1], low=up[2], close=up[3])


def test_levels_are_placed_by_the_average_true_range() -> None:
    long, short = long_at_100(), short_at_100()
    assert (long.stop, long.target, round(long.risk, 9)) == (99.40, 101.20, 0.60)
    assert (short.stop, short.target, round(short.risk, 9)) == (100.60, 98.80, 0.60)


QUIET = ohlc(1, 100.0, 100.59, 99.9, 100.5)  # one cent short of the trail
RISE = ohlc(1, 100.0, 101.0, 99.9, 100.9)  # draws the trail to 100.40
CASES = {
    "stop touched": ([ohlc(1, 100.0, 100.2, 99.4, 99.5)], "STOP", 99.40, "stop 99.40"),
    "opened beyond the stop": ([ohlc(1, 99.1, 99.3, 98.0, 98.5)], "STOP", 99.10, "stop 99.40, left at the open"),
    "target touched": ([ohlc(1, 100.0, 101.2, 100.0, 101.0)], "TARGET", 101.20, "target 101.20"),
    "opened beyond the target": (
        [ohlc(1, 101.5, 101.6, 99.0, 99.5)],
        "TARGET",
        101.50,
        "target 101.20, left at the open",
    ),
    "stop and target in one bar": ([ohlc(1, 100.0, 101.5, 99.0, 101.0)], "STOP", 99.40, "target lay in the same bar"),
    "trail": ([RISE, ohlc(2, 100.9, 101.0, 100.3, 100.5)], "TRAIL", 100.40, "trailing stop 100.40"),
    "opened beyond the trail": (
        [RISE, ohlc(2, 100.2, 100.5, 100.0, 100.1)],
        "TRAIL",
        100.20,
        "trailing stop 100.40, left",
    ),
    "not yet trailing": ([QUIET, ohlc(2, 100.5, 100.5, 99.3, 99.4)], "STOP", 99.40, "stop 99.40"),
}
ENDS = pytest.mark.parametrize(("bars", "kind", "price", "reason"), CASES.values(), ids=CASES)


@ENDS
def test_long_ends_at_a_price_that_could_be_had(bars: list[Bar], kind: str, price: float, reason: str) -> None:
    position = long_at_100()
    assert all(position.on_bar(bar) is None for bar in bars[:-1])
    left = position.on_bar(bars[-1])
    assert left is not None
    assert (left.kind, left.price) == (kind, price)
    assert reason in left.reason


@ENDS
def test_short_is_the_mirror_image(bars: list[Bar], kind: str, price: float, reason: str) -> None:
    position = short_at_100()
    assert all(position.on_bar(flipped(bar)) is None for bar in bars[:-1])
    left = position.on_bar(flipped(bars[-1]))
    assert left is not None
    assert (left.kind, left.price) == (kind, round(200.0 - price, 2))


def test_trail_of_a_bar_holds_only_for_the_next_one() -> None:
    # The bar runs to 101.10, which draws the trail to 100.50, and closes below that: the order inside it is not known.
    assert long_at_100().on_bar(ohlc(1, 100.0, 101.1, 99.9, 100.0)) is None


def test_trail_never_goes_back() -> None:
    position = long_at_100()
    position.on_bar(ohlc(1, 100.0, 101.1, 100.0, 101.0))
    position.on_bar(ohlc(2, 100.7, 100.8, 100.6, 100.7))
    assert position.stop == 100.50


def test_stop_is_never_nearer_than_a_few_ticks() -> None:
    position = Position.open(RULES, LONG, 12.40, 0.004)
    assert position is not None
    assert position.stop == 12.37
    penny = Position.open(RULES, LONG, 0.4200, 0.00001)
    assert penny is not None
    assert penny.stop == 0.4197


@pytest.mark.parametrize(("side", "entry", "atr"), [(LONG, 0.0003, 0.0), (LONG, 1.0, 5.0), (SHORT, 1.0, 5.0)])
def test_no_position_where_a_level_would_not_be_a_price(side: int, entry: float, atr: float) -> None:
    assert Position.open(RULES, side, entry, atr) is None


@given(walks, st.sampled_from([LONG, SHORT]), st.integers(5, 60))
def test_every_exit_traded_in_its_bar(bars: list[Bar], side: int, atr_cents: int) -> None:
    position = Position.open(RULES, side, bars[0].close, atr_cents / 100)
    assert position is not None
    for bar in bars[1:]:
        stop = position.stop
        left = position.on_bar(bar)
        if left is not None:
            assert bar.low <= left.price <= bar.high
            if left.kind != "TARGET":
                assert side * (left.price - stop) <= 0  # never better than the stop
            return
        assert side * (position.stop - stop) >= 0
        assert side * (worst := bar.low if side == LONG else bar.high) > side * stop, worst


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (100.0, "100.00"),
        (150.255, "150.2550"),
        (1234.5, "1234.50"),
        (0.42, "0.42"),
        (0.4213, "0.4213"),
        (99.999, "99.9990"),
    ],
)
def test_price_text_has_two_decimals_or_four(price: float, text: str) -> None:
    assert price_text(price) == text


def test_tick_is_finer_below_a_dollar() -> None:
    assert (tick_size(1.0), tick_size(0.9999)) == (0.01, 0.0001)

"""Heaps by price against a list that is searched."""

from __future__ import annotations

import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.paper.resting import PriceHeap

STEPS = st.lists(
    st.tuples(st.sampled_from(("add", "drop", "ask")), st.integers(0, 30), st.integers(1, 12)), max_size=80
)


@pytest.mark.parametrize("first", ["highest", "lowest"])
@given(steps=STEPS)
def test_what_a_price_wakes_is_what_a_search_finds(
    first: Literal["highest", "lowest"], steps: list[tuple[str, int, int]]
) -> None:
    heap, known = PriceHeap(first), dict[int, float]()
    sign = -1 if first == "highest" else 1
    for what, number, price in steps:
        if what == "add":
            heap.add(f"O{number}", number, float(price))
            known[number] = float(price)
        elif what == "drop" and number in known:
            heap.discard(f"O{number}")
            del known[number]
        reached = sorted((sign * at, each) for each, at in known.items() if sign * at <= sign * price)
        assert heap.reached(float(price)) == [f"O{each}" for _, each in reached]
        assert len(heap) == len(known)
        best = min((sign * at for at in known.values()), default=math.nan)
        assert heap.top == sign * best or (not known and math.isnan(heap.top))


def test_an_order_that_moves_leaves_nothing_behind() -> None:
    heap = PriceHeap("lowest")
    for price in range(1_000):
        heap.add("O1", 1, float(price))
    assert heap.reached(998.0) == []
    assert heap.reached(999.0) == ["O1"]
    assert len(heap._heap) < 50


def test_no_price_wakes_nothing() -> None:
    heap = PriceHeap("highest")
    assert math.isnan(heap.top)
    heap.add("O1", 1, 10.0)
    assert heap.reached(math.nan) == []

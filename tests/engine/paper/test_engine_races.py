"""Faults L13 and L17 at the engine: whose symbol is filled when prices race, and what the same seed writes."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from live_monitor.data.models.orders import OrderParams
from live_monitor.engine.paper.entries import Filled, OrderPlaced
from tests.engine.paper.acme import START_MS, Acme
from tests.engine.paper.scenario import Scenario, settings_of

#: Prices of these never come near one another, so that a fill at a wrong symbol's price shows.
PRICES = {"ACME": 100.0, "BETA": 37.0, "CETO": 512.0, "DELO": 9.0}
ROOT = Path(__file__).resolve().parents[3]


def quoted(history: list[tuple[int, float]], before_ms: float) -> float:
    """The ask in force before an instant."""
    return [ask for ms, ask in history if ms < before_ms][-1]


@pytest.mark.parametrize("latency_ms", [0, 30])
def test_l13_in_ten_thousand_races_a_fill_is_of_the_orders_symbol_at_its_own_price(latency_ms: int) -> None:
    draw = random.Random(13 + latency_ms)
    acme = Acme(10**9, quoted=False, latency_ms=latency_ms)
    history: dict[str, list[tuple[int, float]]] = {symbol: [] for symbol in PRICES}
    placed: dict[str, tuple[str, float]] = {}
    now = 1
    while len(placed) < 5_000:
        now += draw.choice((0, 1, 7, 40))
        # What the ticket shows; focus and prices move on while its order is sent.
        shown = draw.choice(list(PRICES))
        for symbol in draw.sample(list(PRICES), draw.randint(1, 4)):
            ask = round(PRICES[symbol] * draw.uniform(0.98, 1.02), 2)
            history[symbol].append((now, ask))
            acme.quote(now, round(ask - 0.02, 2), ask, symbol=symbol)
        if not history[shown]:
            continue
        order = acme.engine.place(OrderParams(symbol=shown, side="BUY", quantity=1), acme.now(now))
        placed[order.order_id] = shown, history[shown][-1][1]
    acme.time(now + latency_ms)
    filled = [entry for entry in acme.taken() if isinstance(entry, Filled)]
    assert [entry.order_id for entry in filled] == list(placed)
    for entry in filled:
        symbol, ask = placed[entry.order_id]
        if latency_ms:
            ask = quoted(history[symbol], entry.at_ms - START_MS)
        assert (entry.symbol, float(entry.price)) == (symbol, ask)


def test_l13_orders_of_one_symbol_are_deaf_to_all_others() -> None:
    acme = Acme(10**9)
    acme.place(1, "BUY", 100, "LMT", limit="99.00")
    acme.place(1, "BUY", 100, "STP", stop="101.00")
    acme.place(1, "BUY", 100, "TRAIL", amount="0.50")
    acme.taken()
    for ms, price in enumerate((50.0, 99.0, 101.0, 150.0, 98.0, 99.5), 2):
        acme.print(ms, price, symbol="BETA")
        acme.quote(ms, price - 0.01, price, symbol="BETA")
    assert acme.kinds() == []


def course(seed: int, steps: int = 400) -> str:
    """The digest of everything that one random course writes."""
    acme, scenario = Acme(60_000, **settings_of(seed)), Scenario(seed)
    digest = hashlib.sha256()
    for _ in range(steps):
        scenario.step(acme)
        for entry in acme.taken():
            digest.update(msgspec.json.encode(entry))
    kinds = {type(entry) for entry in acme.entries}
    assert {Filled, OrderPlaced} <= kinds
    return digest.hexdigest()


def test_l17_the_same_seed_writes_the_same_bytes_whatever_python_hashes_by() -> None:
    seeds = (3, 17, 29)
    script = f"from tests.engine.paper.test_engine_races import course; print(*map(course, {seeds}))"
    expected = [course(seed) for seed in seeds]
    assert len(set(expected)) == len(seeds)
    for hash_seed in ("0", "4242"):
        told = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
            timeout=50,
        )
        assert told.stdout.split() == expected

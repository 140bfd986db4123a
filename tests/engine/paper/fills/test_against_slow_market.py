"""The engine and the plain reading of the rules fill the same orders, at the same time, at the same price."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from tests.engine.paper.fills.fill_script import Case, Play
from tests.engine.paper.fills.slow_market import Ask, Event, Got, SlowMarket

#: 10:00 in New York, in ms after midnight.
TEN = 36_000_000


def _events(random: Random) -> list[Event]:
    """A minute or two of a market around 10 USD."""
    at, bid, found = TEN, 1_000, list[Event]()
    for _ in range(random.randint(5, 60)):
        at += random.choice((0, 1, 30, 400, 900, 5_100) if random.random() < 0.1 else (0, 1, 30, 400))
        bid += random.randint(-2, 2)
        kind = random.random()
        if found and found[-1].kind == "down":
            found.append(Event(at, "up"))  # nothing is heard without a link
        elif kind < 0.5:
            spread = random.choice((1, 1, 2, 3, 0, -1)) if random.random() < 0.2 else random.randint(1, 3)
            sizes = [random.choice((0, 10, 60, 300)) if random.random() < 0.1 else random.choice((10, 60, 300))] * 2
            found.append(Event(at, "quote", bid, sizes[0], bid + spread, random.choice((10, 60, 300))))
        elif kind < 0.94:
            counts = random.random() < 0.8
            price, size = bid + random.randint(-2, 4), random.choice((10, 50, 120, 400))
            found.append(Event(at, "print", price=price, size=size, counts=counts))
        elif kind < 0.96:
            found.append(Event(at, "quote", *random.choice([(0, 0, bid, 50), (bid, 50, 0, 0)])))
        else:
            found.append(Event(at, random.choice(("halt", "resume", "resume", "down"))))
    return found


def _ask(random: Random, events: list[Event]) -> Ask:
    """An order on the right side of the market, in the middle of it."""
    place = random.randrange(len(events) // 2 + 1)
    at = events[place].at
    mids = [event.bid for event in events[: place + 1] if event.bid] or [1_000]
    last = [event.price for event in events[: place + 1] if event.price and event.counts]
    buys, shares = random.random() < 0.5, random.choice((1, 60, 200, 500))
    kind = random.choice(("MKT", "LMT", "LMT", "LMT", "STP", "STP_LMT"))
    near = mids[-1] + random.randint(-3, 3)
    away = random.randint(3, 6) * (1 if buys else -1)
    highest, lowest = max([*mids[-1:], *last[-1:]]) + 4, min([*mids[-1:], *last[-1:]]) - 1
    stop = (highest if buys else lowest) + away
    if kind == "MKT":
        return Ask(at, buys, shares, kind)
    if kind == "LMT":
        return Ask(at, buys, shares, kind, limit=near)
    return Ask(at, buys, shares, kind, stop, stop + random.randint(-2, 2) if kind == "STP_LMT" else 0)


def _step(event: Event) -> str:
    if event.kind == "quote":
        bid = f"{event.bid / 100:.2f}x{event.bid_size}" if event.bid else "-"
        ask = f"{event.ask / 100:.2f}x{event.ask_size}" if event.ask else "-"
        return f"{_clock(event.at)} quote {bid} {ask}"
    if event.kind == "print":
        odd = "" if event.counts else " conditions 37"
        return f"{_clock(event.at)} print {event.price / 100:.2f}x{event.size}{odd}"
    return f"{_clock(event.at)} {'feed ' + event.kind if event.kind in ('down', 'up') else event.kind}"


def _order(ask: Ask) -> str:
    prices = [f"{price / 100:.2f}" for price in (ask.stop, ask.limit) if price]
    return " ".join([_clock(ask.at), "buy" if ask.buys else "sell", str(ask.shares), ask.kind, *prices])


def _clock(at: int) -> str:
    seconds, ms = divmod(at, 1_000)
    return f"{seconds // 3_600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"


def _compared(seed: int, model: str) -> tuple[str, int]:
    """The kind of the order and how many fills it had; asserts that both agree."""
    random = Random(seed)
    events = _events(random)
    ask = _ask(random, events)
    before = [event for event in events if event.at <= ask.at]
    steps = [*map(_step, before), _order(ask), *map(_step, events[len(before) :])]
    play = Play(Case("", f"{model} {seed}", "", steps, [], model=model, holds=10_000))
    play.run()
    if play.order(1).reason == "stop_side":
        return "wrong side", 0
    slow = SlowMarket(ask, model == "queue")
    slow.play(events)
    told = [
        Got(filled.at_ms - play.at("00:00:00"), int(filled.quantity), int(filled.price * 100))
        for filled in play.fills()
    ]
    assert told == slow.got, "\n".join([f"{model} {seed}", *steps])
    assert (play.order(1).state == "rejected") == slow.refused, "\n".join([f"{model} {seed}", *steps])
    return ask.kind, len(told)


@pytest.mark.parametrize("model", ["touch", "queue"])
def test_the_engine_fills_what_a_plain_reading_of_the_rules_fills(model: str) -> None:
    _agree(model, range(400))


@pytest.mark.nightly
@pytest.mark.parametrize("model", ["touch", "queue"])
def test_ten_thousand_markets_are_filled_alike(model: str) -> None:
    _agree(model, range(1_000, 11_000))


def _agree(model: str, seeds: range) -> None:
    filled: Counter[str] = Counter()
    for seed in seeds:
        kind, fills = _compared(seed, model)
        filled[kind] += fills
    assert min(filled[kind] for kind in ("MKT", "LMT", "STP", "STP_LMT")) > 5, filled

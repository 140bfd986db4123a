"""Every fill follows from its receipt: of the table of cases, and of markets that nobody thought of."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from random import Random

import pytest

from live_monitor.engine.paper.entries import Filled
from live_monitor.engine.paper.receipts import RULES, receipt_text
from tests.engine.paper.fills.fill_script import Case, Play, load_cases
from tests.engine.paper.fills.receipt_proof import TAKES, wrong

CASES = load_cases()


def test_the_price_of_every_case_is_worked_out_again_from_its_receipt() -> None:
    seen: set[str] = set()
    for case in CASES:
        play = Play(case)
        play.run()
        for filled in play.fills():
            assert wrong(filled) == [], case.name
            seen.add(filled.receipt.rule)
    assert seen == set(RULES)


def test_the_words_of_a_receipt_name_price_rule_quote_latency_fees_and_source() -> None:
    for case in CASES:
        play = Play(case)
        play.run()
        for filled in play.fills():
            text = receipt_text(filled)
            assert [line.partition(":")[0].partition(" ")[0] for line in text][:4] == [
                "Bought" if filled.side == "BUY" else "Sold",
                "Rule",
                "Price",
                "Quote",
            ]
            assert RULES[filled.receipt.rule] in text[1]
            starts = [line.partition(":")[0] for line in text]
            assert {"Size", "Latency", "Fees", "Prices"} <= set(starts)
            assert ("Print" in starts) == (filled.receipt.trade is not None)
            assert ("Stop" in starts) == (filled.receipt.stop_price is not None)


def test_a_receipt_that_was_tampered_with_is_found_out() -> None:
    play = Play(next(case for case in CASES if case.name == "a market buy pays the ask"))
    play.run()
    (filled,) = play.fills()
    dearer = Filled(**{name: getattr(filled, name) for name in filled.__struct_fields__} | {"price": Decimal("10.06")})
    assert wrong(dearer) == ["market: 10.05 and 0 are not 10.06"]


def _step(random: Random, bid: int) -> str:
    """What happens next around a bid of `bid` cents; mostly as markets are, or hardly anything would fill."""
    price = f"{(bid + random.randint(-3, 4)) / 100:.2f}"
    size = random.choice((10, 60, 120, 300))
    kind = random.random()
    if kind < 0.45:
        return f"quote {bid / 100:.2f}x{size} {(bid + random.randint(1, 3)) / 100:.2f}x{random.choice((10, 120, 300))}"
    if kind < 0.65:
        return f"print {price}x{size}{random.choice(('', '', '', ' conditions 37'))}"
    if kind < 0.67:
        side = random.choice(("-", f"{price}x0", f"{price}x50", price))
        return f"quote {side} {random.choice(('-', price, f'{price}x9'))}"
    if kind < 0.68:
        return random.choice(("halt", "feed down", "print 15.00x100 suspect"))
    if kind < 0.72:
        return random.choice(("resume", "feed up"))
    limits = [f"LMT {price}{in_force}" for in_force in ("", "", "", " IOC", " FOK", " GTC")]
    others = ["MKT", "MKT IOC", "MKT FOK", "TRAIL 0.03", "TRAIL 0.5%", f"STP {price}", f"STP_LMT {price} {price}"]
    terms = random.choice(limits + others)
    return f"{random.choice(('buy', 'sell'))} {random.choice((1, 60, 200, 350))} {terms}"


def _script(seed: int) -> list[str]:
    """Three minutes of a market."""
    random, at, bid, steps = Random(seed), 0, 1_000, list[str]()
    for _ in range(300):
        at += random.choice((0, 1, 200, 900, 1_500))
        bid += random.randint(-1, 1)
        steps.append(f"10:{at // 60_000:02d}:{at // 1_000 % 60:02d}.{at % 1_000:03d} {_step(random, bid)}")
    return steps


@pytest.mark.parametrize(("latency", "slippage"), [(0, "0"), (300, "0"), (0, "0.01")])
@pytest.mark.parametrize("model", ["simple", "touch", "queue"])
def test_whatever_the_market_does_each_fill_follows_from_its_receipt(model: str, latency: int, slippage: str) -> None:
    seen: Counter[str] = Counter()
    for seed in range(12):
        case = Case(
            *("", f"seed {seed}", "", _script(seed), []),
            model=model,
            holds=100_000,
            settings={"latency_ms": latency, "slippage": slippage},
        )
        seen += _played(case)
    rules = {"simple": ("simple_limit", "simple_last"), "touch": (*TAKES, "limit_through", "limit_crossed")}
    for rule in rules.get(model, (*rules["touch"], "queue")):
        assert seen[rule] >= 3, seen


def _played(case: Case) -> Counter[str]:
    """Rules of the fills of a case, each of which follows from its receipt, and which take no share twice."""
    play = Play(case)
    play.run()
    taken: dict[tuple[str, int, str], Decimal] = defaultdict(Decimal)
    for filled in play.fills():
        receipt = filled.receipt
        assert wrong(filled) == [], case.name
        order = play.engine.state.order(filled.order_id)
        assert order is not None
        assert order.filled <= order.quantity
        if case.model == "simple":
            continue
        if receipt.trade is not None:
            assert receipt.trade.at_ms > order.accepted_ms
            taken["print", receipt.trade.at_ms, ""] += filled.quantity
        elif receipt.quote is not None:
            assert receipt.rule in TAKES or receipt.quote.at_ms > order.accepted_ms
            taken["quote", receipt.quote.at_ms, filled.side] += filled.quantity
    for (kind, at_ms, side), quantity in taken.items():
        shown = [_shown(step, side) for step in case.steps if f" {kind} " in step and play.at(step.split()[0]) == at_ms]
        if len(shown) == 1:
            assert quantity <= shown[0], f"{case.name}: {quantity} shares of {shown[0]}"
    return Counter(filled.receipt.rule for filled in play.fills())


def _shown(step: str, side: str) -> Decimal:
    """Shares that a step displays on the side that `side` takes, or prints; any number where it displays none."""
    word = step.split()[3 if side == "BUY" else 2]
    return Decimal(word.partition("x")[2] or "Infinity")

"""A market order never fills on bad data, whatever model the account has, and says why with the age (faults L12)."""

from __future__ import annotations

import pytest

from live_monitor.engine.paper.market_checks import NO_LIVE_PRICE
from tests.engine.paper.fills.fill_script import Case, Play

QUOTE = "09:31:00 quote 10.00x300 10.05x500"
#: What the market was before the order, the reason of the refusal, and the age that it names.
BAD = {
    "no quote": (["09:31:05.001 time"], "no_quote", ""),
    "stale": ([QUOTE, "09:31:05.001 time"], "stale", "5.001 s"),
    "crossed": (["09:31:00 quote 10.06x300 10.05x500", "09:31:00.300 time"], "crossed", "0.3 s"),
    "suspect": ([QUOTE, "09:31:00 print 55.00x100 suspect", "09:31:02 time"], "suspect", "2.0 s"),
    "wrong session": (["16:00:00 quote 10.00x300 10.05x500", "16:00:01 time"], "session", ""),
    "feed down": ([QUOTE, "09:31:01 feed down", "09:31:01.500 time"], "feed_down", "1.5 s"),
}


@pytest.mark.parametrize("order", ["buy 100 MKT", "sell 100 MKT", "buy 100 MKT IOC", "buy 100 MKT FOK"])
@pytest.mark.parametrize("model", ["simple", "touch", "queue"])
@pytest.mark.parametrize("market", BAD)
def test_l12_a_market_order_on_bad_data_is_refused_with_reason_and_age(market: str, model: str, order: str) -> None:
    before, reason, age = BAD[market]
    at = before[-1].split()[0]
    case = Case("", market, "", [*before, f"{at} {order}"], [], model=model, holds=100)
    play = Play(case)
    play.run()
    refused = play.order(1)
    assert play.fills() == []
    assert refused.filled == 0
    assert refused.state == "rejected"
    assert refused.reason == reason
    assert refused.text.startswith(f"{NO_LIVE_PRICE}: ")
    assert age in refused.text


@pytest.mark.parametrize("model", ["simple", "touch", "queue"])
@pytest.mark.parametrize("market", BAD)
def test_l12_waiting_for_a_price_fills_nothing_on_bad_data_either(market: str, model: str) -> None:
    before, reason, _ = BAD[market]
    if reason == "no_quote":
        before = ["08:00:00 snapshot last 10.00", *before]
    at = before[-1].split()[0]
    case = Case("", market, "", [*before, f"{at} buy 100 MKT"], [], model=model, settings={"no_price": "wait"})
    play = Play(case)
    play.run()
    assert play.fills() == []
    assert play.order(1).state == "accepted"
    assert play.engine.why("O1", play.now).startswith("waits for a usable ")

"""What Polygon says of its market: conditions, and days that the calendar does not know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.inbox import Noted
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Trade
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.sessions import us_equities
from live_monitor.providers.polygon_news import PolygonNews
from live_monitor.wire.notices import ErrorNotice, SaleConditions
from tests.fakes.far_end import FarEnd
from tests.providers.polygon_service import HOUR, OPEN, at, rest_of


def _condition(number: int, *, hi_lo: bool, last: bool, volume: bool) -> dict[str, Any]:
    rules = {"updates_high_low": hi_lo, "updates_open_close": last, "updates_volume": volume}
    row = {"id": number, "type": "sale_condition", "name": f"Condition {number}", "asset_class": "stocks"}
    return {**row, "data_types": ["trade"], "update_rules": {"consolidated": rules}}


@pytest.fixture
def clock() -> ManualClock:
    return at(OPEN + HOUR)


@pytest.fixture
def news(polygon_service: FarEnd, clock: ManualClock) -> Iterator[PolygonNews]:
    rest = rest_of(polygon_service, clock=clock)
    yield PolygonNews(rest, clock, us_equities())
    rest.close()


def test_conditions_of_the_service_become_the_rules_of_the_hub(
    polygon_service: FarEnd, news: PolygonNews, clock: ManualClock
) -> None:
    rows = [_condition(29, hi_lo=True, last=True, volume=True), _condition(999, hi_lo=False, last=False, volume=False)]
    polygon_service.do("say", path="/v3/reference/conditions", body={"status": "OK", "results": rows})
    hub = MarketHub(clock, us_equities())
    hub.acquire("QZPX", "test")
    (said,) = news.notices()
    prints = [Trade("QZPX", 10.0, 100, OPEN, (29,), sequence=1), Trade("QZPX", 11.0, 50, OPEN, (999,), sequence=2)]

    hub.take([Noted(said, 0.0)])
    hub.ingest([*prints], 0.0)

    assert said == SaleConditions([(29, True, True, True), (999, False, False, False)])
    assert (hub.states["QZPX"].last, hub.states["QZPX"].volume) == (10.0, 100)


def test_a_rule_that_was_learned_is_that_of_one_feed_only() -> None:
    learned, other = rules_for("polygon"), rules_for("polygon")
    before = learned.flags((29,))

    assert learned.learn([(29, True, True, True), (14, True, True, True)]) == 1
    assert learned.flags((29,)) != before
    assert other.flags((29,)) == before
    assert learned.learn([(29, True, True, True)]) == 0


def test_form_t_goes_on_making_minutes_when_it_is_learned_anew() -> None:
    rules = rules_for("polygon")
    before = rules.flags((12,))

    assert rules.learn([(12, False, False, True)]) == 0
    assert rules.flags((12,)) == before


def test_a_day_that_the_calendar_does_not_know_is_told_once(
    polygon_service: FarEnd, news: PolygonNews, clock: ManualClock
) -> None:
    days = [
        {"exchange": "NYSE", "name": "Thanksgiving", "date": "2026-11-26", "status": "closed"},
        {"exchange": "NYSE", "name": "National Day of Mourning", "date": "2026-12-02", "status": "closed"},
        {
            "exchange": "NYSE", "name": "Snow", "date": "2026-12-03", "status": "early-close",
            "open": "2026-12-03T14:30:00.000Z", "close": "2026-12-03T19:00:00.000Z",
        },
    ]  # fmt: skip
    polygon_service.do("say", path="/v1/marketstatus/upcoming", body=days)

    first = [notice.message for notice in news.notices() if isinstance(notice, ErrorNotice)]
    clock.advance(7 * 3600)
    second = news.notices()

    assert len(first) == 2
    assert "closed on 2026-12-02 (National Day of Mourning)" in first[0]
    assert "close at 14:00 on 2026-12-03 (Snow)" in first[1]
    assert second == []


@pytest.mark.parametrize(("market", "told"), [("closed", True), ("open", False), ("extended-hours", False)])
def test_a_market_that_is_closed_in_its_session_is_told(
    polygon_service: FarEnd, news: PolygonNews, market: str, told: bool
) -> None:
    body = {"market": market, "exchanges": {"nyse": market, "nasdaq": market}}
    polygon_service.do("say", path="/v1/marketstatus/now", body=body)

    assert [type(notice) for notice in news.notices()] == [ErrorNotice] * told


def test_a_service_that_says_nothing_changes_nothing(news: PolygonNews) -> None:
    assert news.notices() == []

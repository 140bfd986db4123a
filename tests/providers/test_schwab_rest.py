"""Accounts, quotes and bars of Schwab by questions to a far end in a process of its own."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from live_monitor.clock import ManualClock, SystemClock
from live_monitor.data.models.timeframe import DAY, MINUTE, Timeframe
from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import FeedError, HistoryError, ProtocolError
from live_monitor.log import redact
from live_monitor.providers.schwab_history import MINUTES_KEPT_MS, SchwabHistory, on_loop
from live_monitor.providers.schwab_rest import SchwabTraderAPI
from tests.fakes import schwab_frames as frames
from tests.fakes.far_end import FarEnd
from tests.providers.schwab_subject import TOKEN, GivenTokens, api_at

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]

#: Friday 2026-11-20, 10:30 in New York.
NOW = 1_795_188_600_000


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("schwab_server", "--token", TOKEN) as end:
        yield end


@asynccontextmanager
async def _asking(far: FarEnd) -> AsyncIterator[SchwabTraderAPI]:
    api = api_at(far, GivenTokens(), ManualClock(NOW))
    try:
        yield api
    finally:
        await api.close()


async def test_accounts_come_with_balances_positions_and_todays_orders(far: FarEnd) -> None:
    async with _asking(far) as api:
        (account,) = await api.accounts()
        await api.accounts()
    assert (account.id, account.shown, account.as_of_ms) == (frames.ACCOUNT_HASH, "…5678", NOW)
    assert account.balances.cash == Decimal("15120.75")
    assert [position.symbol for position in account.positions] == ["AAPL"]
    assert [order.symbol for order in account.orders] == ["MSFT"]
    questions = far.seen()["questions"]
    assert sum("accountNumbers" in question for question in questions) == 1, "hashes are asked for once"
    orders = next(question for question in questions if "/orders" in question)
    assert "fromEnteredTime=2026-11-20T05%3A00%3A00.000Z" in orders
    assert not any(frames.ACCOUNT in question for question in questions)


async def test_the_parts_of_one_account_are_named_as_documented(far: FarEnd) -> None:
    async with _asking(far) as api:
        summary = await api.account_summary(frames.ACCOUNT_HASH)
        assert [str(figure) for figure in summary] == ["60250.25", "45120.5", "15120.75", "-120.1"]
        assert (await api.balances(frames.ACCOUNT_HASH)).day_trading_buying_power == Decimal("120500.5")
        assert (await api.positions(frames.ACCOUNT_HASH))[0].quantity == 100
        assert [order.id for order in await api.orders(frames.ACCOUNT_HASH, 0, NOW)] == ["1000001"]
        for question in (api.positions("NOBODY"), api.orders("NOBODY", 0, NOW)):
            with pytest.raises(FeedError, match="no such account"):
                await question


async def test_quotes_are_level_1_and_unknown_symbols_are_named(far: FarEnd) -> None:
    far.do("unknown", symbols=["NOSUCH"])
    async with _asking(far) as api:
        found = await api.quotes(["AAPL", "BRK.B", "NOSUCH"])
    assert [(row.symbol, row.last, row.day_volume) for row in found.rows] == [
        ("AAPL", 150.01, 1_000_000), ("BRK.B", 150.01, 1_000_000),
    ]  # fmt: skip
    assert found.unknown == ["NOSUCH"]
    assert "symbols=AAPL%2CBRK%2FB%2CNOSUCH" in far.seen()["questions"][0]


async def test_symbols_are_found_by_letters_and_by_words(far: FarEnd) -> None:
    async with _asking(far) as api:
        assert [hit.symbol for hit in await api.instruments("aap")] == ["AAPL"]
        await api.instruments("apple computer")
        assert await api.instruments("  ") == []
    first, second = far.seen()["questions"]
    assert "projection=symbol-regex" in first
    assert "projection=desc-regex" in second


async def test_an_answer_that_is_no_json_is_damage_in_words(far: FarEnd) -> None:
    far.do("answer", path="/trader/v1/accounts/accountNumbers", body="<html>maintenance</html>")
    async with _asking(far) as api:
        with pytest.raises(ProtocolError, match="not JSON"):
            await api.accounts()
        assert len(await api.accounts()) == 1


async def test_no_number_of_an_account_reaches_the_log(far: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="live_monitor")
    caplog.set_level(logging.INFO, logger="httpx")
    async with _asking(far) as api:
        account = (await api.accounts())[0]
    text = caplog.text + repr(account) + repr(api)
    assert frames.ACCOUNT not in text
    assert TOKEN not in text


# -- history ------------------------------------------------------------------------------------


async def _page(
    api: SchwabTraderAPI, timeframe: Timeframe, end_ms: int, limit: int, now_ms: int = NOW
) -> tuple[list[int], int, bool]:
    """Starts of the bars of a page, from where it misses nothing, whether there are more."""
    history = SchwabHistory(api, on_loop(asyncio.get_running_loop()), ManualClock(now_ms))
    page = await asyncio.to_thread(history.page, "AAPL", timeframe, end_ms, limit)
    return [int(start) for start in page.bars.start_ms], page.from_ms, page.more


async def test_minutes_are_the_newest_ones_that_are_over(far: FarEnd) -> None:
    async with _asking(far) as api:
        starts, from_ms, more = await _page(api, MINUTE, NOW + 30_000, 500)
    assert len(starts) == 500
    assert starts[-1] == NOW - 60_000, "the minute under way is not final"
    assert starts == list(range(starts[0], NOW, 60_000))
    assert (from_ms, more) == (starts[0], True)


async def test_minutes_end_where_schwab_keeps_none(far: FarEnd) -> None:
    end_ms = NOW - MINUTES_KEPT_MS + 120_000
    async with _asking(far) as api:
        starts, from_ms, more = await _page(api, MINUTE, end_ms, 500)
        assert len(starts) == 2
        assert (from_ms, more) == (NOW - MINUTES_KEPT_MS, False)
        asked = len(far.seen()["questions"])
        assert await _page(api, MINUTE, NOW - MINUTES_KEPT_MS - 1, 500) == ([], NOW - MINUTES_KEPT_MS - 1, False)
        assert len(far.seen()["questions"]) == asked, "what cannot be there is not asked for"


async def test_days_begin_at_midnight_and_the_one_under_way_is_left_out(far: FarEnd) -> None:
    async with _asking(far) as api:
        starts, from_ms, more = await _page(api, DAY, NOW, 100)
    dates = [us_equities().to_new_york(start) for start in starts]
    assert (len(starts), more) == (100, True)
    assert from_ms <= starts[0]
    assert {date.hour for date in dates} == {0}
    assert str(dates[-1].date()) == "2026-11-19"


async def test_another_length_is_refused_in_words(far: FarEnd) -> None:
    async with _asking(far) as api:
        with pytest.raises(HistoryError, match="5m"):
            await _page(api, Timeframe.parse("5m"), NOW, 10)


async def test_what_schwab_refuses_is_an_error_of_history(far: FarEnd) -> None:
    far.do("answer", path="/marketdata/v1/pricehistory", status=404, body='{"errors":[{"title":"Not Found"}]}')
    async with _asking(far) as api:
        with pytest.raises(HistoryError, match="Not Found"):
            await _page(api, MINUTE, NOW, 10)


async def test_a_loop_that_has_ended_answers_nothing_and_hangs_nobody() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    api = SchwabTraderAPI.__new__(SchwabTraderAPI)
    with pytest.raises(HistoryError, match="closed"):
        on_loop(loop)(api.price_history("AAPL", MINUTE, 0, NOW))
    assert SystemClock().wall_ms() > 0


async def test_an_account_that_is_linked_meanwhile_is_seen_at_the_second_look(far: FarEnd) -> None:
    numbers = "/trader/v1/accounts/accountNumbers"
    far.do("answer", path=numbers, status=200, body='[{"accountNumber":"7777","hashValue":"OTHER"}]')
    async with _asking(far) as api:
        assert await api.accounts() == []
        assert [account.id for account in await api.accounts()] == [frames.ACCOUNT_HASH]
        await api.accounts()
    assert sum("accountNumbers" in question for question in far.seen()["questions"]) == 2


async def test_orders_of_one_account_are_not_those_of_another(far: FarEnd) -> None:
    (mine,) = frames.orders()
    both = [mine, {**mine, "orderId": 1000002, "accountNumber": 7777}]
    far.do("answer", path="/trader/v1/orders", body=json.dumps(both))
    async with _asking(far) as api:
        assert [order.id for order in await api.orders(frames.ACCOUNT_HASH, 0, NOW)] == ["1000001"]


async def test_the_log_knows_the_numbers_of_accounts(far: FarEnd) -> None:
    body = '[{"accountNumber":"5550001114","hashValue":"OTHER"}]'
    far.do("answer", path="/trader/v1/accounts/accountNumbers", body=body)
    async with _asking(far) as api:
        await api.accounts()
    assert redact("account 5550001114") == "account ***"


async def test_minutes_are_asked_for_with_extended_hours_and_days_without(far: FarEnd) -> None:
    async with _asking(far) as api:
        for timeframe in (MINUTE, DAY):
            await api.price_history("BRK.B", timeframe, NOW - 600_000, NOW)
    asked = far.seen()["questions"]
    hours = ["needExtendedHoursData=true" in question for question in asked]
    assert hours == [True, False]
    assert all("symbol=BRK%2FB" in question and f"endDate={NOW}" in question for question in asked)


async def test_bars_that_were_not_asked_for_are_left_out(far: FarEnd) -> None:
    bar = {"open": 1, "high": 2, "low": 1, "close": 1.5, "volume": 5}
    bars = [{**bar, "datetime": NOW + at} for at in (-180_000, -120_000, -60_000, 0)]
    far.do("answer", path="/marketdata/v1/pricehistory", body=json.dumps({"candles": bars}))
    async with _asking(far) as api:
        found = await api.price_history("AAPL", MINUTE, NOW - 120_000, NOW)
    assert [one.start_ms for one in found] == [NOW - 120_000, NOW - 60_000]


async def test_a_minute_under_way_is_not_final(far: FarEnd) -> None:
    async with _asking(far) as api:
        starts, _, _ = await _page(api, MINUTE, NOW + 30_000, 10, now_ms=NOW + 30_000)
        assert starts[-1] == NOW - 60_000
        starts, _, _ = await _page(api, MINUTE, NOW + 60_000, 10, now_ms=NOW + 60_000)
        assert starts[-1] == NOW

"""The feed of Schwab against a far end in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from live_monitor.data.models.market_data import Aggregate, Quote, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.wire.notices import LEVEL_ONE, ErrorNotice, FaultNotice, Hello, HistoryPage, SnapshotFrame
from live_monitor.wire.schwab_activity import Activity
from tests.fakes.far_end import FarEnd
from tests.providers.schwab_subject import TOKEN, GivenTokens, Subject, running

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("schwab_server", "--token", TOKEN) as end:
        yield end


async def _until(far: FarEnd, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What the far end saw once `condition` holds of it; the feed goes on meanwhile."""
    return await asyncio.to_thread(far.wait_until, condition)


def _snapshots(subject: Subject, symbol: str) -> list[Any]:
    return [frame.data for frame in subject.outlet.all(SnapshotFrame) if frame.data.symbol == symbol]


async def test_it_greets_before_it_is_live_and_brings_level_1_of_what_is_wanted(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL", "BRK.B")
        items = subject.outlet.items
        hello = next(item for item in items if isinstance(item, Hello))
        live = next(item for item in items if isinstance(item, LinkStatus) and item.state == "live")
        assert items.index(hello) < items.index(live)
        assert (hello.provider, hello.market, hello.label, hello.timeframes) == (
            "schwab",
            "schwab",
            "SCHWAB",
            ["1m", "1D"],
        )
        assert set(hello.features) == {"history", "snapshot", "fault", LEVEL_ONE}
        quote = next(item for item in subject.outlet.all(Quote) if item.symbol == "BRK.B")
        assert (quote.bid_price, quote.bid_size, quote.ask_price, quote.ask_size) == (150.0, 300, 150.02, 200)
        row = _snapshots(subject, "AAPL")[0]
        assert (row.last, row.previous_close, row.open) == (150.01, 149.5, 150.0)
        assert "LEVELONE_EQUITIES.BRK/B" in far.seen()["subscribed"]


async def test_the_log_in_comes_first_without_the_word_bearer_and_fields_include_the_symbol(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        requests = far.seen()["requests"]
        asked = [(one["service"], one["command"]) for one in requests]
        assert asked[:2] == [("ADMIN", "LOGIN"), ("ACCT_ACTIVITY", "SUBS")]
        assert {service for service, _ in asked[2:]} == {"LEVELONE_EQUITIES", "CHART_EQUITY"}
        assert all(one["parameters"]["fields"].startswith("0,") for one in requests if "fields" in one["parameters"])
        assert requests[0]["SchwabClientCustomerId"] == "CUSTOMER-1"


async def test_a_last_price_that_changes_is_level_1_and_never_a_print(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        far.do("trade", symbol="AAPL", price=151.25, size=70)
        await subject.outlet.until(lambda: _snapshots(subject, "AAPL")[-1].last == 151.25)
        row = _snapshots(subject, "AAPL")[-1]
        assert (row.last_size, row.bid, row.ask) == (70, 150.0, 150.02)
        far.do("quote", symbol="AAPL", bid=151.2, ask=151.3)
        await subject.outlet.until(lambda: subject.outlet.all(Quote)[-1].bid_price == 151.2)
        assert subject.outlet.all(Quote)[-1].bid_size == 300, "a field that is not sent is as it was"
        assert subject.outlet.all(Trade) == []


async def test_minutes_come_as_bars(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        far.do("bar", symbol="AAPL", price=150.5)
        await subject.outlet.until(lambda: subject.outlet.all(Aggregate))
        bar = subject.outlet.all(Aggregate)[0]
        assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (150.5, 150.55, 150.45, 150.51, 1200)
        assert bar.end_ms - bar.start_ms == 60_000


async def test_what_is_no_longer_wanted_is_let_go_and_the_rest_stays(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL", "MSFT")
        await subject.streaming("MSFT", "IBM")
        seen = await _until(far, lambda seen: "CHART_EQUITY.IBM" in seen["subscribed"])
        wanted = {f"{service}.{key}" for service in ("LEVELONE_EQUITIES", "CHART_EQUITY") for key in ("IBM", "MSFT")}
        assert {one for one in seen["subscribed"] if not one.startswith("ACCT")} == wanted


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012])
async def test_f1_after_any_close_schwab_is_back_with_everything_subscribed(far: FarEnd, code: int) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL", "MSFT")
        far.do("close", code=code)
        await subject.outlet.until(lambda: subject.outlet.states.count("live") == 2)
        await _until(far, lambda seen: {"LEVELONE_EQUITIES.AAPL", "CHART_EQUITY.MSFT"} <= set(seen["subscribed"]))
        assert "retrying" in subject.outlet.states


async def test_a_refused_log_in_is_renewed_once_and_tried_again(far: FarEnd) -> None:
    far.do("refuse_auth", times=1)
    async with running(far, GivenTokens(TOKEN, "SECOND")) as subject:
        far.do("allow", token="SECOND")
        await subject.outlet.until(lambda: "live" in subject.outlet.states)
        assert len(subject.tokens.refused) == 1
        assert far.seen()["logins"] == 1


async def test_a_log_in_that_is_refused_long_after_a_good_one_is_renewed_again(far: FarEnd) -> None:
    far.do("refuse_auth", times=1)
    async with running(far) as subject:
        await subject.outlet.until(lambda: subject.outlet.states.count("live") == 1)
        far.do("refuse_auth", times=1)
        far.do("abort")
        await subject.outlet.until(lambda: subject.outlet.states.count("live") == 2)
        assert len(subject.tokens.refused) == 2


async def test_f10_a_log_in_that_stays_refused_asks_the_person_and_stops(far: FarEnd) -> None:
    far.do("refuse_auth")
    async with running(far) as subject:
        await subject.task
        status = subject.outlet.all(LinkStatus)[-1]
        assert status.state == "failed"
        assert "Log in" in status.remedy
        assert TOKEN not in f"{status.message}{status.remedy}"
        assert far.seen()["connections"] == 2


async def test_f10_a_second_stream_of_the_same_person_is_not_fought(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        far.do("stop", code=12)
        await subject.task
        status = subject.outlet.all(LinkStatus)[-1]
        assert (status.state, far.seen()["connections"]) == ("failed", 1)
        assert "another program" in status.message


async def test_a_stream_that_schwab_stops_is_connected_again(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        far.do("stop", code=30)
        await subject.outlet.until(lambda: subject.outlet.states.count("live") == 2)
        words = [status.message for status in subject.outlet.all(LinkStatus) if status.state == "retrying"]
        assert words == ["Schwab stopped the stream: Stop streaming (code 30)."]


async def test_f12_only_symbols_that_schwab_refuses_or_does_not_have_are_marked(far: FarEnd) -> None:
    far.do("refuse", symbols=["BAD"], code=22)
    far.do("unknown", symbols=["NOSUCH"])
    async with running(far) as subject:
        await subject.outlet.until(lambda: "live" in subject.outlet.states)
        await subject.feed.want(dict.fromkeys(("AAPL", "BAD", "NOSUCH", "MSFT"), ("T", "Q", "AM")))
        await subject.outlet.until(lambda: {"BAD", "NOSUCH"} <= subject.outlet.problems.keys())
        await subject.outlet.until(lambda: {"AAPL", "MSFT"} <= {one.symbol for one in subject.outlet.all(Quote)})
        assert set(subject.outlet.problems) == {"BAD", "NOSUCH"}
        assert "code 22" in subject.outlet.problems["BAD"]
        assert "spelled" in subject.outlet.problems["NOSUCH"]


async def test_symbols_beyond_the_limit_of_schwab_say_so(far: FarEnd) -> None:
    far.do("limit", symbols=1)
    async with running(far) as subject:
        await subject.streaming("AAPL")
        await subject.feed.want(dict.fromkeys(("AAPL", "MSFT"), ("Q",)))
        await subject.outlet.until(lambda: "MSFT" in subject.outlet.problems)
        assert subject.outlet.problems == {"MSFT": "Schwab's limit of symbols is reached"}


async def test_a_subscription_that_is_never_answered_is_marked(far: FarEnd) -> None:
    far.do("hold_acks")
    async with running(far) as subject:
        await subject.feed.want({"AAPL": ("Q",)})
        await subject.outlet.until(lambda: "AAPL" in subject.outlet.problems)
        assert subject.outlet.problems == {"AAPL": "no answer from the server"}


async def test_damage_is_counted_and_the_next_good_message_is_handled(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        far.do("garbage")
        far.do("quote", symbol="AAPL", bid=160.0, ask=160.1)
        await subject.outlet.until(lambda: subject.outlet.all(Quote)[-1].bid_price == 160.0)
        assert subject.feed.rejections.total >= 10
        assert subject.outlet.states.count("live") == 1


async def test_a_stream_without_its_heartbeat_is_replaced(far: FarEnd) -> None:
    async with running(far, silence_s=0.3) as subject:
        await subject.streaming("AAPL")
        far.do("heartbeat")
        await subject.outlet.until(lambda: subject.outlet.states.count("live") >= 2)
        assert "silent" in next(one.message for one in subject.outlet.all(LinkStatus) if one.state == "retrying")


async def test_a_stream_that_never_had_a_heartbeat_may_be_silent(far: FarEnd) -> None:
    far.do("unknown", symbols=["NOSUCH"])
    async with running(far, silence_s=0.1) as subject:
        await subject.outlet.until(lambda: "live" in subject.outlet.states)
        await subject.feed.want({"NOSUCH": ("Q",)})
        # 0.6 s after the last frame.
        await subject.outlet.until(lambda: "NOSUCH" in subject.outlet.problems)
        assert subject.outlet.states.count("live") == 1


async def test_prices_that_schwab_marks_as_delayed_are_another_market(far: FarEnd) -> None:
    far.do("delayed", on=True)
    async with running(far) as subject:
        await subject.streaming("AAPL")
        hellos = [(hello.market, hello.label) for hello in subject.outlet.all(Hello)]
        assert hellos == [("schwab", "SCHWAB"), ("schwab-delayed", "SCHWAB · delayed")]
        assert subject.outlet.all(LinkStatus)[-1].label == "SCHWAB · delayed"
        far.do("abort")
        await subject.outlet.until(lambda: subject.outlet.states.count("live") == 3)
        assert subject.outlet.all(Hello)[-1].market == "schwab-delayed", "it is remembered"


async def test_when_the_market_turns_out_to_be_delayed_known_symbols_are_told_again(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        far.do("delayed", on=True)
        await subject.streaming("AAPL", "MSFT")
        items = subject.outlet.items
        turned = max(at for at, item in enumerate(items) if isinstance(item, Hello))
        await subject.outlet.until(lambda: len([one for one in items[turned:] if isinstance(one, SnapshotFrame)]) >= 2)
        assert {one.data.symbol for one in items[turned:] if isinstance(one, SnapshotFrame)} == {"AAPL", "MSFT"}
        far.do("delayed", on=False)
        far.do("abort")
        await subject.outlet.until(lambda: subject.outlet.all(Hello)[-1].market == "schwab")
        assert [hello.market for hello in subject.outlet.all(Hello)] == ["schwab", *["schwab-delayed"] * 2, "schwab"]


async def test_prices_that_become_delayed_in_the_middle_are_another_market_from_then_on(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL", "MSFT")
        far.do("change", symbol="MSFT", status="Halted")
        await subject.outlet.until(lambda: subject.outlet.all(FaultNotice))
        far.do("change", symbol="AAPL", bid=150.4, delayed=True)
        await subject.outlet.until(lambda: len(subject.outlet.all(Hello)) == 2)
        assert [hello.market for hello in subject.outlet.all(Hello)] == ["schwab", "schwab-delayed"]
        await subject.outlet.until(lambda: len(subject.outlet.all(FaultNotice)) == 2)
        assert [(one.kind, one.symbol) for one in subject.outlet.all(FaultNotice)] == [("halt", "MSFT")] * 2, (
            "who is live anew has forgotten what was halted"
        )
        far.do("change", symbol="AAPL", bid=150.5, delayed=False)
        await subject.outlet.until(lambda: len(subject.outlet.all(Hello)) == 3)
        assert subject.outlet.all(Hello)[-1].market == "schwab"


async def test_a_halt_and_its_end_are_told(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        far.do("change", symbol="AAPL", status="Halted")
        far.do("change", symbol="AAPL", status="Normal")
        await subject.outlet.until(lambda: len(subject.outlet.all(FaultNotice)) == 2)
        assert [(one.kind, one.symbol) for one in subject.outlet.all(FaultNotice)] == [
            ("halt", "AAPL"),
            ("resume", "AAPL"),
        ]


async def test_word_of_the_accounts_orders_is_passed_on_once(far: FarEnd) -> None:
    heard: list[Activity] = []
    async with running(far, prepare=lambda feed: setattr(feed, "on_account_activity", heard.append)) as subject:
        await subject.streaming("AAPL")
        far.do("activity", kind="OrderFillCompleted", symbol="AAPL", shares=10, cents=22_047)
        far.do("quote", symbol="AAPL", bid=1.0, ask=1.1)
        await subject.outlet.until(lambda: subject.outlet.all(Quote)[-1].bid_price == 1.0)
        assert [(one.kind, one.symbol, str(one.quantity), str(one.price)) for one in heard] == [
            ("OrderFillCompleted", "AAPL", "10.000000", "220.470000")
        ]


async def test_words_about_the_log_in_are_shown_once(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        subject.tokens.notice = "The log-in at Schwab ends tomorrow."
        await subject.outlet.until(lambda: subject.outlet.all(ErrorNotice))
        await subject.streaming("AAPL", "MSFT")
        assert [one.message for one in subject.outlet.all(ErrorNotice)] == ["The log-in at Schwab ends tomorrow."]


async def test_history_level_1_and_search_are_answered(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        end_ms = 1_795_194_000_000
        await subject.feed.request_history("AAPL", "1m", end_ms, 300, 7)
        await subject.feed.search_symbols("app", 8)
        before = len(_snapshots(subject, "AAPL"))
        await subject.feed.request_snapshot(["AAPL", "MSFT"])
        await subject.outlet.until(lambda: subject.outlet.all(HistoryPage) and _snapshots(subject, "MSFT"))
        await subject.outlet.until(lambda: any(isinstance(one, tuple) and one[0] == 8 for one in subject.outlet.items))
        assert len(_snapshots(subject, "AAPL")) == before + 1, "what streams is not asked for"
        assert not any("AAPL" in question for question in far.seen()["questions"] if "/quotes" in question)
        page = subject.outlet.all(HistoryPage)[0]
        assert (page.request_id, len(page.bars), page.more) == (7, 300, True)
        assert page.bars[-1].end_ms == end_ms - end_ms % 60_000


async def test_what_was_known_before_a_lost_connection_answers_nothing_after_it(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        far.do("hold_acks")
        far.do("abort")
        await subject.outlet.until(lambda: subject.outlet.states.count("live") == 2)
        assert not any("/quotes" in question for question in far.seen()["questions"])
        await subject.feed.request_snapshot(["AAPL"])
        await _until(far, lambda seen: any("/quotes" in question for question in seen["questions"]))


async def test_an_answer_that_the_stream_has_overtaken_is_left_out(far: FarEnd) -> None:
    async with running(far) as subject:
        await subject.streaming("AAPL")
        assert [row.symbol for row in await subject.feed._rows(["AAPL", "MSFT"])] == ["MSFT"]


async def test_what_was_delayed_is_until_every_symbol_has_shown_that_it_is_not(far: FarEnd) -> None:
    far.do("unknown", symbols=["NOSUCH"])
    far.do("delayed", on=True)
    async with running(far) as subject:
        await subject.feed.want(dict.fromkeys(("AAPL", "NOSUCH"), ("Q",)))
        await subject.outlet.until(lambda: len(subject.outlet.all(Hello)) == 2)
        far.do("delayed", on=False)
        far.do("abort")
        await subject.outlet.until(lambda: len(subject.outlet.all(Hello)) == 3)
        await subject.outlet.until(lambda: _snapshots(subject, "AAPL"))
        await _until(far, lambda seen: "LEVELONE_EQUITIES.AAPL" in seen["subscribed"])
        far.do("quote", symbol="AAPL", bid=160.0, ask=160.1)
        await subject.outlet.until(lambda: subject.outlet.all(Quote)[-1].bid_price == 160.0)
        assert [hello.market for hello in subject.outlet.all(Hello)] == ["schwab", *["schwab-delayed"] * 2]
        await subject.feed.want({"AAPL": ("Q",)})
        await subject.streaming("AAPL", "MSFT")
        await subject.outlet.until(lambda: subject.outlet.all(Hello)[-1].market == "schwab")


async def test_what_was_let_go_before_it_was_answered_is_no_problem(far: FarEnd) -> None:
    far.do("hold_acks")
    async with running(far) as subject:
        await subject.outlet.until(lambda: "live" in subject.outlet.states)
        await subject.feed.want({"AAPL": ("Q",)})
        await subject.feed.want({"MSFT": ("Q",)})
        await subject.outlet.until(lambda: "MSFT" in subject.outlet.problems)
        assert "AAPL" not in subject.outlet.problems


async def test_an_answer_that_is_late_is_not_told_as_news(far: FarEnd) -> None:
    far.do("hold_acks")
    far.do("delayed", on=True)
    async with running(far) as subject:
        await subject.outlet.until(lambda: "live" in subject.outlet.states)
        await subject.feed.want({"AAPL": ("Q",)})
        await subject.feed.request_snapshot(["AAPL"])
        await _until(far, lambda seen: any("/quotes" in question for question in seen["questions"]))
        far.do("delayed", on=False)
        await subject.feed.request_snapshot(["AAPL"])
        await subject.outlet.until(lambda: _snapshots(subject, "AAPL"))
        assert len(_snapshots(subject, "AAPL")) == 1
        assert sum("/quotes" in question for question in far.seen()["questions"]) == 2


async def test_cancelled_in_any_state_it_ends_at_once(far: FarEnd) -> None:
    far.do("silence")
    async with running(far) as subject:
        await _until(far, lambda seen: seen["connections"] == 1)
        subject.task.cancel()
    assert subject.task.done()
    assert subject.feed._api._door._client is None, "the connections of its questions are let go"

"""From when on Polygon's service is asked for what a lost connection has missed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from live_monitor.data.models.market_data import Trade
from live_monitor.wire.notices import Ack, FaultNotice
from tests.fakes import polygon_frames as frames
from tests.fakes.far_end import FarEnd
from tests.providers.polygon_far import QUICK, KeptAnswers, session


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("polygon_server") as server:
        yield server


def _asked_from(answers: KeptAnswers, symbol: str) -> list[int]:
    return [from_ms for symbols, from_ms, _ in answers.of("heal") if symbol in symbols]


@pytest.mark.asyncio
async def test_f1_a_second_loss_before_the_first_was_healed_hides_nothing_of_the_first(far: FarEnd) -> None:
    answers = KeptAnswers()
    async with session(far, "AAPL", "MSFT", answers=answers) as now:
        await now.outlet.until(lambda: len(now.outlet.all(Ack)) >= 2)
        first_ms = frames.now_ms() - 60_000
        await now.do("trade", symbol="MSFT", price=300.0, at_ms=first_ms)
        await now.outlet.until(lambda: now.outlet.all(Trade))
        # After the first loss the prices of the one come, but the other is not confirmed until after the second.
        await now.do("hold_acks")
        await now.do("close", code=1001)
        await now.live(2)
        await now.seen(lambda seen: "T.AAPL" in seen["subscribed"])
        async with asyncio.timeout(20):
            while now.feed._losses.heard_ms == first_ms:  # what was heard is looked at once a second
                await now.do("trade", symbol="AAPL", price=150.0)
                await asyncio.sleep(0.05)
        assert answers.of("heal") == []
        await now.do("hold_acks", on=False)
        await now.do("abort")
        await now.live(3)
        await now.outlet.until(lambda: len(_asked_from(answers, "MSFT")) == 1)
        assert _asked_from(answers, "MSFT")[0] <= first_ms


@pytest.mark.asyncio
async def test_f1_a_print_that_is_stamped_ahead_of_time_does_not_hide_a_loss(far: FarEnd) -> None:
    answers = KeptAnswers()
    async with session(far, "AAPL", answers=answers) as now:
        await now.outlet.until(lambda: now.outlet.all(Ack))
        await now.do("trade", symbol="AAPL", price=150.0, at_ms=frames.now_ms() + 240_000)
        await now.outlet.until(lambda: now.outlet.all(Trade))
        lost_ms = frames.now_ms()
        await now.do("close", code=1001)
        await now.live(2)
        await now.outlet.until(lambda: answers.of("heal"))
        ((_, from_ms, to_ms),) = answers.of("heal")
        assert from_ms <= lost_ms <= to_ms


@pytest.mark.asyncio
async def test_what_was_missed_of_a_symbol_that_is_never_confirmed_is_asked_for_all_the_same(far: FarEnd) -> None:
    answers = KeptAnswers()
    async with session(far, "AAPL", "MSFT", answers=answers, timing=QUICK._replace(pong_s=5.0)) as now:
        await now.outlet.until(lambda: len(now.outlet.all(Ack)) >= 2)
        await now.do("trade", symbol="MSFT", price=300.0)
        await now.outlet.until(lambda: now.outlet.all(Trade))
        await now.do("no_ack", channels=["T.MSFT"])
        await now.do("close", code=1001)
        await now.outlet.until(lambda: now.outlet.problems == {"MSFT": "no answer from the server"})
        await now.outlet.until(lambda: len(_asked_from(answers, "MSFT")) == 1)
        assert len(_asked_from(answers, "AAPL")) == 1


@pytest.mark.asyncio
async def test_a_pause_that_lasts_over_a_loss_is_told_again_and_its_end_too(far: FarEnd) -> None:
    async with session(far, "AAPL") as now:
        start_ms = frames.now_ms()
        for times in (1, 2):
            await now.live(times)
            await now.seen(lambda seen: "Q.AAPL" in seen["subscribed"])
            at_ms = start_ms + times
            await now.do("quote", symbol="AAPL", bid=150.0, ask=150.1, at_ms=at_ms, condition=43)
            await now.outlet.until(lambda count=times: len(now.outlet.all(FaultNotice)) == count)  # type: ignore[misc]  # now
            if times == 1:
                await now.do("close", code=1001)
        await now.do("quote", symbol="AAPL", bid=150.0, ask=150.1, at_ms=start_ms + 3)
        await now.outlet.until(lambda: len(now.outlet.all(FaultNotice)) == 3)
        assert [fault.kind for fault in now.outlet.all(FaultNotice)] == ["halt", "halt", "resume"]


@pytest.mark.asyncio
async def test_a_loss_of_the_delayed_stream_ends_as_late_as_its_prices_are() -> None:
    answers = KeptAnswers()
    with FarEnd("polygon_server", "--delayed") as late:
        async with session(late, "AAPL", answers=answers, delayed=True) as now:
            await now.outlet.until(lambda: now.outlet.all(Ack))
            traded_ms = frames.now_ms() - 900_000
            await now.do("trade", symbol="AAPL", price=150.0, at_ms=traded_ms)
            await now.outlet.until(lambda: now.outlet.all(Trade))
            await now.do("close", code=1001)
            await now.live(2)
            await now.outlet.until(lambda: answers.of("heal"))
            ((_, from_ms, to_ms),) = answers.of("heal")
            assert from_ms <= traded_ms <= to_ms
            assert to_ms <= frames.now_ms() - 900_000

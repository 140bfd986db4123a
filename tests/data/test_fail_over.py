"""Two feeds that stand for one, with scripted feeds: what reaches the outlet, in which order, and what never does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.clock import Clock, ManualClock
from live_monitor.data.fail_over import FailOverFeed
from live_monitor.data.inbox import Batch, Found, Inbox, Item, Noted
from live_monitor.data.models.market_data import Trade
from live_monitor.data.models.providers import Capabilities, ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.limits import Rejections
from live_monitor.ports import FeedOutlet
from live_monitor.wire.notices import ClockFrame, ErrorNotice, Hello, HistoryPage

NOW = 1_795_188_600_000


class ScriptedFeed:
    """A feed whose far end is the test; everything that it is asked is written down."""

    capabilities = Capabilities(history=True)

    def __init__(self, provider: str, outlet: FeedOutlet, clock: Clock) -> None:
        self.provider = provider
        self.rejections = Rejections()
        self.outlet = outlet
        self.clock = clock
        self.wanted: dict[str, tuple[str, ...]] = {}
        self.asked: list[str] = []
        self.runs = self.stopped = False
        self._end: asyncio.Future[None] | None = None

    async def run(self) -> None:
        self.runs = True
        self._end = asyncio.get_running_loop().create_future()
        try:
            await self._end
        finally:
            self.runs, self.stopped = False, True

    def live(self, *, greets: bool = True, time_ms: int = 0) -> None:
        if greets:
            self.outlet.put_notice(Hello([], provider=self.provider, market=self.provider), self.clock.monotonic())
        if time_ms:
            self.outlet.put_notice(ClockFrame(time_ms), self.clock.monotonic())
        self.outlet.put_status(LinkStatus("live", self.clock.monotonic(), label=self.provider))

    def lost(self) -> None:
        self.outlet.put_status(LinkStatus("retrying", self.clock.monotonic(), 1, "The connection was lost."))

    def fail(self) -> None:
        self.outlet.put_status(LinkStatus("failed", self.clock.monotonic(), 1, "Refused.", "Check the key."))
        self.end()

    def end(self, error: Exception | None = None) -> None:
        assert self._end is not None
        if self._end.done():
            return
        if error is not None:
            self._end.set_exception(error)
        else:
            self._end.set_result(None)

    def print(self) -> None:
        trade = Trade(self.provider.upper(), 100.0, 100, NOW, (), 1, "1", 1)
        self.outlet.put_events([trade], self.clock.monotonic())

    async def want(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        self.wanted = dict(wanted)

    async def resubscribe(self) -> None:
        self.asked.append("resubscribe")

    async def reconnect(self, reason: str) -> None:
        self.asked.append(f"reconnect {reason}")

    async def request_history(self, symbol: str, timeframe: str, end_ms: int, limit: int, request_id: int) -> None:
        self.asked.append(f"history {request_id}")

    async def request_snapshot(self, symbols: list[str]) -> None:
        self.asked.append(f"snapshot {symbols}")

    async def search_symbols(self, text: str, request_id: int) -> None:
        self.asked.append(f"search {text}")


class Pair:
    """A fail-over of two scripted feeds in the running loop; `step` lets what waits happen."""

    def __init__(self, patience_s: float = 10.0, plans: tuple[str, str] = ("", "")) -> None:
        self.clock = ManualClock(NOW)
        self.inbox = Inbox(lambda: None)
        self.made: dict[str, list[ScriptedFeed]] = {"alpha": [], "beta": []}
        choices = [("Alpha", self._maker("alpha")), ("Beta", self._maker("beta"))]
        self.feed = FailOverFeed(choices, self.inbox, self.clock, patience_s, plans)
        self.task = asyncio.get_running_loop().create_task(self.feed.run())

    def _maker(self, provider: str) -> Callable[[FeedOutlet], ScriptedFeed]:
        def make(outlet: FeedOutlet) -> ScriptedFeed:
            self.made[provider].append(ScriptedFeed(provider, outlet, self.clock))
            return self.made[provider][-1]

        return make

    @property
    def alpha(self) -> ScriptedFeed:
        return self.made["alpha"][-1]

    @property
    def beta(self) -> ScriptedFeed:
        return self.made["beta"][-1]

    async def step(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def wait(self, seconds: float) -> None:
        """Market time passes, and the feeds say how they are, as they do."""
        self.clock.advance(seconds)
        for feed in (self.alpha, self.beta):
            if feed.runs and not self._is_live(feed):
                feed.lost()
        await self.step()

    def _is_live(self, feed: ScriptedFeed) -> bool:
        side = self.feed._first if feed is self.alpha else self.feed._second
        return side.live

    async def taken_over(self) -> None:
        """Alpha was live and is gone; beta has taken over."""
        await self.step()
        self.alpha.live()
        self.alpha.lost()
        await self.wait(11)
        self.beta.live()
        await self.step()

    def items(self) -> list[Item]:
        return [item for item in self.inbox.take(10_000) if not isinstance(item, ProviderStatus)]

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.mark.asyncio
async def test_a_take_over_is_told_as_a_lost_link_then_who_comes_then_what_time_it_is_there() -> None:
    pair = Pair()
    await pair.feed.want({"AAPL": ("T",)})
    await pair.step()
    pair.alpha.live()
    pair.alpha.print()
    pair.alpha.lost()
    await pair.wait(11)
    assert pair.beta.runs
    assert pair.beta.wanted == {}
    pair.items()
    pair.beta.live(time_ms=NOW - 900_000)
    await pair.step()
    told = pair.items()
    assert isinstance(told[0], Noted)
    assert isinstance(told[0].notice, ErrorNotice)
    assert told[0].notice.message == "Beta takes over from Alpha: The connection was lost."
    assert [item.notice for item in told[1:3] if isinstance(item, Noted)] == [
        Hello([], provider="beta", market="beta"),
        ClockFrame(NOW - 900_000),
    ]
    assert isinstance(told[3], LinkStatus)
    assert (told[3].state, told[3].label) == ("live", "beta")
    assert (pair.beta.wanted, pair.alpha.wanted) == ({"AAPL": ("T",)}, {})
    await pair.end()


@pytest.mark.asyncio
async def test_f17_what_the_old_feed_answers_after_a_take_over_reaches_nobody() -> None:
    pair = Pair()
    await pair.step()
    pair.alpha.live()
    await pair.feed.request_history("AAPL", "1m", NOW, 100, 7)
    assert pair.alpha.asked == ["history 7"]
    pair.alpha.lost()
    await pair.wait(11)
    pair.beta.live()
    await pair.step()
    pair.items()
    # Its history comes by another way than its stream, and later.
    pair.alpha.outlet.put_notice(HistoryPage("AAPL", "1m", 7, []), pair.clock.monotonic())
    pair.alpha.outlet.put_problem("AAPL", "no answer from the server")
    pair.alpha.print()
    assert pair.items() == []
    await pair.feed.request_history("AAPL", "1m", NOW, 100, 8)
    assert pair.beta.asked == ["history 8"]
    await pair.end()


@pytest.mark.asyncio
async def test_a_far_end_that_never_said_who_it_is_gets_a_market_of_its_own() -> None:
    pair = Pair()
    await pair.step()
    pair.alpha.live()
    pair.alpha.lost()
    await pair.wait(11)
    pair.items()
    pair.beta.live(greets=False)
    hellos = [item.notice for item in pair.items() if isinstance(item, Noted) and isinstance(item.notice, Hello)]
    assert [(hello.market, hello.label) for hello in hellos] == [("beta-beta", "Beta")]
    await pair.end()


@pytest.mark.asyncio
async def test_a_live_link_is_told_as_gone_before_another_one_takes_its_place() -> None:
    pair = Pair()
    await pair.taken_over()
    pair.alpha.live()
    await pair.step()
    assert pair.feed.in_use == "Beta"
    pair.items()
    await pair.feed.use_first()
    await pair.step()
    states = [item.state for item in pair.items() if isinstance(item, LinkStatus)]
    assert states == ["connecting", "live"]
    assert pair.feed.in_use == "Alpha"
    assert pair.beta.stopped
    await pair.end()


@pytest.mark.asyncio
async def test_a_feed_that_was_let_go_is_made_anew_and_the_old_one_speaks_to_nobody() -> None:
    pair = Pair()
    await pair.taken_over()
    old = pair.beta
    pair.alpha.live()
    await pair.feed.use_first()
    await pair.step()
    pair.alpha.lost()
    await pair.wait(11)
    assert len(pair.made["beta"]) == 2
    pair.beta.live()
    await pair.step()
    assert pair.feed.in_use == "Beta"
    pair.items()
    old.print()
    old.live()
    assert pair.items() == []
    await pair.end()


@pytest.mark.asyncio
async def test_a_feed_that_ends_with_an_error_of_the_program_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    pair = Pair()
    await pair.step()
    pair.alpha.live()
    pair.alpha.end(RuntimeError("a bug"))
    await pair.step()
    pair.beta.live()
    await pair.step()
    assert pair.feed.in_use == "Beta"
    assert "a bug" in caplog.text
    pair.beta.end()
    await pair.step()
    assert pair.task.done(), "neither can come back by itself"
    failed = [item for item in pair.items() if isinstance(item, LinkStatus) and item.state == "failed"]
    assert [status.message for status in failed] == [
        "Beta: It has ended. Alpha: An error of the program stopped it; the log has it."
    ]
    await pair.end()


@pytest.mark.asyncio
async def test_whatever_is_asked_goes_to_the_one_in_use() -> None:
    pair = Pair()
    await pair.taken_over()
    await pair.feed.resubscribe()
    await pair.feed.reconnect("silence")
    await pair.feed.request_snapshot(["AAPL"])
    await pair.feed.search_symbols("app", 3)
    assert pair.beta.asked == ["resubscribe", "reconnect silence", "snapshot ['AAPL']", "search app"]
    assert pair.alpha.asked == []
    pair.beta.outlet.put_found(3, [SymbolHit("AAPL", "Apple")])
    assert pair.items()[-1] == Found(3, (SymbolHit("AAPL", "Apple"),))
    assert pair.feed.rejections is pair.beta.rejections
    assert pair.feed.provider == "beta"
    await pair.end()


@pytest.mark.asyncio
async def test_both_providers_are_told_of_from_the_beginning_each_with_its_plan_and_whether_it_is_in_use() -> None:
    pair = Pair(plans=("real time", ""))
    await pair.step()
    pair.alpha.live()

    def told() -> dict[str, tuple[str, str, bool, str]]:
        items = [item for item in pair.inbox.take(10_000) if isinstance(item, ProviderStatus)]
        return {item.role: (item.title, item.link.state, item.in_use, item.plan) for item in items}

    assert told() == {
        "primary": ("Alpha", "live", True, "real time"),
        "second": ("Beta", "idle", False, ""),
    }
    pair.alpha.fail()
    await pair.step()
    pair.beta.live()
    assert told() == {
        "primary": ("Alpha", "failed", False, "real time"),
        "second": ("Beta", "live", True, ""),
    }
    await pair.end()


@pytest.mark.asyncio
async def test_patience_begins_anew_with_every_loss() -> None:
    pair = Pair()
    await pair.step()
    for _ in range(5):
        pair.alpha.live()
        await pair.wait(60)
        pair.alpha.lost()
        await pair.wait(9)
        assert not pair.beta.runs
    await pair.wait(2)
    assert pair.beta.runs
    await pair.end()


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["live", "lost", "fail", "print", "wait", "first", "crash"]), st.booleans()), max_size=60
)


@given(OPERATIONS)
def test_f17_whatever_happens_prints_come_from_the_one_that_greeted_last(operations: list[tuple[str, bool]]) -> None:
    """And between two greetings of different feeds the link was told as gone."""

    async def play() -> list[Item]:
        pair = Pair()
        await pair.step()
        for operation, is_alpha in operations:
            feed = pair.alpha if is_alpha else pair.beta
            if operation == "wait":
                await pair.wait(6)
            elif operation == "first":
                await pair.feed.use_first()
            elif feed.runs and (operation != "print" or pair._is_live(feed)):
                calls = {"live": feed.live, "lost": feed.lost, "fail": feed.fail, "print": feed.print}
                calls.get(operation, lambda feed=feed: feed.end(RuntimeError("a bug")))()
            await pair.step()
            assert not (pair.beta.runs and pair.feed.in_use == "Alpha" and pair._is_live(pair.alpha))
        await pair.end()
        assert [feed.runs for feeds in pair.made.values() for feed in feeds] == [False] * sum(
            map(len, pair.made.values())
        )
        return pair.items()

    greeted, connected = "", False
    for item in asyncio.run(play()):
        if isinstance(item, LinkStatus):
            connected = item.connected
        elif isinstance(item, Noted) and isinstance(item.notice, Hello):
            assert item.notice.provider == greeted or not connected
            greeted = item.notice.provider
        elif isinstance(item, Batch):
            assert {event.symbol for event in item.events if isinstance(event, Trade)} <= {greeted.upper()}

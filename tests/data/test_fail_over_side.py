"""A first provider that is connected and of no use: when it counts as gone, and when it does not."""

from __future__ import annotations

import pytest

from live_monitor.data.inbox import Noted
from live_monitor.data.models.status import LinkStatus
from live_monitor.wire.notices import ErrorNotice, HistoryPage
from tests.data.test_fail_over import Pair

SILENCE = "No data arrived while the market is open."


async def mute() -> Pair:
    """Alpha is live and brought something once; a new connection was asked for twice since."""
    pair = Pair()
    await pair.feed.want({"AAPL": ("T",)})
    await pair.step()
    pair.alpha.live()
    pair.alpha.print()
    await pair.feed.reconnect(SILENCE)
    # What it is asked, it answers.
    pair.alpha.outlet.put_notice(HistoryPage("AAPL", "1m", 1, []), pair.clock.monotonic())
    pair.alpha.outlet.put_events([], pair.clock.monotonic())
    await pair.step()
    assert not pair.beta.runs, "a new connection may help"
    await pair.feed.reconnect(SILENCE)
    await pair.step()
    assert pair.beta.runs
    assert pair.alpha.asked == [f"reconnect {SILENCE}"] * 2
    return pair


@pytest.mark.asyncio
async def test_f17_a_first_that_is_live_and_brings_nothing_twice_is_not_live() -> None:
    pair = await mute()
    assert pair.feed.in_use == "Alpha", "nobody is there yet who could take over"
    pair.items()
    pair.beta.live()
    await pair.step()
    said = [item.notice for item in pair.items() if isinstance(item, Noted)]
    assert said[0] == ErrorNotice(
        "Beta takes over from Alpha: It is connected, but brings nothing in an open market, also by a new connection."
    )
    assert (pair.feed.in_use, pair.beta.wanted, pair.alpha.wanted) == ("Beta", {"AAPL": ("T",)}, {})
    for _ in range(3):
        await pair.feed.reconnect(SILENCE)
    assert pair.feed.in_use == "Beta", "that is said of the first only"
    await pair.feed.use_first()
    await pair.step()
    await pair.feed.reconnect(SILENCE)
    await pair.step()
    assert (pair.feed.in_use, pair.beta.runs) == ("Alpha", False), "it has a new chance"
    await pair.end()


@pytest.mark.asyncio
async def test_one_print_of_any_symbol_shows_that_the_first_is_well() -> None:
    pair = await mute()
    pair.alpha.print()
    await pair.step()
    assert (pair.feed.in_use, pair.beta.runs) == ("Alpha", False), "the second is let go before it has taken over"
    for _ in range(3):
        await pair.feed.reconnect(SILENCE)
        pair.alpha.print()
        await pair.step()
    assert not pair.beta.runs
    await pair.end()


@pytest.mark.asyncio
async def test_who_is_left_is_named_once() -> None:
    pair = Pair()
    await pair.step()
    status = LinkStatus("failed", pair.clock.monotonic(), 1, "Alpha: the key is refused.")
    pair.alpha.outlet.put_status(status)
    pair.alpha.end()
    await pair.step()
    pair.beta.live()
    await pair.step()
    (said,) = [item.notice for item in pair.items() if isinstance(item, Noted) and isinstance(item.notice, ErrorNotice)]
    assert said.message == "Beta takes over from Alpha: the key is refused."
    await pair.end()

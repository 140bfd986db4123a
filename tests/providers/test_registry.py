"""Providers as data, and how one is built."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import get_args

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.providers import ProviderChoice, ProviderId
from live_monitor.data.models.status import LinkStatus
from live_monitor.errors import FatalFeedError, LiveMonitorError
from live_monitor.providers import registry
from live_monitor.providers.refused import RefusedFeed
from live_monitor.secrets import POLYGON_API_KEY, SCHWAB_APP_KEY, SCHWAB_APP_SECRET, SCHWAB_CONNECTION, Secret
from tests.fakes.kept_outlet import KeptOutlet


@pytest.fixture
def tools(manual_clock: ManualClock, tmp_path: Path) -> registry.FeedTools:
    return registry.FeedTools(manual_clock, Random(1), {}, tmp_path)


def test_every_provider_has_one_entry() -> None:
    assert get_args(ProviderId) == registry.IDS
    for entry in registry.ENTRIES:
        assert {one.name for one in entry.credentials} == set(entry.capabilities.needs)
        assert entry.title
        assert entry.words.endswith(".")
    with pytest.raises(KeyError):
        registry.entry("yahoo")


def test_nothing_simulated_or_recorded_stands_in_for_a_real_market() -> None:
    assert {entry.id for entry in registry.ENTRIES if not entry.stands_in} == {"sim", "replay"}


@pytest.mark.parametrize(
    ("choice", "keys", "lack"),
    [
        (ProviderChoice(provider="polygon"), {}, "needs its API key"),
        (ProviderChoice(provider="polygon"), {POLYGON_API_KEY: Secret("k")}, ""),
        (ProviderChoice(provider="tos_excel"), {}, "needs a workbook"),
        (ProviderChoice(provider="tos_excel", workbook="a.xlsx"), {}, ""),
        (ProviderChoice(provider="schwab"), {SCHWAB_APP_KEY: Secret("k")}, "needs its App secret"),
        (ProviderChoice(provider="schwab"), dict.fromkeys((SCHWAB_APP_KEY, SCHWAB_APP_SECRET), Secret("k")), "log-in"),
        (ProviderChoice(provider="sim"), {}, ""),
        (ProviderChoice(provider="relay"), {}, ""),
    ],
)
def test_what_is_missing_is_said_in_words(choice: ProviderChoice, keys: dict[str, Secret], lack: str) -> None:
    assert lack in registry.missing(choice, keys)
    assert bool(registry.missing(choice, keys)) == bool(lack)


def test_without_its_key_a_provider_is_not_built(tools: registry.FeedTools) -> None:
    with pytest.raises(FatalFeedError, match=r"Polygon needs its API key\. File ▸ Connect a provider"):
        registry.build(ProviderChoice(provider="polygon"), {}, tools)


@pytest.mark.parametrize("provider", ["sim", "replay", "relay"])
def test_what_a_server_brings_is_not_built_here(tools: registry.FeedTools, provider: ProviderId) -> None:
    with pytest.raises(FatalFeedError, match="through a server"):
        registry.build(ProviderChoice(provider=provider), {}, tools)


@pytest.mark.parametrize(("delayed", "delay_s"), [(False, 0.0), (True, 900.0)])
def test_polygon_is_built_for_its_plan(tools: registry.FeedTools, delayed: bool, delay_s: float) -> None:
    choice = ProviderChoice(provider="polygon", delayed=delayed, rest_url="http://127.0.0.1:1")
    feed = registry.build(choice, {POLYGON_API_KEY: Secret("k")}, tools)(KeptOutlet())
    assert (feed.provider, feed.capabilities.delay_s, feed.capabilities.search) == ("polygon", delay_s, True)


def test_a_log_in_that_is_only_typed_cannot_be_renewed(tools: registry.FeedTools) -> None:
    keys = dict.fromkeys((SCHWAB_APP_KEY, SCHWAB_APP_SECRET, SCHWAB_CONNECTION), Secret("x"))
    with pytest.raises(FatalFeedError, match="Log in first"):
        registry.build(ProviderChoice(provider="schwab"), keys, tools)


@pytest.mark.asyncio
async def test_what_cannot_be_built_says_so_like_any_other_feed(manual_clock: ManualClock) -> None:
    outlet = KeptOutlet()
    error: LiveMonitorError = FatalFeedError("Polygon needs its API key.", "Type it.")
    feed = RefusedFeed(outlet, "polygon", error, manual_clock)
    await feed.want({"AAPL": ("T",)})
    await feed.run()
    (status,) = outlet.all(LinkStatus)
    assert (status.state, status.provider, status.remedy) == ("failed", "polygon", "Type it.")

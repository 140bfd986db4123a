"""Tries what was filled in on a page before it is kept: one line about what works, or the reason why it does not."""

from __future__ import annotations

import asyncio
from typing import Final

from live_monitor.data.models.providers import ProviderChoice
from live_monitor.errors import FatalFeedError, FeedError
from live_monitor.providers import registry
from live_monitor.providers.probe import PATIENCE_S, Greeting, greeting_of
from live_monitor.providers.registry import FeedFactory, FeedTools, Keys
from live_monitor.secrets import POLYGON_API_KEY, Secret, SecretStore, in_daemon_thread

_NAMED: Final = 3
_ANY_SYMBOL: Final = "AAPL"
#: What to do about a workbook without a price: as a file, or while Excel has it open.
_TO_SAVE: Final = "Open it in Excel with thinkorswim running, wait for numbers, and save it."
_TO_WAIT: Final = "Log in to thinkorswim, and wait for numbers."


async def try_out(choice: ProviderChoice, keys: Keys, tools: FeedTools, *, stream: bool = True) -> str:
    """What works, as one line. Done within about ten seconds; may be cancelled.

    Never blocks the loop that it runs on. `stream` False: asks questions only, because the stream takes one connection
    of an account and it is in use. Raises FeedError in words.
    """
    if choice.provider == "polygon":
        return await _polygon(choice, keys, tools, stream=stream)
    if choice.provider == "schwab":
        return await _schwab(choice, keys, tools)
    build = await asyncio.wrap_future(in_daemon_thread(lambda: registry.build(choice, keys, tools))[1])
    return await try_feed(build, prices=choice.provider == "tos_excel")


async def try_feed(build: FeedFactory, *, prices: bool = False) -> str:
    """Runs a feed until it greets. Raises FeedError in its words.

    `prices`: the feed knows the prices of all its symbols when it greets, and is asked whether there are any.
    """
    greeting = await greeting_of(build, prices=prices)
    if greeting.hello is not None and greeting.hello.provider == "tos_excel":
        return _workbook(greeting, greeting.priced > 0 or not prices)
    label = greeting.hello.label if greeting.hello is not None else ""
    return f"It works{f': {label}' if label else ''}."


async def _schwab(choice: ProviderChoice, keys: Keys, tools: FeedTools) -> str:
    """By a question about accounts: the stream takes one connection, which may be in use."""
    if not isinstance(keys, SecretStore):
        raise FatalFeedError("A new key or secret is tried by logging in with it.", "Log in in the browser.")
    tokens, api = registry.schwab_account(choice, keys, tools)
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await api.accounts()
    except TimeoutError:
        raise FeedError(f"Schwab did not answer within {PATIENCE_S:g} s.", "Try again later.") from None
    finally:
        await api.close()
        await tokens.close()
    return f"It works: {len(found)} {'account' if len(found) == 1 else 'accounts'}."


async def _polygon(choice: ProviderChoice, keys: Keys, tools: FeedTools, *, stream: bool) -> str:
    def ask() -> str:
        """What questions bring; empty when they are answered."""
        from live_monitor.providers.polygon_rest import PolygonRest  # noqa: PLC0415 - loads the vendor's package

        rest = PolygonRest(keys.get(POLYGON_API_KEY) or Secret(""), choice.rest_url, clock=tools.clock)
        try:
            # Every plan includes it.
            rest.search(_ANY_SYMBOL)
        except FatalFeedError:
            raise
        except FeedError as problem:
            if not stream:
                raise
            return str(problem)
        finally:
            rest.close()
        return ""

    build = await asyncio.wrap_future(in_daemon_thread(lambda: registry.build(choice, keys, tools))[1])
    if not stream:
        await asyncio.wrap_future(in_daemon_thread(ask)[1])
        return "The key works. Its stream is in use here, so that it was not opened a second time."
    asking = asyncio.wrap_future(in_daemon_thread(ask)[1])
    greeting = await greeting_of(build)
    label = greeting.hello.label if greeting.hello is not None else "POLYGON"
    mute = await asking
    return f"It works: {label}." if not mute else f"The stream works ({label}), but no history: {mute}"


def _workbook(greeting: Greeting, priced: bool) -> str:
    symbols = greeting.hello.symbols if greeting.hello is not None else []
    if not symbols:
        return "The workbook can be read, but holds no symbol yet."
    more = len(symbols) - _NAMED
    named = ", ".join(symbols[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    if not priced and greeting.hello is not None:
        from live_monitor.providers.tos_excel import SAVED_LABEL  # noqa: PLC0415 - loaded with the feed

        remedy = _TO_SAVE if greeting.hello.label == SAVED_LABEL else _TO_WAIT
        return f"The workbook can be read ({named}), but no cell holds a price yet. {remedy}"
    return f"It works: {named}."

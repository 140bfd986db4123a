"""Every provider as data, and how one is built and tried.

The modules of a vendor are imported when it is built: who watches the simulated market loads none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from live_monitor.clock import Clock
from live_monitor.data.models.provider_entries import Credential, ProviderEntry
from live_monitor.data.models.providers import Capabilities, ProviderChoice
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.errors import FatalFeedError
from live_monitor.ports import FeedOutlet, MarketFeed, ReadingLock
from live_monitor.providers.gentle_import import gently
from live_monitor.secrets import (
    CREDENTIALS,
    POLYGON_API_KEY,
    SCHWAB_APP_KEY,
    SCHWAB_APP_SECRET,
    SCHWAB_CONNECTION,
    Secret,
    SecretStore,
)

if TYPE_CHECKING:
    from live_monitor.providers.schwab_auth import SchwabTokens
    from live_monitor.providers.schwab_rest import SchwabTraderAPI

FeedFactory = Callable[[FeedOutlet], MarketFeed]

_SECOND, _MINUTE, _DAY = (Timeframe.parse(name) for name in ("1s", "1m", "1D"))


def _credential(name: str, label: str) -> Credential:
    return Credential(name=name, label=label, variables=CREDENTIALS[name].variables)


ENTRIES: Final[tuple[ProviderEntry, ...]] = (
    ProviderEntry(
        id="sim",
        title="Simulated market",
        words="A believable market at any hour. No account, no network.",
        capabilities=Capabilities(history=True, timeframes=(_SECOND, _MINUTE, _DAY)),
    ),
    ProviderEntry(
        id="replay",
        title="Replay a session",
        words="A recorded day from a file, at any speed.",
        capabilities=Capabilities(history=True, timeframes=(_SECOND, _MINUTE, _DAY)),
    ),
    ProviderEntry(
        id="relay",
        title="Relay server",
        words="A server that speaks the relay protocol, on this machine or elsewhere.",
        help="The command live-monitor feed serves one on this machine.",
        capabilities=Capabilities(history=True, timeframes=(_SECOND, _MINUTE, _DAY)),
        stands_in=True,
    ),
    ProviderEntry(
        id="polygon",
        title="Polygon",
        words="Polygon.io, now Massive: every trade and quote of US stocks, live or 15 minutes late.",
        help="The key stands in the dashboard of your account there. Real time needs a plan that includes it.",
        capabilities=Capabilities(
            history=True, search=True, timeframes=(_SECOND, _MINUTE, _DAY), needs=(POLYGON_API_KEY,)
        ),
        credentials=(_credential(POLYGON_API_KEY, "API key"),),
        stands_in=True,
    ),
    ProviderEntry(
        id="tos_excel",
        title="thinkorswim",
        words="Quotes of thinkorswim through a workbook that Excel keeps up to date.",
        help="The workbook holds =RTD(…) formulas; thinkorswim and Excel run beside this program, on Windows."
        " Elsewhere the workbook is read as it was saved last.",
        capabilities=Capabilities(streaming=False, max_symbols=500),
        stands_in=True,
    ),
    ProviderEntry(
        id="schwab",
        title="Schwab",
        words="Quotes, minute bars and your accounts at Charles Schwab. Accounts are read, never traded.",
        help="Key and secret belong to an app that you register at developer.schwab.com. A log-in holds for 7 days.",
        capabilities=Capabilities(
            streaming=False,
            history=True,
            accounts=True,
            search=True,
            timeframes=(_MINUTE, _DAY),
            needs=(SCHWAB_APP_KEY, SCHWAB_APP_SECRET),
        ),
        credentials=(
            _credential(SCHWAB_APP_KEY, "App key"),
            _credential(SCHWAB_APP_SECRET, "App secret"),
        ),
        stands_in=True,
    ),
)


IDS: Final = tuple(one.id for one in ENTRIES)


class FeedTools(NamedTuple):
    """What a feed is built with. `folder` is the user's, for what a provider keeps beside the settings.

    `excel_lock`: opens the lock of who reads Excel, which may block, and gives what makes one holder more of it.
    """

    clock: Clock
    random: Random
    environ: Mapping[str, str]
    folder: Path
    excel_lock: Callable[[], Callable[[], ReadingLock]] | None = None


class Keys(Protocol):
    """Where keys are found: a `SecretStore`, which also asks the environment, or a dict of what was just typed."""

    def get(self, name: str, /) -> Secret | None: ...


def entry(provider: str) -> ProviderEntry:
    """The entry of a provider. Raises KeyError for a name that is none."""
    for one in ENTRIES:
        if one.id == provider:
            return one
    raise KeyError(provider)


def missing(choice: ProviderChoice, keys: Keys) -> str:
    """What a provider still needs before it can be built, as a phrase; empty where it needs nothing.

    Blocks for as long as `keys` does: call it on a worker thread.
    """
    wanted = entry(choice.provider)
    absent = [
        one.label for one in wanted.credentials if one.name in wanted.capabilities.needs and not keys.get(one.name)
    ]
    if absent:
        return f"needs its {' and '.join(absent)}"
    if choice.provider == "tos_excel" and not choice.workbook:
        return "needs a workbook"
    if choice.provider == "schwab" and not keys.get(SCHWAB_CONNECTION):
        return "needs a log-in"
    return ""


def build(choice: ProviderChoice, keys: Keys, tools: FeedTools) -> FeedFactory:
    """What makes the feed of a vendor; reads its keys, which may block: call it on a worker thread.

    Raises FatalFeedError, in words, when something is missing that it needs, and for what only a server brings.
    """
    title = entry(choice.provider).title
    make = _BUILDERS.get(choice.provider)
    if make is None:
        raise FatalFeedError(f"{title} is reached through a server.", "Choose it from the menu File.")
    lack = missing(choice, keys)
    if lack:
        raise FatalFeedError(f"{title} {lack}.", _how_to_give(choice, keys))
    try:
        with gently():
            return make(choice, keys, tools)
    except ImportError as problem:
        raise FatalFeedError(f"{title} needs the package {problem.name}.", "`live-monitor doctor` says how.") from None


def _how_to_give(choice: ProviderChoice, keys: Keys) -> str:
    """How what is missing is given: in the window, and without one."""
    absent = [
        one.variables[0] for one in entry(choice.provider).credentials if one.variables and not keys.get(one.name)
    ]
    without = f", or set {' and '.join(absent)}" if absent else ""
    if choice.provider == "tos_excel":
        without = ", or name it with --file"
    return f"File ▸ Connect a provider… asks for it{without}."


def _key(keys: Keys, name: str) -> Secret:
    return keys.get(name) or Secret("")


def _polygon(choice: ProviderChoice, keys: Keys, tools: FeedTools) -> FeedFactory:
    from live_monitor.providers.polygon import DELAY_S, PolygonFeed  # noqa: PLC0415 - see the module
    from live_monitor.providers.polygon_answers import polygon_answers  # noqa: PLC0415 - see the module
    from live_monitor.providers.polygon_rest import PolygonRest  # noqa: PLC0415 - see the module

    key = _key(keys, POLYGON_API_KEY)
    late, delay_s = choice.delayed, DELAY_S if choice.delayed else 0.0

    def make(outlet: FeedOutlet) -> MarketFeed:
        rest = PolygonRest(key, choice.rest_url, clock=tools.clock)
        market = "polygon-delayed" if late else "polygon"
        inner, answers = polygon_answers(outlet, rest, tools.clock, market=market, delay_s=delay_s)
        return PolygonFeed(
            inner,
            key,
            clock=tools.clock,
            random=tools.random,
            server_url=choice.server_url,
            delayed=late,
            answers=answers,
        )

    return make


def _tos_excel(choice: ProviderChoice, _keys: Keys, tools: FeedTools) -> FeedFactory:
    from live_monitor.providers.tos_excel import TosExcelFeed  # noqa: PLC0415 - see the module

    holder = tools.excel_lock() if tools.excel_lock is not None else None

    def make(outlet: FeedOutlet) -> MarketFeed:
        lock = holder() if holder is not None else None
        return TosExcelFeed(outlet, choice, clock=tools.clock, environ=tools.environ, lock=lock)

    return make


def _schwab(choice: ProviderChoice, keys: Keys, tools: FeedTools) -> FeedFactory:
    from live_monitor.providers.schwab import SchwabFeed  # noqa: PLC0415 - see the module

    if not isinstance(keys, SecretStore):
        raise FatalFeedError("The log-in at Schwab is renewed while it is used, and has to be kept.", "Log in first.")

    def make(outlet: FeedOutlet) -> MarketFeed:
        tokens, api = schwab_account(choice, keys, tools)
        return SchwabFeed(outlet, tokens, api, clock=tools.clock, random=tools.random, server_url=choice.server_url)

    return make


def schwab_account(
    choice: ProviderChoice, store: SecretStore, tools: FeedTools
) -> tuple[SchwabTokens, SchwabTraderAPI]:
    """The log-in and the questions of one loop. Raises FatalFeedError for an address without TLS."""
    with gently():
        from live_monitor.providers.schwab_address import BASE_URL  # noqa: PLC0415 - see the module
        from live_monitor.providers.schwab_auth import SchwabTokens  # noqa: PLC0415 - see the module
        from live_monitor.providers.schwab_door import SchwabDoor  # noqa: PLC0415 - see the module
        from live_monitor.providers.schwab_rest import SchwabTraderAPI  # noqa: PLC0415 - see the module
        from live_monitor.providers.schwab_token_endpoint import TokenEndpoint  # noqa: PLC0415 - see the module

    base = choice.rest_url or BASE_URL
    tokens = SchwabTokens(store, tools.clock, endpoint=TokenEndpoint(base))
    return tokens, SchwabTraderAPI(SchwabDoor(tokens, clock=tools.clock, base_url=base), tools.clock)


_BUILDERS: Final[Mapping[str, Callable[[ProviderChoice, Keys, FeedTools], FeedFactory]]] = {
    "polygon": _polygon,
    "tos_excel": _tos_excel,
    "schwab": _schwab,
}

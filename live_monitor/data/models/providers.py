"""Providers as data: what each can do, how one is asked for, and how it is doing."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from msgspec import Struct

from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import Timeframe

ProviderId = Literal["sim", "replay", "relay", "polygon", "tos_excel", "schwab"]
#: `primary` is what the desktop shows, `second` takes over when it fails, `beside` is only compared with it.
ProviderRole = Literal["primary", "second", "beside"]

#: Markets whose prices are those of US equities, now: a paper account trades at the prices of any of them.
LIVE_US_MARKETS: Final = frozenset({"polygon", "schwab", "tos-excel"})
LIVE_US: Final = "us-equities"


def prices_of(market: str) -> str:
    """Whose prices a market's are, for accounts on paper: the live ones of US equities are the same from every vendor.

    Delayed, simulated and recorded prices are nobody's but their own.
    """
    return LIVE_US if market in LIVE_US_MARKETS else market


class Capabilities(Struct, frozen=True):
    """What a provider can do, as facts that screens and commands read.

    `streaming`: prints one by one, not only level 1. `delay_s`: how late its prices are by contract.
    `timeframes`: lengths of bars that its history gives. `needs`: names of the credentials without which it is mute.
    """

    streaming: bool = True
    quotes: bool = True
    history: bool = False
    accounts: bool = False
    search: bool = False
    timeframes: tuple[Timeframe, ...] = ()
    delay_s: float = 0.0
    max_symbols: int = 500
    needs: tuple[str, ...] = ()


class ProviderChoice(Struct, frozen=True, kw_only=True):
    """How one provider is asked for. An empty text, None or 0 means: as the provider does without being told.

    `server_url` is where prices stream from, `rest_url` where questions go. `workbook`, `sheet`, `range`, `interval_s`
    belong to Excel. Holds no secret.
    """

    provider: ProviderId
    server_url: str = ""
    rest_url: str = ""
    delayed: bool = False
    workbook: str = ""
    sheet: str = ""
    range: str = ""
    interval_s: float = 0.0


class ProviderStatus(Struct, frozen=True):
    """How one provider is doing. `heard` is the monotonic second of its newest message, 0.0 before the first.

    `plan`: what the account or the delay allows, in words; `said`: what its server said last, of itself.
    """

    provider: str
    title: str
    role: ProviderRole = "primary"
    link: LinkStatus = LinkStatus()
    plan: str = ""
    heard: float = 0.0
    reconnects: int = 0
    said: str = ""
    #: What the desktop shows comes from this one.
    in_use: bool = False


class SymbolHit(NamedTuple):
    """One answer to a search for a symbol; all texts come from outside."""

    symbol: str
    name: str
    kind: str = ""
    exchange: str = ""

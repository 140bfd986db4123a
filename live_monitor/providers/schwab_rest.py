"""Schwab by questions and answers: accounts, positions, balances, orders, quotes, prices of the past. Read-only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple, TypeVar

from live_monitor import limits
from live_monitor.clock import Clock
from live_monitor.data.models.broker import BrokerAccount, BrokerBalances, BrokerOrder, BrokerPosition
from live_monitor.data.models.providers import SymbolHit
from live_monitor.data.models.timeframe import DAY, MINUTE, Timeframe
from live_monitor.engine.market.bar_columns import Bar
from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import FeedError, ProtocolError
from live_monitor.limits import Refused, Rejections
from live_monitor.log import redact
from live_monitor.providers.schwab_door import SchwabDoor
from live_monitor.wire import schwab_accounts, schwab_market
from live_monitor.wire.schwab import theirs
from live_monitor.wire.schwab_market import Preference, Quotes, iso

_T = TypeVar("_T")
#: A question may name so many symbols.
_SYMBOLS_AT_A_TIME: Final = 100


class AccountSummary(NamedTuple):
    """The four figures of an account in USD; None where Schwab does not tell one."""

    buying_power: Decimal | None
    net_liquidation: Decimal | None
    cash: Decimal | None
    margin_balance: Decimal | None


class SchwabTraderAPI:
    """Reads accounts and markets; an `AccountSource`. Used on one loop.

    Every method raises FeedError in words (LoginNeeded: log in; RateLimited: wait; ProtocolError: damage).
    """

    provider = "schwab"

    def __init__(self, door: SchwabDoor, clock: Clock) -> None:
        self.rejections = Rejections()
        self._door = door
        self._clock = clock
        self._hashes: dict[str, str] = {}

    async def accounts(self) -> list[BrokerAccount]:
        """All accounts with balances, positions and the orders that were entered today (date of New York)."""
        hashes = await self._account_hashes()
        body = await self._door.get("/trader/v1/accounts", {"fields": "positions"})
        now_ms = self._clock.wall_ms()
        before = self.rejections.by_reason[schwab_accounts.NO_HASH]
        found = self._read(lambda: schwab_accounts.accounts(body, hashes, now_ms, self.rejections))
        if self.rejections.by_reason[schwab_accounts.NO_HASH] > before:
            # One that was linked since: its hash is asked for at the next look.
            self._hashes = {}
        calendar = us_equities()
        today_ms, _ = calendar.span(calendar.trade_date(now_ms))
        return schwab_accounts.with_orders(found, await self._orders(today_ms, now_ms), hashes)

    async def positions(self, account_id: str) -> tuple[BrokerPosition, ...]:
        """What one account holds; `account_id` as in `BrokerAccount.id`."""
        return (await self._account(account_id)).positions

    async def balances(self, account_id: str) -> BrokerBalances:
        """Money of one account."""
        return (await self._account(account_id)).balances

    async def account_summary(self, account_id: str) -> AccountSummary:
        """Buying power, net liquidation value, cash and margin balance of one account."""
        found = await self.balances(account_id)
        return AccountSummary(found.buying_power, found.net_liquidation, found.cash, found.margin_balance)

    async def orders(self, account_id: str, from_ms: int, to_ms: int) -> list[BrokerOrder]:
        """Orders of one account that were entered in [`from_ms`, `to_ms`], read-only."""
        hashes = await self._account_hashes()
        number = next((number for number, key in hashes.items() if key == account_id), None)
        if number is None:
            raise FeedError("Schwab has no such account.")
        found = await self._orders(from_ms, to_ms)
        return [order for of, order in found if of.lstrip("0") == number.lstrip("0")]

    async def quotes(self, symbols: Sequence[str]) -> Quotes:
        """Level 1 of at most 100 symbols; those that Schwab does not know are named."""
        asked = ",".join(theirs(symbol) for symbol in symbols[:_SYMBOLS_AT_A_TIME])
        body = await self._door.get(
            "/marketdata/v1/quotes", {"symbols": asked, "fields": "quote", "indicative": "false"}
        )
        return self._read(lambda: schwab_market.quotes(body, self._clock.wall_ms(), self.rejections))

    async def price_history(self, symbol: str, timeframe: Timeframe, from_ms: int, to_ms: int) -> list[Bar]:
        """Bars of a minute (with extended hours) or of a day that start in [`from_ms`, `to_ms`), oldest first."""
        days = timeframe == DAY
        if not days and timeframe != MINUTE:
            raise FeedError(f"Schwab is asked for bars of 1m and 1D, not of {timeframe}.")
        parameters = {
            "symbol": theirs(symbol),
            "periodType": "year" if days else "day",
            "frequencyType": "daily" if days else "minute",
            "frequency": "1",
            "startDate": str(from_ms),
            "endDate": str(to_ms),
            "needExtendedHoursData": "false" if days else "true",
            "needPreviousClose": "false",
        }
        body = await self._door.get("/marketdata/v1/pricehistory", parameters)
        bars = self._read(lambda: schwab_market.candles(body, days=days, rejections=self.rejections))
        return [bar for bar in bars if from_ms <= bar.start_ms < to_ms]

    async def instruments(self, text: str) -> list[SymbolHit]:
        """Symbols by their first letters, or instruments by words of their name."""
        word = text.strip()[: limits.MAX_TEXT // 10]
        if not word:
            return []
        if word.replace(".", "").isalnum() and len(word) <= 6:
            asked = {"symbol": f"{theirs(word.upper())}.*", "projection": "symbol-regex"}
        else:
            asked = {"symbol": f".*{word}.*", "projection": "desc-regex"}
        body = await self._door.get("/marketdata/v1/instruments", asked)
        return self._read(lambda: schwab_market.instruments(body))

    async def user_preference(self) -> Preference:
        """Where to stream and as whom."""
        body = await self._door.get("/trader/v1/userPreference")
        return self._read(lambda: schwab_market.preference(body))

    async def close(self) -> None:
        """Lets connections go. May be called twice."""
        await self._door.close()

    async def _account(self, account_id: str) -> BrokerAccount:
        for one in await self.accounts():
            if one.id == account_id:
                return one
        raise FeedError("Schwab has no such account.")

    async def _account_hashes(self) -> dict[str, str]:
        """Number to hash of every account, asked for once while it knows all of them; numbers never reach the log."""
        if not self._hashes:
            body = await self._door.get("/trader/v1/accounts/accountNumbers")
            self._hashes = self._read(lambda: schwab_accounts.account_numbers(body))
            for number in self._hashes:
                redact.register(number)
        return self._hashes

    async def _orders(self, from_ms: int, to_ms: int) -> list[tuple[str, BrokerOrder]]:
        asked = {"fromEnteredTime": iso(from_ms), "toEnteredTime": iso(to_ms), "maxResults": "500"}
        body = await self._door.get("/trader/v1/orders", asked)
        return self._read(lambda: schwab_accounts.orders(body, self.rejections))

    def _read(self, reader: Callable[[], _T]) -> _T:
        try:
            return reader()
        except Refused as refused:
            self.rejections.note(f"answer: {refused.reason}")
            raise ProtocolError(f"Schwab's answer cannot be read ({refused.reason}).") from None

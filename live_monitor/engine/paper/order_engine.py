"""The paper engine of one account: takes orders, hears the market, and says what became of both.

Pure and deterministic: times, prices and ids come in; the same calls in the same order write the same entries.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from live_monitor.data.models.market_data import Quote, Snapshot, Trade
from live_monitor.data.models.orders import (
    AccountSettings,
    AccountSnapshot,
    Number,
    Order,
    OrderParams,
    PositionRow,
)
from live_monitor.engine.market.sessions import Calendar
from live_monitor.engine.paper.entries import Entry
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.preview import Preview

if TYPE_CHECKING:
    from live_monitor.engine.paper.account import AccountState


class AccountEngine:
    """One account. One thread. What it decides is appended to `out`, in order; whoever keeps the journal takes it.

    Commands raise InvalidPaperOrder; events never raise for what a market can send.
    """

    def __init__(self, state: AccountState, calendar: Calendar) -> None:
        self.state = state
        self.calendar = calendar
        self.out: list[Entry] = []
        self.views: dict[str, MarketView] = {}
        #: Asked for client order ids that `state` has forgotten; the journal knows them all.
        self.known: Callable[[str], Order | None] = lambda client_order_id: None

    # Commands ---------------------------------------------------------------------------------------------------------

    def place(self, params: OrderParams, now: Now) -> Order:
        raise NotImplementedError

    def cancel(self, order_id: str, now: Now) -> Order:
        raise NotImplementedError

    def replace(
        self,
        order_id: str,
        now: Now,
        *,
        quantity: Number | None = None,
        limit_price: Number | None = None,
        stop_price: Number | None = None,
        trail_amount: Number | None = None,
        trail_percent: Number | None = None,
    ) -> Order:
        raise NotImplementedError

    def cancel_all(self, symbol: str | None, now: Now) -> list[Order]:
        raise NotImplementedError

    def flatten(self, symbol: str | None, now: Now) -> list[Order]:
        raise NotImplementedError

    def change(self, now: Now, *, name: str | None = None, settings: AccountSettings | None = None) -> None:
        raise NotImplementedError

    def archive(self, now: Now) -> None:
        raise NotImplementedError

    def write_note(self, day: str, text: str, now: Now) -> None:
        raise NotImplementedError

    # The market -------------------------------------------------------------------------------------------------------

    def on_quote(self, quote: Quote, received: float) -> None:
        raise NotImplementedError

    def on_trade(self, trade: Trade, flags: int, received: float, *, suspect: bool = False) -> None:
        raise NotImplementedError

    def on_snapshot(self, snapshot: Snapshot, received: float) -> None:
        raise NotImplementedError

    def on_time(self, now: Now) -> None:
        raise NotImplementedError

    def feed_changed(self, up: bool, source: str, now: Now) -> None:
        raise NotImplementedError

    def halted(self, symbol: str, on: bool, now: Now) -> None:
        raise NotImplementedError

    def split(self, symbol: str, ratio: Decimal, now: Now) -> None:
        raise NotImplementedError

    def flush(self, now: Now) -> None:
        """Writes down what moves between entries (extremes of trailing orders, queue positions): before the end."""
        raise NotImplementedError

    # Questions --------------------------------------------------------------------------------------------------------

    def why(self, order_id: str, now: Now) -> str:
        raise NotImplementedError

    def preview(self, params: OrderParams, now: Now) -> Preview:
        raise NotImplementedError

    def snapshot(self, now: Now) -> AccountSnapshot:
        raise NotImplementedError

    def positions(self, now: Now) -> list[PositionRow]:
        raise NotImplementedError

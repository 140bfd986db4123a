"""What is read of the paper desk: by panels once per frame, by scripts when they ask. Changes nothing. Main thread.

Orders may be placed by other threads meanwhile: what is asked of accounts and engines is asked inside the desk's door.
"""

from __future__ import annotations

import functools
import math
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Concatenate, Final, Generic, ParamSpec, TypeVar, cast

from live_monitor.data.models.orders import (
    AccountSettings,
    AccountSnapshot,
    DayFacts,
    Order,
    OrderParams,
    PositionRow,
    Side,
)
from live_monitor.data.paper_keeping import order_of
from live_monitor.engine.paper import receipts, risk, risk_measures
from live_monitor.engine.paper.account import AccountState
from live_monitor.engine.paper.account_fold import KEPT_EQUITY
from live_monitor.engine.paper.account_parts import EquityPoint, FillRecord, unpack_fill, unpack_order
from live_monitor.engine.paper.market_view import MarketView, Now
from live_monitor.engine.paper.preview import Preview

Unpacked = TypeVar("Unpacked")
_P = ParamSpec("_P")
_T = TypeVar("_T")

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import numpy as np
    from numpy.typing import NDArray

    from live_monitor.data.ledger_thread import LedgerThread
    from live_monitor.data.paper_keeping import PaperKeeping
    from live_monitor.data.paper_market import PaperMarket
    from live_monitor.engine.market.sessions import Calendar
    from live_monitor.engine.paper.order_engine import AccountEngine


def _inside(
    read: Callable[Concatenate[PaperReadings, _P], _T],
) -> Callable[Concatenate[PaperReadings, _P], _T]:
    """A reading during which nobody places anything: half a decision is none, and dicts must not change under it."""

    @functools.wraps(read)
    def reading(self: PaperReadings, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with self._door:
            return read(self, *args, **kwargs)

    return reading


#: A mark older than this is shown as old.
OLD_MARK_S: Final = 5.0


class _Opened(Generic[_T]):
    """Unpacked values by their ids, while the same bytes stand there: of thousands of fills one is new."""

    def __init__(self, unpack: Callable[[bytes], _T]) -> None:
        self._unpack = unpack
        self._known: dict[str, tuple[bytes, _T]] = {}

    def value(self, key: str, packed: bytes) -> _T:
        """What `packed` holds."""
        found = self._known.get(key)
        if found is None or found[0] is not packed:
            found = self._known[key] = (packed, self._unpack(packed))
        return found[1]

    def keep(self, keys: Collection[str]) -> None:
        """Forgets what is not among `keys`, once that is most of it."""
        if len(self._known) > 2 * len(keys):
            self._known = {key: self._known[key] for key in keys if key in self._known}


class PaperReadings:
    """Questions; `PaperDesk` fills in what they are answered from."""

    _ledger: LedgerThread
    _keeping: PaperKeeping
    _calendar: Calendar

    def __init__(self) -> None:
        self._door = threading.RLock()
        self._engines: dict[str, AccountEngine] = {}
        self._archived: dict[str, AccountState] = {}
        self._market: PaperMarket | None = None
        #: The account in use; empty before there is one.
        self._account = ""
        #: True from a write that failed until everything has begun again from what is kept.
        self._reloading = False
        #: Why the last write failed; empty once it is tried again.
        self._failure = ""
        #: What takes long to unpack, by its name: of which state, at which point, and the answer.
        self._unpacked: dict[str, tuple[AccountState, object, object]] = {}
        self._ended, self._filled = _Opened(unpack_order), _Opened(unpack_fill)
        #: Rises with every change of orders, fills, positions, accounts, and of what may be done.
        self.version = 0

    def _now(self) -> Now:
        return self._market.now() if self._market is not None else Now(0, math.nan)

    @property
    def _engine(self) -> AccountEngine | None:
        return self._engines.get(self._account)

    @property
    def _state(self) -> AccountState | None:
        """The account in use, or the archived one that is looked at."""
        engine = self._engine
        return engine.state if engine is not None else self._archived.get(self._account)

    def _once(self, name: str, state: AccountState, point: object, unpack: Callable[[], Unpacked]) -> Unpacked:
        """What `unpack` gave for the same state at the same point: panels ask once per frame, and thousands take ms."""
        kept = self._unpacked.get(name)
        if kept is None or kept[0] is not state or kept[1] != point:
            kept = self._unpacked[name] = (state, point, unpack())
        return cast("Unpacked", kept[2])

    # -- may anything be done? -------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """True while orders are taken."""
        return not self._refusal_text()

    @property
    def notice(self) -> str:
        """Why no order can be placed at present, in one line; empty when one can."""
        return self._refusal_text()

    def _refusal_text(self) -> str:
        condition = self._ledger.condition
        if condition.kind != "ready":
            return condition.text or "The ledger of paper trading is being opened."
        if self._failure or self._reloading:
            return f"{self._failure} What was not kept has not happened; orders are taken again once there is room."
        market = self._market
        if market is None or not (market.hub.link.connected or market.is_known):
            return "No market is connected: choose the simulated market, a replay or a provider (menu File)."
        if not market.is_known:
            return "The market has not said yet who it is: orders are taken as soon as it does."
        if self._account in self._archived:
            return "This account is archived: it can be read, not traded."
        # Another market may be there, and its account not yet.
        heard = self._engine is not None and market.serves(self._engine.state.market)
        return "" if heard else "The paper account is being opened."

    # -- accounts --------------------------------------------------------------------------------

    @property
    def account_id(self) -> str:
        """The account in use."""
        return self._account

    @property
    @_inside
    def account(self) -> AccountSnapshot | None:
        """The account in use at this instant; None before there is one."""
        engine = self._engine
        return engine.snapshot(self._now()) if engine is not None else None

    @property
    def settings(self) -> AccountSettings:
        """How the account in use trades."""
        state = self._state
        return state.settings if state is not None else AccountSettings()

    @property
    @_inside
    def accounts(self) -> list[tuple[str, str, bool]]:
        """Id, name and whether it is archived, of the accounts that belong to this market."""
        market = self._market
        states = [*(engine.state for engine in self._engines.values()), *self._archived.values()]
        ours = [state for state in states if (market.serves(state.market) if market is not None else not state.market)]
        return [(state.account, state.name, state.archived) for state in ours]

    # -- orders, fills, positions ----------------------------------------------------------------

    @_inside
    def orders(self) -> list[Order]:
        """Working orders first, then those that ended on the present exchange day, newest first."""
        state = self._state
        if state is None:
            return []
        began_ms = state.day.began_ms if state.day is not None else 0
        point = (len(state.closed), next(reversed(state.closed), ""), began_ms)

        def ended() -> list[Order]:
            # By the calendar, not from when the account first saw the day: a day that is replayed begins at any time.
            since_ms = risk_measures.day_start_ms(self._calendar, self._calendar.trade_date(began_ms))
            found: list[Order] = []
            for order_id, packed in reversed(state.closed.items()):
                order = self._ended.value(order_id, packed)
                if order.closed_ms < since_ms:
                    break
                found.append(order)
            self._ended.keep([order.order_id for order in found])
            return found

        closed = self._once("closed", state, point, ended)
        return [*reversed(state.open_orders()), *closed]

    @_inside
    def working(self, symbol: str) -> list[Order]:
        """Open orders of a symbol, oldest first."""
        engine = self._engine
        return engine.state.open_orders(symbol) if engine is not None else []

    @_inside
    def fills(self) -> list[FillRecord]:
        """Fills of the present exchange day, oldest first; to be read only."""
        state = self._state
        if state is None:
            return []
        point = (len(state.executions), next(reversed(state.executions), ""))

        def made() -> list[FillRecord]:
            found = [self._filled.value(execution, packed) for execution, packed in state.executions.items()]
            self._filled.keep(state.executions)
            return found

        return self._once("fills", state, point, made)

    @_inside
    def positions(self) -> list[PositionRow]:
        """What is held, with marks of this instant, and what was closed today."""
        engine = self._engine
        return engine.positions(self._now()) if engine is not None else []

    @_inside
    def why(self, order_id: str) -> str:
        """What a working order waits for at this instant, or why it ended."""
        engine = self._engine
        return engine.why(order_id, self._now()) if engine is not None else ""

    @_inside
    def receipt(self, execution_id: str) -> list[str]:
        """Why a fill happened as it did, line by line; empty for one that is not known."""
        state = self._state
        record = state.fill(execution_id) if state is not None else None
        return receipts.receipt_text(record.filled) if record is not None else []

    @_inside
    def pending(self, order_id: str) -> bool:
        """True while something about the order is not on the disk yet, or may have to be taken back."""
        if self._reloading or self._keeping.is_waiting(self._account, order_id):
            return True
        engine = self._engine
        name = f"{self._account}/{order_id}"
        return engine is not None and any(order_of(entry) == name for entry in engine.out)

    @property
    def is_busy(self) -> bool:
        """True while anything is not on the disk yet, or has to be taken back."""
        return self._reloading or self._keeping.under_way > 0

    @_inside
    def preview(self, params: OrderParams) -> Preview:
        """What an order would cost and change. Raises LookupError where there is no account."""
        engine = self._engine
        if engine is None:
            raise LookupError(self._refusal_text())
        return engine.preview(params, self._now())

    def shares_for_risk(
        self, _symbol: str, side: Side, fraction: Decimal, entry: Decimal, stop: Decimal, /
    ) -> Decimal | None:
        """Whole shares that lose `fraction` of the account between entry and stop; None where that says nothing."""
        snapshot = self.account
        if snapshot is None or (stop >= entry) == (side == "BUY"):
            return None
        return Decimal(risk.size_for(fraction, entry, stop, snapshot.net_liq)) or None

    def quote(self, symbol: str) -> MarketView | None:
        """Level 1 as the engine believes it; None before anything is known."""
        engine = self._engine
        return engine.views.get(symbol) if engine is not None else None

    def _prices(self) -> tuple[float, ...]:
        """What positions are marked by, and whether that has grown old: then nothing may look live any more."""
        engine, now_s = self._engine, self._now().monotonic
        if engine is None:
            return ()
        return tuple(
            found
            for position in engine.state.held()
            if (view := engine.views.get(position.symbol)) is not None
            for found in (
                view.bid, view.ask, view.last,
                now_s - view.received > OLD_MARK_S, now_s - view.last_received > OLD_MARK_S,
            )
        )  # fmt: skip

    # -- the course of days ----------------------------------------------------------------------

    @_inside
    def equity(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Market ms, rising, and net liquidation in USD, of equal length; to be read only."""
        import numpy as np  # noqa: PLC0415 - the window is painted before numpy is loaded

        state = self._state
        points = state.equity if state is not None else []
        if state is not None and points and len(points) < KEPT_EQUITY and state.opened_ms < points[0].at_ms:
            # What the first trade has cost is a change too: the curve begins with what the account began with.
            points = [EquityPoint(state.opened_ms, state.opening_cash), *points]

        def unpacked() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
            moments = np.array([point.at_ms for point in points], np.int64)
            return moments, np.array([float(point.net_liq) for point in points], np.float64)

        if state is None:
            return unpacked()
        return self._once("equity", state, (len(points), points[-1] if points else None), unpacked)

    def today(self) -> str:
        """The present exchange day (ISO); empty before the market's time is known."""
        if self._market is None or not self._market.is_known:
            return ""
        return self._calendar.trade_date(self._now().ms).isoformat()

    @_inside
    def days(self) -> list[str]:
        """Exchange days with trades or a note, newest first; the present one is among them."""
        state, today = self._state, self.today()
        known = {today} if today else set()
        if state is not None:
            known.update(state.notes)
            known.update(day for day, book in state.days.items() if book.trades or book.realized or book.fees)
        return sorted(known, reverse=True)

    def note(self, day: str) -> str:
        """What was noted about a day."""
        state = self._state
        return state.notes.get(day, "") if state is not None else ""

    def day_facts(self, day: str, /) -> DayFacts | None:
        """What a day brought, the present one up to this moment; None for one that the account did not see."""
        state = self._state
        book = state.days.get(day) if state is not None else None
        if book is None:
            return None
        account = self.account
        now = account.net_liq if account is not None and state is not None and day == state.today else None
        return DayFacts(book.trades, book.realized, book.fees, book.net_liq, book.net_liq_last if now is None else now)

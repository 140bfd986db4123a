"""What the panels of paper trading read: the seam between the screen and the paper desk.

Widgets only read, on the main thread, once per frame; what a person asks for leaves them as `…_requested` signals.
Amounts are USD as `Decimal`, times market milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol

from live_monitor.data.models.orders import (
    AccountSettings,
    AccountSnapshot,
    DayFacts,
    Order,
    OrderParams,
    PositionRow,
)
from live_monitor.engine.paper.entries import Filled
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.engine.paper.preview import Preview

if TYPE_CHECKING:
    # The shell paints before numpy is loaded.
    import numpy as np
    from numpy.typing import NDArray


class FillView(Protocol):
    """One execution and what it did to the position."""

    @property
    def filled(self) -> Filled: ...
    @property
    def realized(self) -> Decimal: ...
    @property
    def position_after(self) -> Decimal: ...


class Replacement(NamedTuple):
    """Other terms for a working order; None leaves a term as it is. Payload of `replace_requested`."""

    order_id: str
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None


class NewAccount(NamedTuple):
    """An account to open. Payload of `account_requested`."""

    name: str
    cash: Decimal


class PaperView(Protocol):
    """The paper desk as the screen sees it."""

    @property
    def version(self) -> int:
        """Rises with any change of what is read here, prices of open positions included."""
        ...

    @property
    def ready(self) -> bool: ...
    @property
    def notice(self) -> str:
        """Why no order can be placed at present; empty when one can."""
        ...

    @property
    def account_id(self) -> str: ...
    @property
    def account(self) -> AccountSnapshot | None: ...
    @property
    def settings(self) -> AccountSettings: ...
    @property
    def accounts(self) -> Sequence[tuple[str, str, bool]]:
        """Id, name, and whether it is archived."""
        ...

    def orders(self) -> Sequence[Order]:
        """Working ones first, then those that ended today, newest first."""
        ...

    def fills(self) -> Sequence[FillView]:
        """Of today, oldest first."""
        ...

    def positions(self) -> Sequence[PositionRow]: ...
    def why(self, order_id: str, /) -> str:
        """What a working order waits for."""
        ...

    def receipt(self, execution_id: str, /) -> Sequence[str]:
        """Why a fill happened as it did, line by line; empty for one that is not known."""
        ...

    def pending(self, order_id: str, /) -> bool:
        """True while the order is not kept on the disk yet."""
        ...

    def equity(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Market ms, rising, and net liquidation in USD, of the same length."""
        ...

    def days(self) -> Sequence[str]:
        """Exchange days (ISO) with trades or a note, newest first; the present one is among them."""
        ...

    def note(self, day: str, /) -> str: ...
    def day_facts(self, day: str, /) -> DayFacts | None: ...
    def preview(self, params: OrderParams, /) -> Preview: ...
    def quote(self, symbol: str, /) -> MarketView | None: ...


def source_of(paper: PaperView, symbol: str) -> str:
    """Whose prices a symbol has in this account; empty before anything is known of it."""
    view = paper.quote(symbol)
    return view.source if view is not None else ""

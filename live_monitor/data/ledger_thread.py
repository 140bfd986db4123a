"""The thread on which the ledger of paper trading is written: one writer, commits in groups, each flushed to the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from live_monitor.clock import Clock
from live_monitor.data.models.orders import Order
from live_monitor.engine.paper.entries import Entry

if TYPE_CHECKING:
    from live_monitor.data.stores.ledger_store import Ledger
    from live_monitor.engine.paper.account import AccountState

Kind = Literal["opening", "checking", "ready", "halted"]
States = dict[str, "AccountState"]


class LedgerCondition(NamedTuple):
    """Whether orders may be placed ("ready" only), and what to tell the person. `checked` of `total` entries."""

    kind: Kind
    text: str = ""
    checked: int = 0
    total: int = 0


class LedgerThread:
    """signatures; the working thing follows in the next commit."""

    wake: Callable[[], None]
    opened: Callable[[States], None]

    def __init__(self, open_ledger: Callable[[], Ledger], clock: Clock) -> None:
        raise NotImplementedError

    @property
    def condition(self) -> LedgerCondition:
        raise NotImplementedError

    def append(self, entries: Sequence[Entry], done: Callable[[str], None] | None = None) -> int:
        raise NotImplementedError

    def take(self) -> bool:
        raise NotImplementedError

    def wait(self, ticket: int, timeout_s: float) -> str:
        raise NotImplementedError

    def reload(self, answer: Callable[[States], None]) -> None:
        raise NotImplementedError

    def find_client(self, account: str, client_order_id: str) -> Order | None:
        raise NotImplementedError

    def page(
        self,
        account: str,
        kinds: Sequence[str],
        before_seq: int | None,
        limit: int,
        answer: Callable[[list[tuple[int, Entry]]], None],
    ) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

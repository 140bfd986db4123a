"""The thread on which the ledger of paper trading is written: one writer, commits in groups, each flushed to the disk.

Entries go down in order; that they are kept, or not, comes up through `take` on the main thread, or is waited for.
Nothing is said to be kept before the disk has it. After a write that failed nothing later is taken until `reload`: what
was decided upon entries that do not exist must not stand in the journal.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from live_monitor.clock import Clock
from live_monitor.data.ledger_backups import DailyBackups
from live_monitor.data.ledger_tickets import Tickets
from live_monitor.data.ledger_work import Batch, LedgerCondition, LedgerWork
from live_monitor.data.models.orders import Order
from live_monitor.engine.paper.entries import Entry
from live_monitor.engine.paper.ledger import draft

if TYPE_CHECKING:
    from live_monitor.data.stores.ledger_reads import Kept, LedgerReader
    from live_monitor.data.stores.ledger_store import Ledger
    from live_monitor.engine.paper.folding import States

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Entries of one commit, about: what comes later waits for the next one.
MAX_GROUP: Final = 1_000
#: How long nothing has to come before what can wait is done.
_REST_S: Final = 0.01
_STOP_S: Final = 10.0
_CALL_S: Final = 0.1
_CLOSED: Final = "The ledger of paper trading is closed."


class _Job(NamedTuple):
    """Something else than a batch, done in its turn."""

    work: Callable[[], None]


class LedgerThread:
    """All calls on the main thread; `append` and `wait` on any.

    `wake` is called on the thread when something waits for `take`. `opened` gets the accounts, in `take`, once the
    ledger is open. Entries that are appended while it is opened or checked wait until it is proven.
    """

    def __init__(self, open_ledger: Callable[[], Ledger], clock: Clock) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.opened: Callable[[States], None] = lambda states: None
        self._condition = LedgerCondition("opening", "The ledger of paper trading is being opened.")
        self._jobs: deque[Batch | _Job] = deque()
        self._answers: deque[Callable[[], None]] = deque()
        self._ready = threading.Condition()
        self._tickets = Tickets()
        self._issued = 0
        self._closing = False
        #: Nothing is done any more.
        self._ended = False
        self._reader: LedgerReader | None = None
        self._work = LedgerWork(open_ledger, self._say, self._pause)
        self._backups = DailyBackups(clock)
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    @property
    def condition(self) -> LedgerCondition:
        """How it stands; changes before `wake` is called."""
        return self._condition

    def append(self, entries: Sequence[Entry], done: Callable[[str], None] | None = None) -> int:
        """Hands entries over, to be kept together or not at all; a ticket for `wait`.

        `done` is called in a later `take`: with "" once they are on the disk, else with the reason, in words. Then
        nothing that was appended after them is kept either, until `reload`. Raises LedgerError for entries that cannot
        be written at all.
        """
        drafts = [draft(entry) for entry in entries]
        with self._ready:
            self._issued += 1
            batch = Batch(self._issued, drafts, done)
            if self._ended:
                self._settle([batch], _CLOSED)
            else:
                self._jobs.append(batch)
                self._ready.notify()
            return batch.ticket

    def wait(self, ticket: int, timeout_s: float) -> str:
        """ "" once the entries of `ticket` are on the disk, else why they are not; so too after `timeout_s`."""
        return self._tickets.wait(ticket, timeout_s)

    def reload(self, answer: Callable[[States], None]) -> None:
        """Gives the accounts as everything durable makes them, in a later `take`; later entries are taken again.

        No account at all where the ledger cannot be opened.
        """
        self._ask(self._work.reload, answer)

    def page(
        self,
        account: str,
        kinds: Sequence[str],
        before_seq: int | None,
        limit: int,
        answer: Callable[[list[Kept]], None],
    ) -> None:
        """Gives entries of these kinds before `before_seq` (None: the newest), newest first, in a later `take`."""
        self._ask(lambda: self._work.page(account, kinds, before_seq, limit), answer)

    def _ask(self, work: Callable[[], _T], answer: Callable[[_T], None]) -> None:
        def do() -> None:
            value = work()
            self._answers.append(lambda: answer(value))
            self._ring()

        with self._ready:
            if not self._ended:
                self._jobs.append(_Job(do))
                self._ready.notify()

    def find_client(self, account: str, client_order_id: str) -> Order | None:
        """The order that was placed with this client order id, from what is durable; microseconds where there is none.

        None too where the ledger cannot be asked: it refuses the same id twice all the same.
        """
        ledger = self._work.ledger
        if ledger is None:
            return None
        if self._reader is None:
            from live_monitor.data.stores.ledger_reads import LedgerReader  # noqa: PLC0415 - with its first use

            self._reader = LedgerReader(ledger.path)
        return self._reader.order_of_client(account, client_order_id)

    def take(self) -> bool:
        """Runs what waits for the main thread; True when there was something."""
        waiting = len(self._answers)
        for _ in range(waiting):
            self._answers.popleft()()
        return waiting > 0

    def close(self) -> None:
        """Writes what waits, makes a checkpoint and closes the file. May be called twice."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        # A step of the check that begins this very moment hears only the next call.
        for _ in range(round(_STOP_S / _CALL_S)):
            self._work.interrupt()
            self._thread.join(_CALL_S)
            if not self._thread.is_alive():
                break
        if self._thread.is_alive():
            _log.warning("The ledger did not close in time; entries that were not acknowledged may not be kept")
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # -- on the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        states = self._work.open()
        if states is not None:
            self._answers.append(lambda: self.opened(states))
            self._ring()
            self._work.prove()
        self._back_up()
        more = False
        while True:
            group, job = self._next(more)
            if group:
                self._work.commit(group, self._settle)
                more = True
                self._work.keep_up(resting=False)
                self._back_up()
            elif job is not None:
                job.work()
            elif self._ended:
                break
            elif more:
                more = self._work.keep_up(resting=True)
        # First what cannot be had again: a copy is made anew at the next start.
        self._work.close()
        self._backups.close()

    def _back_up(self) -> None:
        """Only of a ledger that is proven: a copy of a damaged one would take the place of a good one."""
        ledger = self._work.ledger
        if ledger is not None and ledger.end.seq and self._condition.kind == "ready" and not self._closing:
            self._backups.look(ledger.path)

    def _next(self, more: bool) -> tuple[list[Batch], _Job | None]:
        """What is next: batches for one commit, or something else; neither, after a pause, if there is `more` to do."""
        with self._ready:
            if not self._jobs and not self._closing:
                self._ready.wait(_REST_S if more else None)
            if not self._jobs:
                self._ended = self._closing
                return [], None
            if isinstance(self._jobs[0], _Job):
                return [], self._jobs.popleft()  # type: ignore[return-value]  # looked at in the line above
            group: list[Batch] = []
            size = 0
            while self._jobs and size < MAX_GROUP and isinstance(batch := self._jobs[0], Batch):
                self._jobs.popleft()
                group.append(batch)
                size += len(batch.drafts)
            return group, None

    def _settle(self, group: Sequence[Batch], reason: str) -> None:
        self._tickets.settle(group[-1].ticket, reason)
        for batch in group:
            if batch.done is not None:
                self._answers.append(partial(batch.done, reason))
        self._ring()

    def _say(self, condition: LedgerCondition) -> None:
        if condition != self._condition:
            self._condition = condition
            self._ring()

    def _pause(self, seconds: float) -> bool:
        with self._ready:
            return self._closing or self._ready.wait_for(lambda: self._closing, seconds)

    def _ring(self) -> None:
        """Wakes the main thread, if anybody is left to hear it: the window may be gone while entries still wait."""
        try:
            self.wake()
        except Exception:  # noqa: BLE001 - without this thread nothing would be kept any more
            _log.debug("Nobody hears that the ledger has answered", exc_info=True)

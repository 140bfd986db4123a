"""What the ledger's thread does with its file: opens it, proves it, commits in groups, and says when it cannot."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from live_monitor.data.stores.ledger_errors import LedgerDamaged, LedgerDuplicate, LedgerRefused
from live_monitor.engine.paper.ledger import Draft
from live_monitor.errors import LedgerError

if TYPE_CHECKING:
    from live_monitor.data.stores.ledger_reads import Kept
    from live_monitor.data.stores.ledger_store import Ledger
    from live_monitor.engine.paper.folding import States

_log = logging.getLogger(__name__)

_UNFORESEEN: Final = "The ledger of paper trading failed in an unforeseen way (see the log)."
_UNCHECKED: Final = "The program ends before the ledger of paper trading was checked."
#: Between two steps of the check of the whole file, so that the window has the interpreter for itself half the time.
_PAUSE_S: Final = 0.002


class LedgerCondition(NamedTuple):
    """Whether orders may be placed (only when "ready"), and what to tell the person. `checked` of `total` entries.

    "opening" and "checking" pass. "halted" lasts until the program is started anew, or until `LedgerThread.reload`
    where the reason has passed meanwhile.
    """

    kind: Literal["opening", "checking", "ready", "halted"]
    text: str = ""
    checked: int = 0
    total: int = 0


class Batch(NamedTuple):
    """Entries that are kept together or not at all."""

    ticket: int
    drafts: list[Draft]
    done: Callable[[str], None] | None


#: Tells the main thread of a change.
Say = Callable[[LedgerCondition], None]
#: Waits for so many seconds, or less when the program ends; True when it does.
Pause = Callable[[float], bool]


class LedgerWork:
    """The ledger as its thread has it. All calls on that thread, but `interrupt`."""

    def __init__(self, open_ledger: Callable[[], Ledger], say: Say, pause: Pause) -> None:
        self._open_ledger = open_ledger
        self._say = say
        self._pause = pause
        self._ledger: Ledger | None = None
        self._halted = False
        #: Why nothing is taken until `reload`; empty while all is well.
        self.failing = ""
        #: Ends a long statement of SQLite; any thread.
        self.interrupt: Callable[[], None] = lambda: None

    @property
    def ledger(self) -> Ledger | None:
        """The open ledger; None before, and where it cannot be opened."""
        return self._ledger

    # -- opening -------------------------------------------------------------------------------

    def open(self) -> States | None:
        """Opens the file and folds it; None where it cannot be opened, which is said."""
        self._say(LedgerCondition("opening", "The ledger of paper trading is being opened."))
        try:
            self._ledger = self._open_ledger()
            self.failing = ""
            return self._ledger.states()
        except Exception as problem:  # noqa: BLE001 - whatever it is, trading halts, and the thread outlives it
            self._halt(problem)
            return None

    def prove(self) -> None:
        """Checks the whole file; until it is done nothing is written."""
        if self._ledger is None:
            return
        try:
            with self._ledger.checking() as check:
                self.interrupt = check.interrupt
                while check.step():
                    self._say(
                        LedgerCondition(
                            "checking",
                            f"The ledger of paper trading is being checked: {check.checked:,} of {check.total:,}.",
                            check.checked,
                            check.total,
                        )
                    )
                    if self._pause(_PAUSE_S):
                        self.failing = _UNCHECKED
                        return
        except Exception as problem:  # noqa: BLE001 - as in `open`
            if self._pause(0.0):
                self.failing = _UNCHECKED
            else:
                self._halt(problem)
            return
        finally:
            self.interrupt = lambda: None
        self._say(LedgerCondition("ready"))

    def _halt(self, problem: Exception) -> None:
        """Nothing is taken any more; for good, unless the reason may pass."""
        self._halted = not isinstance(problem, LedgerRefused)
        if isinstance(problem, LedgerError):
            self.failing = str(problem)
            _log.warning("Paper trading halts: %s", problem)
        else:
            self.failing = _UNFORESEEN
            _log.error("The ledger failed in an unforeseen way", exc_info=problem)
        self._say(LedgerCondition("halted", self.failing))

    # -- writing -------------------------------------------------------------------------------

    def commit(self, group: Sequence[Batch], settle: Callable[[Sequence[Batch], str], None]) -> None:
        """Writes batches in one transaction and settles them: durable, or refused."""
        if not self.failing:
            try:
                self._write(group, settle)
                return
            except Exception as problem:  # noqa: BLE001 - as in `open`
                self._fail(problem)
        settle(group, self.failing)

    def _write(self, group: Sequence[Batch], settle: Callable[[Sequence[Batch], str], None]) -> None:
        ledger = self._opened()
        try:
            ledger.commit(each for batch in group for each in batch.drafts)
        except LedgerDuplicate:
            if len(group) == 1:
                raise
            # One of them is to blame; those before it are not.
            for number, batch in enumerate(group):
                try:
                    ledger.commit(batch.drafts)
                except LedgerError as problem:
                    self._fail(problem)
                    settle(group[number:], self.failing)
                    return
                settle([batch], "")
            return
        settle(group, "")

    def _fail(self, problem: Exception) -> None:
        if isinstance(problem, LedgerRefused):
            self.failing = str(problem)
            _log.warning("Entries of the ledger were refused: %s", problem)
        else:
            self._halt(problem)

    def keep_up(self, *, resting: bool) -> bool:
        """Moves the log, folds, makes checkpoints; True when there is more of it to do in a pause."""
        if self.failing or self._ledger is None:
            return False
        try:
            if resting:
                return self._ledger.rest()
            self._ledger.keep_up()
        except Exception as problem:  # noqa: BLE001 - as in `open`
            self._fail(problem)
        return False

    def reload(self) -> States:
        """The accounts as everything durable makes them; from now on entries are taken again, unless it has halted.

        A ledger that could not be opened is tried anew.
        """
        if self._ledger is None:
            if not self._halted and (states := self.open()) is not None:
                self.prove()
                return states
            return {}
        if not self._halted:
            self.failing = ""
        try:
            return self._ledger.states()
        except Exception as problem:  # noqa: BLE001 - as in `open`
            self._halt(problem)
            return {}

    def page(self, account: str, kinds: Sequence[str], before_seq: int | None, limit: int) -> list[Kept]:
        """As `ledger_reads.page`; empty, with a line in the log, where it cannot be read."""
        from live_monitor.data.stores import ledger_reads  # noqa: PLC0415 - loads what only the thread needs

        if self._ledger is None:
            return []
        try:
            with self._ledger.reading() as connection:
                return ledger_reads.page(connection, account, kinds, before_seq, limit)
        except (LedgerError, sqlite3.Error) as problem:
            _log.warning("A page of the ledger cannot be read: %s", problem)
            if isinstance(problem, LedgerDamaged):
                self._halt(problem)
            return []

    def _opened(self) -> Ledger:
        if self._ledger is None:
            raise LedgerError("The ledger of paper trading is not open.")
        return self._ledger

    def close(self) -> None:
        """Closes the file, with a checkpoint."""
        if self._ledger is not None:
            with suppress(LedgerError):
                self._ledger.close()

"""The way to the system's key store, which may hang, ask the person something, or lie.

Every call runs in a daemon thread, because a key store that hangs must hang neither the program nor its end. While one
call hangs, others are refused at once.
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

Result = TypeVar("Result")

#: The name under which the system's key store keeps what is ours.
SERVICE = "live-monitor"
TIMEOUT_S = 5.0
#: Backends that come with the library and hand over to the system. Others may write plain files unasked.
_TRUSTED = "keyring.backends."


class Keyring(Protocol):
    """What is needed of a backend of the package `keyring`."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class NoAnswer(Exception):
    """The key store could not be used; `args[0]` is a phrase for people."""


class NoKeyStore(NoAnswer):
    """This system has none, so that nothing of ours can be in it."""


def system_keyring() -> Keyring:
    """The key store of this system. Raises NoKeyStore when there is none that may be trusted.

    Imports `keyring` (50 ms and more, and on Linux a look at D-Bus), so it is called in the door's thread only.
    """
    import keyring  # noqa: PLC0415 - see above

    found = keyring.get_keyring()
    # Several at once are asked in turn; those among them that are not the system's are passed over.
    backends: list[Keyring] = list(getattr(found, "backends", ())) or [found]
    for backend in backends:
        module = type(backend).__module__
        if module.startswith(_TRUSTED) and not module.endswith((".fail", ".null", ".chainer")):
            return backend
    raise NoKeyStore("this system has no key store that is running")


def in_daemon_thread(work: Callable[[], Result]) -> tuple[threading.Thread, concurrent.futures.Future[Result]]:
    """Starts `work` in a thread that does not hold the end of the program open. Any thread."""
    future: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as problem:  # noqa: BLE001 - raised again in the thread that waits for it
            error = problem
        if not future.set_running_or_notify_cancel():
            return  # nobody waits any more
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    thread = threading.Thread(target=run, name="key-store", daemon=True)
    thread.start()
    return thread, future


class Door:
    """Calls of the key store, one after the other, each in a daemon thread. Any thread."""

    def __init__(self, find: Callable[[], Keyring], timeout_s: float) -> None:
        self._find = find
        self._timeout_s = timeout_s
        self._turn = threading.Lock()
        self._found: Keyring | None = None
        #: The call that has not come back in time; while it lasts, nobody else need wait.
        self._stuck: threading.Thread | None = None

    def call(self, work: Callable[[Keyring], Result]) -> Result:
        """What `work` returns. Blocks for at most the time-out. Raises NoAnswer; `work` may then still be done."""
        if self._stuck is not None and self._stuck.is_alive():
            raise NoAnswer("the key store has not answered an earlier call yet")
        self._stuck = None
        thread, future = in_daemon_thread(lambda: self._ask(work))
        try:
            return future.result(self._timeout_s)
        except concurrent.futures.TimeoutError:
            self._stuck = thread
            future.cancel()
            raise NoAnswer(f"the key store gave no answer within {self._timeout_s:g} s") from None

    def _ask(self, work: Callable[[Keyring], Result]) -> Result:
        with self._turn:
            try:
                if self._found is None:
                    self._found = self._find()
                return work(self._found)
            except NoAnswer:
                raise
            except Exception as problem:  # noqa: BLE001 - backends raise whatever their system raises
                # From None and by its type only: its words may hold what was to be kept.
                raise NoAnswer(f"the key store failed ({type(problem).__name__})") from None

"""Who may read Excel: one process at a time, on this machine and among all that share a Redis server.

Two locks, one behind the other: of a file, which the system frees when its holder dies; and a key in Redis that lives
ten seconds unless its holder renews it. A holder that could not renew it counts it as lost before the server does, by
the monotonic clock from before the renewal was sent, so that there never are two.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from live_monitor.atomic_file import private_folder
from live_monitor.clock import Clock
from live_monitor.data.channels import EXCEL_LOCK
from live_monitor.data.redis_client import redis_errors

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from redis import Redis

_log = logging.getLogger(__name__)

TTL_S: Final = 10.0
RENEW_S: Final = 3.0
#: Share of its time to live by which a holder lets go earlier than the server.
_MARGIN: Final = 0.05

#: Only who holds it may prolong or delete it: the token of another one is left alone.
_RENEW: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
)
_RELEASE: Final = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


def acquire_excel_lock(client: Redis, token: str, ttl_s: float = TTL_S) -> bool:
    """Takes the lock under `token`, which nobody else may have. False while another one holds it.

    Raises redis.RedisError.
    """
    return bool(client.set(EXCEL_LOCK, token, nx=True, px=round(ttl_s * 1000)))


def renew_excel_lock(client: Redis, token: str, ttl_s: float = TTL_S) -> bool:
    """Makes it live for another `ttl_s`. False when it is not ours any more. Raises redis.RedisError."""
    return bool(client.eval(_RENEW, 1, EXCEL_LOCK, token, str(round(ttl_s * 1000))))


def release_excel_lock(client: Redis, token: str) -> bool:
    """Frees it. False when it was not ours any more; then nothing happens. Raises redis.RedisError."""
    return bool(client.eval(_RELEASE, 1, EXCEL_LOCK, token))


class ExcelLock:
    """Both locks as one. One thread at a time; no call blocks for longer than a time-out of `client`.

    `token` is random and this holder's alone. Without a `client`, and while its server cannot be reached, the lock of
    the file is all there is; `shared` says whether it is more.
    """

    def __init__(self, folder: Path, client: Redis | None, clock: Clock, token: str, ttl_s: float = TTL_S) -> None:
        self._path = folder / "excel.lock"
        self._client = client
        self._clock = clock
        self._token = token
        self._ttl_s = ttl_s
        self._descriptor: int | None = None
        self._until = 0.0
        self.shared = False

    @property
    def held(self) -> bool:
        """True while nobody else may read. To be asked right before each use."""
        return self._descriptor is not None and (not self.shared or self._clock.monotonic() < self._until)

    def acquire(self) -> bool:
        """Takes both locks; False while another one has either. Raises OSError where no file can be made."""
        if not self._lock_file():
            return False
        if self._take_shared():
            return True
        self._unlock_file()
        return False

    def renew(self) -> bool:
        """To be called every three seconds. False: it is lost, and reading has to stop at once."""
        if self._descriptor is None:
            return False
        if self.shared:
            if self._prolong():
                return True
        elif self._take_shared():
            return True
        self.shared = False
        self._unlock_file()
        return False

    def release(self) -> None:
        """Frees what is ours; may be called twice."""
        if self.shared and self._client is not None:
            self.shared = False
            with contextlib.suppress(*redis_errors()):  # it ends by itself
                release_excel_lock(self._client, self._token)
        self._unlock_file()

    def _take_shared(self) -> bool:
        """False only when another one holds the key: a server that cannot be reached keeps nobody from reading."""
        if self._client is None:
            return True
        before = self._clock.monotonic()
        try:
            # The answer to an earlier try may have been lost: then the key is ours already.
            taken = acquire_excel_lock(self._client, self._token, self._ttl_s) or renew_excel_lock(
                self._client, self._token, self._ttl_s
            )
        except redis_errors() as problem:
            _log.debug("Redis: %s", problem)
            return True
        if taken:
            self.shared, self._until = True, before + self._ttl_s * (1 - _MARGIN)
        return taken

    def _prolong(self) -> bool:
        """False when it is another one's, or may be."""
        assert self._client is not None, "shared by it"
        before = self._clock.monotonic()
        try:
            if not renew_excel_lock(self._client, self._token, self._ttl_s):
                return False
        except redis_errors() as problem:
            _log.debug("Redis: %s", problem)
            return self._clock.monotonic() < self._until
        self._until = before + self._ttl_s * (1 - _MARGIN)
        return True

    def _lock_file(self) -> bool:
        private_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def _unlock_file(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class OwnExcelLock:
    """The lock of this process, held for as long as one of its feeds holds it: they never keep one another out.

    `close` is called when nobody holds it any more. Any thread; calls block as those of `lock` do.
    """

    def __init__(self, lock: ExcelLock, close: Callable[[], None] = lambda: None) -> None:
        self._lock = lock
        self._close = close
        self._door = threading.Lock()
        #: Number of the present hold, and how many share it: who shared an earlier one has lost it.
        self._turn = 0
        self._holders = 0

    def holder(self) -> ExcelHolder:
        """One more that may hold it."""
        return ExcelHolder(self)

    def holds(self, turn: int) -> bool:
        """True while the hold of that number lasts."""
        return 0 < turn == self._turn and self._lock.held

    def join(self) -> int:
        """The number of the hold; 0 while another process has it. Raises OSError where no file can be made."""
        with self._door:
            if self._holders and self._lock.held:
                self._holders += 1
                return self._turn
            self._lock.release()  # what is left of one that ran out
            self._holders = 0
            if not self._lock.acquire():
                self._close()
                return 0
            self._turn += 1
            self._holders = 1
            return self._turn

    def renew(self, turn: int) -> bool:
        """False: that hold is lost."""
        with self._door:
            return 0 < turn == self._turn and self._lock.renew()

    def leave(self, turn: int) -> None:
        """One holder less."""
        with self._door:
            if not 0 < turn == self._turn or not self._holders:
                return
            self._holders -= 1
            if not self._holders:
                self._lock.release()
                self._close()


class ExcelHolder:
    """A `ports.ReadingLock`: one of those that share the lock of this process. One thread at a time."""

    def __init__(self, own: OwnExcelLock) -> None:
        self._own = own
        self._turn = 0

    @property
    def held(self) -> bool:
        """True while no other process may read."""
        return self._own.holds(self._turn)

    def acquire(self) -> bool:
        """Takes it, or joins whoever of this process has it. Raises OSError where no file can be made."""
        if not self.held:
            self._own.leave(self._turn)
            self._turn = self._own.join()
        return self._turn > 0

    def renew(self) -> bool:
        """To be called every three seconds. False: it is lost, and reading has to stop at once."""
        return self._own.renew(self._turn)

    def release(self) -> None:
        """Gives it back; may be called twice."""
        turn, self._turn = self._turn, 0
        self._own.leave(turn)

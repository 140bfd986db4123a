"""One desktop per data folder: a second start raises the window of the first and ends.

A lock file decides who is first, so that fifty starts at once leave exactly one; the system frees it when its owner is
killed, and holds it while the owner is merely frozen. Over a local socket beside it, in a folder that only the owner of
the account can enter, the second start asks the first to come to the front:

    second ── "live-monitor 1 raise\\n" ──► first      second ◄── "ok\\n" ── first

Anything else on that socket is ignored, and a silent visitor is shown out after five seconds.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import signal
import stat
from pathlib import Path
from typing import Literal

from PyQt6.QtCore import QLockFile, QObject, QThread, QTimer, pyqtSignal
from PyQt6.QtNetwork import QLocalServer, QLocalSocket

from live_monitor.atomic_file import private_folder

_log = logging.getLogger(__name__)

_REQUEST = b"live-monitor 1 raise\n"
_ANSWER = b"ok\n"
#: A second start ends within a second, whatever the first one does. Between its lock and its socket the first one
#: needs a moment, and before its loop runs another.
CONNECT_MS, CONNECT_TRIES, ANSWER_MS = 50, 8, 500
VISITOR_MS = 5_000
MAX_VISITORS = 16
#: Unix allows 108 bytes for the name of a socket, the closing zero included.
MAX_SOCKET_NAME = 100

Claim = Literal["first", "raised", "starting", "silent", "unlocked"]


def socket_name(folder: Path, temporary: Path) -> Path:
    """Where the socket lies: in the private `folder`, or below `temporary` when that name would be too long."""
    wanted = folder / "instance.sock"
    if len(os.fsencode(wanted)) <= MAX_SOCKET_NAME:
        return wanted
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    user = os.getuid() if os.name == "posix" else 0
    return temporary / f"live-monitor-{user}" / f"{digest}.sock"


class SingleInstance(QObject):
    """Main thread. Keep it until the end: the lock lives as long as this object."""

    #: Somebody started the program again: show the window. Main thread.
    raise_requested = pyqtSignal()

    def __init__(self, folder: Path, temporary: Path) -> None:
        super().__init__()
        self._folder = folder
        self._lock_path = str(folder / "instance.lock")
        self._socket = socket_name(folder, temporary)
        self._lock: QLockFile | None = None
        self._server: QLocalServer | None = None
        self._visitors: set[QLocalSocket] = set()

    def claim(self) -> Claim:
        """Becomes the first, or asks the first to show itself. Blocks for less than a second.

        "first": run, and `listen`. "raised": the other one has come to the front. "starting": the other one does not
        listen yet, its window is about to come. "silent": the other one listens and does not answer. "unlocked": no
        lock can be had here (a read-only disk), so run without.
        """
        try:
            private_folder(self._folder)
            _own_folder(self._socket.parent)
        except OSError as problem:
            _log.warning("No instance lock: %s", problem)
            return "unlocked"
        lock = QLockFile(self._lock_path)
        # 0: a lock is stale only when its owner's process is gone. A frozen owner still owns its window and its files.
        lock.setStaleLockTime(0)
        if lock.tryLock(0):
            self._lock = lock
            return "first"
        if lock.error() != QLockFile.LockError.LockFailedError:
            _log.warning("No instance lock: the lock file cannot be written")
            return "unlocked"
        return self._ask_to_raise()

    def end_owner(self) -> None:
        """Kills the process that holds the lock; only when the person said so. The system then frees the lock."""
        known, pid, _host, _program = QLockFile(self._lock_path).getLockInfo()
        if known and pid > 0 and pid != os.getpid():
            _log.warning("Ending the other Live Monitor, process %d, as asked", pid)
            with contextlib.suppress(ProcessLookupError):
                # SIGKILL, where there is one: what is frozen hears nothing else.
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def listen(self) -> None:
        """Hears later starts from now on; only for the first one, as soon as a Qt application exists."""
        if self._lock is None:
            return
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.setMaxPendingConnections(MAX_VISITORS)
        # We hold the lock, so a socket that is already there belongs to an owner who was killed.
        QLocalServer.removeServer(str(self._socket))
        if not server.listen(str(self._socket)):
            _log.warning("Later starts cannot raise this window: %s", server.errorString())
            return
        server.newConnection.connect(self._welcome)
        self._server = server

    def release(self) -> None:
        """Lets another one be first."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for visitor in tuple(self._visitors):
            visitor.abort()
        self._visitors.clear()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _ask_to_raise(self) -> Claim:
        visitor = QLocalSocket()
        for _ in range(CONNECT_TRIES):
            visitor.connectToServer(str(self._socket))
            if visitor.waitForConnected(CONNECT_MS):
                break
            # A refusal comes at once; the pause is what gives the first one time.
            QThread.msleep(CONNECT_MS)
        else:
            return "starting"
        visitor.write(_REQUEST)
        visitor.waitForBytesWritten(CONNECT_MS)
        answered = visitor.waitForReadyRead(ANSWER_MS) and visitor.read(len(_ANSWER)) == _ANSWER
        visitor.abort()
        return "raised" if answered else "silent"

    def _welcome(self) -> None:
        server = self._server
        while server is not None and (visitor := server.nextPendingConnection()) is not None:
            if len(self._visitors) >= MAX_VISITORS:
                visitor.abort()
                visitor.deleteLater()
                continue
            self._visitors.add(visitor)
            visitor.setReadBufferSize(2 * len(_REQUEST))
            visitor.readyRead.connect(self._listen_to)
            visitor.disconnected.connect(self._farewell)
            # Owned by the visitor, so that it goes with it.
            patience = QTimer(visitor)
            patience.setSingleShot(True)
            patience.timeout.connect(visitor.abort)
            patience.start(VISITOR_MS)

    def _listen_to(self) -> None:
        visitor = self.sender()
        if not isinstance(visitor, QLocalSocket):
            return
        said = visitor.peek(len(_REQUEST) + 1)
        if _REQUEST.startswith(said) and said != _REQUEST:
            return
        if said == _REQUEST:
            visitor.write(_ANSWER)
            visitor.flush()
            self.raise_requested.emit()
            visitor.disconnectFromServer()
        else:
            visitor.abort()

    def _farewell(self) -> None:
        visitor = self.sender()
        if isinstance(visitor, QLocalSocket):
            self._visitors.discard(visitor)
            visitor.deleteLater()


def _own_folder(folder: Path) -> None:
    """Makes sure that `folder` is this account's own: below the temporary folder somebody else may have made it.

    Raises OSError.
    """
    private_folder(folder)
    if os.name == "posix":
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else")

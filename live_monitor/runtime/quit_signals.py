"""SIGINT, SIGTERM and SIGHUP become an orderly end; a second one ends at once.

    the system ──► C handler ──byte──► thread "quit-signals" ──► arms the exit guard
                                              └──byte──► Qt's loop ──► `on_quit` on the main thread

Python runs a signal's handler on the main thread, and only between two of its own instructions: a main thread that is
stuck inside C code (a lock, a driver, a dead network disk) would never hear of it, and the program would not end. The
byte that Python's C handler writes (`signal.set_wakeup_fd`) comes in any case, and a thread of its own reads it.
Works before Qt is there: what arrives early is remembered.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType

from PyQt6.QtCore import QSocketNotifier
from PyQt6.sip import voidptr

#: SIGHUP: the terminal was closed, or the session logs out. SIGBREAK: Windows' way to end a console program.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
#: What `close` writes to end the thread; no signal has this number.
_CLOSING = b"\0"


class QuitSignals:
    """Main thread. `install` first, `attach` once a Qt application exists, `close` at the end."""

    def __init__(self) -> None:
        #: Name of the first signal that came; "" before.
        self.received = ""
        self._reader, self._writer = socket.socketpair()
        # Written by a signal handler, which must never wait.
        self._writer.setblocking(False)
        self._qt_reader, self._qt_writer = socket.socketpair()
        self._qt_reader.setblocking(False)
        self._previous: dict[int, object] = {}
        self._previous_wakeup = -1
        self._notifier: QSocketNotifier | None = None
        self._on_first: Callable[[], None] | None = None
        #: Makes "came before `attach`" and "came after it" exclude one another.
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, name="quit-signals", daemon=True)

    def install(self) -> None:
        """Takes the signals over."""
        self._previous_wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None:
                self._previous[number] = signal.signal(number, _nothing)
        self._thread.start()

    def attach(self, on_quit: Callable[[str], None], on_first: Callable[[], None]) -> None:
        """From now on Qt's loop calls `on_quit` with the first signal's name, also for one that came already.

        `on_first` is called on a thread of its own, also when the main thread is stuck: it arms the exit guard.
        """
        # The proactor loop of Windows claims the wake-up socket when it is made, so it is claimed again here.
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)

        def wake() -> None:
            try:
                self._qt_reader.recv(64)
            except BlockingIOError:
                return
            on_quit(self.received)

        self._notifier = QSocketNotifier(voidptr(self._qt_reader.fileno()), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(wake)
        with self._lock:
            self._on_first = on_first
            came_before = bool(self.received)
        if came_before:
            on_first()

    def close(self) -> None:
        """Gives the signals back and closes the sockets."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
        signal.set_wakeup_fd(self._previous_wakeup)
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself returned
        if self._thread.is_alive():
            self._writer.setblocking(True)
            self._writer.sendall(_CLOSING)
            self._thread.join()
        for end in (self._reader, self._writer, self._qt_reader, self._qt_writer):
            end.close()

    def _listen(self) -> None:
        while data := self._reader.recv(64):
            for number in data:
                if number == _CLOSING[0]:
                    return
                if number in self._previous:
                    self._heard(number)

    def _heard(self, number: int) -> None:
        with self._lock:
            if self.received:
                # The person, or the system, means it. 128 + number is what a shell reports for a signal.
                os._exit(128 + number)
            self.received = signal.Signals(number).name
            on_first = self._on_first
        if on_first is not None:
            on_first()
        self._qt_writer.sendall(b"!")


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Python's own handler: it only makes Python write the byte, and interrupts what waits in the main thread."""

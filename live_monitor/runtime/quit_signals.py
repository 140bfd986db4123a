"""SIGINT, SIGTERM and SIGHUP become an orderly end; a second one ends at once.

Qt's loop runs in C and would let Python's handlers wait for ever, so the signal also writes a byte into a socket that
Qt watches (`signal.set_wakeup_fd`). Works before Qt is there: what arrives early is remembered.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from types import FrameType

from PyQt6.QtCore import QSocketNotifier
from PyQt6.sip import voidptr

#: SIGHUP: the terminal was closed, or the session logs out. SIGBREAK: Windows' way to end a console program.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class QuitSignals:
    """Main thread. `install` first, `attach` once a Qt application exists, `close` at the end."""

    def __init__(self) -> None:
        #: Name of the first signal that came; "" before.
        self.received = ""
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._previous: dict[int, object] = {}
        self._previous_wakeup = -1
        self._notifier: QSocketNotifier | None = None
        self._on_first: Callable[[], None] | None = None

    def install(self) -> None:
        """Takes the signals over."""
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None:
                self._previous[number] = signal.signal(number, self._note)
        self._previous_wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)

    def attach(self, on_quit: Callable[[str], None], on_first: Callable[[], None]) -> None:
        """From now on Qt's loop calls `on_quit` with the signal's name; at once for one that came already.

        `on_first` runs right in the signal handler, also when the loop is stuck: it arms the exit guard.
        """
        # The proactor loop of Windows claims the wake-up socket when it is made, so it is claimed again here.
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._on_first = on_first

        def wake() -> None:
            try:
                self._reader.recv(64)
            except BlockingIOError:
                return
            if self.received:
                on_quit(self.received)

        self._notifier = QSocketNotifier(voidptr(self._reader.fileno()), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(wake)
        if self.received:
            on_first()
            on_quit(self.received)

    def close(self) -> None:
        """Gives the signals back and closes the sockets."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
        signal.set_wakeup_fd(self._previous_wakeup)
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself returned
        self._previous.clear()
        self._reader.close()
        self._writer.close()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.received:
            # The person, or the system, means it. 128 + number is what a shell reports for a signal.
            os._exit(128 + number)
        self.received = signal.Signals(number).name
        if self._on_first is not None:
            self._on_first()

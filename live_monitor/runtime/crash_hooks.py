"""Every way in which an exception can leave our code, caught: logged, shown once, survived.

    slot, paint, event, QThread.run ──► sys.excepthook        (PyQt aborts the process unless it was replaced)
    threading.Thread                ──► threading.excepthook
    __del__, callbacks of C code    ──► sys.unraisablehook
    task, call_soon                 ──► the loop's exception handler
    Qt's own messages               ──► qInstallMessageHandler
    segmentation fault              ──► faulthandler, into a file that the next start shows

A hook runs in the thread that failed, so it builds no widget: it logs and emits `problem_met`, which Qt queues.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from PyQt6.QtCore import QMessageLogContext, QObject, QtMsgType, pyqtSignal, qInstallMessageHandler

from live_monitor.atomic_file import private_folder
from live_monitor.runtime.problems import ProblemBook

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("qt")

_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class CrashHooks(QObject):
    """Installed before the application is made; kept by the composition root until the process ends."""

    #: `Problem`; emitted in the thread that failed: connect with a queued connection. At most once a second per cause.
    problem_met = pyqtSignal(object)
    #: Ctrl-C or sys.exit() inside a slot: the program should end. Any thread.
    quit_wanted = pyqtSignal()

    def __init__(self, book: ProblemBook) -> None:
        super().__init__()
        self.book = book
        self._busy = threading.local()

    def install(self) -> None:
        """Replaces the hooks of Python and Qt."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(_on_qt_message)

    def uninstall(self) -> None:
        """Puts Python's and Qt's own hooks back; for a process that goes on after the desktop."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        qInstallMessageHandler(None)

    def on_loop_problem(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The handler for `loop.set_exception_handler`."""
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._report(type(error), error, error.__traceback__, str(context.get("message", "event loop")))
        else:
            _log.error("Event loop: %s", context.get("message"))

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._report(kind, error, trace, "slot, event or paint")

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread is not None else "?"
        self._report(args.exc_type, args.exc_value, args.exc_traceback, f"thread {name}")

    def _on_unraisable(self, args: sys.UnraisableHookArgs) -> None:
        self._report(args.exc_type, args.exc_value, args.exc_traceback, args.err_msg or "clean-up")

    def _report(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, where: str
    ) -> None:
        if getattr(self._busy, "flag", False):
            # A log handler that raises would otherwise come back here for ever.
            return
        self._busy.flag = True
        try:
            if issubclass(kind, KeyboardInterrupt | SystemExit):
                self.quit_wanted.emit()
                return
            problem = self.book.note(kind, error, trace, where)
            if problem is not None:
                # Shown first: the log may be what is broken.
                self.problem_met.emit(problem)
                _log.error("Unhandled in %s: %s\n%s", where, problem.text, problem.detail)
        except Exception:  # noqa: BLE001 - the last line of defence; an exception here would abort the process
            _write_raw(f"live-monitor: an error could not be reported: {kind.__name__}\n")
        finally:
            self._busy.flag = False


def _on_qt_message(level: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    # Qt's offscreen platform says at every dialog what it cannot do; nobody can do anything about it.
    if message is not None and message.startswith("This plugin does not support"):
        level = QtMsgType.QtDebugMsg
    try:
        _qt_log.log(_QT_LEVELS.get(level, logging.WARNING), "%s", message)
    except Exception:  # noqa: BLE001 - called from C++, where an exception aborts
        _write_raw(f"live-monitor: Qt says: {message}\n")


def _write_raw(text: str) -> None:
    """The console, where there is one that works."""
    try:
        if sys.__stderr__ is not None:
            sys.__stderr__.write(text)
    except (OSError, ValueError):
        return


class FaultFile:
    """Where `faulthandler` writes the stacks when the process dies of a signal; empty while all is well."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "fault.txt"
        self._kept = folder / "last-fault.txt"
        self._file: IO[bytes] | None = None

    def open(self) -> str:
        """Arms the fault handler; returns "" or one line about the end of the run before this one."""
        notice = ""
        try:
            private_folder(self._path.parent)
            if self._path.is_file() and self._path.stat().st_size > 0:
                self._path.replace(self._kept)
                notice = f"The program crashed the last time; what is known stands in {self._kept}."
            # Kept open for the whole run: a dying process cannot open files.
            self._file = open(self._path, "wb")  # noqa: SIM115 - see above
            faulthandler.enable(self._file, all_threads=True)
        except OSError as problem:
            _log.warning("No crash file can be written: %s", problem)
        return notice

    def write_stacks(self) -> None:
        """Writes the stacks of all threads now; for an end by force. Any thread."""
        if self._file is not None:
            faulthandler.dump_traceback(self._file, all_threads=True)

    def close(self) -> None:
        """Disarms the handler."""
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None

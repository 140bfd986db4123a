"""The log: one rotating file of at most 30 MB, and the console where there is one.

    logger ──► RateLimit (per cause) ──► Redacting formatter ──► file, console

A cause that repeats is written five times a minute and then counted, so that a storm cannot fill the disk. Secrets are
removed from the finished line, after message, arguments and traceback have been put together: nothing can slip past.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import re
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from typing import IO
from urllib.parse import quote

from live_monitor.atomic_file import PRIVATE_FILE, private_folder

LOG_FILE_BYTES = 5 * 2**20
LOG_FILES = 6
#: Lines of one cause in one window; what is above is counted.
BURST = 5
WINDOW_S = 60.0
MAX_CAUSES = 500
MAX_LINE = 16_000

FORMAT = "%(asctime)s.%(msecs)03d %(levelname)-7s %(threadName)s %(name)s: %(message)s"

#: A word that names a secret, then its value: in URLs, headers, JSON, reprs.
_SECRET_PAIR = re.compile(
    r"""(?ix) \b(api[_-]?key|access[_-]?token|refresh[_-]?token|id[_-]?token|token|app[_-]?secret|client[_-]?secret
    |secret|passw(?:or)?d|pwd|authorization)
    (["']?\s*[=:]\s*(?:bearer\s+|basic\s+)?["']?) ([^\s"'&,;)}\]]{6,})"""
)
#: The parts of a log-in's callback address; as plain words they are innocent.
_CALLBACK = re.compile(r"(?i)([?&](?:code|state|code_verifier|session)=)[^&\s'\"]+")
_USER_INFO = re.compile(r"(\w://)[^\s/@]*:[^\s/@]*@")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
#: What another program could use to paint over a terminal or hide text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Redactor:
    """Replaces secrets by ***: registered live values, and whatever stands behind a telling word. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        #: Longest first: of a secret within another no rest of the longer one may stay.
        self._values: tuple[str, ...] = ()

    def register(self, secret: str) -> None:
        """From now on `secret` appears nowhere, nor as it stands in an address, in JSON or in a repr.

        Very short ones are left out: they would blank innocent text.
        """
        if len(secret) < 6 or secret in self._known:
            return
        escaped = (quote(secret, errors="replace"), quote(secret, safe="", errors="replace"))
        with self._lock:
            self._known |= {secret, *escaped, json.dumps(secret)[1:-1], repr(secret)[1:-1]}
            self._values = tuple(sorted(self._known, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, "***")
        text = _USER_INFO.sub(r"\1***@", text)
        text = _CALLBACK.sub(r"\1***", text)
        text = _SECRET_PAIR.sub(r"\1\2***", text)
        return _BEARER.sub(r"\1 ***", text)


#: The program's one redactor: whoever holds a secret registers it here.
redact = Redactor()


class RedactingFormatter(logging.Formatter):
    """Formats a record with its traceback, then removes secrets and control characters and bounds the length."""

    def format(self, record: logging.LogRecord) -> str:
        text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", redact(super().format(record)))
        if len(text) > MAX_LINE:
            text = f"{text[:MAX_LINE]} … ({len(text) - MAX_LINE} more characters)"
        # A lone surrogate in a message from outside cannot be encoded and would lose the whole line.
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


class RateLimit(logging.Filter):
    """Lets `BURST` records of a cause pass per window, and says afterwards how many it held back. Any thread.

    A cause is a logger, a level, the message before its arguments, and where an exception was raised. Time is the
    record's own.
    """

    def __init__(self, burst: int = BURST, window_s: float = WINDOW_S) -> None:
        super().__init__()
        self._burst = burst
        self._window_s = window_s
        # Re-entrant: the collector may run in between, and what it destroys may be worth a line of its own.
        self._lock = threading.RLock()
        #: cause -> [start of its window, passed, held back]; the least recently seen goes first.
        self._causes: OrderedDict[tuple[object, ...], list[float]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        cause = (record.name, record.levelno, str(record.msg)[:200], _raised_at(record))
        with self._lock:
            state = self._causes.get(cause)
            if state is None:
                state = self._causes[cause] = [record.created, 0.0, 0.0]
                if len(self._causes) > MAX_CAUSES:
                    self._causes.popitem(last=False)
            else:
                self._causes.move_to_end(cause)
            # A wall clock that was set back must not silence a cause for ever.
            if not 0.0 <= record.created - state[0] < self._window_s:
                held = int(state[2])
                state[:] = [record.created, 0.0, 0.0]
                if held:
                    record.msg = f"{record.getMessage()} (and {held} more like it were not written)"
                    record.args = None
            if state[1] >= self._burst:
                state[2] += 1.0
                return False
            state[1] += 1.0
            return True


def _raised_at(record: logging.LogRecord) -> object:
    """Type and innermost line of the record's exception; None without one."""
    if not record.exc_info or record.exc_info[0] is None:
        return None
    traceback = record.exc_info[2]
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    where = (traceback.tb_frame.f_code.co_filename, traceback.tb_lineno) if traceback is not None else None
    return record.exc_info[0].__name__, where


class PrivateRotatingFile(logging.handlers.RotatingFileHandler):
    """A rotating file that only its owner can read."""

    def _open(self) -> IO[str]:  # type: ignore[override]  # typeshed names the concrete class that open() returns
        def opener(path: str, flags: int) -> int:
            return os.open(path, flags, PRIVATE_FILE)

        return open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=opener)


class Door(logging.Handler):
    """The one handler at the root: asks the rate limit once per record, then passes it to file and console.

    On each of those the limit would count every record twice; on a logger it would miss the loggers below it.
    """

    def __init__(self, handlers: list[logging.Handler], notice: str) -> None:
        super().__init__()
        #: Empty, or one line for the person: why no file is written.
        self.notice = notice
        self._handlers = handlers
        self.addFilter(RateLimit())

    def emit(self, record: logging.LogRecord) -> None:
        for handler in self._handlers:
            if record.levelno >= handler.level:
                handler.handle(record)

    def close(self) -> None:
        for handler in self._handlers:
            handler.close()
        super().close()


def start_logging(folder: Path | None, *, console_level: int = logging.WARNING, name: str = "live-monitor.log") -> Door:
    """Sends the log to a file in `folder` (None: to none) and to the console, if there is one. Main thread.

    Never raises: without a file the program runs on, and the door's `notice` says so. `stop_logging` undoes it.
    """
    # A handler that fails must not print tracebacks of its own over the person's terminal.
    logging.raiseExceptions = False
    handlers: list[logging.Handler] = []
    notice = ""
    if folder is not None:
        try:
            path = private_folder(folder) / name
            handlers.append(
                PrivateRotatingFile(path, maxBytes=LOG_FILE_BYTES, backupCount=LOG_FILES - 1, encoding="utf-8")
            )
        except OSError as problem:
            notice = f"No log is written: {problem.strerror or problem}."
    # A program started by a double click on Windows has no console, and Python then sets both streams to None.
    if sys.stderr is not None:
        console: logging.Handler = logging.StreamHandler(sys.stderr)
        console.setLevel(console_level)
        handlers.append(console)
    for handler in handlers:
        handler.setFormatter(RedactingFormatter(FORMAT, "%Y-%m-%d %H:%M:%S"))
    door = Door(handlers, notice)
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    # They would write down the address of every question asked, query and all.
    for chatty in ("httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    root.addHandler(door)
    return door


def stop_logging(door: Door) -> None:
    """Closes what `start_logging` opened."""
    logging.getLogger().removeHandler(door)
    door.close()

"""When to try again, and when not: pure decisions about a lost or refused connection."""

from __future__ import annotations

import os
import ssl
from random import Random
from typing import Literal, NamedTuple

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from live_monitor.errors import FatalFeedError, FeedError, RateLimited

FIRST_DELAY_S = 1.0
MAX_DELAY_S = 30.0
#: A connection must have streamed this long before the delays start from the beginning again.
HEALTHY_AFTER_S = 30.0
#: After so many attempts in a row the trader is told; it is never given up.
ALERT_AFTER_ATTEMPTS = 10
MAX_RETRY_AFTER_S = 900.0

_FATAL_STATUS = {"auth_failed", "auth_timeout", "max_connections"}
_BAD_STATUS = {"auth_required", "error", "force_disconnect", "slow_consumer"}


class Verdict(NamedTuple):
    """What to do about a failure: `retry` after the back-off (or `wait_s`, if longer), or `stop`."""

    action: Literal["retry", "stop"]
    message: str
    remedy: str = ""
    wait_s: float = 0.0


class Backoff:
    """1 s doubling to 30 s, each times uniform(0.5, 1); starts over only after 30 s of health."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._delay_s = FIRST_DELAY_S
        self.attempt = 0

    def next_delay(self) -> float:
        """Seconds to wait before the next attempt."""
        self.attempt += 1
        delay = self._delay_s
        self._delay_s = min(delay * 2, MAX_DELAY_S)
        return delay * self._random.uniform(0.5, 1.0)

    def streamed(self, seconds: float) -> None:
        """Tells for how long the last connection was healthy."""
        if seconds >= HEALTHY_AFTER_S:
            self._delay_s = FIRST_DELAY_S
            self.attempt = 0


def judge(error: BaseException) -> Verdict:
    """Retry or stop, with words for people, for whatever ended or prevented a connection."""
    if isinstance(error, FeedError):
        return _judge_told(error)
    if isinstance(error, InvalidStatus):
        return _judge_status(error)
    if isinstance(error, InvalidURI):
        return Verdict("stop", "The server address is not a WebSocket address.", "Give ws://host:port/path or wss://….")
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message or "not trusted"
        return Verdict("stop", f"The server's certificate was refused: {reason}.", "Check the address and the date.")
    if isinstance(error, ssl.SSLError):
        return Verdict("stop", "The server does not speak TLS as required.", "Check the address (wss:// or ws://).")
    if isinstance(error, ConnectionClosed):
        return _judge_close(error)
    if isinstance(error, TimeoutError):
        return Verdict("retry", "The server did not answer in time.")
    if isinstance(error, InvalidHandshake):
        return Verdict("retry", "The server's answer is not a WebSocket handshake.")
    if isinstance(error, OSError):
        reason = os.strerror(error.errno).lower() if error.errno else str(error) or type(error).__name__
        return Verdict("retry", f"The server cannot be reached ({reason}).")
    return Verdict("retry", f"The connection failed ({type(error).__name__}).")


def _judge_told(error: FeedError) -> Verdict:
    """What a feed says itself, in its words."""
    wait_s = min(error.wait_s, MAX_RETRY_AFTER_S) if isinstance(error, RateLimited) else 0.0
    return Verdict("stop" if isinstance(error, FatalFeedError) else "retry", error.message, error.remedy, wait_s)


def _judge_status(error: InvalidStatus) -> Verdict:
    code = error.response.status_code
    if code in (401, 403):
        return Verdict("stop", f"The server refused access (HTTP {code}).", "Check the address and the credentials.")
    if code == 429:
        wait = _retry_after(error.response.headers.get("Retry-After"))
        return Verdict("retry", "The server asks to slow down (HTTP 429).", wait_s=wait)
    return Verdict("retry", f"The server answered HTTP {code} instead of a WebSocket.")


def _retry_after(value: str | None) -> float:
    """Seconds named by a Retry-After header; a date or damage counts as one minute."""
    if value is None:
        return 0.0
    return min(float(value), MAX_RETRY_AFTER_S) if value.isascii() and value.isdigit() and len(value) < 9 else 60.0


def _judge_close(error: ConnectionClosed) -> Verdict:
    close = error.rcvd
    if error.sent is not None and error.sent.code == 1009:
        return Verdict("retry", "The server sent a message that is larger than 1 MiB.")
    if close is None:
        return Verdict("retry", "The connection was lost.")
    reason = close.reason.lower()
    if close.code == 1008 and ("connection" in reason or "auth" in reason):
        return Verdict(
            "stop",
            f"The server closed the connection for good: {close.reason}.",
            "Close other programs that use the same account, then connect again.",
        )
    return Verdict("retry", f"The server closed the connection (code {close.code}).")


def judge_session_status(status: str, message: str) -> FatalFeedError | str | None:
    """What a status event means: a fatal error, a text to show, or None when all is well (market rules 1.3)."""
    if status in _FATAL_STATUS:
        remedy = (
            "Only one connection per account is allowed: close the other program."
            if status == "max_connections"
            else "Check the key in the settings."
        )
        return FatalFeedError(f"The server ended the session: {message or status} ({status}).", remedy)
    return f"The server says: {message or status} ({status})." if status in _BAD_STATUS else None

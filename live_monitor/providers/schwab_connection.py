"""What a log-in at Schwab gives: two tokens, and until when they live."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from live_monitor.clock import Clock, SystemClock
from live_monitor.errors import FeedError, LoginNeeded, SecretsError
from live_monitor.limits import MAX_TIME_MS, MIN_TIME_MS
from live_monitor.secrets import SCHWAB_APP_KEY, SCHWAB_APP_SECRET, SCHWAB_CONNECTION, Secret, SecretStore, Where

DAY_S: Final = 86_400.0
#: A refresh token dies so long after the log-in, however often it is used.
LOGIN_LIFE_S: Final = 7 * DAY_S
#: From this age on the person is told.
LOGIN_WARN_S: Final = 6 * DAY_S
#: An access token lives for 30 minutes and is renewed after 25: this much before its end, or a sixth of its life.
RENEW_BEFORE_MS: Final = 300_000
#: What programs register for themselves unless the person chose another.
DEFAULT_CALLBACK: Final = "https://127.0.0.1:8182"

_TURN_TRIES, _TURN_WAIT_S = 400, 0.05
_log = logging.getLogger(__name__)
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


def valid_token(text: object) -> bool:
    """True for what can stand in a header: printable, without spaces, not endless."""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class SchwabApp:
    """The app that the person registered at Schwab. `callback`: exactly as registered, character for character."""

    key: Secret
    secret: Secret
    callback: str = DEFAULT_CALLBACK


def kept_app(app_key: Secret | None, app_secret: Secret | None, callback: str = DEFAULT_CALLBACK) -> SchwabApp:
    """The app of a key and a secret that were kept. Raises LoginNeeded where one is missing."""
    if app_key is None or app_secret is None:
        raise LoginNeeded("No app of Schwab is known here.", "Enter its key and its secret.")
    return SchwabApp(app_key, app_secret, callback)


async def read_app(store: SecretStore, callback: str = DEFAULT_CALLBACK) -> SchwabApp:
    """The same from `store`."""
    return kept_app(await store.get_async(SCHWAB_APP_KEY), await store.get_async(SCHWAB_APP_SECRET), callback)


class _Kept(msgspec.Struct, kw_only=True):
    """As it lies in the key store."""

    schema: int = 1
    access_token: str
    refresh_token: str
    access_expires_at: int
    logged_in_at: int
    renewed_at: int
    schwab_account_id: str = ""


@dataclass(frozen=True, slots=True)
class BrokerConnection:
    """One person's log-in at Schwab. Times are ms since the epoch by the machine's clock; it never changes.

    `schwab_account_id` is Schwab's own handle for the account that was chosen (a hash, never its number), or empty.
    """

    access_token: Secret
    refresh_token: Secret
    access_expires_at: int
    logged_in_at: int
    renewed_at: int
    schwab_account_id: str = field(default="", repr=False)
    clock: Clock = field(default_factory=SystemClock, repr=False, compare=False)

    @property
    def is_expired(self) -> bool:
        """The access token is of no use any more."""
        return self.clock.wall_ms() >= self.access_expires_at

    @property
    def is_due(self) -> bool:
        """It is time to renew the access token: after 25 of its 30 minutes."""
        early_ms = min(RENEW_BEFORE_MS, max(0, self.access_expires_at - self.renewed_at) // 6)
        return self.clock.wall_ms() >= self.access_expires_at - early_ms

    @property
    def login_age_s(self) -> float:
        """Seconds since the person logged in; 0 where the machine's clock was set back behind it."""
        return max(0.0, (self.clock.wall_ms() - self.logged_in_at) / 1000.0)

    @property
    def is_login_over(self) -> bool:
        """The refresh token is dead: only a new log-in helps."""
        return self.login_age_s >= LOGIN_LIFE_S

    @property
    def login_warning(self) -> str:
        """Empty, or from the sixth day on one line for the person."""
        rest_s = LOGIN_LIFE_S - self.login_age_s
        if rest_s <= 0.0:
            return "The log-in at Schwab has ended after seven days: log in again."
        if self.login_age_s < LOGIN_WARN_S:
            return ""
        hours = int(rest_s // 3600)
        left = f"{hours} {'hour' if hours == 1 else 'hours'}" if hours else "less than an hour"
        return f"The log-in at Schwab ends in {left}: log in again before that."

    def to_secret(self) -> Secret:
        """All of it as one text for the key store; short enough for that of Windows."""
        kept = _Kept(
            access_token=self.access_token.reveal(),
            refresh_token=self.refresh_token.reveal(),
            access_expires_at=self.access_expires_at,
            logged_in_at=self.logged_in_at,
            renewed_at=self.renewed_at,
            schwab_account_id=self.schwab_account_id,
        )
        return Secret(msgspec.json.encode(kept).decode())

    @staticmethod
    def from_secret(secret: Secret, clock: Clock) -> BrokerConnection:
        """What `to_secret` wrote. Raises SecretsError when it is something else."""
        try:
            kept = msgspec.json.decode(secret.reveal(), type=_Kept)
        except (ValueError, RecursionError):
            kept = None
        times = (kept.access_expires_at, kept.logged_in_at, kept.renewed_at) if kept is not None else ()
        if (
            kept is None
            or kept.schema != 1
            or not (valid_token(kept.access_token) and valid_token(kept.refresh_token))
            or not all(MIN_TIME_MS <= time < MAX_TIME_MS for time in times)
        ):
            raise SecretsError("The kept log-in at Schwab cannot be understood.", "Log in again.")
        return BrokerConnection(
            Secret(kept.access_token),
            Secret(kept.refresh_token),
            kept.access_expires_at,
            kept.logged_in_at,
            kept.renewed_at,
            kept.schwab_account_id,
            clock,
        )


async def keep(store: SecretStore, connection: BrokerConnection, *, plaintext: bool = False) -> Where:
    """Puts `connection` where the last one was, in a file only where that was chosen; says where (`Where`)."""
    in_file = plaintext or await store.where_async(SCHWAB_CONNECTION) == "file"
    return await store.put_async(SCHWAB_CONNECTION, connection.to_secret(), in_file)


@contextlib.asynccontextmanager
async def taking_turns(store: SecretStore, *, needed: bool = True) -> AsyncIterator[None]:
    """Among all threads and processes of this account one changes the kept log-in at a time.

    Raises FeedError when another holds on to it for 20 s; where the turn is not `needed`, goes on without it then.
    """
    with store.turn(SCHWAB_CONNECTION) as turn:
        try:
            for _ in range(_TURN_TRIES):
                if turn.take():
                    break
                await asyncio.sleep(_TURN_WAIT_S)
            else:
                if needed:
                    raise FeedError("Another program has been renewing the log-in at Schwab for too long.")
        except OSError as problem:
            # Without a place for the lock there is no other process that could share a store either.
            _log.warning("No turns are taken at renewing: %s", problem.strerror)
        yield

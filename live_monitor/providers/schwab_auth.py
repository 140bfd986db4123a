"""The log-in at Schwab while it lasts: an access token that is always good, renewed once, kept before it is used.

LoginFlow ─► exchange_code_for_tokens ─► BrokerConnection ─► SecretStore ◄─► SchwabTokens ─► REST, streamer
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import math
from typing import Final

from live_monitor.clock import Clock
from live_monitor.errors import FeedError, LoginNeeded, RateLimited, SecretsError
from live_monitor.providers.schwab_connection import BrokerConnection, SchwabApp, keep, read_app, taking_turns
from live_monitor.providers.schwab_login import LoginFlow
from live_monitor.providers.schwab_token_endpoint import TokenEndpoint, exchange_code_for_tokens
from live_monitor.secrets import SCHWAB_CONNECTION, Secret, SecretStore

__all__ = ["BrokerConnection", "LoginFlow", "SchwabApp", "SchwabTokens", "TokenEndpoint", "exchange_code_for_tokens"]

_log = logging.getLogger(__name__)

#: After a failure that may pass, the endpoint is left in peace for so long.
RETRY_S: Final = 15.0
#: A token that is refused so soon after it was renewed will not get better by renewing.
FRESH_S: Final = 10.0


class SchwabTokens:
    """Access tokens for everything that asks Schwab. One for each loop; several take turns through the store."""

    def __init__(self, store: SecretStore, clock: Clock, *, endpoint: TokenEndpoint | None = None) -> None:
        self._store = store
        self._clock = clock
        self._endpoint = endpoint or TokenEndpoint()
        self._connection: BrokerConnection | None = None
        self._flight: asyncio.Task[BrokerConnection] | None = None
        #: The refresh token that Schwab refused for good: it is never sent again.
        self._dead: Secret | None = None
        self._failure: FeedError | None = None
        self._quiet_until = -math.inf
        self._renewed_at = -math.inf

    @property
    def connection(self) -> BrokerConnection | None:
        """The log-in as far as it is known here; `load` looks for one."""
        return self._connection

    @property
    def login_age_s(self) -> float:
        """Seconds since the log-in; NaN without one."""
        return self._connection.login_age_s if self._connection is not None else math.nan

    @property
    def notice(self) -> str:
        """Empty, or one line for the person: the log-in ends soon, a renewal fails, or it is kept for this run only."""
        if self._connection is not None and (warning := self._connection.login_warning):
            return warning
        return str(self._failure) if self._failure is not None else self._store.notice_of(SCHWAB_CONNECTION)

    async def load(self) -> BrokerConnection | None:
        """The kept log-in, or None. Raises SecretsError when what is kept makes no sense."""
        kept = await self._store.get_async(SCHWAB_CONNECTION)
        self._connection = BrokerConnection.from_secret(kept, self._clock) if kept is not None else None
        return self._connection

    async def access(self) -> Secret:
        """An access token that lives for some minutes at least. Raises FeedError; LoginNeeded: the person has to."""
        connection = await self._usable()
        if not connection.is_due:
            return connection.access_token
        try:
            return (await self._renew(connection.access_token)).access_token
        except LoginNeeded:
            raise
        except FeedError:
            if connection.is_expired:
                raise
            # Five minutes are left in which it may still succeed.
            return connection.access_token

    async def renewed(self, refused: Secret) -> Secret:
        """Another access token, after Schwab refused this one (401): a hundred at once make one request."""
        connection = await self._usable()
        if connection.access_token != refused and not connection.is_expired:
            return connection.access_token
        if self._clock.monotonic() - self._renewed_at < FRESH_S:
            raise FeedError(
                "Schwab refuses the token that it has just given.", "The app's status must be “Ready for Use”."
            )
        return (await self._renew(refused)).access_token

    async def choose_account(self, account_id: str) -> None:
        """Remembers which account is shown: Schwab's handle for it, never its number."""
        async with taking_turns(self._store):
            connection = await self._kept()
            self._connection = dataclasses.replace(connection, schwab_account_id=account_id)
            await keep(self._store, self._connection)

    async def forget(self) -> None:
        """Logs out here: the tokens are removed. Raises SecretsError when the key store may still have them."""
        # A renewal on its way, here or in another process, would put back what is removed.
        async with taking_turns(self._store, needed=False):
            self._connection = self._dead = None
            await self._store.forget_async(SCHWAB_CONNECTION)

    async def close(self) -> None:
        """Lets a renewal go that is on its way; the old tokens stay as good as they were. May be called twice."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.wait([self._flight])

    async def _usable(self) -> BrokerConnection:
        """The log-in, unless it is missing or over."""
        connection = self._connection
        if connection is None or connection.is_login_over or connection.refresh_token == self._dead:
            # A new log-in may have been kept since.
            connection = await self._kept()
        if connection.is_login_over:
            raise LoginNeeded("The log-in at Schwab has ended after seven days.", "Log in again.")
        if connection.refresh_token == self._dead:
            raise LoginNeeded("Schwab does not accept the log-in any more.", "Log in again.")
        return connection

    async def _kept(self) -> BrokerConnection:
        try:
            connection = await self.load()
        except SecretsError as problem:
            raise LoginNeeded(problem.message, problem.remedy) from None
        if connection is None:
            why = self._store.notice_of(SCHWAB_CONNECTION) or "There is no log-in at Schwab."
            raise LoginNeeded(why, "Log in at Schwab.")
        return connection

    async def _renew(self, refused: Secret) -> BrokerConnection:
        if self._flight is None or self._flight.done():
            quiet_s = self._quiet_until - self._clock.monotonic()
            if self._failure is not None and quiet_s > 0.0:
                # A new error: one that is raised for ever gathers tracebacks.
                raise RateLimited(self._failure.message, self._failure.remedy, wait_s=quiet_s)
            self._flight = asyncio.create_task(self._renew_once(refused), name="schwab-renewal")
            # Its error is heard here even when everybody who waited was cancelled.
            self._flight.add_done_callback(lambda task: task.cancelled() or task.exception())
        # Shielded: what one caller's end would cut off, the others wait for.
        return await asyncio.shield(self._flight)

    async def _renew_once(self, refused: Secret) -> BrokerConnection:
        async with taking_turns(self._store):
            connection = await self._kept()
            if connection.access_token != refused and not connection.is_due:
                return connection  # another process, or another thread, was first
            app = await read_app(self._store)
            try:
                reply = await self._endpoint.ask(
                    app, {"grant_type": "refresh_token", "refresh_token": connection.refresh_token.reveal()}
                )
            except LoginNeeded:
                self._dead = connection.refresh_token
                raise
            except FeedError as problem:
                wait_s = problem.wait_s if isinstance(problem, RateLimited) else RETRY_S
                self._failure, self._quiet_until = problem, self._clock.monotonic() + wait_s
                _log.warning("The log-in at Schwab was not renewed: %s", problem)
                raise
            now = self._clock.wall_ms()
            connection = dataclasses.replace(
                connection,
                access_token=reply.access,
                refresh_token=reply.refresh or connection.refresh_token,
                access_expires_at=now + round(reply.lives_s * 1000),
                renewed_at=now,
            )
            # Before it is used: a program that dies now finds what Schwab believes in.
            where = await keep(self._store, connection)
            _log.info("The log-in at Schwab was renewed; it is kept in: %s", where)
            self._connection, self._failure, self._renewed_at = connection, None, self._clock.monotonic()
            return connection

"""Kills a process at every call by which it keeps renewed tokens, and looks each time at what is left.

    python -m tests.faults.renewal_kills REST FOLDER  < pairs

REST is a fake of Schwab's log-in, `pairs` a JSON list of access and refresh tokens, one pair for each point. For each
point a forked process renews the tokens and is killed (SIGKILL) there; the first point is right after the reply. What
is left is read and renewed by a process of its own, as after the next start. Prints a line of JSON: for each point what
was found, and whether it could be used.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from live_monitor.clock import ManualClock
from live_monitor.errors import LoginNeeded
from live_monitor.providers.schwab_auth import BrokerConnection, SchwabApp, SchwabTokens, TokenEndpoint
from live_monitor.providers.schwab_token_endpoint import TokenReply
from live_monitor.secrets import SCHWAB_CONNECTION, Secret, SecretStore
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.secrets.key_stores import FailingKeyring

#: Every way in which a file changes here.
CALLS = ("open", "write", "fsync", "close", "replace", "rename", "unlink", "chmod")
ENVIRON = {"SCHWAB_APP_KEY": APP_KEY, "SCHWAB_APP_SECRET": APP_SECRET}


class Killer:
    """Counts calls once it is armed, and ends the process before the one at `point`."""

    def __init__(self, point: int) -> None:
        self._left = point
        self._armed = False

    def arm(self) -> None:
        self._armed = True
        self.count()

    def count(self) -> None:
        if self._armed:
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1

    def watch(self, name: str) -> None:
        call: Callable[..., Any] = getattr(os, name)

        def counted(*arguments: Any, **more: Any) -> Any:
            self.count()
            return call(*arguments, **more)

        setattr(os, name, counted)


class KillingEndpoint(TokenEndpoint):
    """Arms the killer with the reply."""

    killer: Killer

    async def ask(self, app: SchwabApp, form: Mapping[str, str]) -> TokenReply:
        reply = await super().ask(app, form)
        self.killer.arm()
        return reply


def store(folder: Path) -> SecretStore:
    return SecretStore(ENVIRON, folder, keyring=FailingKeyring)


def renew(rest: str, folder: Path, killer: Killer | None) -> str:
    """Renews what is kept; the new access token, or "log in"."""
    endpoint = TokenEndpoint(rest)
    if killer is not None:
        endpoint = KillingEndpoint(rest)
        endpoint.killer = killer
        for name in CALLS:
            killer.watch(name)

    async def one() -> str:
        tokens = SchwabTokens(store(folder), ManualClock(), endpoint=endpoint)
        try:
            return (await tokens.renewed(await tokens.access())).reveal()
        except LoginNeeded:
            return "log in"

    with asyncio.Runner() as runner:
        return runner.run(one())


def in_child(work: Callable[[], str]) -> tuple[bool, str]:
    """Whether a forked process lived to its end, and what `work` gave there."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        answer = work()
        os.write(write_end, answer.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0, said


def main(rest: str, folder: Path, pairs: list[tuple[str, str]]) -> None:
    clock = ManualClock()
    now = clock.wall_ms()
    found = []
    for point, (access, refresh) in enumerate(pairs):
        place = folder / str(point)
        old = BrokerConnection(Secret(access), Secret(refresh), now + 1_800_000, now, now, clock=clock)
        store(place).put(SCHWAB_CONNECTION, old.to_secret(), plaintext=True)
        lived, _ = in_child(partial(renew, rest, place, Killer(point)))
        kept = store(place).get(SCHWAB_CONNECTION)
        # Raises when it is neither.
        left = BrokerConnection.from_secret(kept or Secret(""), clock)
        which = "old" if left.access_token.reveal() == access else "new"
        usable, said = in_child(partial(renew, rest, place, None))
        found.append({"which": which, "usable": usable and said != "log in", "lived": lived})
        if lived:
            break
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.load(sys.stdin))

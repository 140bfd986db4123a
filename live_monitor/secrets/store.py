"""Where keys and tokens are kept: the system's key store, else the memory of this run; a file only when asked for.

    environment ─► memory of this run ─► file, by explicit choice ─► the system's key store      the first that has it

What is written is read back: some key stores accept everything and keep nothing. Nothing here raises because a key
store is missing, locked or hangs: the secret is then kept until the program ends, and `notice` says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

from live_monitor.errors import SecretsError
from live_monitor.secrets.credentials import CREDENTIALS
from live_monitor.secrets.door import (
    SERVICE,
    TIMEOUT_S,
    Door,
    Keyring,
    NoAnswer,
    NoKeyStore,
    in_daemon_thread,
    system_keyring,
)
from live_monitor.secrets.plain_file import PlainFile
from live_monitor.secrets.secret import Secret
from live_monitor.secrets.turn import Turn

_log = logging.getLogger(__name__)

#: Where a secret is; empty: nowhere.
Where = Literal["environment", "memory", "file", "keyring", ""]

#: Two tokens of the longest kind that a log-in may give, with all that is kept beside them. Windows keeps 2560 bytes
#: in UTF-16 for an entry; what is longer is refused there and kept in memory.
MAX_SECRET: Final = 20_480
_FILE_TRIES, _FILE_WAIT_S = 100, 0.02


class SecretStore:
    """Keys and tokens by name (`CREDENTIALS`). Any thread; calls block for at most some seconds: see the async ones.

    `environ`: wins over everything that is kept. `folder`: for the plain file and for locks. `keyring`: finds the key
    store; called in a thread of its own.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        folder: Path,
        *,
        keyring: Callable[[], Keyring] = system_keyring,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        #: Read once: so that a store that is printed prints no environment.
        self._given = {name: Secret(text) for name in CREDENTIALS if (text := _first(environ, name))}
        self._folder = folder
        self._door = Door(keyring, timeout_s)
        self._file = PlainFile(folder)
        self._lock = threading.RLock()
        #: What was put in this run, and which of it the key store or the file is known to have.
        self._session: dict[str, Secret] = {}
        self._durable: set[str] = set()
        self._notices: dict[str, str] = {}

    @property
    def notice(self) -> str:
        """Empty, or a line for people for each secret that is not where it should be, or could not be asked for."""
        return " ".join(self._notices.values())

    def notice_of(self, name: str) -> str:
        """The line of one secret."""
        return self._notices.get(name, "")

    def get(self, name: str) -> Secret | None:
        """The secret, or None; `notice` then says whether a place could not be asked."""
        if (given := self._given.get(name)) is not None:
            return given
        with self._lock:
            known, durable = self._session.get(name), name in self._durable
        if known is not None and not durable:
            return known
        if (text := self._filed(name).get(name)) is not None:
            return Secret(text)
        try:
            text = self._door.call(lambda keyring: keyring.get_password(SERVICE, name))
        except NoKeyStore:
            return known
        except NoAnswer as problem:
            self._say(name, f"{CREDENTIALS[name].label}: the system's key store was not read: {problem}.")
            return known
        if text:
            self._notices.pop(name, None)
        return Secret(text) if text else None

    def put(self, name: str, secret: Secret, plaintext: bool = False) -> Where:
        """Keeps `secret` and says where: "keyring", "memory" (until the program ends), or "file".

        `plaintext`: in a file that only its owner can read, by the person's own choice, and never otherwise. Raises
        SecretsError when it cannot be a secret.
        """
        if not 0 < len(secret.reveal()) <= MAX_SECRET:
            raise SecretsError(f"{CREDENTIALS[name].label}: nothing, or too long to be kept.")
        self._notices.pop(name, None)
        with self._lock:
            self._session[name] = secret
            self._durable.discard(name)
        return self._put_in_file(name, secret) if plaintext else self._put_in_keyring(name)

    def forget(self, name: str) -> None:
        """Removes it everywhere but from the environment. Raises SecretsError when a place may still have it."""
        with self._lock:
            self._session.pop(name, None)
            self._durable.discard(name)
        self._notices.pop(name, None)
        problems: list[str] = []
        try:
            self._change_file(name, None)
        except (OSError, ValueError) as problem:
            problems.append(_words(problem))
        try:
            self._door.call(lambda keyring: _remove(keyring, name))
        except NoKeyStore:
            pass
        except NoAnswer as problem:
            problems.append(_words(problem))
        if problems:
            raise SecretsError(
                f"{CREDENTIALS[name].label}: it may still be kept, because {' and '.join(problems)}.",
                "Remove it with the system's own program for keys and passwords.",
            )

    def where(self, name: str) -> Where:
        """Where `get` would find it."""
        if self._given.get(name) is not None:
            return "environment"
        with self._lock:
            known, durable = name in self._session, name in self._durable
        if known and not durable:
            return "memory"
        if name in self._filed(name):
            return "file"
        try:
            found = self._door.call(lambda keyring: keyring.get_password(SERVICE, name))
        except NoAnswer:
            return "memory" if known else ""
        return "keyring" if found else ""

    @property
    def file(self) -> Path:
        """Where the plain file lies, or would."""
        return self._file.path

    def unavailable(self) -> str:
        """Why the system's key store takes no key at present, as a phrase; empty where it takes them."""
        try:
            self._door.call(lambda _keyring: None)
        except NoAnswer as problem:
            return str(problem)
        return ""

    async def get_async(self, name: str) -> Secret | None:
        """As `get`, without blocking the loop. May be cancelled."""
        return await asyncio.wrap_future(in_daemon_thread(lambda: self.get(name))[1])

    async def put_async(self, name: str, secret: Secret, plaintext: bool = False) -> Where:
        """As `put`, without blocking the loop. When it is cancelled, the secret is put none the less."""
        return await asyncio.wrap_future(in_daemon_thread(lambda: self.put(name, secret, plaintext))[1])

    async def where_async(self, name: str) -> Where:
        """As `where`, without blocking the loop."""
        return await asyncio.wrap_future(in_daemon_thread(lambda: self.where(name))[1])

    async def forget_async(self, name: str) -> None:
        """As `forget`, without blocking the loop."""
        await asyncio.wrap_future(in_daemon_thread(lambda: self.forget(name))[1])

    def turn(self, name: str) -> Turn:
        """The lock by which processes and threads take turns at renewing `name`."""
        return Turn(self._folder / f"{name}.lock")

    def _put_in_keyring(self, name: str) -> Where:
        where: Where = "keyring"
        try:
            self._door.call(lambda keyring: self._keep(keyring, name))
        except NoAnswer as problem:
            where = "memory"
            self._say(name, f"{CREDENTIALS[name].label}: kept until the program ends, because {problem}.")
        try:
            self._change_file(name, None)
        except (OSError, ValueError) as problem:
            self._say(
                name, f"{CREDENTIALS[name].label}: an older one is still in {self._file.path}: {_words(problem)}."
            )
        return where

    def _keep(self, keyring: Keyring, name: str) -> None:
        """Writes the newest value, reads it back; in the door's thread, maybe long after `put` has given up waiting."""
        while True:
            with self._lock:
                secret = self._session.get(name)
            if secret is None:
                _remove(keyring, name)
                raise NoAnswer("it was removed meanwhile")
            keyring.set_password(SERVICE, name, secret.reveal())
            if keyring.get_password(SERVICE, name) != secret.reveal():
                with contextlib.suppress(Exception):
                    keyring.delete_password(SERVICE, name)
                raise NoAnswer("the key store did not give back what it was given")
            with self._lock:
                if self._session.get(name) is secret:
                    self._durable.add(name)
                    return

    def _put_in_file(self, name: str, secret: Secret) -> Where:
        try:
            moved = self._change_file(name, secret)
        except (OSError, ValueError) as problem:
            self._say(name, f"{CREDENTIALS[name].label}: kept until the program ends, because {_words(problem)}.")
            return "memory"
        with self._lock:
            if self._session.get(name) is secret:
                self._durable.add(name)
        if moved:
            with contextlib.suppress(NoAnswer):
                self._door.call(lambda keyring: _remove(keyring, name))
        self._say(name, f"{CREDENTIALS[name].label}: kept unencrypted in {self._file.path}.")
        return "file"

    def _change_file(self, name: str, secret: Secret | None) -> bool:
        """Puts or removes one; True when the file did not have it before. Raises OSError, ValueError."""
        if secret is None and not self._file.path.exists():
            return False
        with self._file_turn():
            secrets = self._file.read()
            before = secrets.pop(name, None)
            if secret is not None:
                secrets[name] = secret.reveal()
            elif before is None:
                return False
            self._file.write(secrets)
            if secret is not None and self._file.read().get(name) != secret.reveal():
                raise ValueError(f"{self._file.path} did not keep it")
        return before is None

    @contextlib.contextmanager
    def _file_turn(self) -> Iterator[None]:
        with self._lock, Turn(self._folder / "secrets.lock") as turn:
            for _ in range(_FILE_TRIES):
                if turn.take():
                    break
                time.sleep(_FILE_WAIT_S)
            else:
                raise ValueError(f"another program holds {self._folder / 'secrets.lock'}")
            yield

    def _filed(self, name: str) -> dict[str, str]:
        try:
            return self._file.read()
        except (OSError, ValueError) as problem:
            self._say(name, f"{CREDENTIALS[name].label}: kept secrets were not read: {_words(problem)}.")
            return {}

    def _say(self, name: str, line: str) -> None:
        self._notices = {**self._notices, name: line}
        _log.warning("%s", line)


def _first(environ: Mapping[str, str], name: str) -> str:
    """What the first variable that is set gives."""
    found = (environ.get(variable, "").strip() for variable in CREDENTIALS[name].variables)
    return next(filter(None, found), "")


def _remove(keyring: Keyring, name: str) -> None:
    # Backends raise when there is nothing to remove.
    if keyring.get_password(SERVICE, name) is not None:
        keyring.delete_password(SERVICE, name)


def _words(problem: Exception) -> str:
    return (problem.strerror or type(problem).__name__) if isinstance(problem, OSError) else str(problem)

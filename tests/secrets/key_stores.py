"""Key stores that work, and that fail in each way that key stores do."""

from __future__ import annotations

import threading

from keyring.errors import KeyringLocked, NoKeyringError, PasswordDeleteError


class GoodKeyring:
    """Keeps what it is given, as the system's would. Any thread."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("there is none")
        del self.kept[service, username]


class NullKeyring(GoodKeyring):
    """Accepts everything and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


class FailingKeyring(GoodKeyring):
    """There is none; its words repeat what it was given."""

    def get_password(self, service: str, username: str) -> str | None:
        raise NoKeyringError("no backend")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NoKeyringError(f"no backend for {password}")


class LockedKeyring(FailingKeyring):
    """The person did not unlock it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


class LyingKeyring(GoodKeyring):
    """Gives back what is cut short, as one with too small a limit does."""

    def get_password(self, service: str, username: str) -> str | None:
        kept = super().get_password(service, username)
        return kept[:-1] if kept is not None else None


class HangingKeyring(GoodKeyring):
    """Asks the person something and waits, until `answer` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        assert self.answer.wait(30.0)
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        assert self.answer.wait(30.0)
        super().set_password(service, username, password)

"""What can go wrong, as a tree; every error carries a remedy that the person can act on.

LiveMonitorError
├── FeedError                 the link to a server
│   ├── FatalFeedError        retrying cannot help: certificate, credentials, refused for good
│   ├── LoginNeeded           the person has to log in anew; nothing else helps
│   ├── RateLimited           asked too often; says when to ask again
│   └── ProtocolError         a frame that is not what the protocol says
├── SecretsError              a key or token that cannot be kept or read
├── WorkbookError             a workbook that cannot be read, or must not be
├── SessionFileError          a session file that cannot be read or written
├── ImportFileError           recorded data of a vendor that cannot be understood
├── HistoryError              a source of history that cannot answer; asking again later may help
├── StoreError                a store of bars that is damaged, locked, read-only, too new, full or unreachable
├── InvalidPaperOrder         an order that is refused, with the reason
├── LedgerError               a journal that is damaged, locked, read-only, too new or full: trading halts
├── SettingsError             settings that cannot be read or saved
└── StartError                the program cannot start as asked
"""

from __future__ import annotations


class LiveMonitorError(Exception):
    """An error for people: `message` says what happened and why, `remedy` what to do now."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class FeedError(LiveMonitorError):
    """The link to a market data server failed; it is retried."""


class FatalFeedError(FeedError):
    """The server or the connection refused for good; retrying would be useless or harmful."""


class LoginNeeded(FatalFeedError):
    """The broker wants the person to log in anew: the log-in is missing, too old, or was taken back."""


class RateLimited(FeedError):
    """The far end was asked too often; `wait_s` is how long to be silent."""

    def __init__(self, message: str, remedy: str = "", *, wait_s: float = 60.0) -> None:
        super().__init__(message, remedy)
        self.wait_s = wait_s


class ProtocolError(FeedError):
    """A frame is not what the protocol says; it is counted and dropped."""


class SecretsError(LiveMonitorError):
    """A key or token cannot be kept or read; it is nowhere in the message."""


class WorkbookError(LiveMonitorError):
    """A workbook is missing, locked, damaged, encrypted, too large or built to hurt; it was not parsed."""


class SessionFileError(LiveMonitorError):
    """A session file is missing, damaged or cannot be written."""


class ImportFileError(LiveMonitorError):
    """A recorded file does not have the columns or values that its vendor documents."""


class HistoryError(LiveMonitorError):
    """A source of history did not answer, or refused; nothing was changed."""


class StoreError(LiveMonitorError):
    """A store of bars cannot be opened, read or written; what it acknowledged before is untouched."""


class InvalidPaperOrder(LiveMonitorError):
    """A paper order was refused. `reason` is a code for programs, the message is for people."""

    def __init__(self, message: str, remedy: str = "", *, reason: str = "") -> None:
        super().__init__(message, remedy)
        self.reason = reason


class LedgerError(LiveMonitorError):
    """The journal of paper trading cannot be believed or written; nothing of it is overwritten."""


class SettingsError(LiveMonitorError):
    """Settings cannot be read or saved; defaults are in force."""


class StartError(LiveMonitorError):
    """The program cannot start as asked."""

"""Keys and tokens: a type that never shows itself, and where they are kept."""

from __future__ import annotations

from typing import NoReturn

from live_monitor.log import redact


class Secret:
    """A key or token. Prints `***`; only `reveal` gives the text, at the moment of use. Any thread.

    Not to be pickled or copied into JSON: both raise TypeError.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text
        redact.register(text)

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be pickled")

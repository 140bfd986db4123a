"""A key or token that never shows itself."""

from __future__ import annotations

import hmac
from typing import NoReturn, Self, final

from live_monitor.log import redact


@final
class Secret:
    """A key or token. Prints `***`; only `reveal` gives the text, at the moment of use. Any thread.

    Whatever would write it down raises TypeError (pickle, JSON); a copy is the secret itself, because it never changes.
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
        if not isinstance(other, Secret):
            return NotImplemented
        # The environment may hold bytes that are no UTF-8, as surrogates.
        return hmac.compare_digest(*(text.encode("utf-8", "surrogatepass") for text in (self._text, other._text)))

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _known: object) -> Self:
        return self

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise TypeError("a secret is not to be pickled")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not to be pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret is not to be pickled")

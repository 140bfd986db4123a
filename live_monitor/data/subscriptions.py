"""Who wants which symbol: reference counts, so that the focus, the watchlist and others may overlap."""

from __future__ import annotations

from collections.abc import Callable

from live_monitor import limits

CHANNELS = ("T", "Q", "A", "AM")
FOCUS_CHANNELS = CHANNELS
#: AM too: only its day volume shows that prints of a watched symbol were missed.
WATCH_CHANNELS = ("T", "Q", "AM")


class Subscriptions:
    """Owners of symbols and the channels that they need. `changed` is called with the new wanted set."""

    def __init__(self) -> None:
        self._owners: dict[str, dict[str, tuple[str, ...]]] = {}
        self.changed: Callable[[dict[str, tuple[str, ...]]], None] = lambda wanted: None

    def acquire(self, symbol: str, owner: str, channels: tuple[str, ...]) -> bool:
        """`owner` wants `channels` of `symbol`. True when nobody held it before. Raises ValueError for no symbol."""
        if not limits.valid_symbol(symbol):
            raise ValueError(f"{symbol[:32]!r} is not a symbol")
        fresh = symbol not in self._owners
        self._owners.setdefault(symbol, {})[owner] = channels
        self.changed(self.wanted())
        return fresh

    def release(self, symbol: str, owner: str) -> bool:
        """`owner` lets `symbol` go. True when nobody holds it any longer."""
        owners = self._owners.get(symbol)
        if owners is None or owners.pop(owner, None) is None:
            return False
        if not owners:
            del self._owners[symbol]
        self.changed(self.wanted())
        return not owners

    def wanted(self) -> dict[str, tuple[str, ...]]:
        """The channels of every symbol that somebody holds."""
        return {
            symbol: tuple(c for c in CHANNELS if any(c in channels for channels in owners.values()))
            for symbol, owners in self._owners.items()
        }

"""Which channels of Polygon's stream are wanted, asked for and held on the present connection. Pure; one thread.

The server acknowledges each channel once. It says nothing to one that is asked for twice, and nothing to one that it
does not know: every question has a deadline of its own, and a channel that is held is never waited for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from live_monitor.wire.polygon import DELAYED_TOPICS, TOPICS, channel, topic_of


class Change(NamedTuple):
    """Channels to ask for and to let go of, and symbols of which nothing was wanted before."""

    ask: list[str]
    let_go: list[str]
    new_symbols: list[str]


class Channels:
    """`late`: the stream is the delayed one, which has neither quotes nor price bands."""

    def __init__(self, *, late: bool) -> None:
        self._topics = [topic for topic in TOPICS if not late or topic in DELAYED_TOPICS]
        self._wanted: dict[str, tuple[str, ...]] = {}
        #: Sent on this connection and not let go of since.
        self._sent: set[str] = set()
        self._held: set[str] = set()
        #: Whatever was sent on this connection: the answer may come after it was let go of.
        self._ever: set[str] = set()
        self._deadlines: dict[str, float] = {}
        #: Topics of which was said on this connection that they are not given.
        self._told: set[str] = set()

    @property
    def symbols(self) -> list[str]:
        """Every symbol of which something is wanted."""
        return list(self._wanted)

    @property
    def waiting(self) -> bool:
        """True while an answer is due."""
        return bool(self._deadlines)

    def want(self, wanted: Mapping[str, tuple[str, ...]]) -> Change:
        """Makes `wanted` (symbol → T, Q, A, AM) what is desired; what that changes on a connection."""
        new_symbols = [symbol for symbol in wanted if symbol not in self._wanted]
        self._wanted = dict(wanted)
        desired = self.desired()
        let_go = sorted(self._sent.difference(desired))
        for each in let_go:
            self._forget(each)
        return Change([each for each in desired if each not in self._sent], let_go, new_symbols)

    def desired(self) -> list[str]:
        """Every channel that is wanted: those that were asked for, and the price bands of each symbol."""
        return [
            channel(topic, symbol)
            for symbol, asked in self._wanted.items()
            for topic in self._topics
            if topic in asked or topic == "LULD"
        ]

    def begin(self) -> None:
        """A new connection holds nothing."""
        self._sent.clear()
        self._held.clear()
        self._ever.clear()
        self._deadlines.clear()
        self._told.clear()

    def asked(self, channels: Iterable[str], deadline: float) -> None:
        """`channels` were sent; an answer is due by `deadline` (monotonic s) for those that are not held."""
        for each in channels:
            self._sent.add(each)
            self._ever.add(each)
            if each not in self._held:
                self._deadlines[each] = deadline

    def acknowledged(self, channels: Iterable[str]) -> tuple[list[str], int]:
        """Symbols whose prints come from now on, and how many were named that nobody asked for."""
        symbols: list[str] = []
        strange = 0
        for each in channels:
            if each not in self._sent:
                strange += each not in self._ever
                continue
            self._deadlines.pop(each, None)
            topic, symbol = topic_of(each)
            if topic == "T" and each not in self._held:
                symbols.append(symbol)
            self._held.add(each)
        return symbols, strange

    def refused(self, message: str) -> dict[str, list[str]]:
        """Symbol → topics of channels that an error of the server names among those that wait for an answer."""
        words = set(message.replace(",", " ").split())
        return self._taken_out(each for each in self._deadlines if each in words)

    def overdue(self, now: float) -> dict[str, list[str]]:
        """Symbol → topics that were not answered in time; each is told once."""
        return self._taken_out(each for each, deadline in self._deadlines.items() if deadline <= now)

    def lacks_prices(self, symbol: str, missing: Iterable[str]) -> bool:
        """Whether a symbol whose topics `missing` are not given is left without what it is followed for.

        Prints are that where they are wanted. Price bands never are: nobody asked for them.
        """
        wanted = self._wanted.get(symbol, ())
        return "T" in missing if "T" in wanted else any(topic in wanted for topic in missing)

    def untold(self, missing: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Topic → symbols whose prices come without it, of topics not spoken of on this connection before.

        A plan without one misses it of every symbol; that is said once, and is no reason to call each symbol broken.
        """
        beside: dict[str, list[str]] = defaultdict(list)
        for symbol, topics in missing.items():
            for topic in topics:
                if topic not in self._told and not self.lacks_prices(symbol, topics):
                    beside[topic].append(symbol)
        self._told.update(beside)
        return dict(beside)

    def _taken_out(self, channels: Iterable[str]) -> dict[str, list[str]]:
        """`channels` by symbol; nobody waits for them any longer."""
        found: dict[str, list[str]] = defaultdict(list)
        for each in list(channels):
            del self._deadlines[each]
            topic, symbol = topic_of(each)
            found[symbol].append(topic)
        return found

    def _forget(self, each: str) -> None:
        self._sent.discard(each)
        self._held.discard(each)
        self._deadlines.pop(each, None)

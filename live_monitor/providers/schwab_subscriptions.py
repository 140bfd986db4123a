"""What is subscribed at Schwab on one connection, and which answers are still owed. One loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from live_monitor.clock import Clock
from live_monitor.limits import Rejections
from live_monitor.ports import FeedOutlet
from live_monitor.wire.schwab import REACHED_SYMBOL_LIMIT, Request, Requests, Response, Service

#: Channels of ours that each service brings. There are no prints, so that T is level 1 as Q is.
_CHANNELS: Final[Mapping[Service, frozenset[str]]] = {
    "LEVELONE_EQUITIES": frozenset({"T", "Q"}),
    "CHART_EQUITY": frozenset({"A", "AM"}),
}
#: The stream of the account's orders wants a key, and does not care which.
_ACCOUNT_KEY: Final = "ACCOUNT"
_NO_ANSWER: Final = "no answer from the server"
_NOTHING_COMES: Final = "Schwab sends nothing for this symbol; is it spelled right?"
_TOO_MANY: Final = "Schwab's limit of symbols is reached"


class SchwabSubscriptions:
    """Asks for symbols, and marks those that are refused, or of which nothing comes in time; the others go on.

    Schwab confirms any symbol: one that it does not have shows by its first record staying away.
    """

    def __init__(
        self, send: Callable[[Request], Awaitable[None]], outlet: FeedOutlet, clock: Clock, wait_s: float
    ) -> None:
        self._send = send
        self._outlet = outlet
        self._clock = clock
        self._wait_s = wait_s
        self._rejections: Rejections | None = None
        self._requests: Requests | None = None
        self._owed: dict[int, Request] = {}
        #: Until when the first record of a symbol may stay away, and why it does as far as is known.
        self._awaited: dict[str, tuple[float, str]] = {}

    def begin(self, requests: Requests | None, rejections: Rejections | None = None) -> None:
        """A new connection on which the log-in has succeeded, or None: there is none."""
        self._requests = requests
        self._rejections = rejections
        self._owed.clear()
        self._awaited.clear()

    async def everything(self, wanted: Mapping[str, tuple[str, ...]], *, account: bool) -> None:
        """Replaces whatever is subscribed by `wanted`; `account`: and asks for the account's orders."""
        if self._requests is None:
            return
        if account:
            await self._ask(self._requests.subscribe("ACCT_ACTIVITY", [_ACCOUNT_KEY], anew=True))
        await self._add(wanted, anew=True)

    async def change(self, gone: Iterable[str], fresh: Mapping[str, tuple[str, ...]]) -> None:
        """Lets symbols go, then asks for those that are new."""
        if self._requests is None:
            return
        symbols = [*gone]
        for symbol in symbols:
            self._awaited.pop(symbol, None)
        if symbols:
            for service in _CHANNELS:
                await self._ask(self._requests.unsubscribe(service, symbols))
        await self._add(fresh, anew=False)

    async def _add(self, wanted: Mapping[str, tuple[str, ...]], *, anew: bool) -> None:
        for service, channels in _CHANNELS.items():
            symbols = [symbol for symbol, asked in wanted.items() if not channels.isdisjoint(asked)]
            if symbols and self._requests is not None:
                await self._ask(self._requests.subscribe(service, symbols, anew=anew))

    async def _ask(self, request: Request) -> None:
        self._owed[request.number] = request
        if request.service == "LEVELONE_EQUITIES" and request.command != "UNSUBS":
            self._await(request.symbols, _NO_ANSWER)
        await self._send(request)

    def _await(self, symbols: Iterable[str], reason: str) -> None:
        until = self._clock.monotonic() + self._wait_s
        self._awaited.update(dict.fromkeys(symbols, (until, reason)))

    async def answered(self, response: Response) -> bool:
        """Takes the answer to a request; False for one that nobody asked for."""
        request = self._owed.pop(response.number, None)
        if request is None:
            return False
        if request.command == "UNSUBS" or request.service == "ACCT_ACTIVITY":
            if not response.done and self._rejections is not None:
                self._rejections.note(f"{request.service} {request.command}: refused")
            return True
        waiting = [symbol for symbol in request.symbols if symbol in self._awaited]
        if response.done:
            if request.service == "LEVELONE_EQUITIES":
                self._await(waiting, _NOTHING_COMES)
        elif response.code == REACHED_SYMBOL_LIMIT:
            # Which of them were taken shows by what comes.
            self._await(request.symbols, _TOO_MANY)
        elif len(request.symbols) > 1:
            await self._one_by_one(request)
        else:
            self._awaited.pop(request.symbols[0], None)
            self._outlet.put_problem(
                request.symbols[0], f"Schwab refused it: {response.message} (code {response.code})"
            )
        return True

    async def _one_by_one(self, request: Request) -> None:
        """Many were refused together: one of them may be to blame."""
        service: Service = "CHART_EQUITY" if request.service == "CHART_EQUITY" else "LEVELONE_EQUITIES"
        for symbol in request.symbols:
            if self._requests is not None:
                await self._ask(self._requests.subscribe(service, [symbol], anew=False))

    def heard(self, symbols: Iterable[str]) -> None:
        """Something came of these."""
        if self._awaited:
            for symbol in symbols:
                self._awaited.pop(symbol, None)

    def mark_late(self) -> None:
        """Marks the symbols of which nothing came in time."""
        now = self._clock.monotonic()
        for symbol in [symbol for symbol, (until, _) in self._awaited.items() if until <= now]:
            self._outlet.put_problem(symbol, self._awaited.pop(symbol)[1])

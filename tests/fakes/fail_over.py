"""Two servers on one port, one after the other: a provider that fails over in the middle of a bar.

    with FailOver(Feed("alpha", first_half), Feed("beta", second_half, pages={"1m": [whole_minute]})) as pair:
        client = PolygonWebSocketClient(pair.url)       # talks to alpha
        pair.first.wait_for(lambda: subscribed(pair.first))
        pair.switch()                                   # alpha is gone without a word; beta listens on the same port

Both are chaos servers, so that each connection, message and script can be looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from live_monitor.wire import relay
from tests.fakes.chaos_peer import Peer
from tests.fakes.chaos_server import MARKET_MS, ChaosServer, Script, free_port, market_data

FEATURES = ("batch", "ack", "history", "snapshot", "clock", "fault")


class Feed(NamedTuple):
    """What one provider says of one minute of trading, in the vendor's short field names.

    `name`: provider and market identity; `label`: painted beside prices. `events` are sent one by one to whoever
    subscribes, after level 1 (`snapshot`, long names, where there is one). `pages`: timeframe -> bars, the answer to a
    question about history; only those that start before the time asked for are sent.
    """

    name: str
    events: Sequence[Mapping[str, Any]] = ()
    label: str = ""
    snapshot: Mapping[str, Any] | None = None
    pages: Mapping[str, Sequence[Mapping[str, Any]]] = {}
    market_ms: int = MARKET_MS
    #: After how many events the connection dies; None: it does not.
    dies_after: int | None = None
    #: False: questions about history are left open for ever.
    answers_history: bool = True

    def script(self) -> Script:
        """Greets, and answers what a relay server of ours answers."""
        hello = relay.Hello(list(FEATURES), "live-monitor", self.name, self.label or self.name.upper(),
                            market=self.name, timeframes=["1s", "1m", "1D"])  # fmt: skip

        async def script(peer: Peer) -> None:
            await peer.accept()
            await peer.send(relay.encode(hello), text=True)
            while True:
                message = await peer.recv()
                answers = self._answers(message) if isinstance(message, dict) else []
                for answer in answers:
                    await peer.send(answer)
                if answers and message["action"] == "subscribe" and self.dies_after is not None:
                    peer.abort()
                    return

        return script

    def _answers(self, message: Mapping[str, Any]) -> list[str]:
        action = message.get("action")
        if action == "hello":
            return [json.dumps({"type": "clock", "market_ms": self.market_ms, "speed": 1.0})]
        if action == "history":
            return [self._page(message)] if self.answers_history else []
        if action != "subscribe":
            return []
        symbols = message["symbols"]
        out = [json.dumps({"type": "ack", "action": "subscribe", "symbols": symbols})]
        if self.snapshot is not None and self.snapshot["symbol"] in symbols:
            out.append(json.dumps({"type": "snapshot", "data": self.snapshot}))
        shown = self.events if self.dies_after is None else self.events[: self.dies_after]
        return out + [market_data(event) for event in shown if event["sym"] in symbols]

    def _page(self, message: Mapping[str, Any]) -> str:
        bars = [
            bar
            for bar in self.pages.get(message["timeframe"], ())
            if bar["sym"] == message["symbol"] and bar["s"] < message["end_ms"]
        ]
        page = {name: message[name] for name in ("symbol", "timeframe", "request_id")}
        kept = bars[-message["limit"] :]
        more = len(bars) > len(kept)
        return json.dumps({"type": "history", **page, "bars": kept, "more": more})


def subscribed(server: ChaosServer) -> bool:
    """True when somebody has asked this server for events."""
    return any(isinstance(message, dict) and message.get("action") == "subscribe" for message in server.received)


class FailOver:
    """Serves `first` until `switch`, then `second`, both at `url`; each in a thread of its own.

    Clients whose connection ends with the first find the second when they connect again.
    """

    def __init__(self, first: Feed, second: Feed) -> None:
        port = free_port()
        self.first = ChaosServer(first.script(), port=port)
        self.second = ChaosServer(second.script(), port=port)
        self._switched = False

    @property
    def url(self) -> str:
        """The address of both, as a user would write it."""
        return self.first.url

    def switch(self) -> None:
        """Ends the first server and every connection to it, without a close frame, and starts the second."""
        assert not self._switched, "it fails over once"
        self._switched = True
        self.first.__exit__(None, None, None)
        self.second.__enter__()

    def __enter__(self) -> Self:
        self.first.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        (self.second if self._switched else self.first).__exit__(kind, error, trace)

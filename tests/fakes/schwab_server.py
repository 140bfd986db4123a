"""Schwab on loopback, in a process of its own, free to break every rule; see `far_end`.

    python -m tests.fakes.schwab_server [--token TESTTOKEN]

Both doors: `rest` answers questions and gives tokens (`schwab_login`), `ws` streams. The token of the command line is
good from the start. A question is answered once in another way after `answer{path, status, …}`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from tests.fakes import schwab_frames as frames
from tests.fakes.far_side import live, obey
from tests.fakes.listener import Listener
from tests.fakes.schwab_login import APP_KEY, APP_SECRET, LoginDesk, Reply
from tests.fakes.schwab_streamer import Streamer


class SchwabServer:
    """One loop; a desk that logs in, a streamer, and the questions of REST."""

    def __init__(self, token: str) -> None:
        self.desk = LoginDesk()
        self.tokens = {token}
        self.streamer = Streamer(self._good)
        self.ws = ""
        self._odd: dict[str, list[dict[str, Any]]] = {}
        self.questions: list[str] = []

    def _good(self, token: str) -> bool:
        return token in self.tokens or token in self.desk.good_access

    # -- REST -----------------------------------------------------------------------------------

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question; its answer closes the connection."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, target, _ = first.split(" ")
            self.questions.append(f"{method} {target}")
            path, _, query = target.partition("?")
            reply = self._reply(method, path, query, headers, body.decode("latin-1"))
            lines = [f"{name}: {value}\r\n" for name, value in reply.headers]
            length = len(reply.body) + (10 if reply.slow else 0)
            writer.write(f"HTTP/1.1 {reply.status} X\r\n{''.join(lines)}Content-Length: {length}\r\n".encode())
            writer.write(b"Connection: close\r\n\r\n" + reply.body)
            await writer.drain()
            if reply.slow:
                await self.streamer.ended.wait()
        writer.close()

    def _reply(self, method: str, path: str, query: str, headers: Mapping[str, str], body: str) -> Reply:
        if path.startswith("/v1/oauth/"):
            return self.desk.authorize(query) if method == "GET" else self.desk.token(headers["authorization"], body)
        odd = self._odd.get(path)
        if odd:
            told = odd.pop(0)
            return Reply(
                told.get("status", 200),
                told["body"].encode() if "body" in told else b"A" * told.get("size", 0),
                tuple((name, value) for name, value in told.get("headers", {}).items()),
                slow=told.get("slow", False),
            )
        if not self._good(headers.get("authorization", "").removeprefix("Bearer ")):
            return Reply(401, b'{"message":"Unauthorized","errors":["Invalid bearer token"]}')
        if method != "GET":
            return Reply(405, b"")
        found = self._found(path, {name: values[0] for name, values in parse_qs(query).items()})
        if found is None:
            return Reply(404, b'{"errors":[{"status":"404","title":"Not Found","detail":"No such thing"}]}')
        return Reply(200, json.dumps(found).encode())

    def _found(self, path: str, asked: Mapping[str, str]) -> Any:
        match path:
            case "/trader/v1/userPreference":
                return frames.preference(self.ws)
            case "/trader/v1/accounts/accountNumbers":
                return [{"accountNumber": frames.ACCOUNT, "hashValue": frames.ACCOUNT_HASH}]
            case "/trader/v1/accounts":
                return frames.accounts()
            case "/trader/v1/orders":
                return frames.orders() if {"fromEnteredTime", "toEnteredTime"} <= asked.keys() else None
            case "/marketdata/v1/quotes":
                return self._quotes(asked["symbols"].split(","))
            case "/marketdata/v1/pricehistory":
                daily = asked["frequencyType"] == "daily"
                return frames.candles(asked["symbol"], int(asked["startDate"]), int(asked["endDate"]), daily=daily)
            case "/marketdata/v1/instruments":
                apple = {"cusip": "037833100", "symbol": "AAPL", "description": "Apple Inc", "exchange": "NASDAQ"}
                return {"instruments": [{**apple, "assetType": "EQUITY"}]}
        return None

    def _quotes(self, symbols: list[str]) -> dict[str, Any]:
        rows = {symbol: self.streamer.row(symbol) for symbol in symbols}
        found: dict[str, Any] = {symbol: frames.quote(symbol, row) for symbol, row in rows.items() if row is not None}
        bad = [symbol for symbol, row in rows.items() if row is None]
        return {**found, "errors": {"invalidSymbols": bad}} if bad else found

    # -- commands -------------------------------------------------------------------------------

    async def do(self, what: str, given: dict[str, Any]) -> Mapping[str, Any] | None:
        """One command of `far_end`. Raises ValueError for one that is not known."""
        streamer = self.streamer
        match what:
            case "trade" | "quote" | "bar" | "activity" | "flood":
                told: Mapping[str, Any] = await getattr(streamer, what)(**given)
                return told
            case "change":
                return await streamer.change(given.pop("symbol"), **given)
            case "emit":
                return {"sent": await streamer.send(given["text"])}
            case "heartbeat":
                return {"sent": await streamer.send(frames.heartbeat())}
            case "stop":
                return {"sent": await streamer.send(frames.notify(given.get("code", 30), "Stop streaming"))}
            case "close" | "abort" | "half_frame" | "garbage":
                return await streamer.damage(what, given)
            case "answer":
                self._odd.setdefault(given.pop("path"), []).extend([given] * given.pop("times", 1))
            case "revoke":
                self.tokens.clear()
                self.desk.good_access.clear()
                self.desk.good_refresh.clear()
            case "forget_access":
                self.desk.good_access.clear()
            case "allow":
                self.tokens.add(given["token"])
            case "login":
                return self._log_in()
            case "seen":
                return self._seen()
            case _:
                streamer.behave(what, given)
        return None

    def _seen(self) -> dict[str, Any]:
        streamer = self.streamer
        return {
            "connections": streamer.connections,
            "logins": streamer.logins,
            "open": len(streamer.peers),
            "subscribed": streamer.subscribed(),
            "requests": streamer.requests,
            "questions": self.questions,
            "renewals": [form for form in self.desk.forms if form.get("grant_type") == "refresh_token"],
        }

    def _log_in(self) -> dict[str, Any]:
        """Tokens, without a browser."""
        code = self.desk.code({"redirect_uri": "x"})
        basic = base64.b64encode(f"{APP_KEY}:{APP_SECRET}".encode()).decode()
        quoted = code.replace("+", "%2B").replace("/", "%2F").replace("@", "%40")
        reply = self.desk.token(f"Basic {basic}", f"grant_type=authorization_code&redirect_uri=x&code={quoted}")
        self.desk.forms.clear()
        tokens: dict[str, Any] = json.loads(reply.body)
        return tokens


async def _run(given: argparse.Namespace) -> None:
    server = SchwabServer(given.token)
    stream = Listener(server.streamer.serve, limit=2**22)
    rest = Listener(server.visit)
    server.ws = f"ws://127.0.0.1:{stream.port}/ws"
    await obey({"ws": server.ws, "rest": f"http://127.0.0.1:{rest.port}"}, server.do)
    server.streamer.ended.set()
    await stream.close()
    await rest.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--token", default="TESTTOKEN")
    options = parser.parse_args()
    live(lambda: _run(options))

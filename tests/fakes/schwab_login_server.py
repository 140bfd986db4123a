"""Schwab's log-in as a server on loopback, in a process of its own (`FarEnd("schwab_login_server")`).

Commands: answer{how, to} · renewing{same} · lives{seconds} · login → tokens of a log-in of now · revoke · seen.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from tests.fakes.far_side import live, obey
from tests.fakes.schwab_login import APP_KEY, APP_SECRET, LoginDesk, Reply


class Server:
    """One desk behind a socket; every answer closes its connection."""

    def __init__(self) -> None:
        self.desk = LoginDesk()
        self.requests: list[str] = []
        self._ended = asyncio.Event()

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, target, _ = first.split(" ")
            self.requests.append(f"{method} {target}")
            reply = self._reply(method, target, headers, body.decode("latin-1"))
            await self._send(writer, reply)
        writer.close()

    def _reply(self, method: str, target: str, headers: Mapping[str, str], body: str) -> Reply:
        path, _, query = target.partition("?")
        if (method, path) == ("GET", "/v1/oauth/authorize"):
            return self.desk.authorize(query)
        if (method, path) == ("POST", "/v1/oauth/token"):
            return self.desk.token(headers.get("authorization", ""), body)
        return Reply(404, b"")

    async def _send(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
        length = len(reply.body) + (1000 if reply.slow else 0)
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{lines}Content-Length: {length}\r\n".encode())
        writer.write(b"Connection: close\r\n\r\n" + reply.body)
        await writer.drain()
        if reply.slow:
            # A byte now and then: no time-out between two of them is reached, only one for the whole.
            for _ in range(1000):
                if self._ended.is_set():
                    break
                writer.write(b" ")
                await writer.drain()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ended.wait(), 0.05)

    def log_in(self) -> dict[str, Any]:
        """Tokens, without a browser."""
        code = self.desk.code({"redirect_uri": "x"})
        basic = base64.b64encode(f"{APP_KEY}:{APP_SECRET}".encode()).decode()
        how, self.desk.how = self.desk.how, "normal"
        reply = self.desk.token(f"Basic {basic}", f"grant_type=authorization_code&redirect_uri=x&code={_quoted(code)}")
        self.desk.how = how
        self.desk.forms.pop()
        tokens: dict[str, Any] = msgspec.json.decode(reply.body)
        return tokens

    async def obey(self, what: str, arguments: dict[str, Any]) -> Mapping[str, Any] | None:
        desk = self.desk
        match what:
            case "answer":
                desk.how, desk.to = arguments["how"], arguments.get("to", "")
            case "renewing":
                desk.same_refresh = arguments["same"]
            case "lives":
                desk.lives_s = arguments["seconds"]
            case "login":
                return self.log_in()
            case "revoke":
                desk.good_refresh.clear()
                desk.good_access.clear()
            case "seen":
                return {
                    "requests": self.requests,
                    "forms": desk.forms,
                    "access": sorted(desk.good_access),
                    "refresh": sorted(desk.good_refresh),
                }
            case _:
                raise ValueError(what)
        return None

    async def run(self) -> None:
        listener = await asyncio.start_server(self.visit, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        await obey({"rest": f"http://127.0.0.1:{port}"}, self.obey)
        self._ended.set()
        listener.close()


def _quoted(code: str) -> str:
    return code.replace("+", "%2B").replace("/", "%2F").replace("@", "%40")


if __name__ == "__main__":

    async def start() -> None:
        await Server().run()

    live(start)

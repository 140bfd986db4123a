"""A browser that comes back from Schwab's log-in, and people who only pretend to be one: raw bytes over TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from live_monitor.clock import ManualClock
from live_monitor.providers.schwab_auth import LoginFlow, SchwabApp, TokenEndpoint
from live_monitor.secrets import Secret, SecretStore
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.secrets.key_stores import GoodKeyring


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def flow(
    rest: str, folder: Path, clock: ManualClock, keyring: GoodKeyring, *, path: str = "", pkce: bool = False
) -> LoginFlow:
    """A log-in whose callback is a free port of this machine."""
    app = SchwabApp(Secret(APP_KEY), Secret(APP_SECRET), f"https://127.0.0.1:{free_port()}{path}")
    store = SecretStore({}, folder / "secrets", keyring=lambda: keyring)
    return LoginFlow(app, store, clock, folder / "callback", endpoint=TokenEndpoint(rest, timeout_s=5.0), pkce=pkce)


async def logs_in(address: str) -> str:
    """The person logs in and agrees: where Schwab then sends the browser."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        reply = await browser.get(address)
    assert reply.status_code == 302, reply.text
    return str(reply.headers["location"])


def request(address: str, **changes: str) -> bytes:
    """What a browser sends to arrive at `address`; `changes`: another method, target, version or host."""
    parts = urlsplit(address)
    target = changes.get("target", f"{parts.path}?{parts.query}")
    host = changes.get("host", f"Host: {parts.netloc}\r\n")
    head = f"{changes.get('method', 'GET')} {target} {changes.get('version', 'HTTP/1.1')}\r\n{host}"
    return f"{head}Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n{changes.get('more', '')}\r\n".encode(
        "latin-1"
    )


async def send(port: int, data: bytes, *, tls: bool = True) -> bytes:
    """All that comes back for `data`; nothing where the connection is refused or dropped."""
    # As the browser after the person let the certificate pass.
    context = ssl._create_unverified_context() if tls else None
    answer = b""
    with suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        try:
            writer.write(data)
            answer = await asyncio.wait_for(reader.read(), 10.0)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
    return answer


async def listening(port: int) -> None:
    """Returns once somebody listens at `port`."""
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return
    raise TimeoutError(f"nobody listens at {port}")

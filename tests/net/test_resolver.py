"""Host names without waiting for a resolver that says nothing."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from live_monitor.net.resolver import resolve


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("host", "addresses"),
    [("192.0.2.7", ["192.0.2.7"]), ("2001:db8::7", ["2001:db8::7"]), ("localhost", ["127.0.0.1", "::1"])],
)
async def test_addresses_and_this_machine_are_known_without_asking(
    host: str, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("nobody had to be asked"))
    assert await resolve(host, 443) == addresses


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 300, "a..b"])
async def test_f11_a_name_without_an_address_is_an_error_of_the_network(host: str) -> None:
    with pytest.raises(OSError, match=r"no address|not a host name"):
        await resolve(host, 443)


@pytest.mark.asyncio
async def test_each_address_is_named_once_in_the_order_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(2, 1, 6, "", (address, 443)) for address in ("192.0.2.2", "192.0.2.1", "192.0.2.2")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)
    assert await resolve("feed.example", 443) == ["192.0.2.2", "192.0.2.1"]


@pytest.mark.asyncio
async def test_f11_a_silent_resolver_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, silence = threading.Event(), threading.Event()

    def never_answers(*_: object, **__: object) -> list[object]:
        asked.set()
        silence.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never_answers)
    task = asyncio.create_task(resolve("feed.example", 443))
    while not asked.is_set():
        await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(task, return_exceptions=True)
    waiting = [thread for thread in threading.enumerate() if thread.name == "resolver"]
    assert [thread.daemon for thread in waiting] == [True]
    silence.set()
    for thread in waiting:
        thread.join(10)

"""Host names to addresses in daemon threads of our own.

asyncio resolves in its default executor and waits for that thread when it ends: a silent DNS
server would hold the program open for ten seconds (measured). A daemon thread is left behind.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, at least one. Raises OSError when there is none; can be cancelled at once."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass  # a name, not an address: ask the resolver
    if host == "localhost":
        return ["127.0.0.1", "::1"]
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def settle(addresses: list[str], error: OSError | None) -> None:
        if future.done():
            return
        if addresses:
            future.set_result(addresses)
        else:
            future.set_exception(error or OSError(f"{host} has no address"))

    def look_up() -> None:
        addresses: list[str] = []
        error: OSError | None = None
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(row[4][0]) for row in rows))
        except OSError:
            error = OSError(f"{host} has no address")
        except ValueError:
            error = OSError(f"{host} is not a host name")
        try:
            loop.call_soon_threadsafe(settle, addresses, error)
        except RuntimeError:
            return  # the loop closed meanwhile: nobody waits for this answer

    threading.Thread(target=look_up, name="resolver", daemon=True).start()
    return await future

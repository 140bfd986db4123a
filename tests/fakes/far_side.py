"""The far side of `far_end`: the process in which a vendor's fake server lives."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

#: Does one command: its name, its arguments; what it returns is merged into the answer.
Handle = Callable[[str, dict[str, Any]], Awaitable[Mapping[str, Any] | None]]


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def obey(addresses: Mapping[str, str], handle: Handle) -> None:
    """Says where it listens, then does what it is told, one thing after the other, until its input ends."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, name="stdin", daemon=True).start()
    _say(addresses)
    while line := await lines.get():
        command = json.loads(line)
        what = command.pop("do")
        try:
            done = await handle(what, command)
        except (ValueError, KeyError, TypeError, LookupError) as error:
            _say({"error": f"{type(error).__name__}: {error}"})
        else:
            _say({"done": what, **(done or {})})


def live(start: Callable[[], Awaitable[None]]) -> None:
    """Runs `start` in a loop of its own until it is over."""

    async def whole() -> None:
        await start()

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(whole())

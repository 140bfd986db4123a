"""The frames in docs/relay-protocol.md are what the program reads and writes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from live_monitor import limits
from live_monitor.limits import Rejections
from live_monitor.server import relay as server
from live_monitor.server.relay_frames import FRAME_BYTES, FRAME_EVENTS, PAGE_BYTES
from live_monitor.server.relay_outbox import QUEUE_EVENTS
from live_monitor.server.relay_session import MAX_NAMED
from live_monitor.wire.relay import RelayDecoder, decode_request

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "relay-protocol.md").read_text(encoding="utf-8")


def lines(side: str) -> list[str]:
    blocks = re.findall(rf"^```{side}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("line", lines("client"))
def test_the_server_understands_what_clients_are_told_to_send(line: str) -> None:
    request = decode_request(line.encode())
    assert request is not None
    assert request.action in ("hello", "subscribe", "unsubscribe", "snapshot", "history")


@pytest.mark.parametrize("line", lines("server"))
def test_the_desktop_understands_what_servers_are_told_to_send(line: str) -> None:
    rejections = Rejections()
    assert RelayDecoder(rejections).decode(line.encode(), 0, limits.MAX_TIME_MS)
    assert rejections.total == 0


@pytest.mark.parametrize(
    "figure",
    [
        f"{FRAME_EVENTS} events and {FRAME_BYTES // 1024} KiB a frame",
        f"{PAGE_BYTES // 1024} KiB",
        f"{QUEUE_EVENTS:,} events wait",
        f"at most {server.CLIENT_MESSAGE_BYTES // 1024} KiB",
        f"at most {MAX_NAMED:,} symbols",
        f"at most {limits.MAX_SUBSCRIPTIONS} subscriptions",
        f"the {limits.MAX_CLIENTS + 1}th client",
    ],
)
def test_the_figures_are_those_of_the_program(figure: str) -> None:
    assert figure in TEXT

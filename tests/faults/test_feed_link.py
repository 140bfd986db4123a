"""Rows F1-F5, F8, F10, F12, M5: how the link behaves when the far end does what it should not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import SystemClock
from live_monitor.data.feed_thread import STOP_WAIT_MS
from live_monitor.data.inbox import SubscriptionProblem
from live_monitor.net.stream_link import LinkTiming
from live_monitor.wire.reconnect import ALERT_AFTER_ATTEMPTS, FIRST_DELAY_S, MAX_DELAY_S, Backoff
from tests.fakes.blackhole import BlackholeProxy
from tests.fakes.chaos_peer import Peer
from tests.fakes.chaos_server import (
    ChaosServer,
    answers_http,
    closes,
    closes_at_once,
    documented,
    free_port,
    greets,
    never_answers,
    refuses_tcp,
    says_status,
    sends_huge,
    stalls,
)
from tests.faults.conftest import PINGING, QUICK, Seen

Connect = Callable[..., Seen]
TIMES = 50


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012])
def test_f1_after_any_close_it_is_back_subscribed_and_the_gap_is_told(
    code: int, connect: Connect, qtbot: QtBot
) -> None:
    scripts = [closes(code, after=1)] * TIMES
    with ChaosServer(*scripts, documented()) as server:
        seen = connect(server.url, timing=QUICK._replace(delay_scale=0.0005))
        qtbot.waitUntil(lambda: seen.count("live") == len(seen.trades) == TIMES + 1, timeout=30_000)
        assert seen.count("retrying") == TIMES
        assert server.received[-1]["action"] == "subscribe"
        assert server.received[-1]["symbols"] == ["AAPL"]


def test_f2_a_server_that_accepts_and_closes_is_met_with_growing_delays(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(closes_at_once()) as server:
        scale = 0.02
        seen = connect(server.url, timing=QUICK._replace(delay_scale=scale))
        qtbot.waitUntil(lambda: len(server.connections) >= 6, timeout=10_000)
        seen.client.disconnect_from_server()
        times = [connection.at for connection in server.connections]
        waits = [link.retry_in_s / scale for link in seen.links if link.state == "retrying"]
    for attempt, wait in enumerate(waits):
        full = min(FIRST_DELAY_S * 2**attempt, MAX_DELAY_S)
        assert 0.5 * full <= wait <= full
    assert len([at for at in times if at - times[0] <= 60 * scale]) <= 10


def test_f3_refused_for_ten_minutes_it_keeps_trying_every_15_to_30_seconds() -> None:
    backoff = Backoff(Random(3))
    elapsed, delays = 0.0, []
    while elapsed < 600:
        delays.append(backoff.next_delay())
        elapsed += delays[-1]
        backoff.streamed(0.5)
    assert all(0.5 * MAX_DELAY_S <= delay <= MAX_DELAY_S for delay in delays[5:])
    assert len(delays) <= 45
    backoff.streamed(30.0)
    assert backoff.next_delay() <= FIRST_DELAY_S


def test_f3_nobody_listens_yet_and_the_first_connection_retries_like_any_other(connect: Connect, qtbot: QtBot) -> None:
    port = free_port()
    seen = connect(f"ws://127.0.0.1:{port}/ws/{{client_id}}")
    qtbot.waitUntil(lambda: seen.count("retrying") >= 3, timeout=20_000)
    with ChaosServer(port=port):
        qtbot.waitUntil(lambda: len(seen.trades) == 1, timeout=20_000)
    assert seen.errors == []


def test_f3_after_ten_attempts_the_attempt_is_named_and_it_never_gives_up(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(refuses_tcp()) as server:
        seen = connect(server.url, timing=QUICK._replace(delay_scale=0.0005))
        qtbot.waitUntil(lambda: bool(seen.links) and seen.links[-1].attempt > ALERT_AFTER_ATTEMPTS + 2, timeout=30_000)
    assert seen.count("failed") == 0


def test_f4_a_stalled_connection_is_noticed_by_ping_and_replaced(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(stalls(after=1), documented()) as server:
        seen = connect(server.url, timing=PINGING)
        started = time.monotonic()
        # More than one where a machine that stands still for a moment has cost a second connection as well.
        qtbot.waitUntil(lambda: seen.count("live") >= 2, timeout=30_000)
        took = time.monotonic() - started
        assert len(server.connections) >= 2
    assert took <= 5 * (PINGING.ping_s + PINGING.pong_s + 2)  # the product: 5 s + 5 s + 2 s


def test_f4_a_feed_that_waits_for_its_reader_is_not_taken_for_a_stalled_one(connect: Connect, qtbot: QtBot) -> None:
    async def waits(peer: Peer) -> None:
        await peer.accept()
        await peer.send('{"type":"hello","features":[],"pace":"max"}')
        await peer.stall()

    with ChaosServer(waits) as server:
        seen = connect(server.url, timing=PINGING)
        qtbot.waitUntil(lambda: seen.count("live") == 1, timeout=20_000)
        patience_ms = round(4_000 * (PINGING.ping_s + PINGING.pong_s))
        with pytest.raises(qtbot.TimeoutError):
            qtbot.waitUntil(lambda: seen.count("retrying") > 0, timeout=patience_ms)
        assert len(server.connections) == 1


def test_f4_the_products_own_times_notice_a_stall_within_twelve_seconds() -> None:
    timing = LinkTiming()
    assert timing.ping_s + timing.pong_s <= 12


def test_f5_a_half_open_connection_is_noticed_and_replaced(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(documented()) as server, BlackholeProxy(server.port) as proxy:
        # A handshake that begins while the proxy swallows is never answered either.
        timing = PINGING._replace(open_s=1.0)
        seen = connect(f"ws://127.0.0.1:{proxy.port}/ws/{{client_id}}", timing=timing)
        qtbot.waitUntil(lambda: len(seen.trades) == 1, timeout=20_000)
        proxy.swallow()
        qtbot.waitUntil(lambda: seen.count("retrying") >= 1, timeout=20_000)
        proxy.let_pass()
        qtbot.waitUntil(lambda: seen.count("live") >= 2 and len(seen.trades) >= 2, timeout=30_000)


def test_f8_a_handshake_that_is_never_answered_times_out_and_is_retried(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(never_answers(), documented()) as server:
        seen = connect(server.url, timing=QUICK._replace(open_s=0.2))
        qtbot.waitUntil(lambda: seen.count("live") == 1, timeout=20_000)
    assert "did not answer in time" in next(link.message for link in seen.links if link.state == "retrying")


@pytest.mark.parametrize("status", [200, 302, 500, 503])
def test_f8_other_answers_are_retried_and_a_redirect_is_not_followed(
    status: int, connect: Connect, qtbot: QtBot
) -> None:
    elsewhere = {"Location": f"ws://127.0.0.1:{free_port()}/ws/x"}
    with ChaosServer(answers_http(status, elsewhere), documented()) as server:
        seen = connect(server.url)
        qtbot.waitUntil(lambda: seen.count("live") == 1, timeout=20_000)
        assert len(server.connections) == 2
    assert seen.count("failed") == 0


@pytest.mark.parametrize("status", [401, 403])
def test_f8_a_refusal_of_access_stops_with_a_message(status: int, connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(answers_http(status), documented()) as server:
        seen = connect(server.url)
        qtbot.waitUntil(lambda: seen.count("failed") == 1, timeout=20_000)
        qtbot.wait(200)
        assert len(server.connections) == 1
    assert f"HTTP {status}" in seen.errors[0]
    assert "credentials" in seen.errors[0]


def test_f8_too_many_requests_waits_for_as_long_as_the_server_says(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(answers_http(429, {"Retry-After": "60"}), documented()) as server:
        seen = connect(server.url)
        qtbot.waitUntil(lambda: seen.count("live") == 1, timeout=20_000)
        first, second = (connection.at for connection in server.connections)
    assert second - first >= 60 * QUICK.delay_scale


@pytest.mark.parametrize(
    ("script", "name"),
    [
        (says_status("auth_failed", "authentication failed", then_close=1006), "authentication failed"),
        (says_status("max_connections", "Maximum number of connections exceeded.", then_close=1008), "max_connections"),
        (closes(1008, reason="Maximum number of connections exceeded"), "Maximum number of connections"),
        (says_status("auth_timeout", "", then_close=1000), "auth_timeout"),
    ],
)
def test_f10_a_refused_session_stops_after_one_attempt(
    script: object, name: str, connect: Connect, qtbot: QtBot
) -> None:
    with ChaosServer(script, documented()) as server:  # type: ignore[arg-type]  # a script, whatever its name
        seen = connect(server.url)
        qtbot.waitUntil(lambda: seen.count("failed") == 1, timeout=20_000)
        qtbot.wait(200)
        assert len(server.connections) == 1
    assert name in seen.errors[0]


@pytest.mark.parametrize(
    "url", ["http://localhost/x", "ws://", "localhost:8200", "", "ws://host:99999999/x", "wss://[::1/ws", "ws://\x00/"]
)
def test_an_address_that_is_none_stops_with_words_instead_of_retrying(url: str, connect: Connect, qtbot: QtBot) -> None:
    seen = connect(url)
    qtbot.waitUntil(lambda: seen.count("failed") == 1, timeout=20_000)
    assert "ws://" in seen.errors[0]


def test_f12_only_the_refused_and_the_unanswered_symbol_are_marked(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(greets(refuse={"ZZZZ": "unknown symbol"}, unanswered=["SLOW"])) as server:
        # Long enough for the answers that do come, on a machine that is busy with something else.
        seen = connect(server.url, timing=QUICK._replace(ack_s=1.0))
        seen.client.subscribe(["ZZZZ", "SLOW", "MSFT"])

        def problems() -> set[tuple[str, str]]:
            return {(item.symbol, item.reason) for item in seen.items if isinstance(item, SubscriptionProblem)}

        qtbot.waitUntil(lambda: len(problems()) == 2, timeout=20_000)
        assert problems() == {("ZZZZ", "unknown symbol"), ("SLOW", "no answer from the server")}
        qtbot.waitUntil(lambda: {trade.symbol for trade in seen.trades} == {"AAPL", "MSFT"}, timeout=20_000)
    assert LinkTiming().ack_s + LinkTiming().ack_s / 4 <= 5


def test_m5_a_message_of_five_mebibytes_closes_the_connection_and_it_comes_back(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(sends_huge(), documented()) as server:
        seen = connect(server.url, timing=QUICK)
        before = _resident_bytes()
        qtbot.waitUntil(lambda: len(seen.trades) == 1, timeout=10_000)
        assert len(server.connections) == 2
        assert _resident_bytes() - before <= 64 * 2**20
    assert "larger than 1 MiB" in next(link.message for link in seen.links if link.state == "retrying")


def _resident_bytes() -> int:
    """What the process holds in memory, 0 where the system does not say it here."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)


def test_desired_subscriptions_are_the_truth_on_every_connection(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(documented()) as server:
        seen = connect(server.url)
        qtbot.waitUntil(lambda: len(seen.trades) == 1, timeout=20_000)
        seen.client.subscribe(["MSFT", "NVDA"], ["T"])
        seen.client.unsubscribe("AAPL")
        server.wait_for(lambda: {"action": "unsubscribe", "symbols": ["AAPL"]} in server.received)
        already = len(server.received)
        seen.client.reconnect("asked by the test")
        qtbot.waitUntil(lambda: seen.count("live") == 2, timeout=20_000)
        server.wait_for(lambda: len(server.received) > already)
        assert server.received[already:] == [{"action": "subscribe", "symbols": ["MSFT", "NVDA"], "channels": ["T"]}]


def test_a_symbol_that_is_none_is_never_sent(connect: Connect, qtbot: QtBot) -> None:
    with ChaosServer(documented()) as server:
        seen = connect(server.url)
        qtbot.waitUntil(lambda: len(seen.trades) == 1, timeout=20_000)
        seen.client.subscribe(["<b>", "MSFT"])
        seen.client.change_symbol("../../x")
        qtbot.waitUntil(lambda: len(seen.trades) == 2, timeout=20_000)
        assert len(seen.errors) == 2
        assert all("<b>" not in str(message) and "../" not in str(message) for message in server.received)


@pytest.mark.parametrize(
    "state", ["connecting", "handshake", "live", "retrying", "resolving", "failed", "never started", "stalled"]
)
def test_u4_the_link_stops_at_once_from_every_state(state: str, connect: Connect, qtbot: QtBot) -> None:
    scripts = {
        "handshake": never_answers(),
        "live": documented(),
        "retrying": refuses_tcp(),
        "failed": answers_http(401),
        "stalled": stalls(after=1),
    }
    with ChaosServer(scripts.get(state, documented())) as server:
        # TEST-NET-1 never answers a SYN; a name under .invalid keeps a resolver busy.
        url = {"connecting": "wss://192.0.2.1:9/ws/x", "resolving": "wss://nowhere.invalid/ws/x"}.get(state, server.url)
        wanted = {"live": "live", "retrying": "retrying", "failed": "failed", "stalled": "live"}.get(state)

        def stop_takes(attempt: int) -> float:
            seen = connect(url, timing=LinkTiming(hello_s=0.05), clock=SystemClock())
            if wanted:
                qtbot.waitUntil(lambda: seen.count(wanted) >= 1, timeout=20_000)
            elif state == "handshake":
                server.wait_for(lambda: len(server.connections) == attempt)
            elif state != "never started":
                qtbot.waitUntil(lambda: seen.count("connecting") >= 1, timeout=20_000)
            started = time.perf_counter()
            seen.client.disconnect_from_server()
            return time.perf_counter() - started

        took = [stop_takes(attempt) for attempt in (1, 2, 3)]
    # The quickest of three: a machine that stands still for a moment is not meant.
    assert min(took) <= 5 * 0.1
    # Nobody had to be waited for in vain.
    assert max(took) < STOP_WAIT_MS / 1000

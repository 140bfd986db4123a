"""The shared store's connection, and every way in which what answers can be wrong."""

from __future__ import annotations

import gzip
import http.client
import logging
import re
import socket
import ssl
from base64 import b64encode
from urllib.parse import parse_qs, urlsplit

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.stores import influx_http
from live_monitor.data.stores.influx_errors import of_network
from live_monitor.data.stores.influx_http import InfluxHttp, place_of
from live_monitor.data.stores.influx_store import InfluxStore
from live_monitor.data.stores.store_errors import RefusedBars
from live_monitor.errors import StoreError
from live_monitor.log import RedactingFormatter, redact
from live_monitor.ports import SeriesKey
from tests.conformance.history_store import ALL_MS, FRIDAY_MS, KEY, a_bar, seconds
from tests.fakes.odd_http_server import OddHttpServer, Reply, answer

WELL = answer(204, X_Influxdb_Version="1.8.10")
EMPTY = answer(200, b'{"results":[{"statement_id":0},{"statement_id":1},{"statement_id":2}]}')
FOREIGN = b'{"results":[{},{},{"series":[{"columns":["time","a"],"values":[[1,2]]}]}]}'
PAGE = b"<!doctype html><html><title>Log in</title></html>"


def _untrusted() -> ssl.SSLCertVerificationError:
    problem = ssl.SSLCertVerificationError(1, "certificate verify failed")
    problem.verify_message = "self-signed certificate"
    return problem


CANARY = "canary-token-0123456789"


@pytest.fixture(autouse=True)
def forgotten_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers as a secret must not blank the texts of others."""
    monkeypatch.setattr(redact, "_values", frozenset())


def store_at(server: OddHttpServer, **more: str) -> InfluxStore:
    return InfluxStore(server.url, clock=SystemClock(), answer_s=0.4, **more)


def complaint(server: OddHttpServer, *, writes: bool = False, **more: str) -> StoreError:
    """What the store says when it reads, or writes, there."""
    store = store_at(server, **more)
    try:
        with pytest.raises(StoreError) as caught:
            store.put(KEY, seconds(3)) if writes else store.read(KEY, FRIDAY_MS, ALL_MS)
    finally:
        store.close()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500
    assert caught.value.remedy
    return caught.value


# -- what is sent ----------------------------------------------------------------------------------


def test_the_token_goes_into_the_header_and_names_into_the_query() -> None:
    with OddHttpServer(EMPTY) as server:
        store = store_at(server, token=CANARY, org="desk", bucket="market/month")
        store.read(KEY, FRIDAY_MS, ALL_MS)
        store.close()
    request = server.requests[0]
    asked = parse_qs(urlsplit(request.line.split()[1]).query)
    assert request.headers["Authorization"] == f"Token {CANARY}"
    assert (asked["db"], asked["rp"], asked["org"], asked["epoch"]) == (["market"], ["month"], ["desk"], ["ms"])
    assert CANARY not in request.line


@pytest.mark.parametrize("way", ["url", "token"])
def test_user_and_password_are_sent_as_basic_authorization_never_in_the_address(way: str) -> None:
    with OddHttpServer(EMPTY) as server:
        url = server.url.replace("//", "//anna:p%40ss-word@") if way == "url" else server.url
        store = InfluxStore(url, "anna:p@ss-word" if way == "token" else "", clock=SystemClock())
        with pytest.raises(StoreError):
            store.series()
        assert "p@ss" not in store.name
        assert "anna" not in store.name
        store.close()
    assert server.requests[0].headers["Authorization"] == f"Basic {b64encode(b'anna:p@ss-word').decode()}"
    assert "p%40ss" not in server.requests[0].line


def test_without_a_token_nothing_is_claimed() -> None:
    with OddHttpServer(EMPTY) as server:
        store = store_at(server)
        store.read(KEY, FRIDAY_MS, ALL_MS)
        store.close()
    assert "Authorization" not in server.requests[0].headers


def test_a_path_before_the_api_is_kept() -> None:
    with OddHttpServer(EMPTY) as server:
        store = InfluxStore(f"{server.url}/influx/", clock=SystemClock())
        store.read(KEY, FRIDAY_MS, ALL_MS)
        store.close()
    assert server.requests[0].line.startswith("GET /influx/query?")


def test_many_bars_are_sent_in_batches_over_one_connection() -> None:
    with OddHttpServer(WELL) as server:
        store = InfluxStore(server.url, clock=SystemClock())
        store.put(KEY, seconds(12_001))
        store.close()
    assert [request.body.count(b"\n") + 1 for request in server.requests] == [5_000, 5_000, 2_001]
    assert server.visits == 1
    assert all("precision=ms" in request.line for request in server.requests)


def test_only_what_goes_over_a_network_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_connection = http.client.HTTPConnection
    with OddHttpServer(WELL) as server:
        port = urlsplit(server.url).port
        near = InfluxHttp(place_of(server.url, ""), "", "db", SystemClock())
        near.write("x" * 10_000)
        near.close()
        far = InfluxHttp(place_of(f"http://far.example:{port}", ""), "", "db", SystemClock())
        monkeypatch.setattr(
            http.client, "HTTPConnection", lambda host, port, timeout: plain_connection("127.0.0.1", port, timeout)
        )
        far.write("x" * 10_000)
        far.close()
    plain, packed = server.requests
    assert plain.body == b"x" * 10_000
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body


def test_a_connection_that_was_closed_while_idle_is_made_anew_without_a_word() -> None:
    with OddHttpServer(Reply(WELL.data, "close")) as server:
        store = store_at(server)
        for _ in range(3):
            store.append([(KEY, a_bar(FRIDAY_MS))])
        store.close()
    assert len(server.requests) == server.visits == 3


# -- what comes back -------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store = InfluxStore(f"http://127.0.0.1:{port}", clock=SystemClock())
    with pytest.raises(StoreError, match=f"Nothing listens at the shared store's address http://127.0.0.1:{port}"):
        store.series()


def test_a_host_that_has_no_address() -> None:
    store = InfluxStore("http://no-such-host.invalid:8086", clock=SystemClock())
    with pytest.raises(StoreError, match=r"host .*no-such-host.invalid:8086 has no address"):
        store.series()
    with pytest.raises(StoreError, match="cannot be reached"):
        InfluxStore(f"http://{'a' * 70}.invalid:8086", clock=SystemClock()).series()


ANSWERS = [
    (answer(401, b'{"error":"authorization failed"}'), "does not know this user or token", "INFLUX_TOKEN"),
    (answer(401, b'{"code":"unauthorized","message":"unauthorized access"}'), "does not know", "INFLUX_TOKEN"),
    (answer(403, b'{"error":"x"}'), "does not let this user or token at 'live_monitor'", "right to read"),
    (answer(404, b'{"error":"database not found: \\"d\\""}'), "no database 'live_monitor'", "CREATE DATABASE"),
    (answer(404, b'{"code":"not found","message":"bucket \\"d\\" not found"}'), "no database", "DBRP"),
    (answer(200, b'{"results":[{"statement_id":0,"error":"database not found: d"}]}'), "no database", "DBRP"),
    (answer(404, b"404 page not found\n"), "answers not as InfluxDB does", "INFLUX_URL"),
    (answer(404, PAGE), "with a web page", "INFLUX_URL"),
    (answer(200, PAGE, Content_Type="text/html"), "with a web page", "INFLUX_URL"),
    (answer(200, b"[1,2,3]"), "answers not as InfluxDB does", "INFLUX_URL"),
    (answer(200, b'{"results":[{"series":[{"columns":["time"],"values":[["x"]]}]}]}'), "answers not as", "INFLUX_URL"),
    (answer(200, b'{"results":[' + b"[" * 50_000), "answers not as InfluxDB does", "INFLUX_URL"),
    (answer(200, b'{"results":[]}'), "0 results to 3 questions", "log"),
    (answer(200, FOREIGN), "unexpected columns time, a", "log"),
    (answer(302, b"", Location="http://elsewhere.example/"), "sends on to another address", "INFLUX_URL"),
    (answer(429, b"", Retry_After="7"), r"busy \(429\) and asks to wait 7 s", "later"),
    (answer(503, PAGE, Retry_After="soon"), r"busy \(503\)\.", "later"),
    (answer(500, b'{"error":"engine: cache-max-memory-size exceeded"}'), r"failed \(500\): engine: cache-max", "log"),
    (answer(502, PAGE), r"failed \(502\)\.", "log"),
    (answer(200, b'{"results":[{"error":"max-concurrent-queries limit"}]}'), "gave up: max-concurrent", "later"),
    (answer(400, b'{"error":"\\u001b[31mred\\nline ' + b"x" * 400 + b'"}'), r"\(400\):  ?\[31mred line x+ …", "log"),
    (Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"results\":[", "close"), "broke off", "later"),
    (Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"results\":[", "reset"), "broke off", "later"),
    (Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"res", "close"), "broke off", "later"),
    (Reply(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{\"res", "close"), "broke off", "later"),
    (Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"results\":[", "hang"), "within 0.4 s", "server runs"),
    (Reply(b"", "hang"), "did not answer within 0.4 s", "server runs"),
    (Reply(b"", "close"), "broke off", "later"),
    (Reply(b"-ERR unknown command 'GET'\r\n", "close"), "does not speak HTTP", "https://"),
    (Reply(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n", "close"), "broke off", "later"),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "says", "remedy"), ANSWERS, ids=range(len(ANSWERS)))
def test_p21_a_wrong_answer_is_one_clear_line_with_a_remedy(reply: Reply, says: str, remedy: str) -> None:
    with OddHttpServer(reply) as server:
        error = complaint(server)
        assert server.url in error.message
    assert re.search(says, error.message), error.message
    assert remedy in error.remedy, error.remedy


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (
            'partial write: field type conflict: input field "open" is type float, already exists as type integer',
            "BUCKET",
        ),
        ("partial write: points beyond retention policy dropped=3", "retention policy"),
        ("partial write: max-values-per-tag limit exceeded (100000/100000)", "limit"),
        ("unable to parse 'bars': missing fields", "report"),
    ],
)
def test_bars_that_will_never_be_taken_are_told_apart(words: str, remedy: str) -> None:
    with OddHttpServer(
        answer(400, f'{{"error":"{words[:40].replace(chr(34), "")}"}}'.encode(), X_Influxdb_Error=words)
    ) as server:
        error = complaint(server, writes=True)
    assert isinstance(error, RefusedBars)
    assert words[:30] in error.message
    assert remedy in error.remedy


def test_a_request_that_is_too_large_is_refused_for_good() -> None:
    with OddHttpServer(answer(413, b"Request Entity Too Large")) as server:
        assert isinstance(complaint(server, writes=True), RefusedBars)


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(influx_http, "MAX_ANSWER_BYTES", 1_000)
    with OddHttpServer(answer(200, b" " * 5_000)) as server:
        assert "broke off" in complaint(server).message


def test_after_a_failure_the_next_question_is_answered() -> None:
    with OddHttpServer(Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", "close"), EMPTY) as server:
        store = store_at(server)
        with pytest.raises(StoreError):
            store.read(KEY, FRIDAY_MS, ALL_MS)
        assert store.read(KEY, FRIDAY_MS, ALL_MS).length == 0
        store.close()


@pytest.mark.parametrize(
    ("problem", "says", "remedy"),
    [
        (_untrusted(), "is not trusted: self-signed certificate.", "authority"),
        (ssl.SSLError(1, "x"), "No secure connection", "http://"),
        (OSError(113, "No route to host"), "cannot be reached: No route to host.", "INFLUX_URL"),
    ],
)
def test_a_connection_that_does_not_come_about_says_why(problem: Exception, says: str, remedy: str) -> None:
    error = of_network("https://bars.example", problem, 3.0)
    assert says in error.message
    assert remedy in error.remedy


# -- secrets ---------------------------------------------------------------------------------------


def test_o6_a_token_is_in_no_error_and_no_log_line() -> None:
    password = "canary password 99"
    replies = (
        answer(401, f'{{"error":"no such token {CANARY}"}}'.encode()),
        answer(500, f'{{"error":"Authorization: Token {CANARY} from anna:{password}"}}'.encode()),
        Reply(b"", "close"),
    )
    with OddHttpServer(*replies) as server:
        url = server.url.replace("//", f"//anna:{password.replace(' ', '%20')}@")
        for number in range(3):
            store = InfluxStore(url, CANARY if number else "", clock=SystemClock(), answer_s=0.4)
            with pytest.raises(StoreError) as caught:
                store.series()
            store.close()
            record = logging.LogRecord("x", 20, "x.py", 1, "%s %s", (caught.value, store.name), None)
            for text in (str(caught.value), store.name, RedactingFormatter("%(message)s").format(record)):
                assert CANARY not in text
                assert password not in text
                assert "canary" not in text


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("ftp://host:8086", ""), ("http://", ""), ("host:8086", ""), ("http://host:99999", ""), ("http://[::1", ""),
        ("http://host:8086", "two\nlines"), ("http://host:8086", "tökén"),
    ],
)  # fmt: skip
def test_an_address_or_token_that_is_none_is_refused_at_once(url: str, token: str) -> None:
    with pytest.raises(StoreError) as caught:
        InfluxStore(url, token)
    assert caught.value.remedy
    assert not token or token not in str(caught.value)


def test_a_name_that_no_line_can_carry_is_refused_before_anything_is_sent() -> None:
    with OddHttpServer(WELL) as server:
        store = store_at(server)
        with pytest.raises(RefusedBars):
            store.put(SeriesKey("polygon", "A\nB", KEY.timeframe), seconds(1))
        store.close()
    assert server.requests == []

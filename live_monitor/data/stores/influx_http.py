"""One kept-alive connection to an InfluxDB, by its 1.x HTTP API. Standard library only (ADR 22).

Every request may be repeated: a write replaces what it wrote before. A connection that the server closed while it was
idle is therefore made anew, once, without a word.
"""

from __future__ import annotations

import gzip
import http.client
import ipaddress
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import unquote, urlencode, urlsplit

from live_monitor import __version__
from live_monitor.clock import Clock
from live_monitor.data.stores import influx_errors
from live_monitor.data.stores.influx_answer import Result, read_answer
from live_monitor.errors import StoreError
from live_monitor.log import redact
from live_monitor.settings import secrets_of, without_secrets

CONNECT_S = 3.0
#: Between two bytes of an answer, and for all of it.
ANSWER_S = 5.0
#: 100 times the answer to a page of bars; more is no answer to our questions.
MAX_ANSWER_BYTES = 256 * 2**20
_PIECE = 2**18
_NOT_EXECUTED = "not executed"
#: Below it packing costs more than it saves.
_WORTH_PACKING = 4_096


class Place(NamedTuple):
    """Where a server is and how to speak to it. `authorization` is a secret; never print a `Place`."""

    address: str
    secure: bool
    host: str
    port: int
    path: str
    authorization: str

    @property
    def near(self) -> bool:
        """True for a server on this machine."""
        with suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"


def place_of(url: str, token: str) -> Place:
    """Reads an address; user and password may stand in it, or as `user:password` in `token`. Raises StoreError.

    From here on the log never shows them.
    """
    for secret in (token, token.partition(":")[2], *_secrets(url)):
        redact.register(secret)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.hostname.isprintable():
        raise StoreError("The address of the shared store is none.", "Write it as http://host:8086 into INFLUX_URL.")
    secure = parts.scheme == "https"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not user and ":" in token:
        user, _, password = token.partition(":")
    if user:
        redact.register(password)
        # In the header, not as `u` and `p` in the address: addresses end up in the logs of servers and gateways.
        basic = b64encode(f"{user}:{password}".encode()).decode()
        redact.register(basic)
        authorization = f"Basic {basic}"
    else:
        authorization = f"Token {token}" if token else ""
    if not authorization.isascii() or not authorization.isprintable():
        raise StoreError("INFLUX_TOKEN holds characters that no token has.", "Copy it anew, without line breaks.")
    address = without_secrets(url).rstrip("/")
    port = port or (443 if secure else 80)
    return Place(address, secure, parts.hostname, port, parts.path.rstrip("/"), authorization)


def _secrets(url: str) -> list[str]:
    try:
        return secrets_of(url)
    except ValueError:
        return []


class InfluxHttp:
    """Used from one thread at a time. Every call may raise StoreError."""

    def __init__(self, place: Place, org: str, bucket: str, clock: Clock, *, answer_s: float = ANSWER_S) -> None:
        #: What the server calls itself, once it has answered.
        self.version = ""
        self._place = place
        self._bucket = bucket
        # As 2.x maps them: a bucket `db/rp` is the retention policy rp of the database db.
        database, _, policy = bucket.partition("/")
        self._common = {"db": database} | ({"rp": policy} if policy else {}) | ({"org": org} if org else {})
        self._clock = clock
        self._answer_s = answer_s
        self._connection: http.client.HTTPConnection | None = None
        #: How long the step under way may take; a complaint names it.
        self._patience_s = answer_s

    def write(self, lines: str) -> None:
        """Sends lines of the line protocol with times in ms; returns once the server has them."""
        body = lines.encode()
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if not self._place.near and len(body) >= _WORTH_PACKING:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        self._request("POST", f"/write?{urlencode(self._common | {'precision': 'ms'})}", body, headers)

    def query(self, statements: Sequence[str]) -> list[Result]:
        """Asks; one result for every statement, in order. Errors in them are raised."""
        asked = self._common | {"epoch": "ms", "q": ";".join(statements)}
        body = self._request("GET", f"/query?{urlencode(asked)}", None, {"Accept": "application/json"})
        try:
            answer = read_answer(body)
        except ValueError as problem:
            raise influx_errors.no_influx(self._place.address, body) from problem
        wrong = answer.error or next((result.error for result in answer.results if result.error), "")
        if wrong == _NOT_EXECUTED and len(statements) > 1:
            # Some versions say only this of several statements; of one alone they tell why.
            return [result for statement in statements for result in self.query([statement])]
        if wrong:
            raise influx_errors.of_words(self._place.address, self._bucket, wrong)
        if len(answer.results) != len(statements):
            surprise = f"{len(answer.results)} results to {len(statements)} questions"
            raise influx_errors.of_words(self._place.address, self._bucket, surprise)
        return sorted(answer.results, key=lambda result: result.statement_id)

    def close(self) -> None:
        """Hangs up. May be called twice; the next request connects anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        headers |= {"User-Agent": f"live-monitor/{__version__}"}
        if self._place.authorization:
            headers["Authorization"] = self._place.authorization
        kept = self._connection is not None
        try:
            try:
                status, answered, found = self._exchange(method, path, body, headers)
            except (ConnectionError, http.client.RemoteDisconnected):
                self.close()
                if not kept:
                    raise
                status, answered, found = self._exchange(method, path, body, headers)
        # UnicodeError: a host that can be no name.
        except (OSError, http.client.HTTPException, UnicodeError, influx_errors.Unfinished) as problem:
            self.close()
            raise influx_errors.of_network(self._place.address, problem, self._patience_s) from problem
        named = answered.get("X-Influxdb-Version", "")[:40]
        self.version = (named if named.isprintable() else "") or self.version
        wrong = influx_errors.of_answer(self._place.address, self._bucket, status, answered, found)
        if wrong is not None:
            raise wrong
        return found

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self._connection or self._connect()
        connection.request(method, self._place.path + path, body, headers)
        response = connection.getresponse()
        until = self._clock.monotonic() + self._answer_s
        pieces, length = [], 0
        while piece := response.read1(_PIECE):
            pieces.append(piece)
            length += len(piece)
            if length > MAX_ANSWER_BYTES:
                raise influx_errors.Unfinished
            if self._clock.monotonic() > until:
                raise TimeoutError
        # `read1` takes the end of the connection for the end of the answer.
        if response.length:
            raise influx_errors.Unfinished
        # Only now is the connection free for the next request.
        response.close()
        answered = {name.title(): value for name, value in response.getheaders()}
        if response.will_close:
            self.close()
        return response.status, answered, b"".join(pieces)

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._place.secure else http.client.HTTPConnection
        connection = kind(self._place.host, self._place.port, timeout=CONNECT_S)
        # Kept first, so that it is closed whatever happens next.
        self._connection, self._patience_s = connection, CONNECT_S
        connection.connect()
        self._patience_s = self._answer_s
        connection.sock.settimeout(self._answer_s)
        return connection

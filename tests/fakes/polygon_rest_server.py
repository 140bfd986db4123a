"""Polygon's REST service on loopback, in a process of its own; see `far_end`.

    python -m tests.fakes.polygon_rest_server [--key TESTKEY] [--mocks FOLDER]

Answers from tapes of its own (`polygon_tape`), told by `walk`, `prints`, `trade`; with `--mocks` also from recorded
answers, a file a path. `fault` makes the next answers bad, in the ways in which real ones are. The key has to come in
the header, on every page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fakes.far_side import live, obey
from tests.fakes.polygon_answers import Service

Query = dict[str, str]

ERRORS = {
    "400": (400, {"status": "ERROR", "request_id": "r1", "error": "The parameter 'limit' is not a number."}),
    "401": (401, {"status": "ERROR", "request_id": "r1", "error": "Unknown API Key"}),
    "403": (403, {"status": "NOT_AUTHORIZED", "request_id": "r1", "message": "You are not entitled to this data."}),
    "404": (404, {"status": "NOT_FOUND", "request_id": "r1", "message": "Ticker not found."}),
    "429": (429, {"status": "ERROR", "request_id": "r1", "error": "You've exceeded the maximum requests per minute."}),
    "500": (500, {"status": "ERROR", "request_id": "r1", "error": "internal"}),
}  # fmt: skip
HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class Handler(BaseHTTPRequestHandler):
    """One request a call; connections are kept alive, as the vendor's are."""

    protocol_version = "HTTP/1.1"
    server: RestServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        given = self.headers.get("Authorization", "")
        self.server.note(parts.path, query, given, self.client_address[1])
        fault = self.server.next_fault(parts.path)
        if fault is not None:
            self._fail(fault)
        elif given != f"Bearer {self.server.key}" or self.server.refuses:
            self._send(*ERRORS["401"])
        else:
            status, body = self.server.answer(parts.path, query)
            self._send(status, body)

    def _send(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(raw) > 1_000 and not headers:
            raw = gzip.compress(raw)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _fail(self, fault: dict[str, Any]) -> None:
        kind = fault["kind"]
        if kind in ERRORS:
            status, body = ERRORS[kind]
            after = fault.get("retry_after")
            self._send(status, fault.get("body", body), None if after is None else {"Retry-After": str(after)})
        elif kind == "html":
            self._send(fault.get("status", 200), HTML, {"Server": "nginx"})
        elif kind == "raw":
            self._send(fault.get("status", 200), fault["text"].encode(), {"Server": "odd"})
        elif kind == "redirect":
            self._send(302, b"", {"Location": fault["to"]})
        elif kind == "slow":
            self.server.ended.wait(fault["s"])
            self._send(200, {"status": "OK", "results": []})
        else:
            self._break(kind, fault)

    def _break(self, kind: str, fault: dict[str, Any]) -> None:
        """Answers that never end as they promised."""
        self.close_connection = True
        self.send_response(200)
        if kind == "half":
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"status":"OK","resul')
        elif kind == "drip":
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            while not self.server.ended.wait(0.02):
                try:
                    self.wfile.write(b" ")
                except OSError:
                    return
        elif kind in ("huge", "bomb"):
            if kind == "bomb":
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            piece = b" " * 2**20
            pieces = [gzip.compress(piece * fault["mb"])] if kind == "bomb" else [piece] * fault["mb"]
            for part in pieces:
                try:
                    self.wfile.write(part)
                except OSError:
                    return
        else:
            raise ValueError(f"unknown fault {kind!r}")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: standard output belongs to the commands."""


class RestServer(ThreadingHTTPServer):
    """What every handler thread shares."""

    daemon_threads = True

    def __init__(self, key: str, mocks: Path | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.key = key
        self.ended = threading.Event()
        self._mocks = mocks
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        """As if it had just started."""
        self.refuses = False
        self._service = Service(self._mocks)
        self._requests: list[dict[str, Any]] = []
        self._faults: deque[dict[str, Any]] = deque()

    def note(self, path: str, query: Query, authorization: str, port: int) -> None:
        """Remembers a request; never the key itself."""
        how = "header" if authorization == f"Bearer {self.key}" else ("other" if authorization else "none")
        with self._lock:
            named = self.key in json.dumps([path, query])
            self._requests.append(
                {
                    "port": port,
                    "path": path,
                    "query": query,
                    "key": how,
                    "key_in_address": named,
                    "at": time.monotonic(),
                }
            )

    def next_fault(self, path: str) -> dict[str, Any] | None:
        """The fault of this request, if any."""
        with self._lock:
            for fault in self._faults:
                if path.startswith(fault.get("path", "/")):
                    fault["times"] -= 1
                    if not fault["times"]:
                        self._faults.remove(fault)
                    return fault
        return None

    def answer(self, path: str, query: Query) -> tuple[int, Any]:
        """Status and body for one question."""
        with self._lock:
            return self._service.answer(path, query)

    async def do(self, what: str, given: dict[str, Any]) -> Mapping[str, Any] | None:
        """One command of `far_end`."""
        with self._lock:
            if what == "seen":
                return {
                    "connections": len({each["port"] for each in self._requests}),
                    "subscribed": [],
                    "requests": self._requests,
                }
            if what == "fault":
                self._faults.append({"times": 1, **given})
            elif what == "heal":
                self._faults.clear()
            elif what == "forget":
                self._forget()
            elif what in ("refuse_auth", "accept_auth"):
                self.refuses = what == "refuse_auth"
            else:
                return self._service.do(what, given)
            return None


async def _run(given: argparse.Namespace) -> None:
    mocks = Path(given.mocks) if given.mocks else None
    server = RestServer(given.key, mocks)
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    await obey({"rest": f"http://127.0.0.1:{server.server_port}"}, server.do)
    server.ended.set()
    server.shutdown()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--key", default="TESTKEY")
    parser.add_argument("--mocks", default="")
    options = parser.parse_args()
    live(lambda: _run(options))

"""Everything that an InfluxDB, or what stands in its place, can answer wrongly, as one line with its remedy."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Mapping

import msgspec

from live_monitor.data.stores.store_errors import RefusedBars
from live_monitor.errors import StoreError
from live_monitor.log import redact

_MAX_DETAIL = 200
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\ufffd]+")
#: Words of the server about lines that it will never take, however often they are sent.
_NEVER = (
    ("field type conflict", "Another program writes the same fields in another type: use another INFLUX_BUCKET."),
    ("beyond retention policy", "These bars are older than the server keeps any: lengthen its retention policy."),
    ("max-values-per-tag", "The server's limit of symbols is reached: raise it, or use another INFLUX_BUCKET."),
    ("max-series-per-database", "The server's limit of series is reached: raise it, or use another INFLUX_BUCKET."),
    ("max series", "The server's limit of series is reached: raise it, or use another INFLUX_BUCKET."),
    ("unable to parse", "Please report this: the server and this program disagree about the format of a line."),
)


class Unfinished(Exception):
    """An answer that ended before its end, or would not end."""


class _Said(msgspec.Struct):
    """How every version words an error."""

    error: str = ""
    message: str = ""


def of_network(address: str, problem: Exception, seconds: float) -> StoreError:
    """The connection failed before there was an answer, or in the middle of one."""
    check = "Check that the server runs, and INFLUX_URL."
    if isinstance(problem, TimeoutError):
        return StoreError(f"The shared store at {address} did not answer within {seconds:g} s.", check)
    if isinstance(problem, ssl.SSLCertVerificationError):
        return StoreError(
            f"The certificate of the shared store at {address} is not trusted: {problem.verify_message}.",
            "Install the certificate of its authority on this machine, or correct INFLUX_URL.",
        )
    if isinstance(problem, ssl.SSLError):
        why = _clean(getattr(problem, "reason", "") or "no reason given")
        return StoreError(
            f"No secure connection to the shared store at {address} came about: {why}.",
            "Where the server speaks plain HTTP, write http:// in INFLUX_URL.",
        )
    if isinstance(problem, ConnectionRefusedError):
        return StoreError(f"Nothing listens at the shared store's address {address}.", check)
    if isinstance(problem, socket.gaierror):
        return StoreError(f"The host of the shared store {address} has no address.", check)
    if isinstance(problem, http.client.BadStatusLine) and not isinstance(problem, http.client.RemoteDisconnected):
        return StoreError(
            f"What listens at {address} does not speak HTTP.",
            "Check INFLUX_URL; where the server wants a secure connection, write https://.",
        )
    if isinstance(problem, Unfinished | http.client.HTTPException | ConnectionError):
        return StoreError(f"The answer of the shared store at {address} broke off.", "It is asked again later.")
    reason = getattr(problem, "strerror", None) or str(problem)
    return StoreError(f"The shared store at {address} cannot be reached: {_clean(reason)}.", check)


def of_answer(address: str, bucket: str, status: int, headers: Mapping[str, str], body: bytes) -> StoreError | None:
    """What an answer's status says went wrong; None where all is well."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return StoreError(
            f"The shared store at {address} sends on to another address, which is not followed.",
            "Write the final address into INFLUX_URL.",
        )
    detail = _detail(headers, body)
    if status == 401:
        return StoreError(
            f"The shared store at {address} does not know this user or token.",
            "Check INFLUX_TOKEN (for 1.x: user:password).",
        )
    if status == 403:
        return StoreError(
            f"The shared store at {address} does not let this user or token at {bucket!r}.",
            "Give it the right to read and write there, or use another INFLUX_TOKEN.",
        )
    if status in (429, 503):
        wait = headers.get("Retry-After", "")
        asks = f" and asks to wait {int(wait)} s" if wait.isascii() and wait.isdigit() and len(wait) < 6 else ""
        return StoreError(f"The shared store at {address} is busy ({status}){asks}.", "It is asked again later.")
    if status == 413:
        return RefusedBars(f"The shared store at {address} takes no request of this size.", "Raise its max-body-size.")
    if not detail and status >= 500:
        return StoreError(f"The shared store at {address} failed ({status}).", "Look into the server's log.")
    if not detail or (status == 404 and "page not found" in detail):
        return no_influx(address, body)
    return of_words(address, bucket, detail, status)


def of_words(address: str, bucket: str, words: str, status: int = 200) -> StoreError:
    """What the server says in words, also in an answer whose status is 200."""
    detail, low = _clean(words), words.lower()
    if "database not found" in low or "dbrp" in low or ("bucket" in low and "not found" in low):
        return StoreError(
            f"The shared store at {address} has no database {bucket!r}.",
            "Create it (1.x: CREATE DATABASE; 2.x: a bucket with a DBRP mapping), or correct INFLUX_BUCKET.",
        )
    if "authoriz" in low or "unable to parse authentication" in low or "requires authentication" in low:
        return StoreError(
            f"The shared store at {address} refuses: {detail}.", "Check INFLUX_TOKEN and what it may read and write."
        )
    for sign, remedy in _NEVER:
        if sign in low:
            return RefusedBars(f"The shared store at {address} does not take bars: {detail}.", remedy)
    if "timeout" in low or "query killed" in low or "max-concurrent" in low or "max-select" in low:
        return StoreError(f"The shared store at {address} gave up: {detail}.", "It is asked again later.")
    shown = f" ({status})" if status >= 400 else ""
    return StoreError(f"The shared store at {address} failed{shown}: {detail}.", "Look into the server's log.")


def no_influx(address: str, body: bytes) -> StoreError:
    """The answer is none that an InfluxDB gives."""
    page = " but with a web page" if body.lstrip()[:1] == b"<" else ""
    return StoreError(
        f"What listens at {address} answers not as InfluxDB does{page}.",
        "Check INFLUX_URL: it names the database server itself, not its web pages or a gateway that asks for a log-in.",
    )


def _detail(headers: Mapping[str, str], body: bytes) -> str:
    """The words of an error: of its header, its JSON or its plain text; empty for a web page."""
    said = headers.get("X-Influxdb-Error", "")
    if said:
        return said
    try:
        told = msgspec.json.decode(body, type=_Said)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        text = body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text.splitlines()[0] if text else ""
    return told.error or told.message


def _clean(words: str) -> str:
    """One line of printable words without secrets; a server's words are shown to people and written to the log."""
    line = redact(_UNPRINTABLE.sub(" ", words)).strip().rstrip(".")
    return line if len(line) <= _MAX_DETAIL else f"{line[:_MAX_DETAIL]} …"

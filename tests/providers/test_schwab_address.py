"""Where Schwab may be asked, and how it is reached."""

from __future__ import annotations

import errno
import socket

import pytest

from live_monitor.errors import FatalFeedError
from live_monitor.providers.schwab_address import BASE_URL, read_address, unreachable


async def somewhere(host: str, port: int) -> list[str]:
    assert (host, port) == ("api.schwabapi.com", 443)
    return ["2001:db8::1", "192.0.2.1"]


@pytest.mark.asyncio
async def test_the_name_stays_in_the_request_and_in_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    place = read_address(BASE_URL)
    assert await place.reached(somewhere) == ("https://[2001:db8::1]:443", {"sni_hostname": "api.schwabapi.com"})
    assert place.named == "api.schwabapi.com"
    assert place.base == BASE_URL


@pytest.mark.asyncio
async def test_a_proxy_resolves_names_itself_but_not_those_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.test:3128")
    assert await read_address(BASE_URL).reached(somewhere) == (BASE_URL, {})
    assert await read_address("http://127.0.0.1:81").reached() == ("http://127.0.0.1:81", {})


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://api.schwabapi.com/", "https://api.schwabapi.com"),
        ("https://api.schwabapi.com:8443", "https://api.schwabapi.com:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://localhost:80", "http://localhost"),
    ],
)
def test_an_address_is_written_as_browsers_write_it(url: str, base: str) -> None:
    assert read_address(url).base == base


@pytest.mark.parametrize("url", ["https://x.test/path", "http://10.0.0.1", "https://x.test:port", "https://:443", "x"])
def test_no_other_address_is_asked(url: str) -> None:
    with pytest.raises(FatalFeedError, match="cannot be used"):
        read_address(url)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (OSError("api.schwabapi.com has no address"), "api.schwabapi.com has no address"),
        (socket.gaierror(8, "Name or service not known"), "Name or service not known"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 9)"), "connection refused"),
        (TimeoutError(), "no answer in time"),
        (EOFError(), "the connection broke"),
    ],
)
def test_why_there_is_no_answer_is_said_in_words(cause: Exception, words: str) -> None:
    outer = RuntimeError("ConnectError")
    outer.__cause__ = cause
    problem = unreachable(outer)
    assert problem.message == f"Schwab cannot be reached ({words})."
    assert problem.remedy

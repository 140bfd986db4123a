"""What Polygon's REST service may do wrong, over real HTTP."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from live_monitor.clock import ManualClock
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.errors import FatalFeedError, FeedError, LiveMonitorError, ProtocolError, RateLimited
from live_monitor.providers.polygon_door import KeyRefused, NotFound, NotInPlan, retry_after_s
from live_monitor.providers.polygon_rest import PolygonRest
from live_monitor.secrets import Secret
from tests.fakes.certificates import Authority
from tests.fakes.far_end import FarEnd
from tests.providers.polygon_service import HOUR, OPEN, at, rest_of

KEY = "CANARY-7c1e55"


@pytest.fixture
def far(polygon_service: FarEnd) -> FarEnd:
    return polygon_service


@pytest.fixture
def rest(far: FarEnd) -> Iterator[PolygonRest]:
    asks = rest_of(far)
    yield asks
    asks.close()


def _ask(rest: PolygonRest) -> Any:
    return rest.aggregates("QZPX", MINUTE, OPEN, OPEN + HOUR, 10)


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"kind": "401"}, KeyRefused, "does not know this key"),
        ({"kind": "403"}, NotInPlan, "not entitled to this data"),
        ({"kind": "404"}, NotFound, "Ticker not found"),
        ({"kind": "404", "body": "plain words"}, NotFound, "nothing of that name"),
        ({"kind": "400"}, FeedError, "status 400"),
        ({"kind": "500"}, FeedError, "status 500"),
        ({"kind": "html"}, ProtocolError, "not JSON"),
        ({"kind": "html", "status": 502}, FeedError, "status 502"),
        ({"kind": "raw", "text": ""}, ProtocolError, "not JSON"),
        ({"kind": "raw", "text": "[" * 100_000}, ProtocolError, "not JSON"),
        ({"kind": "raw", "text": '"a text"'}, ProtocolError, "not an object"),
        ({"kind": "raw", "text": "null"}, ProtocolError, "not an object"),
        ({"kind": "redirect", "to": "http://127.0.0.1:9/elsewhere"}, FeedError, "sends us elsewhere"),
        ({"kind": "half"}, FeedError, "broke off"),
        ({"kind": "slow", "s": 5}, FeedError, "did not answer in time"),
        ({"kind": "drip"}, FeedError, "did not answer in time"),
        ({"kind": "huge", "mb": 20}, ProtocolError, "larger than 16 MB"),
        ({"kind": "bomb", "mb": 40}, ProtocolError, "larger than 16 MB"),
        ({"kind": "raw", "text": '{"results":[],"next_url":"file:///etc/passwd"}'}, ProtocolError, "none of its own"),
        ({"kind": "raw", "text": '{"results":[],"next_url":"/v2/../../x"}'}, ProtocolError, "none of its own"),
        ({"kind": "raw", "text": '{"results":[],"next_url":"https://[bad/v2/x"}'}, ProtocolError, "no address"),
        ({"kind": "raw", "text": '{"results":[],"next_url":17}'}, ProtocolError, "no address"),
    ],
    ids=lambda value: f"{value['kind']}-{value.get('text', '')[:12]}" if isinstance(value, dict) else "",
)
def test_f8_a_service_that_errs_is_told_in_words_and_the_next_question_is_answered(
    far: FarEnd, rest: PolygonRest, fault: dict[str, Any], error: type[FeedError], words: str
) -> None:
    far.do("fault", **fault)

    with pytest.raises(error, match=words):
        _ask(rest)

    assert _ask(rest).bars == []  # nothing of it lingers
    assert len(far.seen()["requests"]) == 2  # and nothing was asked twice


def test_a_next_page_of_another_host_is_asked_of_ours(far: FarEnd, rest: PolygonRest) -> None:
    far.do("fault", kind="raw", text='{"results":[],"next_url":"https://evil.example/v2/aggs/x?cursor=1"}')

    with pytest.raises(NotFound):
        _ask(rest)

    second = far.seen()["requests"][1]
    assert (second["path"], second["key"]) == ("/v2/aggs/x", "header")


def test_a_wrong_key_is_named_as_such_and_appears_nowhere(far: FarEnd, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rest = rest_of(far, key=KEY)
    try:
        with pytest.raises(KeyRefused) as refused:
            _ask(rest)
    finally:
        rest.close()

    assert KEY not in str(refused.value) + repr(refused.value) + repr(rest.__dict__) + caplog.text
    assert not far.seen()["requests"][0]["key_in_address"]


@pytest.mark.parametrize("key", ["", "two words", "CANARY-1\r\nX-Evil: 1", "CANARY-\u20ac", "C" * 600])
def test_what_can_be_no_key_is_refused_before_anything_is_sent(
    far: FarEnd, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    rest = rest_of(far, key=key)

    with pytest.raises(KeyRefused, match="no key of Polygon") as refused:
        _ask(rest)

    assert "CANARY" not in str(refused.value) + caplog.text
    assert far.seen()["requests"] == []


@pytest.mark.parametrize("wrong", [{"self_signed": True}, {"valid_days": -1}, {"host": "other.example"}, {}])
def test_f9_a_certificate_that_cannot_be_trusted_ends_it_before_the_key_is_sent(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    """Also one that is right but for its authority, which only the test trusts."""
    context = Authority(tmp_path).server_context(**wrong)
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            peer, _ = listener.accept()
            with peer, suppress(OSError), context.wrap_socket(peer, server_side=True) as secure:
                heard.append(secure.recv(1_000))

        thread = threading.Thread(target=serve)
        thread.start()
        rest = PolygonRest(Secret(KEY), f"https://localhost:{listener.getsockname()[1]}", clock=ManualClock())
        with pytest.raises(FatalFeedError, match="certificate"):
            _ask(rest)
        rest.close()
        thread.join(10)

    assert heard in ([], [b""])


def test_nothing_listens_there_and_that_is_said_in_words() -> None:
    rest = PolygonRest(Secret("TESTKEY"), "http://127.0.0.1:1", clock=ManualClock())

    with pytest.raises(FeedError, match="cannot be reached"):
        _ask(rest)


def test_m2_one_bad_number_of_an_answer_costs_its_row_and_is_counted(far: FarEnd, rest: PolygonRest) -> None:
    good = {"o": 1.5, "h": 2, "l": 1, "c": 1.5, "v": 10.0, "t": OPEN, "n": 3}
    bad: list[dict[str, Any]] = [
        {"o": 0}, {"o": -1.5}, {"h": True}, {"l": None}, {"c": "1.5"}, {"v": -1}, {"t": 0}, {"t": OPEN + 1},
        {"h": 1.2}, {"o": 1e308}, {"l": 1.9}, {"c": []}, {"t": "2026-11-20"},
    ]  # fmt: skip
    text = far_text([good, *({**good, "t": OPEN + 60_000 * (at + 1), **row} for at, row in enumerate(bad))])
    far.do("fault", kind="raw", text=text.replace("1e+308", "1e999"))

    found = rest.aggregates("QZPX", MINUTE, OPEN, OPEN + HOUR, 1_000)

    assert [bar.start_ms for bar in found.bars] == [OPEN]
    assert rest.rejections.total == len(bad)


def far_text(rows: list[dict[str, Any]]) -> str:
    import json

    return json.dumps({"status": "OK", "results": rows})


# -- too often ----------------------------------------------------------------------------------------


class Naps:
    """A clock that sleeps by moving on."""

    def __init__(self) -> None:
        self.clock = at(OPEN)
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def paced(far: FarEnd, naps: Naps) -> Iterator[Callable[..., PolygonRest]]:
    made: list[PolygonRest] = []

    def make(**options: Any) -> PolygonRest:
        made.append(rest_of(far, clock=naps.clock, wait=naps, **options))
        return made[-1]

    yield make
    for rest in made:
        rest.close()


def test_f8_too_often_is_waited_for_as_long_as_the_server_says_then_asked_once_more(
    far: FarEnd, naps: Naps, paced: Callable[..., PolygonRest]
) -> None:
    rest = paced(patience_s=30)
    far.do("fault", kind="429", retry_after=7)

    assert _ask(rest).bars == []

    assert naps.slept == [pytest.approx(7)]
    assert len(far.seen()["requests"]) == 2


def test_a_longer_silence_than_anybody_waits_for_is_an_error_that_says_how_long(
    far: FarEnd, naps: Naps, paced: Callable[..., PolygonRest]
) -> None:
    rest = paced(patience_s=5)
    far.do("fault", kind="429", retry_after=60)

    with pytest.raises(RateLimited) as limited:
        _ask(rest)
    with pytest.raises(RateLimited):
        _ask(rest)

    assert limited.value.wait_s == pytest.approx(60)
    assert naps.slept == []
    assert len(far.seen()["requests"]) == 1  # the second question was not even asked
    naps.clock.advance(60)
    assert _ask(rest).bars == []


def test_a_refusal_without_a_time_means_the_free_plan_and_its_pace(
    far: FarEnd, naps: Naps, paced: Callable[..., PolygonRest]
) -> None:
    rest = paced(patience_s=100, requests_per_minute=1_200)
    far.do("fault", kind="429")

    for _ in range(6):
        _ask(rest)

    # Five a minute from then on: twelve seconds apart.
    assert naps.slept[1:] == [pytest.approx(12)] * 5
    assert len(far.seen()["requests"]) == 7


def test_the_free_plan_is_never_asked_more_than_five_times_a_minute(
    far: FarEnd, naps: Naps, paced: Callable[..., PolygonRest]
) -> None:
    rest = paced(patience_s=100, requests_per_minute=5)
    asked = []
    for _ in range(16):
        _ask(rest)
        asked.append(naps.clock.monotonic())

    for first, sixth in zip(asked, asked[10:], strict=False):
        assert sixth - first >= 60
    assert sum(naps.slept) == pytest.approx(11 * 12)


def test_closing_wakes_who_waits_for_a_turn(far: FarEnd) -> None:
    rest = rest_of(far, requests_per_minute=1, patience_s=1_000)
    _ask(rest)
    said: list[LiveMonitorError] = []

    def ask() -> None:
        try:
            _ask(rest)
        except FeedError as error:
            said.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    rest.close()
    thread.join(5)

    assert not thread.is_alive()
    assert [error.message for error in said] == ["The connection to Polygon was closed."]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), (" 12 ", 12.0), (None, None), ("", None), ("soon", None), ("-3", None), ("9" * 9, None)],
)
def test_a_retry_after_header_is_read_when_it_is_seconds(text: str | None, seconds: float | None) -> None:
    assert retry_after_s(text) == seconds

"""What the server's words mean, and which quotes begin and end a pause."""

from __future__ import annotations

import pytest

from live_monitor.data.models.market_data import Event, Quote, Status, Trade
from live_monitor.errors import FatalFeedError, FeedError
from live_monitor.providers.polygon_session import GOOD, Halts, judge_status, said
from live_monitor.secrets import Secret

AT = 1_795_188_600_000


@pytest.mark.parametrize(
    ("status", "fatal"),
    [
        *((status, None) for status in sorted(GOOD)),
        ("error", None),
        ("auth_required", None),
        ("something_new", None),
        ("auth_failed", True),
        ("auth_timeout", True),
        ("max_connections", True),
        ("slow_consumer", False),
        ("force_disconnect", False),
    ],
)
def test_every_status_goes_on_tries_again_or_stops(status: str, fatal: bool | None) -> None:
    ending = judge_status(Status(status, "words"))
    assert (ending is None) is (fatal is None)
    if ending is not None:
        assert isinstance(ending, FeedError)
        assert isinstance(ending, FatalFeedError) is fatal
        assert bool(ending.remedy) is fatal
        assert f"({status})" in ending.message


def test_words_of_the_server_are_one_bounded_line_without_the_key() -> None:
    Secret("canary-4711-polygon")
    words = said(Status("error", "a\n b canary-4711-polygon " + "x" * 9_000))
    assert words.startswith("a b ")
    assert "canary" not in words
    assert len(words) <= 500
    assert said(Status("error", "")) == "error"


def quote(condition: int | None, at_ms: int, symbol: str = "AAPL") -> Quote:
    return Quote(symbol, at_ms, 10.0, 1.0, 10.1, 1.0, condition=condition)


def test_a_pause_begins_once_and_ends_with_an_ordinary_quote_after_it() -> None:
    halts = Halts()
    events: list[Event] = [Trade("AAPL", 10.0, 1.0, AT), quote(43, AT), quote(43, AT + 1), quote(None, AT + 1, "MSFT")]
    assert [(fault.kind, fault.symbol, fault.from_ms) for fault in halts.look(events)] == [("halt", "AAPL", AT)]
    assert halts.paused == {"AAPL": AT}
    # Older than the pause, or of a state that is no end of it.
    assert list(halts.look([quote(None, AT), quote(13, AT + 5), quote(15, AT + 6)])) == []
    (fault,) = halts.look([quote(16, AT + 300_000)])
    assert (fault.kind, fault.from_ms, fault.to_ms) == ("resume", AT, AT + 300_000)
    assert halts.paused == {}


@pytest.mark.parametrize("condition", [None, 1, 16])
def test_any_ordinary_quote_ends_a_pause(condition: int | None) -> None:
    halts = Halts()
    list(halts.look([quote(43, AT)]))
    assert [fault.kind for fault in halts.look([quote(condition, AT + 1)])] == ["resume"]


def test_a_symbol_that_is_taken_up_again_tells_of_its_pause_anew() -> None:
    halts = Halts()
    list(halts.look([quote(43, AT)]))
    halts.follow(["AAPL", "MSFT"])
    assert list(halts.look([quote(43, AT + 1)])) == [], "it is followed all the time"
    halts.follow(["MSFT"])
    halts.follow(["AAPL", "MSFT"])
    assert [fault.kind for fault in halts.look([quote(43, AT + 2)])] == ["halt"]


def test_a_new_connection_knows_of_no_pause() -> None:
    halts = Halts()
    list(halts.look([quote(43, AT)]))
    halts.begin()
    assert list(halts.look([quote(None, AT + 1)])) == []

"""Accounts at a broker are looked at again and again; trouble is one line, and what was known stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import SystemClock
from live_monitor.data.models.broker import BrokerAccount
from live_monitor.errors import FatalFeedError, FeedError, LoginNeeded, RateLimited
from live_monitor.ports import AccountSource
from live_monitor.runtime.broker_watch import BrokerReport, BrokerWatch
from tests.fakes.far_end import FarEnd
from tests.providers.schwab_subject import TOKEN, GivenTokens, api_at


class ScriptedSource:
    """Answers what it is told to, one after the other; the last for ever."""

    provider = "schwab"

    def __init__(self, *answers: list[BrokerAccount] | FeedError) -> None:
        self._answers = list(answers)
        self.asked = 0
        self.closed = threading.Event()
        self.thread = ""

    async def accounts(self) -> list[BrokerAccount]:
        self.asked += 1
        self.thread = threading.current_thread().name
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, FeedError):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed.set()


class Heard:
    """A watch and what it reported."""

    def __init__(self, make: AccountSource | FatalFeedError, every_s: float) -> None:
        self.reports: list[BrokerReport] = []
        self.watch = BrokerWatch(lambda: _made(make), every_s=every_s)
        self.watch.looked.connect(self.reports.append)

    def __enter__(self) -> Heard:
        self.watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.watch.stop()


def _made(source: AccountSource | FatalFeedError) -> AccountSource:
    if isinstance(source, FatalFeedError):
        raise source
    return source


ACCOUNT = BrokerAccount("HASH", "…5678")


def test_it_looks_again_and_again_on_a_thread_of_its_own(qtbot: QtBot) -> None:
    source = ScriptedSource([ACCOUNT])
    with Heard(source, 0.01) as heard:
        qtbot.waitUntil(lambda: len(heard.reports) >= 3)
    assert heard.reports[0] == BrokerReport((ACCOUNT,))
    assert source.thread == "feed"
    assert source.closed.is_set()


def test_it_looks_at_once_when_something_happened(qtbot: QtBot) -> None:
    with Heard(ScriptedSource([ACCOUNT]), 600.0) as heard:
        qtbot.waitUntil(lambda: len(heard.reports) == 1)
        for _ in range(20):
            heard.watch.look_now()
        qtbot.waitUntil(lambda: len(heard.reports) == 2)


def test_trouble_is_told_and_what_was_known_stays(qtbot: QtBot) -> None:
    source = ScriptedSource([ACCOUNT], FeedError("Schwab did not answer in time."), [])
    with Heard(source, 0.01) as heard:
        qtbot.waitUntil(lambda: len(heard.reports) >= 3)
    assert heard.reports[:3] == [
        BrokerReport((ACCOUNT,)),
        BrokerReport((ACCOUNT,), "Schwab did not answer in time."),
        BrokerReport(()),
    ]


def test_without_a_log_in_it_waits_until_it_is_told_of_one(qtbot: QtBot) -> None:
    source = ScriptedSource(LoginNeeded("There is no log-in at Schwab.", "Log in at Schwab."), [ACCOUNT])
    with Heard(source, 0.01) as heard:
        qtbot.waitUntil(lambda: len(heard.reports) == 1)
        assert heard.reports[0].trouble == "There is no log-in at Schwab. Log in at Schwab."
        heard.watch.look_now()
        qtbot.waitUntil(lambda: len(heard.reports) >= 2)
    assert heard.reports[1] == BrokerReport((ACCOUNT,))


def test_a_source_that_cannot_be_made_is_trouble_too(qtbot: QtBot) -> None:
    with Heard(FatalFeedError("Schwab needs its App key."), 0.01) as heard:
        qtbot.waitUntil(lambda: len(heard.reports) >= 2)
    assert heard.reports[0] == BrokerReport((), "Schwab needs its App key.")


def test_stopped_before_it_began_it_ends(qtbot: QtBot) -> None:
    watch = BrokerWatch(lambda: ScriptedSource([ACCOUNT]))
    assert watch.stop()
    watch.look_now()


@pytest.fixture
def far() -> Iterator[FarEnd]:
    with FarEnd("schwab_server", "--token", TOKEN) as end:
        yield end


@pytest.mark.timeout(60)
def test_accounts_of_schwab_arrive_as_values(qtbot: QtBot, far: FarEnd) -> None:
    watch = BrokerWatch(lambda: api_at(far, GivenTokens(), SystemClock()))
    with qtbot.waitSignal(watch.looked, timeout=20_000) as looked:
        watch.start()
    assert watch.stop()
    (report,) = looked.args or [None]
    assert isinstance(report, BrokerReport)
    assert report.trouble == ""
    assert report.accounts[0].balances.buying_power == Decimal("60250.25")


def test_it_looks_more_often_once_somebody_watches(qtbot: QtBot) -> None:
    with Heard(ScriptedSource([ACCOUNT]), 600.0) as heard:
        qtbot.waitUntil(lambda: len(heard.reports) == 1)
        heard.watch.set_pace(0.01)
        qtbot.waitUntil(lambda: len(heard.reports) >= 3)
        heard.watch.set_pace(600.0)
        heard.watch.look_now()
        qtbot.waitUntil(lambda: len(heard.reports) >= 4)


def test_a_broker_that_wants_to_be_left_alone_is_whatever_happens(qtbot: QtBot) -> None:
    source = ScriptedSource(RateLimited("Schwab is asked too often.", wait_s=0.2), [ACCOUNT])
    clock = SystemClock()
    with Heard(source, 0.01) as heard:
        qtbot.waitUntil(lambda: len(heard.reports) == 1)
        refused_at = clock.monotonic()
        heard.watch.look_now()
        qtbot.waitUntil(lambda: len(heard.reports) >= 2)
        waited_s = clock.monotonic() - refused_at
    assert waited_s > 0.15


def test_a_broker_that_does_not_answer_is_asked_less_and_less_often(qtbot: QtBot) -> None:
    clock = SystemClock()
    with Heard(ScriptedSource(FeedError("Schwab did not answer in time.")), 0.02) as heard:
        qtbot.waitUntil(lambda: len(heard.reports) >= 1)
        first_at = clock.monotonic()
        qtbot.waitUntil(lambda: len(heard.reports) >= 4)
        waited_s = clock.monotonic() - first_at
    assert waited_s > 0.2, "0.04, 0.08 and 0.16 s"

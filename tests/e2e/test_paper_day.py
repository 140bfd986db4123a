"""A day of paper trading in the real desktop, by hand: every type of order, the plug pulled, all of it there again."""

from __future__ import annotations

import json
import signal
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from live_monitor.cli.import_ticks import run as import_ticks
from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.providers.session_steps import SessionSteps
from live_monitor.wire.session_file import SessionReader
from tests.e2e.conftest import SLACK, StartDesktop

#: Three starts of the desktop, beside other tests.
pytestmark = pytest.mark.timeout(60 * SLACK)

IBM = "lean_equity/Data/equity/usa/tick/ibm"
IQFEED = "iqfeed/by_day/2021-03-01_ticks.csv.gz"
#: Of all three starts together, on a machine that has nothing else to do.
DAY_S = 60
NOTE = "Bought the opening range; the stop was far enough."
D = Decimal


class Market(NamedTuple):
    """What the desktop is started with for the morning, for the afternoon and for a look in the evening."""

    symbol: str
    options: Sequence[str]
    times: Sequence[str]


class Day(NamedTuple):
    """What was told in the morning, before the plug was pulled; after it; and after a proper end."""

    morning: dict[str, Any]
    afternoon: dict[str, Any]
    evening: dict[str, Any]


def told(start_desktop: StartDesktop, scene: str, options: Sequence[str], code: int) -> dict[str, Any]:
    """What a scene says, and that it ended as it should."""
    desktop = start_desktop(scene, *options, "--size", "1440x900", subject="paper_subject")
    try:
        words = json.loads(desktop.line("TOLD"))
    except AssertionError:
        raise AssertionError(desktop.errors() + desktop.log()) from None
    assert desktop.ended()[0] == code, desktop.errors()
    assert "Traceback" not in desktop.errors() + desktop.log()
    assert isinstance(words, dict)
    return words


def live_through(start_desktop: StartDesktop, market: Market) -> Day:
    """Three starts of one desktop; the first dies of SIGKILL with the last order just kept."""
    started = time.perf_counter()
    scenes = (("trade", -signal.SIGKILL), ("afternoon", 0), ("look", 0))
    found = [
        told(start_desktop, scene, ["--symbol", market.symbol, *market.options, *at], code)
        for (scene, code), at in zip(scenes, (("--at", clock) for clock in market.times), strict=True)
    ]
    assert time.perf_counter() - started < DAY_S * SLACK
    return Day(*found)


def check(day: Day) -> None:
    """What holds in any market."""
    made, books = day.morning["made"], day.morning["books"]
    orders = {order[0]: order for order in books["orders"]}
    states = {name: orders[order_id][10] for name, order_id in made.items()}
    assert states == {
        "market": "filled", "good till canceled": "accepted", "immediate": "canceled", "fill or kill": "filled",
        "stop": "accepted", "stop limit": "accepted", "trail": "accepted", "near trail": "filled",
        "bracket": "filled", "to be struck": "canceled", "click": "canceled",
    }  # fmt: skip
    children = {order[9]: (order[4], order[10]) for order in orders.values() if order[9] in {"target", "stop"}}
    assert children == {"target": ("LMT", "accepted"), "stop": ("STP", "accepted")}
    assert orders[made["stop"]][3] == "1", "it was changed in the table"
    assert len({order[1] for order in orders.values() if order[9] in {"", "entry"}}) == len(made), "each name once"
    assert NOTE in books["notes"].values()
    # Nothing that was acknowledged is lost, and nothing that waited far from the market has moved.
    assert day.afternoon["books"] == books
    screen, again = day.morning["screen"], day.afternoon["screen"]
    assert again["fills"] == screen["fills"]
    assert [row[:-1] for row in again["orders"]] == [row[:-1] for row in screen["orders"]], "all but what they wait for"
    check_money(books)
    check_end(day)


def check_money(books: dict[str, Any]) -> None:
    """Cash is what came in less what was paid, and the position what was bought less what was sold."""
    cash, held = D(100_000), D(0)
    for filled, _, after in books["fills"]:
        sign = 1 if filled["side"] == "BUY" else -1
        cash -= sign * (D(filled["quantity"]) * D(filled["price"])).quantize(D("0.01"))
        held += sign * D(filled["quantity"])
        assert held == D(after)
    assert D(books["cash"][0]) == cash
    assert sum((D(row[1]) for row in books["positions"]), D(0)) == held


def check_end(day: Day) -> None:
    """Shift+Esc and Enter have closed everything, and it stays so."""
    flat = day.afternoon["flat"]
    held = D(day.morning["books"]["positions"][0][1])
    assert f"Sells {held:f} " in day.afternoon["asked"]
    assert not [order for order in flat["orders"] if order[10] in {"accepted", "partially_filled", "held", "new"}]
    assert [D(row[1]) for row in flat["positions"]] == [D(0)]
    check_money(flat)
    assert day.evening["books"] == flat
    newest = flat["fills"][-1][0]
    assert day.evening["card"].splitlines() == flat["receipts"][newest["execution_id"]]


def check_receipt(filled: dict[str, Any], quote_is_known: Callable[[dict[str, Any]], bool]) -> None:
    """The price of a fill follows from the quote on its receipt, and that quote was there."""
    receipt = filled["receipt"]
    quote = receipt["quote"]
    assert quote_is_known(quote), quote
    assert D(filled["price"]) == D(quote["ask" if filled["side"] == "BUY" else "bid"])
    # Market time between two words of the feed is reckoned: at its speed a quote may be stamped a little after "now".
    assert quote["at_ms"] <= filled["at_ms"] + 1_000


def test_day_on_the_simulated_market(start_desktop: StartDesktop) -> None:
    options = ("--seed", "7", "--speed", "10")
    day = live_through(start_desktop, Market("AAPL", options, ("10:00", "11:00", "11:30")))
    check(day)
    for filled, _, _ in day.afternoon["flat"]["fills"]:
        check_receipt(filled, lambda quote: D(quote["bid"]) < D(quote["ask"]))


def imported(shared_data: Path, folder: Path, vendor: Sequence[str], files: Sequence[str]) -> Path:
    """A session file of a recorded day."""
    out = folder / "day.lmsession"
    name, *options = vendor
    paths = [str(shared_data / file) for file in files]
    assert import_ticks([name, *paths, *options, "-o", str(out)]) == 0
    return out


class Recording:
    """What a session holds: quotes in their order, and prints."""

    def __init__(self, session: Path) -> None:
        self.quotes: list[tuple[int, Decimal, Decimal]] = []
        self.prints: set[tuple[int, Decimal, Decimal]] = set()
        with session.open("rb") as stream:
            for step in SessionSteps(SessionReader(stream)):
                for event in step.events:
                    if isinstance(event, Quote):
                        sides = D(repr(event.bid_price)), D(repr(event.ask_price))
                        self.quotes.append((event.timestamp_ms, *sides))
                    elif isinstance(event, Trade):
                        self.prints.add((event.timestamp_ms, D(repr(event.price)), D(int(event.size))))
        self._stamps = [stamp for stamp, _, _ in self.quotes]

    def holds(self, quote: dict[str, Any]) -> bool:
        """A quote of a receipt is one of the recording, and the last one of its ms or a part of it."""
        at = bisect_right(self._stamps, quote["at_ms"])
        same = [one for one in self.quotes[max(0, at - 200) : at] if one[0] == quote["at_ms"]]
        return (quote["at_ms"], D(quote["bid"]), D(quote["ask"])) in same

    def standing(self, at_ms: int) -> tuple[int, Decimal, Decimal]:
        """The newest quote at a market time."""
        return self.quotes[bisect_right(self._stamps, at_ms) - 1]


def check_against(recording: Recording, day: Day) -> None:
    """Each fill's receipt leads back to the recording, and its price follows from what stands there."""
    fills = [filled for filled, _, _ in day.afternoon["flat"]["fills"]]
    assert len(fills) >= 5
    for filled in fills:
        check_receipt(filled, recording.holds)
        trigger = filled["receipt"].get("trigger")
        if trigger is not None:
            assert (trigger["at_ms"], D(trigger["price"]), D(trigger["size"])) in recording.prints
            assert trigger["at_ms"] <= filled["receipt"]["quote"]["at_ms"], "the gap is filled at the next quote"
    assert any("trigger" in filled["receipt"] for filled in fills), "the trailing stop"


def check_replay(start_desktop: StartDesktop, session: Path, symbol: str, times: Sequence[str]) -> Day:
    """Lives through a recorded day and holds every receipt to the recording."""
    day = live_through(start_desktop, Market(symbol, ("--replay", str(session), "--speed", "10"), times))
    check(day)
    check_against(Recording(session), day)
    return day


def test_ibm_day(tmp_path: Path, shared_data: Path, start_desktop: StartDesktop) -> None:
    files = [f"{IBM}/20131007_{kind}.zip" for kind in ("trade", "quote")]
    check_replay(start_desktop, imported(shared_data, tmp_path, ["lean"], files), "IBM", ("09:45", "10:30", "11:00"))


@pytest.mark.nightly
def test_day_of_a_feed_that_displays_no_sizes(tmp_path: Path, shared_data: Path, start_desktop: StartDesktop) -> None:
    session = imported(shared_data, tmp_path, ["iqfeed", "--symbol", "XYZ"], [IQFEED])
    day = check_replay(start_desktop, session, "XYZ", ("10:00", "10:30", "11:00"))
    receipts = day.afternoon["flat"]["receipts"].values()
    assert all(any("no size" in line.lower() for line in lines) for lines in receipts)

"""`live-monitor paper run` on recorded days: every order type by hand, and every fill held against the recording.

The checks here read the recording themselves, with plain numbers, and know nothing of the paper engine.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_left, bisect_right
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from live_monitor.cli import main
from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.engine.market.conditions import BAR_LAST, rules_for
from live_monitor.providers.session_steps import SessionSteps
from live_monitor.wire.session_file import SessionReader

NEW_YORK = ZoneInfo("America/New_York")
XYZ_DAY, IBM_DAY = "2021-03-01", "2013-10-07"


def at(clock: str, day: str = XYZ_DAY) -> int:
    return round(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK).timestamp() * 1000)


def played(session: Path, folder: Path, lines: list[dict[str, Any]], *options: str) -> dict[str, Any]:
    asked, out = folder / "orders.jsonl", folder / "out.json"
    asked.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert main(["paper", "run", "--session", str(session), "--orders", str(asked), "--json", str(out), *options]) == 0
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"), parse_float=Decimal)
    return found


# -- a low-priced stock, by hand ---------------------------------------------------------------


@pytest.fixture(scope="module")
def xyz(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = shared_data / "iqfeed/by_day/2021-03-01_ticks.csv.gz"
    path = tmp_path_factory.mktemp("recorded") / "day.lmsession"
    assert main(["import", "iqfeed", str(source), "--symbol", "XYZ", "-o", str(path)]) == 0
    return path


def order(clock: str, name: str, side: str, quantity: int, **terms: Any) -> dict[str, Any]:
    return {
        "at_ms": at(clock), "symbol": "XYZ", "side": side, "quantity": quantity, "client_order_id": name, **terms,
    }  # fmt: skip


EVERY_TYPE = [
    order("04:10:00", "before hours", "BUY", 100),
    order("04:10:01", "limit before hours", "BUY", 100, order_type="LMT", limit_price=1.60),
    order("10:00:03", "market", "BUY", 1_000),
    order("10:00:50", "stale market", "BUY", 10),
    order("10:00:24", "resting", "BUY", 500, order_type="LMT", limit_price=1.57),
    order("10:00:24.300", "marketable", "BUY", 500, order_type="LMT", limit_price=1.65),
    order("10:05:00", "stop", "SELL", 200, order_type="STP", stop_price=1.55),
    order("10:05:00", "stop limit", "SELL", 200, order_type="STP_LMT", stop_price=1.58, limit_price=1.70),
    order("10:05:01", "trail", "SELL", 200, order_type="TRAIL", trail_amount=0.03),
    order("10:05:01", "trail percent", "SELL", 200, order_type="TRAIL", trail_percent=2),
    order("10:06:00", "good till canceled", "BUY", 100, order_type="LMT", limit_price=1.20, time_in_force="GTC"),
    order("10:06:00", "immediate", "BUY", 100, order_type="LMT", limit_price=1.20, time_in_force="IOC"),
    order("10:06:00", "all or nothing", "BUY", 100, order_type="LMT", limit_price=1.99, time_in_force="FOK"),
    order("10:10:12", "entry", "BUY", 300, order_type="LMT", limit_price=1.59,
          bracket={"target_price": 1.62, "stop_price": 1.55}),
    order("11:00:00", "moved", "BUY", 100, order_type="LMT", limit_price=1.50),
    {"at_ms": at("11:05:00"), "action": "replace", "client_order_id": "moved", "limit_price": 1.58},
    order("11:10:00", "taken back", "BUY", 100, order_type="LMT", limit_price=1.40),
    {"at_ms": at("11:11:00"), "action": "cancel", "client_order_id": "taken back"},
    order("15:40:00", "at the close", "SELL", 100, time_in_force="CLS"),
    order("16:30:01", "after hours", "SELL", 100, order_type="LMT", limit_price=1.50, extended_hours=True),
]  # fmt: skip
#: Looked up in the vendor's file: price and the ms at which the quote or the print stands there.
BY_HAND = {
    "limit before hours": ("1.60", "09:31:01.433"),  # the first ask of 1.60 in regular hours
    "market": ("1.59", "10:00:03"),  # quote of 10:00:02.709
    "resting": ("1.57", "13:12:20.004"),
    "marketable": ("1.59", "10:00:24.300"),  # 0.06 better than its limit
    "trail": ("1.61", "10:26:05.461"),  # 1.64 at 10:24:10 less 0.03; print of 10:26:05.458, then the next bid
    "trail percent": ("1.60", "10:30:02.412"),  # 1.64 less 2 % is 1.6072, a cent step away from the market 1.60
    "all or nothing": ("1.60", "10:06:00"),
    "entry": ("1.59", "10:10:12"),
    "moved": ("1.58", "11:27:08.028"),
    "at the close": ("1.59", "16:00:01.008"),  # 26,258 shares, closing auction
    "after hours": ("1.57", "16:30:08.355"),
}


def test_every_order_type_fills_where_the_recording_says(xyz: Path, tmp_path: Path) -> None:
    result = played(xyz, tmp_path, EVERY_TYPE)
    fills = {fill["client_order_id"]: (Decimal(fill["price"]), fill["at_ms"]) for fill in result["fills"]}
    target = next(row for row in result["orders"] if row.get("role") == "target")
    assert fills.pop(target["client_order_id"]) == (Decimal("1.62"), at("10:19:12.946"))
    assert fills == {name: (Decimal(price), at(clock)) for name, (price, clock) in BY_HAND.items()}
    orders = {row["client_order_id"]: row for row in result["orders"]}
    assert orders["before hours"]["reason"] == "session"
    assert "12.259 s" in orders["stale market"]["text"]
    assert {name: orders[name]["state"] for name in ("stop", "immediate", "taken back", "good till canceled")} == {
        "stop": "expired", "immediate": "canceled", "taken back": "canceled", "good till canceled": "accepted",
    }  # fmt: skip
    stop_limit = orders["stop limit"]
    assert stop_limit["triggered_ms"]
    assert stop_limit["state"] == "expired"
    assert all(row["receipt"]["quote"]["ask_size"] is None for row in result["fills"])


def test_simple_fills_a_limit_at_once_wherever_the_market_is(xyz: Path, tmp_path: Path) -> None:
    result = played(xyz, tmp_path, EVERY_TYPE, "--fill-model", "simple")
    fills = {fill["client_order_id"]: (Decimal(fill["price"]), fill["at_ms"]) for fill in result["fills"]}
    assert fills["resting"] == (Decimal("1.57"), at("10:00:24"))
    assert fills["market"] == (Decimal("1.58"), at("10:00:03"))  # the last price, not the ask
    orders = {row["client_order_id"]: row for row in result["orders"]}
    assert {orders[name]["reason"] for name in ("stop", "trail", "at the close")} == {"unsupported"}


# -- IBM with displayed sizes, by a search through the recording -----------------------------------


class Told(NamedTuple):
    """A quote (`bid` … `ask_size`), or a print (`price`, `size`) that may be a last price."""

    at_ms: int
    bid: float = 0.0
    bid_size: float = 0.0
    ask: float = 0.0
    ask_size: float = 0.0
    price: float = 0.0
    size: float = 0.0


class Recording(NamedTuple):
    session: Path
    told: list[Told]
    times: list[int]


@pytest.fixture(scope="module")
def ibm(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = shared_data / "lean_equity/Data/equity/usa/tick/ibm"
    path = tmp_path_factory.mktemp("recorded") / "ibm.lmsession"
    files = [str(folder / f"20131007_{kind}.zip") for kind in ("trade", "quote")]
    assert main(["import", "lean", *files, "-o", str(path)]) == 0
    rules, told = rules_for("lean"), list[Told]()
    with path.open("rb") as stream:
        for step in SessionSteps(SessionReader(stream)):
            for event in step.events:
                if isinstance(event, Quote):
                    sides = (event.bid_price, event.bid_size, event.ask_price, event.ask_size)
                    told.append(Told(event.timestamp_ms, *sides))
                elif isinstance(event, Trade) and rules.flags(event.conditions) & BAR_LAST:
                    told.append(Told(event.timestamp_ms, price=event.price, size=event.size))
    return Recording(path, told, [one.at_ms for one in told])


def asked_at_random(count: int) -> list[dict[str, Any]]:
    dice = random.Random(5)  # the same orders every time
    lines: list[dict[str, Any]] = []
    for number in range(count):
        side, near = dice.choice(["BUY", "BUY", "SELL"]), 182.2 + dice.gauss(0, 0.35)
        away = 0.3 if side == "BUY" else -0.3
        limit, stop = {"limit_price": f"{near:.2f}"}, {"stop_price": f"{near + away:.2f}"}
        trail = {"trail_amount": f"{dice.uniform(0.05, 0.4):.2f}"}
        kind, terms = dice.choice([("MKT", {}), ("LMT", limit), ("LMT", limit), ("STP", stop), ("TRAIL", trail)])
        when = dice.randrange(at("09:31:00", IBM_DAY), at("15:59:00", IBM_DAY))
        shares = dice.choice([1, 50, 100, 300, 700])
        lines.append({
            "at_ms": when, "symbol": "IBM", "side": side, "quantity": shares, "order_type": kind,
            "client_order_id": f"c{number}", **terms,
        })  # fmt: skip
    return lines


def bears(fill: dict[str, Any], ibm: Recording) -> bool:
    """Whether something in the recording gave that price and so many shares at that time."""
    receipt, price, wanted = fill["receipt"], float(fill["price"]), float(fill["quantity"])
    buys = receipt["side"] == "BUY"
    last = bisect_right(ibm.times, fill["at_ms"])
    these = ibm.told[bisect_left(ibm.times, fill["at_ms"]) : last]
    if receipt["rule"] in ("limit_through", "queue"):
        beyond = [one for one in these if one.price and (one.price < price if buys else one.price > price)]
        at_it = [one for one in these if one.price == price and receipt["rule"] == "queue"]
        return any(wanted <= one.size for one in beyond + at_it)
    quotes = [one for one in these if not one.price]
    if receipt["rule"] == "limit_crossed":
        shown = [(one.ask, one.ask_size) if buys else (one.bid, one.bid_size) for one in quotes]
        return any((side <= price if buys else side >= price) and wanted <= size for side, size in shown)
    standing = next(one for one in reversed(ibm.told[: last - len(these)]) if not one.price)
    fresh = [one for one in [standing, *quotes] if fill["at_ms"] - one.at_ms <= 5_000]
    shown = [(one.ask, one.ask_size) if buys else (one.bid, one.bid_size) for one in fresh]
    return any(side == price and wanted <= size for side, size in shown)


@pytest.mark.parametrize("model", ["touch", "queue"])
def test_the_recording_bears_every_fill(ibm: Recording, tmp_path: Path, model: str) -> None:
    lines = asked_at_random(200)
    result = played(ibm.session, tmp_path, lines, "--fill-model", model, "--cash", "100000000")
    assert [fill for fill in result["fills"] if not bears(fill, ibm)] == []
    rules = {fill["receipt"]["rule"] for fill in result["fills"]}
    assert {"market", "stop", "limit_marketable", "limit_crossed", "limit_through"} <= rules
    assert ("queue" in rules) == (model == "queue")
    assert len(result["orders"]) == len(lines)


def test_no_limit_waits_past_a_price_that_it_was_promised(ibm: Recording, tmp_path: Path) -> None:
    """One at a time, so that no other own order takes the shares before."""
    asked = [line for line in asked_at_random(200) if line["order_type"] == "LMT"][:3]
    for line in asked:
        (row,) = played(ibm.session, tmp_path, [{**line, "side": "BUY"}], "--cash", "100000000")["orders"]
        begins = bisect_right(ibm.times, row["accepted_ms"])
        ends = bisect_left(ibm.times, row["closed_ms"])
        limit = float(line["limit_price"])
        promised = sum(
            one.size if 0 < one.price < limit else one.ask_size if one.bid < one.ask <= limit and one.bid_size else 0
            for one in ibm.told[begins:ends]
        )
        assert row["remaining"] == 0 or promised == 0, (line, row["remaining"], promised)

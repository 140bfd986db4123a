"""`live-monitor paper run`: what it writes, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from live_monitor.cli import main
from live_monitor.cli.paper import parse
from tests.providers.sample_ticks import session, tick, write_file

NEW_YORK = ZoneInfo("America/New_York")
ROWS = [
    tick("09:31:00.000000", 10.01, 100, 100, number=1, bid=10.00, ask=10.02),
    tick("09:31:10.000000", 10.03, 200, 300, number=2, bid=10.02, ask=10.04),
    tick("09:31:20.000000", 9.97, 300, 600, number=3, bid=9.96, ask=9.98),
    tick("09:31:30.000000", 10.05, 100, 700, number=4, bid=10.04, ask=10.06),
]


def at(clock: str, day: str = "2021-03-01") -> int:
    return round(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=NEW_YORK).timestamp() * 1000)


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A session of four prints, each with the quote that stood."""
    return session(tmp_path / "day.lmsession", [write_file(tmp_path / "ticks.csv", ROWS)])


def line(clock: str, **fields: Any) -> dict[str, Any]:
    return {"at_ms": at(clock), "symbol": "XYZ", "side": "BUY", "quantity": 100, **fields}


def orders(folder: Path, *lines: dict[str, Any]) -> Path:
    path = folder / "orders.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    return path


def arguments(day: Path, asked: Path, out: str, *options: str) -> list[str]:
    return ["paper", "run", "--session", str(day), "--orders", str(asked), "--json", out, *options]


def result(day: Path, *lines: dict[str, Any], options: tuple[str, ...] = ()) -> dict[str, Any]:
    out = day.with_name("out.json")
    assert main(arguments(day, orders(day.parent, *lines), str(out), *options)) == 0
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"), parse_float=Decimal)
    return found


# -- the result --------------------------------------------------------------------------------


def test_the_result_has_four_parts_and_a_fill_five(day: Path) -> None:
    found = result(day, line("09:31:10.500", client_order_id="a"))
    assert list(found) == ["orders", "fills", "account", "ledger_digest"]
    (fill,) = found["fills"]
    assert list(fill) == ["client_order_id", "price", "quantity", "at_ms", "receipt"]
    assert (fill["client_order_id"], fill["price"], fill["quantity"]) == ("a", Decimal("10.04"), 100)
    assert fill["at_ms"] == at("09:31:10.500")
    receipt = fill["receipt"]
    assert (receipt["model"], receipt["source"]) == ("touch", "REPLAY 2021-03-01")
    assert (receipt["quote"]["ask"], receipt["quote"]["ask_size"]) == (Decimal("10.04"), None)
    assert receipt["quote"]["age_ms"] == 500
    assert any("10.04" in words for words in receipt["text"])
    (order,) = found["orders"]
    assert (order["state"], order["line"], order["average_price"]) == ("filled", 1, Decimal("10.04"))
    assert found["account"]["cash"] == Decimal("98996")
    (position,) = found["account"]["positions"]
    assert (position["symbol"], position["quantity"]) == ("XYZ", 100)
    assert position["lots"] == [{"opened_ms": fill["at_ms"], "quantity": 100, "cost": 1004}]


def test_numbers_are_written_digit_for_digit(day: Path) -> None:
    result(day, line("09:31:10.500"), options=("--cash", "123456789.01", "--slippage", "0.003"))
    text = day.with_name("out.json").read_text(encoding="utf-8")
    assert '"price": 10.043,' in text
    assert '"slippage": 0.003,' in text
    assert '"cash": 123455784.71,' in text


def test_an_average_is_a_plain_number_whatever_its_fills_were(day: Path) -> None:
    asked = [line("09:31:10.500"), line("09:31:30.500", quantity=200, client_order_id="b")]
    result(day, *asked)
    text = day.with_name("out.json").read_text(encoding="utf-8")
    assert '"average_cost": 10.0533333333' in text
    assert '"average_price": 10.04,' in text
    assert "E+" not in text


def test_every_order_type_is_played(day: Path) -> None:
    found = result(
        day,
        line("09:31:10.100", client_order_id="market"),
        line("09:31:10.200", client_order_id="limit", order_type="LMT", limit_price=10.00),
        line("09:31:10.300", client_order_id="stop", side="SELL", order_type="STP", stop_price=10.00, quantity=40),
        line(
            "09:31:10.400",
            client_order_id="stop limit",
            side="SELL",
            order_type="STP_LMT",
            stop_price=10,
            limit_price=10.05,
            quantity=30,
        ),
        line("09:31:10.500", client_order_id="trail", side="SELL", order_type="TRAIL", trail_amount=0.05, quantity=30),
    )
    fills = {fill["client_order_id"]: (fill["price"], fill["at_ms"]) for fill in found["fills"]}
    assert fills["market"] == (Decimal("10.04"), at("09:31:10.100"))
    # The ask fell to 9.98 and a print went through: at the limit, not better.
    assert fills["limit"] == (Decimal("10"), at("09:31:20.000"))
    # Triggered by the print at 9.97, filled at the bid of the quote after it, far above.
    assert fills["stop"] == (Decimal("10.04"), at("09:31:30.000"))
    assert fills["trail"] == (Decimal("10.04"), at("09:31:30.000"))
    assert "stop limit" not in fills
    states = {order["client_order_id"]: order["state"] for order in found["orders"]}
    assert states["stop limit"] == "expired"


def test_an_order_that_cannot_be_read_or_be_filled_is_in_the_result(day: Path) -> None:
    found = result(
        day,
        line("09:31:10.100", quantity=0, client_order_id="zero"),
        line("09:31:10.200", side="SELL", client_order_id="short"),
        line("09:31:10.300", order_type="FUNNY", client_order_id="type"),
        line("09:31:16", client_order_id="old"),
        line("09:31:16.500", symbol="ABC", client_order_id="other"),
        line("09:31:20", client_order_id="good"),
    )
    by_name = {order["client_order_id"]: order for order in found["orders"]}
    assert {name: order["state"] for name, order in by_name.items()} == {
        "zero": "rejected",
        "short": "rejected",
        "type": "rejected",
        "old": "rejected",
        "other": "rejected",
        "good": "filled",
    }
    for name in ("zero", "short", "type", "old", "other"):
        assert by_name[name]["reason"]
        assert by_name[name]["text"]
    assert by_name["old"]["text"].startswith("Cannot fill market order: no live market price available")
    assert "6.0 s" in by_name["old"]["text"]
    assert [order["line"] for order in found["orders"] if order["order_id"] == ""] == [1, 3]


def test_an_immediate_order_says_what_the_ask_was_where_no_size_is_displayed(day: Path) -> None:
    found = result(day, line("09:31:10.500", order_type="LMT", limit_price=10.00, time_in_force="IOC"))
    assert found["orders"][0]["text"] == "IOC: canceled at once, because the ask is 10.04."


def test_a_cancel_that_comes_too_late_stands_with_its_order(day: Path) -> None:
    found = result(
        day, line("09:31:10.100", client_order_id="a"),
        {"at_ms": at("09:31:11"), "action": "cancel", "client_order_id": "a"},
        {"at_ms": at("09:31:11"), "action": "cancel", "client_order_id": "nothing"},
    )  # fmt: skip
    order, unknown = found["orders"]
    (refused,) = order["refused"]
    assert (refused["line"], refused["action"]) == (2, "cancel")
    assert refused["text"]
    assert (unknown["client_order_id"], unknown["state"], unknown["line"]) == ("nothing", "rejected", 3)


def test_an_empty_orders_file_leaves_the_account_as_it_was(day: Path) -> None:
    found = result(day, options=("--cash", "2500.50"))
    assert (found["orders"], found["fills"]) == ([], [])
    assert found["account"]["cash"] == found["account"]["net_liq"] == Decimal("2500.5")


def test_costs_and_risk_are_the_accounts(day: Path) -> None:
    found = result(day, line("09:31:10.500"), options=("--costs", "per_share", "--per-share", "0.02"))
    assert found["fills"][0]["receipt"]["fees"]["total"] == 2
    refused = result(day, line("09:31:10.500", quantity=5_000), options=("--risk", "on"))
    assert refused["orders"][0]["state"] == "rejected"


def test_the_summary_goes_to_the_standard_output_unless_the_result_does(
    day: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = orders(day.parent, line("09:31:10.500"), line("09:31:11", quantity=-1), line("09:31:12", symbol="ABC"))
    out = day.with_name("out.json")
    assert main(arguments(day, asked, str(out))) == 0
    told = capsys.readouterr()
    assert "USD, realized 0.00, unrealized " in told.out
    assert f"{out}: 3 orders on REPLAY 2021-03-01 (1 filled, 2 rejected)" in told.out
    assert json.loads(out.read_bytes())["ledger_digest"] in told.out
    assert "line 3: the session holds no prices of 'ABC'" in told.err
    assert main(arguments(day, asked, "-")) == 0
    assert capsys.readouterr().out.encode() == out.read_bytes()


def test_the_journal_is_a_ledger_that_the_ledger_command_believes(
    day: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = day.with_name("what-if")
    found = result(day, line("09:31:10.500"), line("09:31:11", quantity=9_999_999), options=("--ledger", str(folder)))
    capsys.readouterr()
    ledger = str(folder / "ledger.sqlite3")
    assert main(["ledger", "verify", "--ledger", ledger, "--json"]) == 0
    assert found["ledger_digest"] in capsys.readouterr().out
    assert main(["ledger", "export", "--ledger", ledger, "--table", "fills"]) == 0
    assert "10.04" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(arguments(day, orders(day.parent), str(day.with_name("out.json")), "--ledger", str(folder)))
    assert "exists already" in capsys.readouterr().err


# -- determinism -------------------------------------------------------------------------------


def test_l17_the_same_input_makes_the_same_ledger_with_any_hash_seed(day: Path) -> None:
    asked = orders(
        day.parent, line("09:31:10.500", bracket={"target_price": "10.05", "stop_price": "9.90"}, client_order_id="a"),
        line("09:31:11", order_type="LMT", limit_price="9.97", client_order_id="b"), line("09:31:12", quantity=0),
    )  # fmt: skip
    results = []
    for seed in ("0", "1", "4242"):
        out = day.with_name(f"out{seed}.json")
        command = [sys.executable, "-m", "live_monitor", *arguments(day, asked, str(out), "--costs", "us_broker")]
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
        results.append(out.read_bytes())
    assert results[0] == results[1] == results[2]
    assert len(json.loads(results[0])["ledger_digest"]) == 64


# -- what cannot be done -----------------------------------------------------------------------


def test_a_line_that_cannot_be_understood_stops_everything_before_it_starts(
    day: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = orders(day.parent, line("09:31:10.500"), line("09:31:11", limitprice=10))
    out = day.with_name("out.json")
    assert main(arguments(day, asked, str(out))) == 2
    told = capsys.readouterr()
    assert "line 2: an order has no limitprice" in told.err
    assert "Nothing was played" in told.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("session_name", "orders_name", "code", "told"),
    [
        ("gone.lmsession", "orders.jsonl", 1, "cannot be opened"),
        ("ticks.csv", "orders.jsonl", 1, "not a session file"),
        ("day.lmsession", "gone.jsonl", 2, "gone.jsonl cannot be read"),
    ],
)
def test_files_that_are_none_are_told_in_one_line(
    day: Path, capsys: pytest.CaptureFixture[str], session_name: str, orders_name: str, code: int, told: str
) -> None:
    orders(day.parent, line("09:31:10.500"))
    out = day.with_name("out.json")
    command = arguments(day.with_name(session_name), day.with_name(orders_name), str(out))
    assert main(command) == code
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--fill-model", "magic"), "magic"),
        (("--cash", "-1"), "must be 0 to"),
        (("--cash", "1e5"), "must be 0 to"),
        (("--cash", "10.001"), "whole cents"),
        (("--latency", "1.5"), "whole milliseconds"),
        (("--latency", "99999999999"), "whole milliseconds"),
        (("--latency", "90000"), "The latency has to be 0 to 60,000 ms"),
        (("--quote-age", "0"), "The oldest usable quote"),
        (("--slippage", "11"), "The slippage has to be"),
        (("--allow-short",), "needs a margin account"),
        (("--slippage", "nan"), "must be 0 to"),
        (("--costs", "free"), "free"),
        (("--risk", "maybe"), "maybe"),
        (("--cahs", "1"), "--cahs"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    day: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments(day, orders(day.parent), str(day.with_name("out.json")), *options))
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


def test_the_files_to_read_are_never_written_over(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = orders(day.parent, line("09:31:10.500"))
    for target in (day, asked):
        before = target.read_bytes()
        with pytest.raises(SystemExit) as ended:
            main(arguments(day, asked, str(target)))
        assert ended.value.code == 2
        assert target.read_bytes() == before
    assert "is one of the files to read" in capsys.readouterr().err


def test_settings_of_the_account_are_what_the_options_say() -> None:
    options = ["--session", "s", "--orders", "o", "--json", "j", "--latency", "20", "--slippage", "0.01", "--margin"]
    settings = parse(["run", *options, "--allow-short", "--fill-model", "queue", "--no-price", "wait"]).settings
    assert (settings.latency_ms, settings.slippage, settings.fill_model) == (20, Decimal("0.01"), "queue")
    assert settings.margin_enabled
    assert settings.allow_short
    assert settings.no_price == "wait"
    assert not settings.risk.enabled
    assert parse(["run", *options, "--risk", "on"]).settings.risk.enabled

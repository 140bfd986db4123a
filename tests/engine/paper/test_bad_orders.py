"""Every bad order of the table is refused with its reason, changes nothing, and holds nothing back (row L11)."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from live_monitor.data.models.market_data import Quote, Trade
from live_monitor.data.models.orders import AccountSettings, Bracket, OrderParams, RiskLimits
from live_monitor.engine.market.conditions import BAR_LAST
from live_monitor.engine.market.sessions import NEW_YORK, us_equities
from live_monitor.engine.paper.account import open_account
from live_monitor.engine.paper.entries import AccountOpened
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.order_engine import AccountEngine
from live_monitor.errors import InvalidPaperOrder

DAY = date(2026, 11, 20)
NO_LIMITS = {"max_position", "max_portfolio_risk", "min_cash_reserve", "max_trades_per_day", "daily_loss_limit"}
ROWS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "cases" / "bad_orders.toml").read_text(encoding="utf-8")
)["row"]


def instant(at: str) -> Now:
    moment = datetime.combine(DAY, time.fromisoformat(at), NEW_YORK)
    return Now(round(moment.timestamp() * 1000), moment.timestamp())


def limits(row: dict[str, Any]) -> RiskLimits:
    """Of the row alone; without any it has none."""
    if "risk" not in row:
        return RiskLimits(enabled=False)
    given = {name: tuple(value) if name == "whitelist" else Decimal(repr(value)) for name, value in row["risk"].items()}
    return RiskLimits(**(dict.fromkeys(NO_LIMITS) | given))  # type: ignore[arg-type]  # fields of the table


def engine_of(row: dict[str, Any], now: Now) -> AccountEngine:
    """An account as the row wants it, in the market that the table describes."""
    opened = AccountOpened(
        account="A1", at_ms=now.ms - 60_000, name="Table", cash=Decimal(repr(row.get("cash", 1_000_000))),
        settings=AccountSettings(risk=RiskLimits(enabled=False)),
    )  # fmt: skip
    engine = AccountEngine(open_account(opened), us_equities())
    engine.feed_changed(True, "TABLE", now)

    def quoted(ago_s: float) -> Now:
        at = Now(now.ms - round(ago_s * 1000), now.monotonic - ago_s)
        engine.on_quote(Quote("IBM", at.ms, 119.98, 500, 120.02, 500), at.monotonic)
        engine.on_trade(Trade("IBM", 120.0, 100, at.ms, (), 12, "", 0), BAR_LAST, at.monotonic)
        return at

    if row.get("held"):
        before = quoted(30.0)
        held = OrderParams(symbol="IBM", side="BUY", quantity=row["held"])
        assert engine.place(held, before).average_price == Decimal("120.02")
    if row.get("selling"):
        rest = OrderParams(symbol="IBM", side="SELL", quantity=row["selling"], order_type="LMT", limit_price=150)
        assert engine.place(rest, quoted(20.0)).state == "accepted"
    quoted(0.5)
    engine.change(now, settings=AccountSettings(risk=limits(row)))
    return engine


def params_of(row: dict[str, Any]) -> OrderParams:
    sound: dict[str, Any] = {
        "symbol": "IBM", "side": "BUY", "quantity": 100, "order_type": "LMT", "limit_price": 120.0,
        "client_order_id": "mine",
    }  # fmt: skip
    fields = {name: value for name, value in sound.items() if name not in row.get("without", ())} | row["order"]
    if "bracket" in row:
        fields["bracket"] = Bracket(**row["bracket"])
    return OrderParams(**fields)


def standing(engine: AccountEngine) -> dict[str, Any]:
    """The account but for its record of orders that ended."""
    found: dict[str, Any] = msgspec.to_builtins(engine.state)
    for record in ("closed", "client_ids", "orders_placed"):
        del found[record]
    return found


def test_l11_the_table_has_at_least_forty_rows_and_none_twice() -> None:
    assert len(ROWS) >= 40
    assert len({row["what"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["what"])
def test_l11_a_bad_order_is_refused_with_its_reason_and_changes_nothing(row: dict[str, Any]) -> None:
    now = instant(row.get("at", "10:30:00"))
    engine = engine_of(row, now)
    before = standing(engine)
    with pytest.raises(InvalidPaperOrder) as refused:
        engine.place(params_of(row), now)
    assert refused.value.reason == row["expect"]
    assert row.get("says", "") in str(refused.value)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 300
    assert standing(engine) == before


def test_l11_the_order_that_every_row_spoils_is_sound() -> None:
    now = instant("10:30:00")
    row: dict[str, Any] = {"order": {}, "held": 100, "bracket": {"target_price": 130, "stop_price": 110}}
    engine = engine_of(row, now)
    assert engine.place(params_of(row), now).state in ("accepted", "filled")


@pytest.mark.parametrize("params", [None, {}, "BUY 100 IBM", OrderParams, object()])
def test_l11_what_is_no_order_is_refused(params: Any) -> None:
    now = instant("10:30:00")
    engine = engine_of({}, now)
    with pytest.raises(InvalidPaperOrder, match="has to be OrderParams"):
        engine.place(params, now)

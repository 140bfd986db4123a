"""Limits that an account can have, and those that it cannot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from live_monitor.data.models.orders import AccountSettings, RiskLimits
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper import ledger
from live_monitor.engine.paper.entries import AccountChanged
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.order_engine import AccountEngine
from live_monitor.engine.paper.risk_limits import MAX_SYMBOLS, problem
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper import entries_of as make


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"enabled": False},
        dict.fromkeys(
            ("max_position", "max_portfolio_risk", "min_cash_reserve", "max_trades_per_day", "daily_loss_limit")
        ),
        {"max_position": Decimal(1), "max_trades_per_day": 0, "losing_streak": 1, "cool_down_s": 0},
        {"whitelist": ("AAPL", "BRK/B")},
    ],
)
def test_sound_limits_are_taken(limits: dict[str, Any]) -> None:
    assert problem(RiskLimits(**limits)) == ""


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"max_position": Decimal("-0.1")}, "largest position"),
        ({"max_position": Decimal(10)}, "0.1 is 10 %"),
        ({"max_portfolio_risk": Decimal("NaN")}, "risk per trade"),
        ({"min_cash_reserve": Decimal("Infinity")}, "cash reserve"),
        ({"daily_loss_limit": Decimal(0)}, "daily loss limit"),
        ({"daily_loss_limit": Decimal("1E+30")}, "daily loss limit"),
        ({"max_trades_per_day": -1}, "Trades per day"),
        ({"max_trades_per_day": 10_001}, "Trades per day"),
        ({"losing_streak": 0}, "losing streak"),
        ({"cool_down_s": -1}, "pause"),
        ({"cool_down_s": 86_401}, "pause"),
        ({"max_position": 0.25}, "as a Decimal"),
        ({"daily_loss_limit": "1000"}, "a Decimal in USD"),
        ({"max_trades_per_day": True}, "Trades per day"),
        ({"losing_streak": 2.5}, "losing streak"),
        ({"whitelist": ["AAPL"]}, "a tuple"),
        ({"whitelist": ("AAPL", 7)}, "7 is no symbol"),
        ({"whitelist": ("AAPL", "../x")}, "'../x' is no symbol"),
        ({"whitelist": tuple(f"S{number}" for number in range(MAX_SYMBOLS + 1))}, "at most 1,000"),
    ],
)
def test_limits_that_say_nothing_sound_are_refused_in_words(limits: dict[str, Any], says: str) -> None:
    assert says in problem(RiskLimits(**limits))


def test_an_account_keeps_its_limits_when_others_are_refused() -> None:
    engine = AccountEngine(make.account(), us_equities())
    unsound = AccountSettings(risk=RiskLimits(max_position=Decimal(-1)))
    with pytest.raises(InvalidPaperOrder) as refused:
        engine.change(Now(make.MONDAY_MS, 0.0), settings=unsound)
    assert refused.value.reason == "bad_settings"
    assert engine.state.settings == AccountSettings()


def test_the_longest_list_of_the_longest_symbols_fits_into_the_journal() -> None:
    symbols = tuple(f"{number:032d}" for number in range(MAX_SYMBOLS))
    limits = RiskLimits(whitelist=symbols)
    assert problem(limits) == ""
    entry = AccountChanged(account="A1", at_ms=1, name="x" * 60, settings=AccountSettings(risk=limits))
    assert ledger.decoded(ledger.draft(entry).body) == entry
    assert len(msgspec.json.encode(entry)) < ledger.MAX_ENTRY_BYTES

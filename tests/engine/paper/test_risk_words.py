"""Limits in words: the guide and the ticket call them the same, and a refusal says what would fit."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from live_monitor.data.models.orders import RiskLimits
from live_monitor.engine.paper.risk_words import NAMES, LimitCode, Measured, line, percent, refusal
from tests.architecture.conftest import CHECKOUT
from tests.engine.paper import entries_of as make

GUIDE = (CHECKOUT / "docs/guide/paper.md").read_text(encoding="utf-8").partition("## Limits")[2].partition("\n## ")[0]


def test_the_guide_names_every_limit_with_its_default() -> None:
    told = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", GUIDE, re.MULTILINE))
    defaults = RiskLimits()
    assert {name: told[name] for name in NAMES.values() if name not in (NAMES["locked"], NAMES["no_price"])} == {
        "Symbols allowed": "any" if not defaults.whitelist else "",
        "Trades today": str(defaults.max_trades_per_day),
        "Losing streak": str(defaults.losing_streak),
        "Day loss": f"{defaults.daily_loss_limit:,} USD",
        "Position size": f"{defaults.max_position:.0%} of the account".replace("%", " %"),
        "Risk to the stop": f"{defaults.max_portfolio_risk:.0%} of the account".replace("%", " %"),
        "Cash reserve": f"{defaults.min_cash_reserve:.0%} of the account".replace("%", " %"),
    }
    assert f"a pause of {defaults.cool_down_s // 60} minutes" in GUIDE


@pytest.mark.parametrize(
    ("fits", "says"),
    [(None, "is allowed."), (0, " Not one share fits."), (1, " At most 1 share fits."), (1_500, "1,500 shares fit.")],
)
def test_a_refusal_says_what_would_fit(fits: int | None, says: str) -> None:
    hundred = Decimal(100)
    measured = Measured("max_position", hundred, hundred, hundred, False, Decimal(1_000), fits)
    text = refusal(measured, make.order(make.account(), "BUY", 1_200)).text
    assert text.startswith("BUY 1,200 IBM would make a position of 100.00 USD, 10.00 % of the account")
    assert text.endswith(says)


def test_what_nothing_says_is_a_dash() -> None:
    codes: list[LimitCode] = ["max_trades", "daily_loss", "max_position", "cash_reserve"]
    for code in codes:
        said = line(Measured(code, None, None, None, True))
        assert (said.now, said.would_be, said.limit) == ("–", "–", "–")


@pytest.mark.parametrize("whole", [None, Decimal(0), Decimal(-5)])
def test_of_nothing_there_is_no_share(whole: Decimal | None) -> None:
    assert percent(Decimal(1), whole) == "–"

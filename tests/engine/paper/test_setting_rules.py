"""Settings that no account can have are refused, and change nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from live_monitor.data.models.orders import AccountSettings
from live_monitor.engine.paper.setting_rules import problem
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import NO_LIMITS, Acme


def test_settings_as_they_come_are_sound() -> None:
    assert problem(AccountSettings()) == ""
    assert problem(AccountSettings(margin_enabled=True, allow_short=True, latency_ms=60_000)) == ""


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"fill_model": "lucky"}, "lucky"),
        ({"costs": "free"}, "free"),
        ({"no_price": "guess"}, "waits or is refused"),
        ({"stop_trigger": "mid"}, "stops look"),
        ({"latency_ms": -1}, "latency"),
        ({"latency_ms": 60_001}, "latency"),
        ({"latency_ms": True}, "latency"),
        ({"latency_ms": 1.5}, "latency"),
        ({"max_quote_age_ms": 0}, "oldest usable quote"),
        ({"max_quote_age_ms": 600_001}, "oldest usable quote"),
        ({"slippage": Decimal("-0.01")}, "slippage"),
        ({"slippage": Decimal("NaN")}, "slippage"),
        ({"slippage": 0.01}, "slippage"),
        ({"per_share": Decimal("Infinity")}, "commission"),
        ({"minimum_fee": Decimal(1_001)}, "minimum fee"),
        ({"allow_short": True}, "margin"),
    ],
)
def test_each_wrong_setting_is_named_and_not_taken(wrong: dict[str, Any], word: str) -> None:
    settings = AccountSettings(risk=NO_LIMITS, **wrong)
    assert word in problem(settings)
    acme = Acme()
    before = acme.state.settings
    acme.taken()
    with pytest.raises(InvalidPaperOrder, match=word) as told:
        acme.engine.change(acme.now(1), settings=settings)
    assert told.value.reason == "bad_settings"
    assert acme.state.settings == before
    assert "AccountChanged" not in acme.kinds()

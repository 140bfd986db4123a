"""A lock of the day, with a real ledger: other accounts, a reset and a new start do not lift it (row L15)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.data.models.orders import AccountSettings, OrderParams, RiskLimits
from live_monitor.errors import InvalidPaperOrder
from tests.data.paper_office import Office


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Office]:
    """An account that has made its one trade of the day."""
    office = Office(tmp_path)
    office.open("AAPL", without_limits=False)
    office.quote("AAPL", 100.0, 100.1)
    office.desk.change(settings=AccountSettings(risk=RiskLimits(max_trades_per_day=1)))
    office.buy(quantity=10)
    yield office
    office.close()


def refusal(office: Office) -> str:
    with pytest.raises(InvalidPaperOrder) as refused:
        office.desk.place(OrderParams(symbol="AAPL", side="BUY", quantity=1))
    return refused.value.reason


def test_l15_the_account_says_until_when_it_is_locked(locked: Office) -> None:
    assert refusal(locked) == "locked"
    assert locked.desk.account is not None
    assert locked.desk.account.locked == (
        "1 trade was made today, as many as the account allows. No new positions before 04:00 on Mon 23 Nov (New York"
        " time); closing is always possible."
    )
    preview = locked.desk.preview(OrderParams(symbol="AAPL", side="BUY", quantity=1))
    assert preview.refusal is not None
    assert preview.refusal.reason == "locked"
    assert [line.name for line in preview.risk if not line.ok] == ["Locked", "Trades today"]


def test_l15_another_account_and_back_does_not_lift_a_lock(locked: Office) -> None:
    first = locked.desk.account_id
    locked.desk.open_account("Second", cash=locked.desk.account.cash if locked.desk.account else None)  # type: ignore[arg-type]  # there is one
    assert locked.desk.account_id != first
    locked.quote("AAPL", 100.0, 100.1)
    locked.buy(quantity=1)
    locked.desk.choose(first)
    assert refusal(locked) == "locked"


def test_l15_a_reset_does_not_lift_a_lock(locked: Office) -> None:
    first = locked.desk.account_id
    locked.sell(quantity=10)
    locked.desk.reset()
    locked.settled()
    assert locked.desk.account_id != first
    assert refusal(locked) == "locked"


def test_l15_a_new_start_with_limits_switched_off_does_not_lift_a_lock(locked: Office, tmp_path: Path) -> None:
    locked.close()
    again = Office(tmp_path)
    again.clock.advance(60)
    again.open("AAPL")
    again.quote("AAPL", 100.0, 100.1)
    assert not again.desk.settings.risk.enabled
    assert refusal(again) == "locked"
    assert again.sell(quantity=10).order.state == "filled"
    again.close()

"""Word of the account's orders: once each, figures as Schwab packs them, damage counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from live_monitor.limits import Refused, Rejections
from live_monitor.wire.schwab_activity import Activity, ActivityReader, scaled
from tests.fakes.schwab_frames import activity, fill


def test_a_fill_is_told_with_its_figures_once() -> None:
    reader = ActivityReader(Rejections())
    record = activity(5, "OrderFillCompleted", fill("AAPL", 10, 22_047))
    assert reader.read(record) == Activity("OrderFillCompleted", "AAPL", Decimal(10), Decimal("220.47"))
    assert reader.read(record) is None


def test_a_confirmation_of_the_subscription_is_no_activity() -> None:
    assert ActivityReader(Rejections()).read(activity(0, "SUBSCRIBED")) is None


@pytest.mark.parametrize("data", ["", "plain text", "{broken", "{}", '{"Symbol":"=CMD()"}'])
def test_a_message_whose_data_cannot_be_read_is_still_one(data: str) -> None:
    assert ActivityReader(Rejections()).read(activity(1, "OrderAccepted", data)) == Activity("OrderAccepted")


@pytest.mark.parametrize("record", [{}, {"seq": 1}, {"seq": -1, "2": "X"}, {"seq": 1, "2": 7}, {"seq": "1", "2": "X"}])
def test_a_record_without_number_or_type_is_counted(record: dict[str, Any]) -> None:
    rejections = Rejections()
    assert ActivityReader(rejections).read(record) is None
    assert rejections.total == 1


def test_repeats_are_known_for_long_and_not_for_ever() -> None:
    reader = ActivityReader(Rejections())
    for sequence in range(10_000):
        assert reader.read(activity(sequence, "OrderAccepted")) is not None
    assert reader.read(activity(9_000, "OrderAccepted")) is None


@pytest.mark.parametrize(
    ("packed", "value"),
    [
        ({"lo": "220470000", "signScale": 12}, "220.47"),
        ({"lo": "220470000", "signScale": 13}, "-220.47"),
        ({"signScale": 12}, "0"),
        ({"lo": "7"}, "7"),
    ],
)
def test_packed_numbers_are_unpacked(packed: dict[str, Any], value: str) -> None:
    assert scaled(packed) == Decimal(value)


@pytest.mark.parametrize(
    "packed",
    [
        None,
        3,
        {"lo": 3},
        {"lo": "-3"},
        {"lo": "9" * 30},
        {"lo": "٣"},
        {"signScale": 400},
        {"signScale": True},
        {"lo": "1", "signScale": -2},
    ],
)
def test_damage_in_a_packed_number_is_refused(packed: object) -> None:
    with pytest.raises(Refused):
        scaled(packed)


def test_a_repeat_is_known_however_many_came_before_it() -> None:
    reader = ActivityReader(Rejections())
    for sequence in range(2_048):
        assert reader.read(activity(sequence, "X")) is not None
    assert [reader.read(activity(sequence, "X")) for sequence in (2_047, 1)] == [None, None]

"""Which prints of Lean's ticks count where, and what their bits and letters are called."""

from __future__ import annotations

import pytest

from live_monitor.engine.market.conditions import (
    ALL,
    BAR_HILO,
    BAR_LAST,
    BAR_VOLUME,
    DAY_HILO,
    DAY_VOLUME,
    VOLUME_ONLY,
    describe,
    rules_for,
)
from live_monitor.engine.market.exchanges import exchange_name

EXTENDED = BAR_LAST | BAR_HILO | BAR_VOLUME | DAY_VOLUME


@pytest.mark.parametrize(
    ("conditions", "flags"),
    [
        ((), ALL),
        (("1",), ALL),
        (("40",), ALL),
        (("80",), ALL),
        # Sweeps and trade-through exempt prints set no price in the vendor's bars …
        (("20",), VOLUME_ONLY),
        (("20", "20000000"), VOLUME_ONLY),
        (("200", "20000000"), VOLUME_ONLY),
        (("100000", "20000000"), VOLUME_ONLY),
        (("80000000",), VOLUME_ONLY),
        # … unless something beside it says that the print is an ordinary one of its session.
        (("1", "20000000"), ALL),
        (("20", "2000", "20000000"), EXTENDED),
        (("2", "20000000"), EXTENDED),
        (("2000",), EXTENDED),
        (("400",), EXTENDED),
        (("2000", "100000"), EXTENDED),
        (("800", "4000"), EXTENDED | DAY_HILO),
        (("4", "2000", "4000"), EXTENDED),
        # The official prices repeat an auction.
        (("1000000",), 0),
        (("4000000",), 0),
        # The vendor's own doubt outweighs everything.
        (("1", "suspicious"), VOLUME_ONLY),
        (("2000", "20", "suspicious"), VOLUME_ONLY),
        (("4000000", "suspicious"), 0),
    ],
)
def test_prices_follow_the_vendors_description_of_its_bars(conditions: tuple[str, ...], flags: int) -> None:
    assert rules_for("lean").flags(conditions) == flags


def test_a_bit_without_a_rule_is_volume_only_and_counted() -> None:
    rules = rules_for("lean")
    assert rules.flags(("1", "40000000")) == VOLUME_ONLY
    assert rules.flags(("100000000",)) == VOLUME_ONLY
    assert rules.unknown == {"40000000": 1, "100000000": 1}


def test_other_providers_excuse_nothing() -> None:
    assert rules_for("polygon").flags((14, 41, 37)) == VOLUME_ONLY
    assert rules_for("iqfeed").flags(("O", "01")) == DAY_VOLUME


def test_bits_have_names() -> None:
    assert describe("lean", "20") == "Intermarket Sweep"
    assert describe("lean", "suspicious") == "Suspicious"
    assert describe("lean", "40000000") == "Condition 40000000"


@pytest.mark.parametrize(
    ("letter", "name"),
    [("N", "NYSE"), ("Q", "NASDAQ"), ("T", "NASDAQ"), ("Z", "Cboe BZX"), ("D", "FINRA TRF/ADF"), ("W", "W"), ("", "")],
)
def test_letters_of_the_tapes_are_venues(letter: str, name: str) -> None:
    assert exchange_name(letter, "lean") == name
    assert exchange_name(letter, "polygon") == letter

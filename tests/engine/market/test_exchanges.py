"""Names of venues."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from live_monitor.engine.market.exchanges import exchange_name, venues


@pytest.mark.parametrize(
    ("exchange", "name"),
    [
        (12, "NASDAQ"),
        ("12", "NASDAQ"),
        (10, "NYSE"),
        (11, "NYSE Arca"),
        (4, "FINRA TRF/ADF"),
        (15, "IEX"),
        (19, "Cboe BZX"),
    ],
)
def test_known_ids_have_a_short_name(exchange: int | str, name: str) -> None:
    assert exchange_name(exchange) == name


@pytest.mark.parametrize(("exchange", "name"), [(99, "99"), ("99", "99"), (-1, "-1"), ("XLON", "XLON"), ("", "")])
def test_unknown_ids_stay_what_they_are(exchange: int | str, name: str) -> None:
    assert exchange_name(exchange) == name


def test_numbers_of_another_vendor_are_not_translated_by_this_table() -> None:
    assert exchange_name(12, "iqfeed") == "12"
    assert exchange_name(12, "simulated") == "NASDAQ"


def test_every_venue_has_its_own_name_and_market_code() -> None:
    table = venues()
    assert sorted(table) == list(range(1, 22))
    codes = [venue.mic for venue in table.values() if venue.mic]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 4 and code.isupper() for code in codes)
    assert len({venue.name for venue in table.values()}) == len(table)
    assert table[12].mic == "XNAS"


def test_market_codes_agree_with_the_vendors_recorded_answer(shared_data: Path) -> None:
    answer = shared_data / "polygon_rest" / "test_rest" / "mocks" / "v3" / "reference" / "exchanges.json"
    rows = json.loads(answer.read_text(encoding="utf-8"))["results"]
    assert {row["id"] for row in rows} == set(venues())
    for row in rows:
        if row["id"] != 4:  # four facilities share it
            assert venues()[row["id"]].mic == row.get("mic"), row

"""Symbols of thinkorswim ↔ ours, and which contracts are quoted in fractions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.limits import Refused, valid_symbol
from live_monitor.wire.tos_symbols import fraction_of, our_symbol, tos_symbol


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("AAPL", "AAPL"), ("BRK/B", "BRK.B"), ("/ES:XCME", "/ES"), ("/ZN:XCBT", "/ZN"), ("$DJT", "^DJT"),
        ("SPX", "SPX"),
        (".SPY250417C550", ".SPY250417C550"), ("./EWJ25C5725:XCME", "./EWJ25C5725"), ("EUR/USD", "EUR/USD"),
    ],
)  # fmt: skip
def test_each_kind_of_symbol_has_a_spelling_of_ours(theirs: str, ours: str) -> None:
    assert our_symbol(theirs) == ours
    assert our_symbol(f" {theirs.lower()} ") == ours
    assert our_symbol(ours) == ours


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("AAPL", "AAPL"), ("BRK.B", "BRK/B"), ("/ES", "/ES:XCME"), ("/YM", "/YM:XCBT"), ("/MGC", "/MGC:XCEC"),
        ("/CL", "/CL:XNYM"), ("/ESZ26", "/ESZ26:XCME"), ("^DJT", "$DJT"), ("/XYZ", "/XYZ"), ("EUR/USD", "EUR/USD"),
        (".SPY250417C550", ".SPY250417C550"), ("./EWJ25C5725:XCME", "./EWJ25C5725:XCME"),
    ],
)  # fmt: skip
def test_each_symbol_is_named_as_rtd_wants_it(ours: str, theirs: str) -> None:
    assert tos_symbol(ours) == theirs
    assert tos_symbol(theirs) == theirs


def test_a_future_is_never_the_stock_of_the_same_letters() -> None:
    assert our_symbol("ES") == "ES"
    assert our_symbol("/ES") != our_symbol("ES")
    assert tos_symbol("ES") == "ES"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "AAPL&N",
        "A B",
        "AA\x00PL",
        "../../x",
        "=cmd()|",
        "<img src=x>",
        "\uff21\uff21\uff30\uff2c",
        "ß",
        "A" * 33,
        "AAPL\u202e",
        "a;b",
    ],
)
def test_what_is_no_symbol_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        our_symbol(text)
    with pytest.raises(Refused):
        tos_symbol(text)


@pytest.mark.parametrize(
    ("symbol", "parts"),
    [
        ("/ZB", 32), ("/UB", 32), ("/ZN", 32), ("/TN", 32), ("/ZF", 32), ("/ZT", 32), ("/ZNZ26", 32), ("/ZTH6", 32),
        ("/ZC", 8), ("/ZW", 8), ("/ZSX26", 8), ("./OZBZ26C117", 64), ("./OZNF27P110.5", 64), ("/ES", 0), ("/CL", 0),
        ("/ZM", 0), ("ZN", 0), ("AAPL", 0), (".SPY250417C550", 0), ("/ZN-/ZB", 0), ("/ZNX", 0), ("", 0),
        ("./EWJ25C5725", 0),
    ],
)  # fmt: skip
def test_only_contracts_that_are_known_to_be_quoted_in_fractions_are(symbol: str, parts: int) -> None:
    assert fraction_of(symbol) == parts


@given(st.text(max_size=40))
def test_no_text_becomes_anything_but_a_symbol_or_a_refusal(text: str) -> None:
    try:
        ours = our_symbol(text)
    except Refused:
        return
    assert valid_symbol(ours)
    assert our_symbol(tos_symbol(ours)) == ours

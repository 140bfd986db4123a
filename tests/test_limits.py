"""Names of markets: what may stand in a key of stored bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.limits import market_name, valid_market


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("simulated 86", "simulated-86"),
        ("Replay IQFeed 2021-03-01", "replay-iqfeed-2021-03-01"),
        ("  wss://Müller.example/x?y ", "wss-muller-example-x-y"),
    ],
)
def test_a_market_is_named_by_lower_case_words_and_hyphens(text: str, name: str) -> None:
    assert market_name(text) == name


@pytest.mark.parametrize("text", ["", " ", "…", "日本"])
def test_what_holds_no_letter_and_no_digit_names_no_market(text: str) -> None:
    with pytest.raises(ValueError, match="names no market"):
        market_name(text)


def test_long_names_stay_different() -> None:
    names = {market_name("a" * 80 + str(number)) for number in range(50)}
    assert len(names) == 50
    assert all(valid_market(name) for name in names)


@given(st.text(max_size=200))
def test_every_name_that_is_made_is_valid_and_stays_itself(text: str) -> None:
    try:
        name = market_name("m" + text)
    except ValueError:
        pytest.fail("a letter is always left")
    assert valid_market(name)
    assert market_name(name) == name

"""Numbers from outside become exact, or are refused; rounding is half up and happens once."""

from __future__ import annotations

import sys
import time
from decimal import Context, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.paper.money import CONTEXT, arithmetic, cents, exact, price4, price_of, scaled, share_of


@pytest.mark.parametrize(
    ("number", "value"),
    [
        (100, "100"),
        (100.0, "100"),
        ("100.00", "100"),
        (Decimal("1E+2"), "100"),
        (" 12.50 ", "12.5"),
        ("+3", "3"),
        ("-3.10", "-3.1"),
        (2.675, "2.675"),
        (0.1 + 0.2, None),
        (1e-05, "0.00001"),
        ("0.000000001", "0.000000001"),
        (0, "0"),
        ("-0.00", "0"),
        (999_999_999_999, "999999999999"),
    ],
)
def test_one_value_has_one_spelling(number: Any, value: str | None) -> None:
    if value is None:  # 0.30000000000000004: more digits than any order has
        with pytest.raises(ValueError, match="more than 9 decimals"):
            exact(number)
    else:
        assert str(exact(number)) == str(Decimal(value)) or format(exact(number), "f") == value


@pytest.mark.parametrize(
    "number",
    [
        True,
        False,
        None,
        float("nan"),
        float("inf"),
        -float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        "",
        " ",
        "1e3",
        "1_000",
        "1,000",
        "0x10",
        "٣",
        "NaN",
        "inf",
        "1" * 33,
        "=1",
        1e18,
        10**12,
        -(10**12),
        10**400,
        Decimal("1E+999999"),
        Decimal("1E-999999"),
        "0.0000000001",
        1e-10,
        b"1",
        [1],
        1j,
    ],
)
def test_what_is_no_number_of_an_order_is_refused(number: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        exact(number)


def test_a_number_that_would_fill_the_memory_is_refused_at_once() -> None:
    began = time.perf_counter()
    for bomb in (Decimal("1E+999999999999999999"), Decimal("1E-999999999999999999"), Decimal("9" * 28 + "E+99999999")):
        with pytest.raises(ValueError, match=r"\w"):
            exact(bomb)
    assert time.perf_counter() - began < 0.1


def test_a_long_integer_is_refused_in_words_whatever_python_says_of_its_digits() -> None:
    with pytest.raises(ValueError, match="too large"):
        exact(10 ** (sys.get_int_max_str_digits() + 5))


def test_binary_floats_count_as_what_is_read_and_rounding_is_half_up() -> None:
    assert cents(price_of(2.675)) == Decimal("2.68")
    assert cents(Decimal("-2.675")) == Decimal("-2.68")
    assert cents(Decimal("2.674999999")) == Decimal("2.67")
    assert price4(price_of(150.25505)) == Decimal("150.2551")
    with pytest.raises(ValueError, match="no price"):
        price_of(float("nan"))


def test_a_numpy_float_is_a_float() -> None:
    import numpy as np

    assert price_of(np.float64(150.25)) == Decimal("150.25")
    assert exact(np.float64(2.5)) == Decimal("2.5")


@given(st.decimals(0, 10**9, places=2), st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_share_of_an_amount_is_exact_to_ten_decimals(amount: Decimal, part: int, whole: int) -> None:
    from fractions import Fraction

    found = share_of(amount, Decimal(part), Decimal(whole))
    assert abs(Fraction(found) - Fraction(amount) * part / whole) <= Fraction(1, 2 * 10**10)


def test_a_third_of_three_shares_after_a_reverse_split_is_whole() -> None:
    third = Decimal(1) / Decimal(3)
    assert scaled(Decimal(300), third) == 100
    assert str(scaled(Decimal(300), third)) == "100"


def test_the_context_of_the_thread_says_nothing() -> None:
    with localcontext(Context(prec=3)), arithmetic() as used:
        assert (used.prec, used.rounding) == (CONTEXT.prec, CONTEXT.rounding)
        assert Decimal("1234.56") + Decimal("0.01") == Decimal("1234.57")

"""Orders files: what their lines mean, and what spoils a file."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.data.models.orders import Bracket, OrderParams
from live_monitor.data.order_script import (
    MAX_LINE_BYTES,
    Act,
    CancelLine,
    PlaceLine,
    ReplaceLine,
    read_orders,
)
from live_monitor.errors import StartError

AT = 1_614_609_000_000
ORDER = {"at_ms": AT, "symbol": "XYZ", "side": "BUY", "quantity": 100}


def read(*lines: object) -> list[Act]:
    return read_orders(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)


def problem(*lines: object) -> str:
    with pytest.raises(StartError) as raised:
        read(*lines)
    assert "Nothing was played" in raised.value.remedy
    return raised.value.message


def test_an_order_line_is_read_field_by_field() -> None:
    (act,) = read(
        b'{"at_ms":1614609000000,"symbol":"XYZ","side":"SELL","quantity":"100","order_type":"STP_LMT",'
        b'"limit_price":10.10,"stop_price":10.2,"time_in_force":"GTC","client_order_id":"a","extended_hours":true,'
        b'"bracket":{"target_price":9.50,"stop_price":"11"}}'
    )
    assert act == PlaceLine(
        1,
        AT,
        OrderParams(
            symbol="XYZ", side="SELL", quantity="100", order_type="STP_LMT", limit_price=Decimal("10.10"),
            stop_price=Decimal("10.2"), time_in_force="GTC", client_order_id="a", extended_hours=True,
            bracket=Bracket(target_price=Decimal("9.50"), stop_price="11"),
        ),
    )  # fmt: skip


def test_what_an_order_line_leaves_out_has_the_usual_value() -> None:
    (act,) = read({**ORDER, "limit_price": None, "bracket": None})
    assert isinstance(act, PlaceLine)
    assert act.params == OrderParams(symbol="XYZ", side="BUY", quantity=100)
    assert act.params.order_type == "MKT"


def test_numbers_keep_every_digit_that_was_written() -> None:
    (act,) = read(
        b'{"at_ms":1614609000000,"symbol":"XYZ","side":"BUY","quantity":1,"limit_price":0.1000000000000000055}'
    )
    assert isinstance(act, PlaceLine)
    assert act.params.limit_price == Decimal("0.1000000000000000055")


def test_acts_are_sorted_by_time_and_keep_their_order_within_an_instant() -> None:
    acts = read(
        {**ORDER, "at_ms": AT + 5, "client_order_id": "late"},
        b"",
        {**ORDER, "client_order_id": "first"},
        {"at_ms": AT, "action": "cancel", "client_order_id": "first"},
    )
    assert [(act.at_ms - AT, act.number) for act in acts] == [(0, 3), (0, 4), (5, 1)]


def test_a_cancel_and_a_replace_name_an_order_by_either_id() -> None:
    acts = read(
        {"at_ms": AT, "action": "cancel", "order_id": "O2"},
        {"at_ms": AT, "action": "replace", "client_order_id": "a", "quantity": 50, "limit_price": "10.07"},
    )
    assert acts == [
        CancelLine(1, AT, "", "O2"),
        ReplaceLine(2, AT, "a", "", {"quantity": 50, "limit_price": "10.07"}),
    ]


def test_values_that_only_the_engine_can_judge_are_no_bad_lines() -> None:
    """An order that is refused stands in the result with its reason; the others are played."""
    nan = b'{"at_ms":1614609000000,"symbol":"XYZ","side":"BUY","quantity":NaN}'
    acts = read({**ORDER, "quantity": -1}, {**ORDER, "side": "HOLD"}, {**ORDER, "order_type": "?"}, nan)
    assert len(acts) == 4


BAD: list[tuple[object, str]] = [
    (b"{", "not JSON"),
    (b"[1]", "not a JSON object"),
    (b"\xff", "not UTF-8"),
    (b'{"at_ms":1,"at_ms":2}', "a name stands twice"),
    (b'{"at_ms":' + b"9" * 5_000 + b"}", "not JSON that can be read"),
    (b"[" * 30_000, "not JSON that can be read"),
    (b'{"symbol":"' + b"x" * MAX_LINE_BYTES + b'"}', "longer than 65,536 bytes"),
    ({**ORDER, "at_ms": None}, "at_ms is missing"),
    ({**ORDER, "at_ms": "1614609000000"}, "at_ms must be milliseconds"),
    ({**ORDER, "at_ms": True}, "at_ms must be milliseconds"),
    ({**ORDER, "at_ms": 1_614_609_000}, "at_ms must be milliseconds"),
    ({**ORDER, "at_ms": AT + 0.5}, "at_ms must be whole"),
    (b'{"at_ms":1e999999999,"symbol":"XYZ","side":"BUY","quantity":1}', "at_ms must be milliseconds"),
    (b'{"at_ms":NaN,"symbol":"XYZ","side":"BUY","quantity":1}', "at_ms must be milliseconds"),
    ({**ORDER, "action": "buy"}, "action must be place"),
    ({**ORDER, "action": 1}, "action must be place"),
    ({**ORDER, "limitprice": 1}, "an order has no limitprice"),
    ({**ORDER, "symbol": None}, "an order needs symbol"),
    ({**ORDER, "quantity": None}, "an order needs quantity"),
    ({**ORDER, "symbol": 5}, "symbol must be text"),
    ({**ORDER, "client_order_id": "x" * 501}, "client_order_id must be text of at most 500"),
    ({**ORDER, "client_order_id": "\ud800"}, "client_order_id holds half a character"),
    ({**ORDER, "symbol": "X\udfff"}, "symbol holds half a character"),
    ({**ORDER, "quantity": [1]}, "quantity must be a number"),
    ({**ORDER, "limit_price": {}}, "limit_price must be a number"),
    ({**ORDER, "extended_hours": 1}, "extended_hours must be true or false"),
    ({**ORDER, "bracket": [1]}, "bracket must be an object"),
    ({**ORDER, "bracket": {"target": 1}}, "a bracket has no target"),
    ({"at_ms": AT, "action": "cancel"}, "it takes a client_order_id, or an order_id"),
    ({"at_ms": AT, "action": "cancel", "client_order_id": "a", "order_id": "O1"}, "it takes a client_order_id, or"),
    ({"at_ms": AT, "action": "cancel", "client_order_id": "a", "quantity": 1}, "a cancel has no quantity"),
    ({"at_ms": AT, "action": "replace", "client_order_id": "a"}, "a replace names no new quantity or price"),
    ({"at_ms": AT, "action": "replace", "client_order_id": "a", "side": "SELL"}, "a replace has no side"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "told"), BAD, ids=lambda value: value[:30] if isinstance(value, str) else "")
def test_a_line_that_cannot_be_understood_spoils_the_file_and_is_named(line: object, told: str) -> None:
    message = problem(ORDER, line, ORDER)
    assert f"line 2: {told}" in message
    assert "line 1" not in message
    assert "line 3" not in message


def test_only_so_many_bad_lines_are_named() -> None:
    message = problem(*[b"{"] * 50)
    assert "line 10:" in message
    assert "line 11:" not in message


def test_a_name_that_would_garble_the_terminal_is_shown_escaped() -> None:
    assert "\x1b" not in problem({**ORDER, "\x1b[2J": 1})


_anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
_names = st.sampled_from([*ORDER, "action", "bracket", "limit_price", "client_order_id", "order_id", "extended_hours"])


@given(
    st.dictionaries(_names, _anything, max_size=8)
    | st.fixed_dictionaries({k: st.just(v) | _anything for k, v in ORDER.items()})
)
def test_whatever_stands_in_a_line_it_is_read_or_refused_in_words(fields: dict[str, Any]) -> None:
    try:
        acts = read(fields)
    except StartError as refused:
        told = refused.message
    else:
        told = ""
        assert [act.at_ms for act in acts] == [fields["at_ms"]]
    assert not told or told.startswith("The orders file cannot be used; line 1: ")


@given(st.binary(max_size=200))
def test_bytes_that_are_no_orders_file_are_refused_in_words(line: bytes) -> None:
    try:
        acts = read_orders([line])
    except StartError:
        return
    assert not line.strip() or acts

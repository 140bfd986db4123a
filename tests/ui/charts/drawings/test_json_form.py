"""Drawings as JSON: what is valid stays, whatever else the file holds."""

from __future__ import annotations

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.limits import MAX_DRAWINGS
from live_monitor.ui.charts.drawings.json_form import FORMAT, MAX_DRAWINGS_BYTES, from_json, to_json, unsound
from live_monitor.ui.charts.drawings.values import Drawing, flaw_of
from tests.ui.charts.drawings.samples import TEN_O_CLOCK, at, drawing, drawings

LINE = drawing("trend", at(0, 100.0), at(10, 101.5), id="a")
LEVEL = drawing("horizontal", at(3, 102.07), id="b", text="resistance – 支撑", color="#ff8800", width=3, locked=True)
#: The slack that a loaded machine gets beyond the second that it may take.
SLACK = 5


def plain(name: str, **fields: Any) -> dict[str, Any]:
    """A drawing as a file has it, sound unless `fields` spoil it."""
    return {"id": name, "kind": "horizontal", "anchors": [{"ms": TEN_O_CLOCK, "price": 100.0}]} | fields


def file_of(*items: Any, **head: Any) -> bytes:
    """A file with these items, by Python's own writer, which writes NaN where it finds one."""
    return json.dumps({"format": FORMAT, "version": 1, "symbol": "AAPL"} | head | {"drawings": items}).encode()


def anchor(**fields: Any) -> dict[str, Any]:
    """A drawing whose anchor has these fields."""
    return {"anchors": [{"ms": TEN_O_CLOCK, "price": 100.0} | fields]}


@given(
    st.lists(drawings(), max_size=8, unique_by=lambda each: each.id), st.sampled_from(["", "AAPL", "BRK.B", "^GSPC"])
)
def test_what_is_written_is_read_as_it_was(some: list[Drawing], symbol: str) -> None:
    loaded = from_json(to_json(some, symbol))
    assert loaded == (tuple(some), 0, {}, symbol, True)
    assert unsound(to_json(some, symbol)) == ""


def test_a_file_is_text_that_people_can_read() -> None:
    written = to_json([LINE, LEVEL], "AAPL").decode()
    assert '"kind": "trend"' in written
    assert '"text": "resistance – 支撑"' in written
    assert "hidden" not in written
    assert json.loads(written)["version"] == 1


#: What is wrong with one drawing, and the reason under which it is counted.
WRONG: list[tuple[Any, str]] = [
    (plain("x", **anchor(price=math.nan)), "price: not finite"),
    (plain("x", **anchor(price=math.inf)), "price: not finite"),
    (plain("x", **anchor(price=-5.0)), "price: out of range"),
    (plain("x", **anchor(price=0)), "price: out of range"),
    (plain("x", **anchor(price="100")), "anchors: wrong type or value"),
    (plain("x", **anchor(price=None)), "anchors: wrong type or value"),
    (plain("x", **anchor(price=10**400)), "price: not finite"),
    (plain("x", **anchor(ms=1.5)), "anchors: wrong type or value"),
    (plain("x", **anchor(ms=True)), "anchors: wrong type or value"),
    (plain("x", **anchor(ms=10**30)), "anchors: wrong type or value"),
    (plain("x", **anchor(ms=10**18)), "ms: not within 1900 to 2200"),
    (plain("x", anchors=[]), "anchors: not as many as its kind has"),
    (plain("x", anchors={"ms": 1}), "anchors: wrong type or value"),
    (plain("x", anchors=[[[[[[]]]]]]), "anchors: wrong type or value"),
    (plain("x", kind="zigzag"), "kind: wrong type or value"),
    (plain("x", kind=["trend"]), "kind: wrong type or value"),
    (plain("x", kind="text"), "text: absent"),
    (plain("x", kind="text", text="\x00\x1b"), "text: absent"),
    (plain("x", text="x" * 501), "text: longer than 500"),
    (plain("x", text=7), "text: wrong type or value"),
    (plain("x", width=3.5), "width: wrong type or value"),
    (plain("x", width=-1), "width: not within 1 to 8"),
    (plain("x", dash="wavy"), "dash: wrong type or value"),
    (plain("x", color="url(http://a)"), "color: neither a role nor #rrggbb"),
    (plain("x", locked="yes"), "locked: wrong type or value"),
    (plain("x", timeframes=["5 minutes"]), "timeframes: not lengths of bars"),
    (plain("x", timeframes=["1m"] * 10_000), "timeframes: not lengths of bars"),
    (plain(""), "id: 1 to 64 letters, digits, - and _"),
    (plain("x" * 100_000), "id: 1 to 64 letters, digits, - and _"),
    (plain("a"), "id: there already"),
    ({"id": "x"}, "a field is missing"),
    ({}, "a field is missing"),
    ([], "not a drawing"),
    ("drawing", "not a drawing"),
    (None, "not readable"),
    (3, "not a drawing"),
]


@pytest.mark.parametrize(
    ("wrong", "reason"), WRONG, ids=[f"{number}-{reason}" for number, (_, reason) in enumerate(WRONG)]
)
def test_u12_one_wrong_drawing_costs_no_other_and_is_counted(wrong: Any, reason: str) -> None:
    raw = file_of(plain("a"), wrong, plain("b"))
    loaded = from_json(raw)
    assert [each.id for each in loaded.drawings] == ["a", "b"]
    assert (loaded.refused, loaded.reasons, loaded.sound) == (1, {reason: 1}, False)
    assert unsound(raw) == "holds 1 drawing that cannot be read"


def test_u12_numbers_that_no_reader_likes_cost_one_drawing() -> None:
    odd = ('{"ms": 5, "price": 1e999}', '{"ms": %s, "price": 5}' % ("9" * 9_999), '{"ms": 5, "price": -Infinity}')
    items = ", ".join(f'{{"id": "x{n}", "kind": "horizontal", "anchors": [{each}]}}' for n, each in enumerate(odd))
    loaded = from_json(f'{{"drawings": [{items}, {json.dumps(plain("a"))}]}}'.encode())
    assert [each.id for each in loaded.drawings] == ["a"]
    assert loaded.refused == 3


SMALL = [item for item, _ in WRONG if len(json.dumps(item)) < 1_000]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda n: plain(f"d{n}", **anchor(price=math.nan)),
        lambda n: plain(f"d{n}", kind="text", text="\x07" * 90),
        lambda n: SMALL[n % len(SMALL)],
    ],
    ids=["NaN", "texts", "all of it"],
)
def test_u12_a_hundred_thousand_hostile_drawings_are_read_in_a_second(wrong: Any) -> None:
    raw = file_of(plain("a"), *(wrong(n) for n in range(100_000)), plain("z"))
    began = time.perf_counter()
    loaded = from_json(raw)
    took = time.perf_counter() - began
    assert [each.id for each in loaded.drawings] == ["a", "z"]
    assert loaded.refused == 100_000
    assert len(loaded.reasons) < 40
    assert took < SLACK


def test_u12_a_hundred_thousand_sound_ones_are_as_many_as_a_symbol_may_have() -> None:
    began = time.perf_counter()
    loaded = from_json(file_of(*(plain(f"d{n}") for n in range(100_000))))
    assert time.perf_counter() - began < SLACK
    assert [each.id for each in loaded.drawings] == [f"d{n}" for n in range(MAX_DRAWINGS)]
    assert loaded.reasons == {"more than 2,000": 98_000}


def test_u12_texts_of_megabytes_are_refused_in_no_time() -> None:
    began = time.perf_counter()
    loaded = from_json(file_of(plain("a"), plain("x", text="x" * 10_000_000), plain("y", color="c" * 10_000_000)))
    assert time.perf_counter() - began < SLACK
    assert ([each.id for each in loaded.drawings], loaded.refused) == (["a"], 2)


def test_u12_what_cannot_be_seen_is_taken_out_of_texts() -> None:
    raw = file_of(plain("a", text=" \x1b[31mred\x00 \u202e line\r\nbreak \ud800"))
    loaded = from_json(raw)
    assert loaded.drawings[0].text == "[31mred  line break"
    assert flaw_of(loaded.drawings[0]) == ""
    assert loaded.refused == 0
    assert from_json(to_json(loaded.drawings)).drawings == loaded.drawings


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "damaged"),
        (b"\xff\x00\x9c", "damaged"),
        (b"drawings", "damaged"),
        (b"[" * 200_000, "damaged"),
        (b'{"a":' * 200_000, "damaged"),
        (b"[]", "no drawings"),
        (b"null", "no drawings"),
        (b"3", "no drawings"),
        (b"{}", "no drawings"),
        (b'{"drawings": {"id": "a"}}', "no drawings"),
        (file_of(plain("a"), version=2), "newer version"),
        (b" " * (MAX_DRAWINGS_BYTES + 1), "larger than"),
    ],
    ids=[
        "empty",
        "noise",
        "a word",
        "deep lists",
        "deep objects",
        "list",
        "null",
        "3",
        "bare",
        "object",
        "newer",
        "huge",
    ],
)
def test_u12_what_is_no_file_of_drawings_is_said_in_a_phrase(raw: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        from_json(raw)
    assert words in unsound(raw)


@given(st.binary(max_size=300))
def test_u12_noise_is_refused_and_nothing_else_happens(raw: bytes) -> None:
    assert unsound(raw) != ""


SOME = [drawing("trend", at(n, 100.0 + n), at(n + 9, 101.0), id=f"d{n}", text=f"line {n}") for n in range(5)]


@given(st.integers(0, len(to_json(SOME, "AAPL")) - 1), st.binary(min_size=1, max_size=1))
def test_u12_one_damaged_byte_costs_two_drawings_at_most(place: int, byte: bytes) -> None:
    """Two where the byte opens a text that takes the next drawing in, or gives one drawing the id of another."""
    raw = to_json(SOME, "AAPL")
    damaged = raw[:place] + byte + raw[place + 1 :]
    try:
        loaded = from_json(damaged)
    except ValueError:
        assert place < raw.index(b'"id"') or place > raw.rindex(b"}", 0, -2)
        return
    assert len(set(loaded.drawings) & set(SOME)) >= len(SOME) - 2
    if loaded.drawings != tuple(SOME):
        assert unsound(damaged) != ""


def test_u12_a_file_that_is_cut_off_keeps_what_is_whole() -> None:
    raw = to_json(SOME, "AAPL")
    cut = raw[: raw.index(b'"id": "d3"') + 40]
    loaded = from_json(cut)
    assert loaded.drawings == tuple(SOME[:3])
    assert loaded.reasons == {"not readable": 1}
    assert not loaded.sound


def test_u12_damage_costs_no_time() -> None:
    hostile = b'{"version": 1, "drawings": [' + b'{"id": "' * 200_000
    began = time.perf_counter()
    loaded = from_json(hostile)
    assert time.perf_counter() - began < SLACK
    assert (loaded.drawings, loaded.refused) == ((), 200_000)


def test_a_change_by_another_hand_is_noticed_and_loads() -> None:
    raw = to_json([LINE, LEVEL], "AAPL").replace(b"101.5", b"191.5")
    loaded = from_json(raw)
    assert loaded.drawings[0].anchors[1].price == 191.5
    assert not loaded.sound
    assert unsound(raw) == "was changed by something else"


def test_spaces_and_the_order_of_keys_are_no_change() -> None:
    content = json.loads(to_json([LINE, LEVEL], "AAPL"))
    turned = {key: content[key] for key in reversed(content)}
    assert from_json(b"\xef\xbb\xbf" + json.dumps(turned).encode()).sound


def test_what_a_later_version_adds_is_passed_over() -> None:
    loaded = from_json(file_of(plain("a", glow=True), mood="good"))
    assert [each.id for each in loaded.drawings] == ["a"]
    assert loaded.refused == 0


def test_a_symbol_that_is_none_is_left_out() -> None:
    assert from_json(file_of(plain("a"), symbol="../../x")).symbol == ""
    assert from_json(file_of(plain("a"), symbol=7)).symbol == ""

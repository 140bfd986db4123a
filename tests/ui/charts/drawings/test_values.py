"""What a drawing may be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS, MAX_TEXT, Anchor, Drawing, clean_text, flaw_of
from tests.ui.charts.drawings.samples import at, drawing

SOUND = drawing("trend", at(0, 100.0), at(10, 101.0))


def test_every_kind_says_how_many_anchors_it_has() -> None:
    assert set(ANCHORS) == set(KINDS)
    for kind, count in ANCHORS.items():
        sound = Drawing(id="d", kind=kind, anchors=(at(0, 5.0),) * count, text="x")
        assert flaw_of(sound) == ""
        assert flaw_of(replace(sound, anchors=(at(0, 5.0),) * (count + 1))).startswith("anchors")
        assert flaw_of(replace(sound, anchors=())).startswith("anchors")


@pytest.mark.parametrize("price", [math.nan, math.inf, -math.inf, 0.0, -1.0, 1e8, 1e-7])
def test_an_anchor_hangs_on_a_price(price: float) -> None:
    assert flaw_of(replace(SOUND, anchors=(at(0, 100.0), at(1, price)))).startswith("price")


@pytest.mark.parametrize(
    ("ms", "taken"), [(-2_208_988_800_000, True), (7_258_118_400_000, True), (-(10**14), False), (10**18, False)]
)
def test_an_anchor_lies_between_1900_and_2200(ms: int, taken: bool) -> None:
    flaw = flaw_of(replace(SOUND, anchors=(Anchor(ms, 5.0), at(0, 5.0))))
    assert flaw == "" if taken else flaw.startswith("ms")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""), ("id", "a b"), ("id", "x" * 65), ("id", "../up"), ("id", "d\n"),
        ("color", "#12345"), ("color", "rgb(1,2,3)"), ("color", "Up"), ("color", ""),
        ("width", 0), ("width", 9), ("width", 10**9),
        ("dash", "wavy"), ("kind", "zigzag"),
        ("text", "x" * (MAX_TEXT + 1)), ("text", "a\x00b"), ("text", "two\nlines"), ("text", "\u202eabc"),
        ("text", "\ud800"), ("text", " trimmed"),
        ("timeframes", ("60s",)), ("timeframes", ("",)), ("timeframes", ("1m",) * 33), ("timeframes", ("5x",)),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(field: str, value: object) -> None:
    assert flaw_of(replace(SOUND, **{field: value})).startswith(field)


def test_a_text_says_something() -> None:
    assert flaw_of(Drawing(id="d", kind="text", anchors=(at(0, 5.0),))) == "text: absent"


@given(st.text(max_size=200))
def test_a_clean_text_is_one_line_that_can_be_kept(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert clean.encode("utf-8").decode() == clean
    assert not set(clean) & set("\n\r\t\0\u202e\u2066\ufeff\x7f")
    assert len(clean) <= len(text)


def test_scripts_and_emoji_stay_whole() -> None:
    for text in (
        "Übergang – 50 %",
        "支撑位",
        "מטרה",
        "👩\u200d💻 long",
        "\u0645\u06cc\u200c\u0634\u0648\u062f",
        "a < b & c",
    ):
        assert clean_text(text) == text
    assert clean_text(" a\r\nb\tc\x07 ") == "a b c"


def test_it_is_shown_on_the_lengths_of_bars_that_it_names() -> None:
    assert SOUND.shown_on("5m")
    assert not replace(SOUND, hidden=True).shown_on("5m")
    some = replace(SOUND, timeframes=("1m", "5m"))
    assert [some.shown_on(name) for name in ("1m", "5m", "1h")] == [True, True, False]

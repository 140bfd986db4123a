"""A kept layout is believed only when it is what was written, and shown only where there is a screen (faults U13)."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QRect

from live_monitor.ui.layout_state import (
    MAX_STATE_BYTES,
    SavedLayout,
    clamp_to_screens,
    decode_layout,
    encode_layout,
)

LAPTOP, SECOND = QRect(0, 0, 1440, 900), QRect(1440, -200, 2560, 1440)
NUMBER = st.integers(min_value=-(2**31) + 1, max_value=2**31 - 1)


def a_layout(docks: bytes = b"docks", box: QRect | None = None) -> SavedLayout:
    """A layout as it could be."""
    return SavedLayout(docks, box or QRect(10, 20, 1300, 800), True, "exits", {"entries": [80, 90], "exits": []})


def through_json(layout: SavedLayout) -> dict[str, Any]:
    """As it comes back from the settings file."""
    found: dict[str, Any] = json.loads(json.dumps(encode_layout(layout)))
    return found


def test_layout_survives_the_settings_file() -> None:
    assert decode_layout(through_json(a_layout())) == a_layout()


@given(st.binary(max_size=2_000))
def test_any_state_of_qt_survives(docks: bytes) -> None:
    decoded = decode_layout(through_json(a_layout(docks)))
    assert decoded is not None
    assert decoded.docks == docks


def test_every_flipped_bit_of_the_dock_state_is_refused() -> None:
    docks = random.Random(5).randbytes(400)
    saved = through_json(a_layout(docks))
    for bit in range(0, len(docks) * 8, 3):
        damaged = bytearray(docks)
        damaged[bit // 8] ^= 1 << bit % 8
        assert decode_layout(saved | {"docks": base64.b64encode(damaged).decode()}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"version": None},
        {"docks": None},
        {"docks": "not base64 !"},
        {"docks": "ÄÖ"},
        {"docks": "A" * (2 * MAX_STATE_BYTES + 4)},
        {"sha256": ""},
        {"geometry": [1, 2, 3]},
        {"geometry": [1, 2, 3, 1e300]},
        {"geometry": [1, 2, 3, 2**40]},
        {"geometry": [True, 2, 3, 4]},
        {"geometry": "0,0,100,100"},
        {"tab": None},
        {"tab": True},
        {"tab": 1.5},
        {"tab": "x" * 1_000},
        {"columns": [1]},
        {"columns": {"entries": ["wide"]}},
        {"columns": {"entries": list(range(1_000))}},
    ],
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    assert decode_layout(through_json(a_layout()) | change) is None


@pytest.mark.parametrize(
    ("number", "name"), [(0, "entries"), (4, "positions"), (6, "journal"), (7, "log"), (8, "entries"), (-1, "entries")]
)
def test_a_tab_that_was_kept_by_its_number_is_the_one_it_was_then(number: int, name: str) -> None:
    layout = decode_layout(through_json(a_layout()) | {"tab": number})
    assert layout is not None
    assert layout.tab == name


def test_nothing_is_no_layout() -> None:
    assert decode_layout({}) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=10,
    ),
    st.sampled_from(["version", "docks", "sha256", "geometry", "maximized", "tab", "columns"]),
)
def test_no_value_of_any_field_raises(value: object, field: str) -> None:
    kept = decode_layout(through_json(a_layout()))
    changed = decode_layout(through_json(a_layout()) | {field: value})
    assert changed is None or isinstance(changed, type(kept))


@given(NUMBER, NUMBER, st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from([[LAPTOP], [LAPTOP, SECOND]]))
def test_window_is_always_on_a_screen(x: int, y: int, width: int, height: int, screens: list[QRect]) -> None:
    box = clamp_to_screens(QRect(x, y, width, height), screens)
    assert any(screen.contains(box) for screen in screens)
    assert box.width() >= 640
    assert box.height() >= 480


def test_window_that_fits_stays_where_it_is() -> None:
    box = QRect(1500, 100, 1200, 800)
    assert clamp_to_screens(box, [LAPTOP, SECOND]) == box


def test_window_of_a_screen_that_is_gone_comes_to_the_first() -> None:
    assert clamp_to_screens(QRect(1500, 100, 1200, 800), [LAPTOP]) == QRect(240, 100, 1200, 800)
    assert clamp_to_screens(QRect(50_000, 50_000, 1200, 800), [LAPTOP, SECOND]) == QRect(240, 100, 1200, 800)


def test_zero_size_and_no_screen_are_survived() -> None:
    assert clamp_to_screens(QRect(0, 0, 0, 0), [LAPTOP]).size().width() == 640
    assert clamp_to_screens(QRect(9, 9, 0, 10**9), []) == QRect(0, 0, 640, 4_096)

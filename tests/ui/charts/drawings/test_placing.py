"""A drawing that comes into being point by point."""

from __future__ import annotations

import pytest

from live_monitor.ui.charts.drawings.placing import Placing
from live_monitor.ui.charts.drawings.values import ANCHORS, KINDS, Drawing, Kind
from tests.ui.charts.drawings.samples import at


def placing(kind: Kind) -> Placing:
    return Placing(Drawing(id="d", kind=kind, anchors=(), color="up", width=3))


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_complete_with_the_points_of_its_kind(kind: Kind) -> None:
    new = placing(kind)
    for number in range(ANCHORS[kind]):
        assert not new.complete
        assert new.set(at(number, 99.0)) == (number + 1 == ANCHORS[kind])
    made = new.finished()
    assert made.anchors == tuple(at(number, 99.0) for number in range(ANCHORS[kind]))
    assert (made.kind, made.color, made.width) == (kind, "up", 3)


def test_what_is_not_fixed_follows() -> None:
    new = placing("trend")
    assert new.at(at(1, 99.0)).anchors == (at(1, 99.0), at(1, 99.0))
    new.set(at(1, 99.0))
    assert new.at(at(5, 98.0)).anchors == (at(1, 99.0), at(5, 98.0))
    assert new.placed == 1


def test_a_second_point_on_the_first_is_not_taken() -> None:
    new = placing("trend")
    new.set(at(1, 99.0))
    assert not new.set(at(1, 99.0))
    assert new.placed == 1

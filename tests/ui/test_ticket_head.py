"""The head of the ticket: what it paints on one line stands beside, never on top of each other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PyQt6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from live_monitor.ui.text_cache import TextCache
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_head import HeadTexts, TicketHead


class Spans(TextCache):
    """Notes what was painted where."""

    def __init__(self, theme: Theme, found: list[tuple[float, float, float]], px: int, weight: int = 400) -> None:
        super().__init__(theme.font(px, weight))
        self.found = found

    def left(self, painter: QPainter, x: float, baseline: float, text: str) -> float:
        """Notes it."""
        end = super().left(painter, x, baseline, text)
        self.found.append((baseline, x, end))
        return end

    def right(self, painter: QPainter, x: float, baseline: float, text: str) -> float:
        """Notes it."""
        begin = super().right(painter, x, baseline, text)
        self.found.append((baseline, begin, x))
        return begin


@pytest.mark.parametrize("low", [True, False])
@pytest.mark.parametrize("width", [192, 220, 248, 400])
@pytest.mark.parametrize("note", ["", "quote 23 s old", "quote 12 min old"])
@pytest.mark.parametrize(("bid", "ask"), [("150.24", "150.28"), ("5,150.24", "5,150.28")])
def test_the_age_of_a_quote_covers_no_price(
    qtbot: QtBot, dark: Theme, width: int, note: str, low: bool, bid: str, ask: str
) -> None:
    head = TicketHead(dark)
    qtbot.addWidget(head)
    head.set_low(low)
    head.resize(width, head.height())
    found: list[tuple[float, float, float]] = []
    head._price, head._small = Spans(dark, found, 13, 600), Spans(dark, found, 11)
    head.show_texts(HeadTexts("AAPL", "150.26", bid, "300", ask, "200", not note, note))
    head.grab()
    spans = sorted(found)
    assert len(spans) >= 2 + bool(note)
    for (line, _, end), (next_line, begin, _) in pairwise(spans):
        assert line != next_line or end < begin

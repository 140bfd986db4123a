"""Two sources of one symbol, side by side."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from live_monitor.data.models.status import LinkStatus
from live_monitor.engine.market.quarrel import Quarrel
from live_monitor.ui.quarrel_panel import QuarrelPanel, QuarrelView
from live_monitor.ui.quarrel_plot import QuarrelTable
from live_monitor.ui.quarrel_words import QuarrelRow, signed
from live_monitor.ui.theme import Theme

LIVE = LinkStatus("live")


def heard(moves: int = 40) -> Quarrel:
    """Two sources; the second follows 40 ms later and is once 4 cents off for two seconds."""
    quarrel = Quarrel()
    for source in (0, 1):
        quarrel.quote(source, 150.00, 150.02, 1.0)
    at = 0.0
    for index in range(moves):
        at, bid = 2.0 + index * 5, round(150.01 + index / 100, 2)
        for source in (0, 1):
            quarrel.heard(source, at, stamped_ms=1_000_000, wall_ms=1_000_120)
        quarrel.quote(0, bid, bid + 0.02, at)
        quarrel.last(0, bid, at)
        quarrel.quote(1, bid, bid + 0.02, at + 0.040)
    quarrel.quote(1, 150.5, 150.52, at + 2.0)
    return quarrel


def view(quarrel: Quarrel, at: float, link: LinkStatus = LIVE) -> QuarrelView:
    return QuarrelView("AAPL", "Polygon", "Schwab", link, quarrel.reading(at))


@pytest.fixture
def panel(qtbot: QtBot, dark: Theme) -> QuarrelPanel:
    made = QuarrelPanel(dark)
    qtbot.addWidget(made)
    made.resize(1_000, 224)
    made.show()
    return made


def test_without_a_second_source_it_says_what_it_is_for(panel: QuarrelPanel) -> None:
    assert panel.idle.isVisible()
    assert not panel.table.isVisible()


def test_it_says_who_is_first_and_how_far_apart_they_are(panel: QuarrelPanel) -> None:
    panel.refresh(view(heard(), 202.0), 202.0, lambda at: f"10:{at:.0f}")
    assert panel.lead.text() == "Polygon is first by 40 ms (median of 40 moves; first in 100% of them)."
    assert panel.apart.text().startswith("Apart for ")
    figures = {row.caption: row for row in panel.table.rows}
    assert figures["Bid"].first == "150.40"
    assert figures["Bid"].difference == "+0.10"
    assert figures["Bid"].role == "warning"
    assert figures["Last"].second == "–"
    assert figures["Late by"].first == "120 ms"


def test_few_moves_say_nothing_of_who_is_first(panel: QuarrelPanel) -> None:
    panel.refresh(view(heard(2), 10.0), 10.0, str)
    assert "not known yet" in panel.lead.text()


def test_a_second_source_that_is_not_there_says_so(panel: QuarrelPanel) -> None:
    panel.refresh(view(Quarrel(), 1.0, LinkStatus("failed", message="The key was refused.")), 1.0, str)
    assert panel.link.text() == "AAPL · Schwab refused. The key was refused."
    assert panel.apart.text() == "How far apart: not known before both have a price."


def test_a_choice_asks_for_it_once(panel: QuarrelPanel) -> None:
    panel.offer([("polygon", "Polygon"), ("schwab", "Schwab")], "")
    asked: list[str] = []
    panel.beside_requested.connect(asked.append)
    panel.offer([("polygon", "Polygon"), ("schwab", "Schwab")], "schwab")
    assert asked == []
    panel.choice.setCurrentIndex(1)
    panel.choice.activated.emit(1)
    assert asked == ["polygon"]


@pytest.mark.parametrize(
    ("usd", "text"), [(0.04, "+0.04"), (-0.0025, "−0.0025"), (0.0, "0.00"), (float("nan"), "–"), (1e-9, "0.00")]
)
def test_a_difference_has_its_sign_and_no_needless_decimals(usd: float, text: str) -> None:
    assert signed(usd) == text


def test_columns_are_as_wide_as_the_titles_of_their_sources_within_reason(qtbot: QtBot, dark: Theme) -> None:
    table = QuarrelTable(dark)
    qtbot.addWidget(table)
    lines = (QuarrelRow("Last", "271.41", "271.42", "+0.01"), QuarrelRow("Age", "3 ms", "4 ms"))
    widths = []
    for title in ("Schwab", "Market data server", "A source with a name that nobody would read " * 3):
        table.show_rows((title, "Polygon"), lines)
        widths.append(table.sizeHint().width())
    short, long, endless = widths
    words = QFontMetricsF(dark.font(12)).horizontalAdvance("Market data server")
    # Twice: once among the prices, once among the ages.
    assert long - short >= 2 * (words - 76)
    assert long < endless <= short + 2 * (132 - 76)

"""The journal keeps what is typed, for the day that it was typed for."""

from __future__ import annotations

import pytest
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from live_monitor.data.models.orders import DayFacts
from live_monitor.ui.day_journal import MAX_NOTE, PAUSE_MS, DayJournal
from live_monitor.ui.theme import Theme
from tests.ui.fake_hub import TEN
from tests.ui.fake_paper import D, FakePaper
from tests.ui.hands import type_text


@pytest.fixture
def paper() -> FakePaper:
    """Two days, the older one with a note."""
    return FakePaper(
        all_days=["2026-11-20", "2026-11-19"],
        notes={"2026-11-19": "Waited for the pullback."},
        facts={"2026-11-20": DayFacts(6, D("412.35"), D(7), D(100_000), D("100308.15"))},
    )


@pytest.fixture
def journal(qtbot: QtBot, dark: Theme, paper: FakePaper) -> DayJournal:
    """The panel, shown."""
    made = DayJournal(dark)
    qtbot.addWidget(made)
    made.resize(560, 260)
    made.show()
    made.refresh(paper, TEN)
    return made


def written(spy: QSignalSpy) -> list[tuple[str, str]]:
    """Notes that were to be kept."""
    return [(spy[number][0], spy[number][1]) for number in range(len(spy))]


def test_newest_day_is_shown_with_its_figures(journal: DayJournal) -> None:
    assert journal.day == "2026-11-20"
    assert journal.figures.value("Day change") == "▲ +308.15"
    assert journal.figures.value("Trades") == "6"


def test_note_is_written_after_a_pause_once(qtbot: QtBot, journal: DayJournal) -> None:
    spy = QSignalSpy(journal.note_written)
    type_text(journal.text, "Plan")
    assert len(spy) == 0
    with qtbot.waitSignal(journal.note_written, timeout=PAUSE_MS + 2_000):
        pass
    journal.flush()
    assert written(spy) == [("2026-11-20", "Plan")]


def test_another_day_writes_the_note_of_the_first_and_shows_its_own(journal: DayJournal) -> None:
    spy = QSignalSpy(journal.note_written)
    type_text(journal.text, "Early")
    journal.list.setCurrentRow(1)
    assert written(spy) == [("2026-11-20", "Early")]
    assert journal.text.toPlainText() == "Waited for the pullback."
    assert journal.figures.figures == ()
    journal.flush()
    assert len(spy) == 1


def test_what_is_being_typed_outlives_changes_of_the_desk(journal: DayJournal, paper: FakePaper) -> None:
    type_text(journal.text, "Half a th")
    paper.notes["2026-11-20"] = "from elsewhere"
    paper.touch()
    journal.refresh(paper, TEN)
    assert journal.text.toPlainText() == "Half a th"


def test_note_written_elsewhere_is_shown(journal: DayJournal, paper: FakePaper) -> None:
    paper.notes["2026-11-20"] = "by a script"
    paper.touch()
    journal.refresh(paper, TEN)
    assert journal.text.toPlainText() == "by a script"


def test_new_day_comes_without_taking_the_page_away(journal: DayJournal, paper: FakePaper) -> None:
    journal.list.setCurrentRow(1)
    paper.all_days.insert(0, "2026-11-23")
    paper.touch()
    journal.refresh(paper, TEN)
    assert journal.day == "2026-11-19"
    assert journal.list.count() == 3


def test_note_of_one_account_is_never_written_to_another(journal: DayJournal, paper: FakePaper) -> None:
    spy = QSignalSpy(journal.note_written)
    type_text(journal.text, "Mine")
    paper.account_id = "paper-2"
    paper.notes = {"2026-11-20": "Of the other"}
    paper.touch()
    journal.refresh(paper, TEN)
    journal.flush()
    assert len(spy) == 0
    assert journal.text.toPlainText() == "Of the other"


def test_note_is_bounded(journal: DayJournal) -> None:
    spy = QSignalSpy(journal.note_written)
    type_text(journal.text, "a")
    journal.text.insertPlainText("x" * (MAX_NOTE + 5))
    journal.flush()
    assert len(journal.text.toPlainText()) <= MAX_NOTE
    assert "at most" in journal.state.text() or len(spy) == 1


def test_without_days_nothing_can_be_typed(qtbot: QtBot, dark: Theme) -> None:
    made = DayJournal(dark)
    qtbot.addWidget(made)
    made.show()
    made.refresh(FakePaper(all_days=[]), TEN)
    assert made.day == ""
    assert not made.text.isEnabled()


def test_a_note_that_is_refused_says_so_and_is_written_with_the_next_word(journal: DayJournal) -> None:
    spy = QSignalSpy(journal.note_written)
    journal.note_written.connect(lambda _day, _text: journal.refused("the disk is full"))
    type_text(journal.text, "Plan")
    journal.flush()
    assert journal.state.text() == "Not kept: the disk is full"
    type_text(journal.text, "!")
    journal.flush()
    assert written(spy) == [("2026-11-20", "Plan"), ("2026-11-20", "Plan!")]
    assert journal.text.toPlainText() == "Plan!"


def test_a_note_that_the_ledger_takes_back_stays_in_its_field(journal: DayJournal, paper: FakePaper) -> None:
    """What was not durable has not happened; what was typed has."""
    spy = QSignalSpy(journal.note_written)
    type_text(journal.text, "Plan")
    journal.flush()
    paper.notes["2026-11-20"] = "Plan"
    paper.version += 1
    journal.refresh(paper, TEN)
    del paper.notes["2026-11-20"]
    paper.version += 1
    journal.refresh(paper, TEN)
    assert journal.text.toPlainText() == "Plan"
    assert journal.state.text().startswith("Not kept")
    journal.flush()
    assert written(spy) == [("2026-11-20", "Plan"), ("2026-11-20", "Plan")]

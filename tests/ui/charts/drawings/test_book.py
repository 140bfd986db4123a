"""The drawings of one symbol, and every step back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from live_monitor.limits import MAX_DRAWINGS
from live_monitor.ui.charts.drawings.book import MAX_STEPS, DrawingBook
from live_monitor.ui.charts.drawings.values import Drawing, flaw_of
from tests.ui.charts.drawings.samples import anchors_of, any_prices, any_times, at, drawing, drawings

LINE = drawing("trend", at(0, 100.0), at(10, 101.0), id="a")
LEVEL = drawing("horizontal", at(3, 102.0), id="b")
NAMES = st.sampled_from(["a", "b", "c", "d"])


def book_of(*some: Drawing) -> DrawingBook:
    return DrawingBook(some)


def ids(book: DrawingBook) -> list[str]:
    return [each.id for each in book.drawings]


def test_what_is_new_lies_on_top() -> None:
    book = book_of(LINE)
    book.add(LEVEL)
    assert ids(book) == ["a", "b"]
    book.to_back("b")
    assert ids(book) == ["b", "a"]
    book.to_front("b")
    assert ids(book) == ["a", "b"]
    assert book.version == 3


def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    book = book_of(LINE)
    for wrong, words in (
        (lambda: book.add(LINE), "already"),
        (lambda: book.add(replace(LEVEL, width=99)), "width"),
        (lambda: book.replace(LEVEL), "no drawing"),
        (lambda: book.change("a", anchors=()), "anchors"),
        (lambda: book.change_all(width=99), "width"),
        (lambda: book.clone("zz"), "no drawing"),
    ):
        with pytest.raises(ValueError, match=words):
            wrong()
    assert (book.drawings, book.version, book.can_undo) == ((LINE,), 0, False)


def test_there_are_so_many_and_no_more() -> None:
    book = DrawingBook(replace(LEVEL, id=f"d{number}") for number in range(MAX_DRAWINGS))
    with pytest.raises(ValueError, match="2,000"):
        book.add(LINE)
    with pytest.raises(ValueError, match="2,000"):
        book.clone("d1")
    assert len(book) == MAX_DRAWINGS


def test_what_is_locked_stays_where_it_is() -> None:
    book = book_of(LINE, LEVEL)
    book.change("a", locked=True)
    with pytest.raises(ValueError, match="locked"):
        book.change("a", anchors=(at(1, 100.0), at(2, 100.0)))
    assert not book.remove("a")
    book.change("a", color="up")
    assert book.clear() == 1
    assert ids(book) == ["a"]
    book.change("a", locked=False)
    assert book.remove("a")
    assert len(book) == 0


def test_a_copy_is_free_selected_and_on_top() -> None:
    book = book_of(replace(LINE, locked=True), LEVEL)
    copy = book.clone("a", (at(5, 100.0), at(15, 101.0)))
    assert (book.selected, book.drawings[-1], copy.locked, copy.kind) == (copy.id, copy, False, "trend")
    assert copy.anchors == (at(5, 100.0), at(15, 101.0))
    assert book.undo()
    assert (ids(book), book.selected) == (["a", "b"], None)


def test_a_drag_is_one_step() -> None:
    book = book_of(LINE)
    book.begin_drag()
    for minute in range(1, 30):
        book.change("a", anchors=(at(minute, 100.0), at(minute + 10, 101.0)))
    assert not book.can_undo
    assert book.end_drag()
    assert book.drawings[0].anchors[0] == at(29, 100.0)
    assert book.undo()
    assert book.drawings == (LINE,)
    assert not book.can_undo
    assert book.redo()
    assert book.drawings[0].anchors[0] == at(29, 100.0)


def test_a_drag_that_comes_to_nothing_is_no_step_and_spares_what_can_be_redone() -> None:
    book = book_of(LINE)
    book.add(LEVEL)
    book.undo()
    book.begin_drag()
    book.change("a", width=3)
    book.cancel_drag()
    book.begin_drag()
    assert not book.end_drag()
    assert book.drawings == (LINE,)
    assert book.can_redo


def test_a_change_ends_what_can_be_redone() -> None:
    book = book_of(LINE)
    book.add(LEVEL)
    book.undo()
    book.change("a", width=2)
    assert not book.redo()


def test_nothing_changed_is_no_step() -> None:
    book = book_of(LINE)
    book.replace(LINE)
    book.to_front("a")
    book.change("a", width=1)
    assert (book.version, book.can_undo) == (0, False)


def test_only_so_many_steps_are_kept() -> None:
    book = book_of(LINE)
    for number in range(MAX_STEPS + 50):
        book.change("a", width=1 + number % 2, text=str(number))
    steps = 0
    while book.undo():
        steps += 1
    assert steps == MAX_STEPS
    assert book.drawings[0].text == "49"


def test_an_import_is_one_step_and_keeps_what_is_there() -> None:
    book = book_of(LINE, LEVEL)
    other = replace(LEVEL, id="a", width=4)
    assert book.merge([LINE, other, replace(other, width=99), replace(LEVEL, id="z")]) == 1
    assert book.drawings[:2] == (LINE, LEVEL)
    assert replace(book.drawings[2], id="a") == other
    assert book.undo()
    assert book.drawings == (LINE, LEVEL)


def test_an_import_stops_where_the_book_is_full() -> None:
    book = book_of(LINE)
    assert book.merge(replace(LEVEL, id=f"x{n}", text=str(n)) for n in range(3_000)) == MAX_DRAWINGS - 1


def test_only_what_is_there_can_be_selected() -> None:
    book = book_of(LINE)
    book.select("a")
    assert book.selected == "a"
    book.select("zz")
    assert book.selected is None
    book.select("a")
    book.remove("a")
    assert book.selected is None


@given(
    st.lists(drawings(ids=st.from_regex(r"d[0-9]{1,2}", fullmatch=True)), max_size=12, unique_by=lambda each: each.id)
)
def test_a_fresh_id_is_one_that_is_free(some: list[Drawing]) -> None:
    book = DrawingBook(some)
    fresh = book.fresh_id()
    assert book.get(fresh) is None
    book.add(replace(LINE, id=fresh))


class Hands(RuleBasedStateMachine):
    """Anything that hands can do to a book; undo walks back through exactly what was seen, redo forward again."""

    @initialize(start=st.lists(drawings(ids=NAMES), max_size=3, unique_by=lambda each: each.id))
    def begin(self, start: list[Drawing]) -> None:
        self.book = DrawingBook(start)
        self.seen = [self.book.drawings]
        self.place = 0

    def note(self) -> None:
        if self.book.dragging or self.book.drawings == self.seen[self.place]:
            return
        self.seen[self.place + 1 :] = [self.book.drawings]
        self.place += 1

    @rule(fresh=drawings(ids=NAMES))
    def add(self, fresh: Drawing) -> None:
        if self.book.get(fresh.id) is None:
            self.book.add(fresh)
        self.note()

    @rule(name=NAMES, data=st.data())
    def move(self, name: str, data: st.DataObject) -> None:
        old = self.book.get(name)
        if old is not None and not old.locked:
            self.book.change(name, anchors=data.draw(anchors_of(old.kind, any_times, any_prices)))
        self.note()

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        self.book.select(name)
        self.book.remove(name)
        self.note()

    @rule(locked=st.booleans())
    def lock_all(self, locked: bool) -> None:
        self.book.change_all(locked=locked)
        self.note()

    @rule(name=NAMES)
    def clone(self, name: str) -> None:
        if self.book.get(name) is not None:
            self.book.clone(name)
        self.note()

    @rule(name=NAMES)
    def raise_it(self, name: str) -> None:
        if self.book.get(name) is not None:
            self.book.to_front(name)
        self.note()

    @rule()
    def clear(self) -> None:
        self.book.clear()
        self.note()

    @rule(some=st.lists(drawings(ids=NAMES), max_size=3))
    def merge(self, some: list[Drawing]) -> None:
        before = len(self.book)
        assert self.book.merge(some) == len(self.book) - before
        self.note()

    @rule()
    def begin_drag(self) -> None:
        self.book.begin_drag()

    @precondition(lambda self: self.book.dragging)
    @rule(kept=st.booleans())
    def end_drag(self, kept: bool) -> None:
        if kept:
            self.book.end_drag()
            self.note()
        else:
            self.book.cancel_drag()
            assert self.book.drawings == self.seen[self.place]

    @precondition(lambda self: not self.book.dragging)
    @rule()
    def undo(self) -> None:
        assert self.book.undo() == (self.place > 0)
        self.place = max(0, self.place - 1)
        assert self.book.drawings == self.seen[self.place]

    @precondition(lambda self: not self.book.dragging)
    @rule()
    def redo(self) -> None:
        more = self.place + 1 < len(self.seen)
        assert self.book.redo() == more
        self.place += more
        assert self.book.drawings == self.seen[self.place]

    @invariant()
    def every_drawing_is_sound_and_has_its_own_id(self) -> None:
        if not hasattr(self, "book"):
            return
        names = ids(self.book)
        assert len(set(names)) == len(names)
        assert all(flaw_of(each) == "" and self.book.get(each.id) is each for each in self.book.drawings)
        assert self.book.selected is None or self.book.selected in names


TestHands = Hands.TestCase
TestHands.settings = settings(max_examples=40, stateful_step_count=25)

"""The rules of the journal: one spelling, a chain that every bit counts in, accounts that come back as they were."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.engine.paper import folding
from live_monitor.engine.paper.entries import (
    AnyEntry,
    Entry,
    EquityMarked,
    Filled,
    NoteWritten,
    OrderPlaced,
    SplitApplied,
)
from live_monitor.engine.paper.folding import States
from live_monitor.engine.paper.ledger import (
    GENESIS,
    MAX_ENTRY_BYTES,
    ORDER_ZEROS,
    Chain,
    checkpoint_digest,
    decoded,
    draft,
    linked,
)
from live_monitor.errors import LedgerError
from tests.fakes import ledger_story as story


def a_note(text: str) -> NoteWritten:
    return NoteWritten(account=story.ACCOUNT, at_ms=story.START_MS, day="2026-11-20", text=text)


def the_story(steps: int) -> list[Entry]:
    return [story.opened(), *(entry for step in range(steps) for entry in story.entries(step))]


def folded(entries: list[Entry]) -> States:
    states: States = {}
    for entry in entries:
        folding.fold(states, entry)
    return states


def test_a_row_says_who_what_and_which_order_beside_its_bytes() -> None:
    row = Chain().link(story.entries(0)[0])
    assert (row.seq, row.account, row.kind, row.order_id, row.client) == (
        1, story.ACCOUNT, "order_placed", "O1", "client-0",
    )  # fmt: skip
    assert json.loads(row.body)["order"]["limit_price"] == "100.00"
    assert Chain().link(a_note("x"))[2:6] == (story.ACCOUNT, "note_written", None, None)


def test_the_chain_is_what_anybody_can_compute_with_sha_256() -> None:
    chain, digest = Chain(), bytes(32)
    for seq, entry in enumerate(the_story(5), 1):
        row = chain.link(entry)
        digest = hashlib.sha256(digest + seq.to_bytes(8, "big") + row.body).digest()
        assert row.digest == digest
    assert chain.hex_digest == digest.hex()
    assert (chain.seq, Chain().digest) == (len(the_story(5)), GENESIS)


@given(st.integers(0, 10), st.data())
def test_no_bit_of_an_entry_its_number_or_its_past_can_change_unseen(seq: int, data: st.DataObject) -> None:
    before, body = hashlib.sha256(b"before").digest(), draft(story.entries(seq)[0]).body
    bit = data.draw(st.integers(0, (len(before) + len(body)) * 8 - 1))
    changed = bytearray(before + body)
    changed[bit // 8] ^= 1 << bit % 8
    right = linked(before, seq, body)
    assert linked(bytes(changed[:32]), seq, bytes(changed[32:])) != right
    assert linked(before, seq + 1, body) != right


@given(st.text(max_size=200))
def test_every_text_comes_back_as_it_was_or_is_refused(text: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        with pytest.raises(LedgerError, match="cannot be written"):
            draft(a_note(text))
    else:
        assert decoded(draft(a_note(text)).body) == a_note(text)


def test_text_that_is_no_unicode_and_a_novel_are_refused() -> None:
    with pytest.raises(LedgerError, match="cannot be written"):
        draft(a_note("\ud800"))
    with pytest.raises(LedgerError, match="larger than"):
        draft(a_note("x" * MAX_ENTRY_BYTES))


def test_an_entry_of_a_later_version_is_refused_rather_than_half_understood() -> None:
    body = draft(a_note("x")).body
    with pytest.raises(LedgerError, match="more than this program understands"):
        decoded(body[:-1] + b',"mood":"calm"}')
    for wrong in (b"", b"{}", b"[]", b'{"kind":"wish"}', body[:-1], b"\xff" + body, body.replace(b'"2026', b'2026"')):
        with pytest.raises(LedgerError):
            decoded(wrong)


def test_equal_entries_have_equal_bytes_whatever_their_values_are_made_of() -> None:
    """The encoder leaves a default out only when it is the same object, which the past of a value decides."""
    placed, _, filled = story.entries(0)[:3]
    assert isinstance(placed, OrderPlaced)
    assert isinstance(filled, Filled)
    made = "".join(("D", "AY"))
    assert made is not placed.order.time_in_force
    zero = Decimal("0")
    order = msgspec.structs.replace(placed.order, filled=zero, value=zero, fees=zero)
    order.time_in_force = made  # type: ignore[assignment]  # equal to the literal, and another object
    receipt = msgspec.structs.replace(filled.receipt, slippage=zero)
    for entry, other in (
        (placed, msgspec.structs.replace(placed, order=order)),
        (filled, msgspec.structs.replace(filled, receipt=receipt)),
    ):
        assert entry == other
        assert draft(entry) == draft(other)
        assert decoded(draft(other).body) == entry


def test_no_other_number_of_an_entry_is_left_out_when_it_is_zero() -> None:
    """What `draft` makes equal is all there is."""
    found: set[tuple[str, str]] = set()
    seen: set[object] = set()

    def look(kind: Any) -> None:
        if kind in seen:
            return
        seen.add(kind)
        for each in get_args(kind):
            look(each)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            for field in msgspec.structs.fields(kind):
                if kind.__struct_config__.omit_defaults and isinstance(field.default, Decimal | float):
                    found.add((kind.__name__, field.name))
                look(field.type)

    look(AnyEntry)
    assert found == {("Receipt", "slippage"), *(("Order", name) for name in ORDER_ZEROS)}


def test_a_draft_is_taken_of_the_moment_and_not_of_the_order_that_goes_on() -> None:
    order = story.order(0)
    before = draft(OrderPlaced(account=story.ACCOUNT, at_ms=1, order=order))
    order.state = "filled"
    after = draft(OrderPlaced(account=story.ACCOUNT, at_ms=1, order=order))
    assert before != after


def test_accounts_are_the_fold_of_their_entries_and_come_back_from_a_checkpoint_equal() -> None:
    entries = the_story(31)
    states = folded([decoded(draft(entry).body) for entry in entries])
    state = states[story.ACCOUNT]
    assert (state.cash, int(state.quantity("AAPL"))) == story.truth(31)
    again = folding.from_bytes(folding.as_bytes(states))
    assert again == states == folded(entries)
    for entry in story.entries(31):
        folding.fold(again, entry)
        folding.fold(states, entry)
    assert again == states
    assert folding.copied(states) == states


def test_a_checkpoint_is_bound_to_its_place_its_shape_and_every_byte() -> None:
    end, data = Chain(7, hashlib.sha256(b"7").digest()), b"accounts"
    right = checkpoint_digest(end, "shape", data)
    assert right == checkpoint_digest(Chain(end.seq, end.digest), "shape", data)
    others = [
        checkpoint_digest(Chain(8, end.digest), "shape", data),
        checkpoint_digest(Chain(7, GENESIS), "shape", data),
        checkpoint_digest(end, "shap", b"e" + data),
        checkpoint_digest(end, "shape", data + b" "),
    ]
    assert right not in others
    assert len(set(others)) == len(others)


def test_the_shape_changes_with_a_field_and_not_with_words() -> None:
    assert len(folding.shape()) == 16
    described = {"title": "A", "description": "words", "properties": {"cash": {"type": "string"}}}
    assert folding._plain(described) == {"properties": {"cash": {"type": "string"}}}


@pytest.mark.parametrize(
    "wrong",
    [
        story.entries(0)[0],
        story.opened(),
        story.entries(1)[2],
        msgspec.structs.replace(story.entries(0)[1], order_id="O9"),
        EquityMarked(account="nobody", at_ms=1, net_liq=Decimal(1)),
    ],
    ids=["placed twice", "opened twice", "filled before it was placed", "an order that is not", "nobody's"],
)
def test_what_cannot_follow_is_no_account(wrong: Entry) -> None:
    states = folded(the_story(1))
    before = folding.as_bytes(states)
    with pytest.raises(LedgerError):
        folding.fold(states, wrong)
    assert folding.as_bytes(states) == before


def test_an_order_alone_is_what_it_is_in_its_account() -> None:
    entries = the_story(12)
    state = folded(entries)[story.ACCOUNT]
    opened = story.opened()
    for step in range(12):
        placed, *later = story.entries(step)
        assert isinstance(placed, OrderPlaced)
        assert folding.order_alone(opened, placed, later) == state.order(f"O{step + 1}")


def test_an_order_alone_follows_a_split_of_its_symbol_and_no_other() -> None:
    placed, accepted = story.entries(0)[:2]
    assert isinstance(placed, OrderPlaced)
    splits = [
        SplitApplied(account=story.ACCOUNT, at_ms=story.START_MS, symbol=symbol, ratio=Decimal(ratio))
        for symbol, ratio in (("MSFT", 5), ("AAPL", 4))
    ]
    order = folding.order_alone(story.opened(), placed, [accepted, *splits])
    assert (order.quantity, order.limit_price) == (Decimal(40), Decimal("25.00"))

"""A secret shows itself to nobody who does not say `reveal`."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.secrets import Secret

HIDDEN = "CANARY-secret-51c0ffee"


@dataclasses.dataclass
class Holder:
    key: Secret


class Row(msgspec.Struct):
    key: Secret


@pytest.mark.parametrize(
    "show",
    [
        repr, str, ascii, lambda s: f"{s}", lambda s: f"{s!r:>9}", lambda s: format(s, "<20"), "%s".__mod__,
        "{0} {0!r}".format, lambda s: repr([s, (s,), {s: s}]), lambda s: repr(Holder(s)), lambda s: repr(Row(s)),
        lambda s: str(ValueError(s)), lambda s: json.dumps([s], default=str),
        lambda s: str(dataclasses.asdict(Holder(s))), lambda s: repr(copy.copy(s)), lambda s: repr(copy.deepcopy([s])),
    ],
)  # fmt: skip
def test_o6_however_a_secret_is_printed_it_is_three_stars(show: Callable[[Secret], str]) -> None:
    shown = show(Secret(HIDDEN))
    assert "CANARY" not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "write",
    [
        json.dumps, msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins, pickle.dumps, vars, bytes,
        lambda s: msgspec.json.encode(Row(s)), lambda s: pickle.dumps(Holder(s), 2), lambda s: "".join([s]),
        lambda s: "x" + s, lambda s: s.__getstate__(), lambda s: s.__reduce__(), "%d".__mod__, iter, len,
    ],
)  # fmt: skip
def test_o6_what_would_write_a_secret_down_raises_without_it(write: Callable[[Any], object]) -> None:
    with pytest.raises(TypeError) as caught:
        write(Secret(HIDDEN))
    assert HIDDEN not in "".join(traceback.format_exception(caught.value))


def test_o6_a_log_line_holds_neither_the_secret_nor_its_encoded_forms(caplog: pytest.LogCaptureFixture) -> None:
    from live_monitor.log import RedactingFormatter

    odd = Secret('CANARY/+odd@"51c0ffee')
    caplog.set_level(logging.INFO)
    logging.getLogger("x").info("%s %r %s", odd, {"k": odd}, json.dumps(odd.reveal()))
    logging.getLogger("x").info("in a URL: CANARY%2F%2Bodd%40%2251c0ffee, CANARY/%2Bodd%40%2251c0ffee")
    formatter = RedactingFormatter("%(message)s")
    text = "\n".join(formatter.format(record) for record in caplog.records)
    assert "***" in text
    assert "CANARY" not in text


def test_a_secret_within_another_leaves_no_rest_of_the_longer_one() -> None:
    from live_monitor.log import redact

    Secret("CANARYshort")
    Secret("CANARYshort-and-LONGER")
    assert redact("a CANARYshort-and-LONGER b") == "a *** b"


@given(st.text(), st.text())
def test_secrets_are_equal_when_their_texts_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) == (one == other)
    assert Secret(one) == Secret(one)
    assert hash(Secret(one)) == hash(Secret(one))
    assert bool(Secret(one)) == bool(one)
    assert Secret(one) != one
    assert Secret(one).reveal() == one

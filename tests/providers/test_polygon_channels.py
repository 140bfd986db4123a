"""Which channels are asked for, held, and waited for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from live_monitor.providers.polygon_channels import Channels

ALL = ("T", "Q", "A", "AM")


def test_every_symbol_has_its_bands_where_the_stream_has_them() -> None:
    live, late = Channels(late=False), Channels(late=True)
    for channels in (live, late):
        channels.want({"AAPL": ALL, "BRK.B": ("T",)})
    assert live.desired() == ["T.AAPL", "A.AAPL", "AM.AAPL", "Q.AAPL", "LULD.AAPL", "T.BRK.B", "LULD.BRK.B"]
    assert late.desired() == ["T.AAPL", "A.AAPL", "AM.AAPL", "T.BRK.B"]


def test_only_what_changes_is_asked_for_or_let_go_of() -> None:
    channels = Channels(late=False)
    first = channels.want({"AAPL": ("T", "Q")})
    assert (first.ask, first.let_go, first.new_symbols) == (["T.AAPL", "Q.AAPL", "LULD.AAPL"], [], ["AAPL"])
    channels.asked(first.ask, 10.0)
    then = channels.want({"AAPL": ("T", "AM"), "MSFT": ("T",)})
    assert then.ask == ["AM.AAPL", "T.MSFT", "LULD.MSFT"]
    assert (then.let_go, then.new_symbols) == (["Q.AAPL"], ["MSFT"])


def test_each_channel_has_a_deadline_of_its_own_and_is_told_once() -> None:
    channels = Channels(late=False)
    channels.want({"AAPL": ("T",), "MSFT": ("T",)})
    channels.asked(["T.AAPL", "LULD.AAPL"], 10.0)
    channels.asked(["T.MSFT", "LULD.MSFT"], 11.0)
    assert channels.acknowledged(["T.AAPL"]) == (["AAPL"], 0)
    assert channels.overdue(9.9) == {}
    assert channels.overdue(10.0) == {"AAPL": ["LULD"]}
    assert channels.overdue(20.0) == {"MSFT": ["T", "LULD"]}
    assert not channels.waiting
    # Late is better than never; what is held is no news.
    assert channels.acknowledged(["T.MSFT"]) == (["MSFT"], 0)
    assert channels.acknowledged(["T.MSFT"]) == ([], 0)


def test_a_channel_that_is_held_is_not_waited_for_again_until_the_next_connection() -> None:
    channels = Channels(late=False)
    channels.want({"AAPL": ("T",)})
    channels.asked(["T.AAPL"], 10.0)
    channels.acknowledged(["T.AAPL"])
    channels.asked(["T.AAPL"], 20.0)
    assert not channels.waiting
    channels.begin()
    channels.asked(["T.AAPL"], 30.0)
    assert channels.waiting


def test_an_error_that_names_a_channel_is_its_answer() -> None:
    channels = Channels(late=False)
    channels.want({"AAPL": ("T", "Q"), "A": ("T",)})
    channels.asked(channels.desired(), 10.0)
    assert channels.refused("not authorized to subscribe to: Q.AAPL,LULD.AAPL") == {"AAPL": ["Q", "LULD"]}
    assert channels.refused("not authorized to subscribe to: Q.AAPL") == {}
    assert channels.overdue(10.0) == {"AAPL": ["T"], "A": ["T", "LULD"]}


def test_a_symbol_is_without_prices_when_what_it_is_followed_for_is_not_given() -> None:
    channels = Channels(late=False)
    channels.want({"AAPL": ALL, "MSFT": ("Q",)})
    assert channels.lacks_prices("AAPL", ["T"])
    assert not channels.lacks_prices("AAPL", ["Q", "AM", "LULD"])
    assert channels.lacks_prices("MSFT", ["Q"])
    assert not channels.lacks_prices("MSFT", ["LULD"])


def test_what_a_plan_lacks_is_said_once_a_topic_on_each_connection() -> None:
    channels = Channels(late=False)
    channels.want({"AAPL": ALL, "MSFT": ALL, "NVDA": ALL})
    missing = {"AAPL": ["LULD"], "MSFT": ["T", "LULD"], "NVDA": ["LULD", "Q"]}
    assert channels.untold(missing) == {"LULD": ["AAPL", "NVDA"], "Q": ["NVDA"]}
    assert channels.untold(missing) == {}
    channels.begin()
    assert channels.untold({"AAPL": ["LULD"]}) == {"LULD": ["AAPL"]}


_WANTED = st.dictionaries(st.sampled_from(["AAPL", "MSFT", "BRK.B"]), st.sets(st.sampled_from(ALL)).map(tuple))


@given(st.lists(_WANTED, max_size=12))
def test_whatever_is_wanted_one_after_the_other_the_server_holds_what_is_wanted_last(
    course: list[dict[str, tuple[str, ...]]],
) -> None:
    channels, held = Channels(late=False), set[str]()
    for wanted in course:
        change = channels.want(wanted)
        channels.asked(change.ask, 10.0)
        assert not held.intersection(change.ask)
        held = held.difference(change.let_go).union(change.ask)
    assert held == set(channels.desired())
    assert sum(map(len, channels.overdue(10.0).values())) == len(held)

"""Which look a number gets."""

from __future__ import annotations

import pytest

from live_monitor.ui.provider_names import unreal
from live_monitor.ui.trust import LEGEND, Trust, link_pill, price_trust


@pytest.mark.parametrize("link_state", ["idle", "connecting", "retrying", "stopped", "failed", "anything else"])
@pytest.mark.parametrize("flow", ["unknown", "live", "ageing", "stale"])
def test_dead_link_never_looks_live(link_state: str, flow: str) -> None:
    assert price_trust(link_state, "open", flow, heard=True) is Trust.STALE
    assert link_pill(link_state, "SIMULATED", "", 1.0, Trust.STALE).role != "up"
    assert link_pill(link_state, "SIMULATED", "", 1.0, Trust.STALE).text != "SIMULATED"


@pytest.mark.parametrize(
    ("flow", "trust"), [("live", Trust.LIVE), ("ageing", Trust.AGEING), ("stale", Trust.STALE), ("unknown", Trust.LIVE)]
)
def test_silence_ages_the_price(flow: str, trust: Trust) -> None:
    assert price_trust("live", "open", flow, heard=True) is trust


def test_snapshot_alone_is_indicative() -> None:
    assert price_trust("live", "open", "live", heard=False) is Trust.INDICATIVE


@pytest.mark.parametrize("state", ["closed", "unknown"])
def test_outside_the_session_a_price_is_indicative_not_stale(state: str) -> None:
    assert price_trust("live", state, "stale", heard=True) is Trust.INDICATIVE


@pytest.mark.parametrize("state", ["pre", "post"])
def test_extended_hours_are_live(state: str) -> None:
    assert price_trust("live", state, "live", heard=True) is Trust.LIVE


def test_market_that_stands_still_is_indicative() -> None:
    assert price_trust("live", "open", "stale", heard=True, standing=True) is Trust.INDICATIVE


def test_pill_says_how_long_nothing_came() -> None:
    pill = link_pill("live", "", "", 12.7, Trust.STALE)
    assert (pill.text, pill.role) == ("STALE 12 s", "warning")


def test_pill_names_a_market_that_is_not_real() -> None:
    assert link_pill("live", "REPLAY 2021-03-01", "", 0.1, Trust.LIVE).text == "REPLAY 2021-03-01"
    assert link_pill("live", "SIMULATED", "", 0.1, Trust.LIVE).role == "accent"
    assert link_pill("live", "", "", 0.1, Trust.LIVE).text == "LIVE"


@pytest.mark.parametrize("label", ["POLYGON", "SCHWAB", "THINKORSWIM"])
def test_a_vendors_live_prices_are_live(label: str) -> None:
    pill = link_pill("live", label, "", 0.1, Trust.LIVE)
    assert (pill.text, pill.role) == ("LIVE", "up")
    assert unreal(label) == ""


@pytest.mark.parametrize("label", ["POLYGON · 15 min delayed", "SCHWAB · delayed"])
def test_late_prices_are_never_called_live(label: str) -> None:
    pill = link_pill("live", label, "", 0.1, Trust.LIVE)
    assert (pill.text, pill.role) == ("DELAYED", "warning")
    assert label in pill.detail
    assert unreal(label) == label


@pytest.mark.parametrize("label", ["SAVED WORKBOOK", "SIMULATED", "Polygon of somebody else"])
def test_a_label_that_is_not_known_is_not_taken_for_the_real_market(label: str) -> None:
    assert link_pill("live", label, "", 0.1, Trust.LIVE).text == label
    assert unreal(label) == label


def test_pill_says_paused() -> None:
    assert link_pill("live", "SIMULATED", "", 0.1, Trust.INDICATIVE, "PAUSED").text == "SIMULATED PAUSED"


def test_pill_carries_the_reason() -> None:
    assert link_pill("retrying", "", "connection refused", 0.1, Trust.STALE).detail == "connection refused"
    assert link_pill("failed", "", "certificate", 0.1, Trust.STALE).role == "down"


def test_legend_explains_all_five_looks() -> None:
    assert {trust for trust, _text in LEGEND} == set(Trust)

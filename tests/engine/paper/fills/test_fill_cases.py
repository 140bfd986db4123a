"""The table of fill cases, each played through the engine of an account."""

from __future__ import annotations

import pytest

from tests.architecture.conftest import CHECKOUT
from tests.engine.paper.fills.fill_script import Case, Play, load_cases

CASES = load_cases()
#: Sections of the page of market rules.
PAGE = CHECKOUT / "docs/market-rules.md"


@pytest.mark.parametrize("case", CASES, ids=[f"{case.file}: {case.name}" for case in CASES])
def test_a_case_fills_as_its_rule_says(case: Case) -> None:
    play = Play(case)
    play.run()
    play.check()


def test_the_table_has_every_kind_of_order_model_and_time_in_force() -> None:
    words = {word for case in CASES for step in case.steps for word in step.split()}
    assert len(CASES) >= 60
    assert words >= {
        "MKT",
        "LMT",
        "STP",
        "STP_LMT",
        "TRAIL",
        "GTC",
        "IOC",
        "FOK",
        "OPG",
        "CLS",
        "ext",
        "suspect",
        "halt",
    }
    assert {case.model for case in CASES} == {"simple", "touch", "queue"}


def test_each_case_has_a_name_of_its_own_and_follows_from_a_rule_of_the_page() -> None:
    names = [f"{case.file}: {case.name}" for case in CASES]
    assert sorted(set(names)) == sorted(names)
    page = PAGE.read_text(encoding="utf-8")
    sections = {case.rule.partition(":")[0] for case in CASES}
    assert {section for section in sections if f"### {section} " not in page} == set()

"""docs/faults.md and the tests that are named after its rows agree."""

from __future__ import annotations

import re

import pytest

from tests.architecture.conftest import CHECKOUT

PAGE = CHECKOUT / "docs/faults.md"
LETTERS = "FMUPOTDL"
ROW = re.compile(rf"^\| ([{LETTERS}]\d+) \|", re.MULTILINE)
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
TEST = re.compile(rf"^(?:async )?def (test_(?:fault_)?([{LETTERS.lower()}]\d+)_\w+)", re.MULTILINE)
#: "faults M13", "Rows F6 and F7", "row U11": how code and tests cite the page.
CITATION = re.compile(rf"(?:[Ff]aults|[Rr]ows?) ([{LETTERS}]\d+)\b")


def named_after(tests: dict[str, str]) -> dict[str, set[tuple[str, str]]]:
    """Row -> (path, name) of the tests that carry its name."""
    found: dict[str, set[tuple[str, str]]] = {}
    for path, text in tests.items():
        for name, row in TEST.findall(text):
            found.setdefault(row.upper(), set()).add((path, name))
    return found


def disagreements(page: str, tests: dict[str, str]) -> list[str]:
    """What page and tests say differently."""
    known, rows = named_after(tests), ROW.findall(page)
    wrong = [f"{row} stands twice" for row in sorted(set(rows)) if rows.count(row) > 1]
    wrong += [f"{row} has tests and no row" for row in sorted(known.keys() - set(rows))]
    for line in page.splitlines():
        if not (start := ROW.match(line)):
            continue
        row, proofs = start[1], PROOF.findall(line)
        if not proofs:
            wrong.append(f"{row} names no test")
        wrong += [
            f"{row}: {path}::{name} is no test of it" for path, name in proofs if (path, name) not in known.get(row, ())
        ]
    return wrong


@pytest.fixture(scope="session")
def tests(texts: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in texts.items() if path.startswith("tests/") and path.endswith(".py")}


def test_every_row_has_a_test_and_every_test_of_a_row_is_on_the_page(tests: dict[str, str]) -> None:
    assert disagreements(PAGE.read_text(encoding="utf-8"), tests) == []


def test_every_row_that_is_cited_is_on_the_page(sources: dict[str, str]) -> None:
    rows = set(ROW.findall(PAGE.read_text(encoding="utf-8")))
    cited = {(path, row) for path, text in sources.items() for row in CITATION.findall(text)}
    assert len(cited) > 5
    assert {(path, row) for path, row in cited if row not in rows} == set()


def test_a_disagreement_is_found() -> None:
    there = {"tests/a.py": "def test_f1_it_is_back() -> None: ...\nasync def test_fault_m2_it_is_refused(): ...\n"}
    row = "| F1 | it goes | it is back | `tests/a.py::test_f1_it_is_back` |\n"
    other = "| M2 | NaN | refused | `tests/a.py::test_fault_m2_it_is_refused` |\n"
    assert disagreements(row + other, there) == []
    assert disagreements(row, there) == ["M2 has tests and no row"]
    assert disagreements(row + other.replace("it_is_refused", "gone"), there) == [
        "M2: tests/a.py::test_fault_m2_gone is no test of it"
    ]
    assert disagreements(row + row + other, there) == ["F1 stands twice"]
    assert disagreements(row + "| M2 | NaN | refused | none |\n", there) == ["M2 names no test"]

"""docs/market-rules.md has every section that is cited, and names what is there."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture.conftest import CHECKOUT
from tests.architecture.test_guides import FILE, files_named

PAGE = CHECKOUT / "docs/market-rules.md"
HEADING = re.compile(r"^### (\d+\.\d+) ", re.MULTILINE)
#: "market rules 2.1, 2.2 and 2.4", also where a line ends in between.
CITATION = re.compile(r"market\s+rules((?:,?\s+(?:and\s+)?(?:#:?\s*)?\d+\.\d+)+)")
NUMBER = re.compile(r"\d+\.\d+")
#: Documents that a reader of the repository does not have.
ELSEWHERE = re.compile(r"\bprotocols\s+\d\.\d|\bprotocol reference\b")
KINDS = {"vendor", "exchange", "measured", "convention"}


def cited(text: str) -> set[str]:
    """Sections that a text cites."""
    return {number for citation in CITATION.findall(text) for number in NUMBER.findall(citation)}


def rows(page: str) -> list[list[str]]:
    """Cells of every rule of the page."""
    lines = [line for line in page.splitlines() if line.startswith("| ") and line.count("|") == 4]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "| kind | where |" not in line]


def strangers(where: str) -> list[str]:
    """Files that are not there, and names that none of the row's files has."""
    files = FILE.findall(where)
    found = [path for name in files for path in files_named(name)]
    text = "\n".join(path.read_text(encoding="utf-8") for path in found)
    names = [name for name in re.findall(r"`([^`]+)`", where) if name not in files]
    return [name for name in files if not files_named(name)] + [
        name for name in names if not re.search(rf"\b{re.escape(name)}\b", text)
    ]


def test_every_cited_section_is_there(texts: dict[str, str]) -> None:
    sections = set(HEADING.findall(PAGE.read_text(encoding="utf-8")))
    this = Path(__file__).relative_to(CHECKOUT).as_posix()
    missing = {path: cited(text) - sections for path, text in texts.items() if path != this}
    assert {path: numbers for path, numbers in missing.items() if numbers} == {}
    assert len({number for path, text in texts.items() if path != this for number in cited(text)}) > 10


def test_no_rule_is_cited_from_a_document_that_is_not_here(texts: dict[str, str]) -> None:
    this = Path(__file__).relative_to(CHECKOUT).as_posix()
    assert [path for path, text in texts.items() if path != this and ELSEWHERE.search(text)] == []


def test_every_rule_says_what_it_rests_on_and_where_it_lives() -> None:
    found = rows(PAGE.read_text(encoding="utf-8"))
    assert len(found) > 50
    assert [rule for rule, kind, _ in found if kind not in KINDS] == []
    assert [rule for rule, _, where in found if not FILE.findall(where)] == []
    assert {rule: strangers(where) for rule, _, where in found if strangers(where)} == {}


def test_a_citation_over_the_end_of_a_line_is_found() -> None:
    assert cited("(market rules 2.1, 2.2 and 2.4)") == {"2.1", "2.2", "2.4"}
    assert cited("of market\nrules 1.5.") == {"1.5"}
    assert cited("markets rule 3.1") == set()


def test_a_name_that_its_file_does_not_have_is_found() -> None:
    assert strangers("`limits.py` `time_ms`; `data/inbox.py` `Loss`") == []
    assert strangers("`limits.py` `Loss`; `limit.py`") == ["limit.py", "Loss"]

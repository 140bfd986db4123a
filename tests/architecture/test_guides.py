"""What the documentation names is there: links, files, functions, options; and its Python is Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from live_monitor import ports
from live_monitor.cli.desktop import _parser
from tests.architecture.conftest import CHECKOUT

PAGES = [CHECKOUT / "README.md", CHECKOUT / "CHANGELOG.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: A file of the program, as pages write it: `data/inbox.py`, or `inbox.py` beside a neighbour of it.
FILE = re.compile(r"`([a-z_0-9/]+\.py)`")
NAME = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)?)`")
MAX_PICTURE_BYTES = 400_000


def dead_links(page: Path, text: str) -> list[str]:
    """Relative links that lead nowhere, or to a heading that is not there."""
    found = []
    for link in LINK.findall(text):
        if link.startswith(("http://", "https://")):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path) if path else page
        if not target.exists() or (heading and heading not in headings(target.read_text(encoding="utf-8"))):
            found.append(link)
    return found


def headings(text: str) -> set[str]:
    """Anchors of a page, as the usual renderers make them."""
    lines = [line.lstrip("#").strip().lower() for line in text.splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", line).replace(" ", "-") for line in lines}


def broken_python(text: str) -> list[str]:
    """Code blocks that do not parse."""
    found = []
    for block in BLOCK.findall(text):
        try:
            ast.parse(block)
        except SyntaxError as error:
            found.append(f"{error}: {block[:40]}")
    return found


def files_named(name: str) -> list[Path]:
    """Files of the program that a page may mean by `name`."""
    return [path for path in (CHECKOUT / "live_monitor").rglob("*.py") if path.as_posix().endswith(f"/{name}")]


def strangers(row: str, program: dict[str, str]) -> list[str]:
    """Files, and functions or `Class.attribute`s, of one table row that the program does not have."""
    missing = [name for name in FILE.findall(row) if not files_named(name)]
    for name in NAME.findall(row):
        owner, dot, attribute = name.rpartition(".")
        wanted = [rf"class {owner}\b", rf"\b{attribute}\b"] if dot else [rf"(?:def|class) {name}\b"]
        if not name.endswith(".py") and not any(all(re.search(w, text) for w in wanted) for text in program.values()):
            missing.append(name)
    return missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert dead_links(page, page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_examples_are_python(page: Path) -> None:
    assert broken_python(page.read_text(encoding="utf-8")) == []


def test_the_life_of_a_tick_names_what_is_there(program: dict[str, str]) -> None:
    page = (CHECKOUT / "docs/life-of-a-tick.md").read_text(encoding="utf-8")
    places = [line.split("|")[3] for line in page.splitlines() if line.startswith("|") and line.count("|") == 5]
    assert len(places) > 20
    assert [stranger for place in places for stranger in strangers(place, program)] == []


def test_the_architecture_names_files_that_are_there() -> None:
    page = (CHECKOUT / "docs/architecture.md").read_text(encoding="utf-8")
    named = [name.removeprefix("live_monitor/") for name in FILE.findall(page) if not name.startswith("tests/")]
    assert [name for name in named if not files_named(name)] == []


def test_the_architecture_has_a_place_for_every_module() -> None:
    """Of the charts, and of the makers of the simulated market, there are too many to name."""
    page = (CHECKOUT / "docs/architecture.md").read_text(encoding="utf-8").partition("## Folders")[2]
    folders = ["", "cli", "runtime", "wire", "server", "data", "data/models", "data/stores"]
    folders += ["engine/market", "engine/signals"]
    modules = [path.stem for folder in folders for path in (CHECKOUT / "live_monitor" / folder).glob("*.py")]
    assert [name for name in modules if not name.startswith("__") and not re.search(rf"\b{name}\b", page)] == []


def test_the_architecture_names_the_ports_that_are_there() -> None:
    page = (CHECKOUT / "docs/architecture.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^ +ports +(.+)$", page, re.MULTILINE)
    named = row.split(", ")
    assert len(named) >= 4
    assert [name for name in named if not hasattr(ports, name)] == []


def test_the_readme_knows_every_option_and_no_other() -> None:
    page = (CHECKOUT / "README.md").read_text(encoding="utf-8").partition("## Command line")[2].partition("\n## ")[0]
    options = {option for action in _parser()._actions for option in action.option_strings if option.startswith("--")}
    written = set(re.findall(r"--[a-z][a-z-]+", page))
    assert written - {"--symbol"} <= options
    assert options - {"--help", "--version"} <= written | {"--help"}


def test_pictures_are_small_enough_for_a_clone() -> None:
    pictures = list((CHECKOUT / "docs/images").glob("*.png"))
    assert pictures
    assert {path.name: path.stat().st_size for path in pictures if path.stat().st_size > MAX_PICTURE_BYTES} == {}


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("## A heading, of two\n")
    page = tmp_path / "page.md"
    text = "[a](other.md) [b](other.md#a-heading-of-two) [c](other.md#none) [d](gone.md) [e](https://example.org)"
    assert dead_links(page, text) == ["other.md#none", "gone.md"]


def test_broken_python_is_found() -> None:
    assert broken_python("```python\nprint(1)\n```\n") == []
    assert broken_python("```python\nprint(1\n```\n") != []


def test_a_name_that_is_not_there_is_found(program: dict[str, str]) -> None:
    assert strangers("`data/inbox.py` `Inbox.take`, `decode_request`; `relay_pace.py`", program) == []
    assert strangers("`data/inbox.py` `Inbox.takes_nothing` `decode_no_request`", program) == [
        "Inbox.takes_nothing",
        "decode_no_request",
    ]
    assert strangers("`data/outbox_of_old.py`", program) == ["data/outbox_of_old.py"]

"""An import in a thread beside the window rests before each module; everybody else's imports do not."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live_monitor.providers import gentle_import
from live_monitor.providers.gentle_import import gently

NAMES = ("gently_one", "gently_two")


@pytest.fixture
def rested(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[int]]:
    """Two modules that can be imported, and the threads that rested."""
    for name in NAMES:
        (tmp_path / f"{name}.py").write_text("ANSWER = 42\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    threads: list[int] = []
    monkeypatch.setattr(
        "live_monitor.providers.gentle_import.time.sleep", lambda _seconds: threads.append(threading.get_ident())
    )
    yield threads
    for name in NAMES:
        sys.modules.pop(name, None)


def in_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)


def load_gently(*names: str) -> None:
    with gently(), gently():
        for name in names:
            assert importlib.import_module(name).ANSWER == 42


def test_a_thread_rests_before_each_module_and_no_longer_afterwards(rested: list[int]) -> None:
    def work() -> None:
        load_gently(NAMES[0])
        importlib.import_module(NAMES[1])

    in_thread(work)
    assert len(rested) == 1
    assert set(NAMES) <= set(sys.modules)


def test_a_module_that_is_known_costs_no_rest(rested: list[int]) -> None:
    in_thread(lambda: load_gently(*NAMES, *NAMES))
    assert len(rested) == len(NAMES)


def test_the_main_thread_never_rests(rested: list[int]) -> None:
    load_gently(*NAMES)
    assert rested == []


def test_an_import_that_fails_ends_the_rests(rested: list[int]) -> None:
    def work() -> None:
        with pytest.raises(ImportError), gently():
            importlib.import_module("gently_missing")
        importlib.import_module(NAMES[0])

    in_thread(work)
    assert len(rested) == 1
    assert sys.meta_path.count(gentle_import._rests) == 1

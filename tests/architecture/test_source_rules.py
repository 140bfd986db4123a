"""The rules hold for every committed file, and each can fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.architecture import source_rules as rules

Rule = Callable[[str], list[str]]

#: Files that may be longer than the rule says -> why.
LONG_FILES: dict[str, str] = {}


def findings(rule: Rule, texts: Mapping[str, str]) -> list[str]:
    return [f"{path}:{finding}" for path, text in texts.items() for finding in rule(text)]


def assert_none(found: list[str]) -> None:
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("rule", [rules.waivers_without_reason, rules.put_off, rules.swallowed_errors])
def test_rule_holds_in_every_python_file(rule: Rule, sources: dict[str, str]) -> None:
    assert_none(findings(rule, sources))


@pytest.mark.parametrize("rule", [rules.narrow_signals, rules.nested_loops])
def test_rule_holds_in_the_program(rule: Rule, program: dict[str, str]) -> None:
    assert_none(findings(rule, program))


def test_only_the_clock_module_reads_the_clocks(program: dict[str, str]) -> None:
    others = {path: text for path, text in program.items() if path != "live_monitor/clock.py"}
    assert_none(findings(rules.clock_reads, others))


def test_files_are_short_or_say_why_not(sources: dict[str, str]) -> None:
    long = {path for path, text in sources.items() if rules.too_long(text)}
    assert long == set(LONG_FILES), "too long, or no longer too long"


def test_nothing_committed_names_a_machine_or_a_registry(texts: dict[str, str]) -> None:
    assert_none(findings(rules.foreign_places, texts))


def test_every_module_says_what_it_holds(sources: dict[str, str]) -> None:
    assert_none([finding for path in sources for finding in rules.vague_name(path)])


#: Modules that something other than the program starts -> what.
ENTRIES = {
    "live_monitor.__main__": "python -m live_monitor",
    "live_monitor.cli.backfill": "the command table in live_monitor.cli",
    "live_monitor.cli.bars": "the command table in live_monitor.cli",
    "live_monitor.cli.doctor": "the command table in live_monitor.cli",
    "live_monitor.cli.feed": "the command table in live_monitor.cli",
    "live_monitor.cli.import_ticks": "the command table in live_monitor.cli",
    "live_monitor.cli.ledger": "the command table in live_monitor.cli",
    "live_monitor.cli.paper": "the command table in live_monitor.cli",
    "live_monitor.cli.poll_tos_excel": "the command table in live_monitor.cli",
    "live_monitor.cli.read_excel": "the command table in live_monitor.cli",
    "live_monitor.cli.read_workbook": "the command table in live_monitor.cli",
    "live_monitor.cli.tos_workbook": "the command table in live_monitor.cli",
    "live_monitor.cli.watch": "the command table in live_monitor.cli",
}


def test_every_module_is_reached_from_another(program: dict[str, str]) -> None:
    assert_none([name for name in rules.unreached(program) if name not in ENTRIES])


def test_module_that_nobody_imports_is_found() -> None:
    program = {
        "live_monitor/a.py": "from live_monitor import b\n",
        "live_monitor/b.py": "import live_monitor.b\nHOME = 'live_monitor.deep.c'\n",
        "live_monitor/deep/__init__.py": "",
        "live_monitor/deep/c.py": "from live_monitor.deep.d import x\n",
        "live_monitor/deep/d.py": "from live_monitor.deep.e import y\n",
        "live_monitor/deep/e.py": "def f():\n    import live_monitor.a\n",
        "live_monitor/lonely.py": "import live_monitor.lonely\n",
    }
    assert rules.unreached(program) == ["live_monitor.lonely"]


#: Assembled from halves, so that this very file breaks no rule.
NOQA, IGNORE = "# no" + "qa", "# type: " + "ignore"
BROKEN = [
    (rules.too_long, "x = 1\n" * 401),
    (rules.foreign_places, "see /wo" + "rk/main/x.py"),
    (rules.foreign_places, "HOME=/ro" + "ot/.cache"),
    (rules.foreign_places, "open('/ho" + "me/jane/x')"),
    (rules.foreign_places, "--index-url https://py" + "pi.org"),
    (rules.foreign_places, "--index-url https://mirror.example.net/sim" + "ple/"),
    (rules.foreign_places, "https://files.python" + "hosted.org/packages/x.whl"),
    (rules.waivers_without_reason, f"x = 1  {NOQA}\n"),
    (rules.waivers_without_reason, f"x = 1  {NOQA}: E501\n"),
    (rules.waivers_without_reason, f"x = 1  {IGNORE}\n"),
    (rules.waivers_without_reason, f"x = 1  {IGNORE}[attr-defined]\n"),
    (rules.waivers_without_reason, f"x = 1  {IGNORE}  # because it is so\n"),
    (rules.put_off, "x = 1  # TO" + "DO: later\n"),
    (rules.narrow_signals, "changed = pyqtSignal(int)\n"),
    (rules.narrow_signals, "changed = QtCore.pyqtSignal(str, int)\n"),
    (rules.narrow_signals, "changed = pyqtSignal('int')\n"),
    (rules.narrow_signals, "changed = pyqtSignal(list)\n"),
    (rules.clock_reads, "import time\nnow = time.time()\n"),
    (rules.clock_reads, "import time\nclock = time.monotonic\n"),
    (rules.clock_reads, "from time import monotonic\n"),
    (rules.clock_reads, "from datetime import datetime\nnow = datetime.now()\n"),
    (rules.nested_loops, "QApplication.processEvents()\n"),
    (rules.nested_loops, "asyncio.run(main())\n"),
    (rules.swallowed_errors, "try:\n    f()\nexcept Exception:\n    pass\n"),
    (rules.swallowed_errors, "try:\n    f()\nexcept:\n    pass\n"),
    (rules.vague_name, "live_monitor/utils.py"),
]


@pytest.mark.parametrize(("rule", "sample"), BROKEN)
def test_rule_finds_what_breaks_it(rule: Rule, sample: str) -> None:
    assert rule(sample) != []


SOUND = [
    (rules.too_long, "x = 1\n" * 400),
    (rules.foreign_places, "the root of /var/lib and https://example.org/work/"),
    (rules.foreign_places, "network: homework/roots"),
    (rules.waivers_without_reason, f"x = 1  {NOQA}: E501 - a table reads better in one line\n"),
    (rules.waivers_without_reason, f"x = 1  {IGNORE}[attr-defined]  # absent from the stubs\n"),
    (rules.waivers_without_reason, f"x = '{NOQA}'\n"),
    (rules.narrow_signals, "changed = pyqtSignal(object, str)\n"),
    (rules.clock_reads, "import time\nstarted = time.perf_counter()\n"),
    (rules.nested_loops, "runner.run(main())\n"),
    (rules.swallowed_errors, "try:\n    f()\nexcept OSError:\n    pass\n"),
    (rules.vague_name, "live_monitor/engine/market/sessions.py"),
]


@pytest.mark.parametrize(("rule", "sample"), SOUND)
def test_rule_leaves_sound_code_alone(rule: Rule, sample: str) -> None:
    assert rule(sample) == []

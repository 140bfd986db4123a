"""Rules of the house that no linter knows, each a pure function from a file's text to its findings.

A finding is `line: what is wrong`. The tests run every rule over the committed files and over samples that break it.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence

MAX_LINES = 400

#: Reads of the machine's clocks, by qualified name; `perf_counter` only measures ourselves and stays allowed.
CLOCKS = {
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.localtime", "time.gmtime",
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now",
    "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
}  # fmt: skip

#: Folders that exist on one machine only, hosts of package registries, and addresses of their files.
_PLACES = re.compile(
    r"""(?<![\w./-])/(?:work|root|home/\w+|Users/\w+)(?=[/\s"'`,;:)]|$)
    |(?:pypi|pythonhosted|npmjs|anaconda|crates)\.(?:org|com|io)
    |\b[\w.-]+\.\w+/(?:simple|pypi/simple|artifactory)\b""",
    re.VERBOSE,
)
_NOQA = re.compile(r"#\s*noqa\b(.*)$", re.IGNORECASE)
_NOQA_WITH_REASON = re.compile(r":\s*[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*\s+(?:-|–|#)\s*\S.{2,}")
_IGNORE = re.compile(r"#\s*type:\s*ignore\b(.*)$")
_IGNORE_WITH_REASON = re.compile(r"\[[a-z-]+(?:,\s*[a-z-]+)*\]\s+#\s*\S.{2,}")
_DOTTED = re.compile(r"live_monitor(?:\.\w+)+")
_LATER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")


def too_long(text: str) -> list[str]:
    """A file tells one story: at most MAX_LINES lines."""
    count = len(text.splitlines())
    return [f"{count} lines, more than {MAX_LINES}"] if count > MAX_LINES else []


def foreign_places(text: str) -> list[str]:
    """Nothing committed names a machine's own folder or a package registry."""
    return [
        f"{number}: {match.group().strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        for match in _PLACES.finditer(line)
    ]


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def waivers_without_reason(text: str) -> list[str]:
    """Each `noqa` and `type: ignore` names its rule and says why, on the same line."""
    found = []
    for number, comment in _comments(text):
        noqa, ignore = _NOQA.search(comment), _IGNORE.search(comment)
        if noqa and not _NOQA_WITH_REASON.match(noqa.group(1)):
            found.append(f"{number}: {comment}")
        if ignore and not _IGNORE_WITH_REASON.match(ignore.group(1)):
            found.append(f"{number}: {comment}")
    return found


def put_off(text: str) -> list[str]:
    """Work is done or stands in an issue, never in a comment."""
    return [f"{number}: {comment}" for number, comment in _comments(text) if _LATER.search(comment)]


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def _calls(text: str) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield node, _dotted(node.func)


def narrow_signals(text: str) -> list[str]:
    """No `pyqtSignal(int)`: 32 bits, which times and volumes overflow in silence. No `pyqtSignal(list)`: it copies."""
    found = []
    for call, name in _calls(text):
        if name.rsplit(".", 1)[-1] != "pyqtSignal":
            continue
        types = [_dotted(argument) for argument in call.args]
        types += [str(argument.value) for argument in call.args if isinstance(argument, ast.Constant)]
        found += [f"{call.lineno}: pyqtSignal({kind})" for kind in types if kind in ("int", "list")]
    return found


def clock_reads(text: str) -> list[str]:
    """Clocks come in as arguments. Imports of the bare functions count too."""
    tree = ast.parse(text)
    found = [
        f"{node.lineno}: {_dotted(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and _dotted(node) in CLOCKS
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            names = (f"time.{alias.name}" for alias in node.names)
            found += [f"{node.lineno}: {name}" for name in names if name in CLOCKS]
    return found


def nested_loops(text: str) -> list[str]:
    """No `processEvents()` (a nested event loop reorders the world) and no `asyncio.run()`.

    Under qasync on Python 3.11 the latter builds a Qt loop in the thread and aborts: use `asyncio.Runner` with a
    `loop_factory`.
    """
    return [
        f"{call.lineno}: {name}"
        for call, name in _calls(text)
        if name.endswith(".processEvents") or name == "asyncio.run"
    ]


def swallowed_errors(text: str) -> list[str]:
    """No handler that catches everything and does nothing."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        broad = node.type is None or _dotted(node.type) in ("Exception", "BaseException")
        if broad and all(isinstance(statement, ast.Pass) for statement in node.body):
            found.append(f"{node.lineno}: swallows every error")
    return found


def named_modules(text: str) -> set[str]:
    """Modules that a file imports, at its top, in a function or by a string that names one."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
            found.add(node.value)
    return found


def unreached(program: Mapping[str, str]) -> list[str]:
    """Modules of `program` (path -> text) that no other of its modules names; packages count as reached."""
    names = {path: path.removesuffix(".py").replace("/", ".") for path in program if not path.endswith("__init__.py")}
    mentions = {path: named_modules(text) for path, text in program.items()}
    return sorted(
        name
        for path, name in names.items()
        if not any(name in mentioned for other, mentioned in mentions.items() if other != path)
    )


def vague_name(path: str) -> list[str]:
    """A module is named after what it holds."""
    stem = path.rsplit("/", 1)[-1].split(".", 1)[0]
    return [f"{path}: says nothing"] if stem in ("utils", "util", "misc", "helpers", "helper", "common") else []


def without_a_line(items: Sequence[str], text: str) -> list[str]:
    """Items that `text` does not mention."""
    return [item for item in items if item not in text]

"""`script/bench [NAME…] [--json FILE] [--into FILE] [--peers] [--small] [--rounds N] [--minutes M]`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.child import environment
from bench.goals import goal_of
from bench.rows import SMALL, Row, Size, machine, number, row_of, table

NAMES = (
    "tick",
    "steps",
    "desktop",
    "sustained",
    "start",
    "feed",
    "chart",
    "bars",
    "indicators",
    "store",
    "history",
    "orders",
    "providers",
)
HEADER = ("case", "ours", "unit", "peer", "peer's", "ratio", "goal", "met")


#: Marks in a document between which the tables of a run stand.
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def line_of(row: Row) -> list[str]:
    """One row as text."""
    goal, met = goal_of(row)
    ratio = number(row.ratio) + "×" if row.ratio == row.ratio else ""
    peer_value = number(row.peer_value) if row.peer else ""
    verdict = "" if met is None else "yes" if met else "NO"
    return [row.bench, row.case, number(row.ours), row.unit, row.peer, peer_value, ratio, goal, verdict]


def report(where: str, rows: Sequence[Row]) -> str:
    """The machine, then a table for each bench."""
    parts = [where]
    for bench in dict.fromkeys(row.bench for row in rows):
        lines = [line_of(row)[1:] for row in rows if row.bench == bench]
        used = [column for column in range(len(HEADER)) if any(line[column] for line in lines)]
        parts.append(f"### {bench}")
        parts.append(table([HEADER[column] for column in used], [[line[column] for column in used] for line in lines]))
    return "\n\n".join(parts) + "\n"


def between_marks(document: str, text: str) -> str:
    """The document with `text` between its two marks. Raises ValueError when it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{text}{END}{after}"


def measured(name: str, size: Size) -> Iterator[Row]:
    """The rows of one bench, as they come."""
    found: Iterator[Row] = importlib.import_module(f"bench.{name}").run(size)
    return found


def measured_apart(name: str, size: Size) -> Iterator[Row]:
    """The same in a process of its own: benches share no Qt application, nor what the one before left in memory."""
    options = ["--rounds", str(size.rounds), "--minutes", str(size.minutes), *(["--small"] if size.tiny else [])]
    with TemporaryDirectory(prefix="bench") as folder:
        rows = Path(folder) / "rows.json"
        command = [sys.executable, "-P", "-m", "bench", name, "--json", str(rows), *options]
        done = subprocess.run(
            command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        if done.returncode != 0 or not rows.exists():
            print(f"{name} failed:\n{done.stderr.decode(errors='replace')[-2_000:]}", file=sys.stderr)
        if rows.exists():
            yield from map(row_of, json.loads(rows.read_text(encoding="utf-8")))


def main() -> int:
    """Runs the benches that are named (all by default), prints each row as it comes and the table at the end."""
    parser = argparse.ArgumentParser(prog="script/bench", description="Benchmarks; ratios are of one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows as JSON")
    parser.add_argument("--into", type=Path, metavar="FILE", help=f"replace what stands between {BEGIN} and {END}")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of ours and peers in turn; medians count")
    parser.add_argument("--minutes", type=float, default=0.0, help="watch memory under load for so long (nights: 10)")
    parser.add_argument("--small", action="store_true", help="tiny sizes: shows that everything runs, measures nothing")
    parser.epilog = "--peers also fetches what is measured against."
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no bench {', '.join(unknown)}; choose from {', '.join(NAMES)}")
    # No bench opens a window on a screen.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    size = SMALL if given.small else Size(rounds=given.rounds, minutes=given.minutes)
    rows: list[Row] = []
    where = machine()
    print(where, file=sys.stderr)
    names, failed = given.names or NAMES, False
    try:
        for name in names:
            found = measured(name, size) if len(names) == 1 else measured_apart(name, size)
            for row in found:
                rows.append(row)
                print("  ".join(filter(None, line_of(row))), file=sys.stderr, flush=True)
            failed = failed or not any(row.bench == name for row in rows)
    finally:
        # What was measured before an interruption is kept.
        text = report(where, rows)
        print(text, end="")
        if given.json is not None:
            given.json.write_text(json.dumps([row.as_dict() for row in rows], indent=2) + "\n", encoding="utf-8")
        if given.into is not None:
            given.into.write_text(between_marks(given.into.read_text(encoding="utf-8"), text), encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""Kills a process that writes a store, again and again, and looks each time at what is left.

    python -m tests.faults.store_kills FOLDER ROUNDS SEED
    python -m tests.faults.store_kills FOLDER statements SEED

Each round forks a writer, which says of every step that it is done, kills it (SIGKILL) at a random moment, and compares
the file with a model: everything acknowledged is there, the step under way is there whole or not at all, and no day is
kept twice. The file goes on into the next round as it was left. With "statements" a writer is killed before each SQL
statement of some steps instead, so that no moment is left to chance. Prints a line of JSON; ends with 1 at the first
fault.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import struct
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from pathlib import Path

from live_monitor.data.models.timeframe import MINUTE, SECOND
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.data.stores.stretches import Stretches
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.ports import HistoryStore, SeriesKey
from tests.conformance.history_store import ALL_MS, DAY_MS, FRIDAY_MS, a_bar, bits

KEYS = [
    SeriesKey("simulated-86", symbol, timeframe) for symbol in ("AAPL", "ESZ6", "F") for timeframe in (SECOND, MINUTE)
]
#: Market time passes so fast that days close while the writer lives.
STEP_MS = 600_000
#: A fresh file after so many rounds: what is compared stays small.
ROUNDS_A_FILE = 10
#: Steps of the story that are killed at every statement, and how fast time passes in it: a day closes every fifth.
_STATEMENT_STEPS = 20
_FAST_MS = 5 * 3_600_000
_ACK = struct.Struct("<I")


class Model:
    """What the store must hold."""

    def __init__(self) -> None:
        self.bars: dict[SeriesKey, dict[int, Bar]] = {key: {} for key in KEYS}
        self.covered = {key: Stretches() for key in KEYS}

    def put(self, key: SeriesKey, bars: BarColumns, covers: tuple[int, int] | None = None) -> None:
        self.append([(key, bar) for bar in bars.bars()])
        if covers is not None:
            self.covered[key].add(*covers)

    def append(self, rows: list[tuple[SeriesKey, Bar]]) -> None:
        for key, bar in rows:
            known = self.bars[key].get(bar.start_ms)
            if known is None or known.source <= bar.source:
                self.bars[key][bar.start_ms] = bar

    def differences(self, store: HistoryStore, path: Path) -> list[str]:
        """What the file says otherwise."""
        wrong = []
        for key in KEYS:
            expected = BarColumns.of(self.bars[key][start] for start in sorted(self.bars[key]))
            if bits(store.read(key, 0, ALL_MS)) != bits(expected):
                wrong.append(f"bars of {key}")
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute(
                "SELECT market, symbol, timeframe, from_ms, to_ms FROM covers JOIN series ON series.id = series"
            ).fetchall()
        for key in KEYS:
            here = sorted(row[3:] for row in found if row[:3] == (key.market, key.symbol, key.timeframe.name))
            if here != list(self.covered[key]):
                wrong.append(f"covers of {key}: {here}, not {list(self.covered[key])}")
        return wrong


def play(store: SqliteStore | Model, seed: int, step: int, step_ms: int = STEP_MS) -> None:
    """One step of the story; the same for equal numbers."""
    rng = random.Random(f"{seed}/{step}")
    now_ms = FRIDAY_MS + step_ms * step
    kind = rng.choices(("live", "late", "page", "today", "pack"), (6, 2, 2, 1, 4))[0]
    if kind == "live":
        store.append([(key, a_bar(now_ms, float(step + 1))) for key in KEYS for _ in range(rng.randrange(1, 3))])
    elif kind == "late":
        day = now_ms - rng.randrange(0, 4) * DAY_MS
        source = rng.choice(list(BarSource))
        store.append([(rng.choice(KEYS), a_bar(day - 7_000 * row, float(step + 1), source=source)) for row in range(5)])
    elif kind == "pack":
        if isinstance(store, SqliteStore):
            store.pack(now_ms)
    else:
        from_ms = now_ms - (0 if kind == "today" else rng.randrange(1, 5) * DAY_MS) - 3_600_000
        bars = BarColumns.of(
            a_bar(from_ms + 2_000 * row, float(step + 1), source=BarSource.HISTORY)
            for row in range(rng.randrange(1, 400))
        )
        store.put(rng.choice(KEYS), bars, (from_ms, from_ms + rng.choice((1, 10, 30)) * 3_600_000))


def write_for_ever(path: Path, seed: int, step: int, ack: int) -> None:
    """The writer's life."""
    store = SqliteStore(path, busy_s=30.0)
    while True:
        play(store, seed, step)
        os.write(ack, _ACK.pack(step))
        step += 1


def killed_writer(rng: random.Random, life: Callable[[int], None]) -> list[int]:
    """Forks a writer, kills it at a random moment, and gives the steps that it has acknowledged."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read_end)
            life(write_end)
        finally:
            # Only reached by an error; what this process inherited is the other's to clean up.
            traceback.print_exc()
            os._exit(3)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as acks:
        said = acks.read(_ACK.size * rng.choice((1, 2, 5, 20, 60)))
        until = time.perf_counter() + rng.random() ** 3 * 0.02
        while time.perf_counter() < until:
            pass
        os.kill(child, signal.SIGKILL)
        said += acks.read()
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        raise AssertionError("the writer ended by itself")
    return [step for (step,) in _ACK.iter_unpack(said)]


def kill_at_every_statement(folder: Path, seed: int) -> int:
    """Steps of every kind, each repeated on the same file until it is no longer killed."""
    path, before, kills, packs = folder / "statements.sqlite3", Model(), 0, 0
    for step in range(_STATEMENT_STEPS):
        with closing(SqliteStore(path)):
            pass
        sound, after = path.read_bytes(), deepcopy(before)
        play(after, seed, step, _FAST_MS)
        statement = 1
        while True:
            path.write_bytes(sound)
            killed = _killed_at(path, seed, step, statement)
            kills += killed
            with closing(SqliteStore(path)) as store:
                wrong = after.differences(store, path)
                if wrong and killed:
                    wrong = before.differences(store, path)
                twice = _kept_twice(path)
                if wrong or twice or store.notice:
                    print(json.dumps({"step": step, "statement": statement, "wrong": wrong, "twice": twice}))
                    return 1
            if not killed:
                break
            # Hundreds of rows are alike.
            statement += 1 + statement // 12
        with closing(sqlite3.connect(path)) as connection:
            packs = connection.execute("SELECT count(*) FROM blocks").fetchone()[0]
        before = after
    print(json.dumps({"kills": kills, "blocks": packs}))
    return 0


def _killed_at(path: Path, seed: int, step: int, statement: int) -> bool:
    """Plays a step in a process that kills itself before its n-th statement; False when it has fewer."""
    child = os.fork()
    if child == 0:
        try:
            store, seen = SqliteStore(path), 0

            def count(_: str) -> None:
                nonlocal seen
                seen += 1
                if seen == statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            connection = store._connection
            assert connection is not None
            connection.set_trace_callback(count)
            play(store, seed, step, _FAST_MS)
            store.close()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def main(folder: Path, rounds: int, seed: int) -> int:
    rng, acknowledged, whole_steps = random.Random(seed), 0, 0
    path, model, step = folder / "none", Model(), 0
    for number in range(rounds):
        if number % ROUNDS_A_FILE == 0:
            path, model, step = folder / f"{number}.sqlite3", Model(), 0
        for done in killed_writer(rng, lambda ack, path=path, step=step: write_for_ever(path, seed, step, ack)):  # type: ignore[misc]  # bound per round
            assert done == step
            play(model, seed, step)
            step += 1
            acknowledged += 1
        with closing(SqliteStore(path)) as store:
            wrong = model.differences(store, path)
            if wrong:
                # The step under way may have come through, whole.
                play(model, seed, step)
                step += 1
                whole_steps += 1
                wrong = model.differences(store, path)
            twice = _kept_twice(path)
            if wrong or twice or store.notice:
                print(
                    json.dumps({"round": number, "step": step, "wrong": wrong, "twice": twice, "notice": store.notice})
                )
                return 1
    print(json.dumps({"rounds": rounds, "acknowledged": acknowledged, "whole_steps": whole_steps}))
    return 0


def _kept_twice(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT series, day FROM blocks JOIN bars USING (series) WHERE start_ms >= from_ms AND start_ms < to_ms"
        )
        return found.fetchall()


if __name__ == "__main__":
    where, what, first = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    sys.exit(kill_at_every_statement(where, first) if what == "statements" else main(where, int(what), first))

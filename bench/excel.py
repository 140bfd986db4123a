"""Rows of a quote sheet: cells to level 1, beside what one writes first, a `Decimal` from the text of each cell."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.rows import Row, Size, cost, interleave
from live_monitor.limits import Rejections
from live_monitor.providers.excel_file import read_saved
from live_monitor.providers.excel_rows import SheetReader

ROWS: Final = 500
BLOCKS: Final = 40
AT_MS: Final = 1_795_188_600_000
#: Twenty, with the symbol: numbers, two columns of text, and cells that say nothing.
HEADINGS: Final[list[object]] = [
    "Symbol", "Last", "Bid", "Ask", "Open", "High", "Low", "Close", "Volume", "Net change", "Mark", "Bid size",
    "Ask size", "Last size", "52HIGH", "52LOW", "Delta", "Percent change", "Description", "Exchange",
]  # fmt: skip
Block = list[list[object]]


def _block(numbers: random.Random) -> Block:
    rows: Block = [HEADINGS]
    for row in range(ROWS):
        prices: list[object] = [round(numbers.uniform(1, 500), 2) for _ in range(16)]
        share: object = "loading" if row % 50 == 0 else f"{numbers.uniform(-5, 5):.2f}%"
        rows.append([f"S{row}", *prices, share, f"Company {row}", "N"])
    return rows


def _ours(reader: SheetReader, block: Block) -> object:
    return [row.snapshot(AT_MS) for row in reader.read(block).changed]


def _naive(block: Sequence[Sequence[object]]) -> object:
    names = [str(name).lower() for name in block[0]]
    return [{name: _decimal(cell) for name, cell in zip(names, row, strict=True)} for row in block[1:]]


def _decimal(cell: object) -> Decimal | str | None:
    text = str(cell).replace(",", "").strip()
    if text in ("", "N/A", "loading"):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _milliseconds(work: Callable[[Block], object], blocks: Sequence[Block]) -> Callable[[], float]:
    def measure() -> float:
        # CPU time of the best of three: neighbours on the machine only ever add to it.
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            for block in blocks:
                work(block)
            best = min(best, time.process_time() - started)
        return best / len(blocks) * 1_000

    return measure


def excel(size: Size) -> Iterator[Row]:
    """Blocks to level 1: every number new, nothing new; as documented dicts; and a saved workbook, process and all."""
    numbers = random.Random(6)
    blocks = [_block(numbers) for _ in range(2 if size.tiny else BLOCKS)]
    reader, still = SheetReader(Rejections()), SheetReader(Rejections())
    rows = SheetReader(Rejections()).read(blocks[0]).rows
    found = interleave(
        size.rounds,
        {
            "new": _milliseconds(lambda block: _ours(reader, block), blocks),
            "naive": _milliseconds(_naive, blocks),
            "still": _milliseconds(lambda _: still.read(blocks[0]), blocks),
            "dicts": _milliseconds(lambda _: [row.quote() for row in rows], blocks),
        },
    )
    unit = "ms of CPU"
    case = f"Excel, {ROWS} rows of {len(HEADINGS)} cells to level 1"
    yield cost("providers", case, found["new"], unit, "a Decimal a cell, unchecked", found["naive"])
    yield cost("providers", f"Excel, {ROWS} rows of which none has changed", found["still"], unit)
    yield cost("providers", f"Excel, {ROWS} documented dicts", found["dicts"], unit)
    yield cost("providers", "Excel, a saved workbook, with its process", _saved(blocks[0]), "ms")


def _saved(block: Block) -> float:
    from openpyxl import Workbook

    with TemporaryDirectory(prefix="bench") as folder:
        path, book = Path(folder) / "quotes.xlsx", Workbook()
        for row in block:
            book.active.append(row)
        book.save(path)
        best = float("inf")
        for _ in range(3):
            started = time.perf_counter()
            read_saved(str(path))
            best = min(best, time.perf_counter() - started)
    return best * 1_000

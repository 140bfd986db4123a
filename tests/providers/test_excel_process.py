"""The process that reads Excel, with an Excel in it that hangs and dies: ended, started again, and never waited for."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from live_monitor.clock import SystemClock
from live_monitor.providers.excel_lines import Attached, Beat, Line, Order, Refusals, Rows, Trouble
from live_monitor.providers.excel_process import ExcelProcess, ProcessTiming, child_command, child_environment
from tests.fakes.memory_excel import Mode, write_world
from tests.providers.quote_sheet import PATH, SHEET, VFF, books, changed

PATIENCE_S = 20.0
ARGUMENTS = ["--file", PATH, "--sheet", SHEET, "--source", "excel", "--interval", "0.05"]
#: The product's waits for a child that starts, a fifth of those for one that is silent.
QUICK = ProcessTiming(silence=1.0, pause=0.05, check=0.05)


class Excel:
    """A world in a file, the process that reads it, and what it said."""

    def __init__(self, folder: Path, timing: ProcessTiming = QUICK) -> None:
        self.state = folder / "world.json"
        self.show()
        command = [sys.executable, "-m", "tests.fakes.memory_excel", str(self.state), "--", *ARGUMENTS]
        self.process = ExcelProcess(command, os.environ, clock=SystemClock(), timing=timing)
        self.lines: list[Line] = []
        self.ends: list[tuple[str, float]] = []
        self.task: asyncio.Task[None] | None = None

    def show(self, last: float = 3.0, mode: Mode = "ok", left: int = -1) -> None:
        write_world(self.state, books(changed(VFF, last=last)), mode, left=left)

    async def start(self) -> None:
        self.task = asyncio.create_task(
            self.process.run(self.lines.append, lambda words, delay: self.ends.append((words, delay)))
        )
        await until(lambda: self.last() == 3.0)

    def last(self) -> float | None:
        return next((line.rows[0].last for line in reversed(self.lines) if isinstance(line, Rows)), None)

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def until(happened: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.005)


def wait_for_threads(*names: str) -> None:
    """Until those that end by themselves have ended."""
    for thread in threading.enumerate():
        if thread.name in names:
            thread.join(PATIENCE_S)


def is_running_and_no_zombie(pid: int) -> bool:
    """Of a process that is no child of ours: whoever inherits it may be slow to reap it."""
    state = Path(f"/proc/{pid}/stat")
    if not state.exists():
        return is_running(pid) and not Path("/proc/self").exists()
    return state.read_text().rpartition(")")[2].split()[0] != "Z"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.asyncio
async def test_u15_excel_that_hangs_is_read_again_within_ten_seconds_and_holds_nobody_up(tmp_path: Path) -> None:
    """With the waits of the product."""
    excel = Excel(tmp_path, ProcessTiming())
    await excel.start()
    gaps: list[float] = []

    async def beat() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - before)

    beating = asyncio.create_task(beat())
    excel.show(mode="hang")
    await until(lambda: isinstance(excel.lines[-1], Beat))
    hung = time.monotonic()
    first = excel.process.pid
    await until(lambda: excel.ends)
    excel.show(4.0)
    await until(lambda: excel.last() == 4.0)
    assert time.monotonic() - hung <= 10.0
    assert "did not answer" in excel.ends[0][0]
    assert excel.process.pid not in (None, first)
    beating.cancel()
    await excel.stop()
    assert max(gaps) < 0.1


@pytest.mark.asyncio
async def test_u15_process_that_crashes_is_started_again_at_once(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    await excel.start()
    crashed = time.monotonic()
    excel.show(mode="crash")
    await until(lambda: excel.ends)
    excel.show(4.0)
    await until(lambda: excel.last() == 4.0)
    assert time.monotonic() - crashed <= 10.0
    assert "ended (code -9)" in excel.ends[0][0]
    await excel.stop()


@pytest.mark.asyncio
async def test_pauses_grow_while_it_dies_again_and_again(tmp_path: Path) -> None:
    process = ExcelProcess(
        [sys.executable, "-c", "import sys; sys.exit('no luck')"],
        os.environ,
        clock=SystemClock(),
        timing=QUICK._replace(pause=0.01, longest=0.04),
    )
    ends: list[tuple[str, float]] = []
    task = asyncio.create_task(process.run(lambda line: None, lambda words, delay: ends.append((words, delay))))
    await until(lambda: len(ends) == 4)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [delay for _, delay in ends] == [0.01, 0.02, 0.04, 0.04]
    assert ends[0][0] == "The process that reads Excel ended (code 1): no luck."


@pytest.mark.asyncio
async def test_program_that_cannot_be_started_is_said_and_tried_again() -> None:
    process = ExcelProcess(["/nowhere/python"], {}, clock=SystemClock(), timing=QUICK._replace(pause=0.01))
    ends: list[str] = []
    task = asyncio.create_task(process.run(lambda line: None, lambda words, delay: ends.append(words)))
    await until(lambda: len(ends) == 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "could not be started" in ends[0]


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["ok", "hang", "busy"])
async def test_it_stops_at_once_whatever_excel_does(tmp_path: Path, mode: Mode) -> None:
    excel = Excel(tmp_path, ProcessTiming())
    await excel.start()
    excel.show(mode=mode)
    await until(lambda: isinstance(excel.lines[-1], Beat))
    pid = excel.process.pid
    assert pid is not None
    before = time.monotonic()
    await excel.stop()
    assert time.monotonic() - before < 0.1
    await until(lambda: not is_running(pid), 2.0)


@pytest.mark.parametrize("delay_s", [0.0, 0.0005, 0.001, 0.002, 0.004, 0.008])
def test_it_stops_while_it_starts_and_leaves_no_process(delay_s: float) -> None:
    """The loop closes in the very moment: a process that is not waited for is a warning, and so a failure."""

    async def run() -> None:
        process = ExcelProcess([sys.executable, "-c", ""], os.environ, clock=SystemClock(), timing=QUICK)
        task = asyncio.create_task(process.run(lambda line: None, lambda words, delay: None))
        await asyncio.sleep(delay_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(run())
    wait_for_threads("excel-start", "excel", "excel-log", "excel-end")
    gc.collect()


@pytest.mark.asyncio
async def test_order_reaches_the_child(tmp_path: Path) -> None:
    excel = Excel(tmp_path)
    await excel.start()
    excel.lines.clear()
    excel.process.order(Order("reattach"))
    await until(lambda: any(isinstance(line, Attached) for line in excel.lines))
    await excel.stop()
    excel.process.order(Order("reattach"))  # nobody hears it


@pytest.mark.asyncio
async def test_lines_that_are_none_are_left_out(tmp_path: Path) -> None:
    said = r'print("hello"); print("{\"type\":\"trouble\",\"code\":\"x\",\"message\":\"m\"}", flush=True)'
    program = f"import sys; {said}; sys.stdin.read()"
    process = ExcelProcess([sys.executable, "-c", program], os.environ, clock=SystemClock(), timing=QUICK)
    lines: list[Line] = []
    task = asyncio.create_task(process.run(lines.append, lambda words, delay: None))
    await until(lambda: lines)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert lines == [Trouble("x", "m")]


def scripted(program: str, timing: ProcessTiming) -> tuple[ExcelProcess, list[Line], list[tuple[str, float]]]:
    process = ExcelProcess([sys.executable, "-c", program], os.environ, clock=SystemClock(), timing=timing)
    return process, [], []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("program", "timing"),
    [
        # Reading a large file is announced; to start takes its time as well.
        ("import time; print(BEAT, flush=True); time.sleep(0.8); print(LAST, flush=True); time.sleep(60)", 5.0),
        ("import time; time.sleep(0.8); print(LAST, flush=True); time.sleep(60)", 0.0),
    ],
)
async def test_silence_that_is_to_be_expected_is_no_hang(program: str, timing: float) -> None:
    beat, last = f'{{"type":"beat","within_s":{timing}}}', '{"type":"trouble","code":"x","message":"last"}'
    told = program.replace("BEAT", repr(beat)).replace("LAST", repr(last))
    process, lines, ends = scripted(told, ProcessTiming(silence=0.2, first=20.0, check=0.05))
    task = asyncio.create_task(process.run(lines.append, lambda words, delay: ends.append((words, delay))))
    await until(lambda: Trouble("x", "last") in lines or ends)
    assert ends == []
    await until(lambda: ends)
    assert "did not answer" in ends[0][0], "then the usual patience counts again"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.asyncio
async def test_child_that_read_for_long_is_started_again_as_soon_as_the_first_time() -> None:
    process, lines, ends = scripted("pass", ProcessTiming(pause=0.01, healthy=0.0))
    task = asyncio.create_task(process.run(lines.append, lambda words, delay: ends.append((words, delay))))
    await until(lambda: len(ends) >= 3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert {delay for _, delay in ends} == {0.01}


@pytest.mark.asyncio
@pytest.mark.skipif(os.name != "posix", reason="groups of processes as on POSIX")
async def test_what_the_child_has_started_goes_with_it() -> None:
    program = (
        "import subprocess, sys, time; far = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        'print(\'{"type":"refusals","by_reason":{"pid":%d}}\' % far.pid, flush=True); time.sleep(600)'
    )
    process, lines, ends = scripted(program, QUICK)
    task = asyncio.create_task(process.run(lines.append, lambda words, delay: ends.append((words, delay))))
    await until(lambda: lines)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (said,) = lines
    assert isinstance(said, Refusals)
    await until(lambda: not is_running_and_no_zombie(said.by_reason["pid"]))


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_child_ends_with_its_parent_also_in_a_call_that_hangs(tmp_path: Path) -> None:
    state = tmp_path / "world.json"
    write_world(state, books())
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.memory_excel", str(state), "--", *ARGUMENTS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(os.environ),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child:
        while b'"rows"' not in child.stdout.readline():
            assert child.poll() is None
        write_world(state, books(), "hang")
        while b'"beat"' not in child.stdout.readline():
            assert child.poll() is None
        child.stdin.close()  # what happens when the parent is killed
        assert child.wait(5) == 0


def test_frozen_program_starts_itself() -> None:
    assert child_command(True, "/opt/live-monitor") == ["/opt/live-monitor", "read-excel"]
    assert child_command(False, "python", ["-X", "dev"]) == ["python", "-X", "dev", "-m", "live_monitor", "read-excel"]

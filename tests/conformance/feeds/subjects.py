"""Every provider with its far end in a process of its own, under one handle: what the conformance suite is run over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, ClassVar, Self

from live_monitor.clock import SystemClock
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.data.relay_link import RelayLink
from live_monitor.net.stream_link import LinkTiming
from live_monitor.ports import FeedOutlet, MarketFeed
from live_monitor.providers.excel_process import ProcessTiming
from live_monitor.providers.polygon import PolygonFeed
from live_monitor.providers.polygon_answers import polygon_answers
from live_monitor.providers.polygon_rest import PolygonRest
from live_monitor.providers.schwab import SchwabFeed
from live_monitor.providers.schwab_door import SchwabDoor
from live_monitor.providers.schwab_rest import SchwabTraderAPI
from live_monitor.providers.tos_excel import ExcelTiming, TosExcelFeed
from live_monitor.secrets import Secret
from tests.fakes.far_end import FarEnd
from tests.providers import quote_sheet
from tests.providers.sample_ticks import session, tick, write_file
from tests.providers.schwab_subject import GivenTokens

CANARY = "CANARY-0123456789"
QUICK = LinkTiming(open_s=5.0, ping_s=0.25, pong_s=0.4, ack_s=2.0, delay_scale=0.02)
#: For a far end that is busy: a pong may have to wait behind twenty thousand frames.
PATIENT = QUICK._replace(ping_s=5.0, pong_s=5.0)
START_S = 20.0


class Subject:
    """One provider. Everything that tells the far end what to do blocks: off the loop."""

    name: ClassVar[str]
    #: Two symbols that it has, and one that it has not.
    symbols: ClassVar[tuple[str, str]] = ("AAPL", "MSFT")
    unknown: ClassVar[str] = "ZZZZZZ"
    #: It says that it does not know a symbol; others acknowledge what they will never send.
    tells_unknown: ClassVar[bool] = False
    #: Codes with which its far end can end a connection.
    codes: ClassVar[Sequence[int]] = (1000, 1001, 1006, 1011, 1012)
    #: There is a socket, and a server that counts who is connected.
    has_socket: ClassVar[bool] = True
    #: Attempts until it gives up when it is refused.
    attempts: ClassVar[int] = 1
    far: FarEnd
    timing = QUICK

    def __enter__(self) -> Self:
        raise NotImplementedError

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.far.__exit__(kind, error, trace)

    def make(self, outlet: FeedOutlet) -> MarketFeed:
        """A feed that connects to the far end."""
        raise NotImplementedError

    def speak(self, symbol: str) -> None:
        """Has the far end say something new of a symbol, to whoever wants it."""
        raise NotImplementedError

    def holds(self, symbol: str) -> bool:
        """Whether the far end counts `symbol` as wanted now."""
        return any(each == symbol or each.endswith(f".{symbol}") for each in self.far.seen()["subscribed"])

    def connections(self) -> int:
        """How often it was connected to."""
        count: int = self.far.seen()["connections"]
        return count

    def open_now(self) -> int:
        """How many are connected to it now."""
        count: int = self.far.seen()["open"]
        return count

    def refuse(self) -> None:
        """From now on nobody is let in."""
        self.far.do("refuse_auth")

    def garbage(self) -> None:
        """Says what nobody can understand."""
        self.far.do("garbage")

    def end(self, code: int) -> None:
        """Ends the connection with this code; 1006: without a word."""
        if code == 1006:
            self.far.do("abort")
        else:
            self.far.do("close", code=code)

    def fall_silent(self) -> None:
        """Says nothing more, and answers nothing, with the connection open."""
        self.far.do("silence", pongs=False)

    def talk(self) -> None:
        """Is there again for who connects anew."""
        self.far.do("talk")

    def flood(self, count: int) -> None:
        """Says `count` things of the first symbol as fast as it can."""
        self.far.do("flood", n=count, symbol=self.symbols[0])


class _Served(Subject):
    """A market of our own: `live-monitor feed` in its process, and a process between that breaks the link."""

    tells_unknown = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def arguments(self) -> list[str]:
        """What the feed is asked for."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        ready = self._folder / "port"
        with (self._folder / "feed.log").open("wb") as log:
            self._feed = subprocess.Popen(
                [sys.executable, "-m", "live_monitor", "feed", *self.arguments(), "--port", "0",
                 "--ready-file", str(ready), "--exit-with-parent"],
                stdin=subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            self._await(ready)
            self.far = FarEnd("middle", f"ws://127.0.0.1:{int(ready.read_text())}").__enter__()
        except BaseException:
            self._end_feed()
            raise
        return self

    def _await(self, ready: Path) -> None:
        pause = threading.Event()
        for _ in range(int(START_S / 0.02)):
            if ready.exists() and ready.read_text().strip():
                return
            pause.wait(0.02)
        raise TimeoutError(f"the feed did not start: {self._said()}")

    def _said(self) -> str:
        return (self._folder / "feed.log").read_text(encoding="utf-8", errors="replace")[-2_000:]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
        finally:
            self._end_feed()

    def _end_feed(self) -> None:
        """It ends with its input. One that does not is killed, and fails the test with what it said."""
        assert self._feed.stdin is not None
        self._feed.stdin.close()
        try:
            self._feed.wait(START_S)
        except subprocess.TimeoutExpired:
            self._feed.kill()
            self._feed.wait()
            raise AssertionError(f"the feed did not end with its input: {self._said()}") from None

    def make(self, outlet: FeedOutlet) -> MarketFeed:
        url = f"{self.far.ws}/ws/{{client_id}}"
        return RelayLink(url, "conformance", outlet, clock=SystemClock(), random=Random(1), timing=self.timing)

    def speak(self, symbol: str) -> None:
        """It speaks all the time."""

    def flood(self, count: int) -> None:
        self.far.do("flood", n=count, symbol=self.symbols[0], at_ms=self.market_ms())

    def market_ms(self) -> int:
        """A market time that the feed takes for the present."""
        raise NotImplementedError


class Simulated(_Served):
    name = "simulated"

    def arguments(self) -> list[str]:
        return ["--source", "sim", "--rate", "400"]

    def market_ms(self) -> int:
        return 1_795_186_800_000


class Replay(_Served):
    name = "replay"
    symbols = ("XYZ", "XYZ")

    def arguments(self) -> list[str]:
        recording = session(self._folder / "day.lmsession", _ticks(self._folder))
        return ["--source", f"replay:{recording}", "--speed", "20"]

    def market_ms(self) -> int:
        return 1_614_609_000_000


class Relay(Subject):
    name = "relay"

    def __init__(self, folder: Path) -> None:
        pass

    def __enter__(self) -> Self:
        self.far = FarEnd("plain_relay").__enter__()
        return self

    def make(self, outlet: FeedOutlet) -> MarketFeed:
        return RelayLink(self.far.ws, "conformance", outlet, clock=SystemClock(), random=Random(1), timing=self.timing)

    def speak(self, symbol: str) -> None:
        self.far.do("quote", symbol=symbol, bid=150.2, ask=150.3)
        self.far.do("trade", symbol=symbol, price=150.25)


class Polygon(Relay):
    name = "polygon"

    def __enter__(self) -> Self:
        self.far = FarEnd("polygon_server", "--key", CANARY).__enter__()
        return self

    def make(self, outlet: FeedOutlet) -> MarketFeed:
        clock = SystemClock()
        # Nothing answers there: the stream must not need it.
        rest = PolygonRest(Secret(CANARY), "http://127.0.0.1:9", clock=clock)
        inner, answers = polygon_answers(outlet, rest, clock, market="polygon", delay_s=0.0)
        return PolygonFeed(
            inner, Secret(CANARY), clock=clock, random=Random(1), server_url=self.far.ws, answers=answers,
            timing=self.timing,
        )  # fmt: skip


class Schwab(Relay):
    name = "schwab"
    #: A token may be too old: it is asked once more with a new one.
    attempts = 2

    def __enter__(self) -> Self:
        self.far = FarEnd("schwab_server", "--token", CANARY).__enter__()
        self.far.do("unknown", symbols=[self.unknown])
        return self

    def make(self, outlet: FeedOutlet) -> MarketFeed:
        clock, tokens = SystemClock(), GivenTokens(CANARY)
        api = SchwabTraderAPI(SchwabDoor(tokens, clock=clock, base_url=self.far.rest), clock)
        return SchwabFeed(outlet, tokens, api, clock=clock, random=Random(1), timing=self.timing)

    def speak(self, symbol: str) -> None:
        self.far.do("quote", symbol=symbol, bid=150.2, ask=150.3)
        self.far.do("trade", symbol=symbol, price=150.25, size=100)


class TosExcel(Subject):
    """A saved workbook, read by the child process: the file is the far end, and the child can be hurt."""

    name = "tos_excel"
    symbols = ("VFF", "SPY")
    tells_unknown = True
    has_socket = False
    #: Signals with which the child ends.
    codes = (signal.SIGTERM, signal.SIGKILL)

    def __init__(self, folder: Path) -> None:
        self._book = folder / "quotes.xlsx"
        self._count = 0
        self._refuses = False
        self._feeds: list[TosExcelFeed] = []
        self._pids: list[int] = []

    def __enter__(self) -> Self:
        self._save()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def _save(self) -> None:
        self._count += 1
        last = 3.0 + self._count / 100
        rows = [quote_sheet.changed(row, last=last, bid=last - 0.01, ask=last + 0.01) for row in self._rows()]
        quote_sheet.save(self._book, *rows)

    def _rows(self) -> list[list[Any]]:
        return [quote_sheet.VFF, quote_sheet.SPY]

    def make(self, outlet: FeedOutlet) -> MarketFeed:
        choice = ProviderChoice(
            provider="tos_excel", workbook="" if self._refuses else str(self._book), sheet="Quotes", interval_s=0.1
        )
        timing = ExcelTiming(look=0.1, process=ProcessTiming(silence=2.0, check=0.1, pause=0.05))
        feed = TosExcelFeed(outlet, choice, clock=SystemClock(), environ=os.environ, source="file", timing=timing)
        self._feeds.append(feed)
        return feed

    def speak(self, symbol: str) -> None:
        self._save()

    def holds(self, symbol: str) -> bool:
        return symbol in self._feeds[-1]._wanted  # there is no far end that could tell

    def connections(self) -> int:
        return self._feeds[-1].process.restarts + 1

    def refuse(self) -> None:
        self._refuses = True

    def garbage(self) -> None:
        self._book.write_bytes(b"PK\x03\x04 this is no workbook" * 50)

    def end(self, code: int) -> None:
        self._signal(code)

    def fall_silent(self) -> None:
        self._signal(signal.SIGSTOP)

    def talk(self) -> None:
        """The child that hangs is replaced by one that does not."""

    def flood(self, count: int) -> None:
        for _ in range(20):
            self._save()

    def _signal(self, number: int) -> None:
        pid = self._feeds[-1].process.pid
        assert pid is not None
        os.kill(pid, number)


SUBJECTS: tuple[type[Subject], ...] = (Simulated, Replay, Relay, Polygon, TosExcel, Schwab)


def _ticks(folder: Path) -> list[Path]:
    """Twenty minutes with ten prints a second."""
    rows = []
    for number in range(12_000):
        minute, tenths = divmod(number, 600)
        clock = f"09:{30 + minute:02d}:{tenths // 10:02d}.{tenths % 10}00000"
        price = 1.5 + number % 7 / 100
        rows.append(tick(clock, price, 100, 100 * (number + 1), number=number + 1, bid=price - 0.01, ask=price + 0.01))
    return [write_file(folder / "ticks.csv", rows)]

"""Pictures and figures: when they are taken, and what stands in the file."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path

import pytest
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import SystemClock
from live_monitor.data.inbox import Noted
from live_monitor.data.market_hub import MarketHub
from live_monitor.data.models.market_data import Snapshot, Trade
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.models.timeframe import MINUTE
from live_monitor.engine.market.sessions import us_equities
from live_monitor.errors import StartError
from live_monitor.runtime import measure_run
from live_monitor.runtime.measure_run import MeasureRun, has_market, write_figures, write_picture
from live_monitor.wire.notices import Hello, SnapshotFrame

KEYS = [
    "events_received", "events_per_second", "dropped", "frames", "ui_gap_p999_ms", "ui_gap_max_ms",
    "tick_to_paint_p50_ms", "tick_to_paint_p99_ms", "first_window_ms", "rss_mb", "bars", "symbol", "provider",
]  # fmt: skip


class FakePacer:
    """Counts what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def request(self) -> None:
        self.asked.append("frame")

    def measure_gaps(self, on: bool) -> None:
        self.asked.append(f"gaps {on}")

    def reset_stats(self) -> None:
        self.asked.append("reset")

    def stats(self) -> dict[str, float]:
        return {
            "frames": 3, "ui_gap_p999_ms": 1.23456, "ui_gap_max_ms": 2.0,
            "tick_to_paint_p50_ms": math.nan, "tick_to_paint_p99_ms": math.nan,
        }  # fmt: skip


def hub_of(symbol: str = "AAPL") -> MarketHub:
    hub = MarketHub(SystemClock(), us_equities())
    hub.set_focus(symbol)
    return hub


def let_market_in(hub: MarketHub) -> None:
    hub.take([LinkStatus("live", 0.0, provider="simulated")])
    hub.ingest([Trade(symbol="AAPL", timestamp_ms=hub.clock.now_ms(), price=101.5, size=100.0)], 0.0)
    hub.tick()


def test_there_is_a_market_with_a_link_a_price_and_bars() -> None:
    hub = hub_of()
    assert not has_market(hub, MINUTE)
    let_market_in(hub)
    assert has_market(hub, MINUTE)


def test_market_of_a_workbook_is_there_with_its_first_price() -> None:
    hub = MarketHub(SystemClock(), us_equities())
    hub.set_focus("VFF")
    now_ms = SystemClock().wall_ms()
    hub.take([Noted(Hello(features=["snapshot"], provider="tos_excel"), 1.0), LinkStatus("live", 1.0)])
    assert not has_market(hub, MINUTE)
    hub.take([Noted(SnapshotFrame(Snapshot("VFF", now_ms, last=3.0)), 1.0)])
    assert has_market(hub, MINUTE)


@pytest.mark.asyncio
async def test_a_picture_waits_for_the_market_beyond_its_time() -> None:
    hub, pacer = hub_of(), FakePacer()
    run = MeasureRun(pacer, SystemClock(), MINUTE)
    asyncio.get_running_loop().call_later(0.15, let_market_in, hub)
    assert await run.wait(hub, 0.01)
    assert pacer.asked == ["reset", "gaps True", "frame"]


@pytest.mark.asyncio
async def test_a_market_that_never_comes_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure_run, "PATIENCE_S", 0.1)
    assert not await MeasureRun(FakePacer(), SystemClock(), MINUTE).wait(hub_of(), 0.01)


@pytest.mark.asyncio
async def test_figures_have_exactly_the_documented_keys_and_no_nan(tmp_path: Path) -> None:
    hub = hub_of()
    let_market_in(hub)
    run = MeasureRun(FakePacer(), SystemClock(), MINUTE)
    assert await run.wait(hub, 0.01)
    write_figures(tmp_path / "deep" / "a.json", run.figures(hub, 432.1))
    found = json.loads((tmp_path / "deep" / "a.json").read_text(encoding="utf-8"))
    assert list(found) == KEYS
    assert found["events_received"] == 1
    assert found["events_per_second"] == 0.0
    assert found["ui_gap_p999_ms"] == 1.235
    assert found["tick_to_paint_p99_ms"] is None
    assert (found["bars"], found["symbol"], found["provider"]) == (1, "AAPL", "simulated")


def test_a_picture_shows_the_widget(tmp_path: Path, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.resize(123, 45)
    widget.setStyleSheet("background: #123456")
    write_picture(tmp_path / "a.png", widget)
    image = QImage(str(tmp_path / "a.png"))
    assert (image.width(), image.height()) == (123, 45)
    assert image.pixelColor(5, 5).name() == "#123456"


def test_a_picture_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path: Path, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StartError, match="Choose another file"):
        write_picture(tmp_path / "file" / "a.png", widget)

"""Paper trading of a process: it goes on without frames, and leaves behind what it should."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data.models.market_data import Quote
from live_monitor.data.models.orders import OrderParams
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.market.sessions import us_equities
from live_monitor.runtime.paper_trading import PaperTrading
from live_monitor.wire.relay import Hello
from tests.data.desk import NOW, Desk


class Minimised:
    """Paper trading beside a market, and nobody who paints."""

    def __init__(self, folder: Path | None, qtbot: QtBot) -> None:
        self.market = Desk()
        self.paper = PaperTrading(folder, us_equities(), {}, ManualClock(NOW))
        self.desk = self.paper.desk
        self.desk.follow(self.market.hub)
        self.market.hub.acquire("AAPL", "watchlist")
        self.market.tell(Hello(features=[], provider="simulated", label="SIMULATED", market="simulated-7"))
        self.market.hub.take([LinkStatus("live", self.market.clock.monotonic())])
        qtbot.waitUntil(lambda: self.desk.ready, timeout=10_000)

    def quote(self, bid: float, ask: float) -> None:
        self.market.clock.advance(0.001)
        self.market.feed(Quote("AAPL", self.market.hub.clock.now_ms(), bid, 100, ask, 100))


@pytest.fixture
def passing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders are made that go with the process."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_fill_is_written_down_while_no_frame_passes(tmp_path: Path, qtbot: QtBot) -> None:
    window = Minimised(tmp_path, qtbot)
    window.quote(100.0, 100.1)
    order = window.desk.place(OrderParams(symbol="AAPL", side="BUY", quantity=10, order_type="LMT", limit_price="99"))
    window.quote(98.9, 98.95)
    qtbot.waitUntil(lambda: not window.desk.pending(order.order.order_id), timeout=10_000)
    window.paper.close()
    window.paper.close()
    with closing(Ledger(tmp_path / FILE_NAME)) as ledger:
        (state,) = ledger.states().values()
        assert state.quantity("AAPL") == 10


def test_a_measured_run_leaves_nothing(passing: Path, qtbot: QtBot) -> None:
    window = Minimised(None, qtbot)
    (folder,) = passing.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / FILE_NAME).exists()
    window.paper.close()
    assert list(passing.iterdir()) == []

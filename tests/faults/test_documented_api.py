"""The documented API, run as scripts write it: examples 1 to 4, and what the dicts promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from PyQt6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from live_monitor.clock import ManualClock
from live_monitor.data import PolygonDataManager, PolygonWebSocketClient
from tests.fakes.chaos_server import MARKET_MS, ChaosServer, documented, market_data, trade
from tests.faults.conftest import minute_frame

Make = Callable[..., PolygonDataManager]


def test_example_1_set_up_and_connection(manager: Make, qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    with ChaosServer(documented(market_data(trade("AAPL", 150.25)), minute_frame(MARKET_MS, 150.0))) as server:
        data_manager = manager(server.url)
        data_manager.connection_status_changed.connect(lambda connected: print(f"Connected: {connected}"))
        data_manager.market_data_updated.connect(lambda data: print(f"Price: ${data['last_price']}"))
        data_manager.chart_data_updated.connect(lambda data: print(f"New bar: {data['bars']}"))
        data_manager.connect()
        data_manager.change_symbol("AAPL")
        with qtbot.waitSignal(data_manager.market_data_updated, timeout=20_000):
            pass
        printed = capsys.readouterr().out
    assert "Connected: True" in printed
    assert "Price: $150.25" in printed
    assert "'event_type': 'aggregate', 'symbol': 'AAPL', 'timestamp': 1795186800000" in printed


class Chart:
    def __init__(self) -> None:
        self.bars: list[dict[str, Any]] = []

    def append_bar(self, bar: dict[str, Any]) -> None:
        self.bars.append(bar)

    def set_data(self, bars: list[dict[str, Any]]) -> None:
        self.bars = list(bars)


class TradingWidget(QWidget):
    def __init__(self, data_manager: PolygonDataManager) -> None:
        super().__init__()
        self.price_label, self.spread_label, self.chart = QLabel(self), QLabel(self), Chart()
        self.data_manager = data_manager
        self.data_manager.market_data_updated.connect(self.update_ticker_display)
        self.data_manager.chart_data_updated.connect(self.update_chart)

    def update_ticker_display(self, data: dict) -> None:  # type: ignore[type-arg]  # as the document writes it
        self.price_label.setText(f"${data['last_price']:.2f}")
        self.spread_label.setText(f"Spread: ${data['spread']:.2f}")

    def update_chart(self, data: dict) -> None:  # type: ignore[type-arg]  # as the document writes it
        if data["is_update"]:
            self.chart.append_bar(data["bars"][0])
        else:
            self.chart.set_data(data["bars"])


def test_example_2_in_a_widget(manager: Make, qtbot: QtBot) -> None:
    one_sided = market_data({"ev": "Q", "sym": "AAPL", "bp": 150.2, "bs": 100, "ap": 0, "as": 0, "t": MARKET_MS})
    with ChaosServer(
        documented(market_data(trade("AAPL", 150.254)), one_sided, minute_frame(MARKET_MS, 150.0))
    ) as server:
        data_manager = manager(server.url)
        widget = TradingWidget(data_manager)
        qtbot.addWidget(widget)
        data_manager.connect()
        data_manager.change_symbol("AAPL")
        qtbot.waitUntil(lambda: widget.price_label.text() == "$150.25" and bool(widget.chart.bars), timeout=20_000)
        assert widget.spread_label.text() == "Spread: $nan"
        assert widget.chart.bars[-1]["close"] == 150.0
        data_manager.test_chart_update()
        assert widget.chart.bars[-1]["close"] == 150.0


class CustomDataManager(PolygonDataManager):
    def _check_entry_condition(self, trade: Any) -> bool:
        return bool(trade["price"] > 150)

    def _process_trade(self, trade: Any) -> None:
        super()._process_trade(trade)
        if self._check_entry_condition(trade):
            signal = {
                "time": datetime.now().strftime("%H:%M:%S"),
                "signal_type": "LONG",
                "price": str(trade["price"]),
                "signal": "Custom indicator triggered",
                "strength": "Medium",
                "symbol": trade["symbol"],
            }
            self.entry_signal_generated.emit(signal)


def test_example_3_own_signals_in_a_subclass(manager: Make, qtbot: QtBot) -> None:
    frames = [market_data(trade("AAPL", price, sequence=n)) for n, price in enumerate((149.0, 150.5), 1)]
    with ChaosServer(documented(*frames)) as server:
        data_manager = manager(server.url, kind=CustomDataManager)
        signals: list[dict[str, Any]] = []
        data_manager.entry_signal_generated.connect(signals.append)
        data_manager.connect()
        data_manager.change_symbol("AAPL")
        qtbot.waitUntil(lambda: len(signals) == 1, timeout=20_000)
        assert signals[0]["price"] == "150.5"
        assert data_manager.hub.focus_state is not None
        assert data_manager.hub.focus_state.last == 150.5
        (kept,) = data_manager.hub.signals
        assert kept["signal"] == "Custom indicator triggered"


def test_example_4_the_client_alone(qtbot: QtBot) -> None:
    print_of_conditions = market_data(trade("AAPL", 100.0) | {"c": [14, 37]})
    with ChaosServer(documented(print_of_conditions)) as server:
        client = PolygonWebSocketClient(server_url=server.url, client_id="live_monitor")
        received: list[dict[str, Any]] = []
        try:
            client.connect_to_server()
            client.subscribe(["AAPL", "MSFT"])
            client.change_symbol("AAPL")
            client.data_received.connect(received.append)
            qtbot.waitUntil(lambda: len(received) >= 1, timeout=20_000)
            assert received[0]["type"] == "market_data"
            assert {key: received[0]["data"][key] for key in ("ev", "sym", "p", "s", "t")} == {
                "ev": "T",
                "sym": "AAPL",
                "p": 100.0,
                "s": 100.0,
                "t": MARKET_MS,
            }
            assert received[0]["data"]["c"] == [14, 37]
            assert server.connections[0].path == "/ws/live_monitor"
            assert server.received[-1] == {"action": "unsubscribe", "symbols": ["MSFT"]} or server.received == [
                {"action": "subscribe", "symbols": ["AAPL"], "channels": ["T", "Q", "AM"]}
            ]
        finally:
            client.disconnect_from_server()
            client.deleteLater()


def test_the_defaults_are_the_documented_ones(qtbot: QtBot) -> None:
    data_manager, client = PolygonDataManager(), PolygonWebSocketClient()
    assert data_manager.client.server_url == client.server_url == "ws://localhost:8200/ws/{client_id}"
    assert data_manager.get_accumulated_bars() == []
    assert data_manager.max_bars == 2_000


def test_switching_clears_the_chart_and_the_bars_are_a_copy_newest_last(manager: Make, qtbot: QtBot) -> None:
    frames = [minute_frame(MARKET_MS - n * 60_000, 100.0 - n) for n in (2, 1, 0)]
    with ChaosServer(documented(*frames)) as server:
        data = manager(server.url)
        charts: list[dict[str, Any]] = []
        data.chart_data_updated.connect(charts.append)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: len(data.get_accumulated_bars()) == 3, timeout=20_000)
        bars = data.get_accumulated_bars()
        assert [bar["close"] for bar in bars] == [98.0, 99.0, 100.0]
        bars.clear()
        assert len(data.get_accumulated_bars()) == 3
        data.change_symbol("MSFT")
        assert charts[-1] == {"symbol": "MSFT", "bars": [], "is_update": False}
        assert data.get_accumulated_bars() == []


def test_a_synthetic_bar_goes_the_whole_way_and_the_next_real_one_takes_its_place(manager: Make, qtbot: QtBot) -> None:
    clock = ManualClock(MARKET_MS + 30_000)
    with ChaosServer(documented(minute_frame(MARKET_MS - 60_000, 99.0))) as server:
        data = manager(server.url, clock)
        updates: list[dict[str, Any]] = []
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: len(data.get_accumulated_bars()) == 1, timeout=20_000)
        data.chart_data_updated.connect(lambda chart: updates.append(chart) if chart["is_update"] else None)
        data.test_chart_update()
        assert [(bar["timestamp"], bar["close"], bar["volume"]) for bar in updates[-1]["bars"]] == [
            (MARKET_MS, 99.0, 0.0)
        ]
        server.push(minute_frame(MARKET_MS, 101.0))
        qtbot.waitUntil(lambda: data.get_accumulated_bars()[-1]["close"] == 101.0, timeout=20_000)
        assert len(data.get_accumulated_bars()) == 2


def test_a_price_is_only_said_once_there_is_one_and_numbers_are_floats(manager: Make, qtbot: QtBot) -> None:
    quote = market_data({"ev": "Q", "sym": "AAPL", "bp": 99.9, "bs": 100, "ap": 100.1, "as": 100, "t": MARKET_MS})
    with ChaosServer(documented(quote)) as server:
        data = manager(server.url)
        markets: list[dict[str, Any]] = []
        calculations: list[dict[str, Any]] = []
        data.market_data_updated.connect(markets.append)
        data.calculation_updated.connect(calculations.append)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: bool(calculations), timeout=20_000)
        assert markets == []
        server.push(market_data(trade("AAPL", 100.0)))
        qtbot.waitUntil(lambda: bool(markets), timeout=20_000)
        numbers = {key: value for key, value in markets[-1].items() if key not in ("last_update", "market_state")}
        assert all(isinstance(value, float) for value in numbers.values())
        assert markets[-1]["spread"] == 0.2
        assert markets[-1]["last_update"] == "10:00:00"
        assert markets[-1] is not markets[0] or len(markets) == 1


def test_scripts_get_each_closed_minute_once_and_a_changed_one_as_the_whole_list(manager: Make, qtbot: QtBot) -> None:
    clock = ManualClock(MARKET_MS + 30_000)
    frames = [market_data(trade("AAPL", 100.0, at_ms=MARKET_MS + 29_000)), minute_frame(MARKET_MS - 60_000, 99.0)]
    with ChaosServer(documented(*frames)) as server:
        data = manager(server.url, clock)
        charts: list[dict[str, Any]] = []
        data.chart_data_updated.connect(charts.append)
        data.change_symbol("AAPL")
        data.connect()
        qtbot.waitUntil(lambda: any(chart["is_update"] for chart in charts), timeout=20_000)
        assert [bar["close"] for bar in data.get_accumulated_bars()] == [99.0]  # the forming minute is no bar yet
        server.push(minute_frame(MARKET_MS, 100.0))
        qtbot.waitUntil(lambda: sum(chart["is_update"] for chart in charts) == 2, timeout=20_000)
        server.push(minute_frame(MARKET_MS, 100.5))
        qtbot.waitUntil(
            lambda: charts[-1]["bars"][-1:] != [] and charts[-1]["bars"][-1]["close"] == 100.5, timeout=20_000
        )
        assert not charts[-1]["is_update"]
        updates = [chart["bars"][0]["timestamp"] for chart in charts if chart["is_update"]]
        assert updates == [MARKET_MS - 60_000, MARKET_MS]

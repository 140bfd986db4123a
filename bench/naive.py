"""The design that documents of this kind describe, written plainly: what ours is measured against.

An asyncio loop in a QThread reads with `websockets`, decodes with `json`, and emits one queued `pyqtSignal(dict)` per
event; the slot on the main thread keeps the numbers, builds the dict of the ticker and formats the time of each.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime
from typing import Any

import websockets
from PyQt6.QtCore import QObject, QThread, pyqtSignal


class NaiveClient(QThread):
    """Connects, subscribes, and emits every event as a dict."""

    data_received = pyqtSignal(dict)

    def __init__(self, url: str, symbols: list[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._url = url
        self._symbols = symbols

    def run(self) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self._read())

    async def _read(self) -> None:
        async with websockets.connect(self._url, compression=None, proxy=None) as socket:
            await socket.send(
                json.dumps({"action": "subscribe", "symbols": self._symbols, "channels": ["T", "Q", "AM"]})
            )
            try:
                async for message in socket:
                    frame = json.loads(message)
                    if frame.get("type") == "market_data":
                        data = frame["data"]
                        for event in data if isinstance(data, list) else [data]:
                            event["received"] = time.monotonic()
                            self.data_received.emit(event)
            except websockets.ConnectionClosed:
                pass  # the bench is over


class NaiveManager(QObject):
    """Keeps one symbol's numbers; emits the documented dict after every event."""

    market_data_updated = pyqtSignal(dict)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.events = self.trades = 0
        self.last = self.bid = self.ask = self.volume = 0.0
        self.high, self.low, self.open = 0.0, float("inf"), 0.0
        self.previous_close = 228.0
        self.minutes: dict[int, list[float]] = {}
        self.data: dict[str, Any] = {}

    def on_data(self, event: dict[str, Any]) -> None:
        self.events += 1
        timestamp = event.get("t", 0)
        if event.get("ev") == "T":
            self.trades += 1
            self._on_trade(
                {
                    "event_type": "trade",
                    "symbol": event.get("sym"),
                    "timestamp": timestamp,
                    "price": event.get("p"),
                    "size": event.get("s"),
                    "conditions": event.get("c", []),
                    "exchange": event.get("x"),
                }
            )
        elif event.get("ev") == "Q":
            self.bid = event.get("bp", self.bid)
            self.ask = event.get("ap", self.ask)
        change = self.last - self.previous_close
        self.data = {
            "last_price": self.last,
            "bid": self.bid,
            "ask": self.ask,
            "spread": self.ask - self.bid,
            "mid_price": (self.ask + self.bid) / 2,
            "volume": self.volume,
            "change": change,
            "change_percent": change / self.previous_close * 100,
            "day_high": self.high,
            "day_low": self.low,
            "day_open": self.open,
            "last_update": datetime.fromtimestamp(timestamp / 1000).strftime("%H:%M:%S"),
            "market_state": "open",
            "received": event["received"],
        }
        self.market_data_updated.emit(self.data)

    def _on_trade(self, trade: dict[str, Any]) -> None:
        price = self.last = trade["price"]
        self.volume += trade["size"]
        self.open = self.open or price
        self.high, self.low = max(self.high, price), min(self.low, price)
        minute = trade["timestamp"] // 60_000
        bar = self.minutes.get(minute)
        if bar is None:
            self.minutes[minute] = [price, price, price, price, trade["size"]]
        else:
            bar[1], bar[2], bar[3] = max(bar[1], price), min(bar[2], price), price
            bar[4] += trade["size"]

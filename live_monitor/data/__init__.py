"""Data layer: moves and keeps market data.

The public classes are resolved lazily, because `live_monitor.data.models` lies inside this
package: importing the engine must never load Qt (a test starts a fresh interpreter to prove it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from live_monitor.data.polygon_data_manager import PolygonDataManager
    from live_monitor.data.websocket_client import PolygonWebSocketClient

__all__ = ["PolygonDataManager", "PolygonWebSocketClient"]

_HOMES = {
    "PolygonDataManager": "live_monitor.data.polygon_data_manager",
    "PolygonWebSocketClient": "live_monitor.data.websocket_client",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)

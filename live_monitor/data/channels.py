"""Names of keys and channels in Redis, as other programs know them. In one place, so that none is spelled twice."""

from __future__ import annotations

from typing import Final

#: Hash: symbol → its newest quote as JSON.
LATEST_QUOTES: Final = "live_data:latest:quotes"
#: Held by the one process that reads Excel.
EXCEL_LOCK: Final = "live_data:excel_lock"


def quotes(symbol: str) -> str:
    """Channel on which every quote of `symbol` is published."""
    return f"live_data:quotes:{symbol.upper()}"

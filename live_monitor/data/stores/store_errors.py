"""What stores of bars say when they cannot do as asked, beyond `StoreError` itself."""

from __future__ import annotations

from live_monitor.errors import StoreError


class RefusedBars(StoreError):
    """The store answers, and will never take these bars: sending them again would be useless."""

"""How values of indicators are written. Pure, no Qt."""

from __future__ import annotations

from live_monitor.ui.number_format import format_compact


def value_text(value: float, decimals: int) -> str:
    """A value of an indicator: with the digits that its axis needs, large ones short."""
    if abs(value) >= 100_000:
        return f"{'−' if value < 0 else ''}{format_compact(abs(value))}"
    # What rounds to nothing has no sign.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", "−")

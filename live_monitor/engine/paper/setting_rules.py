"""Which settings an account can have, whatever its positions are. Limits of risk: `risk_limits`."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, get_args

from live_monitor.data.models.orders import AccountSettings, CostScheme, FillModelName

MAX_LATENCY_MS: Final = 60_000
#: A quote older than this is no price by any standard.
MAX_QUOTE_AGE_MS: Final = 600_000
MAX_SLIPPAGE: Final = Decimal(10)
MAX_FEE: Final = Decimal(1_000)


def problem(settings: AccountSettings) -> str:
    """Why no account can have these settings, in words; empty when one can."""
    if settings.fill_model not in get_args(FillModelName):
        return f"There is no fill model {settings.fill_model!r:.40}."
    if settings.costs not in get_args(CostScheme):
        return f"There is no cost scheme {settings.costs!r:.40}."
    if settings.no_price not in ("refuse", "wait") or settings.stop_trigger not in ("last", "quote"):
        return "A market order without a price waits or is refused, and stops look at the last price or at the quote."
    if not _whole(settings.latency_ms, 0, MAX_LATENCY_MS):
        return f"The latency has to be 0 to {MAX_LATENCY_MS:,} ms."
    if not _whole(settings.max_quote_age_ms, 1, MAX_QUOTE_AGE_MS):
        return f"The oldest usable quote has to be 1 to {MAX_QUOTE_AGE_MS:,} ms old."
    for name, amount, most in (
        ("slippage", settings.slippage, MAX_SLIPPAGE),
        ("commission per share", settings.per_share, MAX_FEE),
        ("minimum fee", settings.minimum_fee, MAX_FEE),
    ):
        if not _amount(amount, most):
            return f"The {name} has to be 0 to {most:,} USD."
    if settings.allow_short and not settings.margin_enabled:
        return "Selling short needs a margin account."
    return ""


def _amount(value: object, most: Decimal) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and 0 <= value <= most


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

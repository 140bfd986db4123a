"""Which limits an account can have: what comes from a settings page, or from a script, is judged before it is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor import limits
from live_monitor.data.models.orders import RiskLimits
from live_monitor.engine.paper.order_numbers import shown
from live_monitor.engine.paper.risk_tally import KEPT_TRADES

#: Symbols of a whitelist: it is looked through before every order, and stands in the journal with each change of it.
MAX_SYMBOLS: Final = 1_000
MAX_COOL_DOWN_S: Final = 86_400
_LARGEST: Final = Decimal(10) ** 9


def problem(risk: RiskLimits) -> str:
    """Why these cannot be the limits of an account, in one line; empty where they can."""
    for name, share in (
        ("largest position", risk.max_position),
        ("risk per trade", risk.max_portfolio_risk),
        ("cash reserve", risk.min_cash_reserve),
    ):
        if share is not None and not (_is_decimal(share) and 0 <= share <= 1):
            return f"The {name} is a share of the account as a Decimal from 0 to 1 (0.1 is 10 %), not {shown(share)}."
    loss = risk.daily_loss_limit
    if loss is not None and not (_is_decimal(loss) and 0 < loss <= _LARGEST):
        return f"The daily loss limit is a Decimal in USD above 0, not {shown(loss)}."
    trades, streak = risk.max_trades_per_day, risk.losing_streak
    if trades is not None and not _is_whole(trades, 0, KEPT_TRADES):
        return f"Trades per day are 0 to {KEPT_TRADES:,}, not {shown(trades)}."
    if streak is not None and not _is_whole(streak, 1, KEPT_TRADES):
        return f"A losing streak has at least one trade, not {shown(streak)}."
    if not _is_whole(risk.cool_down_s, 0, MAX_COOL_DOWN_S):
        return f"A pause lasts 0 to {MAX_COOL_DOWN_S:,} seconds, not {shown(risk.cool_down_s)}."
    symbols: object = risk.whitelist
    if not isinstance(symbols, tuple) or len(symbols) > MAX_SYMBOLS:
        return f"A list of symbols is a tuple of at most {MAX_SYMBOLS:,} of them."
    bad = next((symbol for symbol in symbols if not limits.valid_symbol(symbol)), None)
    return "" if bad is None else f"{shown(bad)} is no symbol."


def _is_decimal(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite()


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

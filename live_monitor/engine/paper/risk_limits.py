"""Which limits an account can have: what comes from a settings page, or from a script, is judged before it is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from live_monitor import limits
from live_monitor.data.models.orders import RiskLimits
from live_monitor.engine.paper.risk_tally import KEPT_TRADES

#: Symbols of a whitelist: it is looked through before every order, and stands in the journal with each change of it.
MAX_SYMBOLS: Final = 1_000
MAX_COOL_DOWN_S: Final = 86_400
_LARGEST: Final = Decimal(10) ** 9


def problem(risk: RiskLimits) -> str:
    """Why these cannot be the limits of an account, in one line; empty where they can."""
    shares = {
        "The largest position": risk.max_position,
        "The risk per trade": risk.max_portfolio_risk,
        "The cash reserve": risk.min_cash_reserve,
    }
    for name, share in shares.items():
        if share is not None and not (share.is_finite() and 0 <= share <= 1):
            return f"{name} is a share of the account between 0 and 1 (0.1 is 10 %), not {share}."
    loss = risk.daily_loss_limit
    if loss is not None and not (loss.is_finite() and 0 < loss <= _LARGEST):
        return f"The daily loss limit is an amount in USD above 0, not {loss}."
    if risk.max_trades_per_day is not None and not 0 <= risk.max_trades_per_day <= KEPT_TRADES:
        return f"Trades per day are 0 to {KEPT_TRADES:,}, not {risk.max_trades_per_day}."
    if risk.losing_streak is not None and not 1 <= risk.losing_streak <= KEPT_TRADES:
        return f"A losing streak has at least one trade, not {risk.losing_streak}."
    if not 0 <= risk.cool_down_s <= MAX_COOL_DOWN_S:
        return f"A pause lasts 0 to {MAX_COOL_DOWN_S:,} seconds, not {risk.cool_down_s}."
    if len(risk.whitelist) > MAX_SYMBOLS:
        return f"A list of symbols has at most {MAX_SYMBOLS:,} of them, not {len(risk.whitelist):,}."
    bad = next((symbol for symbol in risk.whitelist if not limits.valid_symbol(symbol)), None)
    return "" if bad is None else f"{ascii(bad)[:40]} is no symbol."

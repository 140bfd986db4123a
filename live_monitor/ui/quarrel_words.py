"""What two sources say of one symbol, in words and figures. Pure: no Qt, no locale."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, NamedTuple

from live_monitor.engine.market.quarrel import TOLERANCE, QuarrelReading, Side
from live_monitor.ui.number_format import DASH, MINUS, format_price

#: Fewer pairs than this say nothing of who is first.
LEAST_PAIRS: Final = 5


class QuarrelRow(NamedTuple):
    """One line of the comparison: a caption, both sources, the difference, and the role of the difference."""

    caption: str
    first: str
    second: str
    difference: str = ""
    role: str = "muted"


def rows(reading: QuarrelReading, now: float) -> tuple[QuarrelRow, ...]:
    """The comparison at monotonic second `now`."""
    one, other = reading.sides
    return (
        *(
            _price_row(caption, getattr(one, field), getattr(other, field))
            for caption, field in (("Last", "last"), ("Bid", "bid"), ("Ask", "ask"), ("Middle", "mid"))
        ),
        QuarrelRow("Age", _age(one, now), _age(other, now)),
        QuarrelRow("Late by", _late(one), _late(other)),
        QuarrelRow("Events", f"{one.events:,}", f"{other.events:,}"),
        QuarrelRow("Moves alone", f"{reading.unmatched[0]:,}", f"{reading.unmatched[1]:,}"),
    )


def lead_line(reading: QuarrelReading, first: str, second: str) -> str:
    """Who says it first, and by how much."""
    if reading.pairs < LEAST_PAIRS:
        return f"Who is first: not known yet ({reading.pairs} moves made by both, {LEAST_PAIRS} are needed)."
    ahead, share = (first, reading.first_leads) if reading.lead_s >= 0 else (second, 1 - reading.first_leads)
    if round(abs(reading.lead_s) * 1_000) == 0:
        return f"Neither is first: half of {reading.pairs:,} moves came within a millisecond."
    return (
        f"{ahead} is first by {_time(abs(reading.lead_s))} (median of {reading.pairs:,} moves; "
        f"first in {share:.0%} of them)."
    )


def apart_line(reading: QuarrelReading, wall_text: Callable[[float], str]) -> str:
    """How much they disagree; `wall_text`: a monotonic second as a time of day."""
    if math.isnan(reading.share_apart):
        return "How far apart: not known before both have a price."
    compared = _time(reading.compared_s)
    if abs(reading.worst) <= TOLERANCE:
        return f"Of one mind: no difference in {compared}."
    return (
        f"Apart for {reading.share_apart:.1%} of {compared}; at most {signed(reading.worst)} "
        f"at {wall_text(reading.worst_at)}."
    )


def signed(usd: float) -> str:
    """A difference in USD with its sign; nothing has none, NaN is an en dash."""
    if math.isnan(usd):
        return DASH
    text = format_price(abs(usd), 4)
    text = text[:-2] if text.endswith("00") else text
    if abs(usd) < 5e-5:
        return text
    return f"+{text}" if usd > 0 else f"{MINUS}{text}"


def _price_row(caption: str, one: float, other: float) -> QuarrelRow:
    apart = other - one
    role = "muted" if math.isnan(apart) or abs(apart) <= TOLERANCE else "warning"
    return QuarrelRow(caption, _price(one), _price(other), signed(apart), role)


def _price(usd: float) -> str:
    if math.isnan(usd):
        return DASH
    text = format_price(usd, 4)
    return text[:-2] if text.endswith("00") else text


def _age(side: Side, now: float) -> str:
    return _time(max(0.0, now - side.heard)) if side.heard else DASH


def _late(side: Side) -> str:
    if math.isnan(side.late_s):
        return DASH
    # The clock of this machine may be behind the exchange's.
    return _time(side.late_s) if side.late_s >= 0 else f"{MINUS}{_time(-side.late_s)}"


def _time(seconds: float) -> str:
    """`38 ms`, `4.2 s`, `5 min`."""
    if seconds < 0.9995:
        return f"{seconds * 1_000:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"

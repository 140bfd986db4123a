"""Can this number be trusted? Five looks, decided here as pure functions, painted by the widgets.

Live, ageing, stale, indicative describe the price; estimated describes day figures that cover only
part of the day. A dead feed can never look live.
"""

from __future__ import annotations

import enum
import math
from typing import Final, NamedTuple

from live_monitor.ui.provider_names import is_delayed, unreal


class Trust(enum.Enum):
    """How much a shown number is worth."""

    LIVE = "live"
    AGEING = "ageing"
    STALE = "stale"
    INDICATIVE = "indicative"
    ESTIMATED = "estimated"


#: The legend: look and meaning, in the order of the menu and the tooltip.
LEGEND: Final[tuple[tuple[Trust, str], ...]] = (
    (Trust.LIVE, "Live: an event arrived just now or as recently as is usual for this symbol."),
    (Trust.AGEING, "Ageing: dimmed, because the next event is overdue."),
    (Trust.STALE, "Stale: grey with a struck clock. The link or the symbol is silent; do not act on it."),
    (Trust.INDICATIVE, "Indicative: hollow dot. A snapshot or a price outside the session, not a fresh print."),
    (Trust.ESTIMATED, "Estimated: marked ≥ or ≈ and underlined. Counted from part of the day only."),
)


def price_trust(link_state: str, market_state: str, flow: str, *, heard: bool, standing: bool = False) -> Trust:
    """The look of a symbol's price.

    `flow` is the hub's judgement of the present silence; `heard` is False while the numbers come from a snapshot only;
    `standing` is a replay that is paused or over, where silence means nothing but nothing is fresh either.
    """
    if link_state != "live":
        return Trust.STALE
    if not heard or standing or market_state in {"closed", "unknown"}:
        return Trust.INDICATIVE
    return {"stale": Trust.STALE, "ageing": Trust.AGEING}.get(flow, Trust.LIVE)


class Pill(NamedTuple):
    """The link at a glance: a dot in a colour role and a word that says the same."""

    text: str
    role: str
    detail: str


_LINK_WORDS: Final = {
    "idle": ("NOT CONNECTED", "muted"),
    "connecting": ("CONNECTING", "warning"),
    "retrying": ("RETRYING", "warning"),
    "stopped": ("NOT CONNECTED", "muted"),
    "failed": ("FAILED", "down"),
}


def link_pill(link_state: str, label: str, message: str, age_s: float, trust: Trust, standing: str = "") -> Pill:
    """The pill for the tool bar; `label` names a market that is not the real one (SIMULATED, REPLAY …), `standing`
    says why market time stands still (PAUSED, ENDED)."""
    if link_state in _LINK_WORDS:
        word, role = _LINK_WORDS[link_state]
        return Pill(word, role, message)
    if link_state == "live" and trust is Trust.STALE:
        age = f" {int(age_s)} s" if math.isfinite(age_s) else ""
        return Pill(f"STALE{age}", "warning", message or "The link is up, but no data arrives.")
    if link_state != "live":
        return Pill(link_state.upper()[:24] or "UNKNOWN", "warning", message)
    if standing:
        return Pill(f"{label} {standing}".strip(), "muted", message or "Market time stands still.")
    if is_delayed(label):
        return Pill("DELAYED", "warning", message or f"{label}: late by contract.")
    if unreal(label):
        return Pill(label, "accent", message or "Not the real market.")
    return Pill("LIVE", "up", message)

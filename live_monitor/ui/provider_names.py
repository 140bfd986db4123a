"""Sources of prices, and states of their links, in plain words."""

from __future__ import annotations

from typing import Final

_NAMES: Final = {
    "simulated": "Simulated market",
    "sim": "Simulated market",
    "polygon": "Polygon",
    "schwab": "Schwab",
    "tos_excel": "thinkorswim",
    "iqfeed": "IQFeed",
    "lean": "Lean",
    "relay": "Relay server",
}
#: How the label of a recorded session begins.
_REPLAY: Final = "REPLAY"
#: Labels of vendors whose prices are those of the real market, now.
_REAL: Final = frozenset({"POLYGON", "SCHWAB", "THINKORSWIM"})
_DELAYED: Final = "DELAYED"
#: Labels as they are read in a sentence.
_LABELS: Final = {
    "SIMULATED": "Simulated",
    "POLYGON": "Polygon",
    "SCHWAB": "Schwab",
    "THINKORSWIM": "thinkorswim",
    "script": "Script",
}
#: State of a link -> word, and the colour role of its dot.
LINK_WORDS: Final = {
    "idle": ("not connected", "muted"),
    "connecting": ("connecting", "warning"),
    "live": ("connected", "up"),
    "retrying": ("reconnecting", "warning"),
    "stopped": ("disconnected", "muted"),
    "failed": ("failed", "down"),
}


def provider_name(provider: str, label: str, link_state: str) -> str:
    """`Simulated market`, `IQFeed replay`; an unknown provider by its own name.

    `label` is what the server has painted beside its prices. A server need not say who it is.
    """
    if not provider and not label:
        return "No provider" if link_state in {"idle", "stopped"} else "Market data server"
    name = _NAMES.get(provider, provider)
    if label.startswith(_REPLAY):
        return f"{name} replay" if name else "Replay"
    return name


def source_name(source: str) -> str:
    """Whose prices they are, short enough for a column: `Polygon`, `Simulated`, `Replay 2021-03-01`."""
    if source.startswith(_REPLAY):
        return source.replace(_REPLAY, "Replay", 1)
    if source.startswith("relay-"):
        return _NAMES["relay"]
    vendor, mark, more = source.partition(" · ")
    return f"{_LABELS.get(vendor, vendor)}{mark}{more}"


def unreal(label: str) -> str:
    """What stands beside prices that are not those of the real market, now: its label; empty where they are."""
    return "" if label.upper() in _REAL else label


def is_delayed(label: str) -> bool:
    """True where a label says that the prices are late by contract."""
    return _DELAYED in label.upper()


def link_words(state: str) -> tuple[str, str]:
    """The state of a link in words, and the colour role of its dot."""
    return LINK_WORDS.get(state, (state, "muted"))

"""Sources of prices in plain words."""

from __future__ import annotations

from typing import Final

_NAMES: Final = {
    "simulated": "Simulated market",
    "polygon": "Polygon",
    "iqfeed": "IQFeed",
    "lean": "Lean",
    "relay": "Relay server",
}
#: How the label of a recorded session begins.
_REPLAY: Final = "REPLAY"


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

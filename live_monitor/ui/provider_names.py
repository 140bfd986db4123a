"""Sources of prices in plain words."""

from __future__ import annotations

from typing import Final

_NAMES: Final = {"simulated": "Simulated market", "polygon": "Polygon", "iqfeed": "IQFeed", "relay": "Relay server"}
#: How the label of a recorded session begins.
_REPLAY: Final = "REPLAY"


def provider_name(provider: str, label: str = "") -> str:
    """`Simulated market`, `IQFeed replay`; an unknown provider by its own name, empty when there is none.

    `label` is what the server has painted beside its prices.
    """
    name = _NAMES.get(provider, provider)
    if label.startswith(_REPLAY):
        return f"{name} replay" if name else "Replay"
    return name

"""Frames of Polygon's stream as a busy minute of liquid symbols has them.

Four quotes to a print; prints with every field that is documented; a bar of each symbol a second among 2,000 events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

_SYMBOLS: Final = ("AAPL", "MSFT", "NVDA", "TSLA", "AMD", "SPY", "QQQ", "BRK.B", "META", "GOOG")
_CONDITIONS: Final = ([14, 41], [37], [12, 37], [14, 37, 41])
#: 09:30 New York on a trading day.
START_MS: Final = 1_795_185_000_000


def _events(random: Random) -> Iterator[dict[str, Any]]:
    at_ms, sequence = START_MS, 0
    while True:
        symbol, kind = random.choice(_SYMBOLS), random.random()
        at_ms += random.randint(0, 3)
        sequence += random.randint(1, 9)
        price = round(150 + random.random() * 10, 2)
        ends = {"t": at_ms, "q": sequence}
        if kind < 0.2:
            shares = random.randint(1, 500)
            trade: dict[str, Any] = {
                "ev": "T",
                "sym": symbol,
                "x": random.choice((4, 10, 11, 12, 19)),
                "i": str(random.getrandbits(40)),
            }
            trade |= {"z": 3, "p": price, "s": shares, "ds": str(shares)}
            if kind < 0.1:
                trade["c"] = random.choice(_CONDITIONS)
            elif kind < 0.15:
                ends |= {"trfi": 202, "trft": at_ms - 3}
            yield trade | ends
        elif kind < 0.9945:
            quote: dict[str, Any] = {
                "ev": "Q",
                "sym": symbol,
                "bx": 12,
                "bp": price,
                "bs": 240,
                "ax": 11,
                "ap": round(price + 0.01, 2),
            }
            yield quote | {"as": 80, "i": [604]} | ends | {"z": 3}
        elif kind < 0.9995:
            second = at_ms // 1_000 * 1_000
            bar: dict[str, Any] = {
                "ev": "A",
                "sym": symbol,
                "v": 4110,
                "dv": "4110.5",
                "av": 9_470_157,
                "dav": "9470157.25",
            }
            prices = {"op": 150.4, "vw": 150.43, "o": 150.39, "c": 150.38, "h": 150.44, "l": 150.37, "a": 150.51}
            yield bar | prices | {"z": 68.0, "s": second, "e": second + 1_000}
        else:
            bands: dict[str, Any] = {"ev": "LULD", "T": symbol, "h": 165.2, "l": 135.1, "i": [21], "z": 3}
            yield bands | {"t": at_ms * 1_000_000, "q": sequence}


def frames(count: int, per_frame: int) -> list[bytes]:
    """`count` events in frames of `per_frame`, as the server writes them; the same every time."""
    events = _events(Random(7))
    made = [[next(events) for _ in range(per_frame)] for _ in range(count // per_frame)]
    return [json.dumps(each, separators=(",", ":")).encode() for each in made]

"""Short names of trading venues for the tape."""

from __future__ import annotations

from typing import Final

#: Exchange ids of the Polygon feed (the vendor's exchange list); 4 is every off-exchange report (TRF, ADF).
_NAMES: Final[dict[int | str, str]] = {
    1: "NYSE Am", 2: "BX", 3: "NSX", 4: "FINRA", 5: "UTP", 6: "ISE", 7: "EDGA", 8: "EDGX", 9: "CHX", 10: "NYSE",
    11: "ARCA", 12: "NSDQ", 13: "CTA", 14: "LTSE", 15: "IEX", 16: "CBSX", 17: "PSX", 18: "BYX", 19: "BZX",
    20: "PEARL", 21: "MEMX",
}  # fmt: skip
_LONGEST: Final = 7


def exchange_name(exchange: int | str | None) -> str:
    """The venue's short name; an unknown id as it came, cut to fit its column; empty when the print names none."""
    if exchange is None:
        return ""
    return _NAMES.get(exchange) or str(exchange)[:_LONGEST]

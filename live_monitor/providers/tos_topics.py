"""Columns of a quote sheet by their headings: the topics of thinkorswim's RTD, and how people call them.

Topics are those of thinkorswim (2026); there is none for the time of a quote. `CLOSE` is the PREVIOUS close.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from live_monitor.providers.excel_cells import Kind

FieldKind = Kind | Literal["text"]

#: The column that says whose row it is.
SYMBOL: Final = "symbol"

_TOPICS: Final[dict[FieldKind, str]] = {
    "price": "LAST BID ASK MARK OPEN HIGH LOW CLOSE TODAY_CLOSE LASTX BIDX ASKX 52HIGH 52LOW AV_TRADE_PRICE EXT_LAST"
    " STRIKE",
    "change": "NET_CHANGE MARK_CHANGE EXT_NET_CHNG",
    "size": "LAST_SIZE",
    "volume": "VOLUME BID_SIZE ASK_SIZE OPEN_INT SHARES HTB_SHARES_AVAILABLE",
    "percent": "PERCENT_CHANGE MARK_PERCENT_CHANGE MARK_PERCENT_UNDERLYING EXT_%CHNG P_L_PERCENT IMPL_VOL BACK_VOL"
    " FRONT_VOL WEIGHTED_BACK_VOL VOL_DIFF VOL_INDEX YIELD HTB_RATE COVERED_RETURN MAX_COVERED_RETURN"
    " PERCENT_IN_THE_COLUMN PERCENT_OUT_THE_MONEY PROB_OF_EXPIRING PROB_OF_TOUCHING PROB_OTM ROC ROR",
    "number": "COST TOTAL_COST BETA STOCK_BETA DELTA GAMMA THETA VEGA RHO INTRINSIC EXTRINSIC EXPIRATION_DAY"
    " BACK_EX_MOVE FRONT_EX_MOVE EX_MOVE_DIFF CALL_VOLUME_INDEX PUT_VOLUME_INDEX OPTION_VOLUME_INDEX PUT_CALL_RATIO"
    " PE EPS DIV MRKT_MKR_MOVE TICK_SIZE TICK_VALUE INITIAL_MARGIN POSITION_QTY POSITION_N_L P_L_DAY P_L_OPEN P_L_YTD"
    " EPR_LOWER EPR_UPPER SM_AVERAGE_MENTIONS_PER_HOUR SM_DAY_TO_EIGHT_WEEKS_RATIO SM_DAY_TO_WEEK_RATIO"
    " SM_HOUR_TO_WEEK_RATIO SM_LAST_DAY_MENTIONS SM_LAST_HOUR_MENTIONS SM_WEEK_TO_EIGHT_WEEKS_RATIO",
    "text": "DESCRIPTION NAME EXCHANGE AX BX LX BA_SIZE DIV_FREQ EX_DIV_DATE EXPIRATION FX_PAIR HTB_ETB MARKET_CAP"
    " MT_NEWS STRENGTH_METER QUOTE_TREND ACT_WARNING " + " ".join(f"CUSTOM{number}" for number in range(1, 20)),
}

#: Kind of each field; a field is the name of a topic in lower case.
KINDS: Final[dict[str, FieldKind]] = {
    topic.lower(): kind for kind, topics in _TOPICS.items() for topic in topics.split()
}

#: Other headings that people and other programs use.
_CALLED: Final[dict[str, str]] = {
    SYMBOL: "Symbol; Symbols; Ticker; Tickers; Instrument",
    "last": "Last price; Last trade; Price; Lst",
    "last_size": "Last qty; Trade size",
    "bid": "Bid price",
    "bid_size": "Bid qty; Bid shares",
    "ask": "Ask price; Offer; Offer price",
    "ask_size": "Ask qty; Ask shares; Offer size",
    "open": "Open price; Day open; Opn",
    "high": "High price; Day high; 24High; 24h high; Hi",
    "low": "Low price; Day low; 24Low; 24h low; Lo",
    "close": "Close price; Prev close; Previous close; Prior close; Yesterday close; Prv close; Prev",
    "volume": "Vol; Total volume; Day volume; Volume today",
    "net_change": "Change; Chg; Net chg; Net chng; Chg $; Change $; $ chg; $ change",
    "percent_change": "% change; % chg; Change %; Chg %; Percent chg; Net change %; Net chng %",
    "mark": "Mark price",
    "52high": "52 week high; 52w high",
    "52low": "52 week low; 52w low",
    "description": "Company; Company name",
    "exchange": "Exch",
}
_NOISE: Final = re.compile(r"[^a-z0-9%$]+")


def heading_key(text: str) -> str:
    """A heading without case, spaces and punctuation: `24 High` and `24High` are the same."""
    return _NOISE.sub("", text.lower())


_FIELDS: Final = {heading_key(field): field for field in KINDS} | {
    heading_key(name): field for field, names in _CALLED.items() for name in names.split(";")
}


def field_of(heading: str) -> str | None:
    """The field that a heading names (`symbol` included); None for a heading that is not known."""
    return _FIELDS.get(heading_key(heading))


def topic_of(field: str) -> str:
    """The topic of thinkorswim for a field."""
    return {"epr_lower": "EPR Lower", "epr_upper": "EPR Upper"}.get(field, field.upper())

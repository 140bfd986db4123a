"""Costs of a fill: none, so much a share, or what US brokers pass on from the SEC and FINRA (market rules 10.5).

The regulators' rates change once or twice a year; `resources/fees/us_equities.json` has them with the days from which
they were in force, and a fill pays the rate of its own day, so that a replayed day costs what it cost.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final, NamedTuple

from live_monitor.data.models.orders import ZERO, AccountSettings, Fees, Side
from live_monitor.engine.paper.money import cents
from live_monitor.resources import resource_path

FREE: Final = Fees()


class _Rates(NamedTuple):
    """Days (ISO) from which rates were in force, ascending, and the rates."""

    since: list[str]
    rows: list[dict[str, Decimal]]

    def on(self, day: str) -> tuple[str, dict[str, Decimal]]:
        """The rates of a day; those of the first known one for days before it."""
        index = max(bisect_right(self.since, day) - 1, 0)
        return self.since[index], self.rows[index]


class _OfDay(NamedTuple):
    """What sales of a day cost, in USD, and what a receipt says of it."""

    sec_per_million: Decimal
    taf_per_share: Decimal
    taf_maximum: Decimal
    rates: str


@lru_cache(maxsize=64)
def _on(day: str) -> _OfDay:
    sec_since, sec_row = _table("sec").on(day)
    taf_since, taf_row = _table("taf").on(day)
    rates = f"SEC {sec_since}, TAF {taf_since}"
    return _OfDay(sec_row["per_million"], taf_row["per_share"], taf_row["maximum"], rates)


@cache
def _table(name: str) -> _Rates:
    raw = json.loads(resource_path("fees", "us_equities.json").read_text("utf-8"))
    rows = raw[name]
    return _Rates(
        [row["since"] for row in rows],
        [{key: Decimal(value) for key, value in row.items() if key not in {"since", "source"}} for row in rows],
    )


def commission(settings: AccountSettings, quantity: Decimal, filled: Decimal = ZERO) -> Decimal:
    """The broker's own part for `quantity` shares of an order of which `filled` are executed already, in cents.

    The minimum is one of the order, however many fills it takes.
    """
    if settings.costs != "per_share":
        return ZERO
    whole = max(cents((filled + quantity) * settings.per_share), settings.minimum_fee)
    return whole - (max(cents(filled * settings.per_share), settings.minimum_fee) if filled else ZERO)


def is_free(settings: AccountSettings, side: Side) -> bool:
    """True where no fill of that side costs anything."""
    return settings.costs == "none" or (settings.costs == "us_broker" and side == "BUY")


def fees(
    settings: AccountSettings, side: Side, quantity: Decimal, price: Decimal, day: str, filled: Decimal = ZERO
) -> Fees:
    """What a fill of `quantity` shares at `price` costs on the exchange day `day` (ISO).

    `filled`: shares of the order that were executed before. The costs of a sale never exceed what it brings, so that
    selling cannot take cash from an account. Call it inside `money.arithmetic()`.
    """
    if is_free(settings, side):
        return FREE
    amount = cents(quantity * price)
    if settings.costs == "per_share":
        own = commission(settings, quantity, filled)
        return Fees(own if side == "BUY" else min(own, amount))
    row = _on(day)
    sec = min(cents(amount * row.sec_per_million / 1_000_000), amount)
    taf = min(cents(quantity * row.taf_per_share), row.taf_maximum, amount - sec)
    return Fees(ZERO, sec, taf, row.rates)

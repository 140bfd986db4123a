"""Random days of trading: what a market, a person and a clock may do to one engine, from one seed."""

from __future__ import annotations

import random
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final

from live_monitor.data.models.market_data import NAN
from live_monitor.data.models.orders import AccountSettings, Bracket
from live_monitor.engine.market.conditions import ALL, BAR_HILO, BAR_LAST, BAR_VOLUME, HELD_VOLUME
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.acme import NO_LIMITS, Acme

SYMBOLS: Final = ("ACME", "BETA")
_TYPES: Final = ("MKT", "LMT", "LMT", "STP", "STP_LMT", "TRAIL")
_MINUTE: Final = 60_000


def settings_of(seed: int) -> dict[str, Any]:
    """Settings of an account; every field that changes what the engine does is drawn."""
    draw = random.Random(f"settings {seed}")
    margin = draw.random() < 0.3
    return {
        "fill_model": draw.choice(("touch", "touch", "queue", "queue", "simple")),
        "costs": draw.choice(("none", "per_share", "us_broker")),
        "latency_ms": draw.choice((0, 0, 40, 700)),
        "slippage": draw.choice((Decimal(0), Decimal("0.01"))),
        "no_price": draw.choice(("refuse", "wait")),
        "fill_at_touch": draw.random() < 0.3,
        "stop_trigger": draw.choice(("last", "last", "quote")),
        "partial_arm": draw.random() < 0.4,
        "margin_enabled": margin,
        "allow_short": margin and draw.random() < 0.7,
        "risk": NO_LIMITS if draw.random() < 0.7 else AccountSettings().risk,
    }


class Scenario:
    """One random course: `step` does the next thing to a trader. The same seed does the same to any trader."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.ms = 1
        self.prices = dict.fromkeys(SYMBOLS, 10_000)
        self.clients = 0

    def step(self, trader: Acme) -> None:
        """Draws are the same whatever the trader answers, except that orders are chosen among those it has open."""
        draw = self.draw
        self.ms += draw.choice((0, 1, 1, 5, 20, 150, 900, 1_100, 7_000))
        if draw.random() < 0.004:
            self.ms += draw.choice((20 * _MINUTE, 330 * _MINUTE, 24 * 60 * _MINUTE))
        what = draw.choices(
            ("quote", "print", "place", "cancel", "replace", "time", "feed", "halt", "split", "settings", "all"),
            (30, 30, 18, 4, 6, 14, 1, 1, 0.3, 0.5, 0.3),
        )[0]
        with suppress(InvalidPaperOrder):
            getattr(self, f"_{what}")(trader, draw.choice(SYMBOLS), draw)

    def _price(self, symbol: str) -> int:
        self.prices[symbol] = max(self.prices[symbol] + round(self.draw.gauss(0, 6)), 50)
        return self.prices[symbol]

    def _quote(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        middle, spread = self._price(symbol), draw.choice((1, 1, 2, 4, 0, -1))
        bid, ask = (middle - 1) / 100, (middle - 1 + spread) / 100
        if draw.random() < 0.04:
            bid = NAN
        size = draw.choice((NAN, 1.0, 30.0, 100.0, 700.0))
        trader.quote(self.ms, bid, ask, size, symbol=symbol, stamp=self.ms - draw.choice((0, 0, 0, 3, 60)))

    def _print(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        flags = draw.choice((ALL, ALL, ALL, ALL, BAR_LAST | BAR_HILO | BAR_VOLUME, BAR_VOLUME, HELD_VOLUME))
        conditions = draw.choice(((), (), (), (37,), (17,), (16,), (8,), (15,)))
        price = self._price(symbol) / 100 + draw.choice((0.0, 0.0, 0.0, 0.0025))
        trader.print(
            self.ms, price, draw.choice((1.0, 50.0, 400.0)), flags=flags, symbol=symbol, conditions=conditions,
            stamp=self.ms - draw.choice((0, 0, 0, 2, 80)),
        )  # fmt: skip

    def _place(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        side, kind = draw.choice(("BUY", "BUY", "SELL")), draw.choice(_TYPES)
        at, sign = self.prices[symbol], 1 if side == "BUY" else -1
        fields: dict[str, Any] = {
            "symbol": symbol,
            "tif": draw.choice(("DAY", "DAY", "GTC", "GTC", "IOC", "FOK", "CLS")),
        }
        if kind in ("LMT", "STP_LMT"):
            fields["limit"] = Decimal(at + draw.randint(-12, 12)) / 100
        if kind in ("STP", "STP_LMT"):
            fields["stop"] = Decimal(at + sign * draw.randint(1, 15)) / 100
        if kind == "TRAIL":
            name = draw.choice(("amount", "percent"))
            fields[name] = Decimal(draw.randint(3, 25)) / 100
        if kind == "LMT" and draw.random() < 0.15:
            fields |= {"tif": "DAY", "extended_hours": True}
        elif kind != "TRAIL" and draw.random() < 0.4:
            fields["tif"] = draw.choice(("DAY", "GTC"))
            far = Decimal(at + sign * draw.randint(13, 30)) / 100
            near = Decimal(at - sign * draw.randint(13, 30)) / 100
            fields["bracket"] = draw.choice(
                (
                    Bracket(target_price=far, stop_price=near),
                    Bracket(target_price=far, trail_amount=Decimal("0.12")),
                    Bracket(stop_price=near),
                    Bracket(target_price=far),
                )
            )
        if kind not in ("LMT", "MKT") and fields["tif"] in ("IOC", "FOK", "CLS"):
            fields["tif"] = "GTC"
        if draw.random() < 0.6:
            # Now and then an id that was used before.
            self.clients += draw.random() < 0.9
            fields["client"] = f"c{self.clients}"
        trader.place(self.ms, side, draw.choice((1, 30, 100, 250)), kind, **fields)

    def _some_order(self, trader: Acme, draw: random.Random) -> str:
        share = draw.random()
        orders = trader.state.open_orders()
        return orders[int(share * len(orders))].order_id if orders else "O0"

    def _cancel(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        trader.engine.cancel(self._some_order(trader, draw), trader.now(self.ms))

    def _replace(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        order_id = self._some_order(trader, draw)
        step, quantity, kind = draw.randint(-10, 10), draw.choice((None, None, 40, 120)), draw.random()
        order = trader.state.order(order_id)
        terms: dict[str, Any] = {"quantity": quantity}
        if order is not None and order.limit_price is not None and kind < 0.6:
            terms["limit_price"] = order.limit_price + Decimal(step) / 100
        elif order is not None and order.stop_price is not None:
            terms["stop_price"] = order.stop_price + Decimal(step) / 100
        elif order is not None and order.order_type == "TRAIL":
            terms["trail_amount"] = Decimal(11 + step) / 100
        trader.engine.replace(order_id, trader.now(self.ms), **terms)

    def _time(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        trader.time(self.ms)

    def _feed(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        trader.engine.feed_changed(draw.random() < 0.7, "TEST", trader.now(self.ms))

    def _halt(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        trader.engine.halted(symbol, draw.random() < 0.4, trader.now(self.ms))

    def _split(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        ratio = draw.choice((Decimal(2), Decimal("0.5")))
        trader.engine.split(symbol, ratio, trader.now(self.ms))
        self.prices[symbol] = max(int(self.prices[symbol] / ratio), 50)

    def _settings(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        new = AccountSettings(**settings_of(draw.randint(0, 10**6)))
        trader.engine.change(trader.now(self.ms), settings=new)

    def _all(self, trader: Acme, symbol: str, draw: random.Random) -> None:
        if draw.random() < 0.5:
            trader.engine.flatten(None, trader.now(self.ms))
        else:
            trader.engine.cancel_all(symbol, trader.now(self.ms))

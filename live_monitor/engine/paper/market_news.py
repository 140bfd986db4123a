"""What the market says besides quotes and prints: level 1 at the start, the link, halts, splits."""

from __future__ import annotations

from decimal import Decimal

from live_monitor.data.models.market_data import Snapshot
from live_monitor.engine.paper.engine_core import EngineCore
from live_monitor.engine.paper.entries import SplitApplied, Warned
from live_monitor.engine.paper.market_view import NAN, MarketView, Now
from live_monitor.engine.paper.notes import note_all
from live_monitor.engine.paper.snapshots import split_view
from live_monitor.errors import LedgerError


def take_snapshot(core: EngineCore, snapshot: Snapshot, received: float) -> None:
    """A standing quote and a last price where they are newer than what was heard; they fill nothing."""
    view = core.book(snapshot.symbol).view
    quote_ms = snapshot.quote_timestamp_ms or snapshot.timestamp_ms
    has_quote = snapshot.bid == snapshot.bid or snapshot.ask == snapshot.ask
    if has_quote and (view.received != view.received or quote_ms > view.quote_ms):
        view.bid, view.ask = snapshot.bid, snapshot.ask
        view.bid_size = view.bid_left = snapshot.bid_size
        view.ask_size = view.ask_left = snapshot.ask_size
        # A row says when its quote was, not when that came: it is at least as old as that.
        view.quote_ms, view.received = quote_ms, received - max(snapshot.timestamp_ms - quote_ms, 0) / 1_000
        view.condition = None
    last_ms = snapshot.last_timestamp_ms or snapshot.timestamp_ms
    if snapshot.last == snapshot.last and (view.last_received != view.last_received or last_ms > view.last_ms):
        view.last, view.last_size = snapshot.last, snapshot.last_size
        view.last_ms = last_ms
        view.last_received = received - max(max(quote_ms, snapshot.timestamp_ms) - last_ms, 0) / 1_000
    if snapshot.previous_close == snapshot.previous_close:
        view.close = snapshot.previous_close


def change_feed(core: EngineCore, up: bool, source: str, now: Now) -> None:
    """With a new link, what was received before the old one was lost is no market any more."""
    if core.feed_up and not up:
        core.lost_at = now.monotonic
    if up and not core.feed_up:
        for view in core.views.values():
            _forget(view, core.lost_at)
    core.feed_up = up
    if source != core.source:
        core.source = source
        for view in core.views.values():
            view.source = source


def _forget(view: MarketView, until: float) -> None:
    if view.received <= until:
        view.bid = view.bid_size = view.bid_left = view.ask = view.ask_size = view.ask_left = view.received = NAN
    if view.last_received <= until:
        view.last_received = NAN


def halt(core: EngineCore, symbol: str, on: bool, now: Now) -> None:
    """Nothing trades in `symbol` until it goes on."""
    del now
    core.book(symbol).view.halted = on


def bound(core: EngineCore, symbol: str, low: float, high: float) -> None:
    """`symbol` trades between limit down and limit up only, from now on; NaN: nothing is known of that side."""
    view = core.book(symbol).view
    view.band_low, view.band_high = low, high


def split(core: EngineCore, symbol: str, ratio: Decimal, now: Now) -> None:
    """Positions and orders go on in new shares, and prices of before are told in them until the next one."""
    state = core.state
    if state.archived or not (state.quantity(symbol) or state.open_orders(symbol)):
        if symbol in core.views:
            split_view(core.views[symbol], ratio)
        return
    note_all(core, now, at_once=True)
    try:
        core.write(SplitApplied(account=state.account, at_ms=now.ms, symbol=symbol, ratio=ratio))
    except LedgerError as problem:
        # It would leave less than a billionth of a share. Nothing has changed, and the person is told.
        core.write(Warned(account=state.account, at_ms=now.ms, reason="split_ignored", text=problem.message))
    if symbol in core.views:
        split_view(core.views[symbol], ratio)
    core.rebuild()

"""The order ticket: one order for one symbol, its cost and risk before it is placed, and why it cannot be.

One press places one order: a double click, a held Enter and a hammering hand are one press (`ticket_press`), and until
the desk has answered, another press asks for the same order under the same client id. The order is for the symbol that
the ticket shows when the button goes down and still shows when it comes up; prices that were typed for one symbol are
put away with it when another comes, and are back when it comes back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from msgspec.structs import replace
from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PyQt6.QtWidgets import QAbstractButton, QWidget

from live_monitor.clock import Clock
from live_monitor.data.models.orders import OrderParams, Side
from live_monitor.engine.paper.market_view import MarketView
from live_monitor.ui.paper_view import PaperView
from live_monitor.ui.theme import Theme
from live_monitor.ui.ticket_body import TicketBody
from live_monitor.ui.ticket_draft import NEEDS, Draft, draft_of, for_another_symbol
from live_monitor.ui.ticket_head import head_texts
from live_monitor.ui.ticket_offer import Offer, market_price, offer_of
from live_monitor.ui.ticket_press import SETTLE_S, PressGuard
from live_monitor.ui.ticket_sent import WAITING, SentOrder
from live_monitor.ui.ticket_words import Said, place_words, preview_figures, short_reason, sized_words

#: The market changes figures at most this often; what is typed is reckoned in the next frame.
REFRESH_EVERY_S: Final = 0.1
#: Ages grow without an event: so often the ticket is reckoned anew in any case.
_AT_LEAST_EVERY_S: Final = 1.0
#: More than a double click takes.
_EXTRA_QUIET_S: Final = 0.1
#: Symbols whose unfinished orders are remembered.
_MAX_DRAFTS: Final = 64


class OrderTicket(TicketBody):
    """See the module. Main thread."""

    #: Place this order. Payload: OrderParams with a client id, the same for an order that is asked for again.
    order_requested = pyqtSignal(object)
    #: Show the settings of the account; no payload.
    settings_asked = pyqtSignal()
    #: Something is to be reckoned anew: another frame is wanted.
    frame_wanted = pyqtSignal()

    def __init__(self, theme: Theme, clock: Clock, new_id: Callable[[], str], parent: QWidget | None = None) -> None:
        """`new_id` gives an id that no other order has, nor one of another run."""
        super().__init__(theme, parent)
        self._clock = clock
        self._paper: PaperView | None = None
        self._symbol = ""
        self._drafts: dict[str, Draft] = {}
        self._sent = SentOrder(new_id)
        hints = QGuiApplication.styleHints()
        assert hints is not None
        self._guard = PressGuard(hints.mouseDoubleClickInterval() / 1000 + _EXTRA_QUIET_S)
        self._held: Offer | None = None
        self._seen: tuple[object, ...] = ()
        self._reckoned_at = -math.inf
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._reckon_and_ask)
        self.form.edited.connect(self._on_edited)
        self.form.price_wanted.connect(self._take_market_price)
        self.place.pressed.connect(self._press)
        self.place.clicked.connect(lambda _on: self._release())
        self.fit_button.clicked.connect(lambda _on: self._take_what_fits())
        self.settings_button.clicked.connect(lambda _on: self.settings_asked.emit())
        self._offer = offer_of(None, "", self.form.draft, "")
        self._show_offer()

    @property
    def symbol(self) -> str:
        """The symbol that an order would be for; empty for none."""
        return self._symbol

    @property
    def offer(self) -> Offer:
        """What a press would place, as it is shown."""
        return self._offer

    def refresh(self, paper: PaperView, symbol: str | None, now_ms: int) -> None:
        """Takes over symbol, market and account; shows the quote at once, reckons at most every `REFRESH_EVERY_S`."""
        self._paper = paper
        self.show_symbol(symbol or "")
        if not self.isVisible():
            return
        now = self._clock.monotonic()
        quote = self._show_quote(now)
        seen = (paper.version, paper.notice, quote and (quote.received, quote.last_received, quote.halted))
        since = now - self._reckoned_at
        if since >= _AT_LEAST_EVERY_S or (seen != self._seen and since >= REFRESH_EVERY_S):
            self._seen = seen
            self._reckon()
        elif seen != self._seen and not self._later.isActive():
            # What is seen until then is reckoned then: only what comes after it asks again.
            self._seen = seen
            self._later.start(round(REFRESH_EVERY_S * 1000))

    def show_symbol(self, symbol: str) -> None:
        """The symbol in focus, to be told at once when it changes: a press that was meant for another sends nothing."""
        if symbol == self._symbol:
            return
        if self._symbol:
            self._drafts.pop(self._symbol, None)
            self._drafts[self._symbol] = self.form.draft
            if len(self._drafts) > _MAX_DRAFTS:
                del self._drafts[next(iter(self._drafts))]
            self._guard.symbol_came(self._clock.monotonic())
            self._later.start(round(SETTLE_S * 1000) + 10)
            self.form.hold(self.form.typed_in)
        self.form.set_draft(self._drafts.get(symbol) or for_another_symbol(self.form.draft))
        self._symbol = symbol
        self._reckon()

    def begin(self, side: Side) -> None:
        """The keys for buy and sell: sets the side and puts the keyboard on the quantity."""
        self.form.hold(False)
        self.form.set_side(side)
        self._go_to_amount(Qt.FocusReason.ShortcutFocusReason)

    def start_with(self, shares: Decimal) -> None:
        """How many shares the first order is for, until somebody writes another number."""
        self.form.set_draft(replace(self.form.draft, amount=shares))

    def fill(self, order: OrderParams) -> None:
        """Shows an order that was begun elsewhere, to be looked over. Ignored where it is for another symbol."""
        if order.symbol == self._symbol:
            self.form.set_draft(draft_of(order))
            self._go_to_amount(Qt.FocusReason.OtherFocusReason)
            self._reckon()

    def _go_to_amount(self, reason: Qt.FocusReason) -> None:
        self.form.amount.setFocus(reason)
        self.form.amount.selectAll()
        self.fields.ensureWidgetVisible(self.form.amount, 0, 4)

    def take_price(self, price: Decimal) -> None:
        """A price of the shown symbol was chosen: the limit, or the stop of an order without one."""
        if NEEDS[self.form.draft.order_type] == ("stop",):
            self.form.stop.set_value(price)
        else:
            if "limit" not in NEEDS[self.form.draft.order_type]:
                self.form.order_type.set_value("LMT")
            self.form.limit.set_value(price)
        self.form.edited.emit()

    def refused(self, text: str) -> None:
        """The order that was sent last is not taken, and why."""
        self._sent.refused(text)
        self._reckon()

    # -- reckoning ---------------------------------------------------------------------------

    def _on_edited(self) -> None:
        self.form.revise()
        self._reckon_and_ask()

    def _reckon_and_ask(self) -> None:
        self._reckon()
        self.frame_wanted.emit()

    def _reckon(self) -> None:
        now = self._clock.monotonic()
        self._reckoned_at = now
        if self._paper is not None:
            self._sent.follow(self._paper, now)
        self._offer = offer_of(self._paper, self._symbol, self.form.draft, self.form.problem)
        self._show_offer()

    def _show_offer(self) -> None:
        now, paper, offer = self._clock.monotonic(), self._paper, self._offer
        quote = self._show_quote(now)
        self.form.set_origin(market_price(quote, "ask" if offer.draft.side == "BUY" else "bid"))
        name = paper.account.name if paper is not None and paper.account is not None else ""
        self.say(self.account, Said(name))
        counted = offer.draft.sizing == "shares"
        self.sized.setVisible(not counted)
        self.say(self.sized, Said("" if counted else sized_words(offer.quantity, offer.at), "text"))
        self.preview.show_figures(preview_figures(offer.draft.side, offer.quantity, offer.preview))
        if self._guard.settling_s(now) == 0:
            self.form.hold(False)
        reason = self._blocked(now) or offer.reason
        self.place.show_order(offer.draft.side, place_words(offer.draft.side, offer.quantity, self._symbol), reason)
        refused = offer.preview is not None and offer.reason
        self.show_fit(offer.fits)
        short = short_reason(reason, offer.preview) if reason == offer.reason else reason
        said = Said(short, "warning" if refused else "muted", reason)
        self.show_lines(said, self._sent.said, news=self._sent.is_about(offer.wish))

    def _show_quote(self, now: float) -> MarketView | None:
        """The market in the head, as every other panel shows it in this frame; None where there is none."""
        paper = self._paper
        quote = paper.quote(self._symbol) if paper is not None and self._symbol else None
        limit_s = paper.settings.max_quote_age_ms / 1000 if paper is not None else 0.0
        self.head.show_texts(head_texts(self._symbol, quote, now, limit_s))
        return quote

    def _take_what_fits(self) -> None:
        fits = self._offer.fits
        if fits is not None:
            self._guard.pressed_beside(self._clock.monotonic())
            self.form.set_draft(replace(self.form.draft, sizing="shares", amount=fits))
            self._go_to_amount(Qt.FocusReason.OtherFocusReason)
            self._reckon_and_ask()

    def _blocked(self, now: float) -> str:
        if self._guard.settling_s(now) > 0:
            return f"Now {self._symbol}: a press counts in a moment."
        return WAITING if self._sent.waiting(now) else ""

    def _take_market_price(self, which: str) -> None:
        quote = self._paper.quote(self._symbol) if self._paper is not None and self._symbol else None
        price = market_price(quote, which)
        if price is not None:
            self.form.limit.set_value(price)
            self.form.edited.emit()

    # -- one press, one order ----------------------------------------------------------------

    def _press(self) -> None:
        self._held = self._offer
        self._guard.press(self._offer.wish, self._clock.monotonic())

    def _release(self) -> None:
        now, held = self._clock.monotonic(), self._held
        self._held = None
        objection = self._guard.release((self._symbol, self.form.draft), now)
        if objection:
            if not self._sent.waiting(now):
                self._sent.tell(objection)
        elif held is not None and not held.reason and not self._blocked(now):
            order = held.order(self._sent.begin(held.wish, now))
            self.order_requested.emit(order)
        self._reckon_and_ask()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None or event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        # A held key repeats itself; it was pressed once.
        if event.isAutoRepeat():
            return
        focused = self.focusWidget()
        if isinstance(focused, QAbstractButton) and focused is not self.place:
            focused.click()
            return
        self._press()
        self._release()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._reckon_and_ask()

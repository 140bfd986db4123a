"""Fill cases as people read them, and the engine that plays them.

A case is a table of a file in `cases/`:

* `steps`: a line each, a New York time and what happens then. Orders are numbered from 1; a time may say `tomorrow`
  before it.
    * `quote BID[xSIZE] ASK[xSIZE] [stamped TIME] [condition N]`; `-`: the side is absent, no size: none is displayed
    * `print PRICExSIZE [stamped TIME] [conditions …] [suspect]`, `snapshot [last PRICE] [close PRICE]`
    * `halt`, `resume`, `feed down`, `feed up`, `time`
    * `buy|sell SHARES MKT | LMT price | STP stop | STP_LMT stop limit | TRAIL amount or percent% [IOC …] [ext]`
    * `cancel N`, `replace N limit PRICE`, `why N: words that the answer holds`
* `holds`: shares held before; `model`, `settings` of the account; `day`; `feed`: whose sale conditions; `rule`: the
  section of the market rules that the expectation follows from, and how.
* `fills`: all executions in order: `N: SHARES @ PRICE rule TIME`; `ends`: the state of each order, with the reason code
  where it matters; `receipt`: what the receipt of the first fill says; `says`: words of the first order's text.

Whatever is expected was worked out by hand from the rule.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from live_monitor.data.models.market_data import NAN, Quote, Snapshot, Trade
from live_monitor.data.models.orders import AccountSettings, Fees, Order, OrderParams, RiskLimits
from live_monitor.engine.market.conditions import rules_for
from live_monitor.engine.market.sessions import NEW_YORK, us_equities
from live_monitor.engine.paper.account import AccountState, open_account
from live_monitor.engine.paper.entries import AccountOpened, Filled, OrderAccepted, OrderPlaced
from live_monitor.engine.paper.market_view import Now
from live_monitor.engine.paper.order_engine import AccountEngine
from live_monitor.engine.paper.receipts import receipt_text
from live_monitor.errors import InvalidPaperOrder
from tests.engine.paper.entries_of import RECEIPT

CASES = Path(__file__).parent / "cases"
SYMBOL = "ACME"
ACCOUNT = "A1"
MONDAY = "2026-11-23"
_TIME = re.compile(r"(tomorrow )?(\d\d:\d\d:\d\d(?:\.\d{1,3})?)\s+(.*)")
_FILL = re.compile(r"(\d+): (\d+) @ ([\d.]+) (\w+) ((?:tomorrow )?[\d:.]+)")


@dataclass(frozen=True)
class Case:
    """One case of a file. `name` is a sentence."""

    file: str
    name: str
    rule: str
    steps: list[str]
    ends: list[str]
    fills: list[str] = field(default_factory=list)
    model: str = "touch"
    settings: dict[str, Any] = field(default_factory=dict)
    holds: int = 0
    day: str = MONDAY
    feed: str = "polygon"
    receipt: list[str] = field(default_factory=list)
    says: str = ""


def load_cases() -> list[Case]:
    """Every case of every file. Raises TypeError for a key that no case has."""
    files = sorted(CASES.glob("*.toml"))
    return [Case(file=path.stem, **case) for path in files for case in tomllib.loads(path.read_text("utf-8"))["case"]]


class Play:
    """One case on an engine of its own. `placed`: orders in the sequence in which they were placed."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.day = date.fromisoformat(case.day)
        self.now = Now(self.at("00:00:00"), 1_000.0)
        self.engine = AccountEngine(self._account(), us_equities())
        self.engine.feed_changed(True, "TEST", self.now)
        self.flags = rules_for(case.feed)
        self.placed: list[str] = []

    def at(self, text: str) -> int:
        """Market ms of a New York time of the case's day, or of the day after (`tomorrow`)."""
        clock = text.removeprefix("tomorrow ")
        day = self.day + timedelta(days=clock != text)
        moment = datetime.combine(day, time.fromisoformat(clock), NEW_YORK).astimezone(UTC)
        return round(moment.timestamp() * 1000)

    def run(self) -> None:
        """Plays every step; questions of `why` are answered by assertion."""
        for step in self.case.steps:
            match = _TIME.fullmatch(step)
            assert match is not None, step
            at_ms = self.at((match[1] or "") + match[2])
            assert at_ms >= self.now.ms, f"{step}: time does not run back"
            self.now = Now(at_ms, self.now.monotonic + (at_ms - self.now.ms) / 1000.0)
            self.engine.on_time(self.now)
            self._act(match[3])

    def _act(self, text: str) -> None:
        verb, _, rest = text.partition(" ")
        if verb in ("buy", "sell"):
            self._place(verb.upper(), rest.split())
        elif verb == "why":
            number, _, words = rest.partition(": ")
            answer = self.engine.why(self.placed[int(number) - 1], self.now)
            assert words in answer, f"asked why, it says: {answer}"
        else:
            getattr(self, f"_{verb}")(rest.split())

    def _place(self, side: str, words: list[str]) -> None:
        quantity, kind, *rest = words
        extended = "ext" in rest
        in_force = next((word for word in rest if word in ("DAY", "GTC", "IOC", "FOK", "OPG", "CLS")), "DAY")
        prices = [word for word in rest if word[0].isdigit()]
        terms: dict[str, Any] = {}
        if kind == "TRAIL":
            percent = prices[0].endswith("%")
            terms["trail_percent" if percent else "trail_amount"] = prices[0].rstrip("%")
        if kind in ("STP", "STP_LMT"):
            terms["stop_price"] = prices[0]
        if kind in ("LMT", "STP_LMT"):
            terms["limit_price"] = prices[-1]
        params = OrderParams(
            symbol=SYMBOL,
            side=side,
            quantity=quantity,
            order_type=kind,
            time_in_force=in_force,
            extended_hours=extended,
            client_order_id=f"c{len(self.placed) + 1}",
            **terms,
        )
        with suppress(InvalidPaperOrder):  # what is refused is an order too, if its terms can be read
            self.engine.place(params, self.now)
        known = self.engine.state.order_of_client(params.client_order_id)
        assert known is not None, "it was refused without an order"
        self.placed.append(known.order_id)

    def _quote(self, words: list[str]) -> None:
        (bid, bid_size), (ask, ask_size) = (_side(word) for word in words[:2])
        condition = int(words[words.index("condition") + 1]) if "condition" in words else None
        quote = Quote(SYMBOL, self._stamp(words), bid, bid_size, ask, ask_size, condition=condition)
        self.engine.on_quote(quote, self.now.monotonic)

    def _print(self, words: list[str]) -> None:
        price, size = _side(words[0])
        conditions: tuple[int | str, ...] = ()
        if "conditions" in words:
            found = [word for word in words[words.index("conditions") + 1 :] if word != "suspect"]
            conditions = tuple(int(word) if self.case.feed == "polygon" else word for word in found)
        trade = Trade(SYMBOL, price, size, self._stamp(words), conditions)
        suspect = "suspect" in words
        self.engine.on_trade(trade, self.flags.flags(conditions), self.now.monotonic, suspect=suspect)

    def _snapshot(self, words: list[str]) -> None:
        prices = dict(zip(words[::2], map(float, words[1::2]), strict=True))
        close, last = prices.get("close", NAN), prices.get("last", NAN)
        snapshot = Snapshot(SYMBOL, self.now.ms, last=last, last_timestamp_ms=self.now.ms, previous_close=close)
        self.engine.on_snapshot(snapshot, self.now.monotonic)

    def _halt(self, words: list[str]) -> None:
        self.engine.halted(SYMBOL, True, self.now)

    def _resume(self, words: list[str]) -> None:
        self.engine.halted(SYMBOL, False, self.now)

    def _feed(self, words: list[str]) -> None:
        self.engine.feed_changed(words == ["up"], "TEST", self.now)

    def _time(self, words: list[str]) -> None:
        """Nothing but time, which has passed already."""

    def _cancel(self, words: list[str]) -> None:
        self.engine.cancel(self.placed[int(words[0]) - 1], self.now)

    def _replace(self, words: list[str]) -> None:
        assert words[1] == "limit"
        self.engine.replace(self.placed[int(words[0]) - 1], self.now, limit_price=words[2])

    def _stamp(self, words: list[str]) -> int:
        return self.at(words[words.index("stamped") + 1]) if "stamped" in words else self.now.ms

    def _account(self) -> AccountState:
        case, began = self.case, self.now.ms - 86_400_000
        settings: dict[str, Any] = dict(case.settings)
        if "slippage" in settings:
            settings["slippage"] = Decimal(settings["slippage"])
        chosen = AccountSettings(fill_model=case.model, risk=RiskLimits(enabled=False), **settings)  # type: ignore[arg-type]  # a name of the file
        state = open_account(
            AccountOpened(account=ACCOUNT, at_ms=began, name="Cases", cash=Decimal(10_000_000), settings=chosen)
        )
        if case.holds:
            _hold(state, Decimal(case.holds), began)
        return state

    # What came of it --------------------------------------------------------------------------------------------------

    def fills(self) -> list[Filled]:
        """Executions of the case, in order."""
        mine = set(self.placed)
        return [record.filled for record in self.engine.state.fills if record.filled.order_id in mine]

    def order(self, number: int) -> Order:
        """The order that was placed as number `number`, from 1."""
        found = self.engine.state.order(self.placed[number - 1])
        assert found is not None
        return found

    def check(self) -> None:
        """Compares everything that the case expects."""
        case, fills = self.case, self.fills()
        assert [self._told(filled) for filled in fills] == [self._wanted(text) for text in case.fills]
        assert [self._end(number) for number in range(1, len(self.placed) + 1)] == case.ends
        if case.receipt:
            text = "\n".join(receipt_text(fills[0]))
            assert [words for words in case.receipt if words not in text] == [], text
        if case.says:
            assert case.says in self.order(1).text

    def _told(self, filled: Filled) -> tuple[int, Decimal, Decimal, str, int]:
        number = self.placed.index(filled.order_id) + 1
        return number, filled.quantity, filled.price, filled.receipt.rule, filled.at_ms

    def _wanted(self, text: str) -> tuple[int, Decimal, Decimal, str, int]:
        match = _FILL.fullmatch(text)
        assert match is not None, text
        return int(match[1]), Decimal(match[2]), Decimal(match[3]), match[4], self.at(match[5])

    def _end(self, number: int) -> str:
        """As precise as the case is."""
        order = self.order(number)
        precise = f"{number}: {order.state} {order.reason}"
        wanted = self.case.ends[number - 1] if number <= len(self.case.ends) else ""
        return precise if wanted == precise else f"{number}: {order.state}"


def _side(word: str) -> tuple[float, float]:
    if word == "-":
        return NAN, NAN
    price, _, size = word.partition("x")
    return float(price), float(size) if size else NAN


def _hold(state: AccountState, shares: Decimal, at_ms: int) -> None:
    """Shares at 10 USD that the account has from before."""
    order = Order(
        order_id=state.next_order_id(),
        client_order_id="",
        account=ACCOUNT,
        symbol=SYMBOL,
        side="BUY",
        quantity=shares,
        order_type="MKT",
        placed_ms=at_ms,
    )
    state.apply(OrderPlaced(account=ACCOUNT, at_ms=at_ms, order=order))
    state.apply(OrderAccepted(account=ACCOUNT, at_ms=at_ms, order_id=order.order_id, active_ms=at_ms))
    held = Filled(
        account=ACCOUNT,
        at_ms=at_ms,
        execution_id=state.next_execution_id(),
        order_id=order.order_id,
        symbol=SYMBOL,
        side="BUY",
        quantity=shares,
        price=Decimal(10),
        fees=Fees(),
        receipt=RECEIPT,
    )
    state.apply(held)

"""The paper desk when things are not as they should be: a ledger that fails, another market, hostile words."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from live_monitor.data.models.orders import OrderParams, PlacedOrder
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.paper_desk import RETRY_S
from live_monitor.data.stores.ledger_errors import LedgerFailed, LedgerRefused
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.paper.entries import AccountArchived, AccountOpened, Entry
from live_monitor.engine.paper.folding import States
from live_monitor.engine.paper.ledger import Draft
from live_monitor.errors import InvalidPaperOrder, LedgerError
from live_monitor.wire.relay import Hello
from tests.data.paper_office import PATIENCE_S, Office


class Troubled(Ledger):
    """A ledger that fails with `trouble` when it is set, and folds only while `may_fold` is."""

    trouble: LedgerError | None = None

    def __init__(self, path: Path) -> None:
        self.may_fold = threading.Event()
        self.may_fold.set()
        super().__init__(path)

    def commit(self, drafts: Iterable[Draft]) -> int:
        if self.trouble is not None:
            raise self.trouble
        return super().commit(drafts)

    def states(self) -> States:
        assert self.may_fold.wait(PATIENCE_S)
        return super().states()


class TroubledOffice(Office):
    def __init__(self, folder: Path) -> None:
        self.ledgers: list[Troubled] = []
        super().__init__(folder, open_ledger=self._open_ledger)

    def _open_ledger(self) -> Ledger:
        self.ledgers.append(Troubled(self.folder / FILE_NAME))
        return self.ledgers[-1]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[TroubledOffice]:
    office = TroubledOffice(tmp_path)
    office.open("AAPL")
    office.quote("AAPL", 100.0, 100.1)
    yield office
    for ledger in office.ledgers:
        ledger.may_fold.set()
    office.close()


def kinds(folder: Path) -> list[str]:
    """What stands in the journal; raises LedgerError where it cannot be opened anew."""
    ledger = Ledger(folder / FILE_NAME)
    try:
        with ledger.reading() as connection:
            return [kind for (kind,) in connection.execute("SELECT kind FROM journal ORDER BY seq")]
    finally:
        ledger.close()


def test_nothing_that_happens_between_a_failed_write_and_the_new_beginning_is_written(
    office: TroubledOffice, tmp_path: Path
) -> None:
    resting = office.buy(order_type="LMT", limit_price="99").order
    office.settled()
    (ledger,) = office.ledgers
    ledger.trouble = LedgerRefused("The disk is full.", "Make room.")
    ledger.may_fold.clear()
    answers: list[PlacedOrder | InvalidPaperOrder] = []
    office.desk.request(OrderParams(symbol="AAPL", side="BUY", quantity=10), answers.append)
    office.until(lambda: bool(answers))
    ledger.trouble = None
    # The engines have a fill that is not kept. What the market and the person do now must not stand upon it.
    office.quote("AAPL", 98.9, 98.95)
    office.desk.request(OrderParams(symbol="AAPL", side="BUY", quantity=10), answers.append)
    assert [type(answer) for answer in answers] == [InvalidPaperOrder, InvalidPaperOrder]
    ledger.may_fold.set()
    office.settled()
    office.clock.advance(RETRY_S)
    office.until(lambda: office.desk.ready)
    assert office.desk.fills() == []
    assert office.order(resting.order_id).state == "accepted"
    office.quote("AAPL", 98.9, 98.95)
    office.settled()
    assert office.order(resting.order_id).state == "filled"
    office.close()
    assert kinds(tmp_path)[-3:] == ["order_placed", "order_accepted", "filled"]


@pytest.mark.parametrize("trouble", [LedgerFailed("The disk fails."), LedgerRefused("The disk is full.", "Make room.")])
def test_while_nothing_can_be_written_nothing_happens(office: TroubledOffice, trouble: LedgerError) -> None:
    resting = office.buy(order_type="LMT", limit_price="99").order
    held = office.buy(quantity=10)
    office.settled()
    office.ledgers[0].trouble = trouble
    with pytest.raises(InvalidPaperOrder, match="The disk"):
        office.buy(quantity=10)
    office.settled()
    office.quote("AAPL", 98.9, 98.95)
    office.trade("AAPL", 98.0, sequence=1)
    office.frame()
    assert office.order(resting.order_id).state == "accepted"
    assert len(office.desk.fills()) == 1
    # It can be read all the same, at the prices of now.
    (position,) = office.desk.positions()
    assert held.position is not None
    assert position.quantity == held.position.quantity
    assert position.mark is not None
    assert position.mark < 99


def test_orders_are_pending_from_the_decision_on(office: TroubledOffice) -> None:
    resting = office.buy(order_type="LMT", limit_price="99").order
    office.settled()
    assert not office.desk.pending(resting.order_id)
    office.quote("AAPL", 98.9, 98.95)
    assert office.order(resting.order_id).state == "filled"
    assert office.desk.pending(resting.order_id)
    office.settled()
    office.frame()
    office.settled()
    assert not office.desk.pending(resting.order_id)


def test_prices_of_another_market_are_not_heard_before_anybody_has_looked(office: TroubledOffice) -> None:
    first = office.desk.account_id
    resting = office.buy(order_type="LMT", limit_price="99").order
    office.settled()
    office.market = "replay-x-2021-03-01"
    office.hub_desk.tell(Hello(features=[], provider="replay", label="REPLAY", market=office.market))
    # No frame has passed: the account in use is still that of the market before.
    office.quote("AAPL", 50.0, 50.1)
    office.trade("AAPL", 50.0, sequence=1)
    assert office.order(resting.order_id).state == "accepted"
    with pytest.raises(InvalidPaperOrder, match="being opened"):
        office.buy()
    office.until(lambda: office.desk.ready)
    assert office.desk.account_id == "replay-x-2021-03-01.1"
    office.quote("AAPL", 50.0, 50.1)
    assert office.buy(quantity=10).order.average_price == Decimal("50.1")
    office.market = "simulated-7"
    office.connect()
    office.until(lambda: office.desk.account_id == first and office.desk.ready)
    assert office.order(resting.order_id).state == "accepted"


def test_a_reset_is_one_write_so_that_no_kill_lifts_a_lock(office: TroubledOffice) -> None:
    written: list[list[type[Entry]]] = []
    append = office.thread.append

    def spy(entries: Sequence[Entry], done: object = None) -> int:
        written.append([type(entry) for entry in entries])
        return append(entries, done)  # type: ignore[arg-type]  # handed through

    office.thread.append = spy  # type: ignore[method-assign]  # watched
    office.buy(order_type="LMT", limit_price="99")
    office.desk.reset()
    (both,) = [batch for batch in written if AccountOpened in batch]
    assert both.index(AccountArchived) < both.index(AccountOpened)


HOSTILE = ["", "   ", "half \ud800", "x" * 61, "two\nlines"]


@pytest.mark.parametrize("name", HOSTILE)
def test_an_account_has_a_name(office: TroubledOffice, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidPaperOrder, match="needs a name"):
        office.desk.open_account(name, Decimal(1_000))
    assert len(office.desk.accounts) == 1
    office.close()
    assert kinds(tmp_path).count("account_opened") == 1


@pytest.mark.parametrize("cash", ["-1", "NaN", "Infinity", "1e30", "0.001"])
def test_an_account_begins_with_an_amount_of_money(office: TroubledOffice, cash: str) -> None:
    with pytest.raises(InvalidPaperOrder, match="cannot begin with"):
        office.desk.open_account("Second", Decimal(cash))
    with pytest.raises(InvalidPaperOrder, match="cannot begin with"):
        office.desk.reset(Decimal(cash))
    office.frame()
    assert [archived for _, _, archived in office.desk.accounts] == [False]
    assert office.buy(quantity=1).order.state == "filled"


def test_half_a_character_reaches_no_journal(office: TroubledOffice) -> None:
    with pytest.raises(InvalidPaperOrder, match="half a character"):
        office.desk.write_note("2026-11-20", "half \ud800")
    with pytest.raises(InvalidPaperOrder, match="client order id"):
        office.buy(client_order_id="half \ud800")
    assert office.buy(quantity=1).order.state == "filled"
    assert office.told == []


def test_panels_read_while_a_script_places_on_another_thread(office: TroubledOffice) -> None:
    over = threading.Event()

    def script() -> None:
        try:
            for _ in range(60):
                with suppress(InvalidPaperOrder):
                    order = office.buy(quantity=1, order_type="LMT", limit_price="90").order
                    office.desk.cancel(order.order_id)
        finally:
            over.set()

    thread = threading.Thread(target=script)
    between = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        thread.start()
        while not over.wait(0.0002):
            orders = office.desk.orders()
            assert len({order.order_id for order in orders}) == len(orders)
            _ = office.desk.account, office.desk.positions(), office.desk.working("AAPL")
            office.frame()
    finally:
        sys.setswitchinterval(between)
        thread.join()
    office.settled()
    assert {order.state for order in office.desk.orders()} == {"canceled"}


def test_no_account_is_opened_in_the_name_of_an_address(tmp_path: Path) -> None:
    office = Office(tmp_path)
    # As the manager does before it connects: a server that greets says later whose prices these are.
    office.hub.address = "127.0.0.1:41789"
    office.hub.take([LinkStatus("connecting", office.clock.monotonic())])
    office.until(lambda: office.thread.condition.kind == "ready")
    for _ in range(5):
        office.frame()
    assert not office.desk.ready
    assert office.desk.account_id == ""
    office.open("AAPL")
    assert office.desk.account_id == "simulated-7.1"
    office.close()
    assert kinds(tmp_path).count("account_opened") == 1


def test_a_server_that_does_not_greet_has_accounts_in_the_name_of_its_address(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.hub.address = "quotes.example:8200"
    office.hub.take([LinkStatus("live", office.clock.monotonic())])
    office.until(lambda: office.desk.ready)
    assert office.desk.account_id == "relay-quotes-example-8200.1"
    office.close()


@pytest.mark.parametrize("deed", ["reset", "open"])
def test_after_an_account_that_was_not_kept_the_one_before_is_in_use_again(office: TroubledOffice, deed: str) -> None:
    first = office.desk.account_id
    office.desk.open_account("Second", Decimal(5_000))
    second = office.desk.account_id
    office.settled()
    in_use = second if deed == "reset" else first
    office.desk.choose(in_use)
    office.ledgers[0].trouble = LedgerRefused("The disk is full.", "Make room.")
    if deed == "reset":
        office.desk.reset()
    else:
        office.desk.open_account("Third", Decimal(5_000))
    assert office.desk.account_id not in {first, second}
    office.settled()
    assert office.told == ["The disk is full. Make room."]
    assert office.desk.account_id == in_use
    assert office.desk.chosen == {"simulated-7": in_use}
    assert [archived for _, _, archived in office.desk.accounts] == [False, False]

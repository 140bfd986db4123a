"""The paper desk with a hub and a real ledger: what is decided, what is durable, what a restart finds."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from live_monitor.data.models.market_data import Quote, Snapshot
from live_monitor.data.models.orders import OrderParams, PlacedOrder
from live_monitor.data.paper_desk import RETRY_S
from live_monitor.data.stores.ledger_errors import LedgerRefused
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.paper.entries import Entry, Filled
from live_monitor.engine.paper.ledger import Draft
from live_monitor.errors import InvalidPaperOrder
from live_monitor.wire.notices import EndOfFeed, FaultNotice, PriceBands, SnapshotFrame
from tests.data.paper_office import NOW, Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    office.open("AAPL", "MSFT")
    office.quote("AAPL", 100.0, 100.1)
    office.quote("MSFT", 200.0, 200.1)
    yield office
    office.close()


def test_a_market_order_is_filled_at_the_ask_durable_and_in_the_account(office: Office) -> None:
    placed = office.buy(quantity=100)
    assert (placed.order.state, placed.order.average_price) == ("filled", Decimal("100.1"))
    assert placed.account.cash == Decimal("89990.00")
    assert placed.position is not None
    assert placed.position.quantity == 100
    office.settled()
    assert not office.desk.pending(placed.order.order_id)
    assert [record.filled.price for record in office.desk.fills()] == [Decimal("100.1")]


def test_orders_positions_and_receipts_survive_a_restart(office: Office, tmp_path: Path) -> None:
    filled = office.buy(quantity=100).order
    resting = office.sell(quantity=100, order_type="LMT", limit_price="105").order
    office.settled()
    execution = office.desk.fills()[0].filled.execution_id
    receipt = office.desk.receipt(execution)
    before = office.desk.account
    office.close()
    again = Office(tmp_path)
    again.clock.advance(60)
    again.open("AAPL", without_limits=False)
    again.quote("AAPL", 100.0, 100.1)
    assert {order.order_id: order.state for order in again.desk.orders()} == {
        resting.order_id: "accepted",
        filled.order_id: "filled",
    }
    assert again.desk.receipt(execution) == receipt != []
    assert before is not None
    assert again.desk.account is not None
    assert again.desk.account.cash == before.cash
    again.quote("AAPL", 105.0, 105.1)
    again.settled()
    assert again.order(resting.order_id).state == "filled"
    again.close()


def test_a_script_that_sends_the_same_client_id_again_gets_the_same_order_also_after_a_restart(
    office: Office, tmp_path: Path
) -> None:
    first = office.buy(quantity=10, client_order_id="mine-1").order
    assert office.buy(quantity=10, client_order_id="mine-1").order.order_id == first.order_id
    office.close()
    again = Office(tmp_path)
    again.open("AAPL")
    again.quote("AAPL", 100.0, 100.1)
    assert again.buy(quantity=10, client_order_id="mine-1").order.order_id == first.order_id
    assert len(again.desk.fills()) == 1
    again.close()


def test_one_client_id_means_another_order_in_another_account(office: Office) -> None:
    first = office.buy(quantity=10, client_order_id="a")
    office.desk.open_account("Second", Decimal(50_000))
    second = office.buy(quantity=20, client_order_id="a")
    assert (second.order.account, second.order.quantity) != (first.order.account, first.order.quantity)
    assert office.buy(quantity=30, client_order_id="a").order.quantity == 20
    office.desk.choose(first.order.account)
    assert office.buy(quantity=30, client_order_id="a").order.quantity == 10
    office.desk.reset()
    assert office.buy(quantity=30, client_order_id="a").order.quantity == 30


def test_orders_wait_while_the_feed_is_down_and_a_market_order_is_refused(office: Office) -> None:
    resting = office.buy(order_type="LMT", limit_price="99").order
    office.hub_desk.drop()
    with pytest.raises(InvalidPaperOrder, match="no live market price"):
        office.buy()
    assert "feed" in office.desk.why(resting.order_id).lower()


def test_at_the_end_of_a_replay_nothing_trades_any_more(office: Office) -> None:
    office.hub_desk.tell(EndOfFeed("The recording is over."))
    with pytest.raises(InvalidPaperOrder, match="the feed is down"):
        office.buy()


@pytest.mark.parametrize(("age_ms", "state"), [(4_900, "filled"), (5_100, "rejected")])
def test_a_row_is_as_old_as_it_says(office: Office, age_ms: int, state: str) -> None:
    office.clock.advance(20)
    at_ms = office.hub.clock.now_ms() - age_ms
    row = Snapshot("AAPL", at_ms, bid=100.2, bid_size=500, ask=100.3, ask_size=500, quote_timestamp_ms=at_ms)
    office.hub_desk.tell(SnapshotFrame(row))
    with suppress(InvalidPaperOrder):
        office.buy(quantity=1)
    assert office.order("O1").state == state


def test_the_ledger_knows_client_ids_that_an_account_has_forgotten(office: Office) -> None:
    first = office.buy(quantity=10, client_order_id="a").order
    office.settled()
    office.desk._engines[first.account].state.client_ids.clear()
    again = office.buy(quantity=30, client_order_id="a").order
    assert (again.order_id, again.quantity) == (first.order_id, first.quantity)


def test_a_print_that_is_suspect_triggers_no_stop(office: Office) -> None:
    office.buy(quantity=100)
    office.trade("AAPL", 100.05, sequence=1)
    stop = office.sell(quantity=100, order_type="STP", stop_price="95").order
    office.trade("AAPL", 50.0, sequence=2)  # a bad print: nobody quotes near it
    office.quote("AAPL", 100.0, 100.1)
    office.settled()
    assert office.order(stop.order_id).state == "accepted"
    assert not office.order(stop.order_id).triggered_ms


def test_a_print_that_comes_twice_is_one_print(office: Office) -> None:
    office.buy(quantity=100)
    office.desk.change(settings=office.desk.settings.__class__(fill_model="queue", risk=office.desk.settings.risk))
    office.quote("AAPL", 100.0, 100.1, ask_size=300)
    waiting = office.sell(quantity=100, order_type="LMT", limit_price="100.1").order
    assert waiting.queue_ahead == 300
    for _ in range(5):
        office.trade("AAPL", 100.1, 100, sequence=7)
    assert "200 ahead" in office.desk.why(waiting.order_id)


def test_a_halted_symbol_fills_nothing_until_it_trades_again(office: Office) -> None:
    office.hub_desk.tell(FaultNotice("halt", "AAPL", NOW))
    with pytest.raises(InvalidPaperOrder, match="halt"):
        office.buy()
    assert office.buy("MSFT", 10).order.state == "filled"
    office.hub_desk.tell(FaultNotice("resume", "AAPL", NOW))
    office.quote("AAPL", 100.0, 100.1)
    assert office.buy().order.state == "filled"


def test_nothing_is_bought_above_limit_up_and_the_order_rests_until_it_may(office: Office) -> None:
    office.hub_desk.tell(PriceBands("AAPL", NOW, 95.0, 100.05))
    with pytest.raises(InvalidPaperOrder, match="above limit up"):
        office.buy()
    resting = office.buy(order_type="LMT", limit_price="110").order
    assert resting.state == "accepted"
    assert office.buy("MSFT", 10).order.state == "filled"
    office.hub_desk.tell(PriceBands("AAPL", NOW + 30_000, 96.0, 101.0))
    office.frame()
    office.quote("AAPL", 100.0, 100.1)
    office.settled()
    assert office.order(resting.order_id).state == "filled"


def test_a_band_ends_with_the_regular_session_for_orders_of_extended_hours(office: Office) -> None:
    office.hub_desk.tell(PriceBands("AAPL", NOW, 95.0, 100.05))
    office.frame()
    office.clock.advance(6 * 3_600)
    office.quote("AAPL", 100.0, 100.1)
    assert office.buy(order_type="LMT", limit_price="110", extended_hours=True).order.state == "filled"


def test_m16_a_split_changes_shares_and_not_the_profit(office: Office) -> None:
    office.buy(quantity=100)
    resting = office.sell(quantity=100, order_type="LMT", limit_price="110").order
    before = office.desk.account
    office.hub_desk.tell(FaultNotice("split", "AAPL", NOW, ratio=4.0))
    office.quote("AAPL", 25.0, 25.025)
    office.settled()
    (position,) = office.desk.positions()
    assert (position.quantity, position.average_cost) == (Decimal(400), Decimal("25.025"))
    assert office.order(resting.order_id).limit_price == Decimal("27.5")
    after = office.desk.account
    assert before is not None
    assert after is not None
    assert abs(before.net_liq - after.net_liq) <= Decimal("0.01")


def test_l3_what_became_durable_is_told_once_and_a_restart_shows_it_once(office: Office, tmp_path: Path) -> None:
    told: list[Entry] = []
    office.desk.on_durable = told.extend
    order = office.buy(quantity=100).order
    # Killed between the commit and its notice: `take` never ran.
    assert told == []
    office.thread.close()
    again = Office(tmp_path)
    heard: list[Entry] = []
    again.desk.on_durable = heard.extend
    again.open("AAPL", without_limits=False)
    assert [record.filled.order_id for record in again.desk.fills()] == [order.order_id]
    assert not [entry for entry in heard if isinstance(entry, Filled)]
    again.close()


def test_l9_eight_threads_that_send_one_client_id_a_hundred_times_make_one_order(office: Office) -> None:
    params = OrderParams(symbol="AAPL", side="BUY", quantity=10, client_order_id="once")
    answers: list[PlacedOrder] = []

    def send() -> None:
        answers.extend(office.desk.place(params) for _ in range(13))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 104
    assert len({(answer.order.order_id, answer.order.state) for answer in answers}) == 1
    office.settled()
    assert len(office.desk.fills()) == 1


def test_l13_an_order_is_filled_at_the_quote_of_its_own_symbol_at_that_moment(office: Office) -> None:
    random = Random(13)
    for _ in range(300):
        symbol, other = random.sample(["AAPL", "MSFT"], 2)
        ask = round(random.uniform(90, 110), 2)
        office.quote(other, 500.0, 500.1)
        office.quote(symbol, ask - 0.1, ask)
        placed = office.buy(symbol, 1)
        # The market moves on before anybody looks at the answer.
        office.quote(symbol, ask + 0.9, ask + 1)
        assert (placed.order.symbol, placed.order.average_price) == (symbol, Decimal(repr(ask)))


@pytest.mark.parametrize(("ahead_ms", "counts"), [(400, True), (200_000, False)])
def test_an_order_is_never_older_than_the_quote_that_fills_it_unless_that_is_far_ahead(
    office: Office, ahead_ms: int, counts: bool
) -> None:
    at = office.hub.clock.now_ms()
    office.hub_desk.feed(Quote("AAPL", at + ahead_ms, 100.0, 500, 100.1, 500))
    placed = office.buy(quantity=10).order
    assert placed.accepted_ms == (at + ahead_ms if counts else at)


def test_symbols_of_orders_and_positions_stay_followed(office: Office) -> None:
    office.buy("MSFT", 10)
    office.hub.release("MSFT", "watchlist")
    office.frame()
    assert office.hub.state("MSFT") is not None
    office.quote("MSFT", 210.0, 210.1)
    (position,) = office.desk.positions()
    assert position.mark is not None
    assert position.mark > 209


def test_another_market_has_accounts_of_its_own(office: Office, tmp_path: Path) -> None:
    office.buy(quantity=100)
    first = office.desk.account_id
    office.close()
    other = Office(tmp_path, market="replay-x-2021-03-01")
    other.open("AAPL")
    assert other.desk.account_id != first
    assert other.desk.positions() == []
    assert [name for name, _, _ in other.desk.accounts] == [other.desk.account_id]
    other.close()


def test_a_reset_account_is_archived_and_can_be_read_but_not_traded(office: Office) -> None:
    office.buy(quantity=100)
    old = office.desk.account_id
    office.desk.reset()
    office.settled()
    new = office.desk.account_id
    assert [(account, archived) for account, _, archived in office.desk.accounts] == [(new, False), (old, True)]
    assert office.desk.positions() == []
    assert office.desk.account is not None
    assert office.desk.account.cash == 100_000
    office.desk.choose(old)
    assert len(office.desk.fills()) == 1
    with pytest.raises(InvalidPaperOrder, match="archived"):
        office.buy()


def test_a_request_of_the_window_is_answered_once_it_is_durable(office: Office) -> None:
    answers: list[PlacedOrder | InvalidPaperOrder] = []
    office.desk.request(OrderParams(symbol="AAPL", side="BUY", quantity=100), answers.append)
    assert answers == []
    office.until(lambda: bool(answers))
    assert isinstance(answers[0], PlacedOrder)
    office.desk.request(OrderParams(symbol="AAPL", side="SELL", quantity=500), answers.append)
    assert isinstance(answers[1], InvalidPaperOrder)


class FullDisk(Ledger):
    """A ledger whose disk is full while `full` is set; what a real one does is tried in tests/data/stores."""

    full = False

    def commit(self, drafts: Iterable[Draft]) -> int:
        if self.full:
            raise LedgerRefused("The disk of the ledger is full.", "Make room.")
        return super().commit(drafts)


def test_l4_what_a_full_disk_refused_has_not_happened_and_trading_goes_on_once_there_is_room(tmp_path: Path) -> None:
    ledgers: list[FullDisk] = []

    def open_ledger() -> Ledger:
        ledgers.append(FullDisk(tmp_path / FILE_NAME))
        return ledgers[-1]

    office = Office(tmp_path, open_ledger=open_ledger)
    office.open("AAPL")
    office.quote("AAPL", 100.0, 100.1)
    office.buy(quantity=10)
    office.settled()
    ledgers[0].full = True
    with pytest.raises(InvalidPaperOrder, match="disk of the ledger is full"):
        office.buy(quantity=20)
    office.settled()
    assert "disk of the ledger is full" in office.desk.notice
    assert len(office.told) == 1
    assert [position.quantity for position in office.desk.positions()] == [10]
    ledgers[0].full = False
    office.clock.advance(RETRY_S)
    office.until(lambda: office.desk.ready)
    office.quote("AAPL", 100.0, 100.1)
    assert office.buy(quantity=20).position.quantity == 30  # type: ignore[union-attr]  # it is held
    office.close()


def test_a_disk_that_stays_full_is_tried_every_two_seconds_not_every_frame(tmp_path: Path) -> None:
    ledgers: list[FullDisk] = []

    def open_ledger() -> Ledger:
        ledgers.append(FullDisk(tmp_path / FILE_NAME))
        ledgers[0].full = True
        return ledgers[-1]

    office = Office(tmp_path, open_ledger=open_ledger)
    office.hub.acquire("AAPL", "watchlist")
    office.connect()
    office.until(lambda: bool(office.told))
    for _ in range(50):
        office.frame()
    # The two seconds count from the new beginning.
    office.settled()
    assert len(office.told) == 1
    office.clock.advance(RETRY_S)
    office.until(lambda: len(office.told) == 2)
    office.close()

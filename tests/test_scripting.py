"""Orders of scripts: the documented call, what it answers, and what it says when it cannot be."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from PyQt6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from live_monitor import scripting
from live_monitor.clock import ManualClock
from live_monitor.data.inbox import Batch, Noted
from live_monitor.data.models.market_data import Quote
from live_monitor.data.models.orders import OrderType, PlacedOrder, TimeInForce
from live_monitor.data.models.status import LinkStatus
from live_monitor.data.polygon_data_manager import PolygonDataManager
from live_monitor.data.stores.ledger_store import FILE_NAME
from live_monitor.script_paper import ScriptPaper
from live_monitor.scripting import InvalidPaperOrder, OrderParams, place_order
from live_monitor.wire.relay import Hello
from tests.architecture.conftest import CHECKOUT

#: 2026-11-20 10:30 New York, in a regular session.
NOW_MS = 1_795_188_600_000


PAGE = (CHECKOUT / "docs/guide/scripting.md").read_text(encoding="utf-8").partition("## Paper orders")[2]
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


class Script:
    """A script whose manager hears what the test says. `paper` is what it opened."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.clock = ManualClock(NOW_MS)
        self.manager = PolygonDataManager("ws://localhost:1/ws/{client_id}", clock=self.clock)
        self.paper: ScriptPaper = scripting.open_paper(self.manager, folder)
        self.manager.change_symbol("VFF")
        with qtbot.waitSignal(self.paper.opened, timeout=20_000):
            hub = self.manager.hub
            hub.take([Noted(Hello([], "simulated", "SIMULATED", market="simulated-7"), self.clock.monotonic())])
            hub.take([LinkStatus("live", self.clock.monotonic())])

    def quote(self, bid: float, ask: float) -> None:
        self.clock.advance(0.01)
        at_ms = self.manager.hub.clock.now_ms()
        self.manager.hub.take([Batch([Quote("VFF", at_ms, bid, 1_000, ask, 1_000)], self.clock.monotonic())])


@pytest.fixture
def script(qtbot: QtBot, qapp: QCoreApplication, tmp_path: Path) -> Iterator[Script]:
    made = Script(qtbot, tmp_path)
    yield made
    made.paper.close()


def test_the_documented_call_buys_at_the_ask(script: Script, tmp_path: Path) -> None:
    script.quote(2.95, 3.05)
    placed = place_order(OrderParams(symbol="VFF", side="BUY", quantity=100, order_type="MKT"))
    assert (placed.order.state, placed.order.average_price) == ("filled", Decimal("3.05"))
    assert placed.account.cash == Decimal(99_695)
    assert placed.position is not None
    assert placed.position.quantity == 100
    assert (tmp_path / "paper" / FILE_NAME).exists()


def test_the_documented_call_without_a_price_raises(script: Script) -> None:
    with pytest.raises(InvalidPaperOrder, match="no live market price available") as refused:
        place_order(OrderParams(symbol="VFF", side="BUY", quantity=100, order_type="MKT"))
    assert refused.value.reason == "no_quote"


def test_an_order_that_was_refused_is_refused_when_it_is_sent_again(script: Script) -> None:
    params = OrderParams(symbol="VFF", side="SELL", quantity=100, client_order_id="mine")
    answers = []
    for _ in range(2):
        script.quote(2.95, 3.05)
        with pytest.raises(InvalidPaperOrder) as refused:
            place_order(params)
        answers.append((refused.value.reason, str(refused.value)))
    assert answers[0] == answers[1]
    assert answers[0][0] == "no_position"


def test_the_answer_as_plain_values_has_the_documented_fields(script: Script) -> None:
    script.quote(2.95, 3.05)
    placed = place_order(OrderParams(symbol="VFF", side="BUY", quantity=100, order_type="MKT", client_order_id="mine"))
    said = json.loads(json.dumps(scripting.as_dict(placed), allow_nan=False))
    account = said["account"]
    assert account["cash"] == account["stock_buying_power"] == account["option_buying_power"] == 99_695.0
    assert account["day_trading_buying_power"] == 99_695.0
    assert account["net_liq"] == 99_995.0
    assert (said["order"]["state"], said["order"]["average_price"], said["order"]["remaining"]) == ("filled", 3.05, 0.0)
    assert (said["order"]["limit_price"], said["order"]["client_order_id"]) == (None, "mine")
    assert said["position"]["quantity"] == 100.0


def test_an_order_that_opens_nothing_yet_has_no_position(script: Script) -> None:
    script.quote(2.95, 3.05)
    placed = place_order(OrderParams(symbol="VFF", side="BUY", quantity=100, order_type="LMT", limit_price="2.50"))
    assert placed.order.state == "accepted"
    assert scripting.as_dict(placed)["position"] is None


def test_a_worker_thread_may_place_orders(script: Script) -> None:
    script.quote(2.95, 3.05)
    answers: list[PlacedOrder] = []

    def work() -> None:
        answers.append(place_order(OrderParams(symbol="VFF", side="BUY", quantity=10)))

    worker = threading.Thread(target=work)
    worker.start()
    worker.join(20)
    assert [answer.order.state for answer in answers] == ["filled"]


def test_without_paper_trading_the_call_says_what_to_do() -> None:
    scripting.bind(None)
    with pytest.raises(InvalidPaperOrder, match=r"open_paper\(manager\)") as refused:
        place_order(OrderParams(symbol="VFF", side="BUY", quantity=100))
    assert refused.value.reason == "not_open"


def test_after_the_end_orders_go_nowhere_and_the_next_start_knows_them(
    script: Script, qtbot: QtBot, tmp_path: Path
) -> None:
    script.quote(2.95, 3.05)
    place_order(OrderParams(symbol="VFF", side="BUY", quantity=100))
    script.paper.close()
    script.paper.close()
    with pytest.raises(InvalidPaperOrder, match="not open"):
        place_order(OrderParams(symbol="VFF", side="BUY", quantity=100))
    again = Script(qtbot, tmp_path)
    again.quote(2.95, 3.05)
    sold = place_order(OrderParams(symbol="VFF", side="SELL", quantity=100))
    assert sold.order.average_price == Decimal("2.95")
    assert sold.account.cash == Decimal(99_990)
    again.paper.close()


def test_the_end_of_one_does_not_unbind_another(script: Script) -> None:
    class Other:
        def place(self, params: OrderParams, timeout_s: float = 5.0) -> PlacedOrder:
            raise InvalidPaperOrder(f"{params.symbol} came here.", reason="here")

    scripting.bind(Other())
    script.paper.close()
    with pytest.raises(InvalidPaperOrder, match="VFF came here"):
        place_order(OrderParams(symbol="VFF", side="BUY", quantity=1))
    scripting.bind(None)


def test_a_ledger_that_another_program_holds_is_told(script: Script, qtbot: QtBot, tmp_path: Path) -> None:
    other = PolygonDataManager("ws://localhost:1/ws/{client_id}", clock=script.clock)
    second = scripting.open_paper(other, tmp_path)
    with qtbot.waitSignal(second.stopped, timeout=20_000, check_params_cb=lambda text: "another program" in text):
        pass
    with pytest.raises(InvalidPaperOrder) as refused:
        place_order(OrderParams(symbol="VFF", side="BUY", quantity=1))
    assert refused.value.reason == "not_ready"
    second.close()


def test_the_guide_trades_as_it_says(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own connection apart, the script of the page is run with the manager of this test."""
    code = BLOCKS[0].replace("QCoreApplication([])", "app").replace("PolygonDataManager()", "manager")
    names = {"app": Ending(), "manager": script.manager, "open_paper": lambda manager, folder: script.paper}
    lines = [line for line in code.splitlines() if not line.startswith(("from ", "manager.connect()"))]
    exec("\n".join(lines), globals() | names)
    script.paper.opened.emit()
    script.manager.change_symbol("AAPL")
    script.clock.advance(0.01)
    at_ms = script.manager.hub.clock.now_ms()
    quote = Quote("AAPL", at_ms, 256.50, 1_000, 256.51, 1_000)
    script.manager.hub.take([Batch([quote], script.clock.monotonic())])
    script.manager.market_data_updated.emit({})
    assert capsys.readouterr().out == "filled 256.51 97434.90\n"
    assert "filled 256.51 97434.90" in PAGE


class Ending:
    """An application that is told to run and to end."""

    def exec(self) -> None: ...
    def quit(self) -> None: ...


def test_the_guide_changes_settings(script: Script) -> None:
    exec(BLOCKS[1], {"paper": script.paper})
    assert script.paper.desk.settings.fill_model == "queue"
    assert script.paper.desk.settings.risk.max_position == Decimal("0.25")


def test_the_guide_names_every_field_of_an_order_and_every_type() -> None:
    table = "\n".join(line for line in PAGE.splitlines() if line.startswith("|"))
    named = set(re.findall(r"`\"?(\w+)\"?", table))
    assert named >= set(OrderParams.__struct_fields__)
    assert named >= {"BUY", "SELL", *get_args(OrderType), *get_args(TimeInForce)}


def test_the_guide_names_the_fields_of_an_account(script: Script) -> None:
    script.quote(2.95, 3.05)
    account = scripting.as_dict(place_order(OrderParams(symbol="VFF", side="BUY", quantity=1)))["account"]
    told = PAGE.partition("`account` holds ")[2].partition(", all of them floats")[0]
    fields = re.findall(r"`(\w+)`", told)
    assert len(fields) == 5
    assert {type(account[field]) for field in fields} == {float}

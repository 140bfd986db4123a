"""A story for ledgers, step by step, and what must come of it; each step follows from its number alone.

The truth is counted in whole cents and knows nothing of the program's accounts.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from live_monitor.data.models.orders import AccountSettings, Fees, Order, QuoteFacts, Receipt, Side
from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger
from live_monitor.engine.paper.entries import (
    AccountOpened,
    Entry,
    Filled,
    OrderAccepted,
    OrderCanceled,
    OrderPlaced,
)
from live_monitor.engine.paper.ledger import draft

ACCOUNT = "simulated.1"
CASH = Decimal(100_000)
SHARES = 10
START_MS = 1_795_188_600_000


def opened(account: str = ACCOUNT) -> AccountOpened:
    return AccountOpened(account=account, at_ms=START_MS, name="A paper account", cash=CASH, settings=AccountSettings())


def cents(step: int) -> int:
    """The price of a step."""
    return 10_000 + step * 7 % 100


def price(step: int) -> Decimal:
    return Decimal(cents(step)).scaleb(-2)


def order(step: int, client: str | None = None, account: str = ACCOUNT) -> Order:
    side: Side = "SELL" if step % 3 == 1 else "BUY"
    return Order(
        order_id=f"O{step + 1}",
        client_order_id=f"client-{step}" if client is None else client,
        account=account,
        symbol="AAPL",
        side=side,
        quantity=Decimal(SHARES),
        order_type="LMT",
        limit_price=price(step),
        placed_ms=START_MS + step,
    )


def entries(step: int, account: str = ACCOUNT) -> list[Entry]:
    """Of three steps the first buys (in two parts), the second sells, the third is canceled."""
    placed = order(step, account=account)
    at_ms, name = START_MS + step, placed.order_id
    story: list[Entry] = [
        OrderPlaced(account=account, at_ms=at_ms, order=placed),
        OrderAccepted(account=account, at_ms=at_ms, order_id=name, active_ms=at_ms),
    ]
    if step % 3 == 2:
        return [*story, OrderCanceled(account=account, at_ms=at_ms, order_id=name, reason="asked", text="As asked.")]
    parts = (SHARES - 3, 3) if step % 3 == 0 else (SHARES,)
    before = step // 3 * 3 + (2 if step % 3 else 0)
    receipt = Receipt(
        model="touch",
        rule="quote",
        source="SIMULATED",
        quote=QuoteFacts(at_ms=at_ms, age_ms=12, bid=price(step), ask=price(step), ask_size=Decimal(300)),
    )
    for number, shares in enumerate(parts, before + 1):
        story.append(
            Filled(
                account=account,
                at_ms=at_ms,
                execution_id=f"E{number}",
                order_id=name,
                symbol="AAPL",
                side=placed.side,
                quantity=Decimal(shares),
                price=price(step),
                fees=Fees(),
                receipt=receipt,
            )
        )
    return story


def bodies(steps: int) -> list[bytes]:
    """Every row of a ledger that holds the first steps."""
    return [draft(each).body for each in [opened(), *(entry for step in range(steps) for entry in entries(step))]]


def truth(steps: int) -> tuple[Decimal, int]:
    """Cash in USD and shares after the first steps."""
    cash, shares = int(CASH) * 100, 0
    for step in range(steps):
        if step % 3 != 2:
            sign = 1 if step % 3 == 1 else -1
            cash += sign * SHARES * cents(step)
            shares -= sign * SHARES
    return Decimal(cash).scaleb(-2), shares


def a_ledger(folder: Path, steps: int, *, start: int = 0) -> Ledger:
    """A ledger in `folder` that is open and holds the first steps; of a file that is there the first `start` stand."""
    ledger = Ledger(folder / FILE_NAME)
    if not ledger.end.seq:
        ledger.commit([draft(opened())])
    for step in range(start, steps):
        a_step(ledger, step)
    return ledger


def a_step(ledger: Ledger, step: int) -> None:
    """Writes one step, in one commit."""
    ledger.commit([draft(each) for each in entries(step)])


def kept_rows(path: Path) -> list[bytes]:
    """What stands in a ledger's file, read without the program."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        return [body for (body,) in connection.execute("SELECT CAST(body AS BLOB) FROM journal ORDER BY seq")]


def whole_steps(rows: list[bytes]) -> int:
    """How many steps of the story rows are. Raises AssertionError when they are anything else."""
    assert rows[0] == draft(opened()).body
    steps, at = 0, 1
    while at < len(rows):
        step = [draft(each).body for each in entries(steps)]
        assert rows[at : at + len(step)] == step, "rows that are not the story, or half a step"
        at += len(step)
        steps += 1
    return steps

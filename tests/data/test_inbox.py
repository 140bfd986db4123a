"""The hand-over between threads: order, one wake-up, what gives way under overload."""

from __future__ import annotations

import threading

from live_monitor.data.inbox import Batch, Found, Inbox, Item, Loss, Noted, SubscriptionProblem
from live_monitor.data.models.market_data import Aggregate, Event, Quote, Trade
from live_monitor.data.models.providers import ProviderStatus, SymbolHit
from live_monitor.data.models.status import LinkStatus
from live_monitor.limits import MAX_TEXT
from live_monitor.wire.notices import Hello

NOW = 1_795_188_600_000


def trade(number: int, symbol: str = "AAPL") -> Trade:
    return Trade(symbol, 100.0, 10, NOW + number, (), 12, str(number), number)


def quote(number: int, symbol: str = "AAPL") -> Quote:
    return Quote(symbol, NOW + number, 99.0, 100, 100.0 + number, 100)


def events_of(items: list[Item]) -> list[Event]:
    return [event for item in items if isinstance(item, Batch) for event in item.events]


def test_everything_arrives_in_order_with_one_wake_up() -> None:
    wakes: list[int] = []
    inbox = Inbox(lambda: wakes.append(1))
    inbox.put_events([trade(1), quote(1)], 1.0)
    inbox.put(SubscriptionProblem("X", "unknown"))
    inbox.put_events([trade(2)], 2.0)
    assert wakes == [1]
    items = inbox.take(100)
    assert [type(item).__name__ for item in items] == ["Batch", "SubscriptionProblem", "Batch"]
    assert inbox.backlog == 0
    inbox.put_events([trade(3)], 3.0)
    assert wakes == [1, 1]


def test_taking_stops_near_the_budget_and_loses_nothing() -> None:
    inbox = Inbox(lambda: None)
    for number in range(100):
        inbox.put_events([trade(number)], 0.0)
    taken = 0
    while items := inbox.take(7):
        assert len(events_of(items)) <= 7
        taken += len(events_of(items))
    assert taken == 100


def test_when_half_full_superseded_quotes_give_way_and_no_print_does() -> None:
    inbox = Inbox(lambda: None, limit=100)
    for number in range(12):
        inbox.put_events(
            [trade(number), quote(number), quote(number + 1), quote(number + 2), quote(number, "MSFT")], 0.0
        )
    events = events_of(inbox.take(10_000))
    assert sum(isinstance(event, Trade) for event in events) == 12
    assert inbox.conflated_quotes == 2 * 2
    assert events[-1] == quote(11, "MSFT")


def test_when_full_the_newest_quote_and_every_bar_stay_and_lost_prints_are_recorded() -> None:
    inbox = Inbox(lambda: None, limit=10)
    bar = Aggregate("AAPL", NOW, NOW + 60_000, 1.0, 1.0, 1.0, 1.0, 1.0)
    for number in range(100):
        inbox.put_events([trade(number), quote(number)], float(number))
        inbox.put_events([bar], float(number))
    assert inbox.backlog <= 10
    items = inbox.take(10_000)
    events = events_of(items)
    prints = [event for event in events if isinstance(event, Trade)]
    (loss,) = [item for item in items if isinstance(item, Loss)]
    assert loss == Loss("AAPL", NOW + len(prints), NOW + 99, 100 - len(prints))
    assert [event for event in events if isinstance(event, Quote)][-1] == quote(99)
    assert bar in events
    assert inbox.take(10_000) == []


def test_what_was_held_never_comes_after_something_newer_of_its_kind() -> None:
    inbox = Inbox(lambda: None, limit=4)
    inbox.put_events([trade(1), trade(2)], 1.0)
    inbox.put_events([trade(3), trade(4)], 1.0)
    older = Aggregate("AAPL", NOW, NOW + 60_000, 1.0, 1.0, 1.0, 1.0, 1.0)
    newer = Aggregate("AAPL", NOW, NOW + 60_000, 1.0, 1.0, 1.0, 1.0, 2.0)
    old, new = Quote("AAPL", NOW, 99.0, 1, 100.0, 1), Quote("AAPL", NOW, 98.0, 1, 99.0, 1)
    other = quote(1, "MSFT")
    inbox.put_events([old, other, older, trade(5)], 2.0)
    assert events_of(inbox.take(1)) == [trade(1), trade(2)]
    inbox.put_events([new, newer], 3.0)
    rest = inbox.take(100)
    assert events_of(rest) == [trade(3), trade(4), new, newer, other]
    assert [item for item in rest if isinstance(item, Loss)] == [Loss("AAPL", NOW + 5, NOW + 5, 1)]
    assert inbox.conflated_quotes == 1
    assert inbox.backlog == 0


def test_a_lossless_reader_is_told_to_wait() -> None:
    inbox = Inbox(lambda: None, limit=10)
    while inbox.has_room:
        inbox.put_events([trade(1)], 0.0)
    assert inbox.backlog == 5
    inbox.take(3)
    assert inbox.has_room


def test_two_threads_hand_over_every_print_exactly_once() -> None:
    woken = threading.Event()
    inbox = Inbox(woken.set, limit=10**9)
    taken: list[int] = []

    def feed() -> None:
        for number in range(20_000):
            inbox.put_events([trade(number)], 0.0)

    feeder = threading.Thread(target=feed)
    feeder.start()
    while len(taken) < 20_000:
        assert woken.wait(10)
        woken.clear()
        taken += [event.sequence for event in events_of(inbox.take(500)) if isinstance(event, Trade)]
        while items := inbox.take(500):
            taken += [event.sequence for event in events_of(items) if isinstance(event, Trade)]
    feeder.join()
    assert taken == list(range(20_000))


def test_frames_that_nothing_separates_come_as_one_batch() -> None:
    inbox = Inbox(lambda: None)
    first: list[Event] = [trade(1)]
    inbox.put_events(first, 1.0)
    inbox.put_events([quote(1), trade(2)], 2.0)
    inbox.put(SubscriptionProblem("X", "unknown"))
    inbox.put_events([trade(3)], 3.0)
    together, _, alone = inbox.take(100)
    assert together == Batch([trade(1), quote(1), trade(2)], received=2.0, oldest=1.0)
    assert alone == Batch([trade(3)], received=3.0, oldest=3.0)
    assert first == [trade(1)]


def test_what_a_feed_puts_keeps_its_order_whatever_it_is() -> None:
    inbox = Inbox(lambda: None)
    hello, live, hit = Hello([]), LinkStatus("live"), SymbolHit("AAPL", "Apple")
    doing = ProviderStatus("polygon", "Polygon")
    inbox.put_notice(hello, 1.5)
    inbox.put_status(live)
    inbox.put_events([trade(1)], 2.0)
    inbox.put_problem("X", "no " * 1_000)
    inbox.put_provider(doing)
    inbox.put_found(7, [hit])
    items = inbox.take(100)
    assert items[:2] == [Noted(hello, 1.5), live]
    assert isinstance(items[2], Batch)
    assert items[3:] == [SubscriptionProblem("X", ("no " * 1_000)[:MAX_TEXT]), doing, Found(7, (hit,))]

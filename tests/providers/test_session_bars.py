"""Bars of session files: recorded streams with the provider's bars, days, long days, late prints."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from live_monitor.cli.bars import run
from live_monitor.data.models.market_data import Aggregate, SecondAggregate, Snapshot, Trade
from live_monitor.data.models.timeframe import MINUTE, SECOND, Timeframe
from live_monitor.engine.market.bar_columns import Bar, BarColumns, BarSource
from live_monitor.engine.market.bar_series import MAX_SERIES_BARS
from live_monitor.engine.market.sessions import calendar_for
from live_monitor.providers.session_bars import SessionBars, symbols_of
from live_monitor.wire import relay
from live_monitor.wire.session_file import SessionHeader, SessionReader, SessionWriter

#: 2026-11-20 10:00 New York.
TEN = 1_795_186_800_000
ODD_LOT = (37,)


def trade(
    after_ms: int, price: float, sequence: int, size: float = 100.0, symbol: str = "AAPL", *, odd: bool = False
) -> Trade:
    return Trade(symbol, price, size, TEN + after_ms, ODD_LOT if odd else (), 4, str(sequence), sequence)


def minute(number: int, close: float, volume: float, day_volume: float = float("nan")) -> Aggregate:
    start = TEN + number * 60_000
    return Aggregate("AAPL", start, start + 60_000, 9.0, 12.0, 8.0, close, volume, 10.0, day_volume=day_volume)


def recorded(events: Sequence[object], provider: str = "polygon", symbols: tuple[str, ...] = ()) -> SessionReader:
    """A recorded stream: trades and bars as the server sent them, notices as they are."""
    stream = io.BytesIO()
    writer = SessionWriter(stream, SessionHeader(provider, "relay", symbols, "2026-11-20"))
    for number, event in enumerate(events):
        raw = relay.encode(event)  # type: ignore[arg-type]  # events and notices
        if isinstance(event, Trade | Aggregate):
            raw = relay.market_data(raw)
        writer.write(raw, TEN * 1_000_000 + number, provider)
    writer.close()
    return SessionReader(stream)


def bars_of(events: Sequence[object], base: Timeframe = MINUTE, symbol: str = "AAPL", **options: bool) -> list[Bar]:
    made = SessionBars(recorded(events), symbol, base, calendar_for(symbol), **options)
    return [*BarColumns.joined(made.days()).bars()]


def test_the_providers_bar_stands_where_it_came_and_ours_elsewhere() -> None:
    bars = bars_of([trade(1_000, 10.0, 1), trade(61_000, 11.0, 2), minute(0, 9.5, 700.0), trade(121_000, 12.0, 3)])
    assert [(bar.start_ms - TEN, bar.source, bar.close, bar.volume) for bar in bars] == [
        (0, BarSource.STREAM, 9.5, 700.0),
        (60_000, BarSource.OWN, 11.0, 100.0),
        (120_000, BarSource.OWN, 12.0, 100.0),
    ]


def test_a_bar_that_came_again_with_other_numbers_is_revised() -> None:
    bars = bars_of([minute(0, 9.5, 700.0), minute(1, 9.0, 10.0), minute(0, 9.6, 800.0)])
    assert [(bar.close, bar.volume, bar.revised) for bar in bars] == [(9.6, 800.0, True), (9.0, 10.0, False)]


def test_a_late_print_revises_the_bar_in_which_it_belongs() -> None:
    bars = bars_of([trade(1_000, 10.0, 1), trade(90_000, 11.0, 3), trade(2_000, 12.0, 2)])
    assert [(bar.high, bar.volume, bar.revised) for bar in bars] == [(12.0, 200.0, True), (11.0, 100.0, False)]


def test_a_print_that_came_twice_counts_once() -> None:
    bars = bars_of([trade(1_000, 10.0, 1), trade(1_000, 10.0, 1), trade(2_000, 10.5, 2)])
    assert [bar.volume for bar in bars] == [200.0]


def test_pages_of_history_fill_the_morning_of_the_day_only() -> None:
    yesterday = minute(-1440, 5.0, 1.0)
    page = relay.HistoryPage("AAPL", "1m", 1, [yesterday, minute(-2, 8.5, 50.0)])
    bars = bars_of([trade(1_000, 10.0, 1), page])
    assert [(bar.start_ms - TEN, bar.source) for bar in bars] == [(-120_000, BarSource.HISTORY), (0, BarSource.OWN)]


def test_the_days_volume_is_told_from_where_it_is_known() -> None:
    snapshot = relay.SnapshotFrame(Snapshot("AAPL", TEN + 60_000, last=10.0, day_volume=5_000.0, sequence=1))
    bars = bars_of([trade(1_000, 10.0, 1), snapshot, trade(61_000, 11.0, 2), trade(122_000, 11.0, 3, 50.0)])
    assert bars[0].cumulative_volume != bars[0].cumulative_volume
    assert [bar.cumulative_volume for bar in bars[1:]] == [5_100.0, 5_150.0]
    bars = bars_of([trade(1_000, 10.0, 1), minute(0, 9.5, 700.0, 8_000.0), trade(61_000, 11.0, 2)])
    assert [bar.cumulative_volume for bar in bars] == [8_000.0, 8_100.0]


def test_windows_of_odd_lots_have_volume_and_no_price() -> None:
    events = [trade(1_000, 10.0, 1), trade(61_500, 99.0, 2, 7.0, odd=True), trade(125_000, 11.0, 3)]
    for base in (SECOND, MINUTE):
        bars = bars_of(events, base)
        assert [bar.volume for bar in bars] == [100.0, 7.0, 100.0]
        assert [bar.open == bar.open for bar in bars] == [True, False, True]
    mixed = bars_of([trade(1_000, 10.0, 1), trade(3_000, 99.0, 2, 7.0, odd=True)])
    assert [(bar.volume, bar.high) for bar in mixed] == [(107.0, 10.0)]


def test_by_the_rules_of_days_the_providers_minutes_do_not_count() -> None:
    bars = bars_of([trade(1_000, 10.0, 1), minute(0, 9.5, 700.0)], daily_rules=True)
    assert [(bar.source, bar.volume) for bar in bars] == [(BarSource.OWN, 100.0)]


def test_a_day_longer_than_a_series_keeps_every_second() -> None:
    # Globex trades for 23 hours: more seconds than a series of a chart holds.
    evening = int(datetime(2026, 11, 19, 18, 0, tzinfo=ZoneInfo("America/New_York")).timestamp() * 1000)
    count = 82_800
    events = [Trade("ES=F", 6_000.0, 1.0, evening + number * 1_000, sequence=number + 1) for number in range(count)]
    made = SessionBars(recorded(events, symbols=("ES=F",)), "ES=F", SECOND, calendar_for("ES=F"))
    parts = list(made.days())
    bars = BarColumns.joined(parts)
    assert count > MAX_SERIES_BARS
    assert bars.start_ms.tolist() == [evening + number * 1_000 for number in range(count)]
    assert len(parts) > 1
    assert max(part.length for part in parts) < MAX_SERIES_BARS


def test_symbols_that_only_the_frames_name_are_found() -> None:
    reader = recorded([trade(0, 1.0, 1), trade(0, 2.0, 1, symbol="MSFT")])
    assert symbols_of(reader) == ("AAPL", "MSFT")


def test_one_of_several_symbols_has_to_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.lmsession"
    with path.open("wb") as stream:
        writer = SessionWriter(stream, SessionHeader("polygon", "relay", (), "2026-11-20"))
        for number, symbol in enumerate(("AAPL", "MSFT")):
            second = SecondAggregate(symbol, TEN, TEN + 1_000, 1.0, 3.0, 1.0, 1.0 + number, 5.0)
            writer.write(relay.market_data(relay.encode(second)), TEN * 1_000_000 + number, "polygon")
        writer.close()
    assert run([str(path)]) == 2
    assert "Choose one by --symbol: AAPL, MSFT." in capsys.readouterr().err
    assert run([str(path), "--symbol", "msft", "--timeframe", "1s"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"{TEN},1.0,3.0,1.0,2.0,5,,,,stream,0"


def test_prints_of_a_day_that_is_over_are_counted_and_left_out() -> None:
    yesterday = Trade("AAPL", 9.0, 1.0, TEN - 86_400_000, sequence=9)
    made = SessionBars(recorded([trade(0, 1.0, 1), yesterday]), "AAPL", MINUTE, calendar_for("AAPL"))
    assert BarColumns.joined(made.days()).length == 1
    assert made.too_late == 1


@pytest.mark.parametrize("daily_rules", [False, True])
def test_m12_a_price_that_jumps_for_one_tick_reaches_no_bar_but_its_shares_do(daily_rules: bool) -> None:
    prints = [trade(0, 10.0, 1), trade(1_000, 110.0, 2), trade(2_000, 10.1, 3)]
    (bar,) = bars_of(prints, daily_rules=daily_rules)
    assert (bar.high, bar.close, bar.volume, bar.trades) == (10.1, 10.1, 300.0, 3)
    assert bar.vwap == pytest.approx(10.05)


@pytest.mark.parametrize("daily_rules", [False, True])
def test_m12_a_jump_that_further_prints_share_is_in_the_bars(daily_rules: bool) -> None:
    prints = [trade(0, 10.0, 1), trade(1_000, 15.0, 2), trade(2_000, 15.1, 3), trade(3_000, 15.2, 4)]
    (bar,) = bars_of(prints, daily_rules=daily_rules)
    assert (bar.open, bar.high, bar.close, bar.volume) == (10.0, 15.2, 15.2, 400.0)
    assert bar.vwap == pytest.approx(13.825)

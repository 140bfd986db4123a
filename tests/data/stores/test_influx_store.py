"""The shared store against a real InfluxDB."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor.clock import SystemClock
from live_monitor.data.stores import influx_store
from live_monitor.data.stores.influx_store import InfluxStore
from live_monitor.data.stores.store_errors import RefusedBars
from live_monitor.engine.market.bar_columns import BarColumns, BarSource
from live_monitor.errors import StoreError
from live_monitor.ports import HistoryStore
from tests.conformance.history_store import ALL_MS, DAY_MS, FRIDAY_MS, KEY, HistoryStoreSuite, Opened, a_bar, seconds
from tests.fakes.influx_server import InfluxServer

TAGS = "market=simulated-86,symbol=AAPL,timeframe=1s"


class TestInfluxStore(HistoryStoreSuite):
    """The suite that every store passes."""

    @pytest.fixture
    def opened(self, influx_server: InfluxServer, database: str) -> Opened:
        return lambda: InfluxStore(influx_server.url, bucket=database)

    def test_pages_that_the_server_cuts_join_without_a_seam(
        self, store: HistoryStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(influx_store, "PAGE", 10)
        rng = random.Random(5)
        bars = seconds(95)
        sources = [rng.choice(list(BarSource)) for _ in range(95)]
        mixed = BarColumns.of(bar._replace(source=source) for bar, source in zip(bars.bars(), sources, strict=True))
        store.put(KEY, mixed)
        # What ranks lower lies beneath and takes room in the pages.
        store.put(KEY, seconds(95, volume=1.0, source=BarSource.OWN).rows(slice(20, 60)))
        expected = [1.0 if 20 <= at < 60 and source == BarSource.OWN else 300.0 for at, source in enumerate(sources)]
        assert store.read(KEY, 0, ALL_MS).volume.tolist() == expected
        for limit in (1, 9, 10, 11, 50, 94, 95, 96):
            assert store.last(KEY, ALL_MS, limit).volume.tolist() == expected[-limit:]

    def test_years_of_bars_are_found_in_shards_of_weeks(self, store: HistoryStore) -> None:
        bars = BarColumns.of(a_bar(FRIDAY_MS - DAY_MS * 7 * back) for back in reversed(range(150)))
        store.put(KEY, bars)
        self.assert_same(store.read(KEY, 0, ALL_MS), bars)
        self.assert_same(store.last(KEY, ALL_MS, 100), bars.rows(slice(50, 150)))

    def test_it_says_what_it_is(self, influx_server: InfluxServer, database: str) -> None:
        store = InfluxStore(influx_server.url, bucket=database)
        store.put(KEY, seconds(3))
        version, series = store.census()
        assert version.startswith("1.")
        assert series == 1
        assert store.name == f"{influx_server.url} ({database})"
        store.close()


def test_p22_no_order_of_writers_puts_a_lower_bar_in_the_place_of_a_higher(
    influx_server: InfluxServer, database: str
) -> None:
    start = threading.Barrier(3)

    def write(source: BarSource) -> None:
        store = InfluxStore(influx_server.url, bucket=database)
        start.wait()
        for _ in range(30):
            store.put(KEY, seconds(50, volume=float(source), source=source))
        store.close()

    writers = [threading.Thread(target=write, args=(source,)) for source in BarSource]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    store = InfluxStore(influx_server.url, bucket=database)
    assert store.read(KEY, 0, ALL_MS).volume.tolist() == [3.0] * 50
    store.close()


def test_other_programs_read_the_bars_by_their_names(influx_server: InfluxServer, database: str) -> None:
    store = InfluxStore(influx_server.url, bucket=database)
    store.put(KEY, seconds(3, source=BarSource.HISTORY))
    store.close()
    told = influx_server.execute(
        f"SELECT close, volume FROM {database}..bars WHERE symbol = 'AAPL' AND timeframe = '1s'"
    )
    assert told.count("2026-11-20T15:00:0") == 3
    assert "[[" in told
    kinds = influx_server.execute(f"SHOW FIELD KEYS ON {database} FROM bars")
    assert kinds.count('"float"') == 11
    assert "integer" not in kinds


def test_p22_what_another_program_keeps_under_the_same_names_is_passed_over(
    influx_server: InfluxServer, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = InfluxStore(influx_server.url, bucket=database)
    store.put(KEY, seconds(3, source=BarSource.HISTORY))
    influx_server.write(database, f"bars,{TAGS} close=1 {FRIDAY_MS + 10_000}")
    influx_server.write(database, f"bars,{TAGS},venue=X close=1,proof=0,revised=0,absent=0 {FRIDAY_MS + 1_000}")
    influx_server.write(database, f"bars,host=a absent=1 {FRIDAY_MS}")
    found = store.read(KEY, 0, ALL_MS)
    assert found.start_ms.tolist() == [FRIDAY_MS, FRIDAY_MS + 1_000, FRIDAY_MS + 2_000]
    assert store.series() == [KEY]
    assert "did not write" in caplog.text
    store.close()


# -- what a server refuses ---------------------------------------------------------------------------


def test_a_database_that_does_not_exist_is_named_with_its_remedy(influx_server: InfluxServer) -> None:
    store = InfluxStore(influx_server.url, bucket="nowhere")
    for attempt in (
        lambda: store.put(KEY, seconds(1)),
        lambda: store.append([(KEY, a_bar(FRIDAY_MS))]),
        lambda: store.read(KEY, 0, ALL_MS),
        lambda: store.covered_from(KEY, ALL_MS),
        store.series,
    ):
        with pytest.raises(StoreError, match="has no database 'nowhere'") as caught:
            attempt()
        assert "CREATE DATABASE" in caught.value.remedy
        assert not isinstance(caught.value, RefusedBars)
    influx_server.execute("CREATE DATABASE nowhere")
    store.put(KEY, seconds(1))
    assert store.read(KEY, 0, ALL_MS).length == 1
    store.close()
    influx_server.execute("DROP DATABASE nowhere")


def test_p21_a_field_of_another_type_is_told_and_what_was_there_stays(
    influx_server: InfluxServer, database: str
) -> None:
    influx_server.write(database, f"bars,{TAGS} open=1i {FRIDAY_MS}")
    store = InfluxStore(influx_server.url, bucket=database)
    with pytest.raises(RefusedBars, match="field type conflict") as caught:
        store.put(KEY, seconds(3, source=BarSource.HISTORY))
    assert "INFLUX_BUCKET" in caught.value.remedy
    store.put(KEY, seconds(3, source=BarSource.OWN))
    assert store.read(KEY, 0, ALL_MS).length == 3
    store.close()


def test_bars_older_than_the_servers_retention_are_told(influx_server: InfluxServer, database: str) -> None:
    influx_server.execute(f"CREATE RETENTION POLICY short ON {database} DURATION 1h REPLICATION 1")
    store = InfluxStore(influx_server.url, bucket=f"{database}/short")
    with pytest.raises(RefusedBars, match="beyond retention policy"):
        store.put(KEY, seconds(3, 946_900_000_000))
    store.close()


def test_a_secure_address_of_a_plain_server_says_so(influx_server: InfluxServer, database: str) -> None:
    store = InfluxStore(influx_server.url.replace("http:", "https:"), bucket=database)
    with pytest.raises(StoreError, match="No secure connection") as caught:
        store.series()
    assert "http://" in caught.value.remedy


# -- a server that asks who one is -----------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(influxd: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxServer]:
    with InfluxServer(influxd, tmp_path_factory.mktemp("guarded"), password="pass word,99") as server:
        server.execute("CREATE DATABASE live_monitor")
        server.execute("CREATE USER reader WITH PASSWORD 'reads only'")
        server.execute("GRANT READ ON live_monitor TO reader")
        yield server


def test_user_and_password_open_the_door(guarded: InfluxServer) -> None:
    for url, token in (
        (guarded.url, "admin:pass word,99"),
        (guarded.url.replace("//", "//admin:pass%20word%2C99@"), ""),
    ):
        store = InfluxStore(url, token)
        store.put(KEY, seconds(3))
        assert store.read(KEY, 0, ALL_MS).length == 3
        assert "pass" not in store.name
        store.close()


@pytest.mark.parametrize("token", ["", "admin:wrong-password", "no-user-at-all"])
def test_without_them_it_says_what_to_check(guarded: InfluxServer, token: str) -> None:
    store = InfluxStore(guarded.url, token)
    for attempt in (lambda: store.put(KEY, seconds(1)), lambda: store.read(KEY, 0, ALL_MS)):
        with pytest.raises(StoreError) as caught:
            attempt()
        assert "INFLUX_TOKEN" in caught.value.remedy
        assert "wrong-password" not in str(caught.value)
    store.close()


def test_a_user_who_may_only_read_reads(guarded: InfluxServer) -> None:
    writer, reader = InfluxStore(guarded.url, "admin:pass word,99"), InfluxStore(guarded.url, "reader:reads only")
    writer.put(KEY, seconds(3))
    assert reader.read(KEY, 0, ALL_MS).length == 3
    with pytest.raises(StoreError) as caught:
        reader.put(KEY, seconds(1))
    assert "INFLUX_TOKEN" in caught.value.remedy
    writer.close()
    reader.close()


# -- a server in trouble ---------------------------------------------------------------------------


@pytest.fixture
def own_server(influxd: Path, tmp_path: Path) -> Iterator[InfluxServer]:
    with InfluxServer(influxd, tmp_path / "influx") as server:
        server.execute("CREATE DATABASE live_monitor")
        yield server


def test_p20_a_frozen_server_costs_its_time_out_and_is_used_again(own_server: InfluxServer) -> None:
    store = InfluxStore(own_server.url, clock=SystemClock(), answer_s=0.3)
    store.put(KEY, seconds(3))
    own_server.freeze()
    try:
        for attempt in (lambda: store.read(KEY, 0, ALL_MS), lambda: store.put(KEY, seconds(1))):
            with pytest.raises(StoreError, match=r"did not answer within 0\.3 s"):
                attempt()
    finally:
        own_server.thaw()
    assert store.read(KEY, 0, ALL_MS).length == 3
    store.close()


def test_a_server_that_was_restarted_is_found_again_without_a_word(own_server: InfluxServer) -> None:
    store = InfluxStore(own_server.url)
    store.put(KEY, seconds(3), (FRIDAY_MS, FRIDAY_MS + 3_000))
    own_server.stop()
    with pytest.raises(StoreError, match="Nothing listens"):
        store.read(KEY, 0, ALL_MS)
    own_server.start()
    assert store.read(KEY, 0, ALL_MS).length == 3
    own_server.stop()
    own_server.start()
    assert store.covered_from(KEY, FRIDAY_MS + 3_000) == FRIDAY_MS
    store.close()


def test_what_was_acknowledged_survives_the_servers_death(own_server: InfluxServer) -> None:
    store = InfluxStore(own_server.url)
    for row in range(40):
        store.append([(KEY, a_bar(FRIDAY_MS + 1_000 * row))])
    own_server.stop(signal.SIGKILL)
    own_server.start()
    assert store.read(KEY, 0, ALL_MS).length == 40
    store.close()

"""Which store is chosen, and how it opens."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from live_monitor.data.stores.cached_store import CachedStore
from live_monitor.data.stores.opening import FILE_NAME, chosen, open_store
from live_monitor.data.stores.sqlite_store import SqliteStore
from live_monitor.errors import StoreError
from tests.conformance.history_store import ALL_MS, FRIDAY_MS, KEY, a_bar
from tests.fakes.influx_server import InfluxServer

ENVIRONMENT = {
    "INFLUX_URL": "http://influx:8086",
    "INFLUX_TOKEN": "t0ken-secret",
    "INFLUX_ORG": "desk",
    "INFLUX_BUCKET": "b",
}


@pytest.mark.parametrize(
    ("url", "environ"), [("", {}), ("", {"INFLUX_URL": " "}), ("sqlite:", {}), ("sqlite:", ENVIRONMENT)]
)
def test_the_embedded_store_is_the_default_and_can_be_insisted_on(
    url: str, environ: dict[str, str], tmp_path: Path
) -> None:
    assert chosen(url, environ) is None
    store = open_store(url, tmp_path, environ)
    assert isinstance(store, SqliteStore)
    store.append([(KEY, a_bar(FRIDAY_MS))])
    store.close()
    assert (tmp_path / FILE_NAME).is_file()


def test_the_address_of_the_settings_counts_before_that_of_the_environment() -> None:
    place = chosen("https://other:8086", ENVIRONMENT)
    assert place is not None
    assert (place.url, place.token, place.org, place.bucket) == ("https://other:8086", "t0ken-secret", "desk", "b")
    place = chosen("", ENVIRONMENT)
    assert place is not None
    assert place.url == "http://influx:8086"
    assert "t0ken" not in repr(place)


def test_without_a_bucket_the_database_is_named_after_the_program() -> None:
    place = chosen("http://host", {"INFLUX_BUCKET": " "})
    assert place is not None
    assert (place.token, place.org, place.bucket) == ("", "", "live_monitor")


@pytest.mark.parametrize(
    "url", ["postgres://host/db", "host:8086", "sqlite:/tmp/x", "http:", "file:///etc/passwd", "http://[::1"]
)
def test_an_address_that_is_none_is_one_clear_line(url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url, tmp_path, {})
    assert caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_opening_does_not_wait_for_a_server_that_is_down(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    store = open_store(f"http://127.0.0.1:{port}", tmp_path, {})
    assert isinstance(store, CachedStore)
    assert store.notice == ""
    store.append([(KEY, a_bar(FRIDAY_MS))])
    assert store.last(KEY, ALL_MS, 5).length == 1
    assert "Nothing listens" in store.notice
    store.close()
    again = open_store("", tmp_path, {})
    assert again.last(KEY, ALL_MS, 5).length == 1
    again.close()


def test_what_one_machine_kept_another_one_reads(influx_server: InfluxServer, database: str, tmp_path: Path) -> None:
    environ = {"INFLUX_URL": influx_server.url, "INFLUX_BUCKET": database}
    one = open_store("", tmp_path / "one", environ)
    one.append([(KEY, a_bar(FRIDAY_MS))])
    one.close()
    other = open_store("", tmp_path / "other", environ)
    assert other.series() == [KEY]
    assert other.read(KEY, 0, ALL_MS).length == 1
    assert database in other.name
    other.close()

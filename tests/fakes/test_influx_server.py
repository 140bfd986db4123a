"""Where a real InfluxDB comes from, and what is said where none can be had."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.influx_server import find_influxd


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_an_installed_server_is_taken(tmp_path: Path) -> None:
    program(tmp_path / "sbin/influxd", "exit 1")
    found = tmp_path / "sbin/influxd"
    assert find_influxd(str(tmp_path / "sbin"), (), tmp_path / "cache") == found
    assert find_influxd("", (str(tmp_path / "sbin"),), tmp_path / "cache") == found


def test_without_a_server_and_without_apt_it_says_so(tmp_path: Path) -> None:
    found = find_influxd(str(tmp_path), (), tmp_path / "cache")
    assert isinstance(found, str)
    assert "no influxd" in found
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_cannot_be_fetched_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    program(tmp_path / "bin/apt-get", "exit 100")
    program(tmp_path / "bin/dpkg-deb", "exit 1")
    found = find_influxd(str(tmp_path / "bin"), (), tmp_path / "build/influxdb")
    assert isinstance(found, str)
    assert "could not fetch" in found
    assert list((tmp_path / "build").iterdir()) == []


def test_a_package_is_unpacked_once_and_kept(tmp_path: Path) -> None:
    program(tmp_path / "bin/apt-get", ': > influxdb_1.deb; echo fetched >> "$0.log"')
    program(tmp_path / "bin/dpkg-deb", '/bin/mkdir -p "$3/usr/bin"; : > "$3/usr/bin/influxd"')
    cache = tmp_path / "build/influxdb"
    for _ in range(2):
        assert find_influxd(str(tmp_path / "bin"), (), cache) == cache / "usr/bin/influxd"
    assert (tmp_path / "bin/apt-get.log").read_text() == "fetched\n"
    assert list((tmp_path / "build").iterdir()) == [cache]

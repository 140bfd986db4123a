"""Only programs on this machine get in, and only by the documented address."""

from __future__ import annotations

import pytest

from live_monitor.server.relay_access import client_id, refusal

HERE = ["127.0.0.1:8200"]


@pytest.mark.parametrize("host", ["127.0.0.1:8200", "localhost:8200", "LOCALHOST:8200", "[::1]:8200"])
def test_loopback_names_with_our_port_are_let_in(host: str) -> None:
    assert refusal("/ws/me", [host], [], 8200) is None


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [""],
        ["127.0.0.1"],
        ["127.0.0.1:8201"],
        ["127.0.0.1:8200", "127.0.0.1:8200"],
        ["evil.example:8200"],
        ["127.0.0.1.evil.example:8200"],
        ["localhost.evil.example:8200"],
        ["evil.example@127.0.0.1:8200"],
        ["127.0.0.1:8200@evil.example"],
        ["127.0.0.2:8200"],
        ["0.0.0.0:8200"],
        ["192.168.1.5:8200"],
        ["127.0.0.1:8200/x"],
        ["127.0.0.1:\uff18\uff12\uff10\uff10"],
        ["[::1]"],
        ["::1:8200"],
    ],
)
def test_any_other_host_is_refused(hosts: list[str]) -> None:
    found = refusal("/ws/me", hosts, [], 8200)
    assert found is not None
    assert found.status == 403


def test_the_port_may_be_left_out_where_it_is_that_of_http() -> None:
    assert refusal("/ws/me", ["localhost"], [], 80) is None


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://127.0.0.1", "http://[::1]:8080"])
def test_pages_of_this_machine_are_let_in(origin: str) -> None:
    assert refusal("/ws/me", HERE, [origin], 8200) is None


@pytest.mark.parametrize(
    "origins",
    [
        [""],
        ["null"],
        ["https://evil.example"],
        ["http://localhost.evil.example"],
        ["http://evil.example/127.0.0.1"],
        ["file://"],
        ["http://localhost:3000", "http://localhost:3000"],
        ["http://user@localhost"],
        ["http://localhost:3000/path"],
        ["chrome-extension://abc"],
    ],
)
def test_pages_of_other_sites_are_refused(origins: list[str]) -> None:
    found = refusal("/ws/me", HERE, origins, 8200)
    assert found is not None
    assert found.status == 403


@pytest.mark.parametrize("path", ["/", "/ws", "/ws/", "/ws/a/b", "/wsx/a", "/WS/a", "//ws/a", "/ws/" + "a" * 129, ""])
def test_any_other_path_is_not_found(path: str) -> None:
    found = refusal(path, HERE, [], 8200)
    assert found is not None
    assert found.status == 404


def test_the_host_is_judged_before_the_path() -> None:
    found = refusal("/nowhere", ["evil.example"], [], 8200)
    assert found is not None
    assert found.status == 403


@pytest.mark.parametrize(("path", "name"), [("/ws/me", "me"), ("/ws/me?x=1", "me"), ("/ws/a%20b", "a%20b"), ("/", "")])
def test_a_client_names_itself_in_the_address(path: str, name: str) -> None:
    assert client_id(path) == name

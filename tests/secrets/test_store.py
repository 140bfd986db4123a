"""Where secrets are kept, whatever the system's key store does."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import keyring
import pytest

from live_monitor.errors import SecretsError
from live_monitor.secrets import POLYGON_API_KEY, SCHWAB_APP_SECRET, SCHWAB_CONNECTION, Secret, SecretStore
from live_monitor.secrets.door import Keyring, NoKeyStore, system_keyring
from live_monitor.secrets.plain_file import PlainFile
from live_monitor.secrets.turn import Turn
from tests.secrets.key_stores import (
    FailingKeyring,
    GoodKeyring,
    HangingKeyring,
    LockedKeyring,
    LyingKeyring,
    NullKeyring,
)

_ROOT = Path(__file__).resolve().parents[2]
KEY = Secret("CANARY-key-000111")
OTHER = Secret("CANARY-key-222333")


def opened(
    tmp_path: Path, backend: Keyring, environ: dict[str, str] | None = None, timeout_s: float = 0.2
) -> SecretStore:
    return SecretStore(environ or {}, tmp_path / "secrets", keyring=lambda: backend, timeout_s=timeout_s)


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def hanging() -> Iterator[HangingKeyring]:
    """A key store that hangs for the whole test; its threads end with it."""
    made = HangingKeyring()
    yield made
    made.answer.set()


def test_a_good_key_store_keeps_it_for_the_next_run(tmp_path: Path) -> None:
    keyring = GoodKeyring()
    store = opened(tmp_path, keyring)
    assert store.get(POLYGON_API_KEY) is None
    assert store.where(POLYGON_API_KEY) == ""
    assert store.put(POLYGON_API_KEY, KEY) == "keyring"
    assert store.notice == ""
    again = opened(tmp_path, keyring)
    assert again.get(POLYGON_API_KEY) == KEY
    assert again.where(POLYGON_API_KEY) == "keyring"
    again.forget(POLYGON_API_KEY)
    assert keyring.kept == {}
    assert again.get(POLYGON_API_KEY) is None


def test_the_environment_wins_over_what_is_kept(tmp_path: Path) -> None:
    keyring = GoodKeyring()
    opened(tmp_path, keyring).put(POLYGON_API_KEY, KEY)
    for variable in ("POLYGON_API_KEY", "MASSIVE_API_KEY"):
        store = opened(tmp_path, keyring, {variable: f" {OTHER.reveal()}\n"})
        assert store.get(POLYGON_API_KEY) == OTHER
        assert store.where(POLYGON_API_KEY) == "environment"
    empty = opened(tmp_path, keyring, {"POLYGON_API_KEY": " "})
    assert empty.get(POLYGON_API_KEY) == KEY


@pytest.mark.parametrize("kind", [NullKeyring, FailingKeyring, LockedKeyring, LyingKeyring])
def test_o7_a_key_store_that_does_not_keep_it_leaves_it_to_this_run(
    tmp_path: Path, kind: Callable[[], GoodKeyring], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keyring = kind()
    store = opened(tmp_path, keyring)
    assert store.put(POLYGON_API_KEY, KEY) == "memory"
    assert store.get(POLYGON_API_KEY) == KEY
    assert store.where(POLYGON_API_KEY) == "memory"
    store.put(POLYGON_API_KEY, KEY)
    assert "until the program ends" in store.notice
    assert "CANARY" not in store.notice + caplog.text
    assert keyring.kept == {}
    assert opened(tmp_path, keyring).get(POLYGON_API_KEY) is None
    assert b"CANARY" not in all_bytes(tmp_path)


def test_o7_a_key_store_that_hangs_is_waited_for_once_and_never_again(tmp_path: Path, hanging: HangingKeyring) -> None:
    store = opened(tmp_path, hanging, timeout_s=0.3)
    begin = time.perf_counter()
    assert store.put(POLYGON_API_KEY, KEY) == "memory"
    assert "no answer within 0.3 s" in store.notice
    waited = time.perf_counter() - begin
    for _ in range(50):
        assert store.get(POLYGON_API_KEY) == KEY
        assert store.get(SCHWAB_APP_SECRET) is None
        assert store.put(SCHWAB_CONNECTION, OTHER) == "memory"
    assert 0.3 <= waited < 2.0
    assert time.perf_counter() - begin < waited + 1.0
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "key-store")
    assert b"CANARY" not in all_bytes(tmp_path)


def test_o7_five_seconds_are_what_a_key_store_gets() -> None:
    from live_monitor.secrets.door import TIMEOUT_S

    assert TIMEOUT_S == 5.0


def test_o7_a_process_ends_while_its_key_store_hangs(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from live_monitor.secrets import Secret, SecretStore\n"
        "from tests.secrets.key_stores import HangingKeyring\n"
        "store = SecretStore({}, Path(sys.argv[1]), keyring=HangingKeyring, timeout_s=0.3)\n"
        "print(store.put('polygon.api_key', Secret('CANARY-key-000111')))\n"
    )
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=_ROOT, capture_output=True, text=True, timeout=25, check=False
    )
    assert done.stdout == "memory\n", done.stderr
    assert done.returncode == 0
    assert time.perf_counter() - begin < 20.0


@pytest.mark.parametrize("name", ["null", "fail"])
def test_a_backend_that_is_none_is_not_taken_for_a_key_store(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    backend = import_module(f"keyring.backends.{name}").Keyring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    with pytest.raises(NoKeyStore, match="no key store"):
        system_keyring()


def test_a_backend_that_may_write_plain_files_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    class Good(GoodKeyring):
        __module__ = "keyring.backends.SecretService"

    class Plain(GoodKeyring):
        __module__ = "keyrings.alt.file"

    class Chain(GoodKeyring):
        __module__ = "keyring.backends.chainer"
        backends = (Plain(), Good())

    monkeypatch.setattr(keyring, "get_keyring", Chain)
    assert isinstance(system_keyring(), Good)
    monkeypatch.setattr(keyring, "get_keyring", Plain)
    with pytest.raises(NoKeyStore):
        system_keyring()


def test_what_is_said_of_one_secret_is_not_forgotten_for_another(tmp_path: Path) -> None:
    store = opened(tmp_path, NullKeyring())
    store.put(POLYGON_API_KEY, KEY)
    store.get(SCHWAB_CONNECTION)
    store.get(POLYGON_API_KEY)
    assert "until the program ends" in store.notice_of(POLYGON_API_KEY)
    assert store.notice_of(SCHWAB_CONNECTION) == ""
    store.forget(POLYGON_API_KEY)
    assert store.notice == ""


def test_what_a_person_unlocked_late_is_kept_with_its_newest_value(tmp_path: Path, hanging: HangingKeyring) -> None:
    store = opened(tmp_path, hanging, timeout_s=0.1)
    assert store.put(POLYGON_API_KEY, KEY) == "memory"
    assert store.put(POLYGON_API_KEY, OTHER) == "memory"
    hanging.answer.set()
    for thread in threading.enumerate():
        if thread.name == "key-store":
            thread.join(5.0)
    assert store.where(POLYGON_API_KEY) == "keyring"
    assert opened(tmp_path, hanging).get(POLYGON_API_KEY) == OTHER


def test_what_was_removed_while_the_key_store_hung_does_not_come_back(tmp_path: Path, hanging: HangingKeyring) -> None:
    store = opened(tmp_path, hanging, timeout_s=0.1)
    store.put(POLYGON_API_KEY, KEY)
    with pytest.raises(SecretsError, match="may still be kept"):
        store.forget(POLYGON_API_KEY)
    hanging.answer.set()
    for thread in threading.enumerate():
        if thread.name == "key-store":
            thread.join(5.0)
    assert hanging.kept == {}


@pytest.mark.asyncio
async def test_the_loop_runs_on_while_the_key_store_hangs(tmp_path: Path, hanging: HangingKeyring) -> None:
    store = opened(tmp_path, hanging, timeout_s=0.4)
    beats = 0
    asking = asyncio.create_task(store.get_async(POLYGON_API_KEY))
    while not asking.done():
        await asyncio.sleep(0.01)
        beats += 1
    assert await asking is None
    assert beats > 10
    assert await store.put_async(POLYGON_API_KEY, KEY) == "memory"
    assert await store.where_async(POLYGON_API_KEY) == "memory"


def test_several_threads_may_ask_at_a_time(tmp_path: Path) -> None:
    store = opened(tmp_path, GoodKeyring(), timeout_s=5.0)
    store.put(POLYGON_API_KEY, KEY)
    answers: list[Secret | None] = []
    threads = [threading.Thread(target=lambda: answers.append(store.get(POLYGON_API_KEY))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [KEY] * 20


@pytest.mark.parametrize("keyring", [GoodKeyring(), FailingKeyring()])
def test_o7_a_plain_file_is_written_only_by_explicit_choice_and_said(tmp_path: Path, keyring: GoodKeyring) -> None:
    store = opened(tmp_path, keyring)
    assert store.put(POLYGON_API_KEY, KEY, plaintext=True) == "file"
    assert str(tmp_path / "secrets" / "secrets.json") in store.notice
    assert "unencrypted" in store.notice
    assert keyring.kept == {}
    again = opened(tmp_path, keyring)
    assert again.get(POLYGON_API_KEY) == KEY
    assert again.where(POLYGON_API_KEY) == "file"
    again.put(POLYGON_API_KEY, OTHER)
    assert b"CANARY" not in all_bytes(tmp_path), "the choice was taken back"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_o8_the_plain_file_and_its_folder_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = opened(tmp_path, GoodKeyring())
        store.put(POLYGON_API_KEY, KEY, plaintext=True)
        with store.turn(SCHWAB_CONNECTION) as turn:
            assert turn.take()
            modes = {
                path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")
            }
    finally:
        os.umask(before)
    assert modes.pop("secrets") == 0o700
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_plain_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    opened(tmp_path, GoodKeyring()).put(POLYGON_API_KEY, KEY, plaintext=True)
    path = tmp_path / "secrets" / "secrets.json"
    path.chmod(0o644)
    assert opened(tmp_path, GoodKeyring()).get(POLYGON_API_KEY) == KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"schema":1,"secrets":[]}', b'{"schema":2,"secrets":{}}', b"[" * 10**5]
)
def test_a_damaged_plain_file_is_told_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets" / "secrets.json"
    path.parent.mkdir(mode=0o700)
    path.write_bytes(content)
    store = opened(tmp_path, GoodKeyring())
    assert store.get(POLYGON_API_KEY) is None
    assert str(path) in store.notice
    assert store.put(POLYGON_API_KEY, KEY, plaintext=True) == "memory"
    assert path.read_bytes() == content


def test_a_link_in_place_of_the_plain_file_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(b'{"schema":1,"secrets":{"polygon.api_key":"CANARY-of-others"}}')
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "secrets.json").symlink_to(other)
    store = opened(tmp_path, GoodKeyring())
    assert store.get(POLYGON_API_KEY) is None
    assert "not a plain file" in store.notice


def test_a_folder_that_cannot_be_written_leaves_it_to_this_run(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_bytes(b"a file in the way")
    store = opened(tmp_path, GoodKeyring())
    assert store.put(POLYGON_API_KEY, KEY, plaintext=True) == "memory"
    assert "until the program ends" in store.notice
    assert store.get(POLYGON_API_KEY) == KEY


@pytest.mark.parametrize("text", ["", "x" * 20_481])
def test_what_cannot_be_a_secret_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SecretsError, match="Polygon API key"):
        opened(tmp_path, GoodKeyring()).put(POLYGON_API_KEY, Secret(text))


def test_what_another_process_renewed_is_seen(tmp_path: Path) -> None:
    keyring = GoodKeyring()
    one, other = opened(tmp_path, keyring), opened(tmp_path, keyring)
    one.put(SCHWAB_CONNECTION, KEY)
    other.put(SCHWAB_CONNECTION, OTHER)
    assert one.get(SCHWAB_CONNECTION) == OTHER


def test_turns_are_taken_one_at_a_time(tmp_path: Path) -> None:
    store = opened(tmp_path, GoodKeyring())
    with store.turn(SCHWAB_CONNECTION) as first, store.turn(SCHWAB_CONNECTION) as second:
        assert first.take()
        assert not second.take()
        first.give_back()
        assert second.take()


@pytest.mark.skipif(os.name != "posix", reason="links need no rights on POSIX only")
def test_a_link_in_place_of_a_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="lock"):
        Turn(tmp_path / "lock").take()
    assert not (tmp_path / "elsewhere").exists()


def test_what_moves_to_the_plain_file_leaves_the_key_store(tmp_path: Path) -> None:
    keyring = GoodKeyring()
    store = SecretStore({}, tmp_path, keyring=lambda: keyring)
    assert store.put(POLYGON_API_KEY, Secret("in the key store")) == "keyring"
    assert store.put(POLYGON_API_KEY, Secret("in the file"), plaintext=True) == "file"
    assert keyring.kept == {}
    again = SecretStore({}, tmp_path, keyring=lambda: keyring)
    assert (again.get(POLYGON_API_KEY), again.where(POLYGON_API_KEY)) == (Secret("in the file"), "file")


def test_a_plain_file_that_gives_back_something_else_has_not_kept_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PlainFile, "write", lambda self, secrets: self.path.write_text('{"schema":1,"secrets":{}}'))
    store = SecretStore({}, tmp_path, keyring=GoodKeyring)
    assert store.put(POLYGON_API_KEY, Secret("for this run"), plaintext=True) == "memory"
    assert "did not keep it" in store.notice_of(POLYGON_API_KEY)
    assert store.get(POLYGON_API_KEY) == Secret("for this run")


def test_a_damaged_plain_file_does_not_keep_the_key_store_from_forgetting(tmp_path: Path) -> None:
    keyring = GoodKeyring()
    store = SecretStore({}, tmp_path, keyring=lambda: keyring)
    store.put(POLYGON_API_KEY, Secret("to be removed"))
    store.file.write_text("rubbish")
    with pytest.raises(SecretsError, match="damaged"):
        store.forget(POLYGON_API_KEY)
    assert keyring.kept == {}
    assert store.file.read_text() == "rubbish"

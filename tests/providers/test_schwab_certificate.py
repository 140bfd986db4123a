"""The certificate of the callback: one for each machine, private, and made anew when it is no good any more."""

from __future__ import annotations

import os
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from live_monitor.clock import ManualClock
from live_monitor.providers.schwab_certificate import FILE_NAME, server_context


def test_it_is_made_once_and_kept(tmp_path: Path, manual_clock: ManualClock) -> None:
    assert isinstance(server_context(tmp_path / "c", manual_clock), ssl.SSLContext)
    first = (tmp_path / "c" / FILE_NAME).read_bytes()
    manual_clock.advance(300 * 86_400)
    server_context(tmp_path / "c", manual_clock)
    assert (tmp_path / "c" / FILE_NAME).read_bytes() == first
    manual_clock.advance(40 * 86_400)
    server_context(tmp_path / "c", manual_clock)
    assert (tmp_path / "c" / FILE_NAME).read_bytes() != first


def test_two_machines_have_two_keys_and_neither_vouches_for_others(tmp_path: Path, manual_clock: ManualClock) -> None:
    texts = []
    for name in ("a", "b"):
        server_context(tmp_path / name, manual_clock)
        texts.append((tmp_path / name / FILE_NAME).read_bytes())
    one, other = (x509.load_pem_x509_certificate(text) for text in texts)
    assert one.public_key() != other.public_key()
    assert not one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (one.not_valid_after_utc - one.not_valid_before_utc).days <= 397


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_o8_the_key_is_private_and_one_that_was_not_is_thrown_away(tmp_path: Path, manual_clock: ManualClock) -> None:
    before = os.umask(0)
    try:
        server_context(tmp_path / "c", manual_clock)
        path = tmp_path / "c" / FILE_NAME
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        first = path.read_bytes()
        path.chmod(0o640)
        server_context(tmp_path / "c", manual_clock)
    finally:
        os.umask(before)
    assert path.read_bytes() != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["", "x", "half", "other key", "link"])
def test_what_is_no_good_is_made_anew(tmp_path: Path, manual_clock: ManualClock, damage: str) -> None:
    server_context(tmp_path, manual_clock)
    path = tmp_path / FILE_NAME
    good = path.read_bytes()
    if damage == "link":
        (tmp_path / "elsewhere").write_bytes(good)
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere")
    elif damage == "other key":
        server_context(tmp_path / "other", manual_clock)
        key = (tmp_path / "other" / FILE_NAME).read_bytes().split(b"-----BEGIN CERT")[0]
        path.write_bytes(key + b"-----BEGIN CERT" + good.split(b"-----BEGIN CERT")[1])
    else:
        path.write_bytes({"half": good[: len(good) // 2]}.get(damage, damage.encode()))
    assert isinstance(server_context(tmp_path, manual_clock), ssl.SSLContext)
    assert path.read_bytes() != good
    assert not path.is_symlink()


def test_nothing_older_than_tls_1_2_is_spoken(tmp_path: Path, manual_clock: ManualClock) -> None:
    assert server_context(tmp_path, manual_clock).minimum_version >= ssl.TLSVersion.TLSv1_2

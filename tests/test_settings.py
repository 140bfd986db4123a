"""What is kept, and what happens when the file cannot be believed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_monitor.settings import (
    MAX_RECENT_SYMBOLS,
    PaperSettings,
    PriceAlertSetting,
    ProviderSettings,
    Settings,
    SettingsStore,
    data_paths,
    decode,
    encode,
    secrets_of,
    without_secrets,
)

GOOD = encode(msgspec.to_builtins(Settings(symbol="MSFT", layout={"docks": ["tape"], "width": 1440})))


def with_content(**changes: object) -> bytes:
    """A file with a right checksum whose content was changed."""
    return encode({**msgspec.to_builtins(Settings()), **changes})


def test_settings_come_back_as_they_were_saved(tmp_path: Path) -> None:
    alert = PriceAlertSetting(symbol="SPY", price=512.5, note="out", side=-1, since_ms=1_795_188_600_000, market="sim")
    layout = {"a": [1, 2.5, None, "x"]}
    kept = Settings(theme="light", symbol="NVDA", watchlist=["NVDA", "BRK.B"], layout=layout, price_alerts=[alert])
    kept.provider, kept.second_provider = "polygon", "tos_excel"
    kept.providers = {"tos_excel": ProviderSettings(workbook="/files/quotes.xlsx", sheet="Quotes", interval_s=0.5)}
    kept.paper = PaperSettings(accounts={"simulated-7": "simulated-7.2"}, shares=250, risk_percent=1.25)
    SettingsStore(tmp_path / "deep" / "settings.json").save(kept)
    loaded = SettingsStore(tmp_path / "deep" / "settings.json").load()
    assert loaded.settings == kept
    assert loaded.notice == ""


def test_settings_of_before_there_were_vendors_are_read(tmp_path: Path) -> None:
    old = msgspec.to_builtins(Settings(provider="relay", symbol="MSFT"))
    del old["providers"], old["second_provider"]
    (tmp_path / "settings.json").write_bytes(encode(old))
    loaded = SettingsStore(tmp_path / "settings.json").load()
    assert loaded.notice == ""
    assert (loaded.settings.symbol, loaded.settings.second_provider, loaded.settings.providers) == ("MSFT", "", {})


@pytest.mark.parametrize(
    "provider",
    [
        {"server_url": "wss://user:pass@x/stocks"},
        {"server_url": "wss://x/stocks?apiKey=1"},
        {"server_url": "file:///etc/passwd"},
        {"rest_url": "wss://x"},
        {"rest_url": "http://x:99999"},
        {"callback": "http://127.0.0.1:8182"},
        {"workbook": "a\u0000b.xlsx"},
        {"sheet": "x" * 1_001},
        {"interval_s": 0.01},
        {"interval_s": 3_600.0},
    ],
)
def test_a_provider_that_cannot_be_asked_so_is_not_believed(tmp_path: Path, provider: dict[str, object]) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(with_content(providers={"polygon": provider}))
    loaded = SettingsStore(path).load()
    assert loaded.settings == Settings()
    assert "settings.damaged-1.json" in loaded.notice


@pytest.mark.parametrize("second", ["sim", "replay", "yahoo"])
def test_what_is_simulated_or_recorded_cannot_be_kept_as_the_second_provider(tmp_path: Path, second: str) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(with_content(second_provider=second))
    assert SettingsStore(path).load().settings == Settings()


def test_a_first_start_has_defaults_and_no_notice(tmp_path: Path) -> None:
    loaded = SettingsStore(tmp_path / "settings.json").load()
    assert loaded.settings == Settings()
    assert loaded.notice == ""
    assert list(tmp_path.iterdir()) == []


@given(data=st.data())
def test_any_single_changed_byte_is_detected(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(GOOD) - 1))
    change = data.draw(st.integers(1, 255))
    damaged = bytearray(GOOD)
    damaged[position] ^= change
    with pytest.raises(ValueError, match=r"is damaged|newer version"):
        decode(bytes(damaged))


@given(st.binary(max_size=400))
def test_random_bytes_are_never_settings(noise: bytes) -> None:
    with pytest.raises(ValueError, match=r"is damaged|newer version"):
        decode(noise)


def test_u13_every_single_bit_flip_falls_back_to_defaults_with_a_notice(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    raw = encode(msgspec.to_builtins(Settings(symbol="MSFT")))
    # Every eighth bit: all bytes are met, each with another bit.
    for number in range(0, len(raw) * 8, 9):
        damaged = bytearray(raw)
        damaged[number // 8] ^= 1 << (number % 8)
        path.write_bytes(damaged)
        loaded = SettingsStore(path).load()
        assert loaded.settings == Settings(), number
        assert loaded.notice, number


def _link(path: Path) -> None:
    (path.parent / "elsewhere.json").write_bytes(GOOD)
    path.symlink_to(path.parent / "elsewhere.json")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * 2**20)


def bytes_maker(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


P1: dict[str, Callable[[Path], object]] = {
    "empty": bytes_maker(b""),
    "half": bytes_maker(GOOD[: len(GOOD) // 2]),
    "random": bytes_maker(bytes(range(256)) * 16),
    "100 MB": _huge,
    "wrong type of a value": bytes_maker(with_content(theme=17)),
    "unheard-of value": bytes_maker(with_content(theme="pink")),
    "impossible symbol": bytes_maker(with_content(symbol="=cmd()")),
    "impossible price alert": bytes_maker(with_content(price_alerts=[{"symbol": "AAPL", "price": -1.0}])),
    "price alert of no symbol": bytes_maker(with_content(price_alerts=[{"symbol": "=cmd()", "price": 1.0}])),
    "price alert of no market": bytes_maker(with_content(price_alerts=[{"symbol": "A", "price": 1.0, "market": "/"}])),
    "price alert with a book": bytes_maker(with_content(price_alerts=[{"symbol": "A", "price": 1, "note": "x" * 999}])),
    "orders of no shares": bytes_maker(with_content(paper={"shares": 0})),
    "orders that risk nothing": bytes_maker(with_content(paper={"risk_percent": 0.0})),
    "orders that risk more than all": bytes_maker(with_content(paper={"risk_percent": 100.1})),
    "a paper account without a name": bytes_maker(with_content(paper={"accounts": {"simulated-7": ""}})),
    "a paper account that is a book": bytes_maker(with_content(paper={"accounts": {"m": "x" * 129}})),
    "too many price alerts": bytes_maker(with_content(price_alerts=[{"symbol": "A", "price": 1.0}] * 201)),
    "too long a list": bytes_maker(with_content(watchlist=["A"] * 10_000)),
    "not an object": bytes_maker(b"[1, 2, 3]"),
    "deep nesting": bytes_maker(b'{"settings":' + b"[" * 100_000),
    "newer version": bytes_maker(GOOD.replace(b'"schema": 1', b'"schema": 2')),
    "a link": _link,
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("case", P1)
def test_p1_odd_settings_give_defaults_a_kept_copy_and_a_notice(tmp_path: Path, case: str) -> None:
    path = tmp_path / "settings.json"
    P1[case](path)
    before = path.read_bytes() if path.is_file() and case != "100 MB" else None
    store = SettingsStore(path)
    loaded = store.load()
    assert loaded.settings == Settings()
    assert "defaults are in force" in loaded.notice
    assert "settings.damaged-1.json" in loaded.notice
    kept = tmp_path / "settings.damaged-1.json"
    assert os.path.lexists(kept)
    if before is not None:
        assert kept.read_bytes() == before
    store.save(loaded.settings)
    assert SettingsStore(path).load() == SettingsStore(tmp_path / "none.json").load()


@pytest.mark.skipif(os.name != "posix", reason="named pipes are POSIX")
def test_a_pipe_in_place_of_the_file_does_not_hang_the_start(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    os.mkfifo(path)
    assert SettingsStore(path).load().notice


def test_every_damaged_file_is_kept_up_to_nine(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    for number in range(12):
        path.write_bytes(b"damage %d" % number)
        assert SettingsStore(path).load().notice
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"settings.damaged-{n}.json" for n in range(1, 10)]
    assert (tmp_path / "settings.damaged-1.json").read_bytes() == b"damage 0"


def test_keys_of_another_version_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(with_content(future={"a": 1}))
    store = SettingsStore(path)
    settings = store.load().settings
    settings.symbol = "TSLA"
    store.save(settings)
    content = decode(path.read_bytes())
    assert content["future"] == {"a": 1}
    assert content["symbol"] == "TSLA"


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_o8_files_are_private_under_any_umask(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        SettingsStore(tmp_path / "data" / "settings.json").save(Settings())
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data" / "settings.json").stat().st_mode) == 0o600


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    store = SettingsStore(path)
    store.save(Settings())
    path.unlink()
    store.save(Settings())
    assert not path.exists()


def test_p4_a_folder_that_cannot_be_written_is_an_error_that_names_itself(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        SettingsStore(tmp_path / "file" / "settings.json").save(Settings())


@given(st.lists(st.text("ABC", min_size=1, max_size=2), max_size=40))
def test_recent_symbols_are_distinct_newest_first_and_bounded(symbols: list[str]) -> None:
    settings = Settings()
    for symbol in symbols:
        settings.remember_symbol(symbol)
        assert settings.recent_symbols[0] == settings.symbol == symbol
    assert len(settings.recent_symbols) == len(set(settings.recent_symbols)) <= MAX_RECENT_SYMBOLS


def test_one_folder_holds_everything_when_asked(tmp_path: Path) -> None:
    paths = data_paths(tmp_path / "x", {}, tmp_path)
    assert {paths.data, paths.logs.parent, paths.runtime.parent, paths.settings_file.parent} == {tmp_path / "x"}


@pytest.mark.skipif(os.name != "posix", reason="HOME is POSIX")
def test_p4_without_a_home_the_temporary_folder_serves(tmp_path: Path) -> None:
    paths = data_paths(None, {}, tmp_path)
    assert paths.data.parent == tmp_path


def test_the_platforms_own_folders_serve_otherwise(tmp_path: Path) -> None:
    paths = data_paths(None, {"HOME": str(tmp_path)}, tmp_path)
    assert "live-monitor" in str(paths.settings_file)
    assert paths.settings_file.is_absolute()


def test_o6_what_may_be_secret_in_an_address_is_told_apart() -> None:
    url = "wss://me:hunter22@feed.test:8443/ws/{client_id}?apiKey=abc123&x=#y"
    assert without_secrets(url) == "wss://feed.test:8443/ws/{client_id}"
    assert secrets_of(url) == ["abc123", "hunter22"]
    plain = "ws://localhost:8200/ws/{client_id}"
    assert without_secrets(plain) == plain
    assert secrets_of(plain) == []

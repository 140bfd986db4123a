"""What is missing of each provider, and how to get it; no key is ever printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from live_monitor.cli.doctor_providers import Finding, providers
from live_monitor.clock import ManualClock
from live_monitor.providers.schwab_connection import BrokerConnection
from live_monitor.secrets import SCHWAB_CONNECTION, Secret, SecretStore
from live_monitor.settings import ProviderSettings, Settings
from tests.whole_desk import no_keyring

NOW = 1_795_188_600_000
DAY_MS = 86_400_000


def findings(folder: Path, environ: Mapping[str, str], settings: Settings | None = None) -> dict[str, Finding]:
    store = SecretStore(environ, folder, keyring=no_keyring)
    return {found.what: found for found in providers(settings or Settings(), store, ManualClock(NOW))}


def test_nothing_set_up_names_every_remedy_and_requires_none(tmp_path: Path) -> None:
    found = findings(tmp_path, {})
    assert list(found) == ["key store", "Polygon", "thinkorswim", "Schwab"]
    assert not any(one.ok or one.required for one in found.values())
    assert "POLYGON_API_KEY" in found["Polygon"].remedy
    assert "Connect a provider" in found["thinkorswim"].remedy
    assert found["Schwab"].detail == "needs its App key and App secret"
    assert "SCHWAB_APP_SECRET" in found["Schwab"].remedy
    assert "no key store" in found["key store"].detail


def test_a_key_is_found_and_not_told(tmp_path: Path) -> None:
    found = findings(tmp_path, {"MASSIVE_API_KEY": "canary-key"})
    assert found["Polygon"].ok
    assert found["Polygon"].detail == "key in the environment"
    assert "canary" not in repr(found)


def test_a_workbook_that_is_gone_is_named(tmp_path: Path) -> None:
    settings = Settings(providers={"tos_excel": ProviderSettings(workbook=str(tmp_path / "quotes.xlsx"))})
    assert "is gone" in findings(tmp_path, {}, settings)["thinkorswim"].detail
    (tmp_path / "quotes.xlsx").write_bytes(b"")
    assert findings(tmp_path, {}, settings)["thinkorswim"].ok


@pytest.mark.parametrize(
    ("days", "ok", "says"), [(2, True, "2.0 days ago, holds for 5 more"), (6.5, False, "ends in"), (8, False, "ended")]
)
def test_the_age_of_a_log_in_is_told(tmp_path: Path, days: float, ok: bool, says: str) -> None:
    environ = {"SCHWAB_APP_KEY": "k", "SCHWAB_APP_SECRET": "s"}
    assert findings(tmp_path, environ)["Schwab"].detail == "needs a log-in"
    then = NOW - round(days * DAY_MS)
    connection = BrokerConnection(Secret("access"), Secret("refresh"), then + 1_800_000, then, then)
    SecretStore({}, tmp_path, keyring=no_keyring).put(SCHWAB_CONNECTION, connection.to_secret(), plaintext=True)
    found = findings(tmp_path, environ)
    assert found["Schwab"].ok == ok
    assert says in found["Schwab"].detail
    assert bool(found["Schwab"].remedy) != ok
    assert "unencrypted" in found["key store"].detail


def test_a_log_in_that_cannot_be_read_asks_for_another(tmp_path: Path) -> None:
    SecretStore({}, tmp_path, keyring=no_keyring).put(SCHWAB_CONNECTION, Secret("{}"), plaintext=True)
    found = findings(tmp_path, {"SCHWAB_APP_KEY": "k", "SCHWAB_APP_SECRET": "s"})["Schwab"]
    assert not found.ok
    assert "Log in again" in found.remedy

"""What each provider of prices still needs on this machine, and how to get it; for `live-monitor doctor`.

Asks no vendor: what is looked at are packages, keys, workbooks and log-ins, never what they contain.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from live_monitor.clock import Clock
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.errors import LiveMonitorError
from live_monitor.providers import registry
from live_monitor.runtime.options import choice_of
from live_monitor.secrets import SCHWAB_CONNECTION, SecretStore
from live_monitor.settings import Settings

_WORDS: Final = {
    "environment": "in the environment",
    "memory": "in memory",
    "file": "in a plain file",
    "keyring": "in the system's key store",
}
_PACKAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "polygon": ("massive",),
    "tos_excel": ("python_calamine", "defusedxml"),
    "schwab": ("httpx", "cryptography"),
}
_SET_UP: Final = "Run `script/run` in the checkout, or install the package again."
_DAY_S: Final = 86_400.0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the report. What is not `required` may be missing: the program says so and runs on."""

    what: str
    ok: bool
    detail: str
    remedy: str = ""
    required: bool = True


def providers(settings: Settings, secrets: SecretStore, clock: Clock) -> Iterator[Finding]:
    """The key store, then every provider that needs something. Blocks for as long as the key store does."""
    yield _key_store(secrets)
    for entry in registry.ENTRIES:
        if entry.id in _PACKAGES:
            yield _provider(choice_of(entry.id, None, settings), secrets, clock)


def _key_store(secrets: SecretStore) -> Finding:
    problem = secrets.unavailable()
    detail = f"not used: {problem}" if problem else "takes keys and tokens"
    if secrets.file.exists():
        detail += f"; some lie unencrypted in {secrets.file}"
    return Finding(
        what="key store",
        ok=not problem,
        detail=detail,
        remedy="On Linux start gnome-keyring or KWallet; else keys last until the program ends, or set them in the"
        " environment.",
        required=False,
    )


def _provider(choice: ProviderChoice, secrets: SecretStore, clock: Clock) -> Finding:
    entry = registry.entry(choice.provider)
    what = entry.title

    def finding(detail: str, remedy: str = "") -> Finding:
        return Finding(what=what, ok=not remedy, detail=detail, remedy=remedy, required=False)

    absent = [name for name in _PACKAGES[choice.provider] if not _installed(name)]
    if absent:
        return finding(f"needs {', '.join(absent)}", _SET_UP)
    lack = registry.missing(choice, secrets)
    if lack:
        variables = [one.variables[0] for one in entry.credentials if one.variables and not secrets.get(one.name)]
        named = f", or set {' and '.join(variables)}" if variables else ""
        return finding(lack, f"File ▸ Connect a provider… ▸ {what}{named}. {entry.help}".strip())
    look: dict[str, Callable[[], tuple[str, str]]] = {
        "tos_excel": lambda: _workbook(choice),
        "schwab": lambda: _login(secrets, clock),
    }
    if choice.provider in look:
        return finding(*look[choice.provider]())
    places = [_WORDS.get(secrets.where(one.name), "") for one in entry.credentials]
    return finding(
        f"key {', '.join(dict.fromkeys(filter(None, places)))}{'; 15 minutes late' if choice.delayed else ''}"
    )


def _workbook(choice: ProviderChoice) -> tuple[str, str]:
    """What is found of the workbook and of Excel, and the remedy."""
    path = Path(choice.workbook)
    if not path.is_file():
        return (f"the workbook {path} is gone", "Choose another one: File ▸ Connect a provider… ▸ thinkorswim.")
    if sys.platform in {"win32", "darwin"}:
        if not _installed("xlwings"):
            return (f"{path}; needs xlwings to read Excel as it runs", _SET_UP)
        return (f"{path}; read from Excel while it runs, else as it was saved last", "")
    return (f"{path}, as it was saved last: Excel runs on Windows only", "")


def _login(secrets: SecretStore, clock: Clock) -> tuple[str, str]:
    """How old the log-in is, and the remedy."""
    from live_monitor.providers.schwab_connection import LOGIN_LIFE_S, BrokerConnection

    again = "Log in again: File ▸ Connect a provider… ▸ Schwab."
    kept = secrets.get(SCHWAB_CONNECTION)
    if kept is None:
        return ("needs a log-in", again)
    try:
        connection = BrokerConnection.from_secret(kept, clock)
    except LiveMonitorError as problem:
        return (problem.message, problem.remedy or again)
    age_s = connection.login_age_s
    if connection.login_warning:
        return (connection.login_warning, again)
    left = math.ceil((LOGIN_LIFE_S - age_s) / _DAY_S)
    return (f"logged in {age_s / _DAY_S:.1f} days ago, holds for {left} more", "")


def _installed(name: str) -> bool:
    """True where the package can be imported; imports nothing."""
    # The vendor's package goes by its old name on machines that were set up long ago.
    names = (name, "polygon") if name == "massive" else (name,)
    return any(importlib.util.find_spec(one) is not None for one in names)

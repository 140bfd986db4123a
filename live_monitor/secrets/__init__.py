"""Keys and tokens: a type that never shows itself, which ones there are, and where they are kept."""

from __future__ import annotations

from live_monitor.secrets.core_files import no_core_files
from live_monitor.secrets.credentials import (
    CREDENTIALS,
    POLYGON_API_KEY,
    SCHWAB_APP_KEY,
    SCHWAB_APP_SECRET,
    SCHWAB_CONNECTION,
    Credential,
    without_credentials,
)
from live_monitor.secrets.door import in_daemon_thread
from live_monitor.secrets.secret import Secret
from live_monitor.secrets.store import SecretStore, Where

__all__ = [
    "CREDENTIALS",
    "POLYGON_API_KEY",
    "SCHWAB_APP_KEY",
    "SCHWAB_APP_SECRET",
    "SCHWAB_CONNECTION",
    "Credential",
    "Secret",
    "SecretStore",
    "Where",
    "in_daemon_thread",
    "no_core_files",
    "without_credentials",
]

"""Which store of bars is used, and its opening."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from live_monitor.clock import Clock
from live_monitor.errors import StoreError
from live_monitor.ports import HistoryStore

#: The embedded store's file in the folder of history.
FILE_NAME: Final = "bars.sqlite3"
#: The address that stands for the embedded store alone, also where the environment names a shared one.
EMBEDDED: Final = "sqlite:"
_DEFAULT_BUCKET: Final = "live_monitor"


class SharedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """A shared store as settings and environment name it. `url` and `token` may hold secrets."""

    url: str
    token: str = ""
    org: str = ""
    bucket: str = _DEFAULT_BUCKET

    def __repr__(self) -> str:
        return "SharedPlace(…)"


def chosen(url: str, environ: Mapping[str, str]) -> SharedPlace | None:
    """The shared store that is wanted; None for the embedded one alone. Raises StoreError for what is no store.

    `url` is that of the settings. Empty: INFLUX_URL of the environment counts, and where that is empty too, there is no
    shared store. INFLUX_TOKEN, INFLUX_ORG and INFLUX_BUCKET come from the environment only, because a file of settings
    is no place for secrets; the token goes to the address that was chosen.
    """
    wanted = url.strip() or environ.get("INFLUX_URL", "").strip()
    if not wanted or wanted == EMBEDDED:
        return None
    if not wanted.lower().startswith(("http://", "https://")):
        raise StoreError(
            "The address of the store of bars is none that this program knows.",
            "Write http://host:8086 for a shared store, or leave it empty for the one on this machine.",
        )
    return SharedPlace(
        url=wanted,
        token=environ.get("INFLUX_TOKEN", "").strip(),
        org=environ.get("INFLUX_ORG", "").strip(),
        bucket=environ.get("INFLUX_BUCKET", "").strip() or _DEFAULT_BUCKET,
    )


def open_store(url: str, folder: Path, environ: Mapping[str, str], *, clock: Clock | None = None) -> HistoryStore:
    """The store that `chosen` names: the embedded one in `folder`, with the shared one behind it where one is wanted.

    Does not wait for a server: a shared store that is down is noticed at the first question, and bars are kept on this
    machine. Raises StoreError when the embedded one cannot be opened, or for an address that is none.
    """
    place = chosen(url, environ)
    from live_monitor.data.stores.sqlite_store import SqliteStore  # noqa: PLC0415 - 20 ms that the chart need not wait

    if place is None:
        return SqliteStore(folder / FILE_NAME)
    from live_monitor.data.stores.cached_store import CachedStore  # noqa: PLC0415 - only with a shared store
    from live_monitor.data.stores.influx_store import InfluxStore  # noqa: PLC0415 - brings http.client and ssl

    # First: an address that is none must not leave a file open.
    shared = InfluxStore(place.url, place.token, place.org, place.bucket, clock=clock)
    return CachedStore(SqliteStore(folder / FILE_NAME), shared, clock=clock)

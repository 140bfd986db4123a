"""The store of bars that a command reads or fills: the one of the desktop's settings, unless an address is given."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from live_monitor.clock import SystemClock
from live_monitor.errors import StoreError
from live_monitor.settings import Settings, SettingsStore, data_paths

if TYPE_CHECKING:
    from live_monitor.ports import HistoryStore


def kept_store(url: str | None, data_dir: Path | None, *, make: bool) -> HistoryStore:
    """Opens the store at `url`, or the one of the settings in `data_dir` (default: the user's own folder).

    `make`: the embedded one is made where there is none yet. Raises StoreError. Settings that cannot be read are said
    to be so, and do not matter otherwise.
    """
    from live_monitor.data.stores.opening import FILE_NAME, chosen, open_store

    paths = data_paths(data_dir, os.environ, Path(tempfile.gettempdir()))
    address = _address(paths.settings_file) if url is None else url
    embedded = paths.history / FILE_NAME
    if not make and chosen(address, os.environ) is None and not embedded.exists():
        raise StoreError(
            f"No bars are kept here: there is no {embedded}.", "Run the desktop, or `live-monitor backfill`."
        )
    return open_store(address, paths.history, os.environ, clock=SystemClock())


def _address(settings_file: Path) -> str:
    try:
        return SettingsStore(settings_file).inspect().history.url
    except FileNotFoundError:
        return Settings().history.url
    except (OSError, ValueError) as error:
        print(f"The settings {error}: the embedded store is used.", file=sys.stderr)
        return Settings().history.url

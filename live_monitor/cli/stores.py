"""The store of bars that a command reads or fills: the one of the desktop's settings, unless an address is given."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from live_monitor.clock import SystemClock
from live_monitor.errors import StoreError
from live_monitor.settings import DataPaths, Settings, SettingsStore, data_paths

if TYPE_CHECKING:
    from live_monitor.ports import HistoryStore


def kept_store(url: str | None, data_dir: Path | None, *, make: bool) -> HistoryStore:
    """Opens the store at `url`, or the one of the settings in `data_dir` (default: the user's own folder).

    `make`: the embedded one is made where there is none yet. Raises StoreError.
    """
    from live_monitor.data.stores.opening import FILE_NAME, chosen, open_store

    address = saved_settings(data_dir).history.url if url is None else url
    folder = _paths(data_dir).history
    if not make and chosen(address, os.environ) is None and not (folder / FILE_NAME).exists():
        raise StoreError(
            f"No bars are kept: there is no {folder / FILE_NAME}.", "Run the desktop, or `live-monitor backfill`."
        )
    return open_store(address, folder, os.environ, clock=SystemClock())


def saved_settings(data_dir: Path | None) -> Settings:
    """The desktop's settings, unchanged; defaults, which is said on standard error, where they cannot be read."""
    try:
        return SettingsStore(_paths(data_dir).settings_file).inspect()
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        print(f"The settings file cannot be used ({error}): defaults are in force.", file=sys.stderr)
        return Settings()


def data_folder(data_dir: Path | None) -> Path:
    """The folder of the settings: `data_dir`, or the user's own."""
    return _paths(data_dir).data


def _paths(data_dir: Path | None) -> DataPaths:
    return data_paths(data_dir, os.environ, Path(tempfile.gettempdir()))

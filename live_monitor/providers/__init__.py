"""Providers translate what one vendor sends into values.

The documented class is resolved lazily: who watches another provider loads nothing of this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from live_monitor.providers.excel_reader import TOSExcelReader

__all__ = ["TOSExcelReader"]


def __getattr__(name: str) -> object:
    from importlib import import_module  # noqa: PLC0415 - only for the name that is looked up

    if name != "TOSExcelReader":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("live_monitor.providers.excel_reader"), name)

"""Finds icons, themes, tables and fonts, wherever the program was started from."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resources_root(package: Path = _PACKAGE, bundle: str | None = None) -> Path:
    """Folder of the resources: of the frozen build (`bundle`), of an installed wheel, or of the checkout.

    The wheel carries them inside the package as `_resources`, because beside it they would lie loose in site-packages.
    """
    if bundle is not None:
        return Path(bundle) / "resources"
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"


def resource_path(*parts: str) -> Path:
    """Path of one resource, for example `resource_path("themes", "dark.json")`; any thread, touches no file of it."""
    return resources_root(bundle=getattr(sys, "_MEIPASS", None)).joinpath(*parts)

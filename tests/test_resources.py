"""Resources are found from a checkout, an installed wheel and a frozen build."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from live_monitor.resources import resource_path, resources_root

CHECKOUT = Path(__file__).resolve().parents[1]


def test_checkout_has_them_beside_the_package() -> None:
    assert resource_path("themes", "dark.json") == CHECKOUT / "resources" / "themes" / "dark.json"
    assert resource_path().is_dir()


def test_wheel_has_them_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "live_monitor"
    (package / "_resources").mkdir(parents=True)
    assert resources_root(package) == package / "_resources"


def test_frozen_build_has_them_in_its_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resource_path("icons", "app.svg") == tmp_path / "resources" / "icons" / "app.svg"

"""What import-linter is told covers everything, and what must not load Qt does not."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture.conftest import CHECKOUT

#: The only modules of `data/` that may know Qt: the thread, the client in it, and the documented faces of both.
QT_IN_DATA = {"feed_thread", "websocket_client", "polygon_data_manager"}
PURE_PACKAGES = ("engine", "wire", "providers", "server", "data.models")
QT = {"PyQt6", "pyqtgraph", "qasync"}

CONFIG = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = CONFIG["tool"]["importlinter"]["contracts"]


def modules_of(package: str, folder: Path) -> list[str]:
    """Dotted names of a package and of everything inside it; imports nothing."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        found.append(".".join((package, *(part for part in parts if part != "__init__"))))
    return found


def data_modules() -> list[str]:
    """`data/*.py`, and its packages, by name."""
    found = pkgutil.iter_modules([str(CHECKOUT / "live_monitor/data")])
    return sorted(module.name for module in found)


def pure_modules() -> list[str]:
    """Everything that a headless run, a replay or a back-test may import."""
    found = [f"live_monitor.{name}" for name in ("ports", "errors", "clock", "limits", "settings", "log")]
    for name in PURE_PACKAGES:
        found += modules_of(f"live_monitor.{name}", CHECKOUT / "live_monitor" / name.replace(".", "/"))
    found += [f"live_monitor.data.{name}" for name in data_modules() if name not in QT_IN_DATA]
    return found


def loaded_qt(modules: Iterable[str], path: Path) -> set[str]:
    """Qt packages that a fresh interpreter has loaded after importing `modules` from `path`."""
    code = f"import sys; sys.path.insert(0, {str(path)!r}); import {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return QT & set(done.stdout.split())


def layer_words() -> set[str]:
    layers = next(contract for contract in CONTRACTS if contract["type"] == "layers")["layers"]
    return {word.strip("()") for layer in layers for word in layer.split()}


def test_nothing_below_the_desktop_loads_qt() -> None:
    assert loaded_qt(pure_modules(), CHECKOUT) == set()


def test_lazy_data_package_still_gives_its_classes() -> None:
    code = "from live_monitor.data import PolygonDataManager, PolygonWebSocketClient"
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_qt_that_hides_behind_another_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "innocent.py").write_text("import accomplice\n")
    (tmp_path / "accomplice.py").write_text("from PyQt6 import QtCore\n")
    (tmp_path / "clean.py").write_text("import json\n")
    assert loaded_qt(["innocent"], tmp_path) == {"PyQt6"}
    assert loaded_qt(["clean"], tmp_path) == set()


def test_modules_are_found_at_every_depth(tmp_path: Path) -> None:
    (tmp_path / "deep/deeper").mkdir(parents=True)
    for path in ("deep/__init__.py", "deep/a.py", "deep/deeper/__init__.py", "deep/deeper/b.py"):
        (tmp_path / path).touch()
    assert modules_of("deep", tmp_path / "deep") == ["deep", "deep.a", "deep.deeper", "deep.deeper.b"]


@pytest.mark.parametrize("module", data_modules())
def test_layers_contract_names_every_data_module(module: str) -> None:
    assert f"data.{module}" in layer_words()


def test_no_layer_is_optional() -> None:
    layers = next(contract for contract in CONTRACTS if contract["type"] == "layers")["layers"]
    assert "(" not in " ".join(layers)


def test_faces_that_know_qt_stand_above_the_rest_of_data() -> None:
    layers = next(contract for contract in CONTRACTS if contract["type"] == "layers")["layers"]
    faces = next(layer for layer in layers if "data.feed_thread" in layer)
    assert {word for word in faces.split() if word != ":"} == {f"data.{name}" for name in QT_IN_DATA}

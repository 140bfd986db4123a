"""The layers contract in pyproject.toml names every module that it has to."""

from __future__ import annotations

import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def test_layers_contract_names_every_data_module() -> None:
    contracts = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    text = " ".join(next(c for c in contracts if c["type"] == "layers")["layers"])
    named = {word.strip("()") for word in text.split()}
    modules = {f"data.{path.stem}" for path in (CHECKOUT / "live_monitor/data").glob("*.py") if path.stem != "__init__"}
    assert modules <= named

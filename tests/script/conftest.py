"""A small checkout to set up for real: own lock, own package, no network."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT / "script"))

#: A Python outside any virtual environment, as a person's `python3` is.
BASE_PYTHON = Path(getattr(sys, "_base_executable", sys.executable)).resolve()

_SAY_WHAT_WAS_ASKED = """
import importlib.util, sys
names = [name for name in ("tiny_runtime", "tiny_tool") if importlib.util.find_spec(name)]
print("started with", sys.argv[1:], "beside", names)
"""


def make_wheel(folder: Path, name: str) -> str:
    """Writes a pure wheel of `name` 1.0 that holds one module; returns the line that locks it."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    files = {
        f"{name}.py": "",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{name}-1.0.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for file_name, text in files.items():
            wheel.writestr(file_name, text)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name.replace('_', '-')}==1.0 \\\n    --hash=sha256:{digest}\n"


class SmallCheckout:
    """A copy of the set-up scripts around a package that only prints how it was started."""

    def __init__(self, root: Path) -> None:
        self.root = root / "check out ü"  # the path may hold anything that a person's folder may
        self.wheels = root / "wheels"
        self.tools = root / "tools"
        for folder in (self.root / "live_monitor", self.wheels, self.tools):
            folder.mkdir(parents=True)
        shutil.copytree(CHECKOUT / "script", self.root / "script", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(CHECKOUT / "live_monitor/display.py", self.root / "live_monitor/display.py")
        (self.root / "live_monitor/__init__.py").touch()
        (self.root / "live_monitor/__main__.py").write_text(_SAY_WHAT_WAS_ASKED)
        runtime, tool = make_wheel(self.wheels, "tiny_runtime"), make_wheel(self.wheels, "tiny_tool")
        self.runtime_lock = self.root / "requirements.lock"
        self.runtime_lock.write_text(runtime)
        (self.root / "requirements-dev.lock").write_text(runtime + tool)
        self.stamp = self.root / ".venv/.live-monitor-stamp"
        (self.tools / "python3").symlink_to(BASE_PYTHON)

    def environ(self, **more: str) -> dict[str, str]:
        """A person's environment without uv, without a screen, and with a package index that cannot be reached."""
        return {
            "PATH": f"{self.tools}{os.pathsep}/usr/bin:/bin",
            "HOME": str(self.root.parent),
            "LANG": "C",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PYTHONDONTWRITEBYTECODE": "1",
            **more,
        }

    def run(self, command: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """script/COMMAND ARGUMENTS from another folder, to its end."""
        return subprocess.run(
            [str(self.root / "script" / command), *arguments],
            cwd=self.wheels,
            env=self.environ(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=55,
            check=False,
        )

    def add_uv(self, install: str) -> None:
        """A stand-in for uv that makes an environment at once; `install` is the shell line for `uv pip install`."""
        uv = self.tools / "uv"
        uv.write_text(
            '#!/bin/sh\ncase "$1" in\n'
            'venv) for last; do :; done; exec python3 -m venv --without-pip "$last" ;;\n'
            f"pip) {install} ;;\nesac\n"
        )
        uv.chmod(0o755)


@pytest.fixture
def small_checkout(tmp_path: Path) -> SmallCheckout:
    """A checkout that nothing was set up in."""
    if os.name == "nt":
        pytest.skip("the shell wrappers are for Linux and macOS")
    return SmallCheckout(tmp_path)

"""script/lock: makes the lock files from pyproject.toml, for every platform, with hashes and without addresses.

The development lock is solved under the runtime lock, so it holds the same versions and `script/test` after
`script/run` only adds packages. `script/lock --upgrade` takes the newest versions; without it, versions stay unless
pyproject.toml asks for others.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
RUNTIME, DEV = CHECKOUT / "requirements.lock", CHECKOUT / "requirements-dev.lock"
#: What `script/bench --peers` measures against; without dependencies, because only parts are used.
PEERS = CHECKOUT / "requirements-peers.lock"

COMPILE = [
    "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate",
    "--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.11",
]  # fmt: skip

#: `name==version \` or `name==version ; marker \`, and below it the hashes of all its files.
_VERSION = re.compile(r"[a-z0-9][a-z0-9.-]*==[A-Za-z0-9.!+]+( ; [^\\@/]+)? \\$")
_HASH = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?$")


def strangers(text: str) -> list[str]:
    """Lines of a lock that are neither `name==version [; marker]` nor a hash: addresses, paths, options."""
    return [line for line in text.splitlines() if not (_VERSION.match(line) or _HASH.match(line))]


def without_machine_settings(environ: dict[str, str]) -> dict[str, str]:
    """The environment without this machine's mirrors and wheel folders, which must not shape a lock for everybody."""
    return {
        **{name: value for name, value in environ.items() if not name.startswith(("UV_", "PIP_"))},
        "UV_SYSTEM_CERTS": "1",
        "UV_PYTHON_DOWNLOADS": "never",
    }


def compile_lock(uv: str, target: Path, options: list[str]) -> None:
    """Runs uv and checks what it wrote; raises SystemExit with the reason when it cannot be committed."""
    command = [uv, "--no-config", *COMPILE, *options, "--output-file", target.name]
    done = subprocess.run(command, cwd=CHECKOUT, env=without_machine_settings(dict(os.environ)), check=False)
    if done.returncode != 0:
        raise SystemExit(f"uv could not make {target.name}.")
    unwanted = strangers(target.read_text(encoding="utf-8"))
    if unwanted:
        raise SystemExit(f"{target.name} holds more than versions and hashes: {unwanted[0]}")


def main(arguments: list[str]) -> int:
    """Writes all locks; `arguments` go to uv (for example --upgrade or --upgrade-package NAME)."""
    uv = shutil.which("uv")
    if not uv:
        raise SystemExit("script/lock needs uv on the PATH (https://docs.astral.sh/uv); nothing else does.")
    compile_lock(uv, RUNTIME, ["pyproject.toml", *arguments])
    compile_lock(uv, DEV, ["pyproject.toml", "--group", "dev", "--constraints", RUNTIME.name, *arguments])
    compile_lock(uv, PEERS, ["--no-deps", "--group", "bench", *arguments])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

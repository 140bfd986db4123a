"""Which keys there are, and what children and crashes get of them: nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from live_monitor.providers.excel_process import child_environment
from live_monitor.runtime.feed_process import feed_environment
from live_monitor.secrets import CREDENTIALS, SCHWAB_CONNECTION
from tests.canaries import VARIABLES, Canaries


def test_every_credential_has_a_name_a_label_and_where_a_person_types_it_a_variable() -> None:
    assert all(name == credential.name and credential.label for name, credential in CREDENTIALS.items())
    assert all(bool(credential.variables) == credential.typed for credential in CREDENTIALS.values())
    assert not CREDENTIALS[SCHWAB_CONNECTION].typed
    variables = [variable for credential in CREDENTIALS.values() for variable in credential.variables]
    assert len(variables) == len(set(variables))
    assert set(VARIABLES) <= set(variables)


def test_o6_a_child_that_asks_no_vendor_inherits_no_key(tmp_path: Path) -> None:
    canaries = Canaries()
    ours = canaries.environ(MASSIVE_API_KEY=canaries["polygon key"])
    for child in (feed_environment(ours, tmp_path, frozen=False), child_environment(ours)):
        assert canaries.found_in(child) == []
        assert child["QT_QPA_PLATFORM"] == "offscreen"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no core files")
def test_o6_a_process_that_holds_keys_leaves_no_core_file() -> None:
    code = (
        "import resource, tempfile, pathlib\n"
        "from live_monitor.clock import SystemClock\n"
        "from live_monitor.settings import data_paths\n"
        "from live_monitor.sources import Sources\n"
        "Sources(data_paths(pathlib.Path('x'), {}, pathlib.Path('y')), {}, SystemClock())\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)
    assert done.stdout == "0\n", done.stderr

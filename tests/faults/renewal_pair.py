"""One of several processes that renew the same kept tokens at the same time.

    python -m tests.faults.renewal_pair REST FOLDER REFUSED

Says "ready", waits for a line, renews, says the access token that it then has.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from live_monitor.clock import ManualClock
from live_monitor.providers.schwab_auth import SchwabTokens, TokenEndpoint
from live_monitor.secrets import Secret
from tests.faults.renewal_kills import store


async def main(rest: str, folder: Path, refused: str) -> None:
    tokens = SchwabTokens(store(folder), ManualClock(), endpoint=TokenEndpoint(rest))
    await tokens.load()
    print("ready", flush=True)
    sys.stdin.readline()
    print((await tokens.renewed(Secret(refused))).reveal(), flush=True)


if __name__ == "__main__":
    with asyncio.Runner() as runner:
        runner.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))

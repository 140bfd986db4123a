"""The pictures of the guide's pages of providers; `docs/images/make providers` runs this.

No vendor is reached: stand-ins on this machine answer, with prices that are made up. The captions say so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from live_monitor.clock import SystemClock
from live_monitor.providers.schwab_connection import BrokerConnection
from live_monitor.secrets import Secret, without_credentials
from live_monitor.settings import ProviderSettings, Settings, SettingsStore
from tests.e2e.provider_subject import FAR
from tests.e2e.test_providers import serving
from tests.fakes import schwab_frames
from tests.fakes.far_end import FarEnd
from tests.fakes.polygon_tape import walk
from tests.golden.provider_scenes import LOGIN, SHIFT

#: 2026-11-20 10:30 New York, and 04:00 of that day and of the one before.
NOW, MORNING = 1_795_188_600_000, 1_795_165_200_000
DAY_MS: Final = 86_400_000
PRICES: Final = {"AAPL": 271.4, "MSFT": 472.1, "NVDA": 186.2, "SPY": 668.3, "AMD": 214.6}
#: What is held at the broker of the picture: shares, average price, price now, result of the day.
HELD: Final = {
    "AAPL": (100, 264.12, 271.4, 235.0),
    "MSFT": (40, 480.55, 472.1, -96.4),
    "SPY": (25, 655.0, 668.3, 71.25),
}
PERIOD_S: Final = 0.05
#: By so much the second source of the quarrel is late, and so long nothing moves after that.
LATE_S, QUIET_S = 0.04, 0.25


def desk(
    scene: str,
    folder: Path,
    settings: Settings,
    options: tuple[str, ...],
    told: Mapping[str, str],
    then: Callable[[], object] = lambda: None,
) -> None:
    """Runs a scene of `provider_scenes`, `told` in its environment; `then` is done when it asks for it."""
    SettingsStore(folder / "settings.json").save(settings)
    command = [sys.executable, "-P", "-m", "tests.golden.provider_scenes", scene, "--data-dir", str(folder), *options]
    environ = {**without_credentials(os.environ), **told}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("docs/"):
                print(line.strip(), flush=True)
            elif line.startswith("DO"):
                then()
    if process.returncode:
        raise SystemExit(f"no pictures of {scene}: it ended with {process.returncode}")


@contextmanager
def repeated(deed: Callable[[], object]) -> Iterator[None]:
    """Does this twenty times a second."""
    over = threading.Event()

    def pump() -> None:
        while not over.wait(PERIOD_S):
            deed()

    thread = threading.Thread(target=pump, name="prints")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def polygon_pictures(folder: Path) -> None:
    """A morning of five stocks."""
    shift = NOW - SystemClock().wall_ms()
    prices = dict(PRICES)
    random = Random(1)
    with FarEnd("polygon_server") as stream, FarEnd("polygon_rest_server") as rest, serving(folder) as relay:
        for number, symbol in enumerate(PRICES):
            stretches = ((MORNING - DAY_MS, MORNING - DAY_MS + 16 * 3_600_000, 20_000), (MORNING, NOW, 1_500))
            for first, last, every in stretches:
                given = {"seed": number, "from_ms": first, "to_ms": last, "every_ms": every, "price": prices[symbol]}
                rest.do("walk", symbol=symbol, **given)
                prices[symbol] = walk(**given)[-1]["price"]  # type: ignore[arg-type]  # as the server is told them

        def print_some() -> None:
            now = SystemClock().wall_ms() + shift
            rest.do("now", ms=now)
            for symbol, last in prices.items():
                if random.random() < 0.6:
                    prices[symbol] = price = round(last + random.choice((-0.02, -0.01, 0, 0.01, 0.02)), 2)
                    stream.do("quote", symbol=symbol, bid=round(price - 0.01, 2), ask=round(price + 0.01, 2), at_ms=now)
                    stream.do("trade", symbol=symbol, price=price, size=random.choice((20, 100, 300)), at_ms=now)

        def leave() -> None:
            stream.do("refuse_auth", message="Your plan doesn't include websocket access.")
            stream.do("abort")

        settings = Settings(watchlist=[*PRICES], server_url=relay)
        told = {FAR + "STREAM": stream.ws, FAR + "REST": rest.rest, SHIFT: str(shift)}
        options = ("--provider", "sim", "--symbol", "AAPL", "--theme", "dark", "--size", "1440x900")
        with repeated(print_some):
            desk("polygon", folder / "polygon", settings, options, told, leave)


def schwab_pictures(folder: Path) -> None:
    """One margin account with three positions."""
    clock = SystemClock()
    with FarEnd("schwab_server") as schwab:
        schwab.do("answer", path="/trader/v1/accounts", body=json.dumps(account()), times=100)
        tokens = schwab.do("login")
        now_ms = clock.wall_ms()
        access, refresh = Secret(tokens["access_token"]), Secret(tokens["refresh_token"])
        login = BrokerConnection(access, refresh, now_ms + 1_800_000, now_ms, now_ms).to_secret().reveal()
        options = ("--provider", "schwab", "--rest-url", schwab.rest, "--symbol", "AAPL")
        look = ("--theme", "light", "--size", "1440x900")

        def print_some() -> None:
            for symbol, (_shares, _paid, price, _result) in HELD.items():
                schwab.do("quote", symbol=symbol, bid=price, ask=round(price + 0.02, 2))

        with repeated(print_some):
            settings = Settings(watchlist=[*HELD])
            told = {FAR + "REST": schwab.rest, LOGIN: login}
            desk("schwab", folder / "schwab", settings, (*options, *look), told)


def account() -> list[Mapping[str, Any]]:
    """The answer about accounts, with positions that add up."""
    (found,) = schwab_frames.accounts()
    row = found["securitiesAccount"]
    (like,) = row["positions"]
    row["positions"] = [
        {
            **like, "longQuantity": float(shares), "averagePrice": paid, "marketValue": round(shares * price, 2),
            "currentDayProfitLoss": result, "longOpenProfitLoss": round(shares * (price - paid), 2),
            "instrument": {**like["instrument"], "symbol": symbol},
        }
        for symbol, (shares, paid, price, result) in HELD.items()
    ]  # fmt: skip
    value, cash = sum(position["marketValue"] for position in row["positions"]), 15_120.75
    row["currentBalances"].update(
        longMarketValue=value, cashBalance=cash, liquidationValue=value + cash, marginBalance=0.0
    )
    return [found]


def quarrel_pictures(folder: Path) -> None:
    """Two sources with the same quotes, the second a little later."""
    random = Random(4)
    price = PRICES["AAPL"]
    pause = threading.Event()
    with FarEnd("plain_relay") as relay, FarEnd("polygon_server") as polygon, FarEnd("polygon_rest_server") as rest:

        def quote_both() -> None:
            nonlocal price
            price = round(price + random.choice((-0.02, -0.01, 0.01, 0.02)), 2)
            for end, wait_s in ((relay, LATE_S), (polygon, QUIET_S)):
                end.do("quote", symbol="AAPL", bid=round(price - 0.01, 2), ask=round(price + 0.01, 2))
                end.do("trade", symbol="AAPL", price=price, size=100)
                pause.wait(wait_s)

        settings = Settings(server_url=relay.ws, watchlist=["AAPL"])
        settings.providers["polygon"] = ProviderSettings(server_url=polygon.ws, rest_url=rest.rest)
        options = ("--provider", "relay", "--symbol", "AAPL", "--theme", "dark", "--size", "1600x900")
        with repeated(quote_both):
            desk("quarrel", folder / "quarrel", settings, options, {"POLYGON_API_KEY": "TESTKEY"})


if __name__ == "__main__":
    parts = {"polygon": polygon_pictures, "schwab": schwab_pictures, "quarrel": quarrel_pictures}
    with TemporaryDirectory(prefix="guide") as temporary:
        for part in sys.argv[1:] or parts:
            (Path(temporary) / part).mkdir(mode=0o700)
            parts[part](Path(temporary))

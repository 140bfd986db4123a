"""`live-monitor [OPTIONS]`: reads the command line of the desktop. Imports no Qt, so that a mistake is told at once."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import get_args

from live_monitor.cli import COMMANDS
from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.limits import valid_symbol
from live_monitor.runtime.options import DesktopOptions
from live_monitor.settings import Provider

MIN_SIZE, MAX_SIZE = (640, 480), (7680, 4320)
#: A picture is taken after this many seconds unless --after says otherwise.
DEFAULT_AFTER_S = 8.0
SPEEDS = (0.01, 1000.0)


def run(argv: list[str]) -> int:
    """Opens the desktop and returns its exit code."""
    options = parse(argv)
    from live_monitor.app import run_desktop

    return run_desktop(options)


def parse(argv: list[str]) -> DesktopOptions:
    """The options of one run. Raises SystemExit: 0 after --help, 2 with one line for what cannot be done."""
    parser = _parser()
    given = parser.parse_args(argv)
    problem = _conflict(given)
    if problem:
        parser.error(problem)
    after = given.after
    if after is None and given.screenshot is not None:
        after = DEFAULT_AFTER_S
    return DesktopOptions(
        provider=given.provider or _implied_provider(given),
        symbol=given.symbol,
        server_url=given.server_url,
        rest_url=given.rest_url,
        delayed=given.delayed,
        workbook=given.file,
        sheet=given.sheet,
        cells=given.range,
        replay=given.replay,
        at=given.at,
        speed=given.speed,
        seed=given.seed,
        rate=given.rate,
        faults=given.faults,
        theme=given.theme,
        size=given.size,
        data_dir=given.data_dir,
        screenshot=given.screenshot,
        after=after,
        stats=given.stats,
        platform=given.platform,
    )


def _implied_provider(given: argparse.Namespace) -> Provider | None:
    """A session can only be replayed and an address only be connected to; nobody should have to say it twice."""
    if given.replay is not None:
        return "replay"
    if given.file is not None:
        return "tos_excel"
    if given.delayed is not None:
        return "polygon"
    if given.server_url is not None:
        return "relay"
    if given.seed is not None or given.rate is not None or given.faults is not None:
        return "sim"
    return None


def _conflict(given: argparse.Namespace) -> str:
    """One line about options that cannot go together, with the way out; "" when all is well."""
    provider = given.provider or _implied_provider(given)
    if given.replay is not None and provider != "replay":
        return f"--replay plays a file, --provider {provider} does not: leave one of them out"
    if given.provider == "replay" and given.replay is None:
        return "--provider replay needs the session file: add --replay FILE (made by `live-monitor import`)"
    problem = _misplaced(given, provider)
    if problem:
        return problem
    for option, file in (("--replay", given.replay), ("--file", given.file)):
        if file is not None and not file.is_file():
            return f"{option}: there is no file {file}"
    for option, value in (("--seed", given.seed), ("--rate", given.rate)):
        if value is not None and provider not in ("sim", None):
            return f"{option} belongs to the simulated market; with --provider {provider} leave it out"
    for option, value in (("--at", given.at), ("--speed", given.speed), ("--faults", given.faults)):
        if value is not None and provider not in ("sim", "replay", None):
            return f"{option} is decided by the server; with --provider {provider} leave it out"
    if given.after is not None and given.screenshot is None and given.stats is None:
        return "--after says when to take a picture or to write statistics: add --screenshot FILE or --stats FILE"
    return ""


def _misplaced(given: argparse.Namespace, provider: Provider | None) -> str:
    """One line about an option that says nothing to the provider that is asked for."""
    for option, value, known in (
        ("--server-url", given.server_url, ("relay", "polygon", "schwab")),
        ("--rest-url", given.rest_url, ("polygon", "schwab")),
        ("--delayed", given.delayed, ("polygon",)),
        ("--file", given.file, ("tos_excel",)),
        ("--sheet", given.sheet, ("tos_excel",)),
        ("--range", given.range, ("tos_excel",)),
    ):
        if value is not None and provider not in known:
            asked = f"not {provider}" if provider is not None else "which is not said"
            return f"{option} needs --provider {' or '.join(known)}, {asked}"
    return ""


def _parser() -> OneLineParser:
    commands = "\n".join(f"  live-monitor {name:<8} {what}" for name, _, what in COMMANDS)
    parser = OneLineParser(
        prog="live-monitor",
        description="Opens the Live Monitor desktop; without options on the simulated market.",
        epilog=f"other commands (each with --help):\n{commands}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    data = parser.add_argument_group("market data")
    data.add_argument("--provider", choices=get_args(Provider), help="where prices come from")
    data.add_argument("--symbol", type=_symbol, metavar="S", help="symbol in focus")
    data.add_argument(
        "--server-url", type=_server_url, metavar="URL", help="where prices stream from (alone: --provider relay)"
    )
    data.add_argument("--rest-url", type=_rest_url, metavar="URL", help="where questions to the provider go")
    data.add_argument("--delayed", action="store_true", default=None, help="prices 15 minutes late (polygon)")
    data.add_argument("--file", type=_path, metavar="FILE", help="workbook with quotes (implies --provider tos_excel)")
    data.add_argument("--sheet", metavar="NAME", help="sheet of the workbook")
    data.add_argument("--range", metavar="CELLS", help="cells of the sheet, such as A1:T60")
    data.add_argument("--replay", type=_path, metavar="FILE", help="session file (implies --provider replay)")
    data.add_argument("--at", type=_time_of_day, metavar="HH:MM[:SS]", help="New York time to start at")
    data.add_argument("--speed", type=_speed, metavar="X", help="market seconds per second, or max")
    data.add_argument("--seed", type=_whole, metavar="N", help="seed of the simulated market: same seed, same market")
    data.add_argument("--rate", type=_rate, metavar="N", help="events per second of the simulated market")
    data.add_argument("--faults", metavar="LIST", help="faults to inject, such as gap,late,disconnect")
    window = parser.add_argument_group("window")
    window.add_argument("--theme", choices=("dark", "light"))
    window.add_argument("--size", type=_size, metavar="WxH", help="size of the window, such as 1440x900")
    window.add_argument("--platform", metavar="P", help="Qt platform, such as offscreen, xcb or wayland")
    window.add_argument("--data-dir", type=_path, metavar="D", help="folder for settings and logs")
    measure = parser.add_argument_group("pictures and measures")
    measure.add_argument("--screenshot", type=_path, metavar="FILE", help="write a picture and end; needs no display")
    measure.add_argument("--after", type=_seconds, metavar="SECONDS", help="when (default for a picture: 8)")
    measure.add_argument("--stats", type=_path, metavar="FILE", help="write figures of the run as JSON at its end")
    parser.add_argument("--version", action="version", version=_version())
    return parser


def _version() -> str:
    from live_monitor import __version__

    return f"live-monitor {__version__}"


def _symbol(text: str) -> str:
    symbol = text.strip().upper()
    if not valid_symbol(symbol):
        raise argparse.ArgumentTypeError(f"“{text}” is not a ticker symbol")
    return symbol


def _server_url(text: str) -> str:
    if not re.match(r"wss?://[^\s/]", text):
        raise argparse.ArgumentTypeError("must look like ws://localhost:8200/ws/{client_id}")
    return text


def _rest_url(text: str) -> str:
    if not re.match(r"https?://[^\s/]", text):
        raise argparse.ArgumentTypeError("must look like https://api.example.com")
    return text


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("needs a name")
    # The feed's process and a later save may run in another folder.
    return Path(text).expanduser().absolute()


def _time_of_day(text: str) -> str:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", text)
    if not found:
        raise argparse.ArgumentTypeError(f"“{text}” is not a time of day such as 10:30 or 10:30:00")
    hours, minutes, seconds = found.groups()
    return f"{int(hours):02d}:{minutes}:{seconds or '00'}"


def _speed(text: str) -> str:
    if text == "max":
        return text
    if not SPEEDS[0] <= _number(text) <= SPEEDS[1]:
        raise argparse.ArgumentTypeError(f"must be {SPEEDS[0]:g} to {SPEEDS[1]:g}, or max")
    return text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number") from None


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from 0 up")
    return int(text)


def _rate(text: str) -> float:
    rate = _number(text)
    if not 0.1 <= rate <= 1_000_000:
        raise argparse.ArgumentTypeError("must be 0.1 to 1000000")
    return rate


def _seconds(text: str) -> float:
    seconds = _number(text)
    if not 0 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("must be 0 to 86400")
    return seconds


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,5})[x×](\d{2,5})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"“{text}” is not a size such as 1440x900")
    width, height = int(found[1]), int(found[2])
    if not (MIN_SIZE[0] <= width <= MAX_SIZE[0] and MIN_SIZE[1] <= height <= MAX_SIZE[1]):
        raise argparse.ArgumentTypeError("must be 640x480 to 7680x4320")
    return width, height

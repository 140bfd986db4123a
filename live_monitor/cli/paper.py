"""`live-monitor paper run`: plays a recorded session to a paper account that acts by a list of orders.

Nothing is kept unless asked for. The same session and orders give the same file, byte for byte.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from live_monitor.cli.one_line_parser import OneLineParser
from live_monitor.cli.outputs import STANDARD_OUTPUT, nobody_reads, text_output
from live_monitor.cli.remarks import remarks
from live_monitor.data.models.orders import AccountSettings, RiskLimits
from live_monitor.data.order_script import Act, PlaceLine, read_orders
from live_monitor.engine.market.sessions import us_equities
from live_monitor.engine.paper import setting_rules
from live_monitor.engine.paper.figures import money_words
from live_monitor.errors import LiveMonitorError, SessionFileError, StartError

if TYPE_CHECKING:
    from live_monitor.data.paper_record import Played
    from live_monitor.providers.session_steps import SessionSteps

DEFAULT_CASH = Decimal(100_000)
_LARGEST_CASH = Decimal(10) ** 12
#: Loggers of what `_tell_losses` counts.
_REPORTED = ("live_monitor.limits", "live_monitor.engine.market.conditions", "live_monitor.wire.session_file")
_EPILOG = """\
ORDERS holds one JSON object a line:
  {"at_ms": 1614609000000, "symbol": "XYZ", "side": "BUY", "quantity": 100,
   "order_type": "LMT", "limit_price": 10.05, "client_order_id": "a"}
  {"at_ms": 1614609060000, "action": "replace", "client_order_id": "a", "limit_price": 10.06}
  {"at_ms": 1614609120000, "action": "cancel", "client_order_id": "a"}
A refused order is in OUT with its reason; a line that cannot be understood stops everything before it starts.
"""


def run(argv: list[str]) -> int:
    """Plays and writes. 0 done, 1 the session cannot be read, 2 the orders or the command cannot be followed.

    Raises SystemExit(2) for a bad command line.
    """
    options = parse(argv)
    try:
        with ExitStack() as stack:
            stack.enter_context(remarks("live-monitor paper", reported=_REPORTED))
            _play(options, stack)
    except LiveMonitorError as error:
        print(f"live-monitor paper: {error}", file=sys.stderr)
        return 1 if isinstance(error, SessionFileError) else 2
    except BrokenPipeError:
        nobody_reads()
    except KeyboardInterrupt:
        print("live-monitor paper: stopped; no file was changed", file=sys.stderr)
        return 1
    return 0


# -- command line ------------------------------------------------------------------------------


def parse(argv: list[str]) -> argparse.Namespace:
    """The options of one run, with `settings` of the account. Raises SystemExit: 0 after --help, 2 with one line."""
    parser = OneLineParser(prog="live-monitor paper", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    played = commands.add_parser(
        "run",
        help="play a session with a list of orders",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    played.add_argument("--session", required=True, type=Path, metavar="FILE", help="a session file (.lmsession)")
    played.add_argument("--orders", required=True, type=Path, metavar="ORDERS.jsonl", help="what to do, and when")
    played.add_argument("--fill-model", choices=("simple", "touch", "queue"), default="touch", help="default: touch")
    played.add_argument("--json", required=True, metavar="OUT", help="file to write; - is the standard output")
    played.add_argument(
        "--ledger", type=Path, metavar="FOLDER", help="a new folder for the journal, which `live-monitor ledger` reads"
    )
    _add_account(played)
    options = parser.parse_args(argv)
    _check_output(played, options)
    options.settings = _settings(options)
    problem = setting_rules.problem(options.settings)
    if problem:
        played.error(problem)
    return options


def _add_account(parser: argparse.ArgumentParser) -> None:
    default = AccountSettings()
    parser.add_argument("--cash", type=_cash, default=DEFAULT_CASH, metavar="USD", help="default: 100000")
    parser.add_argument("--costs", choices=("none", "per_share", "us_broker"), default="none", help="default: none")
    parser.add_argument(
        "--per-share", type=_money, default=default.per_share, metavar="USD", help="of --costs per_share: 0.005"
    )
    parser.add_argument(
        "--minimum-fee", type=_money, default=default.minimum_fee, metavar="USD", help="of --costs per_share: 1"
    )
    parser.add_argument("--risk", choices=("on", "off"), default="off", help="the risk limits (default: off)")
    parser.add_argument("--latency", type=_ms, default=0, metavar="MS", help="from placing to working (default: 0)")
    parser.add_argument(
        "--slippage", type=_money, default=Decimal(0), metavar="USD", help="a share, where liquidity is taken"
    )
    parser.add_argument("--quote-age", type=_ms, default=default.max_quote_age_ms, metavar="MS", help="default: 5000")
    parser.add_argument(
        "--no-price", choices=("refuse", "wait"), default="refuse", help="a market order without a usable quote"
    )
    parser.add_argument("--stop-trigger", choices=("last", "quote"), default="last", help="default: last")
    for name, meaning in (
        ("fill-at-touch", "a print at the limit fills a resting order too"),
        ("marketable-only", "the simple model refuses limits that are not marketable"),
        ("partial-arm", "a bracket protects each part of its entry's fill"),
        ("margin", "a margin account"),
        ("allow-short", "shares that are not held may be sold"),
    ):
        parser.add_argument(f"--{name}", action="store_true", help=meaning)


def _settings(options: argparse.Namespace) -> AccountSettings:
    return AccountSettings(
        fill_model=options.fill_model,
        costs=options.costs,
        per_share=options.per_share,
        minimum_fee=options.minimum_fee,
        latency_ms=options.latency,
        slippage=options.slippage,
        max_quote_age_ms=options.quote_age,
        no_price=options.no_price,
        fill_at_touch=options.fill_at_touch,
        stop_trigger=options.stop_trigger,
        marketable_only=options.marketable_only,
        partial_arm=options.partial_arm,
        margin_enabled=options.margin,
        allow_short=options.allow_short,
        risk=RiskLimits(enabled=options.risk == "on"),
    )


def _check_output(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.ledger is not None and options.ledger.exists():
        parser.error(f"{options.ledger} exists already; the journal of a what-if begins in a folder of its own")
    if options.json == STANDARD_OUTPUT or not Path(options.json).exists():
        return
    for file in (options.session, options.orders):
        if file.exists() and file.samefile(options.json):
            parser.error(f"{options.json} is one of the files to read")


def _number(text: str, largest: Decimal) -> Decimal:
    from live_monitor.engine.paper.money import exact

    try:
        number = exact(text)
    except ValueError:
        number = Decimal(-1)
    if not 0 <= number <= largest:
        raise argparse.ArgumentTypeError(f"must be 0 to {largest:,f} in plain digits, not “{text}”")
    return number


def _cash(text: str) -> Decimal:
    found = _number(text, _LARGEST_CASH)
    if found != found.quantize(Decimal("0.01")):
        raise argparse.ArgumentTypeError(f"cash is in whole cents, not “{text}”")
    return found


def _money(text: str) -> Decimal:
    return _number(text, setting_rules.MAX_FEE)


def _ms(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 8):
        raise argparse.ArgumentTypeError(f"must be whole milliseconds, not “{text}”")
    return int(text)


# -- playing -----------------------------------------------------------------------------------


def _play(options: argparse.Namespace, stack: ExitStack) -> None:
    from live_monitor.data.paper_report import report
    from live_monitor.data.paper_run import PaperRun, Terms
    from live_monitor.engine.market.conditions import rules_for
    from live_monitor.engine.paper.receipts import receipt_text

    acts = _acts(options.orders)
    steps = _session(options.session, stack)
    # Only those can matter, and a session may hold thousands.
    symbols = tuple(dict.fromkeys(act.params.symbol.upper() for act in acts if isinstance(act, PlaceLine)))
    terms = Terms(options.cash, options.settings, steps.label, symbols)
    _tell_strangers(acts, steps)
    played = PaperRun(terms, us_equities(), rules_for(steps.provider), steps.start_ms).play(steps, acts)
    _tell_losses(steps)
    if options.ledger is not None:
        _keep(played, options.ledger)
    with text_output(options.json) as stream:
        stream.write(report(played, receipt_text).decode())
    if options.json != STANDARD_OUTPUT:
        print(_summary(options.json, steps, played))


def _acts(path: Path) -> list[Act]:
    try:
        with path.open("rb") as lines:
            return read_orders(lines)
    except OSError as error:
        raise StartError(f"{path} cannot be read: {error.strerror or error}.", "Check the path.") from error


def _session(path: Path, stack: ExitStack) -> SessionSteps:
    from live_monitor.providers.session_steps import SessionSteps
    from live_monitor.wire.session_file import SessionReader

    try:
        return SessionSteps(SessionReader(stack.enter_context(path.open("rb"))))
    except OSError as error:
        raise SessionFileError(f"{path} cannot be opened: {error.strerror or error}.", "Check the path.") from error


def _keep(played: Played, folder: Path) -> None:
    """Writes the journal as the desktop would have, so that the same commands check and export it."""
    from live_monitor.data.stores.ledger_store import FILE_NAME, Ledger

    try:
        folder.mkdir(parents=True)
        ledger = Ledger(folder / FILE_NAME)
    except OSError as error:
        raise StartError(f"{folder} cannot be made: {error.strerror or error}.", "Choose another place.") from error
    try:
        ledger.commit(played.journal)
    finally:
        ledger.close()


def _tell_strangers(acts: list[Act], steps: SessionSteps) -> None:
    """Says which orders can meet no prices; they are placed as they stand."""
    recorded = frozenset(steps.symbols)
    for act in acts:
        if isinstance(act, PlaceLine) and act.params.symbol.upper() not in recorded:
            _say(f"line {act.number}: the session holds no prices of {act.params.symbol[:32]!r}")
    outside = [act.number for act in acts if not steps.start_ms <= act.at_ms <= steps.end_ms]
    if outside:
        shown = ", ".join(map(str, outside[:10])) + (" …" if len(outside) > 10 else "")
        zone = us_equities().to_new_york
        _say(
            f"outside the recording ({zone(steps.start_ms):%Y-%m-%d %H:%M:%S} to {zone(steps.end_ms):%H:%M:%S} "
            f"New York): line {shown}"
        )


def _tell_losses(steps: SessionSteps) -> None:
    if steps.notice:
        _say(steps.notice)
    for reason, count in steps.rejections.by_reason.most_common():
        _say(f"not used: {count:,} × {reason}")


def _say(text: str) -> None:
    print(f"live-monitor paper: {text}", file=sys.stderr)


def _summary(target: str, steps: SessionSteps, played: Played) -> str:
    states: dict[str, int] = {}
    for state in [order.state for order in played.orders] + ["rejected" for one in played.denied if not one.order_id]:
        states[state] = states.get(state, 0) + 1
    counts = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in sorted(states.items()))
    account, total = played.account, sum(states.values())
    lines = [
        f"{target}: {total:,} order{'' if total == 1 else 's'} on {steps.label}" + (f" ({counts})" if counts else ""),
        f"  fills       {len(played.fills):,}, fees {money_words(account.fees)} USD",
        f"  cash        {money_words(account.cash)} USD",
        f"  net liq     {money_words(account.net_liq)} USD, realized {money_words(account.realized)}, "
        f"unrealized {money_words(account.unrealized)}",
        f"  ledger      {played.digest}",
    ]
    lines += [f"  line {number}: known already, answered with {order_id}" for number, order_id in played.repeats]
    return "\n".join(lines)

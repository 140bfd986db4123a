"""Row O6: secrets planted where real ones are, and looked for in all that the program says, writes and starts."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import io
import logging
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live_monitor.clock import ManualClock, SystemClock
from live_monitor.data.redis_client import open_redis
from live_monitor.errors import FeedError
from live_monitor.log import start_logging, stop_logging
from live_monitor.providers.schwab_auth import BrokerConnection, LoginFlow, SchwabApp, SchwabTokens, TokenEndpoint
from live_monitor.runtime.problems import ProblemBook
from live_monitor.secrets import SCHWAB_CONNECTION, Secret, SecretStore
from tests.canaries import Canaries
from tests.fakes import schwab_frames
from tests.fakes.far_end import FarEnd
from tests.fakes.ledger_story import a_ledger
from tests.fakes.redis_server import RedisServer
from tests.fakes.schwab_login import APP_KEY, APP_SECRET
from tests.providers.login_browser import free_port, listening, logs_in, request, send
from tests.providers.quote_sheet import save
from tests.secrets.key_stores import FailingKeyring, GoodKeyring

#: What the fakes of Schwab give and expect, as planted secrets.
SCHWAB = {
    "app key": APP_KEY,
    "app secret": APP_SECRET,
    "access token": "FAKEACCESS",
    "refresh token": "FAKEREFRESH",
    "id token": "FAKEIDTOKEN",
    "code": "C0.FAKECODE",
    "account number": schwab_frames.ACCOUNT,
}
#: The one file that holds secrets because its owner chose so.
CHOSEN = "secrets.json"


@pytest.fixture
def everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, io.StringIO]]:
    """A log of all levels, of everybody, to a file and to the console."""
    console = io.StringIO()
    monkeypatch.setattr(sys, "stderr", console)
    root = logging.getLogger()
    level, levels = root.level, {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "asyncio")}
    door = start_logging(tmp_path / "logs", console_level=logging.DEBUG)
    root.setLevel(logging.DEBUG)
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield tmp_path / "logs", console
    stop_logging(door)
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.raiseExceptions = True


def test_o6_a_log_in_with_everything_that_goes_wrong_says_no_secret_at_any_level(
    everything: tuple[Path, io.StringIO], tmp_path: Path
) -> None:
    """Logs in by pasting and by listening, renews, meets each fault; looks at what is logged, raised and printed."""
    canaries = Canaries(SCHWAB)
    shown: list[str] = []
    logger = logging.getLogger("live_monitor.test")

    def show(*things: object) -> None:
        shown.extend(f"{thing} {thing!r}" for thing in things)
        logger.critical("%s %r", things, things)

    async def live(rest: str, far: FarEnd) -> None:
        clock, keyring = ManualClock(), GoodKeyring()
        store = SecretStore(
            {"SCHWAB_APP_KEY": APP_KEY, "SCHWAB_APP_SECRET": APP_SECRET}, tmp_path / "home", keyring=lambda: keyring
        )
        port = free_port()
        app = SchwabApp(Secret(APP_KEY), Secret(APP_SECRET), f"https://127.0.0.1:{port}")
        flow = LoginFlow(app, store, clock, tmp_path / "home", endpoint=TokenEndpoint(rest, timeout_s=0.5))
        show(app, flow, await flow.accept_redirect(await logs_in(flow.start())), flow.kept)
        address = flow.start()
        waiting = asyncio.create_task(flow.listen())
        await listening(port)
        back = await logs_in(address)
        show(waiting, await send(port, request(back.replace("state=", "state=A"))))
        show(await send(port, request(back)), await waiting)
        tokens = SchwabTokens(store, clock, endpoint=TokenEndpoint(rest, timeout_s=0.5))
        refused = await tokens.renewed(await tokens.access())
        show(refused, tokens, tokens.connection, tokens.notice, store, store.notice, vars(store), vars(tokens))
        for how in ("server_error", "html", "huge", "slow", "odd_token", "other_refusal", "too_many", "invalid_grant"):
            far.do("answer", how=how)
            clock.advance(4000)
            try:
                await tokens.renewed(refused)
            except FeedError as problem:
                show(problem, problem.args, problem.__context__, problem.__cause__)
                shown.extend(traceback.format_exception(problem))
                logger.exception("failed")
        broken = SecretStore({}, tmp_path / "home", keyring=FailingKeyring)
        show(broken.put(SCHWAB_CONNECTION, Secret("FAKEREFRESH-and-more")), broken.notice)

    with FarEnd("schwab_login_server") as far, asyncio.Runner(debug=True) as runner:
        runner.run(live(far.rest, far))
    folder, console = everything
    text = (folder / "live-monitor.log").read_text(encoding="utf-8")
    assert "schwab" in text
    assert "httpcore" in text, "the log of what lies below is in it"
    assert canaries.found_in("\n".join(shown)) == []
    assert canaries.found_in(console.getvalue()) == []
    assert canaries.found_below(tmp_path) == []


def test_o6_every_level_exception_and_address_leaves_the_log_without_its_secret(
    everything: tuple[Path, io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    canaries = Canaries()
    for text in canaries.planted.values():
        Secret(text)
    logger = logging.getLogger("somebody.else")
    for name, text in canaries.planted.items():
        for level in range(logging.DEBUG, logging.CRITICAL + 1, 10):
            logger.log(level, f"{name} {level}: {text} %s %r", text, {"a": [text]})
        with contextlib.suppress(ValueError):
            try:
                raise RuntimeError(text)
            except RuntimeError as problem:
                logger.exception(name)
                raise ValueError(f"https://x.test/a?apiKey={text}") from problem
    folder, console = everything
    assert canaries.found_in(console.getvalue()) == []
    assert canaries.found_below(folder) == []
    assert "polygon key" in console.getvalue()


def test_o6_crash_reports_hold_neither_secrets_nor_locals(tmp_path: Path) -> None:
    canaries = Canaries()
    book = ProblemBook(SystemClock())
    secret = Secret(canaries["access token"])

    def crash() -> None:
        unregistered_local = "CnryLocal" + str(len(sys.argv))
        raise RuntimeError(f"it was {secret.reveal()}, {len(unregistered_local)}")

    with pytest.raises(RuntimeError) as caught:
        crash()
    problem = book.note(caught.type, caught.value, caught.value.__traceback__, "slot")
    assert problem is not None
    report = f"{problem} {problem.title} {problem.detail}"
    assert "in crash" in report
    assert canaries.found_in(report) == []
    assert "CnryLocal1" not in report
    with tempfile.TemporaryFile() as file:
        hidden = [canaries[name] for name in canaries.planted]
        faulthandler.dump_traceback(file, all_threads=True)
        file.seek(0)
        dump = file.read()
    assert len(hidden) == len(canaries.planted)
    assert b"test_o6_crash_reports" in dump
    assert canaries.found_in(dump) == []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder whose owner keeps the secrets in a plain file."""
    folder = tmp_path / "home"
    store = SecretStore({}, folder, keyring=FailingKeyring)
    for name, planted in (("polygon.api_key", "polygon key"), ("schwab.connection", "refresh token")):
        store.put(name, Secret(Canaries()[planted]), plaintext=True)
    return folder


@pytest.mark.parametrize("arguments", [["doctor", "--json"], ["doctor"], ["--version"], ["--help"]])
def test_o6_commands_print_no_secret_of_environment_or_file(home: Path, arguments: list[str]) -> None:
    canaries = Canaries()
    where = [] if arguments[0].startswith("--") else ["--data-dir", str(home)]
    ran = canaries.run(*arguments, *where)
    assert len(ran.said) > 10
    assert canaries.found_in(ran.said) == []
    assert canaries.found_below(home, but=[CHOSEN]) == []


def test_o6_exports_of_the_ledger_hold_no_secret(home: Path) -> None:
    canaries = Canaries()
    a_ledger(home / "paper", 9).close()
    for arguments in (["--csv", "-"], ["--xlsx", str(home / "ledger.xlsx")], ["--table", "journal"]):
        ran = canaries.run("ledger", "export", "--data-dir", str(home), *arguments)
        assert ran.code == 0, ran.said
        assert canaries.found_in(ran.said) == []
    assert (home / "ledger.xlsx").is_file()
    assert canaries.found_below(home, but=[CHOSEN]) == []


def test_o6_what_goes_through_redis_holds_no_secret(home: Path, tmp_path: Path) -> None:
    canaries = Canaries()
    workbook = save(tmp_path / "quotes.xlsx")
    with RedisServer() as server, open_redis(server.url) as client, client.pubsub() as heard:
        heard.psubscribe("*")
        assert heard.get_message(timeout=5.0)["type"] == "psubscribe"
        where = ["--redis", server.url, "--data-dir", str(home)]
        published: list[Any] = []
        said = ""
        # On a busy machine the mirror may have given up its first attempt, and `--once` makes only one.
        for _ in range(5):
            ran = canaries.run("poll-tos-excel", "--file", str(workbook), "--once", *where)
            assert ran.code == 0, ran.said
            said += ran.said
            while (message := heard.get_message(timeout=1.0)) is not None:
                published.append(message)
            if published:
                break
        kept = [(key, client.dump(key)) for key in client.keys("*")]
    assert len(published) >= 2
    assert canaries.found_in(published) == []
    assert canaries.found_in(kept) == []
    assert canaries.found_in(said) == []


def test_o6_a_watched_polygon_stream_says_no_key(home: Path) -> None:
    canaries = Canaries()
    where = ["--data-dir", str(home), "--seconds", "2", "--provider", "polygon", "--rest-url", "http://127.0.0.1:9"]
    for key in (canaries["polygon key"], "another"):
        with FarEnd("polygon_server", "--key", key) as far:
            ran = canaries.run("watch", "--jsonl", "--server-url", far.ws, *where)
            assert far.seen()["connections"] >= 1
        assert "state" in ran.said
        assert canaries.found_in(ran.said) == []
    assert canaries.found_below(home, but=[CHOSEN]) == []


def test_o6_a_watched_schwab_stream_and_a_desktop_say_no_token_and_no_account(tmp_path: Path) -> None:
    canaries, clock = Canaries(SCHWAB), SystemClock()
    environ = canaries.environ(SCHWAB_APP_KEY=APP_KEY, SCHWAB_APP_SECRET=APP_SECRET)
    store = SecretStore({}, tmp_path, keyring=FailingKeyring)
    with FarEnd("schwab_server") as far:
        given, now = far.do("login"), clock.wall_ms()
        # Due at once, so that it is renewed and kept.
        store.put(
            SCHWAB_CONNECTION,
            BrokerConnection(
                Secret(given["access_token"]), Secret(given["refresh_token"]), now + 1000, now, now - 1_799_000
            ).to_secret(),
            plaintext=True,
        )
        where = ["--provider", "schwab", "--rest-url", far.rest, "--server-url", far.ws, "--data-dir", str(tmp_path)]
        watched = canaries.run("watch", "--jsonl", "--seconds", "3", *where, environ=environ)
        assert len(far.seen()["renewals"]) == 1, watched.said
        picture = [
            "--screenshot",
            str(tmp_path / "desktop.png"),
            "--after",
            "4",
            "--stats",
            str(tmp_path / "stats.json"),
        ]
        shown = canaries.run(*where, *picture, environ=environ)
        assert str(far.seen()["questions"]).count("userPreference") >= 2, shown.said
    assert canaries.found_in(watched.said) == []
    assert canaries.found_in(shown.said) == []
    assert (tmp_path / "desktop.png").is_file()
    assert canaries.found_below(tmp_path, but=[CHOSEN]) == []
    kept = store.get(SCHWAB_CONNECTION)
    assert kept is not None
    assert given["access_token"] not in kept.reveal(), "the renewed tokens were kept"

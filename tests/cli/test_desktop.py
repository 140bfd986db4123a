"""The desktop's command line: what is understood, implied, and refused in one helpful line."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_monitor.cli.desktop import DEFAULT_AFTER_S, parse
from live_monitor.data.models.providers import ProviderChoice
from live_monitor.runtime.options import DesktopOptions, choice_of, provider_of, second_of
from live_monitor.settings import Provider, ProviderSettings, Settings


@pytest.fixture
def session(tmp_path: Path) -> str:
    path = tmp_path / "a.lmsession"
    path.write_bytes(b"")
    return str(path)


def test_nothing_said_is_nothing_decided() -> None:
    assert parse([]) == DesktopOptions()


def test_everything_is_understood(session: str, tmp_path: Path) -> None:
    line = f"--replay {session} --symbol brk.b --at 9:35 --speed max --theme light --size 1024x700 --platform offscreen"
    options = parse([*line.split(), "--data-dir", str(tmp_path), "--stats", "a.json", "--after", "2.5"])
    assert options.provider == "replay"
    assert options.replay == Path(session)
    assert (options.symbol, options.at, options.speed, options.theme) == ("BRK.B", "09:35:00", "max", "light")
    assert (options.size, options.after, options.platform) == ((1024, 700), 2.5, "offscreen")
    assert options.stats is not None
    assert options.stats.is_absolute()
    assert options.takes_measure


def test_a_server_a_file_or_a_seed_say_which_provider(session: str) -> None:
    assert parse(["--server-url", "ws://localhost:1/x"]).provider == "relay"
    assert parse(["--replay", session]).provider == "replay"
    assert parse(["--seed", "5"]).provider == "sim"
    assert parse([]).provider is None


def test_addresses_of_a_vendor_and_a_workbook_reach_the_options(session: str) -> None:
    polygon = parse(["--provider", "polygon", "--server-url", "wss://x/stocks", "--rest-url", "https://y", "--delayed"])
    assert (polygon.provider, polygon.server_url, polygon.rest_url) == ("polygon", "wss://x/stocks", "https://y")
    assert polygon.delayed is True
    assert parse(["--delayed"]).provider == "polygon"
    excel = parse(["--file", session, "--sheet", "Quotes", "--range", "A1:F9"])
    assert (excel.provider, str(excel.workbook), excel.sheet, excel.cells) == ("tos_excel", session, "Quotes", "A1:F9")


def test_what_the_command_line_says_counts_for_the_first_provider_only() -> None:
    settings = Settings(second_provider="schwab")
    settings.providers["polygon"] = ProviderSettings(rest_url="https://kept", delayed=True)
    said = DesktopOptions(provider="polygon", server_url="wss://said")
    first = choice_of("polygon", said, settings)
    assert (first.server_url, first.rest_url, first.delayed) == ("wss://said", "https://kept", True)
    assert choice_of("schwab", None, settings) == ProviderChoice(provider="schwab")
    assert choice_of("relay", None, settings).server_url == settings.server_url


@pytest.mark.parametrize(("first", "second"), [("polygon", "schwab"), ("sim", ""), ("replay", ""), ("schwab", "")])
def test_nothing_stands_in_for_what_is_simulated_nor_for_itself(first: Provider, second: str) -> None:
    assert second_of(first, Settings(second_provider="schwab")) == second


def test_a_picture_has_a_time_of_its_own() -> None:
    assert parse(["--screenshot", "a.png"]).after == DEFAULT_AFTER_S
    assert parse(["--stats", "a.json"]).after is None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--provider replay", "add --replay FILE"),
        ("--replay missing.lmsession", "there is no file"),
        ("--provider sim --replay SESSION", "--replay plays a file"),
        ("--provider sim --server-url ws://x/y", "--server-url needs --provider relay"),
        ("--provider relay --seed 3", "--seed belongs to the simulated market"),
        ("--replay SESSION --rate 3", "--rate belongs to the simulated market"),
        ("--provider relay --speed 2", "--speed is decided by the server"),
        ("--provider relay --at 10:00", "--at is decided by the server"),
        ("--provider sim --rest-url https://x", "--rest-url needs --provider polygon or schwab, not sim"),
        ("--rest-url https://x", "--rest-url needs --provider polygon or schwab, which is not said"),
        ("--provider schwab --delayed", "--delayed needs --provider polygon, not schwab"),
        ("--provider polygon --file SESSION", "--file needs --provider tos_excel, not polygon"),
        ("--sheet Quotes", "--sheet needs --provider tos_excel"),
        ("--file missing.xlsx", "there is no file"),
        ("--provider polygon --speed 2", "--speed is decided by the server"),
        ("--provider polygon --rest-url ftp://x", "must look like https://"),
        ("--after 3", "add --screenshot FILE or --stats FILE"),
        ("--symbol ../../x", "not a ticker symbol"),
        ("--at 25:00", "not a time of day"),
        ("--size 10x10", "640x480 to 7680x4320"),
        ("--size big", "not a size such as 1440x900"),
        ("--speed 0", "0.01 to 1000, or max"),
        ("--speed nan", "0.01 to 1000, or max"),
        ("--rate -5", "0.1 to 1000000"),
        ("--seed -1", "not a whole number"),
        ("--server-url http://x", "must look like ws://"),
        ("--theme pink", "invalid choice"),
        ("--sym AAPL", "unrecognized arguments"),
        ("--after soon --stats a", "not a number"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    line: str, says: str, session: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(line.replace("SESSION", session).split())
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_the_last_provider_is_used_again_but_a_replay_needs_its_file() -> None:
    assert provider_of(DesktopOptions(), Settings(provider="relay")) == "relay"
    assert provider_of(DesktopOptions(), Settings(provider="replay")) == "sim"
    assert provider_of(DesktopOptions(provider="replay"), Settings()) == "replay"

"""The log keeps secrets out, storms small, and itself alive."""

from __future__ import annotations

import io
import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from live_monitor import log
from live_monitor.log import RateLimit, RedactingFormatter, Redactor, start_logging, stop_logging


@pytest.fixture
def log_folder(tmp_path: Path) -> Iterator[Path]:
    """A started log without a console; the root logger is as before afterwards."""
    root = logging.getLogger()
    level = root.level
    door = start_logging(tmp_path / "logs", console_level=logging.CRITICAL + 1)
    yield tmp_path / "logs"
    stop_logging(door)
    root.setLevel(level)
    logging.raiseExceptions = True


def written(folder: Path) -> str:
    return (folder / "live-monitor.log").read_text(encoding="utf-8")


def record(message: str = "m", created: float = 0.0, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("x", logging.ERROR, __file__, 1, message, None, None)
    made.created = created
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_lines_go_to_a_private_file(log_folder: Path) -> None:
    logging.getLogger("live_monitor.test").info("hello %s", "there")
    assert "live_monitor.test: hello there" in written(log_folder)
    assert stat.S_IMODE((log_folder / "live-monitor.log").stat().st_mode) == 0o600


def test_o6_canary_secrets_appear_nowhere(log_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "redact", Redactor())
    canary = "CANARY-7f3a9c"
    log.redact.register(canary)
    logger = logging.getLogger("live_monitor.secrets")
    for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        logger.log(level, "plain %s", canary)
    logger.info("in a dict %r", {"key": canary})
    logger.info("url wss://x/ws?apiKey=QQQQ-1111&b=2")
    logger.info("url wss://me:QQQQ-0000@feed.test/ws")
    logger.info("header Authorization: Bearer QQQQ-2222-abcdef")
    logger.info('json {"access_token": "QQQQ-3333", "client_secret":"QQQQ-4444"}')
    logger.info("callback https://127.0.0.1/?code=QQQQ-5555&state=QQQQ-6666")
    try:
        raise ValueError(f"password=QQQQ-7777 and {canary}")
    except ValueError:
        logger.exception("failed")
    text = written(log_folder)
    assert "failed" in text
    assert canary not in text
    assert "QQQQ" not in text


def test_innocent_words_stay() -> None:
    text = "connection state: retrying, exit code: 1234567, provider=simulated, AAPL 123.4567"
    assert Redactor()(text) == text


def test_control_characters_and_lone_surrogates_cannot_hide_text() -> None:
    text = RedactingFormatter("%(message)s").format(record("a\x1b[2Jb\u202ec\ud800d"))
    assert text.isprintable()
    assert text.encode("utf-8")


def test_an_endless_message_is_cut() -> None:
    assert len(RedactingFormatter("%(message)s").format(record("x" * 10**6))) < 20_000


def test_a_cause_that_repeats_is_counted_instead_of_written() -> None:
    limit = RateLimit(burst=3, window_s=60.0)
    assert [limit.filter(record(created=second)) for second in range(6)] == [True, True, True, False, False, False]
    later = record(created=61.0)
    assert limit.filter(later)
    assert "3 more like it" in later.getMessage()


def test_causes_do_not_silence_one_another() -> None:
    limit = RateLimit(burst=1)
    assert limit.filter(record("one"))
    assert not limit.filter(record("one"))
    assert limit.filter(record("two"))


def test_exceptions_of_different_lines_are_different_causes() -> None:
    limit = RateLimit(burst=1)
    passed = []
    for number in range(4):
        try:
            if number % 2:
                raise ValueError(number)
            raise ValueError(number)
        except ValueError:
            passed.append(limit.filter(record(exc_info=sys.exc_info())))
    assert passed == [True, True, False, False]


def test_a_clock_that_was_set_back_does_not_silence_a_cause() -> None:
    limit = RateLimit(burst=1)
    assert limit.filter(record(created=10_000.0))
    assert limit.filter(record(created=0.0))


def test_causes_are_bounded() -> None:
    limit = RateLimit(burst=1)
    for number in range(log.MAX_CAUSES * 3):
        limit.filter(record(f"cause {number}"))
    assert len(limit._causes) == log.MAX_CAUSES


def test_p11_all_files_together_stay_below_50_mb() -> None:
    assert log.LOG_FILE_BYTES * log.LOG_FILES <= 50e6


def test_p11_a_flood_of_different_messages_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LOG_FILE_BYTES", 10_000)
    door = start_logging(tmp_path, console_level=logging.CRITICAL + 1)
    for number in range(3_000):
        logging.getLogger("flood").warning("cause %d" % number)  # noqa: UP031 - each its own cause
    stop_logging(door)
    logging.raiseExceptions = True
    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    assert len(sizes) == log.LOG_FILES
    assert sum(sizes) <= 10_000 * log.LOG_FILES


@pytest.mark.parametrize("stream", [None, "closed"])
def test_a_console_that_is_missing_or_closed_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: str | None
) -> None:
    console = None if stream is None else io.StringIO()
    monkeypatch.setattr(sys, "stderr", console)
    door = start_logging(tmp_path)
    if console is not None:
        console.close()
    logging.getLogger("x").error("still written")
    stop_logging(door)
    logging.raiseExceptions = True
    assert "still written" in written(tmp_path)


def test_p4_a_log_that_cannot_be_written_is_a_notice(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    door = start_logging(tmp_path / "file", console_level=logging.CRITICAL + 1)
    stop_logging(door)
    logging.raiseExceptions = True
    assert door.notice.startswith("No log is written")

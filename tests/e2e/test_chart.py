"""The chart of the real desktop on the simulated market: what is kept over a restart, and how it scrolls back."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.conftest import StartDesktop

MARKET = ("--seed", "7", "--size", "1440x900")


def told(start_desktop: StartDesktop, scene: str) -> Any:
    """What a scene says; the desktop has ended well after it."""
    desktop = start_desktop(scene, *MARKET, subject="chart_subject")
    words = json.loads(desktop.line("TOLD"))
    assert desktop.ended()[0] == 0, desktop.errors()
    assert "Traceback" not in desktop.errors() + desktop.log()
    return words


def test_everything_on_the_chart_is_there_again_after_a_restart(start_desktop: StartDesktop) -> None:
    made = told(start_desktop, "arrange")
    assert {name: made[name] for name in ("kind", "scale", "length", "studies", "compared", "magnet")} == {
        "kind": "heikin_ashi", "scale": "log", "length": "5m",
        "studies": ["Vol avg 20", "BB 20 2", "RSI 14", "MACD 12 26 9"], "compared": "MSFT", "magnet": True,
    }  # fmt: skip
    assert (made["volume"], made["local_time"]) == (False, True)
    assert list(made["heights"]) == ["rsi-1"]
    assert [(kind, text, len(anchors)) for kind, text, anchors in made["drawings"]] == [
        ("trend", "", 2), ("text", "here", 1), ("horizontal", "", 1),
    ]  # fmt: skip
    assert [symbol for symbol, _, _ in made["alerts"]] == ["AAPL"]
    assert told(start_desktop, "look") == made


def test_pages_of_older_bars_move_nothing_and_an_old_drawing_stays_on_its_bars(start_desktop: StartDesktop) -> None:
    first = told(start_desktop, "scroll back")
    assert first["moves"] == [False] * 4
    assert first["bars"] == sorted(set(first["bars"]))
    assert first["anchors"]
    # Months away from it and after a restart it is found again where it was drawn.
    again = told(start_desktop, "scroll back")
    assert again["moves"] == [False] * 4
    assert again["ends"] == first["ends"]

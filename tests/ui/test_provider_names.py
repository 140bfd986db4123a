"""Sources of prices in plain words."""

from __future__ import annotations

import pytest

from live_monitor.ui.provider_names import source_name


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("SIMULATED", "Simulated"),
        ("POLYGON", "Polygon"),
        ("POLYGON · 15 min delayed", "Polygon · 15 min delayed"),
        ("SCHWAB", "Schwab"),
        ("REPLAY 2021-03-01", "Replay 2021-03-01"),
        ("relay-localhost-8200", "Relay server"),
        ("script", "Script"),
        ("<b>odd</b>", "<b>odd</b>"),
        ("", ""),
    ],
)
def test_a_source_is_named_as_people_name_it(source: str, name: str) -> None:
    assert source_name(source) == name

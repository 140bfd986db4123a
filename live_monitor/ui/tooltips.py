"""Tooltips for text from outside: Qt guesses markup, so the text is escaped and the guess settled (faults M13)."""

from __future__ import annotations

import html


def plain_tooltip(text: str) -> str:
    """`text` as a tooltip that shows every character as it is; empty stays empty (no tooltip)."""
    return f"<qt>{html.escape(text)}</qt>" if text else ""

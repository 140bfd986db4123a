"""Tooltips for text from outside: Qt guesses markup, so the text is escaped and the guess settled (faults M13)."""

from __future__ import annotations

import html


def plain_tooltip(text: str) -> str:
    """`text` as a tooltip that shows every character as it is, line by line; empty stays empty (no tooltip)."""
    if not text:
        return ""
    lines = html.escape(text).replace("\n", "<br>")
    return f"<qt>{lines}</qt>"

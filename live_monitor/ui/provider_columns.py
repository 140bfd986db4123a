"""Columns of the table of providers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from live_monitor.data.models.providers import ProviderStatus
from live_monitor.ui.number_format import DASH
from live_monitor.ui.provider_names import link_words
from live_monitor.ui.provider_view import ROLE_WORDS
from live_monitor.ui.row_model import Column

#: Seconds of silence after which a provider that is connected looks late, and after which it looks dead.
LATE_S: Final = 15.0
SILENT_S: Final = 60.0
_ROLE_ORDER: Final = {"primary": 0.0, "second": 1.0, "beside": 2.0}


class ProviderRow(NamedTuple):
    """How a provider is doing, and how many seconds ago it said anything; −1 while it never did."""

    status: ProviderStatus
    age_s: int


def row_of(status: ProviderStatus, now: float) -> ProviderRow:
    """The row at monotonic second `now`."""
    return ProviderRow(status, int(max(0.0, now - status.heard)) if status.heard > 0 else -1)


def key_of(row: ProviderRow) -> str:
    """Names a row for good."""
    return f"{row.status.provider} {row.status.role}"


def mark_of(row: ProviderRow) -> Hashable:
    """What of a row can change."""
    return (row.status, row.age_s)


def age_text(age_s: int) -> str:
    """`now`, `12 s`, `3 min`, `2 h`; a dash before the first message."""
    if age_s < 0:
        return DASH
    if age_s < 1:
        return "now"
    if age_s < 120:
        return f"{age_s} s"
    return f"{age_s // 60} min" if age_s < 7_200 else f"{age_s // 3_600} h"


def age_role(row: ProviderRow) -> str:
    """What is late is dimmed; what is silent, or comes over no link, is grey."""
    if row.status.link.state != "live" or row.age_s < 0 or row.age_s >= SILENT_S:
        return "stale"
    return "muted" if row.age_s >= LATE_S else "text"


def state_text(row: ProviderRow) -> str:
    """The state of the link in words."""
    link = row.status.link
    word = link_words(link.state)[0]
    if link.state == "retrying" and link.retry_in_s >= 1:
        return f"{word} in {round(link.retry_in_s)} s"
    if link.state == "live" and row.age_s >= SILENT_S:
        return "connected, silent"
    return word


def state_role(row: ProviderRow) -> str:
    """Colour role of the state: a silent provider has nothing green about it."""
    role = link_words(row.status.link.state)[1]
    return "warning" if role == "up" and row.age_s >= SILENT_S else role


def told_by(row: ProviderRow) -> str:
    """Why it is not connected and what to do, else what its server said last; plain text from outside."""
    link = row.status.link
    trouble = f"{link.message} {link.remedy}".strip() if link.state != "live" else ""
    return trouble or row.status.said


def provider_columns() -> Sequence[Column[ProviderRow]]:
    """From left to right."""
    return (
        Column(
            "Provider",
            lambda row: row.status.title,
            lambda row: (_ROLE_ORDER[row.status.role], 0.0),
            width=112,
            bold=True,
        ),
        Column(
            "Role",
            lambda row: ROLE_WORDS[row.status.role],
            lambda row: ROLE_WORDS[row.status.role],
            lambda _row: "muted",
            width=72,
            hint="The second takes over when the first one fails; what runs beside is only compared.",
        ),
        Column(
            "In use",
            lambda row: "● shown" if row.status.in_use else DASH,
            lambda row: float(row.status.in_use),
            lambda row: "accent" if row.status.in_use else "muted",
            width=80,
            hint="What the desktop shows comes from this one.",
        ),
        Column("State", state_text, state_text, state_role, width=150, live=True),
        Column(
            "Plan or delay",
            lambda row: row.status.plan or DASH,
            lambda row: row.status.plan,
            lambda _row: "muted",
            width=136,
        ),
        Column(
            "Last message",
            lambda row: age_text(row.age_s),
            lambda row: float(row.age_s),
            age_role,
            numeric=True,
            width=96,
            live=True,
            hint="How long ago anything came from it.",
        ),
        Column(
            "Reconnects",
            lambda row: f"{row.status.reconnects:,}",
            lambda row: float(row.status.reconnects),
            lambda row: "warning" if row.status.reconnects else "text",
            numeric=True,
            width=84,
            live=True,
        ),
        Column("Its server says", told_by, told_by, lambda _row: "muted", width=250, live=True),
    )

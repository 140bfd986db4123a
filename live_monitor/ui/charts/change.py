"""How much of the picture a change concerns. No Qt."""

from __future__ import annotations

import enum


class Change(enum.IntEnum):
    """How much has to be painted again."""

    NOTHING = 0
    LAST_BAR = 1
    EVERYTHING = 2

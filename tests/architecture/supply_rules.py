"""What must not be in the tree, and what must be in the locks; pure functions from a file's text to its findings."""

from __future__ import annotations

import math
import re
from collections import Counter

#: Keys whose form their makers chose so that they can be found.
_KNOWN = re.compile(
    r"""-----BEGIN\ (?:[A-Z]+\ )*PRIVATE\ KEY-----
    |\b(?:AKIA|ASIA)[0-9A-Z]{16}\b
    |\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60,}
    |\bxox[abprs]-[0-9A-Za-z-]{20,}
    |\bAIza[0-9A-Za-z_-]{35}\b
    |\bsk_live_[0-9A-Za-z]{20,}
    |\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
    |\b[CI]0\.[A-Za-z0-9+/_-]{24,}[A-Za-z0-9+/_.=-]*(?:@|%40)""",
    re.VERBOSE,
)
#: A telling name with a value behind it that is long and mixed.
_NAMED = re.compile(
    r"""(?ix) (?:key|token|secret|passw(?:or)?d|pwd|authorization)\w* ["']?\s*[=:]\s*["'`]? ([A-Za-z0-9+/_=.-]{20,})"""
)
#: Values of tests say that they are none.
_INNOCENT = re.compile(
    r"(?i)canary|cnry|fake|test|example|sample|qqqq|xxxx|abcdef|12345|\.[a-z_]+\.|^[a-z_.]+$|^[A-Z_.]+$"
)
_BITS = 3.6

_PACKAGE = re.compile(r"^[A-Za-z0-9._-]+==\S+", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def secret_like(text: str) -> list[str]:
    """Lines that hold what looks like a real key or token; the finding does not repeat it."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        named = (match[1] for match in _NAMED.finditer(line))
        if _KNOWN.search(line) or any(bits(value) >= _BITS and not _INNOCENT.search(value) for value in named):
            found.append(f"{number}: looks like a key")
    return found


def bits(text: str) -> float:
    """Shannon's entropy for each character."""
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values()) if text else 0.0


def unhashed(lock: str) -> list[str]:
    """Packages of a lock that any file of that name and version would pass for; `script/lock` checks all else."""
    blocks = re.split(r"\n(?! )", lock.strip())
    return [block.split()[0] for block in blocks if not (_PACKAGE.match(block) and _HASH.search(block))]

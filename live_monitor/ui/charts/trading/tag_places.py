"""Where tags stand so that none covers another, each as near to its line as that allows. Pure, no Qt."""

from __future__ import annotations

from collections.abc import Sequence


def spread(rows: Sequence[int], height: int, top: int, bottom: int) -> list[int]:
    """Middles of tags of `height` pixels for lines at `rows`, in the same order; between `top` and `bottom`.

    Those that would overlap move apart about the middle of where they want to be, which moves all of them least. Where
    there are more than fit, they overlap evenly.
    """
    if not rows:
        return []
    half = height // 2
    first, last = top + half, max(top + half, bottom - (height - half))
    step = min(float(height), (last - first) / max(1, len(rows) - 1)) if len(rows) > 1 else float(height)
    order = sorted(range(len(rows)), key=lambda index: rows[index])
    # Each less its place in the row: then "not closer than a step" is "not falling", which neighbours agree on by mean.
    wanted = [rows[index] - place * step for place, index in enumerate(order)]
    blocks: list[tuple[float, int]] = []
    for want in wanted:
        mean, count = want, 1
        while blocks and blocks[-1][0] > mean:
            before, more = blocks.pop()
            mean, count = (before * more + mean * count) / (more + count), more + count
        blocks.append((mean, count))
    room = last - step * (len(rows) - 1)
    middles = [0] * len(rows)
    place = 0
    for mean, count in blocks:
        held = max(float(first), min(mean, room))
        for _ in range(count):
            middles[order[place]] = round(held + place * step)
            place += 1
    return middles

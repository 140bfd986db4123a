"""`tick`: socket → decoded, validated, folded state on the main thread, in µs of CPU per event over both threads.

The generator writes as fast as the reader reads (our reader holds it back instead of leaving events out). Each figure
is a fresh process, so that no design profits from what another left behind.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.child import Child
from bench.hand_over import hand_over
from bench.rows import Row, Size, cost, interleave

SYMBOL = "AAPL"
EVENTS = 300_000
#: The naive design keeps every event that waits as a dict, in memory.
NAIVE_EVENTS = 100_000
PEERS = {"naive": "naive", "websockets alone": "websockets", "websockets and msgspec": "decoded"}


def socket_to_state(design: str, per_frame: int, events: int, rate: float = 0.0) -> float:
    """µs of CPU per event. `rate` 0: as fast as it reads."""
    amount = str(events / rate if rate else events)
    options = ["--rate", str(rate), "--seconds", amount, "--per-frame", str(per_frame), "--symbols", SYMBOL]
    with Child("bench.generator", *options, "--pace", "realtime" if rate else "max") as generator:
        port = generator.said("port")["port"]
        wanted = events // max(1, per_frame) * max(1, per_frame)
        with Child("bench.tick_subject", design, f"ws://127.0.0.1:{port}/ws/bench", SYMBOL, str(wanted)) as subject:
            found = subject.said("events")
    return float(found["cpu_s"] / found["events"] * 1e6)


def run(size: Size) -> Iterator[Row]:
    """Rows in µs per event."""
    for per_frame, label in ((10, "frames of 10"), (0, "one event a frame"), (100, "frames of 100")):
        designs = {"ours": "ours", **PEERS} if per_frame == 10 else {"ours": "ours", "naive": "naive"}
        found = interleave(
            size.rounds,
            {
                name: lambda design=design, per_frame=per_frame: socket_to_state(  # type: ignore[misc]  # bound per case
                    design, per_frame, size.count(NAIVE_EVENTS if design == "naive" else EVENTS)
                )
                for name, design in designs.items()
            },
        )
        for peer in list(found)[1:]:
            yield cost("tick", f"socket to state, {label}", found["ours"], "µs/event", peer, found[peer])
    rate = 30_000.0
    paced = interleave(
        size.rounds,
        {
            design: lambda design=design: socket_to_state(design, 10, size.count(120_000), rate)  # type: ignore[misc]  # bound per case
            for design in ("ours", "naive")
        },
    )
    yield cost("tick", "at 30,000 events/s, frames of 10", paced["ours"], "µs/event", "naive", paced["naive"])
    yield from hand_over(size)

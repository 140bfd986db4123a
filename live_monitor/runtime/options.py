"""What the person asked the desktop for; made from the command line by `live_monitor.cli.desktop`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from live_monitor.settings import Provider, Settings, ThemeName


class DesktopOptions(msgspec.Struct, frozen=True, kw_only=True):
    """None means: as in the settings, or as the part concerned does without being told."""

    provider: Provider | None = None
    symbol: str | None = None
    server_url: str | None = None
    #: Session file, absolute.
    replay: Path | None = None
    #: New York time of day at which a replay starts, "HH:MM:SS".
    at: str | None = None
    #: "max", or market seconds per second as text.
    speed: str | None = None
    seed: int | None = None
    #: Events per second of the simulated market.
    rate: float | None = None
    #: Faults that the feed injects, comma-separated.
    faults: str | None = None
    theme: ThemeName | None = None
    #: Width and height in device-independent pixels.
    size: tuple[int, int] | None = None
    data_dir: Path | None = None
    screenshot: Path | None = None
    #: Seconds of running after which a picture is taken or statistics are written, and the program ends.
    after: float | None = None
    stats: Path | None = None
    #: Qt platform plugin.
    platform: str | None = None

    @property
    def takes_measure(self) -> bool:
        """True for a run that photographs or measures: it starts beside others and changes no settings."""
        return self.screenshot is not None or self.stats is not None


def provider_of(options: DesktopOptions, settings: Settings) -> Provider:
    """Where prices come from: as asked, else as the last time, but a replay needs its file named."""
    return options.provider or ("sim" if settings.provider == "replay" else settings.provider)

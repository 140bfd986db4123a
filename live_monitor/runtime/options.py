"""What the person asked the desktop for; made from the command line by `live_monitor.cli.desktop`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from live_monitor.data.models.providers import ProviderChoice
from live_monitor.settings import Provider, ProviderSettings, SecondProvider, Settings, ThemeName


class DesktopOptions(msgspec.Struct, frozen=True, kw_only=True):
    """None means: as in the settings, or as the part concerned does without being told."""

    provider: Provider | None = None
    symbol: str | None = None
    #: Where prices stream from, and where questions go.
    server_url: str | None = None
    rest_url: str | None = None
    #: Prices that are late by contract.
    delayed: bool | None = None
    #: Workbook with quotes, absolute; its sheet, and the cells in it.
    workbook: Path | None = None
    sheet: str | None = None
    cells: str | None = None
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


def choice_of(provider: Provider, options: DesktopOptions | None, settings: Settings) -> ProviderChoice:
    """How a vendor is asked for: as kept, and what the command line says instead (`options`, of the first one only)."""
    kept = settings.providers.get(provider, ProviderSettings())
    choice = ProviderChoice(
        provider=provider,
        server_url=settings.server_url if provider == "relay" else kept.server_url,
        rest_url=kept.rest_url,
        delayed=kept.delayed,
        workbook=kept.workbook,
        sheet=kept.sheet,
        range=kept.range,
        interval_s=kept.interval_s,
    )
    if options is None:
        return choice
    said = {
        "server_url": options.server_url,
        "rest_url": options.rest_url,
        "delayed": options.delayed,
        "workbook": None if options.workbook is None else str(options.workbook),
        "sheet": options.sheet,
        "range": options.cells,
    }
    return msgspec.structs.replace(choice, **{name: value for name, value in said.items() if value is not None})


def second_of(provider: Provider, settings: Settings) -> SecondProvider:
    """Which provider takes over from `provider`; none does from what is simulated or recorded, nor from itself."""
    second = settings.second_provider
    return "" if provider in {"sim", "replay", second} else second


def provider_of(options: DesktopOptions, settings: Settings) -> Provider:
    """Where prices come from: as asked, else as the last time, but a replay needs its file named."""
    return options.provider or ("sim" if settings.provider == "replay" else settings.provider)

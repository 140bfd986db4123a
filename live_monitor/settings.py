"""What the program remembers between two runs, and where its files lie.

One JSON file holds everything, under a version and a SHA-256 of its content. A file is believed only when it is byte
for byte what this program would write for its content; any other (damaged, half, edited, of a newer version) is put
aside under another name, defaults are in force, and a notice says so. Qt's own window states and QSettings crash or
lie on damaged bytes, so neither is used. Only the chart's part is read field by field (`chart_settings`).

Keys that this version does not know are kept and written back, so that an older version does no harm.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec

from live_monitor import limits
from live_monitor.atomic_file import private_folder, read_bounded, write_atomically
from live_monitor.chart_settings import ChartSettings, read_chart
from live_monitor.limits import valid_symbol

_log = logging.getLogger(__name__)

SCHEMA = 1
MAX_SETTINGS_BYTES = 2**20
#: Damaged files that are kept for a look; more are not worth the space.
MAX_KEPT_COPIES = 9
MAX_RECENT_SYMBOLS = 12
MAX_WATCHLIST = 50
MAX_KEEP_DAYS = 36_525
#: Shares that a click on the chart may place; letters of a name of a market or an account, and how many of them.
MAX_CLICK_SHARES = 1_000_000
MAX_ACCOUNT_ID = 128
MAX_ACCOUNT_NAMES = 200
_TIMEFRAME = re.compile(r"[1-9][0-9]{0,4}[smhDWM]", re.ASCII)

DEFAULT_WATCHLIST = ("AAPL", "MSFT", "NVDA", "AMZN", "TSLA", "META", "AMD", "SPY")

ThemeName = Literal["dark", "light"]
Provider = Literal["sim", "relay", "replay", "polygon", "tos_excel", "schwab"]
#: A simulated or recorded price never stands in for a real one.
SecondProvider = Literal["", "relay", "polygon", "tos_excel", "schwab"]
#: Characters of an address, a path or a range.
MAX_PROVIDER_TEXT = 1_000
#: Seconds between two looks at a workbook.
POLL_INTERVAL_S = (0.1, 60.0)
#: What a store may be asked to keep; other lengths of bars are made from these.
KEPT_TIMEFRAMES = ("1s", "1m", "1D")


class AlertSettings(msgspec.Struct, kw_only=True):
    """How alerts make themselves known. `volume` is 0.0 to 1.0."""

    muted: bool = False
    volume: float = 0.7


class PriceAlertSetting(msgspec.Struct, kw_only=True):
    """A price that is waited for: `price` in USD, and where the market stood when it last said so.

    `side`: -1 while the last price is below, 1 above, 0 not known. `since_ms`: the market time at which that was known,
    `market`: of which market; in another one, or at an earlier time, it says nothing.
    """

    symbol: str
    price: float
    note: str = ""
    side: Literal[-1, 0, 1] = 0
    since_ms: int = 0
    market: str = ""


class HistorySettings(msgspec.Struct, kw_only=True):
    """Where bars are kept, and for how long.

    `url`: empty for the embedded store in the user's folder, else the address of a shared one (`http://host:8086`),
    without secrets. `keep_days`: days by timeframe (`1s`, `1m`, `1D`); 0 keeps for ever.
    """

    url: str = ""
    keep_days: dict[str, int] = msgspec.field(default_factory=lambda: {"1s": 0, "1m": 0, "1D": 0})


class PaperSettings(msgspec.Struct, kw_only=True):
    """Paper trading. Which account is in use in which market, and what a click or a bracket on the chart places.

    `shares`: of a click. `risk_percent`: of the account that a bracket may lose. That a click places orders at all is
    never kept: it is off at every start.
    """

    accounts: dict[str, str] = msgspec.field(default_factory=dict)
    shares: int = 10
    risk_percent: float = 0.5


class ProviderSettings(msgspec.Struct, kw_only=True):
    """How one provider was asked for the last time, without secrets; empty, False or 0: as it does without being told.

    `server_url` is where prices stream from, `rest_url` where questions go, `callback` where a log-in comes back to.
    `workbook`, `sheet`, `range` and `interval_s` belong to Excel.
    """

    server_url: str = ""
    rest_url: str = ""
    delayed: bool = False
    workbook: str = ""
    sheet: str = ""
    range: str = ""
    interval_s: float = 0.0
    callback: str = ""


class Settings(msgspec.Struct, kw_only=True):
    """Everything that is kept. `layout` belongs to the main window, which alone knows what it means."""

    theme: ThemeName = "dark"
    colour_blind_safe: bool = False
    reduce_motion: bool = False
    symbol: str = "AAPL"
    watchlist: list[str] = msgspec.field(default_factory=lambda: list(DEFAULT_WATCHLIST))
    #: Newest first.
    recent_symbols: list[str] = msgspec.field(default_factory=list)
    #: A name that `data.models.timeframe.Timeframe` reads.
    timeframe: str = "1m"
    #: Bars before the open and after the close are shown too.
    extended_hours: bool = True
    provider: Provider = "sim"
    #: Of the relay server; the others have theirs below.
    server_url: str = "ws://localhost:8200/ws/{client_id}"
    #: Takes over when the first one fails; empty: none does.
    second_provider: SecondProvider = ""
    providers: dict[Provider, ProviderSettings] = msgspec.field(default_factory=dict)
    layout: dict[str, Any] = msgspec.field(default_factory=dict)
    alerts: AlertSettings = msgspec.field(default_factory=AlertSettings)
    #: Oldest first; one that has fired is gone.
    price_alerts: list[PriceAlertSetting] = msgspec.field(default_factory=list)
    history: HistorySettings = msgspec.field(default_factory=HistorySettings)
    chart: ChartSettings = msgspec.field(default_factory=ChartSettings)
    paper: PaperSettings = msgspec.field(default_factory=PaperSettings)

    def remember_symbol(self, symbol: str) -> None:
        """Makes `symbol` the current one and the first of the recent ones."""
        self.symbol = symbol
        others = [recent for recent in self.recent_symbols if recent != symbol]
        self.recent_symbols = [symbol, *others][:MAX_RECENT_SYMBOLS]


class DataPaths(msgspec.Struct, frozen=True):
    """Where this user's files lie. `runtime` holds the instance socket and wants a short name."""

    data: Path
    logs: Path
    runtime: Path
    #: The embedded store of bars, and what belongs to it.
    history: Path

    @property
    def settings_file(self) -> Path:
        return self.data / "settings.json"

    @property
    def drawings(self) -> Path:
        """One file of drawings for each symbol, beside the settings."""
        return self.data / "drawings"

    @property
    def paper(self) -> Path:
        """The ledger of paper trading, beside the kept bars."""
        return self.history.parent / "paper"


def data_paths(data_dir: Path | None, environ: Mapping[str, str], temporary: Path) -> DataPaths:
    """The user's folders by the rules of the platform, or all below `data_dir`. Creates nothing.

    `temporary` is used where the machine names no home at all.
    """
    if data_dir is not None:
        chosen = Path(os.path.abspath(data_dir))
        return DataPaths(data=chosen, logs=chosen / "logs", runtime=chosen / "run", history=chosen / "history")
    # 12 ms that a start with --data-dir need not pay.
    from platformdirs import PlatformDirs  # noqa: PLC0415 - see above

    if os.name == "posix" and not environ.get("HOME"):
        fallback = temporary / f"live-monitor-{os.getuid()}"
        return DataPaths(data=fallback, logs=fallback / "logs", runtime=fallback / "run", history=fallback / "history")
    folders = PlatformDirs("live-monitor", appauthor=False)
    own = folders.user_data_path
    return DataPaths(
        data=folders.user_config_path, logs=folders.user_log_path, runtime=own / "run", history=own / "history"
    )


def without_secrets(url: str) -> str:
    """An address without user, password, query and fragment: what may be written to a file that is not a key store."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def secrets_of(url: str) -> list[str]:
    """What `without_secrets` leaves out, value by value."""
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query)]
    return [value for value in (*values, parts.password) if value]


class LoadedSettings(msgspec.Struct, frozen=True):
    """Result of a load. `notice` is empty, or one line for the person about what happened to the old settings."""

    settings: Settings
    notice: str


class SettingsStore:
    """The settings file. Main thread; `save` may be called by the exit guard's thread when the main thread hangs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._unknown: dict[str, Any] = {}
        self._written = b""

    def load(self) -> LoadedSettings:
        """Reads the file; never raises. A file that cannot be believed is put aside and defaults are returned."""
        try:
            raw, content, settings, notice = self._read()
        except FileNotFoundError:
            return LoadedSettings(Settings(), "")
        except OSError as problem:
            reason = problem.strerror or str(problem)
            return LoadedSettings(Settings(), f"Settings could not be read ({reason}): defaults are in force.")
        except ValueError as problem:
            return LoadedSettings(Settings(), self._put_aside(str(problem)))
        known = set(Settings.__struct_fields__)
        self._unknown = {key: value for key, value in content.items() if key not in known}
        self._written = raw
        return LoadedSettings(settings, notice)

    def inspect(self) -> Settings:
        """Reads the file and changes nothing. Raises FileNotFoundError, OSError, or ValueError ("is damaged")."""
        return self._read()[2]

    def _read(self) -> tuple[bytes, dict[str, Any], Settings, str]:
        """The file's bytes, its content, the settings, and a notice about the chart's part."""
        raw = read_bounded(self.path, MAX_SETTINGS_BYTES)
        content = decode(raw)
        chart = read_chart(content.get("chart"))
        try:
            settings = msgspec.convert({**content, "chart": chart.chart}, Settings)
        except msgspec.ValidationError as problem:
            raise ValueError(f"holds a wrong value ({problem})") from problem
        _check(settings)
        return raw, content, settings, chart.notice

    def save(self, settings: Settings) -> None:
        """Writes the file when anything changed. Raises OSError; the old file then stays as it was."""
        raw = encode({**msgspec.to_builtins(settings), **self._unknown})
        if raw == self._written:
            return
        private_folder(self.path.parent)
        write_atomically(self.path, raw)
        self._written = raw

    def _put_aside(self, reason: str) -> str:
        """Renames what lies at the path (also a link or a folder), so that it is never overwritten."""
        kept = next(
            (
                name
                for number in range(1, MAX_KEPT_COPIES + 1)
                if not os.path.lexists(name := self.path.with_name(f"{self.path.stem}.damaged-{number}.json"))
            ),
            self.path.with_name(f"{self.path.stem}.damaged-{MAX_KEPT_COPIES}.json"),
        )
        try:
            self.path.replace(kept)
        except OSError:
            _log.warning("Settings at %s %s, and could not be put aside", self.path, reason)
            return f"The settings file {reason}: defaults are in force."
        _log.warning("Settings at %s %s; kept as %s", self.path, reason, kept.name)
        return f"The settings file {reason}: defaults are in force, the old file is kept as {kept.name}."


def encode(content: Mapping[str, Any]) -> bytes:
    """The bytes of a settings file with `content`: indented JSON, its checksum over the version and the content."""
    body = msgspec.json.encode(content)
    digest = hashlib.sha256(b"%d\n" % SCHEMA + body).hexdigest()
    document = {"schema": SCHEMA, "sha256": digest, "settings": content}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def decode(raw: bytes) -> dict[str, Any]:
    """The content of a settings file.

    Raises ValueError with a phrase for people ("is damaged") unless `raw` is exactly what `encode` makes of it, which
    is what tells apart any change of a single byte, even of a space.
    """
    try:
        document = msgspec.json.decode(raw, type=dict[str, Any])
    # A plain ValueError (UnicodeDecodeError) is what msgspec raises for a damaged byte inside a key.
    except (ValueError, RecursionError) as problem:
        raise ValueError("is damaged") from problem
    schema, content = document.get("schema"), document.get("settings")
    if isinstance(schema, int) and schema > SCHEMA:
        raise ValueError("was written by a newer version")
    if not isinstance(content, dict) or encode(content) != raw:
        raise ValueError("is damaged")
    return content


def _check(settings: Settings) -> None:
    """Rules that types cannot say. Raises ValueError."""
    symbols = [settings.symbol, *settings.watchlist, *settings.recent_symbols]
    if not all(valid_symbol(symbol) for symbol in symbols):
        raise ValueError("names a symbol that cannot be one")
    if len(settings.watchlist) > MAX_WATCHLIST or len(settings.recent_symbols) > MAX_RECENT_SYMBOLS:
        raise ValueError("holds too many symbols")
    if not 0.0 <= settings.alerts.volume <= 1.0:
        raise ValueError("holds an alert volume outside 0 to 1")
    if not _TIMEFRAME.fullmatch(settings.timeframe):
        raise ValueError("names a length of bars that cannot be one")
    keep = settings.history.keep_days
    if not set(keep) <= set(KEPT_TIMEFRAMES) or not all(0 <= days <= MAX_KEEP_DAYS for days in keep.values()):
        raise ValueError("holds a time to keep bars that cannot be")
    _check_price_alerts(settings.price_alerts)
    for provider in settings.providers.values():
        _check_provider(provider)
    paper = settings.paper
    if not 1 <= paper.shares <= MAX_CLICK_SHARES or not 0.0 < paper.risk_percent <= 100.0:
        raise ValueError("holds a size of paper orders that cannot be")
    names = [name for pair in paper.accounts.items() for name in pair]
    if len(names) > MAX_ACCOUNT_NAMES or any(not 0 < len(name) <= MAX_ACCOUNT_ID for name in names):
        raise ValueError("holds an account of paper trading that cannot be one")


def address_problem(url: str, schemes: tuple[str, ...]) -> str:
    """Why `url` can be no address of one of these schemes, in words; "" for one that can, and for an empty one."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        known = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known or len(url) > MAX_PROVIDER_TEXT or not url.isprintable() or " " in url:
        return f"is no address that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    return "" if without_secrets(url) == url else "holds a user, a password or a query, which are not kept"


def _check_provider(provider: ProviderSettings) -> None:
    told = (
        address_problem(provider.server_url, ("ws", "wss", "http", "https"))
        or address_problem(provider.rest_url, ("http", "https"))
        or address_problem(provider.callback, ("https",))
    )
    if told:
        raise ValueError(f"holds an address of a provider that {told}")
    texts = (provider.workbook, provider.sheet, provider.range)
    if any(len(text) > MAX_PROVIDER_TEXT or not text.isprintable() for text in texts):
        raise ValueError("names a workbook that cannot be one")
    low, high = POLL_INTERVAL_S
    if provider.interval_s and not low <= provider.interval_s <= high:
        raise ValueError("holds an interval between two looks at a workbook that cannot be one")


def _check_price_alerts(alerts: list[PriceAlertSetting]) -> None:
    if len(alerts) > limits.MAX_PRICE_ALERTS:
        raise ValueError("holds too many price alerts")
    for alert in alerts:
        possible = limits.MIN_PRICE <= alert.price <= limits.MAX_PRICE and 0 <= alert.since_ms < limits.MAX_TIME_MS
        named = valid_symbol(alert.symbol) and (not alert.market or limits.valid_market(alert.market))
        if not possible or not named or len(alert.note) > limits.MAX_PRICE_ALERT_NOTE:
            raise ValueError("holds a price alert that cannot be one")

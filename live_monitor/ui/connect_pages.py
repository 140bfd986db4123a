"""The pages of the providers: what each has to be told."""

from __future__ import annotations

import math
from typing import Final

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QLabel, QWidget

from live_monitor.data.models.provider_entries import ProviderEntry
from live_monitor.settings import POLL_INTERVAL_S, ProviderSettings
from live_monitor.ui.charts.studies.fields import ChoiceField
from live_monitor.ui.connect_form import Candidate, ConnectPage, PageFacts, paint_role, read_address
from live_monitor.ui.theme import Theme

_STREAMS: Final = ("ws", "wss")
_WEB: Final = ("http", "https")
DEFAULT_CALLBACK: Final = "https://127.0.0.1:8182"


class PlainPage(ConnectPage):
    """A provider that needs to be told nothing."""

    def __init__(self, entry: ProviderEntry, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(entry, theme, parent)
        self.finish()


class RelayPage(ConnectPage):
    """A server that speaks the relay protocol."""

    def __init__(self, entry: ProviderEntry, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(entry, theme, parent)
        self.address = self.text("&Address", "ws://localhost:8200/ws/{client_id}")
        self.note("{client_id} stands for this program's name.")
        self.finish()

    def show_settings(self, settings: ProviderSettings) -> None:
        self.address.setText(settings.server_url)

    def read(self) -> ProviderSettings:
        url = self.address.text().strip()
        if not url.startswith(("ws://", "wss://")):
            raise ValueError("That is no WebSocket address. It looks like ws://localhost:8200/ws/{client_id}.")
        return ProviderSettings(server_url=url)


class PolygonPage(ConnectPage):
    """Polygon: a key and a plan."""

    def __init__(self, entry: ProviderEntry, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(entry, theme, parent)
        (credential,) = entry.credentials
        self.api_key = self.key(credential, "API &key")
        self.keeping()
        self.removal(
            "keys",
            "Remove the key…",
            "Remove the key",
            "The key is removed from where it is kept here, and prices that come by it end. It stays valid at Polygon"
            " until you take it back in your dashboard there.",
        )
        self.plan = ChoiceField(theme, self)
        for value, word in (("", "Real time"), ("delayed", "15 minutes late")):
            self.plan.addItem(word, value)
        self.plan.currentIndexChanged.connect(lambda _index: self.edited.emit())
        self.add("&Plan", self.plan)
        self.stream = self.text("&Stream", "the vendor's")
        self.rest = self.text("&Questions", "the vendor's")
        self.advanced(self.stream, self.rest)
        self.finish()

    def show_settings(self, settings: ProviderSettings) -> None:
        self.plan.set_value("delayed" if settings.delayed else "")
        self.stream.setText(settings.server_url)
        self.rest.setText(settings.rest_url)

    def read(self) -> ProviderSettings:
        return ProviderSettings(
            server_url=read_address(self.stream, _STREAMS),
            rest_url=read_address(self.rest, _WEB),
            delayed=self.plan.value() == "delayed",
        )

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.plan.set_theme(theme)


class ExcelPage(ConnectPage):
    """thinkorswim through a workbook."""

    #: A workbook is to be chosen; a starter workbook is to be made. No payload: see `set_workbook`.
    choose_asked = pyqtSignal()
    make_asked = pyqtSignal()

    def __init__(self, entry: ProviderEntry, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(entry, theme, parent)
        choose = self.button("Choose…", "Choose the workbook that holds the quotes")
        choose.clicked.connect(lambda _on: self.choose_asked.emit())
        self.workbook = self.text("&Workbook", "no file yet", choose)
        make = self.button("Make a starter workbook…", "A workbook with the formulas for your watchlist")
        make.clicked.connect(lambda _on: self.make_asked.emit())
        self.under(make)
        self.sheet = self.text("&Sheet", "the first one")
        self.cells = self.text("&Range", "all that is used, with its header row")
        self.interval = self.text("Look &every, s", "1")
        self.finish()

    def set_workbook(self, path: str) -> None:
        """Shows a workbook that was chosen or made."""
        self.workbook.setText(path)
        self.edited.emit()

    def show_settings(self, settings: ProviderSettings) -> None:
        self.workbook.setText(settings.workbook)
        self.sheet.setText(settings.sheet)
        self.cells.setText(settings.range)
        self.interval.setText(f"{settings.interval_s:g}" if settings.interval_s else "")

    def read(self) -> ProviderSettings:
        path = self.workbook.text().strip()
        if not path:
            raise ValueError("Workbook: choose the file that holds the quotes, or make a starter workbook.")
        typed = self.interval.text().strip()
        try:
            interval = float(typed) if typed else 0.0
        except ValueError:
            interval = math.nan
        low, high = POLL_INTERVAL_S
        if interval != 0.0 and not low <= interval <= high:
            raise ValueError(f"Look every: {low:g} to {high:g} seconds.")
        return ProviderSettings(
            workbook=path, sheet=self.sheet.text().strip(), range=self.cells.text().strip(), interval_s=interval
        )


class SchwabPage(ConnectPage):
    """Schwab: an app of the person's own, and a log-in in the browser that lasts seven days."""

    #: Log in with what is filled in. Payload: Candidate (as object).
    login_requested = pyqtSignal(object)
    #: The address at which the browser arrived was pasted. Payload: it.
    redirect_pasted = pyqtSignal(str)
    #: Something is not filled in. Payload: what, in words.
    refused = pyqtSignal(str)

    def __init__(self, entry: ProviderEntry, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(entry, theme, parent)
        app_key, app_secret = entry.credentials
        self.app_key = self.key(app_key, "App &key")
        self.app_secret = self.key(app_secret, "App &secret")
        self.keeping()
        self.removal(
            "keys",
            "Remove the keys…",
            "Remove keys and log-in",
            "Key, secret and log-in are removed from where they are kept here, and prices and accounts that come by"
            " them end. The app stays registered at developer.schwab.com.",
        )
        self.callback = self.text("Call&back", DEFAULT_CALLBACK)
        self.callback.setToolTip("Exactly as it is registered with the app, character for character")
        self.state: QLabel = self.note("", under=True)
        self.login = self.button("&Log in in the browser…", "Opens Schwab's own page; nobody else sees your password")
        self.login.clicked.connect(lambda _on: self._log_in())
        self.under(self.login)
        self.removal(
            "login",
            "Log out…",
            "Log out",
            "The log-in is removed from where it is kept here, and prices and accounts that come by it end. The next"
            " one asks for your password at Schwab again.",
        )
        take = self.button("Take it")
        take.clicked.connect(lambda _on: self._take())
        self.redirect = self.text("Or &paste", "the address at which the browser arrives", take)
        self.redirect.setMaxLength(16_384)
        self.redirect.returnPressed.connect(self._take)
        self.stream = self.text("S&tream", "as Schwab tells")
        self.rest = self.text("&Questions", "https://api.schwabapi.com")
        self.advanced(self.stream, self.rest)
        self.finish()

    def show_facts(self, facts: PageFacts) -> None:
        super().show_facts(facts)
        self.show_login(*facts.login)

    def show_login(self, text: str, role: str) -> None:
        """How the log-in stands."""
        self.state.setText(text or "Not logged in.")
        paint_role(self.state, role)

    def show_settings(self, settings: ProviderSettings) -> None:
        self.callback.setText(settings.callback)
        self.stream.setText(settings.server_url)
        self.rest.setText(settings.rest_url)

    def read(self) -> ProviderSettings:
        return ProviderSettings(
            server_url=read_address(self.stream, _STREAMS),
            rest_url=read_address(self.rest, _WEB),
            callback=read_address(self.callback, ("https",)),
        )

    def _log_in(self) -> None:
        try:
            candidate: Candidate = self.candidate()
        except ValueError as error:
            self.refused.emit(str(error))
        else:
            self.login_requested.emit(candidate)

    def _take(self) -> None:
        text = self.redirect.text().strip()
        # It holds a code that is as good as a key for half a minute.
        self.redirect.clear()
        if text:
            self.redirect_pasted.emit(text)

"""What every page has on which a provider is connected: captions and fields, and what it makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from live_monitor.data.models.provider_entries import Credential, ProviderEntry
from live_monitor.secrets import Secret
from live_monitor.settings import MAX_PROVIDER_TEXT, ProviderSettings, address_problem
from live_monitor.ui.connect_removal import Removal
from live_monitor.ui.theme import Theme

MAX_KEY: Final = 512
_FIELD: Final = 200
_PLACES: Final = {
    "environment": "set in the environment, which wins over what is typed here",
    "memory": "known until the program ends",
    "file": "kept, unencrypted, in a file of yours",
    "keyring": "kept in the system's key store",
}
#: Places out of which a key can be removed from here.
_REMOVABLE: Final = frozenset({"memory", "file", "keyring"})
_PLAIN: Final = "Keep it in a plain file of mine instead (unencrypted)"


class PageFacts(NamedTuple):
    """What is known of a provider's keys.

    `kept`: where each key is now, by its name: `environment`, `memory`, `file`, `keyring`, or empty for nowhere.
    `keeps`: the system has a key store that takes keys; without one they last as long as the program. `file`: where a
    plain file would lie. `login`: the state of a log-in in words, and its colour role.
    """

    kept: Mapping[str, str] = {}
    keeps: bool = True
    file: str = ""
    login: tuple[str, str] = ("", "")


class Candidate(NamedTuple):
    """What was filled in: how a provider is to be asked, and the keys that were typed, by their names."""

    provider: str
    settings: ProviderSettings
    keys: Mapping[str, Secret] = {}
    plaintext: bool = False


class ConnectPage(QWidget):
    """A heading, what the provider is, its fields. Main thread."""

    #: Something was changed by hand; no payload.
    edited = pyqtSignal()
    #: Remove what is kept of the provider, confirmed in place. Payload: what, `keys` or `login`.
    removal_requested = pyqtSignal(str)

    def __init__(self, entry: ProviderEntry, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self.theme = theme
        self.keys: dict[str, QLineEdit] = {}
        self.plain: QCheckBox | None = None
        self.removals: dict[str, Removal] = {}
        self._keeping: QLabel | None = None
        self._facts = PageFacts()
        self._settings = ProviderSettings()
        self._advanced: list[QWidget] = []
        self.setProperty("panel", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(20, 16, 20, 8)
        self.grid.setHorizontalSpacing(16)
        self.grid.setVerticalSpacing(8)
        self.grid.setColumnStretch(1, 1)
        heading = label(entry.title, self)
        heading.setProperty("heading", True)
        self.wide(heading)
        self.note(entry.words)
        if entry.help:
            self.note(entry.help)

    # -- made by the pages --------------------------------------------------------------------

    def wide(self, widget: QWidget) -> None:
        """A widget across both columns."""
        self.grid.addWidget(widget, self.grid.rowCount(), 0, 1, 2)

    def under(self, widget: QWidget) -> None:
        """A widget below the fields, for what belongs to them; a button is as wide as its words."""
        row = self.grid.rowCount()
        if isinstance(widget, QPushButton):
            self.grid.addWidget(widget, row, 1, Qt.AlignmentFlag.AlignLeft)
        else:
            self.grid.addWidget(widget, row, 1)

    def note(self, text: str, *, under: bool = False) -> QLabel:
        """A line of explanation, across both columns or below the fields."""
        line = label(text, self)
        line.setWordWrap(True)
        line.setProperty("note", True)
        (self.under if under else self.wide)(line)
        return line

    def add(self, caption: str, field: QWidget, *beside: QWidget) -> QLabel:
        """A field beside its caption, and what stands behind it; the ampersand is the key that leads there."""
        words = label(caption, self)
        words.setProperty("muted", True)
        words.setBuddy(field)
        field.setAccessibleName(caption.replace("&", ""))
        row = self.grid.rowCount()
        self.grid.addWidget(words, row, 0)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(field, 1)
        for widget in beside:
            line.addWidget(widget)
        self.grid.addLayout(line, row, 1)
        return words

    def text(self, caption: str, placeholder: str = "", *beside: QWidget) -> QLineEdit:
        """A field for a line of text."""
        field = QLineEdit(self)
        field.setMaxLength(MAX_PROVIDER_TEXT)
        field.setPlaceholderText(placeholder)
        field.setMinimumWidth(_FIELD)
        field.textEdited.connect(lambda _text: self.edited.emit())
        self.add(caption, field, *beside)
        return field

    def key(self, credential: Credential, caption: str) -> QLineEdit:
        """A field for a key: what is typed is not shown, and what is kept never comes back to the screen."""
        field = self.text(caption)
        field.setMaxLength(MAX_KEY)
        field.setEchoMode(QLineEdit.EchoMode.Password)
        self.keys[credential.name] = field
        return field

    def keeping(self) -> None:
        """Where keys will lie, and the choice of a plain file."""
        self._keeping = self.note("", under=True)
        plain = self.plain = QCheckBox(_PLAIN, self)
        plain.toggled.connect(lambda _on: self._say_keeping())
        plain.toggled.connect(lambda _on: self.edited.emit())
        self.under(plain)

    def removal(self, what: str, caption: str, deed: str, words: str) -> None:
        """A button that removes `keys` or the `login`; it is there while there is something to remove."""
        made = self.removals[what] = Removal(caption, deed, words, self)
        made.confirmed.connect(lambda: self.removal_requested.emit(what))
        made.hide()
        self.under(made)

    def advanced(self, *fields: QLineEdit) -> None:
        """Fields that few need, behind a button."""
        button = QToolButton(self)
        button.setText("Advanced")
        button.setCheckable(True)
        button.setProperty("chip", True)
        button.setProperty("tight", True)
        button.setToolTip("Addresses, for a server of your own")
        captions = [found for field in fields if (found := self._caption_of(field)) is not None]
        hidden: list[QWidget] = [*fields, *captions]
        for widget in hidden:
            widget.hide()
        for widget in hidden:
            button.toggled.connect(widget.setVisible)
        self.grid.addWidget(button, self.grid.rowCount(), 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        self._advanced = [button]

    def finish(self) -> None:
        """Room below the last row."""
        self.grid.setRowStretch(self.grid.rowCount(), 1)

    def button(self, text: str, hint: str = "") -> QPushButton:
        """A button that belongs to a field."""
        made = QPushButton(text, self)
        made.setAutoDefault(False)
        made.setToolTip(hint)
        return made

    def stops(self) -> list[QWidget]:
        """What the keyboard stops at, from top to bottom: by their creation buttons would come before their field."""
        found: list[QWidget] = []
        for number in range(self.grid.count()):
            item = self.grid.itemAt(number)
            line = item.layout() if item is not None else None
            items = [item] if line is None else [line.itemAt(at) for at in range(line.count())]
            for widget in (each.widget() for each in items if each is not None):
                found += widget.stops if isinstance(widget, Removal) else [widget] if widget is not None else []
        return [widget for widget in found if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]

    # -- facts and what is filled in ----------------------------------------------------------

    def begin(self, settings: ProviderSettings) -> None:
        """Shows how the provider was asked for the last time; keys that were typed are wiped."""
        self._settings = settings
        for field in self.keys.values():
            field.clear()
        self.show_settings(settings)

    def show_facts(self, facts: PageFacts) -> None:
        """Shows where its keys are, once that is known; what was typed meanwhile stays."""
        self._facts = facts
        for name, field in self.keys.items():
            place = facts.kept.get(name, "")
            field.setPlaceholderText(_PLACES.get(place, "none yet"))
            field.setEnabled(place != "environment")
        removable = {"keys": bool(_REMOVABLE & set(facts.kept.values())), "login": bool(facts.login[0])}
        for what, removal in self.removals.items():
            removal.fold()
            removal.setVisible(removable[what])
        if self.plain is not None and "file" in facts.kept.values():
            self.plain.setChecked(True)
        self._say_keeping()

    def show_settings(self, settings: ProviderSettings) -> None:
        """Shows how the provider was asked for the last time."""

    def read(self) -> ProviderSettings:
        """What is filled in, without keys. Raises ValueError in words for people."""
        return self._settings

    def candidate(self) -> Candidate:
        """All that is filled in. Raises ValueError in words for people."""
        settings = self.read()
        keys: dict[str, Secret] = {}
        for name, field in self.keys.items():
            typed = field.text().strip()
            if typed and not (typed.isascii() and typed.isprintable() and " " not in typed):
                raise ValueError(f"{field.accessibleName()}: a key has no spaces and no letters beyond ASCII.")
            if typed:
                keys[name] = Secret(typed)
            elif name in self.entry.capabilities.needs and not self._facts.kept.get(name):
                raise ValueError(f"{field.accessibleName()}: is needed.")
        return Candidate(self.entry.id, settings, keys, self.plain is not None and self.plain.isChecked())

    def set_theme(self, theme: Theme) -> None:
        """Repaints in another theme."""
        self.theme = theme

    def _say_keeping(self) -> None:
        if self._keeping is None or self.plain is None:
            return
        facts, line = self._facts, self._keeping
        # Where no key is typed, and no log-in gives one, nothing of here is kept.
        keeps = "login" in self.removals or any(field.isEnabled() for field in self.keys.values())
        for widget in (line, self.plain):
            widget.setVisible(keeps)
        if self.plain.isChecked():
            told, role = f"Will lie unencrypted in {facts.file}, which only you can read.", "warning"
        elif not facts.file:
            told, role = "", ""
        elif facts.keeps:
            told, role = "Will lie in the system's key store.", ""
        else:
            told, role = "No key store runs on this system: it is kept until the program ends.", "warning"
        line.setText(told)
        paint_role(line, role)

    def _caption_of(self, field: QWidget) -> QLabel | None:
        return next((found for found in self.findChildren(QLabel) if found.buddy() is field), None)


def read_address(field: QLineEdit, schemes: tuple[str, ...]) -> str:
    """The address in a field, or "". Raises ValueError in words for people."""
    url = field.text().strip()
    problem = address_problem(url, schemes)
    if problem:
        raise ValueError(f"{field.accessibleName()}: {problem}.")
    return url


def label(text: str, parent: QWidget) -> QLabel:
    """Plain text, wherever it came from."""
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def paint_role(line: QLabel, role: str) -> None:
    """Gives a note the colour of a role."""
    if line.property("role") != role:
        line.setProperty("role", role)
        style = line.style()
        if style is not None:
            style.unpolish(line)
            style.polish(line)

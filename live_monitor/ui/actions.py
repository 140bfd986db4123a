"""Every command of the window, declared once: menus, shortcuts and the command palette are made from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PyQt6.QtGui import QAction, QActionGroup, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from live_monitor.ui import icons
from live_monitor.ui.theme import Theme


class Command(NamedTuple):
    """One command. `checked` makes it a switch with that state; those of one `group` exclude one another.

    `spoken` names it in the palette, where the menu above it is not there to say what its text is of.
    """

    menu: str
    name: str
    text: str
    run: Callable[..., object]
    shortcut: str = ""
    checked: bool | None = None
    group: str = ""
    separator: bool = False
    icon: str = ""
    spoken: str = ""


class WindowActions:
    """QActions by name, and the menus that hold them."""

    def __init__(self, window: QMainWindow, commands: Sequence[Command]) -> None:
        self._window = window
        self._menus: dict[str, QMenu] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._icons: dict[str, str] = {}
        self.by_name: dict[str, QAction] = {}
        for command in commands:
            self._add(command)

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def menu(self, path: str) -> QMenu:
        """The menu `View` or `View/Theme`, made when first asked for."""
        found = self._menus.get(path)
        if found is not None:
            return found
        parent, _, title = path.rpartition("/")
        bar = self._window.menuBar()
        assert bar is not None
        made = self.menu(parent).addMenu(title) if parent else bar.addMenu(title)
        assert made is not None
        self._menus[path] = made
        return made

    def set_theme(self, theme: Theme) -> None:
        """Icons in the colours of another theme."""
        for name, icon in self._icons.items():
            self.by_name[name].setIcon(icons.icon(icon, theme))

    def all(self) -> list[QAction]:
        """Actions in the order of the menus, for the palette."""
        return list(self.by_name.values())

    def add_existing(self, path: str, name: str, action: QAction) -> None:
        """Puts an action made elsewhere (a dock's switch) into a menu and under a name."""
        self.menu(path).addAction(action)
        self.by_name[name] = action

    def _add(self, command: Command) -> None:
        menu = self.menu(command.menu)
        if command.separator:
            menu.addSeparator()
        action = QAction(command.text, self._window)
        action.setObjectName(command.name)
        if command.shortcut:
            action.setShortcut(QKeySequence(command.shortcut))
        if command.checked is None:
            action.triggered.connect(lambda _checked=False: command.run())
        else:
            action.setCheckable(True)
            action.setChecked(command.checked)
            if command.group:
                group = self._groups.get(command.group)
                if group is None:
                    group = self._groups[command.group] = QActionGroup(self._window)
                group.addAction(action)
                action.triggered.connect(lambda _checked=False: command.run())
            else:
                action.triggered.connect(command.run)
        if command.spoken:
            action.setData(command.spoken)
        if command.icon:
            self._icons[command.name] = command.icon
        menu.addAction(action)
        self.by_name[command.name] = action

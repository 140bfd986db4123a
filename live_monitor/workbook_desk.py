"""Watchlist, positions and orders as a workbook, for people who look on in Excel. Main thread."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from live_monitor.desktop import Desktop
from live_monitor.errors import WorkbookError
from live_monitor.runtime.daemon_work import in_daemon_thread
from live_monitor.ui.paper_view import PaperView

if TYPE_CHECKING:
    from live_monitor.data.workbook_export import DeskTables

_NEW_YORK = ZoneInfo("America/New_York")


class WorkbookDesk:
    """Copies what is shown, at once, and writes it on a thread."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._paper: PaperView | None = None
        self._folder = os.path.expanduser("~")

    def follow(self, paper: PaperView) -> None:
        """There is a paper desk, whose positions and orders are written too."""
        self._paper = paper

    def ask(self) -> None:
        """Asks where to write."""
        from live_monitor.ui.source_dialogs import ask_new_workbook  # noqa: PLC0415 - rarely needed

        ask_new_workbook(self._desktop.window, os.path.join(self._folder, "live-monitor.xlsx"), self.write)

    def write(self, path: str) -> None:
        """Writes a workbook, or says in one line why it cannot be written."""
        self._folder = os.path.dirname(path)
        tables = self._tables()
        if tables is not None:
            self._desktop.spawn(self._write(Path(path), tables), "workbook")

    def _tables(self) -> DeskTables | None:
        from live_monitor.data.workbook_export import desk_tables  # noqa: PLC0415 - rarely needed

        session, paper = self._desktop.session, self._paper
        if session is None:
            return None
        hub = session.manager.hub
        account = paper.account.name if paper is not None and paper.account is not None else ""
        return desk_tables(
            [state for symbol in session.watched if (state := hub.states.get(symbol)) is not None],
            paper.positions() if paper is not None else (),
            paper.orders() if paper is not None else (),
            source=hub.hello.label or hub.hello.provider,
            market_ms=hub.clock.now_ms(),
            zone=_NEW_YORK,
            about={"Paper account": account} if account else {},
        )

    async def _write(self, path: Path, tables: DeskTables) -> None:
        from live_monitor.data.workbook_export import write_desk  # noqa: PLC0415 - loads the writer of workbooks

        try:
            await in_daemon_thread(partial(write_desk, path, tables), "workbook")
        except WorkbookError as error:
            self._desktop.tell(str(error))
            return
        self._desktop.tell(f"Watchlist, positions and orders are in {path.name}.")

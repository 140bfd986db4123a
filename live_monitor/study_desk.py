"""What the person asks of indicators, and that they are kept for the next start. Main thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import msgspec

from live_monitor.desktop import Desktop
from live_monitor.ui.chart_bar import StudyRow

if TYPE_CHECKING:
    from live_monitor.engine.market.sessions import Calendar
    from live_monitor.engine.signals.study import Study, StudyChoice
    from live_monitor.ui.charts.studies.dialog import StudiesDialog


class StudyDesk:
    """The indicators on the chart. What the settings hold is read when the chart comes."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._calendar: Calendar | None = None
        self._choices: list[StudyChoice] = []
        #: Those on the chart, in their order.
        self.studies: list[Study] = []
        self._page: StudiesDialog | None = None

    def dress(self, calendar: Calendar) -> None:
        """The chart is there: puts the kept indicators on it, whose days are those of `calendar`."""
        from live_monitor.engine.signals.study import read_choices  # noqa: PLC0415 - after the first paint

        self._calendar = calendar
        read = read_choices(self._desktop.settings.chart.studies)
        for refusal in read.refused:
            self._desktop.tell(f"An indicator of the last time is left out: {refusal}.")
        self._show(read.choices)

    def open_page(self) -> None:
        """Opens the page of indicators, or brings it to the front."""
        from live_monitor.ui.charts.studies.dialog import StudiesDialog  # noqa: PLC0415 - rarely needed

        if self._calendar is None:
            return
        if self._page is None:
            self._page = StudiesDialog(self._desktop.theme, self._choices, self._desktop.window)
            self._page.changed.connect(self.use)
            self._page.destroyed.connect(self._forget_page)
            self._page.show()
        self._page.raise_()
        self._page.activateWindow()

    def use(self, choices: object) -> None:
        """Puts these indicators on the chart (list of `StudyChoice`), and no others."""
        self._show(cast("list[StudyChoice]", choices))
        self._desktop.settings.chart.studies = [msgspec.to_builtins(choice) for choice in self._choices]
        self._desktop.keeper.changed()

    def add(self, kind: str) -> None:
        """Puts one more indicator on the chart, as it comes."""
        from live_monitor.engine.signals.study_list import added  # noqa: PLC0415 - after the first paint

        self._change(lambda: added(self._choices, kind))

    def toggle(self, study: str) -> None:
        """Shows the indicator of this id, or hides it."""
        from live_monitor.engine.signals.study_list import toggled  # noqa: PLC0415 - after the first paint

        self._change(lambda: toggled(self._choices, study))

    def repaint(self) -> None:
        """The theme is another one."""
        if self._page is not None:
            self._page.set_theme(self._desktop.theme)

    def _change(self, make: Callable[[], list[StudyChoice]]) -> None:
        if self._calendar is None:
            # What is kept has not been read yet, and would be written over.
            return
        try:
            choices = make()
        except ValueError as refusal:
            self._desktop.tell(str(refusal))
            return
        self.use(choices)
        if self._page is not None:
            self._page.set_choices(choices)

    def _show(self, choices: list[StudyChoice]) -> None:
        from live_monitor.engine.signals.study import Study, label_of  # noqa: PLC0415 - after the first paint

        chart, calendar = self._desktop.chart, self._calendar
        if chart is None or calendar is None:
            return
        # Those that stay as they are keep their values: a million bars are not gone through again for a neighbour.
        known = {study.choice.id: study for study in self.studies}
        self.studies = [
            study if (study := known.get(choice.id)) is not None and study.restyle(choice) else Study(choice, calendar)
            for choice in choices
        ]
        self._choices = [study.choice for study in self.studies]
        chart.chart.set_studies(self.studies)
        rows = [StudyRow(choice.id, label_of(choice), choice.shown) for choice in self._choices]
        self._desktop.window.tool_bar.chart.set_studies(rows)

    def _forget_page(self) -> None:
        self._page = None

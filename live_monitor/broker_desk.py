"""Accounts at a broker, looked at while there is a log-in: often while somebody sees them, seldom else. Main thread.

What a broker tells of an account stands in its panel and nowhere else: not in logs, settings or crash files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from live_monitor.desktop import Desktop
from live_monitor.runtime.options import choice_of, provider_of
from live_monitor.ui.broker_panel import BrokerView

if TYPE_CHECKING:
    from live_monitor.runtime.broker_watch import BrokerReport, BrokerWatch
    from live_monitor.sources import Sources

BROKER: Final = "schwab"
TITLE: Final = "Schwab"
#: Seconds between two looks, while the panel is seen and while it is not.
SEEN_S, UNSEEN_S = 5.0, 60.0


class BrokerDesk:
    """Looks as long as there is a log-in; a run that only measures looks at nobody's accounts."""

    def __init__(self, desktop: Desktop, sources: Sources) -> None:
        self._desktop, self._sources = desktop, sources
        self._panel = desktop.window.broker
        self._watch: BrokerWatch | None = None
        self._view = BrokerView()
        self._seen = False
        sources.on_account_activity = self.look_now
        desktop.last_deeds.append(self.stop)

    @property
    def watch(self) -> BrokerWatch | None:
        """What looks at the accounts; None while there is no log-in."""
        return self._watch

    def know(self, needs: Mapping[str, str]) -> None:
        """What providers still need (`ProviderDesk`): a log-in came, went, or was made anew."""
        if needs.get(BROKER, "unknown") or self._desktop.options.takes_measure:
            self.stop()
        elif self._watch is None or self._view.trouble:
            self._start()
        self._desktop.window.pacer.request()

    def _start(self) -> None:
        from live_monitor.runtime.broker_watch import BrokerWatch  # noqa: PLC0415 - there may be no broker

        options, settings = self._desktop.options, self._desktop.settings
        choice = choice_of(BROKER, options if provider_of(options, settings) == BROKER else None, settings)
        self._end_watch()
        self._view = self._view._replace(title=TITLE, trouble="")
        self._seen = self._panel.isVisible()
        watch = self._watch = BrokerWatch(
            lambda: self._sources.accounts(choice), every_s=SEEN_S if self._seen else UNSEEN_S
        )
        watch.looked.connect(self._take)
        watch.start()

    def stop(self) -> None:
        """Looks no longer, and shows nothing any more."""
        self._end_watch()
        self._view = BrokerView()

    def _end_watch(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.looked.disconnect(self._take)
            watch.stop()

    def look_now(self) -> None:
        """Something happened in an account. Any thread."""
        watch = self._watch
        if watch is not None:
            watch.look_now()

    def _take(self, report: BrokerReport) -> None:
        self._view = BrokerView(TITLE, report.accounts, report.trouble)
        if self._panel.isVisible():
            self._desktop.window.pacer.request()

    def on_frame(self) -> None:
        """Brings the panel up to date while somebody looks; from then on accounts are looked at more often."""
        seen = self._panel.isVisible()
        if seen != self._seen:
            self._seen = seen
            if self._watch is not None:
                self._watch.set_pace(SEEN_S if seen else UNSEEN_S)
        if seen:
            self._panel.refresh(self._view, self._desktop.clock.wall_ms())

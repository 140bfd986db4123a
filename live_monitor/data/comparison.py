"""The symbol that the one in focus is compared with: live bars that reach back as far as the others do. Main thread."""

from __future__ import annotations

from typing import Final

from live_monitor.data.followed import Followed
from live_monitor.data.models.timeframe import Timeframe
from live_monitor.engine.market.bar_series import BarSeries

#: Holds the subscription of the compared symbol.
OWNER: Final = "comparison"


class Comparison(Followed):
    """`wish` is what the person wants to see beside the focus symbol; it rests while it is that symbol itself."""

    wish: str | None = None
    #: What stood when bars were last asked for.
    _asked_at: object = None

    def series(self, timeframe: Timeframe, focus: Followed, *, extended: bool, connected: bool) -> BarSeries | None:
        """Bars of any length, and the wish for those that the focus symbol has already. None while nothing is compared.

        Asked for once a frame by whoever shows them; pages come only while somebody does.
        """
        if self.state is None:
            return None
        self.history.use(timeframe.base)
        self._reach_back(timeframe, focus, connected=connected)
        return self.bars.series(timeframe, extended=extended)

    def _reach_back(self, timeframe: Timeframe, focus: Followed, *, connected: bool) -> None:
        base = self.history.loaded_from(timeframe)
        ours_ms, theirs_ms = self.bars.reach_ms(base), focus.bars.reach_ms(base)
        stands = (self.bars, base, ours_ms, theirs_ms, len(self.bars.base(base)) > 0, connected)
        if ours_ms <= theirs_ms or stands == self._asked_at:
            return
        # Once only as things stand: a feed that is lost or silent must not be asked at every frame.
        if self.history.reach(base, theirs_ms):
            self._asked_at = stands

"""What the person asks of price alerts, and that they are kept for the next start. Main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from live_monitor.desktop import Desktop
from live_monitor.settings import PriceAlertSetting

if TYPE_CHECKING:
    from live_monitor.data.market_hub import MarketHub
    from live_monitor.data.price_alerts import PriceAlerts
    from live_monitor.engine.signals.price_alerts import PriceAlert


class AlertDesk:
    """Price alerts outlive the source of prices: each new market session waits for those that are kept."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop = desktop
        self._alerts: PriceAlerts | None = None

    def follow(self, hub: MarketHub) -> None:
        """Another source of prices: what is waited for is waited for there. Before it connects."""
        if self._alerts is not None:
            self._alerts.changed = lambda: None
        self._alerts = hub.price_alerts
        self._alerts.restore(_alert(kept) for kept in self._desktop.settings.price_alerts)
        self._alerts.changed = self.keep

    def wait_for(self, price: float, symbol: str = "", note: str = "") -> None:
        """Places an alert at `price` (USD) of `symbol`, or of the one in focus."""
        session = self._desktop.session
        name = symbol or (session.manager.hub.focus if session is not None else None)
        if self._alerts is None or name is None:
            return
        try:
            self._alerts.add(name, price, note)
        except ValueError as refusal:
            self._desktop.tell(f"{refusal}.")

    def remove(self, alert_id: str) -> None:
        """Takes an alert away."""
        if self._alerts is not None:
            self._alerts.remove(alert_id)

    def keep(self) -> None:
        """What is waited for has changed."""
        if self._alerts is not None:
            self._desktop.settings.price_alerts = [_kept(alert) for alert in self._alerts.rows]
            self._desktop.keeper.changed()


def _kept(alert: PriceAlert) -> PriceAlertSetting:
    return PriceAlertSetting(
        symbol=alert.symbol, price=alert.price, note=alert.note, side=alert.side, since_ms=alert.since_ms,
        market=alert.market,
    )  # fmt: skip


def _alert(kept: PriceAlertSetting) -> PriceAlert:
    from live_monitor.engine.signals.price_alerts import PriceAlert  # noqa: PLC0415 - after the first paint

    # Of a market without a name nobody knows in the next run whether it is the same.
    side, since_ms = (kept.side, kept.since_ms) if kept.market else (0, 0)
    return PriceAlert("", kept.symbol, kept.price, kept.note, side, since_ms, kept.market)

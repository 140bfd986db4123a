"""Which signal meets which slot: the connections between objects that do not know one another, all in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from live_monitor.settings import Settings

if TYPE_CHECKING:
    # The window is painted before what is heavy is imported.
    from live_monitor.chart_desk import ChartDesk
    from live_monitor.desk import Desk
    from live_monitor.desktop import Desktop
    from live_monitor.order_desk import OrderDesk
    from live_monitor.provider_desk import ProviderDesk
    from live_monitor.runtime.market_session import MarketSession
    from live_monitor.ui.chart_wishes import ChartWishes
    from live_monitor.ui.charts.market_chart import MarketChart
    from live_monitor.ui.provider_wishes import ProviderWishes
    from live_monitor.ui.trade_wishes import TradeWishes


def wire(desktop: Desktop, desk: Desk) -> None:
    """Connects everything that lives as long as the window; the next two connect what comes later."""
    from PyQt6.QtCore import Qt

    window, keeper, hooks = desktop.window, desktop.keeper, desktop.hooks
    window.symbol_requested.connect(desk.show_symbol)
    window.timeframe_requested.connect(desk.show_timeframe)
    window.extended_requested.connect(desk.use_extended_hours)
    window.history_requested.connect(desk.show_history)
    window.watch_added.connect(desk.watch)
    window.watch_removed.connect(desk.unwatch)
    window.bar_requested.connect(desk.scroll_to)
    window.theme_requested.connect(desk.use_theme)
    window.colour_blind_safe_requested.connect(desk.use_colour_blind_safe)
    window.reduce_motion_requested.connect(desk.use_reduce_motion)
    window.simulated_requested.connect(desk.providers.use_simulated_market)
    window.replay_requested.connect(desk.providers.ask_for_session)
    window.closed.connect(desktop.end)
    window.pacer.frame.connect(desktop.on_frame)
    window.pacer.frame.connect(desk.chart.on_frame)
    for frames in (desk.orders, desk.quarrel, desk.broker):
        window.pacer.frame.connect(frames.on_frame)
    wire_wishes(window.chart_wishes, desk.chart)
    wire_trade(window.trade.wishes, desk.orders)
    wire_providers(window.provider_wishes, desk.providers)
    window.provider_wishes.beside_requested.connect(desk.quarrel.compare)
    desk.providers.looked = desk.broker.know
    window.provider_wishes.workbook_asked.connect(desk.workbook.ask)
    window.tool_bar.provider.opening.connect(desk.providers.show_lines)
    keeper.save_failed.connect(desktop.tell)

    def collect(settings: Settings) -> None:
        desktop.collect_layout(settings)
        desk.chart.drawings.keep_all()
        window.trade.flush()

    keeper.collect = collect
    # A hook runs in the thread that failed, perhaps in the middle of a paint: the window hears of it a turn later.
    queued = Qt.ConnectionType.QueuedConnection
    hooks.problem_met.connect(desktop.on_problem, queued)  # type: ignore[call-arg]  # PyQt6's stubs forget the type
    hooks.quit_wanted.connect(desktop.end, queued)  # type: ignore[call-arg]  # PyQt6's stubs forget the type


def wire_wishes(wishes: ChartWishes, desk: ChartDesk) -> None:
    """Connects what is asked of the chart, also before it is there."""
    studies, drawings, files = desk.studies, desk.drawings, desk.files
    wishes.kind_requested.connect(desk.use_kind)
    wishes.scale_requested.connect(desk.use_scale)
    wishes.local_time_requested.connect(desk.use_local_time)
    wishes.volume_requested.connect(desk.use_volume)
    wishes.reset_requested.connect(desk.reset)
    wishes.compare_requested.connect(desk.compare)
    wishes.alert_requested.connect(desk.wait_for)
    wishes.alerts_asked.connect(desk.show_alerts)
    wishes.copy_requested.connect(desk.copy_text)
    wishes.studies_requested.connect(studies.open_page)
    wishes.study_added.connect(studies.add)
    wishes.study_toggled.connect(studies.toggle)
    wishes.tool_requested.connect(drawings.use_tool)
    wishes.magnet_requested.connect(drawings.use_magnet)
    wishes.line_requested.connect(drawings.draw_line)
    wishes.drawings_asked.connect(drawings.open_page)
    wishes.undo_requested.connect(drawings.undo)
    wishes.redo_requested.connect(drawings.redo)
    wishes.clear_requested.connect(drawings.clear)
    wishes.drawings_export_requested.connect(drawings.write_file)
    wishes.drawings_import_requested.connect(drawings.read_file)
    wishes.image_export_requested.connect(files.export_picture)
    wishes.image_copy_requested.connect(files.copy_picture)
    wishes.data_export_requested.connect(desk.export_bars)


def wire_trade(wishes: TradeWishes, desk: OrderDesk) -> None:
    """Connects what is asked of paper trading, also before there is a paper desk."""
    wishes.order_requested.connect(desk.place)
    wishes.replace_requested.connect(desk.replace)
    wishes.cancel_requested.connect(desk.cancel)
    wishes.cancel_all_requested.connect(desk.cancel_all)
    wishes.flatten_asked.connect(desk.ask_flatten)
    wishes.flatten_all_asked.connect(desk.ask_flatten_all)
    wishes.flatten_requested.connect(desk.flatten)
    wishes.one_click_requested.connect(desk.use_one_click)
    wishes.bracket_asked.connect(desk.draw_bracket)
    wishes.note_written.connect(desk.write_note)
    wishes.account_chosen.connect(desk.choose_account)
    wishes.account_requested.connect(desk.open_account)
    wishes.reset_requested.connect(desk.reset_account)
    wishes.settings_asked.connect(desk.show_settings)


def wire_providers(wishes: ProviderWishes, desk: ProviderDesk) -> None:
    """Connects what is asked of providers."""
    wishes.use_requested.connect(desk.use)
    wishes.second_requested.connect(desk.use_second)
    wishes.use_first_requested.connect(desk.use_first)
    wishes.connect_asked.connect(desk.connect.open)
    wishes.search_requested.connect(desk.search)


def wire_chart(desktop: Desktop, desk: Desk, chart: MarketChart) -> None:
    """Connects the chart, which comes after the first paint."""
    drawings = chart.chart.drawings
    chart.older_bars_requested.connect(desk.load_older_bars)
    chart.chart.menu_requested.connect(desk.chart.show_menu)
    chart.chart.pane_heights_changed.connect(desk.chart.keep_heights)
    drawings.changed.connect(desk.chart.drawings.keep)
    drawings.tool_changed.connect(desk.chart.drawings.show_tool)
    drawings.steps_changed.connect(desk.chart.drawings.show_steps)
    drawings.magnet_changed.connect(desk.chart.drawings.use_magnet)
    drawings.noticed.connect(desktop.tell)
    trading, wishes = chart.chart.trading, desktop.window.trade.wishes
    trading.order_requested.connect(wishes.order_requested)
    trading.ticket_requested.connect(wishes.ticket_filled)
    trading.replace_requested.connect(wishes.replace_requested)
    trading.cancel_requested.connect(wishes.cancel_requested)
    trading.bar.bracket_asked.connect(wishes.bracket_asked)
    trading.armed_changed.connect(desk.orders.show_one_click)
    trading.sizes_changed.connect(desk.orders.keep_sizes)
    desk.orders.dress()


def wire_session(desktop: Desktop, desk: Desk, session: MarketSession) -> None:
    """Connects one source of prices; the connections go with its manager."""
    session.manager.hub_updated.connect(desktop.on_hub_updated)
    session.manager.symbol_changed.connect(desk.keep_symbol)
    session.manager.symbols_offered.connect(desktop.on_symbols_offered)
    session.manager.symbol_changed.connect(desk.chart.drawings.follow_symbol)
    session.manager.symbol_changed.connect(desk.orders.follow_symbol)
    session.manager.symbol_changed.connect(desk.quarrel.follow_symbol)
    desk.providers.follow(session)
    desk.quarrel.follow(session)
    desk.alerts.follow(session.manager.hub)
    desk.chart.follow(session.manager.hub)

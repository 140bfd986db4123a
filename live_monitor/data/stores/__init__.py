"""Stores that keep bars, behind one protocol (`live_monitor.ports.HistoryStore`). Importing this loads none of them."""

"""Indicators, rules and the engine that turns bars into entry and exit signals."""

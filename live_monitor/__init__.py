"""Live Monitor: a desktop for people who trade US stocks intraday."""

__version__ = "0.1.0"

"""`python -m live_monitor`, the same as the `live-monitor` command."""

from live_monitor.cli import main

# Worker processes import this module again under another name: only the real start may run.
if __name__ == "__main__":
    raise SystemExit(main())

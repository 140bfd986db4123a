"""What surrounds the desktop while it runs: hooks, signals, single instance, the feed's process, a clean end."""

"""Double-click entry and root of the frozen build."""

import multiprocessing

if __name__ == "__main__":
    # First of all: in a frozen build, worker processes start this very file.
    multiprocessing.freeze_support()
    from live_monitor.cli import main

    raise SystemExit(main())

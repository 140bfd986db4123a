"""Run as `python -m tests.runtime.instance_subject FOLDER [stays]`: claims the folder and prints how that went.

With `stays` the first one runs Qt's loop until its input ends, and prints a line for each time it is raised.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from pathlib import Path

from PyQt6.QtCore import QCoreApplication

from live_monitor.runtime.single_instance import SingleInstance


def main(folder: str, stays: bool) -> int:
    instance = SingleInstance(Path(folder), Path(tempfile.gettempdir()))
    claim = instance.claim()
    print(claim, flush=True)
    if claim == "first" and stays:
        application = QCoreApplication([])
        instance.listen()
        print("listening", flush=True)
        instance.raise_requested.connect(lambda: print("asked", flush=True))

        def wait_for_end() -> None:
            os.read(0, 1)
            os._exit(0)

        threading.Thread(target=wait_for_end, daemon=True).start()
        application.exec()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:] == ["stays"]))

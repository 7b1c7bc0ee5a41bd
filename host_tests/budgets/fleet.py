"""Resident memory of many cores in one process. Run as a process of its own, it prints the bytes:

    python3 -m host_tests.budgets.fleet 1000

Each station is booted and has a car that charges; the interpreter, the code and one station are
there before. Linux only: /proc tells what is resident.
"""

import gc
import subprocess
import sys
import tempfile
from pathlib import Path

from host_tests.runtimes import ROOT


def memory(stations) -> int:
    """Bytes over the first one. In a fresh process: what tests leave behind would hide some."""
    command = [sys.executable, "-m", "host_tests.budgets.fleet", str(stations)]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def _resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def _measure(count):
    from host_tests.budgets.desk import Desk
    from ocpp201.store import Directory

    stations = []
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # where syncing costs nothing
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        for n in range(count + 1):
            station = Desk(files=Directory(f"{folder}/{n}"))
            station.begin()
            stations.append(station)
            if n == 0:
                before = _resident()
        print(_resident() - before)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "lib")]
    _measure(int(sys.argv[1]))

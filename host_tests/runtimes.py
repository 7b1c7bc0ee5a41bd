"""Where real MicroPython is on this machine, and how a test runs a script under it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MISSING = "no MicroPython here: no wheel for this platform, and no `micropython` on PATH"


def micropython() -> "str | None":
    """The interpreter of this virtual environment, else one on PATH, else None."""
    beside = Path(sys.executable).parent / "micropython"
    return str(beside) if beside.exists() else shutil.which("micropython")


def micropython_environment() -> "dict[str, str]":
    """Modules come from lib/ and the project's root; `.frozen` is where asyncio is kept."""
    return dict(os.environ, MICROPYPATH=f"{ROOT / 'lib'}:{ROOT}:.frozen")


def run_micropython(script, *args, heapsize="4m", timeout=300, **options):
    """Run a script file to its end. Returns subprocess.CompletedProcess, its output as text.

    heapsize as MicroPython's -X takes it; a 64-bit heap needs twice what a board needs.
    The timeout (s) only keeps a hung interpreter from hanging the tests.
    """
    binary = micropython()
    if binary is None:
        raise FileNotFoundError(MISSING)
    command = [binary, "-X", f"heapsize={heapsize}", str(script), *map(str, args)]
    options.setdefault("cwd", ROOT)
    options.setdefault("env", micropython_environment())
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)

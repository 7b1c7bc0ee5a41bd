"""Power cuts on real littlefs: the program and erase operations of a run are recorded, and a
device that got only the first k of them, the last perhaps in half, is mounted for each k."""

import pytest
from littlefs import LittleFS
from littlefs.context import UserContext

from host_tests.power.workload import Model, run

_BLOCK, _BLOCKS = 512, 256


class Recorder(UserContext):
    """`operations`: (offset, data), in their order; an erase is data of 0xFF."""

    def __init__(self, image=None):
        super().__init__(_BLOCK * _BLOCKS)
        if image is not None:
            self.buffer = bytearray(image)
        self.operations = []

    def prog(self, cfg, block, off, data):
        self.operations.append((block * _BLOCK + off, bytes(data)))
        return super().prog(cfg, block, off, data)

    def erase(self, cfg, block):
        self.operations.append((block * _BLOCK, b"\xff" * _BLOCK))
        return super().erase(cfg, block)


class LfsFiles:
    """The port on a littlefs."""

    def __init__(self, context, fresh=False):
        self._fs = LittleFS(context, block_size=_BLOCK, block_count=_BLOCKS, mount=False)
        if fresh:
            self._fs.format()
        self._fs.mount()
        for name in self.names():
            if name.endswith(".new"):
                self.remove(name)

    def read(self, name, offset=0, size=-1):
        try:
            with self._fs.open(name, "rb") as file:
                file.seek(offset)
                return file.read(size)
        except FileNotFoundError:
            return None

    def write(self, name, data):
        with self._fs.open(name, "wb") as file:
            file.write(bytes(data))

    def append(self, name, parts):
        with self._fs.open(name, "ab" if name in self.names() else "wb") as file:
            for part in parts:
                file.write(bytes(part))

    def replace(self, name, parts):
        with self._fs.open(name + ".new", "wb") as file:
            for part in parts:
                file.write(bytes(part))
        self._fs.rename(name + ".new", name)

    def remove(self, name):
        try:
            self._fs.remove(name)
        except FileNotFoundError:
            pass

    def names(self):
        return self._fs.listdir("/")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_PWR1_cuts_on_littlefs_leave_all_that_was_promised(seed):
    context = Recorder()
    files = LfsFiles(context, fresh=True)
    start = bytes(context.buffer)
    context.operations.clear()
    states = [(0, Model())]  # (operations so far, model) after each step
    run(files, seed, steps=100, after=lambda model: states.append(
        (len(context.operations), model.copy())
    ))  # fmt: skip
    image, cuts = bytearray(start), 0
    for k, (offset, data) in enumerate(context.operations):
        half = len(data) // 2
        for size in (half, len(data)):
            image[offset : offset + size] = data[:size]
            if (k + seed) % 2 or size == len(data):
                before, after = around(states, k + (size == len(data)))
                before.check(LfsFiles(Recorder(image)), after)
                cuts += 1
    print(f"seed {seed}: {cuts} cuts")
    assert cuts > 250


def around(states, done):
    """The model before and after the step in which `done` operations were made."""
    before = states[0][1]
    for count, model in states:
        if count > done:
            return before, model
        before = model
    return before, before

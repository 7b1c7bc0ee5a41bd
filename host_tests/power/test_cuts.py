# runs on: cpython, micropython
"""The power is cut at every change of every file, and nothing is lost, told twice, or mixed up."""

import os
import sys

from host_tests.power.workload import CutFiles, contents, open_journal, run
from ocpp201.store import Directory

ON_A_BOARD = sys.implementation.name == "micropython"
SEEDS = 4 if ON_A_BOARD else 50  # some 140 cuts each
MODES = (0, 1, 2, 3, 4)


FULL = 12288  # bytes: a journal that has to thin


def cut_everywhere(seeds, limit, offline=False):
    cuts = 0
    for seed in seeds:
        for torn in MODES:
            k = 0
            while True:
                k += 1
                files = CutFiles(k, torn)
                model = run(files, seed, limit, 60, None, offline)
                if not files.dead:
                    break
                cuts += 1
                try:
                    model.check(files.survivor())
                except AssertionError as fault:
                    where = seed, k, torn, fault
                    raise AssertionError("seed %d, change %d, torn %d: %s" % where)
    print("%d cuts" % cuts)
    return cuts


def test_PWR1_a_cut_at_any_change_of_any_file():
    cuts = cut_everywhere(range(1, SEEDS + 1), 262144)
    assert cuts > 100 * SEEDS


def test_PWR1_a_cut_while_a_full_journal_is_thinned():
    seeds = range(100, 104 if ON_A_BOARD else 115)
    for seed in seeds:
        assert run(CutFiles(), seed, FULL, 60, None, True).thinned, "seed %d never fills it" % seed
    assert cut_everywhere(seeds, FULL, True) > 100 * len(seeds)


def test_E04_thinning_leaves_all_but_updated():
    for seed in range(20):
        files = CutFiles()
        model = run(files, seed, FULL, 160, None, True)
        assert model.thinned
        assert len(model.journal) == len(list(model.journal))
        there = contents(open_journal(files.survivor(), 9))
        assert contents(model.journal)[1] == there[1], "it has lost sight of an image"
        model.check(files.survivor())


def test_PWR1_an_uncut_run_leaves_what_the_model_says():
    for seed in range(30):
        files = CutFiles()
        model = run(files, seed)
        model.check(files.survivor())


def test_PWR1_errors_of_the_medium_lose_nothing():
    for span in (1, 15):
        for k in range(1, 40):
            files = Failing(k, span)
            model = run(files, 1 + k % 3)
            files.cut = 0  # it works again
            model.journal.close()
            for one in model.entries:
                one.durable = True
            model.check(files.survivor())


class Failing(CutFiles):
    """From the cut-th on so many changes fail, and nothing of them arrives."""

    def __init__(self, cut, span):
        super().__init__(cut)
        self.span = span

    def _survives(self):
        self.changes += 1
        if self.cut and self.cut <= self.changes < self.cut + self.span:
            raise OSError(5)
        return True


def test_PWR1_cuts_on_littlefs():
    """VfsLfs2 of MicroPython on a device of blocks; on CPython that is test_cuts_littlefs.py."""
    if not ON_A_BOARD:
        return
    cuts = 0
    for seed in (1, 2):
        for torn in (0, 1, 2):
            k = 0
            while True:
                k += 1
                blocks = Blocks(k, torn)
                model = on_littlefs(blocks, seed)
                if not blocks.dead:
                    break
                cuts += 1
                blocks.dead, blocks.cut = False, 0
                os.mount(os.VfsLfs2(blocks), "/cut")
                try:
                    model.check(Directory("/cut/data"))
                finally:
                    os.umount("/cut")
    print("%d cuts on littlefs" % cuts)
    assert cuts > 300


def on_littlefs(blocks, seed):
    os.VfsLfs2.mkfs(blocks)
    blocks.count = 0
    blocks.armed = True
    os.mount(os.VfsLfs2(blocks), "/cut")
    try:
        files = Directory("/cut/data")
        return run(Watched(files, blocks), seed, steps=30)
    except OSError:  # no folder yet
        from host_tests.power.workload import Model

        return Model()
    finally:
        os.umount("/cut")


class Watched:
    """The files of a device that may die."""

    def __init__(self, files, blocks):
        self._blocks = blocks
        for name in ("read", "write", "append", "replace", "remove", "names"):
            setattr(self, name, getattr(files, name))

    @property
    def dead(self):
        return self._blocks.dead


class Blocks:
    """128 blocks of 512 bytes. The cut-th program or erase arrives in part, and none after it."""

    def __init__(self, cut, torn):
        self.cut, self.torn = cut, torn
        self.count = 0
        self.armed = self.dead = False
        self._data = bytearray(128 * 512)

    def readblocks(self, n, buf, offset=0):
        at = n * 512 + offset
        buf[:] = self._data[at : at + len(buf)]
        return 0

    def writeblocks(self, n, buf, offset=0):
        size = self._size(len(buf))
        at = n * 512 + offset
        self._data[at : at + size] = buf[:size]
        return -5 if self.dead else 0

    def ioctl(self, op, arg):
        if op == 4:
            return 128
        if op == 5:
            return 512
        if op == 6:
            size = self._size(512)
            self._data[arg * 512 : arg * 512 + size] = b"\xff" * size
            return -5 if self.dead else 0
        return 0

    def _size(self, size):
        """How much of an operation arrives."""
        if self.dead:
            return 0
        self.count += 1
        if not self.armed or self.count != self.cut:
            return size
        self.dead = True
        return (0, size // 2, size - 1)[self.torn]

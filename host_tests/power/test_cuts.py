# runs on: cpython, micropython
"""The power is cut at every change of every file, and nothing is lost, told twice, or mixed up."""

import json
import os
import sys

from host_tests.power.workload import CutFiles, contents, open_journal, run, text_of
from ocpp201 import rpc
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


def test_E04_samples_that_are_left_are_as_far_apart_everywhere():
    """Of two transactions that take turns: none has more than the other."""
    journal = open_journal(CutFiles(), 1, 4 * FULL)
    for key in (b"one", b"two"):
        assert journal.put(b"S", key, 0, text_of("begin"), b"image")
    for seq_no in range(1, 1000):
        for key in (b"one", b"two"):
            journal.put(b"P", key, seq_no, text_of("%s %d" % (key.decode(), seq_no)), None, False)
        journal.tick(60 * seq_no)
    left = {"one": [], "two": []}
    for _, kind, text in journal:
        if kind == b"P":
            name, seq_no = json.loads(bytes(text)[rpc.ROOM : -1])["words"].split()
            left[name].append(int(seq_no))
    apart = journal.sparse + 1
    assert apart > 2 and not journal.full
    for numbers in left.values():
        in_order = [n for n in numbers[:-1] if n % apart == 0]
        assert in_order == list(range(apart, numbers[-2] + 1, apart))
        assert len(numbers) - len(in_order) < 40, "the last segment, and the newest"
    assert abs(len(left["one"]) - len(left["two"])) <= 1


def test_E04_thinning_leaves_the_newest_of_a_transaction():
    """Its seqNo must not be given again after a power cut."""
    files = CutFiles()
    journal = open_journal(files, 1, FULL)
    for key in (b"one", b"two"):
        assert journal.put(b"S", key, 0, text_of("begin"), b"image")
    journal.put(b"P", b"one", 1, text_of("x" * 200), None, False)
    for seq_no in range(1, 100):
        journal.put(b"P", b"two", seq_no, text_of("x" * 200), None, False)
        journal.tick(60 * seq_no)
    assert journal.sparse
    assert contents(open_journal(files.survivor(), 2))[1][b"one"] == (1, b"image")


def test_E04_all_samples_are_kept_again_when_the_queue_is_short():
    journal = open_journal(CutFiles(), 1, FULL)
    assert journal.put(b"S", b"one", 0, text_of("begin"), b"image")
    seq_no = 0
    while not journal.sparse:
        seq_no += 1
        journal.put(b"P", b"one", seq_no, text_of("x" * 200), None, False)
        journal.tick(60 * seq_no)
    while len(journal):
        journal.acknowledge()
        journal.tick(60 * seq_no)
    journal.tidy()
    newest = journal.seq
    for n in (1, 2, 3):
        journal.put(b"P", b"one", seq_no + n, text_of("again"), None, False)
    assert journal.seq == newest + 3


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

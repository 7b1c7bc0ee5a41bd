# runs on: cpython, micropython
"""Two-slot files: the format, which slot counts, and what a cut or a broken medium leaves."""

import os
import struct
from binascii import crc32

from ocpp201.store import Directory, RamFiles, Store

VECTOR = bytes.fromhex("4F534C32 05000000 0400 0100 29000000 9D202DD5".replace(" ", ""))
BODY_41 = b"\x29\x00\x00\x00"


class Log:
    def __init__(self):
        self.lines = []

    def __call__(self, level, text):
        self.lines.append(level + " " + text)


class CutFiles(RamFiles):
    """Power fails in the middle of the next write: `kept` bytes of it arrive."""

    def __init__(self, contents, kept):
        super().__init__()
        for name in contents.names():
            super().write(name, contents.read(name))
        self.kept = kept

    def write(self, name, data):
        super().write(name, data[: self.kept])
        raise OSError(5)


class DeadFiles(RamFiles):
    """The medium answers every call with an error once it is dead."""

    dead = False

    def read(self, name):
        if self.dead:
            raise OSError(5)
        return super().read(name)

    def write(self, name, data):
        if self.dead:
            raise OSError(5)
        super().write(name, data)


def slot_with(generation, body=BODY_41, said=None):
    """One slot of that generation, put together by hand; valid unless the length said is wrong."""
    size = len(body) if said is None else said
    data = struct.pack("<4sIHH", b"OSL2", generation, size, 1) + body
    return data + struct.pack("<I", crc32(data))


def fails(call, *args):
    try:
        call(*args)
    except OSError:
        return True
    return False


def test_format_is_that_of_the_reference_vector():
    files = RamFiles()
    files.write("x.0", VECTOR)
    assert Store(files).load("x") == (1, BODY_41)
    store = Store(files)
    store.save("x", BODY_41)
    assert files.read("x.1")[:8] == b"OSL2\x06\x00\x00\x00"
    assert files.read("x.1")[8:16] == VECTOR[8:16]
    assert slot_with(5) == VECTOR


def test_nothing_saved_is_none():
    assert Store(RamFiles()).load("x") is None


def test_saves_alternate_and_leave_the_younger_slot_alone():
    files = RamFiles()
    store = Store(files)
    for n in range(5):
        before = (files.read("x.0"), files.read("x.1"))
        store.save("x", b"%d" % n)
        after = (files.read("x.0"), files.read("x.1"))
        assert before[1 - n % 2] == after[1 - n % 2]
        assert store.load("x") == (1, b"%d" % n)


def test_any_bytes_like_body_and_any_schema():
    store = Store(RamFiles())
    for body in (b"", bytearray(b"ab"), memoryview(b"abc"), bytes(65535)):
        store.save("x", body, 7)
        assert store.load("x") == (7, bytes(body))


def test_a_body_too_long_is_refused_before_writing():
    files = RamFiles()
    try:
        Store(files).save("x", bytes(65536))
    except ValueError:
        assert files.names() == []
        return
    raise AssertionError("65536 bytes were taken")


def test_states_do_not_meet():
    store = Store(RamFiles())
    store.save("x", b"1")
    store.save("x1", b"2")
    store.erase("x")
    assert store.load("x") is None
    assert store.load("x1") == (1, b"2")


def test_a_cut_at_any_byte_leaves_the_state_before():
    files = RamFiles()
    Store(files).save("x", b"first")
    Store(files).save("x", b"second")
    size = len(slot_with(1, b"third"))
    for kept in range(size):
        cut = CutFiles(files, kept)
        assert fails(Store(cut).save, "x", b"third")
        assert Store(cut).load("x") == (1, b"second"), kept
    complete = CutFiles(files, size)
    assert fails(Store(complete).save, "x", b"third")
    assert Store(complete).load("x") == (1, b"third")


def test_after_a_cut_the_broken_slot_is_written_next():
    files = RamFiles()
    Store(files).save("x", b"first")
    Store(files).save("x", b"second")
    files.write("x.0", files.read("x.0")[:7])
    Store(files).save("x", b"third")
    assert Store(files).load("x") == (1, b"third")
    assert files.read("x.1")[12:-4] == b"second"


def test_every_flipped_bit_is_noticed_and_logged():
    whole = slot_with(9, b"new")
    for at in range(len(whole)):
        torn = bytearray(whole)
        torn[at] ^= 1 << at % 8
        files, log = RamFiles(), Log()
        files.write("x.0", slot_with(8, b"old"))
        files.write("x.1", torn)
        assert Store(files, log).load("x") == (1, b"old"), at
        assert len(log.lines) == 1 and "x.1" in log.lines[0]


def test_foreign_files_are_passed_over():
    lengths = (slot_with(3) + b"\n", slot_with(3, said=3), slot_with(3, said=5))
    for content in (b"", b"OSL2", b"hello, world, hello", bytes(40)) + lengths:
        files, log = RamFiles(), Log()
        files.write("x.0", content)
        assert Store(files, log).load("x") is None
        assert len(log.lines) == 1
        Store(files).save("x", b"mine")
        assert Store(files, log).load("x") == (1, b"mine")


def test_generations_wrap():
    files = RamFiles()
    files.write("x.1", slot_with(0xFFFFFFFF, b"old"))
    store = Store(files)
    store.save("x", b"new")
    assert files.read("x.0")[4:8] == bytes(4)
    assert store.load("x") == (1, b"new")
    store.save("x", b"newer")
    assert store.load("x") == (1, b"newer")


def test_the_younger_counts_in_either_slot():
    for young, slot in ((7, "x.0"), (7, "x.1"), (2, "x.0"), (2, "x.1")):
        other = "x.1" if slot == "x.0" else "x.0"
        files = RamFiles()
        files.write(slot, slot_with(young, b"young"))
        files.write(other, slot_with((young - 3) & 0xFFFFFFFF, b"old"))
        assert Store(files).load("x") == (1, b"young")


def test_erase_cut_half_way_leaves_the_younger():
    class OneRemoval(RamFiles):
        removals = 0

        def remove(self, name):
            if self.removals:
                raise OSError(5)
            self.removals = 1
            super().remove(name)

    for saves in (1, 2, 3):
        files = OneRemoval()
        for n in range(saves):
            Store(files).save("x", b"%d" % n)
        assert fails(Store(files).erase, "x")
        assert Store(files).load("x") == (1, b"%d" % (saves - 1))


def test_a_medium_that_fails_is_not_mistaken_for_an_empty_one():
    files = DeadFiles()
    store = Store(files)
    store.save("x", b"1")
    files.dead = True
    assert fails(store.load, "x")
    assert fails(store.save, "x", b"2")
    assert fails(store.save, "x", b"2"), "it has to be read anew"
    files.dead = False
    assert store.load("x") == (1, b"1")


# ------------------------------------------------------------------ the port on real files


def with_directory(test):
    path = "host_tests_store_%d" % (id(test) & 0xFFFFFF)
    files = Directory(path)
    try:
        test(path, files)
    finally:
        for name in files.names():
            files.remove(name)
        os.rmdir(path)


def test_directory_keeps_what_was_written():
    def test(path, files):
        store = Store(files)
        assert store.load("x") is None
        store.save("x", b"1")
        store.save("x", b"2")
        assert sorted(files.names()) == ["x.0", "x.1"]
        assert Store(Directory(path)).load("x") == (1, b"2")
        store.erase("x")
        assert files.names() == []
        store.erase("x")

    with_directory(test)


def test_directory_overwrites_longer_content():
    def test(path, files):
        files.write("a", b"longer")
        files.write("a", memoryview(b"short"))
        assert files.read("a") == b"short"

    with_directory(test)


def test_directory_without_a_parent_is_an_error():
    assert fails(Directory, "no_such_parent/child")


def test_directory_passes_errors_on():
    def test(path, files):
        os.mkdir(path + "/sub")
        try:
            assert fails(files.write, "sub", b"1")
            assert fails(files.write, "none/x", b"1")
            assert fails(files.read, "x" * 300)
            assert fails(files.remove, "sub")
        finally:
            os.rmdir(path + "/sub")

    with_directory(test)

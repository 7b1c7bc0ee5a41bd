"""What a station asks of its journal, at random but the same each time, and beside it a plain
model of what must be there after the power was cut at any moment of it.

    run(files, seed)    works until it is through, or until files.dead; returns the Model
    model.check(files)  opens what is left, twice, uses it and drains it; AssertionError

The model's rules: a put that returned True is there, unless acknowledged, byte by byte and in its
order. What was under way when the power went is there or not, the earlier before the later. An
acknowledgement that was made durable stays so; one that was not may be lost. The newest image of
each transaction that is not over is there, none of one that is. No number is given twice.
"""

import ocpp201.journal
from ocpp201 import rpc
from ocpp201.journal import Journal
from ocpp201.store import RamFiles, Store
from ocpp201.wallclock import WallClock

STEPS = 60

_load = ocpp201.journal.rare
_loaded = {}


def loaded_once(name):
    """For thousands of boots: what a board forgets stays."""
    if name not in _loaded:
        _loaded[name] = _load(name)
    return _loaded[name]


ocpp201.journal.rare = loaded_once


class CutFiles(RamFiles):
    """Power goes in the middle of the cut-th change (from 1; 0: never) and does not come back.
    torn: what of it arrives: 0 nothing, 1 half, 2 all but a byte, 3 all, 4 half and then noise."""

    def __init__(self, cut=0, torn=0):
        super().__init__()
        self.cut, self.torn = cut, torn
        self.changes = 0
        self.dead = False

    def survivor(self):
        """The same files at the next boot."""
        files = RamFiles()
        for name in self.names():
            files.write(name, RamFiles.read(self, name))
        return files

    def write(self, name, data):
        self._change(lambda data: RamFiles.write(self, name, data), bytes(data))

    def append(self, name, parts):
        before = RamFiles.read(self, name) or b""
        data = bytearray()
        for part in parts:
            data.extend(part)
        self._change(lambda data: RamFiles.write(self, name, before + data), bytes(data))

    def replace(self, name, parts):
        data = bytearray()
        for part in parts:
            data.extend(part)
        if self._survives():
            RamFiles.write(self, name, data)
        self._die()

    def remove(self, name):
        if self._survives():
            super().remove(name)
        self._die()

    def read(self, name, offset=0, size=-1):
        self._die()
        return super().read(name, offset, size)

    def _change(self, write, data):
        whole = self._survives()
        if whole:
            write(data)
        elif self.torn and self.changes == self.cut:
            half = len(data) // 2
            noise = b"\x5a" * (len(data) - half)
            write((b"", data[:half], data[:-1], data, data[:half] + noise)[self.torn])
        self._die()

    def _survives(self):
        """Does this change arrive whole?"""
        if self.dead:
            return False
        self.changes += 1
        if self.changes == self.cut:
            self.dead = True
            return self.torn == 3
        return True

    def _die(self):
        if self.dead:
            raise OSError(5)


class Entry:
    def __init__(self, seq, kind, key, seq_no, text, image):
        self.seq, self.kind, self.key, self.seq_no = seq, kind, key, seq_no
        self.text, self.image = text, image
        self.durable = False
        self.silent = False  # acknowledged from RAM: only what it says of the transaction is kept


class Model:
    def __init__(self, boot=1):
        self.entries = []
        self.acked = 0  # the newest acknowledged message
        self.saved = 0  # the same, durable
        self.boot = boot
        self.thinned = False  # Updated may be missing

    def copy(self):
        """As it is now; entries are never changed but to become durable."""
        other = Model(self.boot)
        for one in self.entries:
            entry = Entry(one.seq, one.kind, one.key, one.seq_no, one.text, one.image)
            entry.durable, entry.silent = one.durable, one.silent
            other.entries.append(entry)
        other.acked, other.saved, other.thinned = self.acked, self.saved, self.thinned
        return other

    def check(self, files, under_way=None):
        """`under_way`: the model after the step in which the power went, if it got that far."""
        journal = open_journal(files, self.boot + 1)
        found, images = contents(journal)
        self._check_messages(found, under_way)
        self._check_images(images, under_way)
        assert len(journal) == len(found), "it counts %d" % len(journal)
        again = open_journal(files, self.boot + 2)
        assert contents(again) == (found, images), "a second mount changes something"
        self._check_use(files, again, found)

    def _check_messages(self, found, under_way):
        known = {}
        for one in (under_way or self).entries:
            known[one.seq] = one
        before = 0
        for seq, kind, text in found:
            assert seq in known and not known[seq].silent, "message %d from nowhere" % seq
            assert seq > before, "out of order"
            assert (known[seq].kind, known[seq].text) == (kind, text), "another content"
            assert seq > self.saved, "acknowledged for good, and back"
            before = seq
        there = [seq for seq, _, _ in found]
        acked = (under_way or self).acked
        thinned = (under_way or self).thinned
        for one in self.entries:
            if one.durable and not one.silent and one.seq > acked and one.seq not in there:
                assert thinned and one.kind in (b"U", b"P"), "message %d is lost" % one.seq

    def _check_images(self, images, under_way):
        entries = (under_way or self).entries
        sure = len([one for one in self.entries if one.durable])
        possible = []
        for n in range(sure, len(entries) + 1):
            possible.append(images_after(entries, n))
        shown = brief(images), [brief(one) for one in possible]
        assert images in possible, "images %s, not one of %s" % shown

    def _check_use(self, files, journal, found):
        assert journal.put(b"A", b"", 0, text_of("usable"), None, True), "it takes nothing more"
        newest = journal.seq
        assert not found or newest > found[-1][0], "a number is given twice"
        for one in self.entries:
            assert one.seq < newest or not one.durable, "a number is given twice"
        expected = [(seq, kind, text) for seq, kind, text in found]
        expected.append((newest, b"A", bytes(text_of("usable"))[rpc.ROOM :]))
        while expected:
            seq, kind, text = journal.head()
            assert (seq, kind, bytes(text)[rpc.ROOM :]) == expected.pop(0), "the queue moved"
            journal.acknowledge()
            journal.tick(seq)
        journal.close()
        journal = open_journal(files, self.boot + 3)
        assert contents(journal)[0] == [], "acknowledged, and back"
        assert journal.seq >= newest, "numbers begin anew"


def brief(images):
    return sorted([(key, images[key][0], images[key][1][:8]) for key in images])


def images_after(entries, n):
    """key -> (newest seqNo, image) when the first n that reach the flash are there."""
    images = {}
    for one in entries:
        if not one.durable:
            if n <= 0:
                break
        n -= 1
        if n < 0:
            break
        if one.kind == b"E":
            images.pop(one.key, None)
        elif one.image:
            images[one.key] = (one.seq_no, one.image)
        elif one.key in images:
            images[one.key] = (one.seq_no, images[one.key][1])
    return images


def open_journal(files, boot, limit=262144):
    store = Store(files, quiet)
    return Journal(store, WallClock(store, quiet), boot, quiet, limit)


def quiet(level, text):
    """What the log says is not looked at here."""


def contents(journal):
    messages = [(seq, kind, bytes(text)[rpc.ROOM :]) for seq, kind, text in journal]
    images = {}
    for key, seq_no, image, _ in journal.open_transactions():
        images[key] = (seq_no, image)
    return messages, images


def text_of(words):
    return rpc.payload({"words": words})


class Dice:
    """The same numbers on both runtimes."""

    def __init__(self, seed):
        self._seed = seed

    def below(self, n):
        self._seed = (self._seed * 1103515245 + 12345) % 2147483648
        return (self._seed >> 16) % n


def run(files, seed, limit=262144, steps=STEPS, after=None, offline=False):
    """after(model), if given, is called after each step. offline: little is acknowledged."""
    dice, model, now = Dice(seed), Model(), 0
    journal = open_journal(files, 1, limit)
    running = {}
    for step in range(steps):
        if getattr(files, "dead", False):
            break
        now += dice.below(200)
        what = dice.below(10)
        if what < 5:
            _tell(journal, model, dice, running, step)
        elif offline and what < 9:
            _tell(journal, model, dice, running, step)
        elif what < 8:
            _acknowledge(journal, model, 1 + dice.below(4))
        elif step % 20 == 19 and not offline:  # all of it, and a restart
            _acknowledge(journal, model, len(journal))
            journal.close()
            if not getattr(files, "dead", False):
                journal = open_journal(files, 1, limit)
        _tick(journal, model, now)
        if after:
            after(model)
    model.journal = journal
    return model


def _tell(journal, model, dice, running, step):
    """A message of one of two transactions, or of none."""
    key = (b"one", b"two", b"")[dice.below(3)]
    if not key:
        _put(journal, model, b"A", key, 0, "event %d" % step, None, dice.below(2) == 0)
        return
    seq_no = running.get(key, -1) + 1
    if seq_no == 0:
        kind = b"S"
    elif dice.below(6) == 0:
        kind = b"E"
    else:
        kind = (b"P", b"U", b"P")[dice.below(3)]
    name = key + b"-%d" % (step if seq_no == 0 else running[key + b"#"])
    if seq_no == 0:
        running[key + b"#"] = step
    image = None
    if kind in b"SU":
        image = b"image %d of %s " % (seq_no, name) + bytes(250)
    _put(journal, model, kind, name, seq_no, "x" * dice.below(400), image, kind != b"P")
    running[key] = seq_no
    if kind == b"E":
        running.pop(key)


def _put(journal, model, kind, key, seq_no, words, image, urgent):
    text = text_of(words)
    if kind == b"P" and seq_no & journal.sparse:
        assert model.thinned, "it is left out, though there is room"
        newest = journal.seq
        assert not journal.put(kind, key, seq_no, text, image, urgent)
        assert journal.seq == newest
        return
    entry = Entry(journal.seq + 1, kind, key, seq_no, bytes(text)[rpc.ROOM :], image)
    model.entries.append(entry)
    if journal.put(kind, key, seq_no, text, image, urgent):
        _all_durable(journal, model)


def _all_durable(journal, model):
    for one in model.entries:
        one.durable = True


def _acknowledge(journal, model, n):
    for _ in range(n):
        head = journal.head()
        if head is None:
            return
        waiting = [one for one in model.entries if one.seq == head[0] and not one.durable]
        journal.acknowledge()
        model.acked = head[0]
        for one in waiting:  # from RAM: it never reaches the flash
            if one.image or one.kind == b"E":
                one.silent = True
            else:
                model.entries.remove(one)


def _tick(journal, model, now):
    waited = bool(journal._waiting)
    full = journal.used > journal._thin_at
    journal.tick(now)
    model.thinned = model.thinned or full
    if waited and not journal._waiting:
        _all_durable(journal, model)
    if not journal._unsaved:
        model.saved = min(model.acked, journal.acked)

"""What is measured in the heap of a device, and how: a function a figure, for the tests, which
compare it with budgets.py, and for tools/ram_report.py, which prints it.

Each takes the Tree and the width of the interpreter in bits and returns {name: number}; bytes
unless it says otherwise.
"""

from host_tests.budgets import code
from host_tests.budgets.budgets import FORGOTTEN

# asyncio is frozen into a board; what it costs there is not ours to save.
_FROZEN = """
import asyncio, binascii, hashlib, io, json, os, time
asyncio.StreamReader, asyncio.create_task, asyncio.Event, asyncio.Lock, asyncio.TimeoutError
def used():
    return gc.mem_alloc()
"""


def import_costs(tree, bits):
    """What stays of each module, in the heap of an interpreter that imports one after another."""
    others = ("ocpp201", "main", "terminal_cpython", "evse.aio.tls_cpython")
    names = [name for name in code.modules() if name not in others]
    return tree.run(bits, _FROZEN + _IMPORTS % (*code.package(), names))


# Importing the package would import all of the core at once: an object stands for it until the
# modules are there whose names it hands on.
_IMPORTS = """
class Package:
    pass
package = sys.modules["ocpp201"] = Package()
for folder in sys.path:
    try:
        os.stat(folder + "/ocpp201")
        package.__path__ = folder + "/ocpp201"
    except OSError:
        pass
handed_on, constants = %r, %r
for name in constants:
    setattr(package, name, constants[name])
for name in %r:
    gc.collect()
    gc.collect()
    before = used()
    __import__(name)
    gc.collect()
    gc.collect()
    print(name, used() - before)
    for one in handed_on:
        if handed_on[one] == name:
            setattr(package, one, getattr(sys.modules[name], one))
"""


def whole_station(tree, bits):
    """What the firmware with the simulated board keeps, code included: when it is imported,
    booted, charging at both EVSEs, and when its log is full. Without the loop's tasks and the
    socket, which the 32-bit build has not."""
    return tree.run(bits, _FROZEN + _WHOLE % (FORGOTTEN,))


_WHOLE = """
gc.collect()
gc.collect()
start = used()
import ocpp201.dispatch  # one after the other: the stack is short
import evse.controller, evse.aio.link, boards.simulated.board, station, console
ocpp201.dispatch.load_usual()
from evse.rare import forget
for name in %r:
    if name not in sys.modules:  # another one has imported it
        __import__(name)
    forget(name)
    gc.collect()
gc.collect()
gc.collect()
code = used() - start
print("code", code)
from host_tests.budgets import desk, whole
gc.collect()
gc.collect()
harness = used() - start - code
folder = "/input" if "/input" in sys.path else "."
one = whole.Whole(folder + "/config.json")
one.forget()
gc.collect()
gc.collect()
print("booted", used() - start - harness)
one.begin()
gc.collect()
gc.collect()
print("charging", used() - start - harness)
one.fill_log()
gc.collect()
gc.collect()
print("log full", used() - start - harness)
print("transactions", len(one.cp.state.running()))
"""


def heap_total(tree):
    """The parts of the heap of a station at its worst moment, on 32 bits.

    The largest CALL's share lives for a moment only, and can't be watched there: it is what it
    needs on 64 bits, scaled as what it allocates altogether. The tasks of the loop are an
    estimate."""
    whole = whole_station(tree, 32)
    if whole["transactions"] != 2:
        raise RuntimeError("the cars don't charge: %r" % whole)
    scale = conversation(tree, 32)["SetVariables"] / conversation(tree, 64)["SetVariables"]
    return {
        "code": whole["code"],
        "objects": whole["booted"] - whole["code"],
        "transactions": whole["charging"] - whole["booted"],
        "log": whole["log full"] - whole["charging"],
        "largest CALL": int(max(least_room(tree, 4096).values()) * scale),
        "event loop": _LOOP,
    }


# asyncio from the firmware's ROM, its loop, seven tasks, two streams (reference: 32-bit unix).
_LOOP = 2000 + 300 + 7 * 200 + 2 * 100


def conversation(tree, bits):
    """Garbage of one TransactionEvent, sent and answered, and of the largest CALLs."""
    return tree.run(bits, _FROZEN + _CONVERSATION)


_CONVERSATION = """
from host_tests.budgets import desk
one = desk.Desk((2,))
one.begin()
one.send_event()
one.send_event()
gc.collect()
before = used()
text = one.say_event()
print("event sent", used() - before)
print("event size", len(text))
one.write_answer(text)
before = used()
one.hear_answer()
print("event answered", used() - before)
for name, make in (("SetVariables", desk.largest_set), ("GetVariables", desk.largest_get)):
    for n in range(2):
        call = make(one.cp.variables, n)
        gc.collect()
        before = used()
        answer = one.hear_call(call)
        print(name, used() - before)
        print(name + " size", len(call) - 1)
        print(name + " answer", len(answer))
        one.forget()
"""


def growth(tree, bits, transactions):
    """What is left of so many transactions, after a hundred to warm up."""
    return tree.run(bits, _FROZEN + _GROWTH % (100, transactions))


_GROWTH = """
from host_tests.budgets import desk
one = desk.Desk()
one.begin()
one.unplug(1)
one.unplug(2)
one.forget()
for n in range(%d):
    one.transact()
    gc.collect()
gc.collect()
before = used()
for n in range(%d):
    one.transact()
    gc.collect()
gc.collect()
print("growth", used() - before)
"""


def recovery(tree):
    """The most that lives while a journal of 64 KB is opened, on 32 bits.

    Watched on 64 bits, at each of its looks at a file, because the collector works there inside of
    functions. The bytes of a record are as many on 32 bits; all else is pointers and blocks of the
    heap, half as wide."""
    watched = tree.run(64, _FROZEN + _RECOVERY)
    if watched["bytes"] < 64000:
        raise RuntimeError("the journal is not full: %r" % watched)
    return watched["record"] + (watched["most"] - watched["record"]) // 2


_RECOVERY = """
import ocpp201.journal
from ocpp201.store import RamFiles, Store
class Clock:
    first = provisional = 800000000
def quiet(level, text):
    pass
files = RamFiles()
def opened(files, boot):
    return ocpp201.journal.Journal(Store(files), Clock(), boot, quiet, 131072)
journal = opened(files, 1)
text, n = bytearray(640), 0
while journal.used < 64000:
    for key in (b"a" * 36, b"b" * 36):
        journal.put(b"U" if n else b"S", key, n, text, bytes(250))
    n += 1
print("bytes", journal.used)
loaded = ocpp201.journal.rare("recovery")
ocpp201.journal.rare = lambda name: loaded
class Watched(RamFiles):
    most = record = 0
    def look(self, found):
        gc.collect()
        self.most = max(self.most, used() - before)
        return found
    def read(self, name, offset=0, size=-1):
        data = files.read(name, offset, size)
        self.record = max(self.record, len(data or b""))
        return self.look(data)
    def names(self):
        return self.look([bytes(name, "utf-8").decode() for name in files.names()])
watched = Watched()
del journal, text
gc.collect()
gc.collect()
before = used()
journal = opened(watched, 2)
watched.look(None)
print("record", watched.record)
print("most", watched.most)
"""


def least_room(tree, threshold):
    """The smallest free heap in which each of the largest CALLs is answered, while the collector
    runs every `threshold` bytes (-1: only when the heap is full). With a few KB it is what lives
    at the worst moment; with -1 it is what a heap takes that garbage has cut in pieces.

    Searched on 64 bits, where the collector works everywhere; a filling takes the rest."""
    return tree.run(64, _FROZEN + _ROOM % threshold, heapsize="800k")


_ROOM = """
gc.enable()
gc.threshold(4096)
from host_tests.budgets import desk
one = desk.Desk()
one.begin()
gc.threshold(%d)
calls = 0
def answered(make, wanted, room):
    global calls
    calls += 1
    call = make(one.cp.variables, calls)
    one.forget()
    gc.collect()
    try:
        filling = [bytearray(992) for _ in range((gc.mem_free() - room) // 1056)]
        answer = one.hear_call(call)
    except MemoryError:
        return False
    return answer is not None and bytes(answer[:100]).find(wanted) >= 0
for name, make, wanted in (
    ("SetVariables", desk.largest_set, b'{"setVariableResult":'),
    ("GetVariables", desk.largest_get, b'{"getVariableResult":'),
):
    too_little, enough = 0, 180000
    if not answered(make, wanted, enough):
        raise Exception(name)
    while enough - too_little > 256:
        room = (enough + too_little) // 2
        if answered(make, wanted, room):
            enough = room
        else:
            too_little = room
    print(name, enough)
"""


def allocations(tree, bits):
    """1 for each step of the quiet paths that allocates, 0 for those that don't."""
    return tree.run(bits, _LOCKED)


_LOCKED = """
import ocpp201, evse.controller, station  # one after the other: the stack is short
from host_tests.budgets import locked
locked.report(("/input" if "/input" in sys.path else ".") + "/config.json")
"""

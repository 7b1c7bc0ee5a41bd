# runs on: cpython, micropython
"""Every file in data_dir, damaged in every way: the station starts, says so, uses the rest, and
charges a car."""

import json
import os
import sys

if "firmware" not in sys.path:
    sys.path.insert(0, "firmware")

import compose
from station import Station

from boards.simulated import console

FOLDER = "/tmp/ocpp201-damaged"
CONFIG = {
    "station": {"id": "CP"}, "board": "simulated", "data_dir": "data", "log_level": "warning",
    "evses": [{}, {}, {}], "cards": [{"idToken": "OWN"}],
}  # fmt: skip
TIME_OUT = "TxCtrlr.EVConnectionTimeOut"

_seed = 7


def random_below(n):
    global _seed
    _seed = (_seed * 1103515245 + 12345) % 2147483648
    return (_seed >> 8) % n


class Quiet(Station):
    """All parts of a station, without the event loop."""

    def __init__(self):
        super().__init__(FOLDER + "/config.json", compose)
        self._since = 0

    @property
    def told(self):
        """Warnings and errors."""
        return self.log.tail(20)

    def run(self, seconds):
        for _ in range(seconds):
            self._since += 1
            self.controller.tick(self._since)
            self.cp.wakeup(self._since)

    def end(self):
        self.cp.close()
        self._rows.close()


def charges(station, evse_id):
    console.do_plug(station.board, [str(evse_id)])
    assert station.controller.card("OWN", "ISO14443", evse_id)
    station.run(10)
    return station.controller.contactors[evse_id - 1].closed


def started():
    station = Quiet()
    station.controller.start(station.cp)
    station._set_clock()
    return station


def clear(folder):
    try:
        names = os.listdir(folder)
    except OSError:
        os.mkdir(folder)
        return
    for name in names:
        path = folder + "/" + name
        if os.stat(path)[0] & 0x4000:
            clear(path)
            os.rmdir(path)
        else:
            os.remove(path)


def put(name, data):
    with open(FOLDER + "/" + name, "wb") as file:
        file.write(data)


def lived_in():
    """{file: content} of a station that has seen something of all that is kept: EVSE 2 out of
    service, a value set, a transaction at EVSE 1, a crash; each state in both its slots."""
    clear(FOLDER)
    os.mkdir(FOLDER + "/data")
    put("config.json", json.dumps(CONFIG).encode())
    for value in ("66", "77"):
        station = started()
        station.run(12)
        if value == "66":
            assert charges(station, 1)
        component, variable = {"name": "TxCtrlr"}, {"name": "EVConnectionTimeOut"}
        item = {"component": component, "variable": variable, "attributeValue": value}
        assert station.cp.set_variables([item])[0]["attributeStatus"] == "Accepted"
        for operative in (True, False):
            station.cp.change_availability(operative, {"id": 2})
        station.log("error", "a crash", ValueError(value))
        station.run(30)
        station.end()
    for reason in (b"LocalReset", b"RemoteReset"):
        station.store.save("boot_reason", reason)
    files = {}
    for name in os.listdir(FOLDER + "/data"):
        with open(FOLDER + "/data/" + name, "rb") as file:
            files[name] = file.read()
    return files


def after(files, name, damage):
    """A start with this file damaged: bytes, "directory" or None (gone)."""
    clear(FOLDER + "/data")
    for other, data in files.items():
        if other != name:
            put("data/" + other, data)
    if damage == "directory":
        os.mkdir(FOLDER + "/data/" + name)
        put("data/" + name + "/file", b"so that it can't be removed")
    elif damage is not None:
        put("data/" + name, damage)
    return started()


def damages(data):
    """Truncated, a byte changed, replaced: all of a small file, a sample of a large one."""
    step = max(1, len(data) // 12)
    for length in range(0, len(data), step):
        yield data[:length]
    for _ in range(12):
        changed = bytearray(data)
        changed[random_below(len(data))] ^= 1 << random_below(8)
        yield bytes(changed)
    yield bytes([random_below(256) for _ in range(300)])
    yield b"\0" * len(data)
    yield b"\xff" * len(data)
    yield b"[" * 3000
    yield b"[null]"
    yield data + data
    yield "directory"
    yield None


def check(station, files, name, damage):
    """It is well, and has all that stands in the other files."""
    about = (name, damage if damage is None or len(damage) < 80 else len(damage))
    state = name.split(".")[0]
    assert station.cp.errors == 0, about
    time_out = station.variables.number(TIME_OUT)
    assert time_out == 77 or (state == "variables" and time_out in (66, 120)), about
    in_service = station.cp.state.evse(2).operative
    assert not in_service or state == "availability", about
    cables = [bay.cables for bay in station.board.bays]
    assert cables == [[1], [], []] or (state == "simulated" and cables == [[]] * 3), about
    register = station.board.bays[0].energy_wh
    assert register >= 30 or state == "simulated", about
    transaction = station.cp.get_evse_transaction_id(1)
    assert transaction or state[:2] in ("q-", "q"), about
    assert "ValueError: 77" in station.log.crashes() or state == "crash", about
    reason = station.cp.registration.boot_reason
    assert reason == "RemoteReset" or state == "boot_reason", about
    assert not station.safe, about


def test_an_undamaged_folder_is_used_without_a_word():
    files = lived_in()
    for name in ("availability", "boot", "boot_reason", "clock", "crash", "variables"):
        assert name + ".0" in files and (name + ".1" in files or name == "clock"), name
    station = after(files, None, None)
    check(station, files, "", None)
    assert station.told == []
    station.end()


def _may_pass(name, data, damage) -> bool:
    """Can nobody see it? A segment may end with any record; the file of the simulated world has no
    crc, a digit may be any."""
    if name[:2] == "q-":
        return data.startswith(damage) if isinstance(damage, bytes) else False
    return name == "simulated.json" and len(damage) == len(data)


def test_every_file_damaged_in_every_way():
    files = lived_in()
    for name in sorted(files):
        for damage in damages(files[name]):
            station = after(files, name, damage)
            check(station, files, name, damage)
            assert station.told or damage is None or _may_pass(name, files[name], damage), name
            station.run(12)
            assert charges(station, 3), (name, damage)
            assert station.cp.errors == 0, (name, damage)
            station.end()


def test_a_megabyte_in_the_place_of_every_file():
    files = lived_in()
    for name in sorted(files):
        station = after(files, name, bytes(1 << 20))
        check(station, files, name, b"")
        assert station.told, name
        station.run(12)
        assert charges(station, 3), name
        station.end()


def test_all_files_are_garbage_at_once():
    files = lived_in()
    clear(FOLDER + "/data")
    for name in files:
        put("data/" + name, b"garbage")
    station = started()
    assert station.cp.errors == 0
    station.run(12)
    assert charges(station, 1)
    station.end()
    names = os.listdir(FOLDER + "/data")
    for name in ("availability", "boot", "variables", "simulated"):
        assert name + ".bad" in names


def test_what_is_damaged_at_every_start_is_kept_once():
    lived_in()
    for n in range(5):
        for slot in (".0", ".1"):
            put("data/variables" + slot, b"garbage %d" % n)
        put("data/simulated.json", b"garbage %d" % n)
        started().end()
    names = [name for name in os.listdir(FOLDER + "/data") if name[-4:] == ".bad"]
    assert sorted(names) == ["simulated.bad", "variables.bad"]


def test_hundreds_of_foreign_files_are_nobodys_business():
    files = lived_in()
    for n in range(400):
        files["foreign-%d.txt" % n] = b"x"
    station = after(files, None, None)
    check(station, files, "", None)
    station.end()
    assert len(os.listdir(FOLDER + "/data")) >= len(files)

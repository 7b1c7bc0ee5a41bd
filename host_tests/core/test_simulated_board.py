# runs on: cpython, micropython
"""The simulated board: what a person does with car and cable, what the meter then says."""

import asyncio
import os

from boards.simulated import console
from boards.simulated.board import Board
from boards.simulated.network import Line
from ocpp201.meter import MeterValue

TWO = {
    "evses": [
        {"connectors": ["cType2", "sType2"], "phases": 3, "max_current_a": 32},
        {"connectors": ["sType2"], "phases": 1, "max_current_a": 16},
    ]
}


class Station:
    """Stands for the controller: writes down what the board reports."""

    def __init__(self):
        self.heard = []

    def plugged(self, *where):
        self.heard.append(("plugged",) + where)

    def unplugged(self, *where):
        self.heard.append(("unplugged",) + where)

    def ev_unplugged(self, *where):
        self.heard.append(("ev_unplugged",) + where)

    def ev_draws(self, *what):
        self.heard.append(("ev_draws",) + what)

    def bay(self, *what):
        self.heard.append(("bay",) + what)

    def taken(self):
        heard, self.heard = self.heard, []
        return heard


def started(data_dir=None):
    board = Board(TWO, data_dir, lambda level, text: None)
    board.start(Station())
    board.tick(0)
    return board


def do(board, line):
    words = line.split()
    return getattr(console, "do_" + words[0])(board, words[1:])


def refused(board, line):
    try:
        do(board, line)
    except ValueError as reason:
        return str(reason)
    return None


def charging(board, evse_id=1, limit_da=160):
    do(board, "plug %d" % evse_id)
    board.offer(evse_id, limit_da)
    board.relay(evse_id, True)


def reading(board, evse_id=1):
    value = MeterValue()
    assert board.read_meter(evse_id, value) is True
    return value


def test_plug_and_unplug_are_reported_at_once():
    board = started()
    do(board, "plug 1 2")
    do(board, "unplug 1 2")
    assert board.station.taken() == [("plugged", 1, 2), ("unplugged", 1, 2)]


def test_connector_1_is_meant_if_none_is_named():
    board = started()
    do(board, "plug 2")
    assert board.station.taken() == [("plugged", 2, 1)]


def test_car_asks_for_current_once_it_is_offered():
    board = started()
    do(board, "plug 1")
    board.tick(1)
    board.station.taken()
    board.offer(1, 160)
    board.tick(2)
    board.tick(3)
    assert board.station.taken() == [("ev_draws", 1, True)]


def test_car_pauses_and_goes_on():
    board = started()
    charging(board)
    board.tick(1)
    board.station.taken()
    do(board, "ev 1 pause")
    assert reading(board).power_w == 0
    board.tick(2)
    do(board, "ev 1 charge")
    board.tick(3)
    assert board.station.taken() == [("ev_draws", 1, False), ("ev_draws", 1, True)]


def test_a_new_car_charges_though_the_last_one_paused():
    board = started()
    do(board, "plug 1")
    do(board, "ev 1 pause")
    do(board, "unplug 1")
    charging(board)
    assert reading(board).power_w > 0


def test_no_power_without_contactor_or_offer():
    board = started()
    do(board, "plug 1")
    board.offer(1, 160)
    assert reading(board).power_w == 0
    board.relay(1, True)
    assert reading(board).power_w == 11040
    board.offer(1, 59)
    assert reading(board).power_w == 0


def test_limit_caps_the_load():
    board = started()
    charging(board)
    do(board, "load 1 22000")
    assert reading(board).power_w == 3 * 230 * 16
    board.offer(1, 100)
    assert reading(board).power_w == 3 * 230 * 10
    do(board, "load 1 3000")
    assert reading(board).power_w == 3000


def test_current_voltage_and_power_agree():
    board = started()
    charging(board)
    value = reading(board)
    assert list(value.current_ma) == [16000, 16000, 16000]
    assert list(value.voltage_dv) == [2300, 2300, 2300]
    assert value.frequency_mhz == 50000 and value.export_wh == -1 and value.soc == -1
    charging(board, 2)
    value = reading(board, 2)
    assert value.power_w == 3680
    assert list(value.current_ma) == [16000, -1, -1]
    assert list(value.voltage_dv) == [2300, -1, -1]


def test_register_adds_up_every_watt_second():
    board = started()
    do(board, "load 1 1000")
    charging(board)
    for now in range(1, 3601):
        board.tick(now)
    assert reading(board).energy_wh == 1000
    board.tick(7200)
    assert reading(board).energy_wh == 2000


def test_next_car_at_the_same_second_is_asked_anew():
    board = started()
    charging(board)
    board.tick(1)
    do(board, "unplug 1")
    do(board, "plug 1")
    board.station.taken()
    board.tick(2)
    assert board.station.taken() == [("ev_draws", 1, True)]


def test_locked_plug_stays_when_the_car_leaves():
    board = started()
    do(board, "plug 2")
    assert board.lock(2, 1, True)
    do(board, "unplug 2")
    board.tick(1)
    assert board.station.taken() == [("plugged", 2, 1), ("ev_unplugged", 2, 1)]
    do(board, "plug 2")
    assert board.station.taken() == [("plugged", 2, 1)]


def test_owner_takes_the_cable_once_it_is_released():
    board = started()
    do(board, "plug 2")
    board.lock(2, 1, True)
    do(board, "unplug 2")
    board.station.taken()
    board.lock(2, 1, False)
    board.tick(1)
    assert board.station.taken() == [("unplugged", 2, 1)]
    assert refused(board, "unplug 2")


def test_lock_fails_on_command():
    board = started()
    do(board, "cable 2 lock-fail")
    assert board.lock(2, 1, True) is False
    do(board, "cable 2 lock-ok")
    assert board.lock(2, 1, True) is True


def test_stale_meter_gives_no_answer_and_leaves_the_value():
    board = started()
    value = MeterValue()
    do(board, "meter 1 stale")
    assert board.read_meter(1, value) is False
    assert value.energy_wh == -1
    do(board, "meter 1 ok")
    assert board.read_meter(1, value) is True


def test_welded_contacts_carry_current_without_coil():
    board = started()
    charging(board)
    board.relay(1, False)
    assert board.mirror(1) is False
    do(board, "contactor 1 weld")
    assert board.mirror(1) is True and reading(board).power_w > 0


def test_bay_is_reported():
    board = started()
    do(board, "bay 2 taken")
    do(board, "bay 2 empty")
    assert board.station.taken() == [("bay", 2, True), ("bay", 2, False)]


def test_malformed_commands_are_refused_with_a_reason():
    board = started()
    for line in (
        "plug", "plug 0", "plug 3", "plug 1 3", "plug 1 0", "plug one", "plug 1 1 1", "plug -1",
        "plug +1", "plug 1.0", "plug 99999999999999999999", "unplug 1", "ev 1", "ev 1 stop",
        "ev charge", "load 1", "load 1 -5", "load 1 1.5", "load 1 1000001", "cable 1 lock",
        "cable lock-ok", "meter 1", "meter 1 dead", "network", "network off", "network up up",
        "bay 1 full", "contactor 1 open",
    ):  # fmt: skip
        assert refused(board, line), line
    assert board.station.taken() == []


def test_plugging_twice_is_refused():
    board = started()
    do(board, "plug 1")
    assert refused(board, "plug 1") == "already plugged"


# A power cut: the object is gone without a word, the next one reads what was kept.


def emptied(name):
    """A folder for one test, without what an earlier run left there."""
    folder = "/tmp/ocpp201-" + name
    try:
        os.mkdir(folder)
    except OSError:
        pass
    for file in os.listdir(folder):
        os.remove(folder + "/" + file)
    return folder


def test_power_cut_leaves_car_cable_lock_and_register():
    folder = emptied("cut")
    board = started(folder)
    do(board, "load 2 3600")
    charging(board, 2)
    do(board, "bay 2 taken")
    board.lock(2, 1, True)
    for now in range(1, 101):
        board.tick(now)
    assert reading(board, 2).energy_wh == 100

    board = started(folder)
    assert board.station.taken() == [("bay", 2, True), ("plugged", 2, 1)]
    assert reading(board, 2).energy_wh == 100
    assert reading(board, 2).power_w == 0
    do(board, "unplug 2")
    assert board.station.taken() == [("ev_unplugged", 2, 1)]
    board = started(folder)
    assert board.station.taken()[1:] == [("plugged", 2, 1), ("ev_unplugged", 2, 1)]


def test_register_never_falls_wherever_the_cut_comes():
    folder = emptied("fall")
    board = started(folder)
    charging(board)
    shown = 0
    for now in range(1, 60):
        board.tick(now)
        shown = reading(board).energy_wh
        assert Board(TWO, folder, None).bays[0].energy_wh >= shown
    assert shown > 100


def started_from(text):
    """A board whose file says that; and what it logged."""
    folder = emptied("damage")
    with open(folder + "/simulated.json", "w") as file:
        file.write(text)
    lines = []
    board = Board(TWO, folder, lambda level, text: lines.append(level))
    board.start(Station())
    board.tick(1)
    board.save()
    return board, lines, os.listdir(folder)


def test_damaged_file_is_reported_set_aside_and_starts_empty():
    for text in ("", '[{"cables"', "{}", "7", "null", '"[]"', "[" * 3000):
        board, lines, names = started_from(text)
        assert lines == ["error"] and board.bays[0].cables == [], text
        assert sorted(names) == ["simulated.bad", "simulated.json"]


def test_what_can_be_so_in_a_file_that_is_not_ours_is_used():
    for entry in (
        '{"cables": [1], "energy_wh": 4711, "load_w": -1}',
        '{"cables": [1, 9], "energy_wh": 4711}',
        '{"cables": [1, "2", null, 1.5], "energy_wh": 4711}',
        '{"cables": [1], "energy_wh": 4711, "rest_ws": "x", "wants": 1, "occupied": null}',
        '{"cables": [1], "energy_wh": 4711, "colour": "red"}',
    ):  # fmt: skip
        board, lines, names = started_from("[" + entry + ", 7]")
        assert lines == ["error"] and "simulated.bad" in names, entry
        bay = board.bays[0]
        assert (bay.cables, bay.energy_wh, bay.wants) == ([1], 4711, True), entry
        assert bay.load_w >= 0 and not bay.occupied


def test_fewer_or_more_evses_than_the_file_knows_are_no_damage():
    for text, cables in (("[]", []), ('[{"cables": [1]}]', [1]), ("[{}, {}, {}, {}]", [])):
        board, lines, names = started_from(text)
        assert (lines, board.bays[0].cables) == ([], cables)


# The network: a line of the board over a wire that the test holds in its hands.


class Wire:
    """Streams without a socket: the test says what arrives, and sees what was sent."""

    def __init__(self):
        self.sent = b""
        self.closed = False
        self._inbox = []
        self._something = asyncio.Event()

    def arrive(self, data):
        self._inbox.append(data)
        self._something.set()

    async def read(self, n):
        while not self._inbox:
            self._something.clear()
            await self._something.wait()
        data = self._inbox.pop(0)
        if isinstance(data, OSError):
            raise data
        return data

    def write(self, data):
        self.sent += data

    async def drain(self):
        await asyncio.sleep(0)

    def close(self):
        self.closed = True

    async def wait_closed(self):
        pass


def on_a_line(scenario):
    """Runs scenario(board, wire, line)."""

    async def main():
        board = started()
        wire = Wire()
        await scenario(board, wire, Line(board.network, wire, wire))

    asyncio.run(main())


async def settle():
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_network_up_lets_bytes_through():
    async def scenario(board, wire, line):
        line.write(b"out")
        await line.drain()
        assert wire.sent == b"out"
        wire.arrive(b"incoming")
        assert await line.read(2) == b"in"
        buf = bytearray(10)
        assert await line.readinto(buf) == 6 and buf[:6] == b"coming"

    on_a_line(scenario)


def test_network_down_holds_both_directions_back_until_up():
    async def scenario(board, wire, line):
        do(board, "network down")
        line.write(b"one ")
        await line.drain()
        line.write(b"two")
        await line.drain()
        wire.arrive(b"late")
        reading = asyncio.create_task(line.read(100))
        await settle()
        assert wire.sent == b"" and not reading.done()
        do(board, "network up")
        assert await reading == b"late"
        await settle()
        assert wire.sent == b"one two"

    on_a_line(scenario)


def test_reader_who_gave_up_loses_nothing():
    async def scenario(board, wire, line):
        do(board, "network down")
        wire.arrive(b"late")
        reading = asyncio.create_task(line.read(100))
        await settle()
        reading.cancel()
        await settle()
        do(board, "network up")
        assert await line.read(100) == b"late"

    on_a_line(scenario)


def test_network_down_hides_end_and_reset_of_the_peer():
    async def scenario(board, wire, line):
        for end in (b"", OSError(104)):
            do(board, "network down")
            wire.arrive(end)
            reading = asyncio.create_task(read_to_the_end(line))
            await settle()
            assert not reading.done()
            do(board, "network up")
            assert await reading == "ended"

    on_a_line(scenario)


async def read_to_the_end(line):
    try:
        assert await line.read(100) == b""
    except OSError:
        pass
    return "ended"


def test_peer_hears_of_a_close_when_the_network_is_up_again():
    async def scenario(board, wire, line):
        do(board, "network down")
        line.close()
        await line.wait_closed()
        assert not wire.closed
        do(board, "network up")
        await settle()
        assert wire.closed and board.network.lines == []

    on_a_line(scenario)


def test_new_connection_hangs_while_the_network_is_down():
    async def main():
        server, port = await echo_server()
        board = started()
        do(board, "network down")
        opening = asyncio.create_task(board.open_connection("127.0.0.1", port))
        await settle()
        assert not opening.done()
        do(board, "network up")
        reader, writer = await opening
        writer.write(b"hello")
        await writer.drain()
        assert await reader.read(100) == b"hello"
        writer.close()
        await writer.wait_closed()
        server.close()
        await settle()

    asyncio.run(main())


async def echo_server():
    """On the first free port: MicroPython can't tell which one it was given."""
    port = 23400
    while True:
        try:
            return await asyncio.start_server(echo, "127.0.0.1", port), port
        except OSError:
            port += 1


async def echo(reader, writer):
    writer.write(await reader.read(100))
    await writer.drain()
    await reader.read(100)
    writer.close()


def test_meter_read_allocates_nothing():
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:
        return  # only MicroPython can prove it
    board = started()
    charging(board)
    value = MeterValue()
    board.read_meter(1, value)
    heap_lock()
    try:
        board.read_meter(1, value)
    finally:
        heap_unlock()
    assert value.power_w == 11040

"""The firmware with the simulated board, on an interpreter that has no event loop: all objects of
a station are there but the loop's tasks and the socket."""

import compose
from log import LINES
from station import Station

from boards.simulated import console
from host_tests.budgets.desk import CARDS, SETTINGS, Desk, noise
from host_tests.core_station import Recorder
from ocpp201.ids import Ids
from ocpp201.store import RamFiles, Store

_LOG_LINE = "a line of the log as long as most of them are: sixty letters"


class Firmware(Station):
    """Keeps its files in RAM: the 32-bit build can't write."""

    def _open_store(self, settings, _):
        settings["data_dir"] = None
        files = RamFiles()
        return files, Store(files, self.log), Ids(noise, 1), (True, [])


class Whole(Desk):
    """config: path of the config file."""

    def __init__(self, config):
        self._config = config
        super().__init__()

    def start(self):
        self.station = Firmware(self._config, compose)
        for key, value in SETTINGS:
            self.station.variables.put(key, value)
        self.cp = self.station.cp
        self.integrator = Recorder()  # nobody calls it
        self.readings = [outlet.value for outlet in self.station.controller.outlets]
        self.station.controller.start(self.cp)
        self.tick()

    def tick(self):
        self.now += 1
        self.station.controller.tick(self.now)

    def begin(self):
        board = self.station.board
        for evse_id in (1, 2):
            console.do_plug(board, [str(evse_id)])
            self.pump()
            self.station.controller.card(CARDS[evse_id - 1], "ISO14443", evse_id)
            for _ in range(9):
                self.pump()
                self.tick()
        self.pump()
        self.forget()

    def fill_log(self):
        """The ring of the last lines is full sooner or later."""
        for _ in range(LINES):
            self.station.log._lines.append("%08d " % self.now + _LOG_LINE)
        self.station.log._lines = self.station.log._lines[-LINES:]

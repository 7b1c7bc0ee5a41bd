"""A station that dies and comes back, many times, as the test has planned it.

    station = Mortal("cpython", config, folder, [{"stop": 17}, {"lines": 3}, {}], rate=20)

Each item is one life and says when it ends:

    {"stop": k}         at the k-th point of its writing to flash (host_tests/power/launch.py)
    {"stop": k, "at": "after writing q-"}       at the k-th of those that begin like this
    {"lines": n}        when it has written its n-th line of log
    {"messages": n}     when the n-th message has passed on the wire, in either direction
    {}                  when the test ends it

When the plan is used up, no life ends by itself. Gone is raised in whoever talked to it then.
"""

import json
import threading
from pathlib import Path

from host_tests.station import Gone, Station

LAUNCH = Path(__file__).resolve().parent / "launch.py"


class Mortal(Station):
    """cuts: what each of its lives has ended with, in words. points: how many points of its
    writing the last one had that ended in order."""

    def __init__(self, runtime, config, folder, plan=(), rate=1):
        self.cuts = []
        self.points = None
        self._plan = list(plan)
        self._rate = rate
        self._fuse = {}
        self._burning = threading.Lock()
        try:
            super().__init__(runtime, config, folder, main=LAUNCH)
        except Gone:
            pass  # before READY; whoever talks to it will see

    def start(self):
        """The next life. Gone: it ended before READY."""
        self._fuse = dict(self._plan.pop(0)) if self._plan else {}
        world = {"rate": self._rate, "stop": 0}
        world.update((key, self._fuse.pop(key)) for key in ("stop", "at") if key in self._fuse)
        (self.folder / "world.json").write_text(json.dumps(world), encoding="utf-8")
        super().start()

    def lives_left(self):
        return len(self._plan)

    def kept(self):
        """What the board has kept of cars and meters: physics, which no power cut changes."""
        return json.loads((self.folder / "data" / "simulated.json").read_text(encoding="utf-8"))

    def pull_cables(self):
        """All cars leave while the station has no power."""
        file = self.folder / "data" / "simulated.json"
        if not file.exists():       # not even a first look at the cars was finished
            return
        bays = self.kept()
        for bay in bays:
            bay.update(cables=[], car_left=False, locked=[])
        file.write_text(json.dumps(bays), encoding="utf-8")

    def fail_writes(self, errno):
        """All writing to flash fails with this errno from now on; None: it works again."""
        file = self.folder / "medium"
        if errno is None:
            file.unlink()
        else:
            file.write_text(str(errno), encoding="utf-8")

    def noted(self, line):
        if line.startswith("CUT "):
            self._die(line.strip())
        elif line.startswith("POINTS "):
            self.points = int(line.split()[1])
        else:
            self._burn("lines", line.strip())

    # What a Transcript is asked: each message that passes.

    def station_sent(self, text):
        self._burn("messages", "> " + text[:200])

    def csms_sent(self, text):
        self._burn("messages", "< " + text[:200])

    def _burn(self, kind, what):
        with self._burning:
            if kind not in self._fuse:
                return
            self._fuse[kind] -= 1
            if self._fuse[kind] > 0:
                return
            self._fuse = {}
        self._die(f"at {what}")

    def _die(self, why):
        self.cuts.append(why)
        self.process.kill()


__all__ = ["Gone", "Mortal"]

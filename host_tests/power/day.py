"""A day at a station with two EVSEs, told to a station that may die at any moment of it.

    with Loopback(Csms()) as csms:
        street = Street(csms, "cpython", folder, plan)
        street.one_day()
        street.close()          # all is there, and it adds up

Each verb says what a person wants, not what he types: the car shall be plugged in, it shall have
so much energy, nobody shall charge here any more. So it can be said again after a power cut, which
the command may have been lost in, and it is up to the station whether the transaction goes on or
another begins.

Nothing waits for a time to pass; a look at the station is due when there is news of it.
"""

import random
import threading
from datetime import datetime, timedelta, timezone

from websockets.exceptions import ConnectionClosed

from host_tests.judges.ledger import Ledger
from host_tests.peers.sessions import datum, is_quiet
from host_tests.power.lives import Gone, Mortal
from host_tests.station import Refused

RATE, SPEED = 20, 60        # the world, and in it the core and the car
SAMPLE_S = 60
POWER_W = 11040             # of each car
SAMPLE_WH = POWER_W * SAMPLE_S // 3600
CARDS = "04AAAAAA", "04BBBBBB"

_OUTAGE_S = 60      # how long a power cut lasts, for the clock of the CSMS
_BATCH = 4          # so many samples are written to flash together while offline
_SETTLED_S = 15     # after a power cut: whether the car is still there is known by then
LOOK_S = 0.02       # between two looks when there is no news

VARIABLES = {
    "TxCtrlr.TxBeforeAcceptedEnabled": "true",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": 1,
    "OCPPCommCtrlr.RetryBackOffRandomRange": 0,
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": 0,
    "OCPPCommCtrlr.MessageTimeout#Default": 1200,       # a busy machine is no dead CSMS
    "OCPPCommCtrlr.MessageAttemptInterval#TransactionEvent": 0,
    "OCPPCommCtrlr.MessageAttempts#TransactionEvent": 100,
    "SampledDataCtrlr.TxUpdatedInterval": SAMPLE_S,
    "SampledDataCtrlr.TxUpdatedMeasurands": "Energy.Active.Import.Register",
}


class Street:
    """cars_leave: how likely all cars are gone when power comes back. skews: by how many seconds
    the clock of the CSMS may be wrong, another one at each boot. `seed` draws both. url: where the
    station connects to, if it is not the CSMS itself."""

    def __init__(
        self, csms, runtime, folder, plan=(), variables=(), cars_leave=0, skews=(0,), seed=1,
        url=None, rate=RATE, speed=SPEED,
    ):  # fmt: skip
        self.csms = csms
        self.ledger = Ledger(clock_steps=len(skews) > 1)
        self._skews = skews
        self._speed = speed
        self._began = datetime.now(timezone.utc)
        self._passed = 0            # seconds of the world since then
        self._uptime = 0
        csms.answer("BootNotification", self._accept_boot)
        csms.answer("Heartbeat", lambda _: {"currentTime": self._time(0)})
        self.life = 0
        self._random = random.Random(seed)
        self._cars_leave = cars_leave
        self._news = threading.Event()
        self._away = None           # how the link was cut: "drop" or "down"
        self._newest = {}           # transactionId -> seqNo, as seen last while offline
        self._known = {}            # seqNo that a transaction had when this offline time began
        self._refused = None        # what the station refused last
        config = {
            "station": {"id": "CP001"},
            "csms": {"url": url or csms.url, "security_profile": 0},
            "board": "simulated",
            "evses": [{"connectors": ["cType2"]}] * 2,
            "cards": [{"idToken": card, "type": "ISO14443"} for card in CARDS],
            "log_level": "debug",
            "variables": [datum(*one) for one in {**VARIABLES, **dict(variables)}.items()],
        }
        self.station = Noticed(self._news, runtime, config, folder, plan, rate)
        csms.watch(self.station)
        self._begin()

    # ------------------------------------------------------------------ what people want

    def plug(self, evse):
        self.until(lambda now: plugged(now, evse), lambda _: self.station.command(f"plug {evse}"))

    def unplug(self, evse):
        self.until(
            lambda now: not plugged(now, evse) and not running(now, evse),
            lambda now: plugged(now, evse) and self.station.command(f"unplug {evse}"),
        )

    def charge(self, evse, wh, card=CARDS[0], start=None):
        """The car gets so much more, whoever has to show his card again for that."""
        goal = self.until(lambda _: True)["evses"][evse - 1]["energy_wh"] + wh
        tap = f"tap {card} ISO14443 {evse}"

        def see_to_it(now):
            if not plugged(now, evse):      # gone while the power was cut; here is the next one
                self.station.command(f"plug {evse}")
            start() if start else self.station.command(tap)

        self.until(
            lambda now: now["evses"][evse - 1]["energy_wh"] >= goal, see_to_it,
            well=lambda now: plugged(now, evse) and running(now, evse),
        )

    def pause(self, evse):
        self.until(
            lambda now: now["evses"][evse - 1]["power_w"] == 0,
            lambda _: self.station.command(f"ev {evse} pause"),
        )

    def go_on(self, evse):
        self.station_command(f"ev {evse} charge")

    def tap_out(self, evse, card=CARDS[0]):
        self.finish(evse, lambda: self.station.command(f"tap {card} ISO14443 {evse}"))

    def finish(self, evse, stop):
        self.until(
            lambda now: not running(now, evse), lambda now: running(now, evse) and stop()
        )

    def remote_start(self, evse, card=CARDS[1]):
        token = {"idToken": card, "type": "ISO14443"}
        self.request("RequestStartTransaction", {
            "evseId": evse, "remoteStartId": 7, "idToken": token,
        })

    def remote_stop(self, evse):
        transaction = running(self.station.status(), evse)
        if transaction:     # it may have ended since somebody looked
            self.request("RequestStopTransaction", {"transactionId": transaction["id"]})

    def reset(self):
        """The CSMS resets the station, whatever goes on."""
        lives = self.life

        def ask(_):
            if self.life == lives:
                self.request("Reset", {"type": "Immediate"})

        self.until(lambda now: self.life > lives and now["uptime_s"] >= _SETTLED_S, ask)

    def drop(self):
        """The station goes offline."""
        self._away = "drop"
        self.until(
            lambda now: not now["connected"], lambda _: self.station.command("ws drop")
        )

    def csms_leaves(self):
        """The CSMS goes, for its part: the station finds nobody, however often it boots."""
        self.csms.down()
        self._away = "down"
        self.until(lambda now: not now["connected"])

    def come_back(self):
        away, self._away = self._away, None
        if away == "down":
            self.csms.up()
        self.until(online, lambda _: self._connect(away), settled=False)

    def one_day(self):
        """Six sessions that end in six ways."""
        one, two = CARDS
        self.plug(1)
        self.charge(1, 400, one)
        self.plug(2)
        self.charge(2, 300, two, lambda: self.remote_start(2))
        self.pause(1)
        self.tap_out(1, one)
        self.unplug(1)
        self.drop()
        self.charge(2, 300, two)
        self.plug(1)
        self.charge(1, 400, one)
        self.tap_out(1, one)
        self.come_back()
        self.charge(1, 300, one)
        self.finish(2, lambda: self.remote_stop(2))
        self.unplug(1)
        self.unplug(2)
        self.plug(2)
        self.charge(2, 300, two)
        self.csms_leaves()
        self.charge(2, 300, two)
        self.tap_out(2, two)
        self.charge(2, 300, one)
        self.come_back()
        self.plug(1)
        self.charge(1, 200, two)
        self.reset()
        self.charge(1, 200, two)
        self.tap_out(1, two)
        self.finish(2, lambda: self.station.command(f"tap {one} ISO14443 2"))
        self.unplug(1)
        self.unplug(2)

    # ---------------------------------------------------------------------- how it is done

    def until(self, goal, act=None, well=None, settled=True):
        """Returns the first status for which goal(status) holds. `act` is what somebody does for
        it: once in each life, and once more when well(status) has been true and is not any more.
        settled: not before the station is online, if it shall be, and what a power cut has left
        is decided.
        """
        done_in = None
        looks = 0
        while True:
            try:
                now = self.status()
                if not settled or self._settled(now):
                    if goal(now):
                        return now
                    if well and well(now):
                        done_in = None
                    elif act and done_in != self.life and self._try(act, now):
                        done_in = self.life
                looks += 1
                assert looks < 10000, f"in vain: {now} {self._refused}\n{self.station.log()}"
                self._news.wait(LOOK_S)
                self._news.clear()
            except Gone:
                self._power_back()

    def status(self):
        """Of the station, with the eyes of the ledger."""
        now = self.station.status()
        if self.station.restarted():
            self._live_on()
            now = self.station.status()
        if not self._hurries and (self._away or online(now)):
            self._hurry(True)
        self._passed += max(now["uptime_s"] - self._uptime, 0)
        self._uptime = now["uptime_s"]
        if now["connected"]:
            self._known = {}
        else:
            self._made_offline(now)
        return now

    def _made_offline(self, now):
        new = 0 if self._known else None
        for place in now["evses"]:
            transaction = place["transaction"]
            if transaction:
                seq_no = transaction["seq_no"]
                base = self._known.setdefault(transaction["id"], seq_no if new is None else -1)
                self.ledger.made_offline(transaction["id"], base + 1, seq_no)
                self._newest[transaction["id"]] = seq_no
        self._known.setdefault("", 0)

    def station_command(self, line):
        done = []
        self.until(lambda _: done, lambda _: done.append(self.station.command(line)))

    def request(self, action, payload):
        """The CSMS asks; the answer is waited for, unless the station dies over it."""
        future = self.csms.ask(action, payload)
        try:
            while not future.done():
                self.station.status()
                self._news.wait(LOOK_S)
            answer = future.result()
        except (ConnectionClosed, TimeoutError) as error:
            raise Refused(f"{action}: {error!r}")
        finally:
            future.cancel()
        if answer.get("status") not in ("Accepted", "Scheduled"):
            raise Refused(f"{action}: {answer}")

    def close(self, behind_wh=SAMPLE_WH + SAMPLE_WH // 4):
        """Everybody goes home; what the CSMS has been told is what the meters have delivered."""
        if self._away:
            self.come_back()
        for evse in (1, 2):
            self.unplug(evse)
        now = self._go_down()
        meters = {place["id"]: place["energy_wh"] for place in now["evses"]}
        assert "Traceback" not in self.station.log(), self.station.log()
        assert [bay["energy_wh"] for bay in self.station.kept()] == list(meters.values())
        faults = self.verdict(meters, behind_wh)
        assert not faults, "\n".join(faults + self.csms.checker.unfinished())

    def _go_down(self):
        """In order and with nothing left to tell; again, if the power is cut on the way. Returns
        the last status."""
        while True:
            now = self.until(lambda now: online(now) and is_quiet(now))
            cuts = len(self.station.cuts)
            try:
                assert now["errors"] == 0, self.station.command("crash")
                self.csms.all_answered()
                status = self.station.stop()
            except Gone:
                status = self.station.wait()
            if status == 0:
                return now
            assert len(self.station.cuts) > cuts, f"exit status {status}"
            self._power_back()

    # What the CSMS answers. Its clock runs as fast as the station's.

    def _accept_boot(self, _):
        now = self._time(self._random.choice(self._skews))
        return {"currentTime": now, "interval": 300, "status": "Accepted"}

    def _time(self, skew):
        now = self._began + timedelta(seconds=self._passed + skew)
        return now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def verdict(self, meters, behind_wh):
        messages = zip(self.csms.messages, self.csms.csms.came_on)
        for (action, payload), connection in messages:
            if action == "TransactionEvent":
                self.ledger.accept(payload, connection)
        return self.ledger.faults(meters, behind_wh) + self.csms.checker.violations

    def _try(self, act, now):
        try:
            act(now)
        except Refused as refusal:
            self._refused = str(refusal)
            return False
        return True

    def _settled(self, now):
        """Online again, if it shall be, and decided about what ran before."""
        return now["uptime_s"] >= _SETTLED_S and (self._away or online(now))

    def _begin(self):
        try:
            self._live_on()
        except Gone:
            self._power_back()

    def _power_back(self):
        """The next life, or the one after that, if it ends before READY."""
        while True:
            self.station.wait()
            self.csms.call(self._tell_the_judge)
            for transaction_id, seq_no in self._newest.items():
                self.ledger.may_be_lost(transaction_id, seq_no, _BATCH)
            if self._random.random() < self._cars_leave:
                self.station.pull_cables()
            try:
                self.station.start()
                self._live_on()
                return
            except Gone:
                pass

    def _connect(self, away):
        self._hurry(False)
        if away == "drop":
            self.station.command("ws connect")

    def _hurry(self, hurries):
        """While its time runs fast a station does not take the CSMS's: first that."""
        self._hurries = hurries
        self.station.command(f"speed {self._speed if hurries else 1}")

    def _tell_the_judge(self):
        self.csms.checker.power_cut = True

    def _live_on(self):
        self.life += 1
        self._known = {}
        self._newest = {}
        self._uptime = 0
        self._passed += _OUTAGE_S
        self._hurries = False
        if self._away == "drop":
            self.station.command("ws drop")


class Noticed(Mortal):
    """Each line of its log is news."""

    def __init__(self, news, *args):
        self._noticed = news
        super().__init__(*args)

    def noted(self, line):
        super().noted(line)
        self._noticed.set()

    def restarted(self):
        """Has it restarted itself since the last time?"""
        ready, self._ready = self._ready, 0
        return ready > 0


def plugged(now, evse):
    return now["evses"][evse - 1]["connectors"][0]["plugged"]


def running(now, evse):
    return now["evses"][evse - 1]["transaction"]


def online(now):
    return now["connected"] and now["registration"] == "Accepted"

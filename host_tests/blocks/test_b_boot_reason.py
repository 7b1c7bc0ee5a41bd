# runs on: cpython, micropython
"""B. Why the station starts, as BootNotification says it: right, in every retry, whatever happens
between the order to restart and the CSMS's Accepted."""

from host_tests.core_station import CoreStation
from ocpp201.store import RamFiles, Store

CARD = "04A1B2C3D4E5F6"


def reasons(s):
    return [one["reason"] for one in s.messages("BootNotification")]


def booted(files, boot="Accepted"):
    return CoreStation(files=files, boot=boot)


def stored(reason, schema=1):
    files = RamFiles()
    Store(files).save("boot_reason", reason, schema)
    return files


class Unwritable(RamFiles):
    """A medium that is full, from when the test says so."""

    full = False

    def write(self, name, data):
        if self.full:
            raise OSError(28)
        super().write(name, data)


def test_B01_every_reason_that_was_stored_is_told():  # B01.FR.09
    for reason in (
        "ApplicationReset", "FirmwareUpdate", "LocalReset", "PowerUp", "RemoteReset",
        "ScheduledReset", "Unknown", "Watchdog",
    ):  # fmt: skip
        assert reasons(booted(stored(reason.encode()))) == [reason]


def test_B01_a_power_cut_before_Accepted_does_not_take_the_reason_away():
    s = CoreStation()
    s.call("Reset", {"type": "Immediate"})
    s.answers["BootNotification"] = s.boot_answer("Pending", 60)
    s.forget()
    s.restart()
    s.cut_power()
    s.connect()
    s.cut_power()
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.connect()
    assert reasons(s) == ["RemoteReset"] * 3
    s.forget()
    s.cut_power()
    s.connect()
    assert reasons(s) == ["PowerUp"]


def test_B01_offline_for_a_power_cut_the_reason_waits():
    s = CoreStation(online=False, files=stored(b"Watchdog"))
    s.run(3600)
    s.cut_power()
    s.connect()
    assert reasons(s) == ["Watchdog"]


def test_B02_every_retry_has_the_reason_and_a_triggered_one_says_so():
    s = CoreStation(files=stored(b"LocalReset"), boot="Pending")
    s.answers["BootNotification"] = s.boot_answer("Pending", 600)
    s.call("TriggerMessage", {"requestedMessage": "BootNotification"})
    s.run(600)
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(600)
    told = reasons(s)
    assert told[0] == told[-1] == "LocalReset" and told[1] == "Triggered", told


def test_B11_a_Reset_while_pending_gives_its_own_reason():
    s = CoreStation(files=stored(b"Watchdog"), boot="Pending")
    s.call("Reset", {"type": "Immediate"})
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(5)
    s.forget()
    s.restart()
    assert reasons(s) == ["RemoteReset"]


def test_B01_the_next_reason_is_not_forgotten_with_the_last():
    """Accepted comes while the next restart is stored already."""
    s = CoreStation(files=stored(b"Watchdog"), boot="Pending")
    assert s.cp.on_firmware_update_status_notification(1, "InstallRebooting")
    s.answers["BootNotification"] = s.boot_answer("Accepted")
    s.run(600)
    assert s.cp.registration.accepted()
    s.forget()
    s.restart()
    assert reasons(s) == ["FirmwareUpdate"]


def test_B12_a_scheduled_reset_is_forgotten_with_the_power():  # own
    s = CoreStation()
    s.charge(token=CARD)
    assert s.call("Reset", {"type": "OnIdle"})["status"] == "Scheduled"
    s.forget()
    s.cut_power()
    s.connect()
    assert reasons(s) == ["PowerUp"]
    s.run(3600)
    assert s.integrator.named("reset") == []


def test_B12_a_scheduled_reset_is_a_ScheduledReset():
    s = CoreStation()
    s.charge(token=CARD)
    s.call("Reset", {"type": "OnIdle"})
    s.tap(CARD)
    s.unplug(1)
    s.run(60)
    assert s.integrator.named("reset") == [("reset", None, "OnIdle")]
    s.forget()
    s.restart()
    assert reasons(s) == ["ScheduledReset"]


def test_L01_a_firmware_update_is_a_reason():
    s = CoreStation()
    assert s.cp.on_firmware_update_status_notification(7, "Installing")
    assert s.cp.on_firmware_update_status_notification(7, "InstallRebooting")
    s.forget()
    s.cut_power()
    s.connect()
    assert reasons(s) == ["FirmwareUpdate"]


def test_L01_an_update_that_fails_after_all_is_none():
    s = CoreStation()
    for status in ("Installing", "InstallRebooting", "InstallationFailed"):
        assert s.cp.on_firmware_update_status_notification(7, status)
    s.forget()
    s.cut_power()
    s.connect()
    assert reasons(s) == ["PowerUp"]


def test_B01_a_stored_reason_that_is_none_is_PowerUp_and_said():
    for body in (b"", b"Reset", b"PowerUp ", b"RemoteReset LocalReset", b"\xff\xfe", b"1" * 5000):
        s = booted(stored(body))
        assert reasons(s) == ["PowerUp"], body
        assert "boot reason" in " ".join(text for _, text in s.log)
        assert s.cp.errors == 0


def test_B11_a_reset_is_carried_out_though_its_reason_cannot_be_stored():
    files = Unwritable()
    s = CoreStation(files=files)
    files.full = True
    s.call("Reset", {"type": "Immediate"})
    s.run(30)
    assert s.integrator.named("reset") == [("reset", None, "Immediate")]
    assert s.cp.errors == 0


def test_E_a_reset_of_long_ago_does_not_end_a_transaction_as_ImmediateReset():
    """The station restarts by Reset, stays offline, charges; then the power is cut. The CSMS is
    still to hear of RemoteReset, but the transaction was interrupted by the cut."""
    s = CoreStation(settings=[
        ("AuthCtrlr.OfflineTxForUnknownIdEnabled", True),
        ("TxCtrlr.TxBeforeAcceptedEnabled", True),
    ])  # fmt: skip
    s.call("Reset", {"type": "Immediate"})
    s.cut_power()
    s.run(10)
    s.plug(1)
    s.tap(CARD, 1)
    s.charging(1)
    s.run(600)
    assert s.cp.get_evse_transaction_id(1)
    s.forget()
    s.cut_power()
    s.run(30)
    s.connect()
    assert reasons(s) == ["RemoteReset"]
    ended = [one for one in s.messages("TransactionEvent") if one["eventType"] == "Ended"]
    assert [one["transactionInfo"]["stoppedReason"] for one in ended] == ["PowerLoss"]

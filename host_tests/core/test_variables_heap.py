# runs on: cpython, micropython
"""What the engine reads all the time, and what a meter writes, allocates nothing: heap locked."""

try:
    from micropython import heap_lock, heap_unlock
except ImportError:
    import pytest

    pytest.skip("only MicroPython can lock its heap", allow_module_level=True)

from host_tests.core.test_variables import Station, datum


def read_everything(model):
    model.number("TxCtrlr.EVConnectionTimeOut")
    model.number("OCPPCommCtrlr.MessageAttempts#TransactionEvent")
    model.number("EVSE.SupplyPhases", 2)
    model.flag("AuthCtrlr.Enabled")
    model.flag("Connector.Enabled", 1, 2)
    model.text("ChargingStation.AvailabilityState")
    model.text("AuthCtrlr.MasterPassGroupId")
    model.members("TxCtrlr.TxStartPoint")
    model.members("AlignedDataCtrlr.TxEndedMeasurands")


def locked(call, model):
    heap_lock()
    try:
        call(model)
    finally:
        heap_unlock()


def test_a_second_read_allocates_nothing():
    model = Station(factory=[datum("EVSE@2", "SupplyPhases", "1")]).model
    model.put("TxCtrlr.TxStartPoint", "Authorized,EVConnected")
    read_everything(model)
    locked(read_everything, model)


def test_a_first_read_does_and_the_lock_notices():
    model = Station().model
    try:
        locked(read_everything, model)
    except MemoryError:
        return
    raise AssertionError("the heap was not locked")


def put_readings(model):
    for power in (7000, 7001, 7001, 0):
        model.put("EVSE.Power", power, 1)
    model.put("PowerContactor.Active", True, 1)
    model.put("PowerContactor.Active", False, 1)
    model.put("TxCtrlr.ChargingTime", 12)


def test_a_second_put_allocates_nothing():
    model = Station().model
    put_readings(model)
    locked(put_readings, model)

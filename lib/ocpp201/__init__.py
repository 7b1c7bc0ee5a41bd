"""An OCPP 2.0.1 charging station without sockets, clock or hardware: MicroPython and CPython run
the same files."""

from .callbacks import Callbacks
from .charge_point import ChargePoint
from .meter import MeterValue

VERSION = "0.1.0"

__all__ = ("Callbacks", "ChargePoint", "MeterValue")

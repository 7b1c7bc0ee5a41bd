"""Real Modbus servers (PyPI pymodbus) on a pseudo-terminal, as on a bus of two wires.

    with Rs485({1: {4: {0x34: [0x462C, 0xCE00]}}}) as line:  # unit, function, address
        line.ask(bus)       # sends what the Bus wants to ask, feeds it; returns its state

Registers that nobody has put are undefined: pymodbus refuses to read over them.
"""

import asyncio
import os
import select
import threading
import tty

from pymodbus.datastore import ModbusDeviceContext, ModbusServerContext, ModbusSparseDataBlock
from pymodbus.server import ModbusSerialServer

from evse.modbus.rtu import WAITING

_PATIENCE_S = 20


class Rs485:
    def __init__(self, units):
        self.ours, self._theirs = os.openpty()
        tty.setraw(self.ours)
        tty.setraw(self._theirs)
        devices = {
            unit: ModbusDeviceContext(
                hr=_block(functions.get(3, {})), ir=_block(functions.get(4, {}))
            )
            for unit, functions in units.items()
        }
        self._context = ModbusServerContext(devices=devices, single=False)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),))

    async def _serve(self):
        self._loop = asyncio.get_running_loop()
        self._server = ModbusSerialServer(
            self._context, port=os.ttyname(self._theirs), baudrate=115200,
            ignore_missing_devices=True,
        )  # fmt: skip
        await self._server.serve_forever(background=True)
        self._over = asyncio.Event()
        self._ready.set()
        await self._over.wait()
        await self._server.shutdown()

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(_PATIENCE_S)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(_PATIENCE_S)
        os.close(self.ours)
        os.close(self._theirs)
        assert not self._thread.is_alive()

    def ask(self, bus, patience_s=_PATIENCE_S, chunk=1, echo=False):
        """WAITING: nobody has answered. chunk: bytes at a time."""
        self._drain()
        request = bytes(bus.request)
        os.write(self.ours, request)
        state = bus.feed(request, len(request)) if echo else WAITING
        while state == WAITING and self._has_more(patience_s):
            data = os.read(self.ours, chunk)
            state = bus.feed(data, len(data))
        return state

    def _drain(self):
        while self._has_more(0):
            os.read(self.ours, 256)

    def _has_more(self, patience_s):
        return bool(select.select([self.ours], [], [], patience_s)[0])


def _block(registers):
    values = {}
    for address, words in registers.items():
        for n, word in enumerate(words):
            values[address + n + 1] = word  # pymodbus counts from 1
    return ModbusSparseDataBlock(values or {0xFFFF: 0})

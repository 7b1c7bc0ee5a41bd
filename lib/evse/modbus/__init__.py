"""Modbus RTU for meters: rtu.py has the frames, meters.py what the registers mean."""

"""The station around the protocol: controller, contactor, wire formats without I/O, and the asyncio folder `aio`."""

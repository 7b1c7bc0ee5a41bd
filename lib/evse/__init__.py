"""The station around the protocol: controller, contactor, wire formats; `aio` alone does I/O."""

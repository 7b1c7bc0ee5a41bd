"""The station around the protocol: controller, contactor, wire formats; `aio` alone does I/O."""

try:
    from micropython import const
except ImportError:
    def const(value):
        """CPython has no compiler that would put the number in place of its name."""
        return value

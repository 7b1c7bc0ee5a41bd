"""Every number that may not grow, with what it bounds and the yardstick it comes from.

Sizes are exact on a given interpreter, so they are bounds. Times depend on the machine, so they
are ratios of two things measured in the same run.

GOALS is what we want. HELD is where we stand with what has not reached its goal: that may not grow
either, but by a feature that the station did not have, and the commit that brings it says so; it
goes from the list when the goal is reached. The durable queue, the clock and TLS came; then the
supervisor, with whose names the interpreter's table of names has grown to its next size: that are
9 KB of the heap, 16 KB of it on 64 bits.
"""

GOALS = {
    # name: (bound, unit, what it bounds, yardstick)
    "lines of the core": (
        1500, "code lines", "lib/ocpp201 without blocks and generated shapes",
        "19 bytes of heap for a line of .mpy"),
    "lines of the usual blocks": (
        1300, "code lines", "blocks B C E F G J", "19 bytes of heap for a line of .mpy"),
    "lines of evse": (
        900, "code lines", "lib/evse without modbus and rfid",
        "19 bytes of heap for a line of .mpy"),
    "lines of a board": (
        600, "code lines", "boards/board.py and one board with its drivers",
        "19 bytes of heap for a line of .mpy"),
    "lines of console and config": (
        400, "code lines", "firmware/console.py, commands*.py, config*.py",
        "19 bytes of heap for a line of .mpy"),
    "heap": (
        112 * 1024, "bytes on 32 bits",
        "plain .mpy of firmware, boards/simulated and the usual blocks; two EVSEs in transactions,"
        " the log full, the largest legal CALL in flight",
        "a plain ESP32 grows to 112 KB and leaves 40 KB to Wi-Fi and TLS"),
    "garbage of a TransactionEvent": (
        2048, "bytes on 32 bits", "sent and answered, four values, without websocket",
        "MicroOcpp: 65 allocations"),
    "growth": (
        0, "bytes", "heap kept after 1,000 further transactions", "none is acceptable"),
    "heap of the simulated station": (
        256, "KB on 64 bits", "firmware/main.py from .mpy, a whole session",
        "twice what a board's 32 bits need"),
    "nested calls": (
        15, "frames of ours", "the first frame of a task to the deepest line, awaits included",
        "RP2040 overflows at 25-29 calls"),
    "allocations": (
        0, "", "meter decode, on_meter_value, force_open, wakeup with nothing due", ""),
    "recovery": (
        4096, "bytes on 32 bits",
        "what a full journal of 64 KB takes in RAM at boot, beside the code, which goes again",
        "a record, and a few words for each segment of 4 KB"),
    "erases of a day online": (
        250, "of 4 KB", "littlefs, ten sessions of three hours, a sample a minute",
        "one file per message: 3,900"),
    "erases of a day offline": (
        700, "of 4 KB", "the same with the link down all day: a queue of 1 MB in 256 KB",
        "one file per message: 3,900"),
    "CPU against mobilityhouse": (
        5, "times less at least", "a TransactionEvent sent and answered, without websocket",
        "mobilityhouse/ocpp with validation, same payload, same run"),
    "memory of 1,000 stations": (
        30_000_000, "bytes resident", "1,000 cores in transactions over one, in one process",
        "mobilityhouse: 97-184 MiB"),
}  # fmt: skip

HELD = {
    "lines of the core": 2432,
    "lines of evse": 1585,
    "lines of console and config": 408,     # trouble, and what safe mode forbids
    "heap": 178_000,
    "garbage of a TransactionEvent": 2672,
    "heap of the simulated station": 304,
}

USUAL_BLOCKS = (
    "provisioning", "authorization", "transactions", "transaction_event", "remote_control",
    "availability", "meter_values", "meter_sample", "reset", "operational_status",
)  # fmt: skip
FORGOTTEN = (  # modules that are in memory while they work only; what stays is their names
    "compose", "config", "config_file", "password", "commands", "commands_config", "commands_csms",
    "commands_driver", "commands_model", "commands_operator", "commands_report",
    "network_profiles", "power_on", "boots", "boards.simulated.kept", "boards.simulated.watchdog",
    "ocpp201.kept_values",
    "boards.simulated.console", "evse.websocket.handshake", "ocpp201.recovery",
    "ocpp201.thinning", "evse.aio.dial", "evse.aio.outage", "evse.aio.tls", "evse.certificates",
)  # fmt: skip
CONSOLE_AND_CONFIG = ("console", "commands", "config")  # and commands_*, config_*


def goal(name):
    return GOALS[name][0]


def bound(name):
    """What is tested: the goal, or what we hold as long as it is not reached."""
    return HELD.get(name, goal(name))


def group(path):
    """The name of the budget of lines that a file counts for, None: it has none."""
    folder, _, name = path.rpartition("/")
    name = name[: -len(".py")]
    if folder == "lib/ocpp201":
        return "lines of the core"
    if folder == "lib/ocpp201/blocks":
        return "lines of the usual blocks" if name in USUAL_BLOCKS else None
    if folder.startswith("lib/evse"):
        apart = folder.startswith(("lib/evse/modbus", "lib/evse/rfid"))
        return None if apart else "lines of evse"
    if folder.startswith("boards"):
        return "lines of a board" if folder in ("boards", "boards/simulated") else None
    return "lines of console and config" if name.split("_")[0] in CONSOLE_AND_CONFIG else None

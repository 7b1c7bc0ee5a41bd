"""Which function of which block takes a message. The only dynamic hop of the project.

Blocks that work all day stay in memory, and that of the largest CALLs, which need the room
themselves. The others are there while they work only: imported when they are asked for, and gone
with the last one who holds them, also when they fail.

A row of the tables is: action, block (a file in blocks/), function. A request without a row is
NotSupported by this version; of a CALL without one nobody waits for the answer. Text, because a
dict of tuples takes three times the heap of a board.

A function of ROUTES takes (context, request) and returns the answer's payload (a dict, or a long
one encoded by rpc.payload_of_list), or None if it answers later (outbox.answer). A function of
SENT takes (context, answer, arg); answer is None if our CALL failed.

Blocks may call one another by context.block(), in this order only:

    remote_control > authorization, diagnostics, firmware_management > provisioning > availability
    > operational_status, security
    authorization, remote_control, reset > transactions > transaction_event, power_loss
    > transaction_image, meter_sample, security
    remote_control > meter_values > meter_sample
    firmware_management > security
    firmware_management, provisioning, reset > boot_reason
    provisioning > network_profiles
    explicit_transactions > transactions
"""

import sys

from . import blocks, reader, rpc, shape
from .rpc import RpcError

ROUTES = """
ChangeAvailability operational_status change_availability
DataTransfer data_transfer data_transfer
GetVariables provisioning get_variables
RequestStartTransaction remote_control request_start_transaction
RequestStopTransaction remote_control request_stop_transaction
Reset reset reset
SetNetworkProfile network_profiles set_network_profile
SetVariables provisioning set_variables
TriggerMessage remote_control trigger_message
UnlockConnector remote_control unlock_connector
"""

SENT = """
Authorize authorization authorize_answered
BootNotification provisioning boot_answered
DataTransfer data_transfer data_transfer_answered
FirmwareStatusNotification firmware_management status_answered
Get15118EVCertificate iso15118_certificate_management ev_certificate_answered
Heartbeat availability heartbeat_answered
LogStatusNotification diagnostics log_status_answered
StatusNotification availability status_answered
TransactionEvent transactions event_answered
"""

RESIDENT = """
authorization availability meter_sample meter_values provisioning reset transaction_event
transaction_image transactions
"""
RARE = """
boot_reason data_transfer diagnostics explicit_transactions firmware_management
iso15118_certificate_management network_profiles operational_status power_loss remote_control
reservation security status
"""

_resident = {}
_rows = {}  # of SENT, as they are asked for: the same few come all day


def block(name: str):
    """The module blocks/<name>.py. Hold it no longer than a call takes: it may be a rare one."""
    return _resident.get(name) or _load(name)


def _load(name):
    """Import a block and forget it: it lives as long as the caller holds it."""
    path = "ocpp201.blocks." + name
    module = __import__(path, None, None, (name,))
    del sys.modules[path]
    delattr(blocks, name)
    return module


def load_usual():
    """At boot, before the network. The rare ones too, once: the names in a module stay for good,
    and where they settle later they cut the heap in pieces. A second import leaves nothing."""
    if not _resident:
        for name in RARE.split():
            _load(name)
        for name in RESIDENT.split():
            _resident[name] = _load(name)


def route(table: str, action: str) -> list:
    """[block, function] of an action that is known; nothing if it has no row."""
    at = table.find("\n" + action + " ")
    return table[at + 1 : table.find("\n", at + 1)].split()[1:] if at >= 0 else []


def call(context, action: str, message_id: str, buf, start: int, end: int):
    """Let the block answer a CALL; returns the payload or None (later). RpcError: what the CSMS
    did wrong."""
    wanted = None if action.endswith("Response") else shape.of(action)
    if wanted is None:
        raise RpcError("NotImplemented", "unknown action")
    if not context.registration.may_answer(action):
        raise RpcError("SecurityError", "not accepted yet")  # B03.FR.08
    row = route(ROUTES, action)
    if not row:
        raise RpcError("NotSupported", action + " is not supported")
    request = reader.check(buf, start, end, wanted)
    request.message_id = message_id
    request.size = end - start
    return getattr(block(row[0]), row[1])(context, request)


def is_type(name: str, value) -> bool:
    """Would the schema take this dict of an integrator as a type that is shared by messages?"""
    try:
        text = bytearray(rpc.encode(value) + b"\0")
        reader.check(text, 0, len(text) - 1, shape.of_type(shape.ANSWERS, name.encode()))
    except (RpcError, TypeError, ValueError):
        return False
    return True


def _sent(action: str) -> list:
    """The shape of the answer to a CALL of ours, and the row of who waits for it; kept, since the
    same few come all day."""
    if action not in _rows:
        _rows[action] = [shape.of(action + "Response")] + route(SENT, action)
    return _rows[action]


def check_answer(action: str, buf, start: int, end: int):
    """The fields of a CALLRESULT. RpcError: it is not what the schema says."""
    return reader.check(buf, start, end, _sent(action)[0])


def hearer(action: str):
    """The function that waits for the answer."""
    row = _sent(action)
    return getattr(block(row[1]), row[2]) if len(row) > 1 else _nobody


def _nobody(context, answer, arg):
    """Waits for the answer to a CALL without a row."""

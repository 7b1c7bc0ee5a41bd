"""Which function of which block takes a message. The only dynamic hop of the project: the block is
imported when first needed.

A row is: action, block (a file in blocks/), function. `-`: the block does not do this yet and the
CSMS reads NotSupported, or nobody waits for the answer. Text, because a dict of tuples takes three
times the heap of a board.

A function of ROUTES takes (context, request) and returns the answer's payload (a dict, or a long
one encoded by rpc.payload_of_list), or None if it answers later (outbox.answer). A function of
SENT takes (context, answer, arg); answer is None if our CALL failed.

Blocks may call one another by context.block(), in this order only:

    remote_control > authorization, diagnostics, firmware_management > provisioning > availability
    > operational_status, security
    authorization, remote_control, reset > transactions > transaction_event > meter_sample
    remote_control > meter_values > meter_sample
    firmware_management > security
"""

from . import reader, rpc, shape
from .rpc import RpcError

ROUTES = """
CancelReservation reservation -
CertificateSigned security -
ChangeAvailability operational_status change_availability
ClearCache authorization -
ClearChargingProfile smart_charging -
ClearDisplayMessage display_message -
ClearVariableMonitoring diagnostics -
CostUpdated tariff_and_cost -
CustomerInformation diagnostics -
DataTransfer data_transfer data_transfer
DeleteCertificate iso15118_certificate_management -
GetBaseReport provisioning -
GetChargingProfiles smart_charging -
GetCompositeSchedule smart_charging -
GetDisplayMessages display_message -
GetInstalledCertificateIds iso15118_certificate_management -
GetLocalListVersion local_authorization_list -
GetLog diagnostics -
GetMonitoringReport diagnostics -
GetReport provisioning -
GetTransactionStatus transactions -
GetVariables provisioning get_variables
InstallCertificate iso15118_certificate_management -
PublishFirmware firmware_management -
RequestStartTransaction remote_control request_start_transaction
RequestStopTransaction remote_control request_stop_transaction
ReserveNow reservation -
Reset reset reset
SendLocalList local_authorization_list -
SetChargingProfile smart_charging -
SetDisplayMessage display_message -
SetMonitoringBase diagnostics -
SetMonitoringLevel diagnostics -
SetNetworkProfile provisioning -
SetVariableMonitoring diagnostics -
SetVariables provisioning set_variables
TriggerMessage remote_control trigger_message
UnlockConnector remote_control unlock_connector
UnpublishFirmware firmware_management -
UpdateFirmware firmware_management -
"""

SENT = """
Authorize authorization authorize_answered
BootNotification provisioning boot_answered
DataTransfer data_transfer data_transfer_answered
FirmwareStatusNotification firmware_management status_answered
Get15118EVCertificate iso15118_certificate_management ev_certificate_answered
Heartbeat availability heartbeat_answered
LogStatusNotification diagnostics log_status_answered
MeterValues meter_values -
NotifyEvent diagnostics -
ReservationStatusUpdate reservation -
SecurityEventNotification security -
StatusNotification availability status_answered
TransactionEvent transactions event_answered
"""

USUAL = (
    "provisioning", "reset", "authorization", "transactions", "transaction_event",
    "remote_control", "availability", "operational_status", "meter_values", "meter_sample",
)  # fmt: skip

_loaded = {}
_rows = {}


def block(name: str):
    """The module blocks/<name>.py, imported when first asked for."""
    module = _loaded.get(name)
    if module is None:
        module = _loaded[name] = __import__("ocpp201.blocks." + name, None, None, (name,))
    return module


def load_usual():
    """At boot, before the network: late imports would cut the heap in pieces."""
    for name in USUAL:
        block(name)


def route(table: str, action: str) -> list:
    """[block, function or "-"] of an action; nothing if there is no such action."""
    at = table.find("\n" + action + " ")
    row = table[at + 1 : table.find("\n", at + 1)].split()
    return row[1:] if at >= 0 and row[0] == action else []


def call(context, action: str, message_id: str, buf, start: int, end: int):
    """Let the block answer a CALL; returns the payload or None (later). RpcError: what the CSMS
    did wrong."""
    row = route(ROUTES, action)
    if not row:
        raise RpcError("NotImplemented", "unknown action")
    if not context.registration.may_answer(action):
        raise RpcError("SecurityError", "not accepted yet")  # B03.FR.08
    name, function = row
    if function == "-":
        raise RpcError("NotSupported", action + " is not supported")
    request = reader.check(buf, start, end, shape.of(name, action))
    request.message_id = message_id
    request.size = end - start
    return getattr(block(name), function)(context, request)


def is_type(name: str, value) -> bool:
    """Would the schema take this dict of an integrator as a type that is shared by messages?"""
    try:
        text = bytearray(rpc.encode(value))
        text.append(0)
        reader.check(text, 0, len(text) - 1, shape.of_type(b"", name.encode()))
    except (RpcError, TypeError, ValueError):
        return False
    return True


def _sent(action: str) -> list:
    """The row of a CALL of ours, kept: the same few come all day."""
    if action not in _rows:
        _rows[action] = route(SENT, action)
    return _rows[action]


def check_answer(action: str, buf, start: int, end: int):
    """The fields of a CALLRESULT. RpcError: it is not what the schema says."""
    name = _sent(action)[0]
    return reader.check(buf, start, end, shape.of(name, action + "Response"))


def answered(context, action: str, answer, arg):
    """Tell the block that asked; `answer` None: the CALL failed."""
    name, function = _sent(action)
    if function != "-":
        getattr(block(name), function)(context, answer, arg)

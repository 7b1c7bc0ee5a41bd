"""The house keeps its form: packages, routes, handlers, context, sizes of files and functions."""

import ast
import importlib
import inspect
import re
import subprocess

import pytest

from host_tests.judges.schemas import FROM_CSMS
from host_tests.runtimes import ROOT
from ocpp201 import ChargePoint, dispatch, shape
from ocpp201.context import Context

FOLDERS = ("lib", "boards", "firmware")
ON_DEVICE = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]

ROUTES = {line.split()[0]: line.split()[1:] for line in dispatch.ROUTES.strip().splitlines()}

# The 22 handlers of libocpp's ChargePointInterface, in its order.
HANDLERS = {
    "on_network_disconnected": "ocpp_interface",
    "on_firmware_update_status_notification": "request_id firmware_update_status",
    "on_session_started": "evse_id connector_id",
    "on_get_15118_ev_certificate_request": "request on_response=None",
    "on_transaction_started": (
        "evse_id connector_id session_id timestamp trigger_reason meter_start id_token=None"
        " group_id_token=None reservation_id=None remote_start_id=None charging_state=None"
    ),
    "on_transaction_finished": (
        "evse_id timestamp meter_stop reason trigger_reason id_token=None"
        " signed_meter_value=None charging_state=None"
    ),
    "on_session_finished": "evse_id connector_id",
    "on_authorized": "evse_id connector_id id_token",
    "on_meter_value": "evse_id meter_value",
    "on_unavailable": "evse_id connector_id",
    "on_enabled": "evse_id connector_id",
    "on_faulted": "evse_id connector_id",
    "on_fault_cleared": "evse_id connector_id",
    "on_reserved": "evse_id connector_id",
    "on_reservation_cleared": "evse_id connector_id",
    "on_charging_state_changed": "evse_id charging_state trigger_reason='ChargingStateChanged'",
    "get_evse_transaction_id": "evse_id",
    "on_event": "events",
    "on_log_status_notification": "status request_id",
    "on_security_event": "event_type tech_info=None critical=None timestamp=None",
    "on_variable_changed": "set_variable_data",
    "on_reservation_status": "reservation_id status",
}


def test_lib_has_two_packages_and_nothing_else():
    names = {path.name for path in (ROOT / "lib").iterdir() if path.name != "__pycache__"}
    assert names == {"ocpp201", "evse"}


def test_all_40_requests_are_known():
    assert len(FROM_CSMS) == 40
    assert set(ROUTES) <= FROM_CSMS


@pytest.mark.parametrize("action", sorted(FROM_CSMS))
def test_request_has_a_shape(action):
    text, start, _ = shape.of(action)
    assert text[:start].endswith(b"\n=%s " % action.encode())


@pytest.mark.parametrize("action", sorted(ROUTES))
def test_route_leads_to_a_function(action):
    block, function = ROUTES[action]
    module = importlib.import_module(f"ocpp201.blocks.{block}")
    assert inspect.isfunction(getattr(module, function))


def test_each_block_is_resident_or_rare():
    names = {path.stem for path in (ROOT / "lib/ocpp201/blocks").glob("[a-z]*.py")}
    assert sorted((dispatch.RESIDENT + dispatch.RARE).split()) == sorted(names)


def changes_a_constant(node):
    """Something other than reading is done to a module's own name."""
    at = getattr(node, "value", None)
    if not (isinstance(at, ast.Name) and at.id.strip("_").isupper()):
        return False
    if isinstance(node, ast.Subscript):
        return not isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Attribute) and node.attr not in ("get", "split", "index")


@pytest.mark.parametrize("name", sorted((dispatch.RESIDENT + dispatch.RARE).split()))
def test_block_keeps_no_state(name):
    """A rare one is forgotten after each call: what it knew would be lost."""
    path = ROOT / "lib/ocpp201/blocks" / (name + ".py")
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    assert not [node for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal))]
    assert not [node for node in nodes if changes_a_constant(node)]


def test_context_has_twelve_attributes():
    tree = ast.parse(inspect.getsource(inspect.getmodule(Context)))
    names = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    assert len(names) == 12, names


def test_there_are_22_handlers():
    assert len(HANDLERS) == 22


@pytest.mark.parametrize("name", HANDLERS)
def test_handler_has_its_arguments_and_a_docstring(name):
    handler = getattr(ChargePoint, name)
    arguments = list(inspect.signature(handler).parameters.values())[1:]
    plain = [argument.replace(annotation=inspect.Parameter.empty) for argument in arguments]
    assert " ".join(map(str, plain)) == HANDLERS[name]
    assert handler.__doc__


# One flat loop: cut in pieces it would call, and the call stack of a board is short.
FLAT = {"_walk": 62}


@pytest.mark.parametrize("path", ON_DEVICE, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno - node.lineno < FLAT.get(node.name, 45), node.name


def test_every_device_file_says_what_it_is():
    silent = [
        str(path.relative_to(ROOT))
        for path in ON_DEVICE
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


@pytest.mark.parametrize("name", ["environment.py", "test.py", "demo.py"])
def test_tool_gets_far_enough_on_an_old_python_to_say_so(name):
    text = (ROOT / "tools" / name).read_text(encoding="utf-8")
    assert ast.parse(text, feature_version=(3, 7))


def test_no_file_names_a_machine_or_a_registry():
    folders = "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me", "tmp/bash", "Us" + "ers"))
    hosts = "|".join(("npm" + "js", "py" + "pi", "python" + "hosted", "deb" + "ian"))
    banned = re.compile(rf"(?<![A-Za-z0-9_.])/(?:{folders})/|https?://[a-z.]*(?:{hosts})[a-z.]*")
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in banned.finditer(text)]
    assert not found


def tracked():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    files = [ROOT / name for name in names.decode().split("\0") if name]
    return [path for path in files if path.is_file()]

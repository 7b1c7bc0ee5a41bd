"""Make lib/ocpp201/shapes/ from the official schemas that the PyPI package `ocpp` carries.

    python tools/gen_shapes.py            writes the package anew
    python tools/gen_shapes.py --check    prints what would change, exit status 1 if anything does

The grammar of what comes out is explained in lib/ocpp201/shape.py. What a schema says and the
grammar can't say stops the tool: no rule may get lost on the way to the station.
"""

import difflib
import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "lib" / "ocpp201" / "shapes"

# What the CSMS may ask of the station.
REQUESTS = {
    "security": "CertificateSigned",
    "provisioning": "GetBaseReport GetReport GetVariables SetNetworkProfile SetVariables",
    "reset": "Reset",
    "authorization": "ClearCache",
    "local_authorization_list": "GetLocalListVersion SendLocalList",
    "transactions": "GetTransactionStatus",
    "remote_control":
        "RequestStartTransaction RequestStopTransaction TriggerMessage UnlockConnector",
    "availability": "",
    "operational_status": "ChangeAvailability",
    "reservation": "CancelReservation ReserveNow",
    "tariff_and_cost": "CostUpdated",
    "meter_values": "",
    "smart_charging":
        "ClearChargingProfile GetChargingProfiles GetCompositeSchedule SetChargingProfile",
    "firmware_management": "PublishFirmware UnpublishFirmware UpdateFirmware",
    "iso15118_certificate_management":
        "DeleteCertificate GetInstalledCertificateIds InstallCertificate",
    "diagnostics":
        "ClearVariableMonitoring CustomerInformation GetLog GetMonitoringReport SetMonitoringBase"
        " SetMonitoringLevel SetVariableMonitoring",
    "display_message": "ClearDisplayMessage GetDisplayMessages SetDisplayMessage",
    "data_transfer": "DataTransfer",
}  # fmt: skip

# What the station asks of the CSMS: of these the response comes in.
RESPONSES = {
    "security": "SecurityEventNotification SignCertificate",
    "provisioning": "BootNotification NotifyReport",
    "authorization": "Authorize",
    "transactions": "TransactionEvent",
    "availability": "Heartbeat StatusNotification",
    "reservation": "ReservationStatusUpdate",
    "meter_values": "MeterValues",
    "smart_charging":
        "ClearedChargingLimit NotifyChargingLimit NotifyEVChargingNeeds NotifyEVChargingSchedule"
        " ReportChargingProfiles",
    "firmware_management": "FirmwareStatusNotification PublishFirmwareStatusNotification",
    "iso15118_certificate_management": "Get15118EVCertificate GetCertificateStatus",
    "diagnostics":
        "LogStatusNotification NotifyCustomerInformation NotifyEvent NotifyMonitoringReport",
    "display_message": "NotifyDisplayMessages",
    "data_transfer": "DataTransfer",
}  # fmt: skip

_SILENT = {"$schema", "comment", "description", "javaType", "default", "additionalItems"}

_MODULE = '''"""{}. By tools/gen_shapes.py; see shape.py."""

TEXT = {}
'''


def schemas() -> Path:
    import ocpp.v201

    return Path(ocpp.v201.__file__).parent / "schemas"


def load(name: str) -> dict:
    return json.loads((schemas() / (name + ".json")).read_text("utf-8-sig"))


class Shapes:
    """One block's messages and types in shape text, `{name: fields}`; messages begin with `=`."""

    def __init__(self, block: str):
        self.types = {}
        for action in REQUESTS[block].split():
            self._message("=" + action, load(action + "Request"))
        for action in RESPONSES.get(block, "").split():
            self._message("=" + action + "Response", load(action + "Response"))

    def _message(self, name, schema):
        self.definitions = schema["definitions"]
        fields = self._fields(schema)
        if fields:  # an empty message needs no line
            self._put(name, fields)

    def _put(self, name, fields):
        if self.types.setdefault(name, fields) != fields:
            raise ValueError("two shapes for " + name)

    def _fields(self, schema) -> str:
        _only(schema, "type", "properties", "required", "additionalProperties", "definitions")
        properties = dict(schema["properties"])
        # The reader knows customData by itself, and refuses all that is not named here.
        if properties.pop("customData") != {"$ref": "#/definitions/CustomDataType"}:
            raise ValueError("customData is special")
        if schema["additionalProperties"] is not False:
            raise ValueError("an open object")
        required = schema.get("required", ())
        return "".join(
            '"%s"%s%s ' % (name, "!" * (name in required), self._spec(inner))
            for name, inner in properties.items()
        )

    def _spec(self, schema) -> str:
        if "$ref" in schema:
            _only(schema, "$ref")
            return self._reference(schema["$ref"].rpartition("/")[2])
        kind = schema.get("type")
        if kind is None:
            _only(schema)
            return "a"
        return getattr(self, "_" + kind)(schema)

    def _reference(self, name) -> str:
        schema = self.definitions[name]
        if schema["type"] != "object":
            return self._spec(schema)
        name = name.removesuffix("Type")
        self._put(name, self._fields(schema))
        return "{%s}" % name

    def _string(self, schema) -> str:
        if "enum" in schema:
            _only(schema, "type", "enum", "additionalProperties")
            words = schema["enum"]
            if any(set(word) & set(' |"\\') for word in words):
                raise ValueError("an enum that the grammar can't say")
            return "e|%s|" % "|".join(words)
        if "format" in schema:
            _only(schema, "type", "format")
            return {"date-time": "t"}[schema["format"]]
        _only(schema, "type", "maxLength")
        return "s%d" % schema["maxLength"]

    def _integer(self, schema) -> str:
        _only(schema, "type", "minimum")
        return {None: "i", 0: "n"}[schema.get("minimum")]

    def _number(self, schema) -> str:
        _only(schema, "type")
        return "d"

    def _boolean(self, schema) -> str:
        _only(schema, "type")
        return "b"

    def _array(self, schema) -> str:
        _only(schema, "type", "items", "minItems", "maxItems")
        if schema["minItems"] != 1:
            raise ValueError("a list that may be empty")
        return "[%s%s" % (schema.get("maxItems", ""), self._spec(schema["items"]))


def _only(schema, *known):
    unknown = set(schema) - _SILENT - set(known)
    if unknown:
        raise ValueError("unknown keywords %s" % ", ".join(sorted(unknown)))


def literal(types: dict) -> str:
    """Shape text as a Python literal, a piece a line, a definition never sharing one."""
    if not types:
        return 'b""'
    lines = []
    for name, fields in types.items():
        lines += _wrapped(name + " " + fields)
    lines.append("b'\\n'")
    return "(\n%s\n)" % "\n".join("    " + line for line in lines)


def _wrapped(text):
    """Broken after spaces and, for long enums, bars; nothing is lost or added."""
    line = "\\n"
    for piece in re.split(r"(?<=[ |])(?! )", text):
        if len(line) + len(piece) > 88:
            yield "b'%s'" % line
            line = ""
        line += piece
    if line:
        yield "b'%s'" % line


def package() -> dict[str, str]:
    """Every file of the package and its content."""
    blocks = {block: Shapes(block).types for block in REQUESTS}
    users = {}
    for block, types in blocks.items():
        for name in types:
            users.setdefault(name, []).append(block)
    common = {}
    for types in blocks.values():
        for name in [name for name in types if len(users[name]) > 1]:
            fields = types.pop(name)
            if common.setdefault(name, fields) != fields:
                raise ValueError("two shapes for " + name)
    files = {
        "__init__.py":
            '"""Message shapes, a module for each block; shape.py loads them when needed."""\n',
        "common.py": _MODULE.format("Types of more than one block", literal(common)),
    }  # fmt: skip
    for block, types in blocks.items():
        title = "Shapes of the block " + block
        files[block + ".py"] = _MODULE.format(title, literal(types))
    return files


def main() -> int:
    check = "--check" in sys.argv[1:]
    changed = 0
    for name, text in package().items():
        path = TARGET / name
        old = path.read_text("utf-8") if path.exists() else ""
        if old == text:
            continue
        changed += 1
        if check:
            lines = difflib.unified_diff(
                old.splitlines(True), text.splitlines(True), name, name + " (schemas)"
            )
            sys.stdout.writelines(lines)
        else:
            TARGET.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())

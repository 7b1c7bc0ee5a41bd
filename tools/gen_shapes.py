"""Make lib/ocpp201/shapes.dat and answers.py from the official schemas in the PyPI package `ocpp`.

    python tools/gen_shapes.py            writes both anew
    python tools/gen_shapes.py --check    prints what would change, exit status 1 if anything does

The grammar of what comes out, and the form of the file, are explained in lib/ocpp201/shape.py.
What a schema says and the grammar can't say stops the tool: no rule may get lost on the way to the
station.
"""

import difflib
import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "lib" / "ocpp201"

# What the CSMS may ask of the station.
REQUESTS = """
    CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile
    ClearDisplayMessage ClearVariableMonitoring CostUpdated CustomerInformation DataTransfer
    DeleteCertificate GetBaseReport GetChargingProfiles GetCompositeSchedule GetDisplayMessages
    GetInstalledCertificateIds GetLocalListVersion GetLog GetMonitoringReport GetReport
    GetTransactionStatus GetVariables InstallCertificate PublishFirmware RequestStartTransaction
    RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SetDisplayMessage
    SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables
    TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware
""".split()

# What the station asks of the CSMS: of these the response comes in.
RESPONSES = """
    Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification
    Get15118EVCertificate GetCertificateStatus Heartbeat LogStatusNotification MeterValues
    NotifyChargingLimit NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds
    NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport NotifyReport
    PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate
    SecurityEventNotification SignCertificate StatusNotification TransactionEvent
""".split()

# Of these the answers come all day, or at a moment when nobody should wait for flash.
HOT = """
    Authorize BootNotification Heartbeat MeterValues SecurityEventNotification StatusNotification
    TransactionEvent
""".split()

_INDEX = 1792  # bytes, as in shape.py

_SILENT = {"$schema", "comment", "description", "javaType", "default", "additionalItems"}

_MODULE = '''"""Shapes of the answers that are at hand. By tools/gen_shapes.py; see shape.py."""

TEXT = {}
'''


def schemas() -> Path:
    import ocpp.v201

    return Path(ocpp.v201.__file__).parent / "schemas"


def load(name: str) -> dict:
    return json.loads((schemas() / (name + ".json")).read_text("utf-8-sig"))


class Shapes:
    """Messages and their types in shape text, `{name: fields}`; messages begin with `=`."""

    def __init__(self):
        self.types = {}

    def message(self, name, schema):
        self.definitions = schema["definitions"]
        self._put("=" + name, self._fields(schema))
        return self.types

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


def answers() -> str:
    shapes = Shapes()
    for action in HOT:
        shapes.message(action + "Response", load(action + "Response"))
    return _MODULE.format(literal(shapes.types))


def shapes() -> str:
    """The index, then each message with all its types, though others have them too."""
    messages = {action: load(action + "Request") for action in REQUESTS}
    messages |= {one + "Response": load(one + "Response") for one in RESPONSES if one not in HOT}
    index, texts = "", ""
    for name, schema in messages.items():
        index += "\n%s %d" % (name, _INDEX + len(texts))
        types = Shapes().message(name, schema)
        texts += "".join("\n%s %s" % one for one in types.items()) + "\n"
    index += "\nend %d " % (_INDEX + len(texts))
    if len(index) >= _INDEX:
        raise ValueError("the index needs %d bytes" % len(index))
    return index.ljust(_INDEX - 1) + "\n" + texts


def files() -> dict[str, str]:
    """Each file and its content."""
    return {"answers.py": answers(), "shapes.dat": shapes()}


def main() -> int:
    check = "--check" in sys.argv[1:]
    changed = 0
    for name, text in files().items():
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
            path.write_text(text, "utf-8", newline="\n")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())

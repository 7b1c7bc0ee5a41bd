"""What may stand in the config file: checked whole at start, before any contactor may move.

A row of the tables is one key: name, default, type, least and most (of a number its value, of
text and lists the length). What one row cannot say stands in the small functions below. Whoever
reads the result finds every key there and every file name ready to be opened.
"""

from config_file import ConfigError
from log import LEVELS

from evse.rare import forget

_REQUIRED = object()

_ROOT = (
    ("station", {}, dict, 0, 99),
    ("csms", {}, dict, 0, 99),
    ("board", _REQUIRED, str, 1, 40),
    ("evses", ({},), list, 1, 64),
    ("data_dir", "data", str, 1, 255),
    ("variables", (), list, 0, 999),
    ("cards", (), list, 0, 999),
    ("freevend_token", None, str, 1, 36),
    ("log_level", "info", str, 1, 8),
)
_STATION = (
    ("id", _REQUIRED, str, 1, 48),
    ("model", "Station", str, 1, 20),
    ("vendor_name", "ocpp201", str, 1, 50),
    ("serial_number", None, str, 1, 25),
)
_CSMS = (
    ("url", None, str, 1, 512),
    ("security_profile", None, int, 0, 3),
    ("password", None, str, 16, 64),
    ("ca", None, str, 1, 255),
    ("certificate", None, str, 1, 255),
    ("key", None, str, 1, 255),
)
_EVSE = (
    ("connectors", ("cType2",), list, 1, 16),
    ("phases", 3, int, 1, 3),
    ("max_current_a", 32, int, 6, 1000),
)
_CARD = (
    ("idToken", _REQUIRED, str, 1, 36),
    ("type", "ISO14443", str, 1, 20),
)

# The words of ConnectorEnumType and IdTokenEnumType.
_CONNECTORS = (
    "cCCS1", "cCCS2", "cG105", "cTesla", "cType1", "cType2", "s309-1P-16A", "s309-1P-32A",
    "s309-3P-16A", "s309-3P-32A", "sBS1361", "sCEE-7-7", "sType2", "sType3", "Other1PhMax16A",
    "Other1PhOver16A", "Other3Ph", "Pan", "wInductive", "wResonant", "Undetermined", "Unknown",
)  # fmt: skip
_TOKENS = (
    "Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress",
    "NoAuthorization",
)  # fmt: skip

# The boards of this version, each with the sections that it adds to the file.
_BOARDS = {"simulated": ("watchdog_s",)}

_TYPE_NAMES = {str: "text", int: "a whole number", list: "a list", dict: "an object"}


def check(raw: dict, path: str) -> dict:
    """Return a copy with all defaults filled in; `path` is the file it came from."""
    board = raw.get("board")
    config = _section(raw, "", _ROOT, _BOARDS.get(board, ()) if isinstance(board, str) else ())
    _one_of("board", config["board"], sorted(_BOARDS))
    _one_of("log_level", config["log_level"], LEVELS)
    config["station"] = _section(config["station"], "station.", _STATION)
    if ":" in config["station"]["id"]:  # the user name of HTTP Basic ends at the first colon
        raise ConfigError("station.id: must not contain ':'")
    config["csms"] = check_csms(_section(config["csms"], "csms.", _CSMS), path)
    config["evses"] = _each(config["evses"], "evses", _EVSE)
    for number, evse in enumerate(config["evses"]):
        for word in evse["connectors"]:
            _one_of(f"evses.{number + 1}.connectors", word, _CONNECTORS)
    config["cards"] = _each(config["cards"], "cards", _CARD)
    for number, card in enumerate(config["cards"]):
        _one_of(f"cards.{number + 1}.type", card["type"], _TOKENS)
    if "watchdog_s" in config:
        _check_value("watchdog_s", config["watchdog_s"], int, 1, 3600)
    config["data_dir"] = _beside(path, config["data_dir"])
    return config


def check_csms(csms: dict, path: str) -> dict:
    url, profile, password = csms["url"], csms["security_profile"], csms["password"]
    secure = url is not None and _is_secure(url)
    if profile is None:
        profile = (3 if csms["certificate"] else 2) if secure else 1 if password else 0
        csms["security_profile"] = profile
    if url is not None and secure != (profile > 1):
        scheme = "wss" if profile > 1 else "ws"
        raise ConfigError(f"csms.url: security profile {profile} goes with {scheme}://")
    if profile in (1, 2) and password is None:
        raise ConfigError(f"csms.password: is required by security profile {profile}")
    for name in ("ca", "certificate", "key"):
        csms[name] = csms[name] and _beside(path, csms[name])
    if profile > 1:
        _check_files(csms)
    return csms


def _is_secure(url):
    from evse.websocket.handshake import split_url

    forget("evse.websocket.handshake")
    try:
        return split_url(url)[0]
    except ValueError as error:
        raise ConfigError(f"csms.url: {error}")


def _check_files(csms):
    """Can a context be made of them? Their dates are looked at with each connection."""
    from evse.aio import tls

    tls.forget()
    try:
        tls.context(csms, tls.Progress(""))
    except ValueError as error:
        raise ConfigError(f"csms.{error}")


def _each(items, key, rows):
    return [_section(item, f"{key}.{number + 1}.", rows) for number, item in enumerate(items)]


def _section(raw, prefix, rows, others=()) -> dict:
    """Return `raw` with the defaults of `rows`; `others` are sections that a board checks."""
    if not isinstance(raw, dict):
        raise ConfigError(f"{prefix[:-1]}: must be an object")
    known = [row[0] for row in rows]
    for name in raw:
        if name not in known and name not in others:
            raise ConfigError(f"{prefix}{name}: is unknown")
    checked = {name: raw[name] for name in others if name in raw}
    for name, default, kind, least, most in rows:
        value = raw.get(name)
        if value is not None:
            _check_value(prefix + name, value, kind, least, most)
        elif default is _REQUIRED:
            raise ConfigError(f"{prefix}{name}: is required")
        checked[name] = default if value is None else value
    return checked


def _check_value(key, value, kind, least, most):
    if type(value) is not kind:  # not isinstance: true is no number
        raise ConfigError(f"{key}: must be {_TYPE_NAMES[kind]}")
    if not least <= (value if kind is int else len(value)) <= most:
        what = {int: "must be", str: "must have a length"}.get(kind, "must have a count")
        raise ConfigError(f"{key}: {what} from {least} to {most}")


def _one_of(key, word, words):
    if word not in words:
        raise ConfigError(f"{key}: must be one of {' '.join(words)}")


def _beside(path, name):
    """File names in the config are relative to the config file."""
    if name.startswith("/") or "/" not in path:
        return name
    return path.rsplit("/", 1)[0] + "/" + name

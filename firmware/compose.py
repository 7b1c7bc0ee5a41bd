"""What a station is made of: the config file, the storage, and the device model with the values
that the file gives it. Needed for a moment at each start; main.py forgets it afterwards.
"""

from hashlib import sha256

import config
import config_file
import network_profiles
import power_on

import ocpp201
from ocpp201.variables import Variables

ConfigError = config_file.ConfigError


def read_config(path: str) -> dict:
    return config.check(config_file.load(path), path)


def storage(folder: str, log):
    """(files, store, ids, record of the last boot)"""
    try:
        return power_on.storage(folder, log)
    except OSError as error:
        raise ConfigError(f"data_dir: {folder} cannot be a folder, {error}")


def layout(settings: dict) -> tuple:
    """How many connectors each EVSE has."""
    return tuple(len(evse["connectors"]) for evse in settings["evses"])


def device_model(settings: dict, rows, store, log) -> Variables:
    """`rows`: device_model.dat, open."""
    variables = Variables(rows, layout(settings), store, log)
    try:
        variables.configure(_factory_values(settings))
        variables.configure(settings["variables"])
    except ValueError as error:
        raise ConfigError(error)
    for n, evse in enumerate(settings["evses"]):
        watts = 230 * evse["phases"] * evse["max_current_a"]
        variables.put("EVSE.Power$MaxSet", watts, n + 1)
    _take_over_edits(settings["csms"], variables, store, log)
    return variables


def _take_over_edits(csms, variables, store, log):
    """A person's edit of that section wins over what the CSMS has set."""
    digest = sha256(str(sorted(csms.items())).encode()).digest()
    try:
        known = store.load("csms")
        if known and known[1] == digest:
            return
        lost = known is None and variables.text("SecurityCtrlr.BasicAuthPassword")
        if csms["password"] and not lost:  # what the CSMS has set is the one that works
            key = "SecurityCtrlr.BasicAuthPassword"
            variables.put(key, csms["password"])
            if not variables.commit():
                variables.put(key, csms["password"])  # for this run at least
        network_profiles.edited(csms, variables, store)
        store.save("proven", b"")  # no password of the old section goes to the new CSMS
        store.save("csms", digest)
    except OSError as error:
        log("error", "the csms section is not remembered: %s" % error)


def link_settings(settings: dict, variables, store, log) -> dict:
    """What the link wants to know. `proven`: the password of the last good connection, which
    counts again if the present one is refused."""
    link = settings["csms"]
    link["identity"] = settings["station"]["id"]
    link["password"] = variables.text("SecurityCtrlr.BasicAuthPassword")
    try:
        link["proven"] = (store.load("proven") or (0, b""))[1].decode()
    except (OSError, ValueError):
        link["proven"] = ""
    if link["url"]:
        network_profiles.choose(link, variables, store, log)
    return link


def _factory_values(settings):
    """What the other sections say about the device model, as SetVariableData."""
    station, csms = settings["station"], settings["csms"]
    yield _datum("ChargingStation", "Model", station["model"])
    yield _datum("ChargingStation", "VendorName", station["vendor_name"])
    yield _datum("ChargingStation", "SerialNumber", station["serial_number"] or "")
    yield _datum("ChargingStation", "FirmwareVersion", ocpp201.VERSION)
    yield _datum("SecurityCtrlr", "Identity", station["id"])
    if csms["security_profile"]:
        yield _datum("SecurityCtrlr", "SecurityProfile", csms["security_profile"])
    if not csms["url"]:  # nobody will ever accept it
        yield _datum("TxCtrlr", "TxBeforeAcceptedEnabled", "true")
    for n, evse in enumerate(settings["evses"]):
        yield _datum("EVSE", "SupplyPhases", evse["phases"], {"id": n + 1})
        for m, word in enumerate(evse["connectors"]):
            place = {"id": n + 1, "connectorId": m + 1}
            yield _datum("Connector", "ConnectorType", word, place)
            yield _datum("Connector", "SupplyPhases", evse["phases"], place)


def _datum(component, variable, value, evse=None):
    component = {"name": component}
    if evse:
        component["evse"] = evse
    return {"component": component, "variable": {"name": variable}, "attributeValue": str(value)}


def known_tokens(settings: dict) -> dict:
    """`cards`, as ChargePoint wants them."""
    accepted = {"status": "Accepted"}
    return {
        card["idToken"].lower(): {"type": card["type"], "info": accepted}
        for card in settings["cards"]
    }

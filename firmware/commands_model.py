"""Commands of the console: the device model."""


def do_vars(station, component="", variable=""):
    found = False
    for name, instance, evse, connector, *rest in station.cp.variables.rows():
        place = name + (f"#{instance}" if instance else "")
        if evse:
            place += f"@{evse}.{connector}" if connector else f"@{evse}"
        value_name = rest[0] + (f"#{rest[1]}" if rest[1] else "")
        if _means(component, place) and _means(variable, value_name):
            found = True
            yield f"{place} {value_name} {'***' if rest[3] is None else rest[3]} {rest[2]}"
    if not found:
        raise ValueError("there is no such variable")


def _means(wanted, name):
    """Without its instance or its connector a name means all of them."""
    return not wanted or name == wanted or name[: len(wanted) + 1] in (
        wanted + "#", wanted + "@", wanted + ".",
    )  # fmt: skip


def do_set(station, component, variable, value):
    name, _, place = component.partition("@")
    component = _named(name)
    if place:
        evse, _, connector = place.partition(".")
        component["evse"] = {"id": int(evse)}
        if connector:
            component["evse"]["connectorId"] = int(connector)
    item = {"component": component, "variable": _named(variable), "attributeValue": value}
    result = station.cp.set_variables([item])[0]
    status = result["attributeStatus"]
    if status not in ("Accepted", "RebootRequired"):
        raise ValueError(result.get("attributeStatusInfo", {}).get("reasonCode", status))
    return () if status == "Accepted" else (status,)


def _named(text):
    name, _, instance = text.partition("#")
    return {"name": name, "instance": instance} if instance else {"name": name}

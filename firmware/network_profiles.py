"""Which network profile the link uses (B10).

Slot 1 is the section csms of the config file, until the CSMS puts something else there; an edit of
the section wins, and then slot 1 is tried alone. Names of certificate files, the identity and the
password are the same for all slots.

After a start each slot of NetworkConfigurationPriority gets NetworkProfileConnectionAttempts
attempts, then the slot of the last good connection (the state "network", its number) is tried for
ever. The first good connection decides for the rest of the run: whatever the link loses later, it
tries to get back in the same slot.

Needed at each start, when a CSMS sends a profile, and as long as there is something to decide:
`slots` of the link's settings, not empty then. Forgotten in between.
"""

from evse.rare import passing
from ocpp201 import dispatch

_ACTIVE = "OCPPCommCtrlr.ActiveNetworkProfile"
_LEVEL = "SecurityCtrlr.SecurityProfile"
_PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
_TIMEOUT = "OCPPCommCtrlr.MessageTimeout#Default"
_SLOTS = (1, 2, 3)


def edited(csms, variables, store):
    """A person has changed the section. OSError."""
    store.erase("network_1")
    store.save("network", b"1")
    variables.put(_PRIORITY, "1")
    if csms["security_profile"]:
        variables.put(_LEVEL, csms["security_profile"])
    variables.commit()


def choose(link, variables, store, log):
    """With which slot this run begins."""
    link["section"] = link["url"], link["security_profile"]
    link["good_slot"] = good = _good(store)
    order = [int(slot) for slot in variables.members(_PRIORITY)]
    order = [slot for slot in order if _profile(link, slot, store, log)]
    if order[-1:] != [good] and _profile(link, good, store, log):
        order.append(good)  # B10.FR.07
    link["slot"], link["tries"] = 1, 0
    link["slots"] = [] if order == [good] else order  # else there is nothing to decide
    if order:
        _use(link, order[0], variables, store, log)


def failed(station):
    """An attempt has led to no connection."""
    link, variables = station.link_settings, station.variables
    link["tries"] += 1
    if len(link["slots"]) > 1:
        if link["tries"] >= variables.number("OCPPCommCtrlr.NetworkProfileConnectionAttempts"):
            link["slots"].pop(0)
            link["tries"] = 0
            _use(link, link["slots"][0], variables, station.store, station.log)
            station.log("warning", "no link: now network profile %d" % link["slot"])


def proven(station):
    """A connection stands, and this slot is the one of this run."""
    link, store, variables = station.link_settings, station.store, station.variables
    slot, level = link["slot"], link["security_profile"]
    link["slots"] = []
    try:
        if slot != link["good_slot"]:
            store.save("network", b"%d" % slot)
            link["good_slot"] = slot
        if level > variables.number(_LEVEL):  # A05.FR.06
            variables.put(_LEVEL, level)
            variables.commit()
            for other in _SLOTS:
                profile = _profile(link, other, store, station.log)
                if profile and profile[1] < level:
                    store.save("network_%d" % other, b"null")
    except OSError as error:
        station.log("error", "network profile %d not kept as the good one: %s" % (slot, error))


def verdict(station, slot, profile):
    """Could we connect with it? For the callback validate_network_profile."""
    link = station.link_settings
    csms = {name: link[name] for name in ("ca", "certificate", "key")}
    csms["url"], csms["security_profile"] = profile["ocppCsmsUrl"], profile["securityProfile"]
    csms["password"] = link["password"] or None
    config = passing("config")
    try:
        config.check_csms(csms, "")
    except config.ConfigError as error:
        station.log("warning", "network profile %d refused: %s" % (slot, error))
        return "Rejected"
    return "Accepted"


def _good(store) -> int:
    try:
        return int((store.load("network") or (1, b"1"))[1])
    except (OSError, ValueError):
        return 1


def _profile(link, slot, store, log):
    """(url, security profile, message timeout) in a slot; None: there is none."""
    try:
        kept = dispatch.block("network_profiles").profile_in(store, slot)
        if kept:
            return kept["ocppCsmsUrl"], kept["securityProfile"], kept["messageTimeout"]
        if slot == 1 and store.load("network_1") is None:
            return link["section"] + (0,)
    except (OSError, KeyError, TypeError) as error:
        log("error", "network profile %d: %s" % (slot, error))
    return None


def _use(link, slot, variables, store, log):
    profile = _profile(link, slot, store, log)
    if profile:
        link["slot"] = slot
        link["url"], link["security_profile"], timeout = profile
        variables.put(_ACTIVE, slot)
        if timeout:
            variables.put(_TIMEOUT, timeout)

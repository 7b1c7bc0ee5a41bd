"""A password that the CSMS has set is on trial until a connection was made with it (A01): up to
then the one before, which has made connections, is tried too whenever the CSMS answers 401.

What has worked is kept in a state of its own, so that a power cut between the change and the first
connection forgets neither. In memory when a password has worked for the first time only.
"""

_KEY = "SecurityCtrlr.BasicAuthPassword"


def proven(link_settings, variables, store, log):
    """A connection stands, with another password than the one before it."""
    password = link_settings["proven"] = link_settings["password"]
    try:
        store.save("proven", password.encode())
    except OSError as error:
        log("error", "the password that works is not kept: %s" % error)
    if password != variables.text(_KEY):
        log("warning", "the CSMS has refused the password that it has set; the old one works")
        variables.put(_KEY, password)
        variables.commit()

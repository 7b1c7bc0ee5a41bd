"""Code that is needed for a moment only, and need not stay in a board's memory: a handshake, a
command that somebody types, the config file.

    import config
    forget("config")        # from here on it lives as long as `config`, and what it made

Another import loads it anew, and its classes are other classes then: an exception that is caught
elsewhere must not be one of them.
"""

import sys


def forget(name: str):
    """Let an imported module go with the last one who holds it."""
    del sys.modules[name]
    package, _, last = name.rpartition(".")
    if package:
        delattr(sys.modules[package], last)


def passing(name: str):
    """A module of the firmware that lives as long as somebody works with it."""
    module = __import__(name, None, None, (name,))
    forget(name)
    return module

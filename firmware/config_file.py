"""Reads and writes the config file; what may stand in it, config.py knows."""

import json
import os


class ConfigError(ValueError):
    """The config file cannot be used; the text is "<key>: <what is wrong>"."""


def load(path: str) -> dict:
    """Return the file as written, unchecked."""
    try:
        with open(path) as file:
            raw = json.load(file)
    except OSError:
        raise ConfigError(f"{path}: cannot be read")
    except ValueError:
        raise ConfigError(f"{path}: is not JSON")
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must hold an object")
    return raw


def save(raw: dict, path: str) -> None:
    """Write the file, a section a line; a power cut leaves the old one or the new one."""
    lines = [f"  {json.dumps(name)}: {json.dumps(raw[name])}" for name in sorted(raw)]
    with open(path + ".new", "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    os.rename(path + ".new", path)

"""The project's own virtual environment, `.venv/`, with the pinned extras of pyproject.toml.

`enter("demo")` is the first statement of a tool: it returns only inside .venv, with the packages
of those extras installed. It must run on any Python 3, bare, to be able to say what is missing;
so nothing here or in the tools uses syntax that is younger than Python 3.6.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")

_OLDEST = (3, 11)
_NODE = 20


def enter(*extras):
    """Continue the running script inside .venv. Exits with status 2 and one line if it can't."""
    _check_prerequisites()
    if not _is_ready(extras):
        _set_up(extras)
    if os.path.realpath(sys.prefix) != os.path.realpath(VENV):
        sys.stdout.flush()
        os.execv(PYTHON, [PYTHON] + sys.argv)


def node_missing():
    """None when Node and npm can be used, else what to install, in one line."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node:
        return "Node %d is missing: install nodejs %d or newer and npm" % (_NODE, _NODE)
    version = subprocess.run([node, "--version"], stdout=subprocess.PIPE).stdout.decode().strip()
    if int(version.lstrip("v").split(".")[0] or 0) < _NODE:
        return "Node %s is too old: install nodejs %d or newer" % (version, _NODE)
    return None if npm else "npm is missing: install npm"


def install_npm(folder):
    """The packages of folder/package-lock.json, exactly. Returns None, or why it failed."""
    wanted = _digest(os.path.join(folder, "package-lock.json"))
    stamp = os.path.join(folder, "node_modules", ".ocpp201-lock")
    if _read(stamp) == wanted:
        return None
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        return "npm ci failed: " + done.stdout.decode(errors="replace")
    _write(stamp, wanted)
    return None


def _check_prerequisites():
    if sys.version_info < _OLDEST:
        _stop("Python %d.%d or newer is needed, this is %d.%d: install python3.11 python3.11-venv"
              % (_OLDEST + tuple(sys.version_info[:2])))
    for module in ("venv", "ensurepip"):    # Debian ships the first without the second
        if not importlib.util.find_spec(module) and not os.path.exists(PYTHON):
            _stop("Python's venv module is missing: apt install python3-venv")


def _is_ready(extras):
    return os.path.exists(PYTHON) and set(extras) <= _installed()


def _set_up(extras):
    extras = sorted(_installed() | set(extras))
    packages = _requirements(extras)
    started = time.time()
    print("Setting up .venv for %s ... " % " and ".join(extras), end="", flush=True)
    if not _read(_stamp()).startswith(_home()) or not os.path.exists(PYTHON):
        if os.path.islink(VENV):  # another checkout's, not to be emptied
            os.unlink(VENV)
        _run([sys.executable, "-m", "venv", "--clear", VENV])
    _run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
          "--no-input"] + packages)
    _write(_stamp(), "%s\n%s\n" % (_wanted(), " ".join(extras)))
    print("%.0f s" % (time.time() - started))


def _requirements(extras):
    import tomllib  # from Python 3.11 on

    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        known = tomllib.load(file)["project"]["optional-dependencies"]
    return [package for extra in extras for package in known[extra]]


def _stamp():
    return os.path.join(VENV, ".ocpp201")


def _installed():
    """The extras that .venv holds for the pyproject.toml of today."""
    lines = _read(_stamp()).split("\n")
    return set(lines[1].split()) if lines[0] == _wanted() else set()


def _wanted():
    """The first line of the stamp: when it differs, the packages are looked at again."""
    return _home() + " " + _digest(os.path.join(ROOT, "pyproject.toml"))


def _home():
    """When this differs, .venv is made anew: its scripts name their folder and their Python."""
    return "%s python%d.%d" % ((VENV,) + tuple(sys.version_info[:2]))


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


def _run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        print("failed")
        _stop(done.stdout.decode(errors="replace").rstrip())


def _stop(message):
    print(message, file=sys.stderr)
    sys.exit(2)

"""The main job, as a person runs it."""

import subprocess
import sys

import pytest

from host_tests import runtimes
from host_tests.runtimes import ROOT


def demo(*arguments, typed=""):
    command = [sys.executable, ROOT / "tools" / "demo.py", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_demo_charges_a_car_and_finds_no_fault(runtime):
    if runtime == "micropython" and runtimes.micropython() is None:
        pytest.skip(runtimes.MISSING)
    done = demo("--runtime", runtime)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("stopped: Remote", "stopped: Local", "violations    none", "Wh in 2 transact"):
        assert words in done.stdout


def test_kept_demo_hands_over_the_console():
    done = demo("--runtime", "cpython", "--keep", "--evses", "1", typed="status\nnonsense\nquit\n")
    assert done.returncode == 0, done.stdout + done.stderr
    answers = done.stdout.split("The console is yours")[1]
    assert '"station": "DEMO-1"' in answers
    assert "\nERR " in answers

"""What the README shows is run: the example for integrators, on both runtimes."""

import subprocess
import sys

import pytest

from host_tests import runtimes


@pytest.fixture
def example(tmp_path):
    text = (runtimes.ROOT / "README.md").read_text(encoding="utf-8")
    path = tmp_path / "example.py"
    path.write_text(text.split("```python\n")[1].split("```")[0], encoding="utf-8")
    return path


def check(done):
    assert done.returncode == 0, done.stderr
    assert '"BootNotification"' in done.stdout and "bug" not in done.stdout, done.stdout


def test_example_runs_on_cpython(example):
    environment = {"PYTHONPATH": str(runtimes.ROOT / "lib")}
    check(
        subprocess.run(
            [sys.executable, str(example)],
            cwd=runtimes.ROOT, env=environment, capture_output=True, text=True,
        )
    )  # fmt: skip


@pytest.mark.skipif(runtimes.micropython() is None, reason=runtimes.MISSING)
def test_example_runs_on_micropython(example):
    check(runtimes.run_micropython(str(example)))

"""What pip would install: two packages with their data, and nothing else."""

import subprocess
import sys
import zipfile

from host_tests.runtimes import ROOT


def test_wheel_holds_the_two_packages_only(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "lib"):     # a build leaves traces in its folder
        subprocess.run(["cp", "-r", ROOT / name, source], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", tmp_path, source]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"ocpp201", "evse", "ocpp201-0.1.0.dist-info"}
    assert {"ocpp201/device_model.dat", "ocpp201/shapes.dat"} <= set(names)
    for path in (ROOT / "lib").rglob("*.py"):
        assert str(path.relative_to(ROOT / "lib")) in names

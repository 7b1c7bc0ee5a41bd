"""Runs firmware/main.py under the eyes of Depth. Takes main.py's arguments; at the end the deepest
chain stands in nesting.json beside the config file."""

import json
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MAIN = ROOT / "firmware" / "main.py"


def main():
    sys.path[0] = str(MAIN.parent)  # as if it had been started
    sys.path.append(str(ROOT))
    from host_tests.budgets.depth import Depth

    depth = Depth()
    try:
        with depth:
            runpy.run_path(str(MAIN), run_name="__main__")
    finally:
        report = Path(sys.argv[1]).parent / "nesting.json"
        report.write_text(json.dumps(depth.deepest), encoding="utf-8")


if __name__ == "__main__":
    main()

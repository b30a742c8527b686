"""`python -m tests.benchmarks [name …]`: run the named benchmarks (all when none is named), print tables, write JSON.

Every benchmark is a module beside this one with `run() -> dict`; its result goes to build/bench-<name>.json.
"""

import importlib
import json
import os
import platform
import sys
from pathlib import Path

NAMES = ("messaging", "gateway", "portal", "search", "booking", "notifier", "filing", "supervision", "credit")
BUILD = Path(__file__).resolve().parents[2] / "build"


def main(arguments: list[str]) -> int:
    """Run and write; the exit code is 2 for an unknown name."""
    here = [name for name in NAMES if (Path(__file__).parent / f"{name}.py").exists()]
    unknown = set(arguments) - set(here)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(here)}", file=sys.stderr)
        return 2
    BUILD.mkdir(exist_ok=True)
    for name in arguments or here:
        result = importlib.import_module(f"tests.benchmarks.{name}").run()
        result["machine"] = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()}
        (BUILD / f"bench-{name}.json").write_text(json.dumps(result, indent=2) + "\n")
        print(f"written to build/bench-{name}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

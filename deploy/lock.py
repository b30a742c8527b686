"""Write the dependency locks: `requirements/*.in` → `requirements/*.lock`, with hashes and without any host name.

    python3 -m deploy.lock                # keep the pinned versions that still satisfy the .in files
    python3 -m deploy.lock --upgrade      # take the newest of everything
    python3 -m deploy.lock --check        # only look whether the locks are well formed and complete

The resolver (pip-tools) lives in a throw-away environment and never becomes a dependency of the hall.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
NAMES = ("run", "test", "bench")  # in this order: the later ones are constrained by run.lock
RESOLVER = "pip-tools==7.6.2"
HEADER = "# Written by `make lock` from {name}.in for Python 3.11 and newer. Do not edit.\n"
PIN_LINES = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==", re.MULTILINE)
PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]+\])?==\S+")


def problems(name: str, source: str, lock: str) -> list[str]:
    """What is wrong with a lock: missing hashes, host names, or a direct dependency that it does not pin."""
    found = []
    entries = [block for block in re.split(r"\n(?=[A-Za-z0-9])", lock) if PIN.match(block)]
    pinned = {normal(PIN.match(block)["name"]) for block in entries}  # type: ignore[index]
    for block in entries:
        if "--hash=sha256:" not in block:
            found.append(f"{name}.lock: {block.splitlines()[0]} has no hash")
    for number, line in enumerate(lock.splitlines(), 1):
        if "://" in line or line.startswith(("-i", "--index", "--extra-index", "--find-links", "--trusted-host")):
            found.append(f"{name}.lock:{number} names a place to download from")
    for line in source.splitlines():
        wanted = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
        if wanted and normal(wanted[0]) not in pinned:
            found.append(f"{name}.lock does not pin {wanted[0]}")
    return found


def normal(name: str) -> str:
    """The registry's spelling of a package name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def check() -> list[str]:
    """Problems of all locks together."""
    found = []
    for name in NAMES:
        lock = REQUIREMENTS / f"{name}.lock"
        if not lock.exists():
            found.append(f"{name}.lock is missing")
            continue
        found += problems(name, (REQUIREMENTS / f"{name}.in").read_text(), lock.read_text())
    return found


def compile_all(upgrade: bool) -> None:
    """Resolve every .in file anew."""
    with tempfile.TemporaryDirectory(prefix="lock-") as folder:
        venv.create(folder, with_pip=True)
        scratch = Path(folder) / "bin"
        subprocess.run([scratch / "python", "-m", "pip", "install", "-q", RESOLVER], check=True)
        for name in NAMES:
            target = REQUIREMENTS / f"{name}.lock"
            command: list[str | Path] = [
                scratch / "pip-compile",
                "--quiet",
                "--generate-hashes",
                "--strip-extras",
                "--allow-unsafe",
            ]
            command += ["--no-header", "--annotation-style=line", "--no-emit-index-url", "--no-emit-trusted-host"]
            command += ["--no-emit-find-links", "--no-emit-options", f"--output-file={target.name}", f"{name}.in"]
            if upgrade:
                command.insert(1, "--upgrade")
            subprocess.run(command, check=True, cwd=REQUIREMENTS, env=clean_environment())
            target.write_text(HEADER.format(name=name) + strip(target.read_text()))
            print(f"{target.name}: {len(PIN_LINES.findall(target.read_text()))} packages")


def strip(lock: str) -> str:
    """Drop what belongs to the machine that resolved: comments above the first pin, options, empty lines."""
    kept = [line for line in lock.splitlines() if line.strip() and not line.startswith(("#", "-"))]
    return "\n".join(kept) + "\n"


def clean_environment() -> dict[str, str]:
    """Locally built wheels must not leave their hashes in a lock."""
    return {key: value for key, value in os.environ.items() if key not in {"PIP_FIND_LINKS", "PIP_NO_INDEX"}}


def main(arguments: list[str] | None = None) -> int:
    """Write or check the locks; 1 when something is wrong with them."""
    parser = argparse.ArgumentParser(prog="deploy.lock", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    parser.add_argument("--check", action="store_true", help="change nothing, only check the locks")
    options = parser.parse_args(arguments)
    if not options.check:
        compile_all(options.upgrade)
    found = check()
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

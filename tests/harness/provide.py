"""Where a server of the tests comes from: a Docker engine, this machine's packages, or apt-get; else one clear line."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
POLICY = Path("/usr/sbin/policy-rc.d")


class NoServer(Exception):
    """The machine cannot bring the server; the message is one clear line."""


def first_of(name: str, ways: Iterable[tuple[str, Callable[[], T | None]]]) -> T:
    """The server of the first way that works; None means "not here", an exception "tried and failed"."""
    said = []
    for way, bring in ways:
        try:
            server = bring()
        except Exception as failure:
            said.append(f"{way}: {' '.join(str(failure).split())[:300] or type(failure).__name__}")
            continue
        if server is not None:
            return server
        said.append(f"{way}: not available")
    raise NoServer(f"the tests need {name} and found no way to bring it ({'; '.join(said)})")


@cache
def docker_answers() -> bool:
    """Whether a Docker engine runs here. YWT_TEST_SERVERS=packages leaves it alone."""
    if os.environ.get("YWT_TEST_SERVERS") == "packages" or not shutil.which("docker"):
        return False
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=10, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def binary(name: str, *patterns: str) -> Path | None:
    """A program from the newest matching folder, or from the path."""
    found = sorted((p for each in patterns for p in Path("/").glob(f"{each.strip('/')}/{name}")), key=_version)
    if found:
        return found[-1]
    on_path = shutil.which(name)
    return Path(on_path) if on_path else None


def apt_install(*packages: str) -> bool:
    """Install Debian packages without starting their own servers; False when this machine has no apt or no right to."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"installing {' '.join(packages)}", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with services_kept_off():
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", *command], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                raise NoServer(f"apt-get {command[0]} failed: {last}")
    return True


@contextmanager
def services_kept_off(policy: Path = POLICY):
    """While packages are installed, their start scripts are refused (a policy that is there already stays)."""
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def unprivileged(preferred: str) -> str | None:
    """The user to run a server as: nobody special when we are not root, else the package's own or `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in (preferred, "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NoServer(f"there is neither a user {preferred} nor nobody to run the server as")


def give(folder: Path, user: str | None) -> None:
    """Make the folder the user's own."""
    if user:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)


def _version(path: Path) -> tuple[int, ...]:
    digits = "".join(char if char.isdigit() else " " for char in str(path))
    return tuple(int(part) for part in digits.split())

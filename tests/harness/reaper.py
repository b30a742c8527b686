"""A watchman: when this process ends in whatever way, the servers it started end too and their folders go.

A pytest killed by SIGKILL runs no `finally`; the watchman is a small process that notices its pipe closing.
"""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

WATCH = """
import os, shutil, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
groups, folders = set(), set()
for line in sys.stdin:
    verb, _, name = line.rstrip("\\n").partition(" ")
    kind = folders if verb.endswith("folder") else groups
    (kind.add if verb.startswith("watch") else kind.discard)(name)
for group in groups:
    try:
        os.killpg(int(group), signal.SIGKILL)
    except OSError:
        pass
for folder in folders:
    shutil.rmtree(folder, ignore_errors=True)
"""

_lock = threading.Lock()
_watchman: subprocess.Popen[str] | None = None


def watch_group(group: int) -> None:
    """Kill this process group when we are gone."""
    _say(f"watch-group {group}")


def forget_group(group: int) -> None:
    """The group has ended in an orderly way."""
    _say(f"forget-group {group}")


def watch_folder(folder: Path) -> None:
    """Remove this folder when we are gone."""
    _say(f"watch-folder {folder}")


def remove_folder(folder: Path) -> None:
    """Remove the folder now."""
    shutil.rmtree(folder, ignore_errors=True)
    _say(f"forget-folder {folder}")


def _say(line: str) -> None:
    global _watchman
    with _lock:
        if _watchman is None or _watchman.poll() is not None:
            _watchman = subprocess.Popen(
                [sys.executable, "-S", "-c", WATCH], stdin=subprocess.PIPE, text=True, start_new_session=True
            )
        assert _watchman.stdin is not None
        _watchman.stdin.write(line + "\n")
        _watchman.stdin.flush()

"""Senders that can be killed by the hundred: one process that has everything loaded and forks a new one in no time.

`python -m tests.system.sender '{"module.NAME": value, …}'` sets these, then obeys its standard input, a line each:
`start` forks a sender that runs all message loops of the notifier, `kill` ends it with SIGKILL.
"""

import importlib
import json
import os
import signal
import sys
from typing import Any

from chassis import config, loops
from services.notifier.service import service


def send() -> None:
    """Run the message loops until killed."""
    service.configure(config.load("notifier"))
    crew = loops.Crew(
        [
            loops.Repeated(name, service.database, work, min(pause, 0.2))
            for name, work, pause in service.own_loops
            if name.startswith("sms")
        ]
    )
    crew.start()
    signal.pause()


def main(settings: dict[str, Any]) -> None:
    """Obey."""
    for path, value in settings.items():
        module, name = path.rsplit(".", 1)
        setattr(importlib.import_module(f"services.notifier.{module}"), name, value)
    child = 0
    for line in sys.stdin:
        if line.strip() == "start":
            child = os.fork()
            if not child:
                send()
        elif child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            child = 0
        print("done", flush=True)
    if child:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    from datetime import timedelta

    given = json.loads(sys.argv[1])
    main(
        {
            path: timedelta(seconds=value) if "LEASE" in path or "LONGEST" in path else value
            for path, value in given.items()
        }
    )

"""Background loops: they outlive their faults, stop when told, and are seen when they do not tick."""

import threading
from pathlib import Path

import pytest

from chassis import auth, clock
from chassis.db import Database
from chassis.loops import Crew, Repeated
from tests.harness.processes import eventually


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database("loops").connect(f"sqlite:///{tmp_path}/loops.db")


def test_a_loop_goes_on_after_a_fault_and_acts_as_its_service(database: Database) -> None:
    seen: list[str] = []

    def work() -> int:
        seen.append(auth.actor().id)
        if len(seen) == 1:
            raise ValueError("once")
        return 1 if len(seen) < 5 else 0

    crew = Crew([Repeated("work", database, work, pause=0.01)])
    crew.start()
    eventually(lambda: len(seen) >= 5)
    crew.stop()
    assert set(seen) == {"service:loops"}
    assert crew.stuck() == ["work"]  # its thread has ended


def test_stopping_waits_for_the_work_in_hand_only(database: Database) -> None:
    started, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> int:
        started.set()
        go_on.wait(10)
        done.set()
        return 1

    crew = Crew([Repeated("work", database, work)])
    crew.start()
    assert started.wait(5)
    stopper = threading.Thread(target=crew.stop)
    stopper.start()
    assert not done.is_set()
    go_on.set()
    stopper.join(10)
    assert done.is_set() and not stopper.is_alive()


def test_a_loop_that_does_not_tick_is_stuck_and_one_that_rests_long_is_not(database: Database) -> None:
    hanging = threading.Event()
    frozen = Repeated("frozen", database, lambda: int(hanging.wait(30)), pause=0.01)
    resting = Repeated("resting", database, lambda: 0, pause=600)
    crew = Crew([frozen, resting])
    crew.start()
    for loop in (frozen, resting):
        loop.last_tick = clock.monotonic() - 100
    assert crew.stuck(seconds=60) == ["frozen"]
    hanging.set()
    crew.stop()

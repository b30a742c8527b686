"""The processes of the messaging benchmark, one role each: `python -m tests.benchmarks.roles ROLE JSON`."""

import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from chassis import bus, outbox
from chassis.consumer import Consumer, Handlers
from chassis.relay import Relay
from tests.benchmarks import world
from tests.benchmarks.world import Row, ThingDone, database


def produce(number: int, *, threads: int = 2, pace: float = 0.0, out: str | None = None) -> None:
    """Emit events, one transaction each; with `pace`, that many seconds apart, noting when each commit was done."""
    committed: dict[str, float] = {}

    def work(first: int) -> None:
        database.activate()
        begin = time.perf_counter()
        for turn, index in enumerate(range(first, number, threads)):
            if pace:
                time.sleep(max(0.0, begin + turn * pace * threads - time.perf_counter()))
            with database.transaction():
                event_id = outbox.emit(ThingDone, f"case-{index % world.SUBJECTS}", world.data(index))
            if out:
                committed[event_id] = time.time()
        database.release()

    workers = [threading.Thread(target=work, args=(first,)) for first in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if out:
        Path(out).write_text(json.dumps(committed))


def relay(amqp: str) -> None:
    """The relay, until SIGTERM."""
    _until_term(Relay(database, bus.connect(amqp, world.shape())))


def consume(amqp: str, *, handler: str, out: str | None = None) -> None:
    """The consumer with an ordinary handler or one for the whole batch, until SIGTERM."""
    handled: dict[str, float] = {}
    handlers = Handlers()

    def one_row(event: Any) -> None:
        Row.create(event_id=event.id, subject=event.subject, sequence=event.sequence, note=event.note)

    def one_row_noted(event: Any) -> None:
        one_row(event)
        database.on_commit(lambda: handled.__setitem__(event.id, time.time()))

    def whole_batch(events: list[Any]) -> None:
        Row.create_all(
            [{"event_id": e.id, "subject": e.subject, "sequence": e.sequence, "note": e.note} for e in events]
        )

    if handler == "batch":
        handlers.batch[ThingDone.type] = whole_batch
    else:
        handlers.single[ThingDone.type] = [one_row_noted if out else one_row]
    _until_term(Consumer(database, bus.connect(amqp, world.shape()), handlers, world.SERVICE))
    if out:
        Path(out).write_text(json.dumps(handled))


def _until_term(loop: Any) -> None:
    signal.signal(signal.SIGTERM, lambda *_: loop.stop())
    before = time.process_time()
    loop.run()
    print(json.dumps({"cpu_seconds": time.process_time() - before}), flush=True)


if __name__ == "__main__":
    role, options = sys.argv[1], json.loads(sys.argv[2])
    database.connect(options.pop("database"))
    if options.pop("profile", None):
        import cProfile

        profile = cProfile.Profile()
        profile.runcall(globals()[role], **options)
        profile.dump_stats(f"/tmp/w/{role}.prof")
    else:
        globals()[role](**options)

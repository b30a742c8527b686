"""The processes of the messaging benchmark, one role each: `python -m tests.benchmarks.roles ROLE JSON`."""

import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pika

from chassis import bus, outbox
from chassis.consumer import Consumer, Handlers
from chassis.ids import new_id
from chassis.relay import Relay
from tests.benchmarks import world
from tests.benchmarks.world import Row, ThingDone, database


def produce(
    number: int, *, threads: int = 1, together: int = 1, pace: float = 0.0, out: str | None = None, prefix: str = ""
) -> None:
    """Emit events, `together` in a transaction; with `pace`, so many seconds apart, noting when each was committed."""
    committed: dict[str, float] = {}

    def work(first: int) -> None:
        database.activate()
        begin = time.perf_counter()
        for turn, start in enumerate(range(first * together, number, threads * together)):
            if pace:
                time.sleep(max(0.0, begin + turn * pace * threads - time.perf_counter()))
            with database.transaction():
                for index in range(start, min(start + together, number)):
                    event_id = outbox.emit(ThingDone, f"{prefix}{first}-{index % world.SUBJECTS}", world.data(index))
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
        handlers.batch[ThingDone.type] = [whole_batch]
    else:
        handlers.single[ThingDone.type] = [one_row_noted if out else one_row]
    _until_term(Consumer(database, bus.connect(amqp, world.shape()), handlers, world.SERVICE))
    if out:
        Path(out).write_text(json.dumps(handled))


def raw_publish(amqp: str, number: int) -> None:
    """The ceiling: pika publishing with 200 confirms in flight, nothing else."""
    body = b"x" * 1024
    properties = pika.BasicProperties(delivery_mode=2, content_type="application/json", message_id="m" * 36)
    sent = confirmed = 0

    def opened(channel: Any) -> None:
        def pump() -> None:
            nonlocal sent
            while sent < number and sent - confirmed < 200:
                channel.basic_publish("", world.RAW_QUEUE, body, properties, mandatory=True)
                sent += 1

        def answered(frame: Any) -> None:
            nonlocal confirmed
            confirmed = frame.method.delivery_tag if frame.method.multiple else confirmed + 1
            if confirmed >= number:
                channel.connection.close()
            else:
                pump()

        channel.confirm_delivery(answered, callback=lambda frame: pump())

    connection = pika.SelectConnection(
        pika.URLParameters(amqp),
        on_open_callback=lambda connection: connection.channel(on_open_callback=opened),
        on_close_callback=lambda connection, reason: connection.ioloop.stop(),
    )
    connection.ioloop.start()


def raw_consume(amqp: str, number: int, out: str) -> None:
    """The ceiling: pika consuming with an acknowledgement for every 50, nothing else."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=200)
    times: list[float] = []

    def deliver(channel: Any, method: Any, properties: Any, body: bytes) -> None:
        times.append(time.time())
        if len(times) % 50 == 0 or len(times) == number:
            channel.basic_ack(method.delivery_tag, multiple=True)
        if len(times) == number:
            channel.stop_consuming()

    channel.basic_consume(world.RAW_QUEUE, deliver)
    channel.start_consuming()
    connection.close()
    Path(out).write_text(json.dumps([times[0], times[-1]]))


def celery_send(amqp: str, number: int) -> None:
    """Celery's producer: one confirmed publish for each task."""
    from tests.benchmarks import celery_app

    celery_app.app.conf.broker_url = amqp
    for index in range(number):
        celery_app.write_row.delay(new_id(), f"case-{index % world.SUBJECTS}", index, world.TEXT)


def _until_term(loop: Any) -> None:
    signal.signal(signal.SIGTERM, lambda *_: loop.stop())
    loop.run()


if __name__ == "__main__":
    role, options = sys.argv[1], json.loads(sys.argv[2])
    database.connect(options.pop("database"))
    globals()[role](**options)

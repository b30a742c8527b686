"""The peer: a Celery task that writes the same row, acknowledged late, published with confirms, on a quorum queue."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_process_init
from kombu import Queue

from tests.benchmarks.world import CELERY_QUEUE, Row, database

app: Any = Celery("bench", broker=os.environ.get("BENCH_AMQP", "amqp://"))
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    task_default_queue=CELERY_QUEUE,
    task_queues=[Queue(CELERY_QUEUE, durable=True, queue_arguments={"x-queue-type": "quorum"})],
    broker_transport_options={"confirm_publish": True},
    broker_connection_retry_on_startup=True,
    worker_prefetch_multiplier=100,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
)


@worker_init.connect
@worker_process_init.connect
def _connect(**_: Any) -> None:
    database.connect(os.environ["BENCH_DATABASE"])


@app.task(name="bench.write-row")
def write_row(event_id: str, subject: str, sequence: int, note: str) -> None:
    """One transaction, one row."""
    with database.transaction():
        Row.create(event_id=event_id, subject=subject, sequence=sequence, note=note)

"""One popular morning: bookings by 8 clients that attempt 1,000 a second, beside a plain check-then-insert, and 10,000
reminders due at 09:00, from the first look of the sweeper until the bus has taken the last.

Every client is a process with the whole application that asks over the API, nothing left out but the socket. What
counts first is the number: as many bookings as places, whatever the load. The naive version looks how many there are
and inserts, as is often seen. SQLite goes with the embedded bus, PostgreSQL with RabbitMQ.

YWT_BENCH_SCALE=0.1 makes it smaller; BENCH_SECONDS is how long the clients book.
"""

import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chassis import bus, clock, deadlines, ids, relay
from contracts.events import booking as events
from contracts.events import catalog
from services.booking.models import Booking, database
from services.booking.service import service
from tests.booking.conftest import HALL, ITEM, ROOT, quota, stock
from tests.harness import postgres, rabbitmq
from tests.support import bench, person

SCALE = float(os.environ.get("YWT_BENCH_SCALE", "1"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "10"))
CLIENTS, ATTEMPTS, PLACES = 8, 1000, 100  # so few that they are gone long before the clients are done
REMINDERS, REMINDER_SECONDS, SERVED_MS = max(500, int(10_000 * SCALE)), 60, 100
SLOTS = [{"from": f"{hour:02}:00", "to": f"{hour:02}:50", "quota": PLACES // 4} for hour in (9, 10, 11, 14)]
MORNING, DAY = "2026-09-29 10:00", "2026-09-30"
LIMIT = 600


def run() -> dict[str, Any]:
    """All on both databases; print the tables."""
    results: dict[str, Any] = {}
    server, broker = postgres.start(), rabbitmq.start()
    try:
        for name in ("sqlite", "postgresql"):
            fresh = server.create_database if name == "postgresql" else lambda: None
            results[name] = {
                "bookings": _morning(fresh(), _book),
                "naive": _morning(fresh(), _check_then_insert),
                "reminders": _reminders(fresh(), broker.url(broker.create_vhost()) if name == "postgresql" else None),
            }
            _show(name, results[name])
    finally:
        broker.close()
        server.close()
    return {"clients": CLIENTS, "attempted_per_second": ATTEMPTS, "places": PLACES, "databases": results}


def _morning(url: str | None, attempt: Callable[[Any, str], bool]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ywt-bench-") as name, clock.clock_at(MORNING):
        folder = Path(name)
        with bench(service, folder, url) as hall:
            stock(hall)
            hall.deliver(catalog.BookingQuotaChanged, "q", quota(daily_number=PLACES, slots=SLOTS), sequence=2)
            database.close()
        context = multiprocessing.get_context("fork")
        answers: Any = context.Queue()
        clients = [
            context.Process(target=_client, args=(number, folder, url, attempt, answers)) for number in range(CLIENTS)
        ]
        began = time.perf_counter()
        for client in clients:
            client.start()
        times = [spent for _ in clients for spent in answers.get(timeout=SECONDS + 300)]
        for client in clients:
            client.join()
        spent = time.perf_counter() - began
        with bench(service, folder, url):
            booked = Booking.select().where(Booking.state == "booked").count()
    return {
        "booked": booked,
        "correct": booked == PLACES,
        "attempts_per_second": round(len(times) / spent),
        "p50_ms": round(statistics.median(times), 1),
        "p99_ms": round(statistics.quantiles(times, n=100)[-1], 1),
        "served_in_100_ms": round(sum(one <= SERVED_MS for one in times) / len(times), 3),
    }


def _client(number: int, folder: Path, url: str | None, attempt: Callable[[Any, str], bool], answers: Any) -> None:
    times = []
    with bench(service, folder, url) as hall:
        hall.client().get(f"{ROOT}/offers")
        begin, pace, turn = time.perf_counter(), CLIENTS / ATTEMPTS, 0
        while (due := turn * pace) < SECONDS and time.perf_counter() - begin < SECONDS:
            time.sleep(max(0.0, begin + due - time.perf_counter()))
            asked = time.perf_counter()
            attempt(hall, SLOTS[(turn + number) % len(SLOTS)]["from"])
            times.append((time.perf_counter() - asked) * 1000)
            turn += 1
    answers.put(times)


def _book(hall: Any, slot: str) -> bool:
    wish = {"item_code": ITEM, "hall": HALL, "date": DAY, "slot": slot}
    return hall.client(person()).post(f"{ROOT}/bookings", json=wish).status_code == 201


def _check_then_insert(hall: Any, slot: str) -> bool:
    taken = Booking.select().where(Booking.day == DAY, Booking.slot_from == slot).count()
    if taken >= PLACES // 4:
        return False
    with database.transaction():
        Booking.create(**_row(ids.new_id(), slot))
    return True


def _row(number: str, slot: str) -> dict[str, Any]:
    return {
        "booking_no": number,
        "active_key": number,
        "subject_ref": f"person:{number}",
        "subject_type": "person",
        "subject_name_masked": "张*",
        "item_code": ITEM,
        "item_name": "食品经营许可",
        "hall_code": HALL,
        "hall_name": "天津市政务服务中心",
        "queue_group": "H",
        "day": clock.parse(f"{DAY}T00:00:00+08:00").date(),
        "slot_from": slot,
        "slot_to": "23:59",
        "state": "booked",
    }


def _reminders(url: str | None, amqp: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ywt-bench-") as name, bench(service, Path(name), url) as hall:
        remind_at = clock.parse("2026-09-29T09:00:00+08:00")
        with database.transaction():
            deadlines.at("reminders", DAY, remind_at)
        for start in range(0, REMINDERS, 500):
            with database.transaction():
                Booking.create_all([_row(ids.new_id(), "09:00") for _ in range(min(500, REMINDERS - start))])
        sender = relay.Relay(database, bus.connect(amqp or f"embedded:///{name}/bus.db"))
        thread = threading.Thread(target=sender.run, daemon=True)
        began = time.perf_counter()
        thread.start()
        while hall.sweep(remind_at):
            pass
        swept = time.perf_counter() - began
        outbox = database.table("outbox")
        left = outbox.select().where(outbox.published_at.is_null())
        while left.exists() and time.perf_counter() - began < LIMIT:
            time.sleep(0.05)
        spent = time.perf_counter() - began
        sender.stop()
        thread.join(20)
        told = outbox.select().where(outbox.type == events.BookingReminded.type, outbox.published_at.is_null(False))
        number = told.count()
    return {
        "number": number,
        "complete": number == REMINDERS,
        "written_seconds": round(swept, 1),
        "left_seconds": round(spent, 1),
        "met": number == REMINDERS and spent <= REMINDER_SECONDS,
    }


def _show(name: str, result: dict[str, Any]) -> None:
    print(f"\n{name}: {PLACES} places, {CLIENTS} clients attempt {ATTEMPTS} bookings/s for {SECONDS} s")
    print(f"{'':20} {'booked':>8} {'tried/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'in 100 ms':>10}")
    for way, label in (("bookings", "booking"), ("naive", "check then insert")):
        row = result[way]
        wrong = "" if row["correct"] else f"  WRONG by {row['booked'] - PLACES:+}"
        figures = f"{row['p50_ms']:8} {row['p99_ms']:8} {row['served_in_100_ms']:10.1%}"
        print(f"{label:20} {row['booked']:8} {row['attempts_per_second']:8} {figures}{wrong}")
    row = result["reminders"]
    verdict = "meets" if row["met"] else "MISSES"
    print(
        f"{row['number']} reminders written in {row['written_seconds']} s, on the bus after {row['left_seconds']} s:"
        f" {verdict} the target of {REMINDER_SECONDS} s"
    )

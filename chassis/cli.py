"""One start for everything a service does: `python -m services.<name> <command>`.

web        the HTTP interface (gunicorn)
worker     relay, consumer, sweeper and the service's own loops in one process
relay | consume | tick | loops   one of them alone
all        web and worker packed into one process (a hall on one small machine); migrates and seeds by itself
migrate    bring the database to the head
seed DIR   load this service's part of a city folder; repeatable
parked     list parked events; `parked show ID`, `parked replay [ID…]`, `parked drop ID`
verify     check the hash chains of all histories, or of the subjects named; 1 and the first broken record of each
sql        print CREATE statements of the models, as a start for a migration
"""

import importlib
import json
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from chassis.config import BadSetting, Settings, load

if TYPE_CHECKING:
    from chassis.loops import Crew, Loop
    from chassis.service import Service


def main(name: str, argv: list[str] | None = None) -> None:
    """Run one command of the service; a bad setting is one clear line and exit code 2."""
    arguments = sys.argv[1:] if argv is None else argv
    command = arguments[0] if arguments else "help"
    try:
        settings = load(name)
        if command in {"web", "all"}:
            _serve(name, settings, with_worker=command == "all")
        elif command in {"worker", "relay", "consume", "tick", "loops"}:
            _work(_service(name).configure(settings), settings, command)
        elif command in _TOOLS:
            _TOOLS[command](_service(name), settings, arguments[1:])
        else:
            print(__doc__)
            sys.exit(0 if command in {"help", "--help", "-h"} else 2)
    except BadSetting as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(2)


def _service(name: str) -> "Service":
    return importlib.import_module(f"services.{name}.service").service


# --- serving ----------------------------------------------------------------------------------------------------


def _serve(name: str, settings: Settings, with_worker: bool) -> None:
    """Run gunicorn; the application is imported in the worker only, so the master stays small and connections are
    opened after the fork."""
    from chassis.server import run

    def load_app(on_stop: Any) -> Any:
        from chassis.loops import Crew

        service = _service(name)
        app = service.wsgi(settings)
        if with_worker:
            service.migrate()
            if settings.city:
                _load_city(service, settings.city)
            crew = _crew(service, settings, "worker")
            crew.start()
            on_stop(crew.stop)
            app.extensions["ywt_crew"] = crew
        watch = Crew([service.watcher()])
        watch.start()
        on_stop(watch.stop)
        return app

    run(load_app, settings)


def _work(service: "Service", settings: Settings, role: str) -> None:
    from chassis import observability

    crew = _crew(service, settings, role)
    observability.checks.watch_database(service.database, service.migrations())
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    crew.start()
    if settings.metrics_port:
        observability.health_server(settings.metrics_port)
    observability.log.info("worker_started", role=role)
    while not stopping.wait(1.0):
        stuck = crew.stuck(seconds=120)
        if stuck:  # leave it to the supervisor to start us anew: a dead loop must not look alive
            observability.log.error("loop_stuck", loops=stuck)
            sys.exit(1)
    observability.checks.stop()
    crew.stop()


def _crew(service: "Service", settings: Settings, role: str) -> "Crew":
    """The loops of a role, watched by the readiness check and by the gauges of outbox and queues."""
    from chassis import bus, observability, outbox, parking
    from chassis.loops import Crew

    crew = Crew(_loops(service, settings, role))
    observability.checks.add("loops", lambda: ", ".join(crew.stuck()) or True)
    line, database, name = bus.connect(settings.bus_url), service.database, service.name

    def outbox_value(key: str) -> float:
        try:
            return outbox.stats(database)[key]
        finally:
            database.release()

    def queue_value(key: str) -> float:
        return parking.stats(line, name)[key]

    for key, text in (("pending", "Events not yet sent"), ("oldest_seconds", "Age of the oldest event not yet sent")):
        observability.gauges.register(f"outbox_{key}", text, partial(outbox_value, key), service=name)
    for key in ("parked", "waiting", "retrying"):
        observability.gauges.register(f"inbox_{key}", f"Events {key}", partial(queue_value, key), service=name)
    return crew


def _loops(service: "Service", settings: Settings, role: str) -> "list[Loop]":
    from chassis import bus, consumer, loops, relay

    made: list[Any] = []
    if role in {"worker", "relay"}:
        made.append(relay.Relay(service.database, bus.connect(settings.bus_url)))
    if role in {"worker", "consume"}:
        made.append(consumer.Consumer(service.database, bus.connect(settings.bus_url), service.handlers, service.name))
    if role in {"worker", "tick"}:
        made.append(loops.sweeper(service.database, service.due_work))
        made.append(loops.purger(service.database))
    if role in {"worker", "loops"}:
        made += [loops.Repeated(name, service.database, work, pause) for name, work, pause in service.own_loops]
    return made


# --- tools ------------------------------------------------------------------------------------------------------


def _migrate(service: "Service", settings: Settings, arguments: list[str]) -> None:
    service.configure(settings)
    for applied in service.migrate():
        print(f"{service.name}: applied {applied}")


def _seed(service: "Service", settings: Settings, arguments: list[str]) -> None:
    if not arguments:
        raise BadSetting("seed needs the folder of a city, for example deploy/city")
    service.configure(settings)
    _load_city(service, Path(arguments[0]))


def _load_city(service: "Service", folder: Path) -> None:
    for load_city in service.seeders:
        load_city(folder)


def _parked(service: "Service", settings: Settings, arguments: list[str]) -> None:
    from chassis import bus, parking

    service.configure(settings)
    line = bus.connect(settings.bus_url)
    action, wanted = (arguments[0] if arguments else "list"), arguments[1:]
    if action == "list":
        for entry in parking.listed(line, service.name):
            print(json.dumps(entry, ensure_ascii=False, default=str))
    elif action == "show" and wanted:
        print(json.dumps(parking.show(line, service.name, wanted[0]), ensure_ascii=False, indent=2, default=str))
    elif action == "replay":
        print(f"{parking.replay(line, service.name, wanted or None)} sent again")
    elif action == "drop" and wanted:
        print(f"{parking.drop(line, service.name, wanted)} dropped")
    else:
        raise BadSetting("parked [list] | show ID | replay [ID…] | drop ID…")


def _verify(service: "Service", settings: Settings, arguments: list[str]) -> None:
    from chassis import history

    service.configure(settings)
    broken = list(history.faults(*arguments))
    for subject, number, what in broken:
        print(f"{service.name}: history of {subject}: record {number} is {what}")
    if broken:
        sys.exit(1)
    print(f"{service.name}: every history is whole")


def _sql(service: "Service", settings: Settings, arguments: list[str]) -> None:
    from chassis import migrate

    print(migrate.schema_sql(service.models()))


_TOOLS = {"migrate": _migrate, "seed": _seed, "parked": _parked, "verify": _verify, "sql": _sql}

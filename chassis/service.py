"""The service object: what a service is made of, and how its web application and its worker come to life."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask

from chassis import auth, calendars, clock, deadlines, http, loops, migrate, observability, privacy, revocations, web
from chassis.config import Settings
from chassis.db import Database
from chassis.inbox import Handlers
from contracts import rules

Verb = Callable[[Any], Any]


class Service:
    """One service: name, database, blueprints, event handlers and due work. Wiring only, no behaviour of its own."""

    def __init__(self, name: str, *, database: Database, api: Sequence[Any], title: str):
        self.name, self.database, self.blueprints, self.title = name, database, tuple(api), title
        self.handlers = Handlers()
        self.due_work: dict[str, Verb] = {}
        self.seeders: list[Callable[[Path], None]] = []
        self.own_loops: list[tuple[str, Callable[[], int], float]] = []
        self.starters: list[Callable[[Settings], None]] = []
        self.local_keys: Callable[[], dict[str, Any]] | None = None
        self.local_revocations: revocations.Ask | None = None
        self.gate: auth.Gate | None = None

    # --- wiring -------------------------------------------------------------------------------------------------

    def on(self, event_type: type[Any]) -> Callable[[Verb], Verb]:
        """Run the function for every event of this type, inside the inbox transaction."""
        self._check_subscription(event_type)

        def register(handler: Verb) -> Verb:
            self.handlers.single.setdefault(event_type.type, []).append(handler)
            return handler

        return register

    def on_batch(self, event_type: type[Any]) -> Callable[[Verb], Verb]:
        """Run the function for a list of new events of this type, and of others for which it is registered, inside the
        inbox transaction. What it emits belongs to an event only `with context.handling(event)`."""
        self._check_subscription(event_type)

        def register(handler: Verb) -> Verb:
            self.handlers.batch.setdefault(event_type.type, []).append(handler)
            return handler

        return register

    def due(self, kind: str) -> Callable[[Verb], Verb]:
        """Run the function when a deadline of this kind has come due, inside its transaction."""

        def register(handler: Verb) -> Verb:
            if kind in self.due_work:
                raise ValueError(f"{self.name}: due work {kind!r} is registered twice")
            self.due_work[kind] = handler
            return handler

        return register

    def loop(self, name: str, pause: float = 1.0) -> Callable[[Callable[[], int]], Callable[[], int]]:
        """Call the function again and again in the worker; it returns how much it did, 0 means a pause (seconds)."""

        def register(work: Callable[[], int]) -> Callable[[], int]:
            self.own_loops.append((name, work, pause))
            return work

        return register

    def seeder(self, load: Callable[[Path], None]) -> Callable[[Path], None]:
        """Register a function that loads this service's part of a city folder; it must be repeatable."""
        self.seeders.append(load)
        return load

    def at_start(self, look: Callable[[Settings], None]) -> Callable[[Settings], None]:
        """Run the function once in each web process that starts: what it lacks is said then, not at the first use."""
        self.starters.append(look)
        return look

    def follow_calendar(self, event_type: type[Any]) -> None:
        """Keep this service's calendar replica current; open provisional deadlines are computed again (TIM-07)."""

        def take_year(event: Any) -> None:
            holidays = {entry["date"]: entry["holiday"] for entry in event.holidays}
            makeup = {entry["date"]: entry["holiday"] for entry in event.workdays}
            document = event.data.get("document_no") or ""
            if calendars.import_year(event.year, holidays, makeup, document, status=event.year_status):
                deadlines.recompute()

        self.on(event_type)(take_year)

    def _check_subscription(self, event_type: type[Any]) -> None:
        if self.name not in event_type.consumers:
            raise ValueError(f"{event_type.type} does not name {self.name} as a consumer in contracts/")

    # --- coming to life -----------------------------------------------------------------------------------------

    def configure(self, settings: Settings) -> "Service":
        """Connect this process to its surroundings; the same for web, worker and command line."""
        observability.configure(settings)
        rules.use(settings.rule_pack)
        privacy.configure(settings.data_keys, settings.lookup_key)
        if settings.clock_file:
            clock.allow_travel(settings.clock_file)
        issuer = auth.LocalKeys(self.local_keys) if self.local_keys else auth.Issuer(settings.jwks_url)
        self.gate = auth.Gate(self.name, issuer, settings.peer_secret)
        ask = self.local_revocations or revocations.from_issuer(settings.jwks_url, self.gate.peer_token)
        self.gate.revocations = revocations.Revocations(ask)
        http.configure(settings.peers, self.gate.peer_token)
        self.database.connect(settings.database_url, connections=settings.db_connections)
        auth.act_as(auth.Actor(f"service:{self.name}", "service"))
        return self

    def wsgi(self, settings: Settings) -> Flask:
        """The web application, connected."""
        self.configure(settings)
        assert self.gate is not None
        app, _ = web.build(self.name, self.title, self.blueprints, self.database)
        app.extensions["ywt_settings"] = settings
        web.connect(app, settings, self.database, self.gate)
        observability.checks.watch_database(self.database, self.migrations())
        for look in self.starters:
            look(settings)
        return app

    def watcher(self) -> loops.Repeated:
        """The loop of a web process that learns which tokens were taken back."""
        assert self.gate is not None and self.gate.revocations is not None
        work, pause = self.gate.revocations.poll, revocations.POLL_SECONDS
        return loops.Repeated("revocations", self.database, work, pause)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document; needs no database and no settings."""
        _, api = web.build(self.name, self.title, self.blueprints, self.database)
        return api.spec.to_dict()

    def models(self) -> list[type[Any]]:
        """The service's own tables, in order of definition (the chassis' tables are not among them)."""
        return [
            model for model in self.database.Model.__subclasses__() if not model._meta.table_name.startswith("chassis_")
        ]

    def migrations(self) -> list[Path]:
        """The migration folders: the chassis' own, then the service's."""
        root = Path(__file__).resolve().parent
        return [root / "migrations", root.parent / "services" / self.name / "migrations"]

    def migrate(self) -> list[str]:
        """Bring the database to the head; returns the names of what was applied."""
        return migrate.migrate(self.database, self.migrations())

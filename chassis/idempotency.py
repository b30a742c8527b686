"""`Idempotency-Key` on create routes: sending the same request again never does it twice.

`@idempotent` runs the view inside one transaction together with the row of the key; the verb's own transaction joins
it. Effect and key are written at once or not at all, so there is no lease and no gap: a second request with the same
key waits on the unique index (PostgreSQL) or the write lock (SQLite) and then gets the stored answer. A refusal (an
exception or a status of 400 and above) rolls everything back and stores nothing, so that the corrected request may use
the key again.

`@idempotent(atomic=False)` is for a view that has to call another service, which no transaction may do. The key is
claimed first, under a lease of 60 seconds of technical time, and completed after the view. If the process dies in
between, the key can be tried again once the lease is over, and the view runs a second time: what protects then is the
verb's own transaction and its unique index, which such a verb must have.
"""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Response, current_app, request
from peewee import IntegerField, OperationalError, TextField

from chassis import clock, etag, privacy
from chassis.db import Database, InstantField, JsonField, chassis_table, current
from chassis.errors import Refusal
from chassis.ids import new_id

HEADER = "Idempotency-Key"
LEASE = timedelta(seconds=60)
KEPT = timedelta(hours=48)
KEPT_HEADERS = ("Content-Type", "Location", "ETag")

# What a route with `@idempotent` adds to its OpenAPI parameters; found on the view as `.openapi_parameters`.
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
    "description": "Any unique text, for example a UUID. The same request with the same key is done once; a repeat "
    "gets the first answer with `Idempotent-Replay: true`. 带同一幂等键重复提交，只办理一次。",
}

Actor = Callable[[], str]


def _caller() -> str:
    from chassis import auth  # here, so that a process without people needs no token machinery

    return auth.actor().id


_actor: Actor = _caller


def configure(*, actor: Actor | None = None) -> None:
    """Say who the caller is; without an argument it is the caller that `chassis.auth` has checked."""
    global _actor
    _actor = actor or _caller


@chassis_table("idempotency")
def define(base: type[Any]) -> type[Any]:
    """One row per key: who used it for what, and the answer that was given."""

    class Idempotency(base):
        actor = TextField()
        route = TextField()
        key = TextField()
        request_hash = TextField()
        state = TextField()  # running | done
        lease = TextField()  # which attempt holds the key; changes with each claim
        lease_until = InstantField()
        purge_after = InstantField(index=True)
        status = IntegerField(null=True)
        headers = JsonField(null=True)
        body = privacy.EncryptedField(null=True)  # answers hold personal data (ID-21)

        class Meta:
            table_name = "chassis_idempotency"
            indexes = ((("actor", "route", "key"), True),)

    return Idempotency


def idempotent(view: Callable[..., Any] | None = None, *, atomic: bool = True) -> Any:
    """Decorate a create route, under `@allow` and above `@arguments`; see the module's text for `atomic=False`."""
    if view is None:
        return lambda decorated: idempotent(decorated, atomic=atomic)
    run = _run_atomic if atomic else _run_leased

    @wraps(view)
    def keyed(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(*args, **kwargs)
        if not re.fullmatch(r"[\x21-\x7e]{1,128}", key):
            raise Refusal(
                "idempotency-key-invalid",
                status=422,
                zh="幂等键须为 1 至 128 个可见字符。",
                en="Idempotency-Key must be 1 to 128 visible ASCII characters.",
                next_zh="请换用例如 UUID 的键后重发。",
                next_en="Send again with a key such as a UUID.",
            )
        claim = {
            "actor": _actor(),
            "route": f"{request.method} {request.url_rule.rule if request.url_rule else request.path}",
            "key": key,
            "request_hash": _fingerprint(),
        }
        return run(current(), claim, lambda: etag.apply(current_app.make_response(view(*args, **kwargs))))

    keyed.openapi_parameters = [*getattr(view, "openapi_parameters", ()), PARAMETER]  # type: ignore[attr-defined]
    return keyed


def purge(database: Database, *, rows: int = 500) -> int:
    """Delete keys older than 48 hours, slice by slice; returns how many."""
    table, gone = database.table("idempotency"), 0
    while True:
        old = table.select(table.id).where(table.purge_after < clock.wall()).order_by(table.purge_after).limit(rows)
        with database.transaction():
            ids = [row.id for row in old]
            count = table.delete().where(table.id.in_(ids)).execute() if ids else 0
        gone += count
        if len(ids) < rows:
            return gone


# --- the two ways to run ------------------------------------------------------------------------------------------


class _NotKept(Exception):
    """Carries an answer of 400 and above out of the transaction, so that it rolls back."""

    def __init__(self, response: Response):
        super().__init__(response.status)
        self.response = response


def _run_atomic(database: Database, claim: dict[str, Any], view: Callable[[], Response]) -> Response:
    mine = False
    try:
        with database.transaction():
            row, mine = _claim(database, claim)
            if not mine:
                return _replay(row, claim)
            response = view()
            if response.status_code >= 400:
                raise _NotKept(response)
            _complete(database, row, response)
            return response
    except _NotKept as refused:
        return refused.response
    except OperationalError as error:
        if not mine and _waited_too_long(error):
            raise _still_running(1) from None
        raise


def _run_leased(database: Database, claim: dict[str, Any], view: Callable[[], Response]) -> Response:
    table = database.table("idempotency")
    try:
        with database.transaction():
            row, mine = _claim(database, claim)
            if not mine:
                row = table.locked(row.id)
                if row is None:  # the first attempt was refused between our two looks
                    raise _still_running(1)
                left = (row.lease_until - clock.wall()).total_seconds()
                if row.state == "done" or row.request_hash != claim["request_hash"]:
                    return _replay(row, claim)
                if left > 0:
                    raise _still_running(int(left) + 1)
                row.lease, row.lease_until = new_id(), clock.wall() + LEASE
                row.save()
    except OperationalError as error:
        if _waited_too_long(error):
            raise _still_running(1) from None
        raise
    kept = False
    try:
        response = view()
        if response.status_code < 400:
            with database.transaction():
                _complete(database, row, response)
            kept = True
        return response
    finally:
        if not kept:
            with suppress(OperationalError):  # the database is away: then the lease runs out
                mine = (table.id == row.id) & (table.lease == row.lease) & (table.state == "running")
                table.delete().where(mine).execute()


def _claim(database: Database, claim: dict[str, Any]) -> tuple[Any, bool]:
    """Insert the row of the key; `(row, True)` when it is ours. Waits for another transaction that holds the key."""
    table = database.table("idempotency")
    wall = clock.wall()
    row = table(**claim, state="running", lease=new_id(), lease_until=wall + LEASE, purge_after=wall + KEPT)
    inserted = (
        table.insert(row.__data__)
        .on_conflict(conflict_target=[table.actor, table.route, table.key], action="IGNORE")
        .as_rowcount()
        .execute()
    )
    if inserted:
        return row, True
    held = table.get_or_none(table.actor == claim["actor"], table.route == claim["route"], table.key == claim["key"])
    if held is None:  # refused and rolled back, or purged, between the insert and this look
        raise _still_running(1)
    return held, False


def _complete(database: Database, row: Any, response: Response) -> None:
    if response.direct_passthrough or response.is_streamed:
        raise RuntimeError("an idempotent route must answer with a whole body: a stream cannot be repeated")
    table = database.table("idempotency")
    table.update(
        state="done",
        status=response.status_code,
        headers={name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
        body=response.get_data(as_text=True),
    ).where(table.id == row.id, table.lease == row.lease).execute()


def _replay(row: Any, claim: dict[str, Any]) -> Response:
    if row.request_hash != claim["request_hash"]:
        raise Refusal(
            "idempotency-key-reused",
            status=422,
            zh="该幂等键已用于另一个内容不同的请求。",
            en="This Idempotency-Key was already used for a different request.",
            next_zh="新的请求请换用新的键。",
            next_en="Use a new key for a new request.",
        )
    if row.state != "done":
        raise _still_running(1)
    response = Response(row.body, status=row.status)
    response.headers.update(row.headers)
    response.headers["Idempotent-Replay"] = "true"
    return response


def _still_running(seconds: int) -> Refusal:
    return Refusal(
        "request-still-running",
        status=409,
        zh="同一请求正在办理中。",
        en="The same request is still being worked on.",
        next_zh="请稍候用同一幂等键重发，即可得到结果。",
        next_en="Send it again with the same key in a moment to get its result.",
        headers={"Retry-After": str(seconds)},
    )


def _waited_too_long(error: OperationalError) -> bool:
    """Whether the wait for the key ended by lock_timeout (PostgreSQL) or the busy time-out (SQLite)."""
    cause = getattr(error, "orig", None)
    code = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None)
    return code == "55P03" or "database is locked" in str(error)


def _fingerprint() -> str:
    """A keyed hash of what is asked: path, query and content. A file counts by its content, not by its boundary."""
    digest = hashlib.sha256(f"{request.method} {request.path}\0".encode())
    digest.update(json.dumps(sorted(request.args.items(multi=True))).encode())
    if request.mimetype in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        digest.update(json.dumps(sorted(request.form.items(multi=True))).encode())
        for name, upload in sorted(request.files.items(multi=True), key=lambda pair: (pair[0], pair[1].filename or "")):
            content = hashlib.file_digest(upload.stream, "sha256").hexdigest()  # type: ignore[arg-type]
            upload.stream.seek(0)
            digest.update(json.dumps([name, upload.filename, content]).encode())
    else:
        body = request.get_data(cache=True)
        try:
            digest.update(json.dumps(json.loads(body), sort_keys=True).encode())
        except (ValueError, RecursionError):
            digest.update(body)
    return privacy.lookup(digest.hexdigest(), "request")

"""Notes for the windows: what a machine could not do and a person has to look after (NOT-07, NOT-24)."""

from typing import Any

from chassis import clock, etag
from chassis.auth import actor, forbidden
from services.notifier.models import Task, database

WINDOW = ("window_clerk", "window_manager", "hall_operator")


def open_task(kind: str, subject: str, org: str, case_no: str | None, *, zh: str, en: str) -> None:
    """Open a note; one of a kind for each message or shipment."""
    row = Task(kind=kind, subject=subject, org=org, case_no=case_no, zh=zh, en=en)
    values = {field: getattr(row, field.name) for field in Task._meta.sorted_fields}
    Task.insert(values).on_conflict_ignore().execute()


def visible() -> Any:
    """The notes that the caller may see: those of the own windows, all for the administrator."""
    query = Task.select()
    orgs = actor().orgs(*WINDOW)
    if "*" in orgs or actor().has_role("system_admin"):
        return query
    return query.where(Task.org.in_(orgs))


def finish(task_id: str, note: str) -> Any:
    """Somebody has looked after it; done twice is done once."""
    with database.transaction():
        task = Task.get_or_refuse(task_id, lock=True)
        etag.check(task)
        if not actor().has_role("system_admin") and not any(actor().has_role(role, task.org) for role in WINDOW):
            raise forbidden("this note belongs to another window")
        if task.done_at is None:
            task.done_at, task.done_by, task.note = clock.now(), actor().id, note
            task.save()
        etag.set(task)
    return task

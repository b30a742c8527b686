"""The paper of same-city cases that receiving windows have to move (FIL-63): what waits, and what travels (NOT-25)."""

from typing import Any

from chassis import clock
from chassis.auth import actor
from services.notifier.models import Paper

TO = "org:"  # a batch goes to an organisation, not to an address of the address book
WINDOW = ("window_clerk", "window_manager")


def dispatched(event: Any) -> None:
    """A same-city case has come to a receiving window, or goes to another department; only what is newer counts."""
    row = _row(event.case_id)
    if event.round > row.round:
        row.round, row.to_org = event.round, event.accepting_org
    row.from_org = row.from_org or event.receiving_org  # where it lies: a scan may have moved it since
    row.case_no, row.due = event.case_no, event.data.get("paper_due") or row.due
    row.save()


def moved(event: Any) -> None:
    """Filing has closed the transfer, whichever way the paper came."""
    row = _row(event.case_id)
    row.case_no, row.moved_at = event.case_no, clock.parse(event.transferred_at)
    row.save()


def _row(case_id: str) -> Any:
    fresh = Paper(case_id=case_id)
    values = {field: getattr(fresh, field.name) for field in Paper._meta.sorted_fields}
    Paper.insert(values).on_conflict_ignore().execute()
    return Paper.locked(Paper.case_id == case_id)


def waiting() -> Any:
    """The papers that the caller's windows still have to move."""
    orgs = actor().orgs(*WINDOW)
    open_ = Paper.moved_at.is_null() & Paper.scanned_at.is_null() & Paper.batch.is_null() & Paper.case_no.is_null(False)
    return Paper.select().where(open_ if "*" in orgs else open_ & Paper.from_org.in_(orgs))


def cases(row: Any) -> list[tuple[str, str]]:
    """The cases whose paper travels in a batch: (id, number)."""
    found = Paper.select().where(Paper.batch == row.id).order_by(Paper.case_no)
    return [(paper.case_id, paper.case_no) for paper in found]


def release(row: Any) -> None:
    """A batch that does not arrive: what was not scanned waits at its window again."""
    if row.direction == "paper":
        Paper.update({Paper.batch: None}).where(Paper.batch == row.id, Paper.scanned_at.is_null()).execute()

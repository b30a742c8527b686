"""Key targets: serious subjects stand on top of every list (SUP-26)."""

from typing import Any

from services.supervision.models import KeyTarget, Task


def follow(event: Any) -> None:
    """Keep what credit says of a party; an older event than the one held is ignored."""
    KeyTarget.insert(subject_ref=event.subject_ref, serious=False, sequence=0).on_conflict_ignore().execute()
    target = KeyTarget.locked(KeyTarget.subject_ref == event.subject_ref)
    if event.sequence <= target.sequence:
        return
    target.serious, target.sequence = event.status == "serious", event.sequence
    target.save()
    Task.update(priority=int(target.serious)).where(Task.subject_ref == event.subject_ref).execute()


def priority(subject_ref: str) -> int:
    """1 for a key target, else 0."""
    return int(KeyTarget.select().where(KeyTarget.subject_ref == subject_ref, KeyTarget.serious).exists())

"""Key targets: serious subjects stand on top of every list (SUP-26)."""

from typing import Any

from services.supervision.models import KeyTarget, Task


def follow(event: Any) -> None:
    """Keep what credit says of a party; an older event than the one held is ignored."""
    serious = event.status == "serious"
    target = KeyTarget.locked(KeyTarget.subject_ref == event.subject_ref)
    if target is None:
        KeyTarget.create(subject_ref=event.subject_ref, serious=serious, sequence=event.sequence)
    elif event.sequence > target.sequence:
        target.serious, target.sequence = serious, event.sequence
        target.save()
    else:
        return
    Task.update(priority=int(serious)).where(Task.subject_ref == event.subject_ref).execute()


def priority(subject_ref: str) -> int:
    """1 for a key target, else 0."""
    return int(KeyTarget.select().where(KeyTarget.subject_ref == subject_ref, KeyTarget.serious).exists())

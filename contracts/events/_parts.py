"""Groups of fields that events of several services have in common."""

from contracts import words
from contracts.fields import Day, Many, Record, Reference, Text
from contracts.registry import EventType


class SubjectEvent(EventType):
    """Everything that concerns one party (行政相对人)."""

    subject_ref = Reference("The party: person:<id> or legal:<id>.")
    subject_type = Text("Whether the party is a natural or a legal person.", one_of=words.SUBJECT_TYPES)
    subject_name_masked = Text("The party's name as it may be shown, masked.")


def restrictions() -> Many:
    """What a listed party may not use, and until when."""
    return Many(
        "The restrictions now in force.",
        Record(
            "One restriction.",
            {
                "kind": Text("What may not be used.", one_of=words.RESTRICTIONS),
                "until": Day("Last day, ends 24:00."),
            },
        ),
    )

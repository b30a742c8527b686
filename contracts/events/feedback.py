"""What feedback reports: ratings (好差评) and letters (投诉, 建议, 咨询)."""

from contracts import words
from contracts.events._parts import SubjectEvent
from contracts.fields import Day, Flag, Instant, Reference, Text, Whole
from contracts.registry import EventType, event


class RatingEvent(SubjectEvent):
    """What every event about a rating says; the text stays with feedback."""

    rating_id = Text("Id of the rating.")
    case_id = Text("Case rated.")
    case_no = Text("Number of the case.")
    item_code = Text("Item.")
    handling_org = Text("Organisation rated.")
    level = Whole("5 very satisfied … 1 very dissatisfied.", least=1, most=5)
    rating_source = Text("Given by the applicant or by default.", one_of=words.RATING_SOURCES)
    rating_channel = Text("Where it was given.", one_of=words.RATING_CHANNELS)


@event("feedback.rating.submitted", consumers=("supervision", "notifier", "filing"))
class RatingSubmitted(RatingEvent):
    """The applicant has rated a completed case."""

    submitted_at = Instant("When.")


@event("feedback.rating.defaulted", consumers=("supervision", "notifier", "filing"))
class RatingDefaulted(RatingEvent):
    """Seven days without a rating: the default, outside every satisfaction rate."""

    defaulted_at = Instant("When.")


@event("feedback.rating.negative", consumers=("supervision", "notifier"))
class RatingNegative(RatingEvent):
    """A negative rating (差评) waits for the department's reply."""

    submitted_at = Instant("When.")
    reply_due = Day("Last day for the reply.")


@event("feedback.rating.replied", consumers=("supervision", "notifier"))
class RatingReplied(RatingEvent):
    """The department has answered a negative rating."""

    replied_at = Instant("When.")
    replied_by = Reference("Who.")
    late = Flag("Whether the reply came after its limit.")


@event("feedback.rating.reply_overdue", consumers=("supervision", "notifier"))
class RatingReplyOverdue(RatingEvent):
    """The reply to a negative rating is late."""

    reply_due = Day("Last day there was.")


@event("feedback.rating.followed_up", consumers=("supervision", "notifier"))
class RatingFollowedUp(RatingEvent):
    """The rater has come back once on the reply (追评)."""

    followed_up_at = Instant("When.")
    reply_due = Day("Last day for the second reply.")


class LetterEvent(EventType):
    """What every event about a letter says; the text stays with feedback."""

    letter_id = Text("Id of the letter.")
    letter_no = Text("Letter number (信件编号).")
    kind = Text("Complaint, suggestion or consultation.", one_of=words.LETTER_KINDS)
    category = Text("What a complaint is about.", one_of=words.LETTER_CATEGORIES, optional=True)
    handling_org = Text("Organisation that has to answer.")
    anonymous = Flag("Whether it was sent without login.")
    sender_ref = Reference("Who sent it; absent when anonymous.", optional=True)
    item_code = Text("Item it is about.", optional=True)
    case_no = Text("Case it is about.", optional=True)
    staff_ref = Reference("Member of staff it is about.", optional=True)
    due = Day("Last day for the answer.")


@event("feedback.letter.received", consumers=("notifier", "supervision"))
class LetterReceived(LetterEvent):
    """A letter has come in."""

    received_at = Instant("When; day 0.")


@event("feedback.letter.opened", consumers=("notifier", "supervision"))
class LetterOpened(LetterEvent):
    """A handler has opened the letter."""

    opened_at = Instant("When.")
    handler_ref = Reference("Who.")
    first_contact_at = Instant("First contact with the complainant.", optional=True)


@event("feedback.letter.transferred", consumers=("notifier", "supervision"))
class LetterTransferred(LetterEvent):
    """A misdirected letter is passed on; its clock goes on."""

    from_org = Text("Organisation that passed it on.")
    reason = Text("Why.")
    transfers = Whole("How often it has been passed on.", least=1)
    transferred_at = Instant("When.")


@event("feedback.letter.extended", consumers=("notifier", "supervision"))
class LetterExtended(LetterEvent):
    """A complaint is declared special with the unit leader's approval."""

    reason = Text("Why.")
    approver_ref = Reference("The leader who approved.")
    previous_due = Day("Last day before.")
    extended_at = Instant("When.")


@event("feedback.letter.answered", consumers=("notifier", "supervision"))
class LetterAnswered(LetterEvent):
    """The letter is answered."""

    answered_at = Instant("When.")
    answered_by = Reference("Who.")
    adoption = Text("Whether a suggestion is adopted.", one_of=words.ADOPTIONS, optional=True)
    late = Flag("Whether the answer came after its limit.")


@event("feedback.letter.reopened", consumers=("notifier", "supervision"))
class LetterReopened(LetterEvent):
    """The sender is not satisfied and has opened the letter again, once."""

    reopened_at = Instant("When.")


@event("feedback.letter.closed", consumers=("notifier", "supervision"))
class LetterClosed(LetterEvent):
    """The letter is closed."""

    closed_at = Instant("When.")
    satisfied = Flag("What the sender says; absent when silent.", optional=True)


@event("feedback.letter.overdue", consumers=("notifier", "supervision"))
class LetterOverdue(LetterEvent):
    """The answer is late."""

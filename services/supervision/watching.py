"""Facts about cases, letters and ratings, collected from events alone and in any order (SUP-33)."""

from collections.abc import Iterable
from typing import Any

from chassis import clock
from contracts.events import feedback, filing, identity
from services.supervision import authority, items, orders, violations
from services.supervision.models import WatchedCase, WatchedVoice

ENDS = {
    filing.CaseNotAccepted.type,
    filing.CaseCompleted.type,
    filing.CaseRevoked.type,
    filing.CaseWithdrawn.type,
    filing.CaseLapsed.type,
}
LIMITS = ("committed", "statutory")
FACTS = ("case_no", "item_code", "item_version", "item_name", "approving_org")


def case_news(events: list[Any]) -> None:
    """Take over what events say of their cases; then the whole of what is known is judged anew (SUP-30)."""
    told = {event.case_id: event for event in events}
    known = _cases(told)
    if missing := [case_id for case_id in sorted(told) if case_id not in known]:
        WatchedCase.create_all(
            [{"case_id": case_id} | {name: told[case_id].data[name] for name in FACTS} for case_id in missing],
            unless_there=True,
        )
        known |= _cases(missing)
    for event in events:
        _note(known[event.case_id], event)
    if ended := {case_id: _end(case) for case_id, case in known.items() if case.ended}:
        orders.matters_done("case_id", ended)
    violations.judge(list(known.values()))
    WatchedCase.save_all(list(known.values()))


def _cases(case_ids: Iterable[str]) -> dict[str, Any]:
    return {case.case_id: case for case in WatchedCase.locked_all(WatchedCase.case_id.in_(list(case_ids)))}


def _note(case: Any, event: Any) -> None:
    if all(event.sequence >= int(number) for number in case.steps):
        case.approving_org = event.approving_org
    case.steps = case.steps | {str(event.sequence): event.type.removeprefix("filing.")}
    case.ended = case.ended or event.type in ENDS
    _take(case, event)


def _end(case: Any) -> int:
    return max(int(number) for number, name in case.steps.items() if f"filing.{name}" in ENDS)


def _take(case: Any, event: Any) -> None:
    match event.type:
        case filing.CaseCompleted.type:
            case.decided_by = event.decided_by
            case.decided_at, case.completed_at = clock.parse(event.decided_at), clock.parse(event.completed_at)
            case.elapsed_wd, case.committed_wd = event.elapsed_wd, event.committed_wd
            case.statutory_wd = event.statutory_wd
        case filing.CaseCorrectionRequested.type:
            case.corrections = max(case.corrections, event.round)
        case filing.CaseReturned.type:
            case.returns = max(case.returns, event.returns)
        case filing.CaseViewed.type:
            case.view_seconds = max(case.view_seconds or 0, event.waited_seconds)
        case filing.DeadlineOverdue.type:
            case.overdue = case.overdue or event.deadline_kind in LIMITS


def grant_news(event: Any) -> None:
    """A role was given or taken: decisions since then are judged anew."""
    changed = authority.granted(event) if event.type == identity.StaffGranted.type else authority.revoked(event)
    _judge(changed)


def item_news(event: Any) -> None:
    """A version of an item is known: cases filed under it are judged anew."""
    items.follow(event)
    same = (WatchedCase.item_code == event.item_code) & (WatchedCase.item_version == event.item_version)
    _judge(same)


def _judge(condition: Any) -> None:
    cases = WatchedCase.locked_all(condition)
    violations.judge(cases)
    WatchedCase.save_all(cases)


def letter_news(event: Any) -> None:
    """A letter has come in, is answered, or is late."""
    letter = _voice("letter", event.letter_no, event, staff=event.data.get("staff_ref"))
    if event.type == feedback.LetterAnswered.type:
        _answered(letter, event)
    orders.matters_done("letter_no", {event.letter_no: letter.answered_sequence})
    letter.late = letter.late or event.type == feedback.LetterOverdue.type
    letter.save()


def rating_news(event: Any) -> None:
    """A rating was given, replied to, or not replied to in time."""
    rating = _voice("rating", event.rating_id, event)
    rating.active = rating.active or event.rating_source == "user"
    rating.negative = rating.negative or event.type == feedback.RatingNegative.type
    if event.type == feedback.RatingReplied.type:
        _answered(rating, event)
    orders.matters_done("rating_id", {event.rating_id: rating.answered_sequence})
    rating.late = rating.late or event.type == feedback.RatingReplyOverdue.type
    rating.save()


def _answered(voice: Any, event: Any) -> None:
    voice.answered, voice.late = True, voice.late or event.late
    voice.answered_sequence = max(voice.answered_sequence, event.sequence)


def _voice(kind: str, reference: str, event: Any, **facts: Any) -> Any:
    at = clock.parse(event.time)
    facts |= {"kind": kind, "org": event.handling_org, "came_at": at, "sequence": event.sequence}
    facts |= {"item_code": event.data.get("item_code")}
    WatchedVoice.insert(reference=reference, **facts).on_conflict_ignore().execute()
    voice = WatchedVoice.locked(WatchedVoice.reference == reference)
    voice.came_at = min(voice.came_at, at)
    if event.sequence >= voice.sequence:  # a letter may have been passed on
        voice.org, voice.sequence = event.handling_org, event.sequence
    return voice

"""Who is told what by which event: one decision for every event type that reaches the notifier (NOT-01, NOT-02).

A decision is a tuple of notices, or the reason why nobody is told. A test keeps the table complete.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chassis import clock
from contracts.events import booking, catalog, credit, feedback, filing, identity, supervision
from contracts.fields import RECIPIENT, is_day, is_instant
from contracts.words import CITY_OFFICE
from services.notifier import texts
from services.notifier.labels import WORDS
from services.notifier.models import Org
from services.notifier.templates import find

_is_recipient = re.compile(RECIPIENT).match
_PLAIN_CODE = re.compile(r"[A-Za-z0-9_-]+").fullmatch
ITEM_CHARS = 24

Recipients = Callable[[Any], Iterable[str | None]]
Fact = str | Callable[[Any], Any]


class Notice:
    """One message that an event leads to. A parameter comes from the field of its name unless `facts` say otherwise."""

    def __init__(self, template: str, to: Recipients, when: Callable[[Any], bool] = lambda event: True, **facts: Fact):
        self.template, self.to, self.when, self.facts = template, to, when, facts

    def recipients(self, event: Any) -> list[str]:
        """Whom the event concerns, each once; who has no account or post cannot be told."""
        return [ref for ref in dict.fromkeys(self.to(event)) if ref and _is_recipient(ref)]

    def params(self, event: Any) -> dict[str, Any]:
        """What the template needs, in both languages where they differ."""
        template = find(self.template)
        assert template is not None, self.template
        return {name: self._fact(event, name) for name in template.names}

    def _fact(self, event: Any, name: str) -> Any:
        source = self.facts.get(name, name)
        return source(event) if callable(source) else shown(source, getattr(event, source))


@dataclass(frozen=True)
class Silent:
    """Nobody is told, and why."""

    reason: str


# --- values -----------------------------------------------------------------------------------------------------------


def shown(name: str, value: Any) -> Any:
    """A value as people read it: dates in words, words of closed lists in both languages."""
    if isinstance(value, str):
        if (pair := WORDS.get((name, value))) is not None:
            return list(pair)
        if is_day(value):
            year, month, day = value.split("-")
            return [f"{year}年{int(month)}月{int(day)}日", value]
        if is_instant(value):
            at = clock.parse(value)
            return [f"{at.month}月{at.day}日{at:%H:%M}", f"{at:%Y-%m-%d %H:%M}"]
    return texts.clean(str(value)) if name in FREE else str(value)


FREE = frozenset({"reason", "opinion", "explanation", "content"})  # words of people
NOTHING = ["无", "none"]


def _item(event: Any) -> str:
    return texts.cut(event.item_name, ITEM_CHARS)


def _named(field: str) -> Callable[[Any], str]:
    """Name of the organisation, hall or window in a field; a window that catalog does not list names itself."""

    def name(event: Any) -> str:
        code = getattr(event, field) or ""
        known = Org.get_or_none(Org.code == code)
        return known.name if known else code

    return name


def _listed(field: str, *keys: str) -> Callable[[Any], str]:
    """Entries of a list in one line: `身份证明(不清晰)；营业执照(过期)`."""

    def line(event: Any) -> str:
        entries = [[texts.clean(entry[key]) for key in keys] for entry in getattr(event, field)]
        return "；".join(entry[0] + "".join(f"（{more}）" for more in entry[1:]) for entry in entries)

    return line


def _several(name: str, values: Iterable[str]) -> list[str]:
    pairs = [WORDS.get((name, value), (value, value)) for value in values]
    return ["、".join(zh for zh, _ in pairs), ", ".join(en for _, en in pairs)] if pairs else NOTHING


def _kinds(event: Any) -> list[str]:
    return _several("kinds", event.kinds)


def _restrictions(event: Any) -> list[str]:
    if not event.restrictions:
        return NOTHING
    kinds = [WORDS.get(("kinds", one["kind"]), (one["kind"],) * 2) for one in event.restrictions]
    days = [shown("until", one["until"]) for one in event.restrictions]
    return [
        "、".join(f"{zh}至{day}" for (zh, _), (day, _) in zip(kinds, days, strict=True)),
        ", ".join(f"{en} until {day}" for (_, en), (_, day) in zip(kinds, days, strict=True)),
    ]


def _delivery(event: Any) -> list[str]:
    if not event.physical_result:
        return ["结果可在个人空间下载", "the result is in your space"]
    if event.delivery_out == "courier":
        return ["结果将由邮政速递寄出", "the result comes by courier"]
    return ["结果备好后通知领取", "you will be told when the result can be collected"]


def _waited(event: Any) -> str:
    return str(event.waited_seconds // 60)


def _locked(event: Any) -> list[str]:
    if not event.locked_until:
        return ["请联系管理员解锁", "ask the administrator to unlock it"]
    zh, en = shown("locked_until", event.locked_until)
    return [f"{zh}自动解锁", f"it opens again at {en}"]


def _kept(event: Any) -> list[str]:
    if "held_date" not in event.data:
        return NOTHING
    (day_zh, day_en), (until_zh, until_en) = (shown(name, getattr(event, name)) for name in ("held_date", "held_until"))
    return [f"{day_zh} {event.held_from}的号源至{until_zh}", f"{day_en} {event.held_from} until {until_en}"]


def _warning(event: Any) -> list[str]:
    """How near the ban is (BOO-25); events of an older version do not say."""
    left = event.data.get("remaining")
    if left is None:
        return ["满三次六个月内不能网上预约", "three bar online booking for six months"]
    if left == 0:
        return ["已满三次，六个月内不能网上预约", "that bars online booking for six months"]
    return [
        f"一年内再失约{left}次将六个月内不能网上预约",
        f"{left} more within a year bar online booking for six months",
    ]


def _said(zh: str, en: str) -> Callable[[Any], list[str]]:
    return lambda event: [zh, en]


# --- recipients -------------------------------------------------------------------------------------------------------


def party(event: Any) -> list[str | None]:
    """The party, and the account that filed for it."""
    return [event.subject_ref, event.data.get("applicant_ref")]


def field(*names: str) -> Recipients:
    """Whoever stands in the first of these fields that is filled."""
    return lambda event: [next((ref for name in names if (ref := event.data.get(name))), None)]


def post(role: str, name: str) -> Recipients:
    """All who hold the role at the organisation in this field; a hall's or window's staff belong to its parent."""
    return lambda event: [at(role, event.data.get(name))]


def at(role: str, code: str | None) -> str | None:
    """The recipient that stands for a post."""
    known = Org.get_or_none(Org.code == code) if code else None
    if known is not None and known.kind in {"hall", "window"} and known.parent:
        code = known.parent
    return f"role:{role}@{code}" if code and _PLAIN_CODE(code) else None


def _upwards(event: Any) -> list[str | None]:
    """The leader of the organ that is late, and the service office (CRE-26)."""
    return [at("deputy_leader", event.judging_org), at("service_office", CITY_OFFICE)]


def _or_post(name: str, role: str, org: str) -> Recipients:
    """The person in the field, or else the post."""
    return lambda event: [event.data.get(name) or at(role, event.data.get(org))]


def _every_org(event: Any) -> list[str | None]:
    return [at("coordinator", score["org_code"]) for score in event.scores]


def _is(name: str, *values: Any) -> Callable[[Any], bool]:
    return lambda event: event.data.get(name) in values


def _not(name: str, *values: Any) -> Callable[[Any], bool]:
    return lambda event: event.data.get(name) not in values


def _by_hall(*, kept: bool) -> Callable[[Any], bool]:
    return lambda event: event.by != "applicant" and ("held_date" in event.data) is kept


OBJECTION, REPAIR = _said("异议申请", "objection"), _said("信用修复申请", "repair")
APPLICANTS_OWN = ("commitment", "correction", "defence")  # limits of the applicant, who is told in other words

# --- the decisions ----------------------------------------------------------------------------------------------------

TABLE: dict[type[Any], tuple[Notice, ...] | Silent] = {
    # accounts
    identity.UserRegistered: (Notice("identity.welcome", field("user_ref")),),
    identity.UserUpdated: (
        Notice("identity.updated", field("user_ref"), changed=lambda event: _several("changed", event.changed)),
    ),
    identity.SecurityLocked: (Notice("identity.locked", field("user_ref"), until=_locked),),
    identity.StaffGranted: (
        Notice("identity.granted", field("staff_ref"), org=_named("org_code"), begin="valid_from"),
    ),
    identity.StaffRevoked: (Notice("identity.revoked", field("staff_ref"), org=_named("org_code")),),
    # catalog
    catalog.OrgChanged: Silent("kept for names and posts"),
    catalog.CalendarYearPublished: Silent("kept for working days; filing reports a limit that it has moved"),
    # a case
    filing.CaseSubmitted: (Notice("filing.submitted", party, item=_item, due="notice_due"),),
    filing.CaseDispatched: (
        Notice(
            "filing.dispatched",
            _or_post("accepting_clerk_ref", "window_clerk", "accepting_org"),
            item=_item,
            window=_named("accepting_window"),
        ),
    ),
    filing.CaseViewWarned: (
        Notice(
            "filing.view_warned",
            field("leader_ref"),
            item=_item,
            waited=_waited,
            window=_named("accepting_window"),
        ),
    ),
    filing.CaseViewOverdue: (
        Notice(
            "filing.view_overdue",
            field("leader_ref"),
            item=_item,
            waited=_waited,
            window=_named("accepting_window"),
        ),
    ),
    filing.CaseReturned: (
        Notice("filing.returned", post("window_clerk", "to_window"), item=_item, window=_named("to_window")),
    ),
    filing.CaseCorrectionRequested: (
        Notice("filing.correction", party, item=_item, defects=_listed("defects", "material", "reason")),
    ),
    filing.CaseAccepted: (
        Notice("filing.accepted", party, item=_item, due="committed_due"),
        Notice(
            "filing.accepted_window",
            post("window_clerk", "receiving_org"),
            item=_item,
            window=_named("receiving_window"),
        ),
    ),
    filing.CaseNotAccepted: (Notice("filing.not_accepted", party, item=_item, ground="reason_code"),),
    filing.SpecialStarted: (
        Notice("filing.special_started", party, item=_item, special="special_kind", expected="expected_wd"),
    ),
    filing.SpecialFinished: (
        Notice("filing.special_finished", party, item=_item, special="special_kind", due="committed_due"),
    ),
    filing.CaseExtended: (Notice("filing.extended", party, item=_item, due="new_due"),),
    filing.ParallelTaskOpened: (
        Notice(
            "filing.parallel_opened",
            post("reviewer", "participant_org"),
            item=_item,
            org=_named("participant_org"),
        ),
    ),
    filing.ParallelOpinionGiven: (
        Notice(
            "filing.parallel_given",
            post("reviewer", "approving_org"),
            item=_item,
            org=_named("participant_org"),
        ),
    ),
    filing.ParallelOverdue: (
        Notice(
            "filing.parallel_overdue",
            post("deputy_leader", "participant_org"),
            item=_item,
            org=_named("participant_org"),
        ),
    ),
    filing.CaseCompleted: (
        Notice("filing.granted", party, _is("decision", "granted"), item=_item, delivery=_delivery),
        Notice("filing.refused", party, _is("decision", "refused"), item=_item),
    ),
    filing.CommitmentOpened: (
        Notice("filing.commitment_opened", party, item=_item, materials=_listed("deferred", "material")),
    ),
    filing.CommitmentSupplied: (
        Notice("filing.supplied_check", post("reviewer", "approving_org"), item=_item, due="check_due"),
    ),
    filing.CommitmentFulfilled: (Notice("filing.commitment_fulfilled", party, item=_item),),
    filing.CommitmentRejected: (Notice("filing.commitment_rejected", party, item=_item),),
    filing.CommitmentLapsed: (Notice("filing.commitment_lapsed", party, item=_item),),
    filing.CommitmentFailed: (Notice("filing.commitment_failed", party, item=_item),),
    filing.CaseSuspended: (Notice("filing.suspended", party, item=_item),),
    filing.CaseResumed: (Notice("filing.resumed", party, item=_item),),
    filing.CaseRevoked: (Notice("filing.revoked", party, item=_item),),
    filing.RevocationDeclined: (
        Notice("filing.revocation_declined", post("supervisor", "supervising_org"), item=_item),
    ),
    filing.CaseWithdrawn: (
        Notice("filing.withdrawn", party, item=_item),
        Notice("filing.withdrawn_staff", post("reviewer", "approving_org"), item=_item),
    ),
    filing.CaseLapsed: (Notice("filing.lapsed", party, item=_item),),
    filing.ResultReady: (
        Notice("filing.result_ready", party, _is("way", "window"), item=_item, place=_named("place")),
    ),
    filing.ResultCollected: (Notice("filing.result_collected", party, item=_item, place=_named("place")),),
    filing.ResultDelivered: Silent("the shipment's own messages have told it"),
    filing.PaperTransferred: (
        Notice("filing.paper_moved", post("window_clerk", "from_hall"), item=_item, org=_named("to_org")),
    ),
    filing.PaperTransferOverdue: (Notice("filing.paper_overdue", post("window_manager", "from_hall"), item=_item),),
    filing.DeadlineWarned: (
        Notice(
            "filing.commitment_reminder",
            party,
            _is("deadline_kind", "commitment"),
            item=_item,
            left="remaining_wd",
        ),
        Notice("filing.correction_reminder", party, _is("deadline_kind", "correction"), item=_item),
        Notice(
            "filing.deadline_warned",
            _or_post("responsible_ref", "reviewer", "responsible_org"),
            _not("deadline_kind", *APPLICANTS_OWN),
            item=_item,
            limit="deadline_kind",
            left="remaining_wd",
        ),
    ),
    filing.DeadlineOverdue: (
        Notice(
            "filing.deadline_overdue",
            lambda event: [event.responsible_ref, at("deputy_leader", event.responsible_org)],
            _not("deadline_kind", *APPLICANTS_OWN),
            item=_item,
            limit="deadline_kind",
        ),
    ),
    filing.DeadlineMoved: (Notice("filing.deadline_moved", party, item=_item, limit="deadline_kind"),),
    # credit
    credit.RecordProposed: (Notice("credit.proposed", post("credit_admin", "judging_org")),),
    credit.RecordListed: Silent("credit.subject.listed or credit.noshow.entered tells the party once"),
    credit.RecordDismissed: (Notice("credit.dismissed", party),),
    credit.RecordAnnotated: Silent("follows an objection or repair, which is told"),
    credit.RecordModified: (Notice("credit.changed", party),),
    credit.RecordDeleted: (Notice("credit.changed", party),),
    credit.RecordRepaired: Silent("credit.repair.effective tells it"),
    credit.RecordCorrected: (Notice("credit.repair_possible", party, begin="repair_from"),),
    credit.SubjectListed: (Notice("credit.listed", party, restrictions=_restrictions),),
    credit.SubjectUpgraded: (Notice("credit.upgraded", party, restrictions=_restrictions),),
    credit.SubjectRestored: (Notice("credit.restored", party),),
    credit.RestrictionStarted: (Notice("credit.restriction_started", party, kinds=_kinds, begin="started_on"),),
    credit.RestrictionEnded: (Notice("credit.restriction_ended", party, _is("reason", "expired"), kinds=_kinds),),
    credit.ObjectionSubmitted: (Notice("credit.application", post("credit_admin", "judging_org"), what=OBJECTION),),
    credit.ObjectionDecided: (Notice("credit.application_decided", party, what=OBJECTION),),
    credit.ObjectionOverdue: (Notice("credit.application_overdue", _upwards, what=OBJECTION),),
    credit.RepairSubmitted: (Notice("credit.application", post("credit_admin", "judging_org"), what=REPAIR),),
    credit.RepairDecided: (Notice("credit.application_decided", party, what=REPAIR),),
    credit.RepairEffective: (Notice("credit.repaired", party),),
    credit.RepairOverdue: (Notice("credit.application_overdue", _upwards, what=REPAIR),),
    credit.PublicityStarted: (Notice("credit.publicity", party, until="to_date"),),
    credit.PublicityOpposed: (
        Notice("credit.opposed", lambda event: [event.subject_ref, at("credit_admin", event.judging_org)]),
    ),
    credit.PublicityEnded: Silent("what takes effect is told by repair.effective, record.modified or record.deleted"),
    credit.NoShowEntered: (Notice("credit.noshow_entered", party),),
    credit.NoShowExited: (Notice("credit.noshow_exited", party),),
    # booking
    booking.BookingCreated: (
        Notice("booking.created", party, item=_item, date="slot_date", slot="slot_from", hall="hall_name"),
        Notice(
            "booking.created_staff",
            post("hall_operator", "hall_code"),
            item=_item,
            date="slot_date",
            slot="slot_from",
            hall="hall_name",
        ),
    ),
    booking.BookingCancelled: (
        Notice("booking.cancelled", party, _by_hall(kept=False), item=_item, date="slot_date"),
        Notice("booking.cancelled_kept", party, _by_hall(kept=True), item=_item, date="slot_date", kept=_kept),
        Notice("booking.cancelled_own", party, _is("by", "applicant"), item=_item, date="slot_date"),
    ),
    booking.BookingReminded: (
        Notice("booking.reminded", party, item=_item, date="slot_date", slot="slot_from", hall="hall_name"),
    ),
    booking.BookingServed: Silent("the applicant has just been served in person"),
    booking.BookingNoShow: (Notice("booking.no_show", party, date="slot_date", warning=_warning),),
    # feedback
    feedback.RatingSubmitted: Silent("the rater sees it at once; a negative one is its own event"),
    feedback.RatingDefaulted: (Notice("feedback.defaulted", party),),
    feedback.RatingNegative: (Notice("feedback.negative", post("letters_handler", "handling_org"), due="reply_due"),),
    feedback.RatingReplied: (Notice("feedback.replied", party),),
    feedback.RatingReplyOverdue: (
        Notice("feedback.reply_overdue", post("deputy_leader", "handling_org"), due="reply_due"),
    ),
    feedback.RatingFollowedUp: (
        Notice("feedback.followed_up", post("letters_handler", "handling_org"), due="reply_due"),
    ),
    feedback.LetterReceived: (
        Notice("feedback.letter_received", post("letters_handler", "handling_org"), letter="kind"),
        Notice("feedback.letter_progress", field("sender_ref"), letter="kind"),
    ),
    feedback.LetterOpened: Silent("the sender sees it in the list of letters; no step of its own"),
    feedback.LetterTransferred: (
        Notice("feedback.letter_received", post("letters_handler", "handling_org"), letter="kind"),
    ),
    feedback.LetterExtended: (Notice("feedback.letter_progress", field("sender_ref"), letter="kind"),),
    feedback.LetterAnswered: (Notice("feedback.letter_answered", field("sender_ref"), letter="kind"),),
    feedback.LetterReopened: (
        Notice("feedback.letter_received", post("letters_handler", "handling_org"), letter="kind"),
    ),
    feedback.LetterClosed: Silent("the sender's own act, or silence after an answer that was told"),
    feedback.LetterOverdue: (Notice("feedback.letter_overdue", post("deputy_leader", "handling_org"), letter="kind"),),
    # supervision
    supervision.TaskCreated: (
        Notice(
            "supervision.task_created",
            post("supervisor", "supervising_org"),
            start="start_due",
            due="finish_due",
        ),
    ),
    supervision.TaskStarted: Silent("a verification is not announced to the party"),
    supervision.TaskPassed: (Notice("supervision.task_passed", party),),
    supervision.TaskStartOverdue: (
        Notice(
            "supervision.task_overdue",
            post("deputy_leader", "supervising_org"),
            step=_said("启动", "started"),
        ),
    ),
    supervision.TaskFinishOverdue: (
        Notice(
            "supervision.task_overdue",
            post("deputy_leader", "supervising_org"),
            step=_said("完成", "finished"),
        ),
    ),
    supervision.TaskCancelled: (Notice("supervision.task_cancelled", post("supervisor", "supervising_org")),),
    supervision.RectificationOrdered: (Notice("supervision.rectification_ordered", party),),
    supervision.RectificationPassed: (Notice("supervision.rectification_passed", party),),
    supervision.RectificationFailed: (
        Notice("supervision.rectification_failed", party),
        Notice("supervision.rectification_failed_staff", post("decider", "approving_org")),
    ),
    supervision.FindingReported: (
        Notice(
            "supervision.finding",
            post("credit_admin", "approving_org"),
            org=_named("supervising_org"),
            finding="kind",
            case_ref=lambda event: event.case_no or NOTHING,
        ),
    ),
    supervision.RevocationProposed: (
        Notice(
            "supervision.proposal", post("decider", "approving_org"), org=_named("supervising_org"), due="reply_due"
        ),
    ),
    supervision.OrderIssued: (Notice("supervision.order", post("deputy_leader", "target_org"), order="kind"),),
    supervision.LinkageMissing: (Notice("supervision.linkage", post("coordinator", "org_code"), linkage="kind"),),
    supervision.AssessmentPublished: (Notice("supervision.assessment", _every_org),),
}

"""Whether a party may use commit approval: our projection of the credit archive, and the archive itself (FIL-75)."""

from datetime import date
from typing import Any

from chassis import clock, http
from chassis.errors import Refusal
from contracts import rules
from services.filing.models import Standing

COMMIT, LETTER = "commit_approval", "letter_in_lieu"


def locked(subject_ref: str) -> Any:
    """The party's row FOR UPDATE, made when missing: a listing and a submission cannot pass each other unseen.

    Lock order everywhere: the party first, then its cases.
    """
    row = Standing.locked(Standing.subject_ref == subject_ref)
    if row is None:
        Standing.create_all([{"subject_ref": subject_ref}], unless_there=True)
        row = Standing.locked(Standing.subject_ref == subject_ref)
    return row


def barred_until(standing: Any, kind: str = COMMIT) -> date | None:
    """Last day of a restriction in force today, by the projection."""
    entry = (standing.restrictions if standing else {}).get(kind)
    until = date.fromisoformat(entry["until"]) if entry and entry["until"] else None
    return until if until and until >= clock.today() else None


def restrict(standing: Any, restrictions: dict[str, str], sequence: int, *, whole: bool) -> None:
    """Take over restrictions {kind: until}; `whole` ends those that are not named. Only what is newer counts."""
    known = dict(standing.restrictions)
    for kind in {*restrictions, *(known if whole else ())}:
        if sequence > known.get(kind, {"sequence": 0})["sequence"]:
            known[kind] = {"until": restrictions.get(kind), "sequence": sequence}
    standing.restrictions = known


def lift(standing: Any, kinds: list[str], sequence: int) -> None:
    """These restrictions have ended; kept as ended, so that an older report cannot bring them back."""
    known = dict(standing.restrictions)
    for kind in kinds:
        if sequence > known.get(kind, {"sequence": 0})["sequence"]:
            known[kind] = {"until": None, "sequence": sequence}
    standing.restrictions = known


def ask(subject_ref: str) -> list[dict[str, Any]] | None:
    """The restrictions as the archive has them now; None when it cannot be asked. Not in a transaction."""
    try:
        client = http.peer("credit")
        answer = client.json_or_raise(client.get(f"/api/credit/v1/restrictions/{subject_ref}"))
    except (http.Unavailable, http.Rejected, LookupError):
        return None
    return answer["restrictions"]


def check(case_mode: str, subject_ref: str, answer: list[dict[str, Any]] | None, *, closed: bool) -> None:
    """Refuse commit approval to a restricted party; without an answer fail closed where `closed` (FIL-75).

    An ordinary filing is never touched. Call it with the party's row locked when a decision hangs on it.
    """
    if case_mode == "commit":
        _check(COMMIT, "承诺审批", "commit approval", subject_ref, answer, closed=closed)


def check_letter(subject_ref: str, answer: list[dict[str, Any]] | None, *, closed: bool) -> None:
    """Refuse letters in lieu of certificates to a restricted party, in the same way (FIL-41, FIL-75)."""
    _check(LETTER, "以函代证", "letters in lieu of certificates", subject_ref, answer, closed=closed)


def _check(kind: str, zh: str, en: str, subject_ref: str, answer: list[dict[str, Any]] | None, *, closed: bool) -> None:
    by_archive = [entry for entry in answer or () if entry["kind"] == kind]
    dates = [date.fromisoformat(entry["until"]) for entry in by_archive]
    local = barred_until(Standing.get_or_none(Standing.subject_ref == subject_ref), kind)
    until = max((day for day in [*dates, local] if day and day >= clock.today()), default=None)
    if until:
        raise Refusal(
            "filing.restricted",
            status=409,
            rule="FIL-75",
            zh=f"申请人已列入政务服务诚信档案，{until:%Y年%m月%d日}24时前不得选择{zh}。",
            en=f"The applicant is on the credit list and may not use {en} until the end of {until}.",
            next_zh="可以改为普通方式申报并一次提交全部材料；对列入有异议的，可在“诚信档案”中提出异议。",
            next_en="File in the ordinary way with all material, or object to the listing in the credit archive.",
            until=until.isoformat(),
            restriction=kind,
        )
    if closed and answer is None:
        raise Refusal(
            "filing.credit-unavailable",
            status=503,
            rule="FIL-75",
            zh=f"暂时无法核对诚信档案，选择{zh}的办件不能继续办理。",
            en=f"The credit archive cannot be asked at the moment; a case with {en} cannot go on without it.",
            next_zh="请稍后再试；您填写的内容已保存。",
            next_en="Try again in a moment; what you have filled in is saved.",
            headers={"Retry-After": "5"},
        )


def collateral_policy() -> str:
    """What happens to commit results not yet fulfilled when the party is listed: after_notice, immediate, manual."""
    return rules.value("credit.collateral_revocation").value

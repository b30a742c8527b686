"""Submitting a case: everything is checked here, once, and all faults of one kind are named together (C3, C4)."""

from typing import Any

from peewee import IntegrityError

from chassis import clock, deadlines, privacy
from chassis.errors import Refusal
from contracts.events import filing
from services.filing import (
    cases,
    clocks,
    documents,
    forms,
    items,
    letters,
    lieu,
    materials,
    payments,
    promises,
    standing,
    transitions,
)
from services.filing.models import Case, database


def submit(case_no: str) -> Any:
    """The applicant, or the clerk at the counter for it, sends the case (C3)."""
    before = cases.get(case_no)
    cases.require_own(before)
    answer = standing.ask(before.subject_ref) if _hangs_on_standing(before) else None
    with database.transaction():
        standing.locked(before.subject_ref)
        case = cases.lock(case_no)
        file(case, "submit", answer)
    return case


def _hangs_on_standing(case: Any) -> bool:
    """Commit approval, letters in lieu of certificates, and rules that decide ask for the party's standing."""
    return case.mode == "commit" or lieu.used(case) or bool(items.switches(items.of(case)).get("instant"))


def file(case: Any, verb: str, answer: list[dict[str, Any]] | None, **details: Any) -> None:
    """Check a draft and take it out of the draft state; inside the caller's transaction, party and case locked."""
    transitions.CASE.step(case.status, verb)
    guide, listed = items.of(case), materials.of(case)
    _check_form(case, guide)
    _check_materials(case, listed)
    promise = letters.check(case) if case.mode == "commit" else None
    _check_delivery(case, guide)
    standing.check(case.mode, case.subject_ref, answer, closed=True)
    lieu.check(case, answer, listed)
    case.submitted_at = case.opened_at = clock.now()
    case.duplicate_key = duplicate_key(case)
    try:
        with database.transaction():
            cases.move(case, verb, org=case.receiving_org, details=details or None)
    except IntegrityError:
        raise _duplicate(case) from None
    notice = clocks.start(
        "correction_notice", case, clocks.due("correction_notice", "filing.correction_notice", case.submitted_at)
    )
    if verb == "submit" and items.switches(guide).get("instant"):
        deadlines.at("instant", case.id, clock.now(), {"restrictions": answer}, rule="FIL-40")
    if promise:
        promises.sign(case, promise)
        case.save()
    payments.ask(case, guide)
    documents.receipt(
        case,
        [
            f"您的申请于{clock.local(case.submitted_at):%Y年%m月%d日%H时%M分}提交。"
            f"{notice.date:%Y年%m月%d日}24时前未告知补正的，自收到材料之日起即为受理。"
        ],
        listed,
    )
    cases.tell(
        filing.CaseSubmitted,
        case,
        submitted_at=clock.local(case.submitted_at),
        materials=materials.states(listed),
        delivery_in=case.delivery_in,
        delivery_out=case.delivery_out,
        commitment_due=promise.due if promise and promise.covers else None,
        notice_due=notice.date,
    )


def duplicate_key(case: Any) -> str:
    """Party, item and project name together: one at a time (FIL-04)."""
    name = "".join(case.project_name.split())
    return privacy.lookup(f"{case.subject_ref}|{case.item_code}|{name}", "duplicate")


def _check_form(case: Any, guide: dict[str, Any]) -> None:
    if not case.agreed:
        raise Refusal(
            "filing.not-agreed",
            status=422,
            rule="FIL-01",
            zh="请先阅读申请须知并勾选“同意”。",
            en="Read the notice to applicants and agree to it first.",
            next_zh="返回第一步“申请须知”。",
            next_en="Go back to the first step.",
            fields={"agreed": ["须勾选 / must be ticked"]},
        )
    faults = forms.faults(guide.get("form_fields") or [], cases.form(case))
    if faults:
        raise Refusal(
            "filing.form-incomplete",
            status=422,
            rule="FIL-03",
            zh="表单有未填写或填写有误的栏目。",
            en="Fields of the form are empty or not valid.",
            next_zh="请逐项改正后再提交。",
            next_en="Correct the fields listed and send again.",
            fields=faults,
        )


def _check_materials(case: Any, known: list[Any]) -> None:
    missing = materials.missing(known)
    if missing:
        listed = "、".join(row.name for row in missing)
        raise Refusal(
            "filing.material-missing",
            rule="FIL-08",
            zh=f"以下必要材料尚未上传：{listed}。",
            en=f"Required material is missing: {', '.join(row.code for row in missing)}.",
            next_zh="请上传所列材料；承诺审批件中标注“容缺后补”的材料可以选择后补。",
            next_en="Upload it; in a commit case material so marked may be deferred.",
            materials=[
                {"code": row.code, "material": row.name, "deferrable": row.deferrable and case.mode == "commit"}
                for row in missing
            ],
        )


def _check_delivery(case: Any, guide: dict[str, Any]) -> None:
    """Courier needs a full address, a window needs a hall (FIL-12)."""
    switches, faults = items.switches(guide), {}
    for field, way in (("delivery_in", "in"), ("delivery_out", "out")):
        chosen = getattr(case, field)
        if chosen is None:
            faults[field] = ["请选择 / choose one"]
        elif chosen == "courier" and switches.get(f"express_{way}") is False:
            faults[field] = ["该事项不支持物流速递 / no courier for this item"]
        elif chosen == "window" and switches.get(f"window_{way}") is False:
            faults[field] = ["该事项不支持窗口 / no window for this item"]
        elif chosen == "courier" and not case.address_ref:
            faults["address_ref"] = ["物流速递须填写完整地址 / courier needs a full address"]
        elif chosen == "window" and not case.hall:
            faults["hall"] = ["请选择政务服务中心 / choose a hall"]
    if faults:
        raise Refusal(
            "filing.delivery-incomplete",
            status=422,
            rule="FIL-12",
            zh="材料递交方式或结果领取方式没有填写完整。",
            en="How material comes in, or how the result goes out, is not complete.",
            next_zh="请补充后再提交。材料寄送由申请人付费，结果寄送申请人不付费。",
            next_en="Complete it and send again. You pay for material sent in, not for the result.",
            fields=faults,
        )


def _duplicate(case: Any) -> Refusal:
    other = Case.get_or_none(Case.duplicate_key == duplicate_key(case))
    return Refusal(
        "filing.duplicate",
        rule="FIL-04",
        zh=f"同一申请人的“{case.project_name}”已经申报过该事项。",
        en="The same applicant has already filed this item for this project.",
        next_zh="请在“我的办件”中查看已有办件；确属不同项目的，请修改项目名称。",
        next_en="Look at the case that is there; if this is another project, name it differently.",
        case_no=other.case_no if other else None,
    )

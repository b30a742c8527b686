"""Drafts (暂存件): opening, filling in, deleting (C1, C2; FIL-01, FIL-02, FIL-13)."""

import json
from typing import Any

from peewee import IntegrityError

from chassis import clock, etag, privacy
from chassis.auth import actor
from chassis.errors import Refusal
from contracts.events import filing
from services.filing import agencies, blobs, cases, items, standing, transitions
from services.filing.models import Case, Commitment, Material, StoredFile, database

COLUMNS = ("project_name", "region_code", "delivery_in", "delivery_out", "address_ref", "hall", "agreed")


def open_draft(
    item_code: str,
    mode: str,
    project_name: str,
    *,
    region_code: str | None = None,
    hall: str | None = None,
    subject_ref: str | None = None,
    window: str | None = None,
    key: str | None = None,
) -> Any:
    """Open a form: by the party itself, its agent, or a window clerk (C1). The number is given here (FIL-19)."""
    who = actor()
    at_window = who.kind == "staff"
    if at_window and subject_ref is None:
        raise cases.invalid("filing.subject-missing", "窗口代办须写明申请人。", "Name the applicant you file for.")
    if not at_window and subject_ref is not None and subject_ref != who.id:
        agencies.require(subject_ref, item_code)
    number, guide = items.for_new_case(item_code)
    party = subject_ref or who.id
    _check_item(guide, mode, party.partition(":")[0], at_window=at_window)
    standing.check(mode, party, standing.ask(party) if mode == "commit" else None, closed=False)
    org = sorted(who.orgs("window_clerk"))[0] if at_window else None
    values = {
        "draft_key": f"{who.id} {key}" if key else None,
        "item_code": item_code,
        "item_version": number,
        "item_name": guide["name"],
        "kind": guide.get("kind") or "promise",
        "mode": mode,
        "project_name": project_name,
        "case_source": "window" if at_window else "online",
        "subject_ref": party,
        "subject_type": party.partition(":")[0],
        "subject_name_masked": "*",
        "applicant_ref": who.id,
        "region_code": region_code or items.region(guide),
        "approving_org": guide["approving_org"],
        "accepting_org": guide["approving_org"],
        "receiving_org": org,
        "receiving_window": window,
        "receiving_clerk": who.id if at_window else None,
        "hall": hall,
        "status": "draft",
        "visits": 1 if at_window else 0,
    }
    for _ in range(20):
        try:
            return _insert(values, guide)
        except IntegrityError:
            found = Case.get_or_none(Case.draft_key == values["draft_key"]) if key else None
            if found:
                return found
    raise RuntimeError("no free case number was found")


def _insert(values: dict[str, Any], guide: dict[str, Any]) -> Any:
    with database.transaction():
        transitions.CASE.step("none", "open")
        case = Case(case_no=cases.new_number(), opened_at=clock.now(), **values)
        case.save(force_insert=True)
        for entry in guide["materials"]:
            Material.create(
                case=case.id,
                code=entry["code"],
                name=entry["name"],
                required=entry["required"],
                deferrable=bool(entry.get("deferrable")),
            )
        cases.note(case, "open", source="none", details={"row": "C1"}, org=case.receiving_org)
        cases.tell(filing.CaseDrafted, case, drafted_at=case.opened_at)
    return case


def change(case_no: str, changes: dict[str, Any]) -> Any:
    """Save what has been filled in so far (暂存); nothing is final before submission (FIL-13)."""
    before = cases.get(case_no)
    cases.require_own(before)
    to_commit = changes.get("mode") == "commit" and before.mode != "commit"
    answer = standing.ask(before.subject_ref) if to_commit else None
    with database.transaction():
        case = _own_draft(case_no)
        guide = items.of(case)
        if to_commit:
            _check_item(guide, "commit", case.subject_type, at_window=case.case_source == "window")
            standing.check("commit", case.subject_ref, answer, closed=False)
        if changes.get("mode") == "ordinary":
            _forget_promise(case)
        case.mode = changes.get("mode", case.mode)
        for column in COLUMNS:
            if column in changes:
                setattr(case, column, changes[column])
        if "form" in changes:
            _save_form(case, guide, changes["form"])
        case.save()
    return case


def delete(case_no: str) -> None:
    """Delete the whole draft with everything that was uploaded to it (C2)."""
    with database.transaction():
        case = _own_draft(case_no)
        transitions.CASE.step(case.status, "delete")
        paths = [row.path for row in StoredFile.select().where(StoredFile.case == case.id)]
        Commitment.delete().where(Commitment.case == case.id).execute()
        StoredFile.delete().where(StoredFile.case == case.id).execute()
        Material.delete().where(Material.case == case.id).execute()
        case.delete_instance()
        blobs.release(*paths)


def _own_draft(case_no: str) -> Any:
    case = Case.get_or_refuse(Case.case_no == case_no, lock=True)
    cases.require_own(case)
    etag.check(case)
    if case.status != "draft":
        raise Refusal(
            "filing.case.wrong-state",
            rule="FIL-13",
            zh="申报后不能再修改或删除。",
            en="After submission nothing can be changed or deleted.",
            next_zh="如需撤回，请在决定作出前选择“撤回”，再重新申报。",
            next_en="Withdraw the case before its decision and file again.",
            state=case.status,
        )
    return case


def _check_item(guide: dict[str, Any], mode: str, subject_type: str, *, at_window: bool) -> None:
    """The item must be open for this party and this way of filing (CAT-11, CAT-19)."""
    switches = items.switches(guide)
    if guide.get("leaf") is False:
        raise cases.invalid("filing.item-not-leaf", "请选择具体子项申报。", "File under a sub-item.", "CAT-11")
    if not at_window and switches.get("online") is False:
        raise cases.invalid(
            "filing.item-not-online",
            "该事项不能网上申报，请到窗口办理。",
            "This item is filed at a window only.",
            "CAT-23",
        )
    objects = guide.get("service_object") or guide.get("service_objects") or []
    if objects and subject_type not in objects:
        raise cases.invalid(
            "filing.item-not-for-you",
            "该事项的服务对象不包括您的账号类型。",
            "This item is not for your kind of account.",
            "FIL-02",
            next_zh="法人事项请使用法人账号，个人事项请使用个人账号。",
            next_en="Legal items need a legal account, personal ones a personal account.",
        )
    if mode == "commit" and not switches.get("commit"):
        raise cases.invalid(
            "filing.item-without-commit",
            "该事项未开通承诺审批。",
            "This item has no commit approval.",
            "CAT-19",
            next_zh="请改为普通方式申报。",
            next_en="File in the ordinary way.",
            reason=switches.get("commit_off_reason"),
        )


def _save_form(case: Any, guide: dict[str, Any], entries: dict[str, Any]) -> None:
    known = {field["key"] for field in guide.get("form_fields", ())}
    unknown = sorted(set(entries) - known)
    if unknown:
        raise cases.invalid(
            "filing.form-unknown-field",
            "表单中有办事指南以外的栏目。",
            "The form has fields that the guide does not ask for.",
            "CAT-14",
            fields={key: ["不在办事指南中 / not in the guide"] for key in unknown},
        )
    form = json.loads(case.form or "{}") | entries
    case.form = json.dumps({key: value for key, value in form.items() if value not in (None, "")}, ensure_ascii=False)
    if form.get("project_name"):
        case.project_name = form["project_name"]
    if form.get("accept_place"):
        case.hall = form["accept_place"]
    case.subject_name_masked = privacy.mask_name(form.get("applicant_name")) or "*"
    phone = "".join(
        filter(str.isdigit, str(form.get("mobile") or form.get("agent_phone") or form.get("fixed_phone") or ""))
    )
    case.phone_tail = privacy.lookup(phone[-4:], "phone-tail") if len(phone) >= 4 else None


def _forget_promise(case: Any) -> None:
    """Going back to the ordinary way takes deferrals back; a signed letter loses its ground."""
    deferred = (Material.case == case.id) & (Material.state == "deferred")
    Material.update(state="missing").where(deferred).execute()
    Commitment.delete().where(Commitment.case == case.id).execute()

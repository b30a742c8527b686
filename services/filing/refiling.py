"""Filing again (重新申报): a new draft with what the ended case had in it (FIL-48)."""

import json
from typing import Any

from chassis.auth import actor
from chassis.errors import Refusal
from services.filing import blobs, cases, drafts, items, materials
from services.filing.models import Case, Material, StoredFile, database

ENDED = frozenset({"withdrawn", "not_accepted", "lapsed"})
_TAKEN_ALONG = (
    "delivery_in",
    "delivery_out",
    "address_ref",
    "hall",
    "region_code",
    "subject_name_masked",
    "phone_tail",
)


def refile(case_no: str, mode: str | None, key: str | None) -> Any:
    """Open a draft prefilled from a case that was withdrawn, not accepted, lapsed or refused; it is agreed to anew."""
    old = cases.get(case_no)
    cases.require_own(old)
    if old.status not in ENDED and old.decision != "refused":
        raise Refusal(
            "filing.case.wrong-state",
            rule="FIL-48",
            zh="只有撤回、不予受理、退件或不予许可的办件可以重新申报。",
            en="Only a case that was withdrawn, not accepted, lapsed or refused is filed again.",
            next_zh="办理中的办件请先撤回；其他事项请新建申报。",
            next_en="Withdraw a running case first; for anything else open a new draft.",
            state=old.status,
        )
    draft = drafts.open_draft(
        old.item_code,
        mode or old.mode,
        old.project_name,
        subject_ref=old.subject_ref if old.subject_ref != actor().id else None,
        window=old.receiving_window,
        key=f"refiling {case_no} {key}" if key else None,
    )
    with database.transaction():
        case = Case.locked(draft.id)
        if case.form is None:  # else a repeated request has found its draft
            _prefill(case, old)
            case.save()
    return case


def _prefill(case: Any, old: Any) -> None:
    known = {field["key"] for field in items.of(case).get("form_fields", ())}
    form = {key: value for key, value in json.loads(old.form or "{}").items() if key in known}
    case.form = json.dumps(form, ensure_ascii=False)
    for column in _TAKEN_ALONG:
        setattr(case, column, getattr(old, column))
    places = {row.code: row for row in materials.of(case)}
    for before in materials.of(old):
        files = _latest(before)
        place = places.get(before.code)
        if place is None and before.consulted and files:
            facts = {"code": before.code, "name": before.name, "required": False, "deferrable": False}
            place = Material.create(case=case.id, consulted=before.consulted, **facts)
        if place is None or place.name != before.name or not files:
            continue  # the guide of today asks for something else
        for row in files:
            materials.bind(case, blobs.received(row), row.name, "filing", place, way="earlier")
        place.state = "supplied"
        place.save()


def _latest(material: Any) -> list[Any]:
    """The files of the last step in which any came. Those of an ended case stay, so that sharing needs no lock."""
    rows = list(StoredFile.select().where(StoredFile.material == material.id).order_by(StoredFile.id))
    return [row for row in rows if row.stage == rows[-1].stage]

"""The commitment letter (承诺书): what it says, and the signed copy (FIL-10)."""

from typing import Any, BinaryIO

from chassis import clock, workdays
from chassis.errors import Refusal
from contracts import rules
from services.filing import cases, clocks, documents, items, materials, storage
from services.filing.models import Commitment, StoredFile, database

STAGE = "letter"
FORMATS = ["pdf", "jpg", "png", "ofd"]


def deferred(case: Any) -> list[Any]:
    """The materials that the promise is about."""
    return [row for row in materials.of(case) if row.state == "deferred"]


def due(case: Any, signed_at: Any) -> workdays.Due:
    """60 wd from the signature at most; the item or a material may set less (AMB-01)."""
    constant = rules.value("filing.commit_material_due")
    guide = items.of(case)
    own = [(items.material(guide, row.code) or {}).get("defer_days") for row in deferred(case)]
    days = min([constant.value, guide.get("commit_material_due") or constant.value, *filter(None, own)])
    return clocks.limit("commitment", signed_at, days, constant.unit, "FIL-70")


def text(case: Any) -> dict[str, Any]:
    """The letter to read and sign: each deferred material, the date, the consequences (FIL-10)."""
    if case.mode != "commit":
        raise cases.invalid(
            "filing.letter-not-needed",
            "普通方式申报不需要承诺书。",
            "An ordinary filing needs no commitment letter.",
            "FIL-10",
            next_zh="请直接上传全部材料。",
            next_en="Upload all material.",
        )
    signed = Commitment.get_or_none(Commitment.case == case.id)
    until = signed.due if signed else due(case, clock.now()).date
    rows = deferred(case) if case.status == "draft" else []
    names = [{"code": row.code, "material": row.name} for row in rows]
    if signed and case.status != "draft":
        names = [{"code": row.code, "material": row.name} for row in materials.of(case) if row.code in signed.covers]
    promises = items.points(items.of(case))
    lines = [
        f"本申请人申请办理“{case.item_name}”（业务编号 {case.case_no}），自愿选择承诺审批，现作出如下承诺：",
        "一、所填写的信息和提交的材料真实、合法、有效，已符合法定条件。",
    ]
    if names:
        listed = "；".join(f"{entry['code']} {entry['material']}" for entry in names)
        lines.append(f"二、以下容缺后补材料于{until:%Y年%m月%d日}24时前补齐：{listed}。")
    else:
        lines.append("二、全部材料已经提交，没有容缺后补材料。")
    if promises:
        listed = "；".join(f"{point['code']} {point['promise']}" for point in promises)
        lines.append(f"三、取得办理结果后，以下各项与承诺一致，并接受核查：{listed}。")
    else:
        lines.append("三、取得办理结果后，持续符合法定条件，并接受核查。")
    lines.append(
        "四、知晓后果：逾期未补齐，或补交材料不符合法定条件的，撤销办理结果，判定为失信并列入政务服务诚信档案；"
        "列入后一年内不得选择承诺审批、以函代证、预约审批，其他承诺审批件中止办理。"
        "（《天津市政务服务诚信档案管理办法（试行）》第二条、第六条、第七条）"
    )
    return {
        "title": "承诺书",
        "title_en": "Commitment letter",
        "case_no": case.case_no,
        "lines": lines,
        "deferred": names,
        "due": until,
        "signed_at": signed.signed_at if signed else None,
        "outdated": bool(signed and case.status == "draft" and is_outdated(case, signed)),
    }


def printable(case: Any) -> dict[str, Any]:
    """The letter as a page to print and sign by hand."""
    words = text(case)
    name = cases.form(case).get("applicant_name") or case.subject_name_masked
    org = documents.org_name(case.approving_org)
    return {
        "title": words["title"],
        "number": f"业务编号：{case.case_no}",
        "addressee": org,
        "facts": [["承诺人", name]],
        "lines": words["lines"],
        "files": [],
        "basis": None,
        "remedy": None,
        "org": org,
    }


def is_outdated(case: Any, promise: Any) -> bool:
    """Whether the signed letter names other materials than those deferred now."""
    return sorted(promise.covers) != sorted(row.code for row in deferred(case))


def sign(case_no: str, name: str, stream: BinaryIO, announced: int | None) -> Any:
    """Take the signed letter; it counts for the materials deferred at this moment (FIL-10)."""
    case = cases.get(case_no)
    _require_draft(case)
    text(case)
    database.release()
    below = rules.value("filing.upload_max_bytes").value
    received = storage.receive(case.id, name, stream, below=below, announced=announced, formats=FORMATS)
    try:
        with database.transaction():
            case = cases.lock(case_no)
            _require_draft(case)
            for old in list(StoredFile.select().where(StoredFile.case == case.id, StoredFile.stage == STAGE)):
                materials.discard(old)
            Commitment.delete().where(Commitment.case == case.id).execute()
            stored = materials.bind(case, received, name, STAGE)
            signed_at = clock.now()
            Commitment.create(
                case=case.id,
                status="none",
                signed_at=signed_at,
                due=due(case, signed_at).date,
                letter=stored.id,
                covers=[row.code for row in deferred(case)],
            )
            case.save()
    except BaseException:
        storage.remove(received.path)
        raise
    return case


def check(case: Any) -> Any:
    """The signed promise of a commit case at submission; refused while unsigned or outdated (FIL-10)."""
    promise = Commitment.locked(Commitment.case == case.id)
    if promise is None or is_outdated(case, promise):
        raise Refusal(
            "filing.letter-missing" if promise is None else "filing.letter-outdated",
            rule="FIL-10",
            zh="请先阅读、下载、签字并上传承诺书。" if promise is None else "容缺材料已变动，承诺书须重新签署。",
            en="Read, sign and upload the commitment letter first."
            if promise is None
            else "The deferred materials have changed since the letter was signed; sign it again.",
            next_zh="打开“承诺书”，核对所列容缺材料和补齐日期，签字后上传。",
            next_en="Open the letter, look at its list and date, sign it and upload it.",
        )
    return promise


def _require_draft(case: Any) -> None:
    cases.require_own(case)
    if case.status != "draft":
        raise Refusal(
            "filing.case.wrong-state",
            rule="FIL-13",
            zh="申报后不能更换承诺书。",
            en="The letter cannot be changed after submission.",
            next_zh="如需更改，请撤回后重新申报。",
            next_en="Withdraw the case and file again.",
            state=case.status,
        )

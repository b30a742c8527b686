"""Applying (FIL-01…15): notice, form, materials, letter, delivery, check, submission; each step a page of its own."""

from functools import lru_cache
from typing import Any

from flask import Response, abort, redirect

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.ask import Problem
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.pages.home import CITY, site
from gateway.portal.texts import t
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, get_all, needed, rows_of, send, visitor
from gateway.portal.words import DELIVERY, HANDING, MODE

AGREED = Field("agreed", ("我已阅读申请须知并同意", "I have read the notice to applicants and agree"), "tick")
PROJECT = Field(
    "project_name",
    ("项目名称", "Name of the project"),
    hint=("同一申请人、同一事项下不能重名", "One at a time for a party and an item"),
    most=200,
)
KINDS = {
    "select": "pick",
    "multiselect": "choices",
    "region": "pick",
    "hall": "pick",
    "textarea": "long",
    "number": "number",
    "date": "date",
    "phone": "mobile",
}
VERBS = (
    Verb(
        "delete-draft",
        ("删除暂存件", "Delete the draft"),
        "filing",
        "/cases/{case_no}",
        "/my/cases?tab=drafts",
        method="DELETE",
        who="anyone",
        lead=(
            "已填写的内容和已上传的文件将一并删除。",
            "What was filled in and uploaded is deleted with it.",
        ),
        done=("暂存件已删除。", "The draft is deleted."),
        danger=True,
    ),
    Verb(
        "add-extra",
        ("补充目录外材料", "Add a material beyond the list"),
        "filing",
        "/cases/{case_no}/extra-materials",
        "/my/cases/{case_no}/apply/materials",
        who="citizen",
        fields=(
            Field("name", ("材料名称", "Name of the material"), most=200),
            Field(
                "consulted",
                ("咨询过哪位工作人员", "Whom of the staff you have asked"),
                hint=("目录外材料须经工作人员同意", "Material beyond the list needs their word"),
                most=200,
            ),
        ),
        done=("已添加，请上传。", "Added; upload it now."),
    ),
)


def own_draft(case_no: str) -> dict[str, Any]:
    """A draft of the visitor's; once it is sent in, the page of the case takes over."""
    case = get("filing", fill("/cases/{case_no}", {"case_no": case_no}))
    if case["status"] != "draft":
        abort(redirect(fill("/my/cases/{case_no}", case)))
    return case


def guide_of(case: dict[str, Any]) -> dict[str, Any]:
    """The guide in the version under which the case was opened."""
    return _guide(case["item_code"], case["item_version"])


@lru_cache(maxsize=100)
def _guide(code: str, version: int) -> dict[str, Any]:
    """A published version, open to everybody, never changes (CAT-24): it is asked once."""
    return get("catalog", fill("/items/{code}/versions/{version}", {"code": code, "version": version}))["guide"]


def labels_of(case: dict[str, Any]) -> dict[str, str]:
    """What the fields of its form are called; nothing when the guide cannot be read now."""
    try:
        asked = guide_of(case)["form_fields"]
    except Problem:
        return {}
    return {one["key"]: t(one["label"], one.get("label_en") or "") for one in asked}


def _mode(guide: dict[str, Any]) -> Field:
    modes = ("ordinary", "commit") if guide["switches"].get("commit") else ("ordinary",)
    return Field(
        "mode",
        ("申报方式", "Way of filing"),
        "choice",
        (
            "承诺审批：标注“可容缺”的材料可以后补，须签署承诺书，逾期不补将撤销结果并列入诚信档案",
            "Commit approval: material so marked may follow, on your promise; a broken promise has consequences",
        )
        if len(modes) > 1
        else None,
        options=tuple((mode, MODE[mode]) for mode in modes),
        default="ordinary",
    )


@route("/file/<item_code>", methods=("GET", "POST"))
@guard.citizens
def begin(item_code: str) -> Any:
    """Read the notice, choose the way, open the draft (FIL-01, FIL-02)."""
    item, agencies = get_all(
        ("catalog", fill("/items/{code}", {"code": item_code})), ("identity", "/me/agencies", {"limit": 100})
    )
    guide = needed(item)["guide"]
    fields = [_mode(guide), PROJECT, AGREED]
    held = [one for one in rows_of(agencies) if one["in_force"]]
    if held:
        parties = [(one["principal_ref"], (one["principal_name"], one["principal_name"])) for one in held]
        fields.insert(0, Field("subject_ref", ("为谁办理", "For whom"), "pick", required=False, options=parties))
    form = Form(fields)
    if form.sent:
        body = form.body()
        agreed = body.pop("agreed")
        place = {} if site() == CITY else {"region_code": site()}
        with form.attempt():
            case = send("POST", "filing", "/cases", {"item_code": item_code} | place | body, Idempotency_Key=form.once)
            send("PATCH", "filing", fill("/cases/{case_no}", case), {"agreed": agreed})
            return redirect(fill("/my/cases/{case_no}/apply", case))
    return show("portal/file.html", form.status, item=item, guide=guide, form=form)


@route("/my/cases/<case_no>/apply")
@guard.applicants
def apply(case_no: str) -> Response:
    """The steps of a draft and how far each is."""
    case = own_draft(case_no)
    return show("portal/apply.html", case=case, steps=_steps(case, guide_of(case)))


def _steps(case: dict[str, Any], guide: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, label and how far: done, part, open or spared. Whether it suffices is for the service to say."""
    form, promise = case["form"], case["commitment"]
    wanted = [field["key"] for field in guide["form_fields"] if field["required"]]
    unsettled = [one for one in case["materials"] if one["required"] and one["state"] in ("missing", "rejected")]
    letter = "spared" if case["mode"] == "ordinary" else "done" if promise else "open"
    return [
        ("notice", t("阅读申请须知", "Read the notice"), "done" if case["agreed"] else "open"),
        ("form", t("填写申请表", "Fill in the form"), _far([form.get(key) not in (None, "", []) for key in wanted])),
        ("materials", t("提交材料", "Give the material"), "part" if unsettled else "done"),
        ("letter", t("签署承诺书", "Sign the commitment letter"), letter),
        ("delivery", t("递交与领取方式", "Ways of delivery"), _far([case["delivery_in"], case["delivery_out"]])),
        ("check", t("核对并提交", "Check and send"), "open"),
    ]


def _far(answered: list[Any]) -> str:
    return "done" if all(answered) else "part" if any(answered) else "open"


@route("/my/cases/<case_no>/apply/notice", methods=("GET", "POST"))
@guard.applicants
def notice_step(case_no: str) -> Any:
    """The notice again, and another way of filing (FIL-01)."""
    case = own_draft(case_no)
    guide = guide_of(case)
    return _step(case, "notice", Form((_mode(guide), PROJECT, AGREED), case), "form", guide=guide)


@route("/my/cases/<case_no>/apply/form", methods=("GET", "POST"))
@guard.applicants
def form_step(case_no: str) -> Any:
    """The form of the guide, with what is known already (FIL-03)."""
    case = own_draft(case_no)
    guide = guide_of(case)
    known = _known(guide, case)
    form = Form(_fields(guide), {f"form.{key}": value for key, value in (known | case["form"]).items()})
    return _step(case, "form", form, "materials")


def _fields(guide: dict[str, Any]) -> list[Field]:
    groups: dict[str, list[str]] = {}
    for asked in guide["form_fields"]:
        if asked.get("any_of_group"):
            groups.setdefault(asked["any_of_group"], []).append(t(asked["label"], asked.get("label_en") or ""))
    places = _places() if {"region", "hall"} & {asked["type"] for asked in guide["form_fields"]} else {}
    return [_field(asked, groups, places) for asked in guide["form_fields"] if asked["type"] != "material_list"]


def _field(asked: dict[str, Any], groups: dict[str, list[str]], places: dict[str, Any]) -> Field:
    group = t("、", ", ").join(groups.get(asked.get("any_of_group") or "", ()))
    name, _, argument = (asked.get("validator") or "").partition(":")
    return Field(
        f"form.{asked['key']}",
        (asked["label"], asked.get("label_en") or asked["label"]),
        KINDS.get(asked["type"], "text"),
        (f"{group}至少填写一项", f"At least one of {group}") if group else None,
        required=asked["required"],
        options=places.get(asked["type"]) or [(one, (one, one)) for one in asked.get("options") or ()],
        most=int(argument.rpartition("-")[2]) if name == "length" else None,
    )


def _places() -> dict[str, Any]:
    city, districts, halls = get_all(
        ("catalog", "/regions", {"level": "city"}),
        ("catalog", "/regions", {"level": "district", "limit": 100}),
        ("catalog", "/halls", {"limit": 100}),
    )
    return {"region": _choices(rows_of(city) + rows_of(districts)), "hall": _choices(rows_of(halls))}


def _choices(rows: list[dict[str, Any]]) -> list[tuple[str, tuple[str, str]]]:
    return [(row["code"], (row["name"], row.get("name_en") or row["name"])) for row in rows]


def _known(guide: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    """What the hall knows of the party; numbers are shown masked everywhere, so they are typed."""
    me = get("identity", "/me")
    own = {} if case["subject_ref"] != visitor().id else {"subject.name": me["name"]}
    if me["kind"] == "person":
        own["agent.name"] = me["name"]
    elif me.get("uscc"):
        own |= {"subject.type": "企业法人", "subject.id_type": "统一社会信用代码"}
    found = own | {"site.region": case["region_code"]}
    known = {asked["key"]: found[asked["prefill"]] for asked in guide["form_fields"] if asked.get("prefill") in found}
    return {"project_name": case["project_name"]} | known


@route("/my/cases/<case_no>/apply/delivery", methods=("GET", "POST"))
@guard.applicants
def delivery_step(case_no: str) -> Any:
    """How the paper comes and how the result goes; a courier needs an address, a window a hall (FIL-12)."""
    case = own_draft(case_no)
    switches = guide_of(case)["switches"]
    addresses, advice = get_all(("identity", "/me/addresses"), ("filing", "/delivery-advice"))
    known = rows_of(addresses)
    written = [f"{one['recipient']} {one['phone']} {one['detail']}" for one in known]
    choices = [(one["ref"], (line, line)) for one, line in zip(known, written, strict=True)]
    fields = (
        Field("delivery_in", ("材料递交方式", "How the paper comes"), "choice", options=_ways(switches, "in")),
        Field("delivery_out", ("结果领取方式", "How the result goes"), "choice", options=_ways(switches, "out")),
        Field("hall", ("窗口所在大厅", "Hall of the window"), "pick", required=False, options=_places()["hall"]),
        Field("address_ref", ("收寄地址", "Address"), "pick", required=False, options=choices),
    )
    preset = next((one["ref"] for one in known if one["is_default"]), None)
    form = Form(fields, case | {"address_ref": case["address_ref"] or preset})
    return _step(case, "delivery", form, "check", advice=None if isinstance(advice, Problem) else advice)


def _ways(switches: dict[str, Any], direction: str) -> list[tuple[str, tuple[str, str]]]:
    names = {"window": f"window_{direction}", "courier": f"express_{direction}"}
    words = HANDING if direction == "in" else DELIVERY
    return [(way, words[way]) for way, switch in names.items() if switches.get(switch) is not False]


TITLES = {
    "notice": ("申请须知", "Notice to applicants"),
    "form": ("填写申请表", "The form"),
    "delivery": ("递交与领取方式", "Ways of delivery"),
}


def _step(case: dict[str, Any], step: str, form: Form, following: str, **more: Any) -> Any:
    """A step that is a form: saved with the draft, whatever is still missing (FIL-13)."""
    if form.sent:
        body = form.body()
        if "form" in body:  # what was emptied is emptied in the draft, too
            body["form"] = {field.name[5:]: "" for field in form.fields} | body["form"]
        with form.attempt():
            send("PATCH", "filing", fill("/cases/{case_no}", case), body)
            end = "/apply" if form.pressed == "later" else f"/apply/{following}"
            return redirect(fill("/my/cases/{case_no}", case) + end)
    return show("portal/apply_step.html", form.status, case=case, step=step, title=TITLES[step], form=form, **more)


@route("/my/cases/<case_no>/apply/check", methods=("GET", "POST"))
@guard.applicants
def check_step(case_no: str) -> Any:
    """Everything once more, then send; what the service finds is listed with the way to it (FIL-08)."""
    case = own_draft(case_no)
    form = Form(())
    if form.sent:
        with form.attempt():
            send("POST", "filing", fill("/cases/{case_no}/submission", case), {})
            return redirect(fill("/my/cases/{case_no}/receipt", case))
    guide = guide_of(case)
    steps = [(name, label) for name, label, far in _steps(case, guide) if name != "check" and far in ("part", "open")]
    return show("portal/apply_check.html", form.status, case=case, form=form, fields=_fields(guide), unfinished=steps)


@route("/my/cases/<case_no>/receipt")
@guard.applicants
def receipt(case_no: str) -> Response:
    """The number, the receipt, and what comes next (FIL-15)."""
    case, limits = get_all(
        ("filing", fill("/cases/{case_no}", {"case_no": case_no})),
        ("filing", fill("/cases/{case_no}/deadlines", {"case_no": case_no})),
    )
    return show("portal/receipt.html", case=needed(case), limits=rows_of(limits))

"""What keeps a guide from being published: small checks, each with its rule, each fault named by field (CAT-12…34).

A check is a generator of (field, Chinese, English). `faults` runs those that refuse, `warnings` those that only warn.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chassis.errors import Refusal
from contracts import rules, words
from services.catalog import guide
from services.catalog.models import FormFile, Hall, Item, Org, Window
from services.catalog.quotas import slot_problem

Document = dict[str, Any]
Fault = tuple[str, str, str]
CITY = "120000"
NOTHING = "无"
CATCH_ALL = re.compile(
    r"(其他|其它)(有关|相关|必要|需要|应当)?的?(申请|证明|申报)?(材料|资料|文件|证明)"
    r"|(规定|要求|需要|应当)(提供|提交|报送|出具)?的(其他|其它)"
)
MINIMUM_FORM = {  # domain 4.5; true: with the red star
    "project_name": True,
    "region": True,
    "accept_place": True,
    "applicant_name": True,
    "applicant_type": True,
    "id_type": True,
    "id_no": True,
    "agent_name": True,
    "mobile": False,
    "fixed_phone": False,
}


@dataclass(frozen=True)
class Surroundings:
    """What of the catalog the guide refers to."""

    orgs: dict[str, Any]
    halls: dict[str, Any]
    windows: dict[str, list[Any]]
    forms: set[str]
    parents: set[str]

    @classmethod
    def of(cls, document: Document) -> "Surroundings":
        """Read the rows that the document names."""
        codes = {document.get("approving_org"), *(document.get("supervising_orgs") or ())}
        codes = (codes | {_get(document, "credit.set_by")}) - {None}
        halls = set(_get(document, "place.halls") or ()) | set(_get(document, "booking.halls") or ())
        names = {
            material.get(key) for material in _rows(document, "materials") for key in ("blank_form", "sample_file")
        }
        names |= {result.get("sample_file") for result in _rows(document, "result_docs")}
        parent = document.get("parent")
        windows: dict[str, list[Any]] = {}
        for window in Window.select().where(Window.hall.in_(halls), Window.active) if halls else ():
            windows.setdefault(window.hall, []).append(window)
        return cls(
            orgs={org.code: org for org in Org.select().where(Org.code.in_(codes))},
            halls={hall.code: hall for hall in Hall.select().where(Hall.code.in_(halls), Hall.active)},
            windows=windows,
            forms={row.name for row in FormFile.select(FormFile.name).where(FormFile.name.in_(names - {None}))},
            parents={item.code for item in Item.select(Item.code).where(Item.code == parent, ~Item.leaf)},
        )


Check = Callable[[Document, Surroundings], Iterator[Fault]]
_refusing: list[tuple[str, Check]] = []
_warning: list[tuple[str, Check]] = []


def refuses(rule: str) -> Callable[[Check], Check]:
    """Register a check that keeps the guide from being published."""

    def register(check: Check) -> Check:
        _refusing.append((rule, check))
        return check

    return register


def warns(rule: str) -> Callable[[Check], Check]:
    """Register a check that lets the guide be published with a visible warning."""

    def register(check: Check) -> Check:
        _warning.append((rule, check))
        return check

    return register


def faults(document: Document) -> list[dict[str, str]]:
    """Everything that keeps the guide from being published, all at once."""
    return _run(_refusing, document)


def warnings(document: Document) -> list[dict[str, str]]:
    """What the hall shows beside the published guide."""
    return _run(_warning, document)


def approve(document: Document) -> list[dict[str, str]]:
    """The warnings of a guide that may be published; a refusal that lists every fault otherwise."""
    found = faults(document)
    if not found:
        return warnings(document)
    fields: dict[str, list[str]] = {}
    for fault in found:
        fields.setdefault(fault["field"], []).append(f"{fault['zh']} / {fault['en']}")
    raise Refusal(
        "catalog.not-publishable",
        status=422,
        rule=found[0]["rule"],
        zh=f"办事指南还不能发布，有 {len(found)} 处不符合要求。",
        en=f"The guide cannot be published yet: {len(found)} faults.",
        next_zh="请按各项的说明补全或改正后再发布。",
        next_en="Correct each part as said of it, then publish again.",
        failures=found,
        fields=fields,
    )


def _run(checks: list[tuple[str, Check]], document: Document) -> list[dict[str, str]]:
    heading = document.get("leaf") is False
    around = Surroundings.of(document)
    found = []
    for rule, check in checks:
        if heading and check not in _FOR_HEADINGS:
            continue
        for field, zh, en in check(document, around):
            found.append({"rule": rule, "article": rules.article(rule), "field": field, "zh": zh, "en": en})
    return found


# --- what a guide must say --------------------------------------------------------------------------------------------

ELEMENTS = (  # domain 4.4
    ("service_object", "服务对象", "service object"),
    ("basis", "设定依据", "legal basis"),
    ("conditions", "申请条件", "conditions"),
    ("materials", "申请材料", "materials"),
    ("steps", "办理流程", "steps"),
    ("special_links", "特殊环节(没有的写“无”)", "special links (a row of kind none when there is none)"),
    ("limits.statutory", "法定办结时限", "statutory limit"),
    ("limits.committed", "承诺办结时限", "committed limit"),
    ("limits.unit", "时限单位", "unit of the limits"),
    ("fee.text", "收费标准(或不收费)", "fee, or free of charge"),
    ("place.text", "办理地点", "place"),
    ("place.halls", "办理大厅", "halls"),
    ("hours.from", "办理时间(起)", "opening time"),
    ("hours.to", "办理时间(止)", "closing time"),
    ("phones.enquiry", "咨询电话", "phone for enquiries"),
    ("phones.complaint", "监督投诉电话", "phone for complaints"),
    ("result_docs", "办理结果", "result"),
    ("cautions", "注意事项", "cautions"),
    ("faq", "常见问题", "at least one frequent question"),
)
SWITCHES = (
    "online",
    "commit",
    "same_city",
    "bookable",
    "express_in",
    "express_out",
    "window_in",
    "window_out",
    "instant",
    "single_reviewer",
)


@refuses("CAT-12")
def basic_elements(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Name, kind of power and offices stand in headings too."""
    for name, zh, en in (
        ("name", "事项名称", "name"),
        ("power_type", "事项类型", "type of power"),
        ("approving_org", "审批部门", "approving organisation"),
        ("supervising_orgs", "监管部门", "supervising organisations"),
    ):
        if not _filled(document.get(name)):
            yield name, f"缺少{zh}。", f"The {en} is missing."


@refuses("CAT-12")
def every_element_is_filled(document: Document, around: Surroundings) -> Iterator[Fault]:
    """All elements of the operating procedure, to the last cell of their rows."""
    for path, zh, en in ELEMENTS:
        if not _filled(_get(document, path)):
            yield path, f"缺少{zh}。", f"The {en} is missing."
    for name in SWITCHES:
        if not isinstance(_get(document, f"switches.{name}"), bool):
            yield f"switches.{name}", "开关没有设定。", "The switch is not set."
    cells = {
        "basis": ("law", "article"),
        "conditions": ("text",),
        "steps": ("name", "role", "limit_wd"),
        "special_links": ("name", "limit_wd", "counted"),
        "cautions": ("text",),
        "faq": ("q", "a"),
        "result_docs": ("name", "sample_file"),
    }
    for part, names in cells.items():
        for place, row in enumerate(_rows(document, part)):
            for name in names:
                if not _filled(row.get(name)):
                    yield f"{part}.{place}.{name}", "这一格没有填写。", "This cell is empty."


@refuses("CAT-13")
def materials_are_complete(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Each material: name, basis, format, requirement, copies, signature and seal, blank form and sample."""
    names = ("name", "basis", "source", "form", "requirement", "needs_signature", "needs_seal", "required")
    for place, material in enumerate(_rows(document, "materials")):
        for name in (*names, "blank_form", "sample_file"):
            if not _filled(material.get(name)):
                yield f"materials.{place}.{name}", "材料的这一项没有填写。", "This part of the material is missing."
        copies = material.get("copies") or {}
        if not copies.get("original") and not copies.get("copy"):
            yield f"materials.{place}.copies", "没有写明原件或复印件份数。", "The number of copies is missing."


@refuses("CAT-13")
def forms_can_be_downloaded(document: Document, around: Surroundings) -> Iterator[Fault]:
    """A named form or sample is a file that the hall has, or the word that there is none."""
    named = [
        (f"materials.{place}.{key}", material.get(key))
        for place, material in enumerate(_rows(document, "materials"))
        for key in ("blank_form", "sample_file")
    ]
    named += [(f"result_docs.{place}.sample_file", row.get("sample_file")) for place, row in _numbered(document)]
    for field, name in named:
        if _filled(name) and name != NOTHING and name not in around.forms:
            yield field, f"没有上传文件 {name}；没有的写“无”。", f"There is no file {name}; write 无 if there is none."


@refuses("CAT-14")
def materials_can_be_told_apart(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Corrections may only name materials of the guide, so each has a code of its own."""
    seen: set[str] = set()
    for place, material in enumerate(_rows(document, "materials")):
        if material["code"] in seen:
            yield (
                f"materials.{place}.code",
                f"材料编号 {material['code']} 重复。",
                "The code of the material is not unique.",
            )
        seen.add(material["code"])


@refuses("CAT-15")
def no_catch_all_material(document: Document, around: Surroundings) -> Iterator[Fault]:
    """“Other materials” tells an applicant nothing and allows anything."""
    for place, material in enumerate(_rows(document, "materials")):
        for name in ("name", "requirement"):
            if CATCH_ALL.search(material.get(name) or ""):
                yield (
                    f"materials.{place}.{name}",
                    "不得设“其他材料”一类兜底材料，请逐项列明。",
                    "A catch-all material cannot be published: name each one.",
                )


@refuses("CAT-16")
def material_flags_agree(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Upload ways, formats and deferral fit together."""
    longest = rules.value("filing.commit_material_due").value
    largest = rules.value("filing.upload_max_bytes").value
    for place, material in enumerate(_rows(document, "materials")):
        here, ways = f"materials.{place}", material.get("upload_ways") or []
        if not ways:
            yield f"{here}.upload_ways", "没有设定材料的提交方式。", "There is no way to hand the material in."
        if not material.get("formats"):
            yield f"{here}.formats", "没有设定文件格式。", "No file format is allowed."
        if ("licence" in ways) != bool(material.get("licence_type")):
            yield (
                f"{here}.licence_type",
                "从证照库获取须写明证照类型，两者须一致。",
                "Taking it from the licence library and the type of licence belong together.",
            )
        if material.get("deferrable") and not 1 <= (material.get("defer_days") or 0) <= longest:
            yield (
                f"{here}.defer_days",
                f"容缺材料的补交期限须为 1 至 {longest} 个工作日。",
                f"A deferrable material is due within 1 to {longest} working days.",
            )
        if material.get("defer_days") and not material.get("deferrable"):
            yield f"{here}.defer_days", "不可容缺的材料不设补交期限。", "Only a deferrable material has a period."
        if (material.get("max_bytes") or 0) >= largest:
            yield f"{here}.max_bytes", "超过平台单个文件的上限。", "That is more than the hall takes in one upload."


@refuses("CAT-17")
def committed_within_statutory(document: Document, around: Surroundings) -> Iterator[Fault]:
    """The committed limit never exceeds the statutory one, nor that of commit approval the committed one."""
    statutory, committed = _get(document, "limits.statutory"), _get(document, "limits.committed")
    commit = _get(document, "limits.commit")
    if statutory is not None and committed is not None and committed > statutory:
        yield (
            "limits.committed",
            f"承诺时限 {committed} 长于法定时限 {statutory}。",
            f"The committed limit {committed} is longer than the statutory {statutory}.",
        )
    if commit is not None and committed is not None and commit > committed:
        yield "limits.commit", "承诺审批的时限长于承诺办结时限。", "Commit approval may not take longer than usual."


@warns("CAT-17")
def committed_above_the_target(document: Document, around: Surroundings) -> Iterator[Fault]:
    """More than half of the statutory limit is published, and seen."""
    statutory, committed = _get(document, "limits.statutory"), _get(document, "limits.committed")
    target = rules.value("catalog.committed_target").value
    if statutory and committed is not None and committed * 100 > statutory * target:
        yield (
            "limits.committed",
            f"承诺时限 {committed} 超过法定时限 {statutory} 的 {target}%。",
            f"The committed limit {committed} is above {target}% of the statutory {statutory}.",
        )


@refuses("CAT-18")
def kind_of_case(document: Document, around: Surroundings) -> Iterator[Fault]:
    """A known kind; a parallel item says with whom."""
    kind, template = document.get("kind"), _get(document, "switches.parallel_template")
    if kind not in words.KINDS:
        yield "kind", "没有设定办件类型。", "The kind of case is missing."
    if (kind == "parallel") != bool(template):
        yield (
            "switches.parallel_template",
            "并联件须有牵头和参与部门，其他办件类型不设。",
            "A parallel item names its departments; other kinds have none.",
        )


@refuses("CAT-19")
def commit_approval_is_allowed(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Not for matters of security, life and health, nor where the grant could not be taken back."""
    switches = document.get("switches") or {}
    barred = [guide.SENSITIVITIES[name] for name in document.get("sensitivities") or ()]
    deferrable = [m.get("name") or m["code"] for m in _rows(document, "materials") if m.get("deferrable")]
    if switches.get("commit"):
        if barred:
            yield (
                "switches.commit",
                f"事项涉及{'、'.join(barred)}，不得开通承诺审批。",
                "An item of this nature must not be switched on for commit approval.",
            )
        if switches.get("commit_off_reason"):
            yield (
                "switches.commit_off_reason",
                "承诺审批已开通，不应有关闭理由。",
                "It is on and yet has a reason to be off.",
            )
        if _get(document, "limits.commit") is None:
            yield "limits.commit", "没有承诺审批的办结时限。", "The limit of commit approval is missing."
    else:
        if not _filled(switches.get("commit_off_reason")):
            yield "switches.commit_off_reason", "未开通承诺审批须写明理由。", "Commit approval is off without a reason."
        if deferrable:
            yield (
                "materials",
                f"未开通承诺审批，材料不得容缺：{'、'.join(deferrable)}。",
                "No material may be deferred here.",
            )


@refuses("CAT-20")
def same_city_handling(document: Document, around: Surroundings) -> Iterator[Fault]:
    """On in principle; off with a recorded reason; on only where the leaders to be warned are known (ID-37)."""
    switches = document.get("switches") or {}
    if switches.get("same_city") is False and not _filled(switches.get("same_city_off_reason")):
        yield "switches.same_city_off_reason", "关闭同城通办须记录理由。", "Same-city handling is off without a reason."
    org = around.orgs.get(document.get("approving_org") or "")
    reported = (org and org.reported) or {}
    known = org and all(
        account or reported.get(ref)
        for account, ref in ((org.leader_main, "unit_leader_ref"), (org.leader_deputy, "deputy_leader_ref"))
    )
    if switches.get("same_city") and not known:
        yield (
            "switches.same_city",
            "审批部门没有登记主要领导和分管领导，不能开通同城通办(ID-37)。",
            "The approving organisation has not named both leaders (ID-37).",
        )


@refuses("CAT-21")
def bookings_add_up(document: Document, around: Surroundings) -> Iterator[Fault]:
    """A bookable item has a daily number in halls that can call it."""
    booking = document.get("booking")
    if bool(_get(document, "switches.bookable")) != bool(booking):
        yield "booking", "可预约的事项须设预约数量，不可预约的不设。", "A bookable item, and only such, has numbers."
        return
    if not booking:
        return
    if booking.get("daily_number") != sum(slot["quota"] for slot in booking["slots"]):
        yield "booking.daily_number", "每日可预约数不等于各时段之和。", "The daily number is not the sum of the slots."
    for place, code in enumerate(booking["halls"]):
        hall = around.halls.get(code)
        if hall is None:
            continue  # said by `references_exist`
        problem = slot_problem(booking["slots"], hall.service_hours)
        if problem:
            yield "booking.slots", *problem
        windows = around.windows.get(code, ())
        if not any(window.items is None or document["code"] in window.items for window in windows):
            yield f"booking.halls.{place}", "该大厅没有办理此事项的窗口队列。", "No queue of this hall serves the item."


@refuses("CAT-22")
def ways_of_delivery(document: Document, around: Surroundings) -> Iterator[Fault]:
    """At least one way in and one way out."""
    switches = document.get("switches") or {}
    for way, zh, en in (("in", "提交材料", "hand in material"), ("out", "领取结果", "get the result")):
        if not switches.get(f"window_{way}") and not switches.get(f"express_{way}"):
            yield f"switches.window_{way}", f"没有{zh}的方式。", f"There is no way to {en}."


@refuses("CAT-25")
def process_fits(document: Document, around: Surroundings) -> Iterator[Fault]:
    """The steps after acceptance fit into the committed limit; rules alone decide only what a machine can check."""
    limits = document.get("limits") or {}
    steps = [step for step in _rows(document, "steps") if step["code"] != "accept"]
    total = sum(step.get("limit_wd") or 0 for step in steps)
    if limits.get("unit") == "wd" and limits.get("committed") is not None and total > limits["committed"]:
        yield (
            "steps",
            f"受理后各环节合计 {total} 个工作日，超过承诺时限。",
            "The steps take longer than the committed limit.",
        )
    if _get(document, "switches.instant"):
        unchecked = [c for c in _rows(document, "conditions") if not c.get("machine_checkable")]
        links = [link for link in _rows(document, "special_links") if link["kind"] != "none"]
        if unchecked or links:
            yield (
                "switches.instant",
                "秒批只适用于全部条件可由系统核验、没有特殊环节的事项。",
                "Only an item whose every condition a machine can check is decided at once.",
            )


@refuses("CAT-28")
def fee_has_a_basis(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Who charges says by which law."""
    fee = document.get("fee") or {}
    if fee.get("charged") and not _filled(fee.get("basis")):
        yield "fee.basis", "收费须有依据。", "A fee needs a legal basis."


@refuses("CAT-29")
def form_has_the_minimum(document: Document, around: Surroundings) -> Iterator[Fault]:
    """The application form has what every form has (domain 4.5), each field once."""
    form = {field["key"]: field for field in _rows(document, "form_fields")}
    if len(form) != len(_rows(document, "form_fields")):
        yield "form_fields", "表单字段重复。", "A field of the form occurs twice."
    if not _get(document, "switches.online"):
        return
    for key, required in MINIMUM_FORM.items():
        if key not in form:
            yield f"form_fields.{key}", f"申请表缺少必备字段 {key}。", f"The form lacks the field {key}."
        elif required and not form[key].get("required"):
            yield f"form_fields.{key}", f"字段 {key} 须为必填。", f"The field {key} must be required."


@refuses("CAT-31")
def supervision_is_prepared(document: Document, around: Surroundings) -> Iterator[Fault]:
    """A standard has its eleven elements and fourteen articles; what is promised can be verified point by point."""
    supervision = document.get("supervision") or {}
    standard = supervision.get("standard")
    if standard:
        elements = standard.get("elements") or {}
        for name in guide.STANDARD_ELEMENTS:
            if not _filled(elements.get(name)):
                yield (
                    f"supervision.standard.elements.{name}",
                    "监管操作规程的这一要素没有填写。",
                    "The element is missing.",
                )
        articles = {article.get("no"): article for article in standard.get("articles") or ()}
        for number in range(1, guide.STANDARD_ARTICLES + 1):
            article = articles.get(number) or {}
            if not _filled(article.get("title")) or not _filled(article.get("text")):
                yield (
                    f"supervision.standard.articles.{number}",
                    f"监管操作规程缺少第 {number} 条。",
                    f"Article {number} is missing.",
                )
    if _get(document, "switches.commit"):
        if not _filled(supervision.get("kind")):
            yield "supervision.kind", "承诺审批事项须设监管类别。", "Commit approval needs a kind of supervision."
        if not [point for point in supervision.get("points") or () if _filled(point.get("promise"))]:
            yield (
                "supervision.points",
                "承诺审批事项须逐项列明承诺和核查点位。",
                "What is promised and verified must be listed.",
            )


@warns("CAT-31")
def standard_is_missing(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Shown red on the board until it is there."""
    if not _get(document, "supervision.standard"):
        yield "supervision.standard", "尚未公布事中事后监管操作规程。", "No supervision standard is published yet."


@refuses("CAT-32")
def credit_criteria_are_the_departments(document: Document, around: Surroundings) -> Iterator[Fault]:
    """An item's own criteria and repair conditions: written out, under a document of a city-level department."""
    credit = document.get("credit")
    if not credit:
        return
    setter = around.orgs.get(credit.get("set_by") or "")
    if setter is None or setter.region != CITY or not setter.active:
        yield (
            "credit.set_by",
            "失信认定标准和修复条件由市级行业主管部门制定，请写明该部门。",
            "Criteria and repair conditions are set by the city-level industry department: name it.",
        )
    if not _filled(credit.get("document")):
        yield "credit.document", "没有写明制定文件。", "The document that sets them is missing."
    if not (credit.get("dishonest") or credit.get("seriously") or credit.get("repair")):
        yield "credit", "没有列出任何标准或修复条件。", "It names neither criteria nor repair conditions."
    for part in ("dishonest", "seriously", "repair"):
        for place, row in enumerate(credit.get(part) or ()):
            if not _filled(row.get("text")):
                yield f"credit.{part}.{place}.text", "这一格没有填写。", "This cell is empty."


@refuses("CAT-34")
def fit_for_the_platform(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Nothing that involves state secrets or endangers public safety runs here."""
    named = set(document.get("sensitivities") or ()) & {"state_secret", "endangers_public_safety"}
    if named and _get(document, "switches.online"):
        yield (
            "switches.online",
            f"{'、'.join(guide.SENSITIVITIES[name] for name in sorted(named))}的事项不得在网上办理。",
            "Such an item is not run on the platform and cannot be switched online.",
        )


@refuses("CAT-41")
def references_exist(document: Document, around: Surroundings) -> Iterator[Fault]:
    """Offices and halls are there; who approves does not supervise."""
    approving = document.get("approving_org")
    supervising = document.get("supervising_orgs") or []
    for field, code in (
        ("approving_org", approving),
        *((f"supervising_orgs.{n}", c) for n, c in enumerate(supervising)),
    ):
        if code and (code not in around.orgs or not around.orgs[code].active):
            yield field, f"没有机构 {code}。", f"There is no organisation {code}."
    if approving in supervising:
        yield "supervising_orgs", "审批与监管须由不同机构承担。", "Approval and supervision are different offices."
    for part in ("place", "booking"):
        for place, code in enumerate(_get(document, f"{part}.halls") or ()):
            if code not in around.halls:
                yield f"{part}.halls.{place}", f"没有大厅 {code}。", f"There is no hall {code}."


@refuses("CAT-11")
def place_in_the_tree(document: Document, around: Surroundings) -> Iterator[Fault]:
    """A sub-item stands under a heading that exists; a heading has sub-items."""
    parent = document.get("parent")
    if parent and parent not in around.parents:
        yield "parent", f"没有上级事项 {parent}。", f"There is no heading {parent}."
    if document.get("leaf") is False and not document.get("sub_items"):
        yield "sub_items", "有子项的事项须列明子项。", "A heading lists its sub-items."


_FOR_HEADINGS = {basic_elements, references_exist, place_in_the_tree}


# --- reading ----------------------------------------------------------------------------------------------------------


def _get(document: Document, path: str) -> Any:
    found: Any = document
    for name in path.split("."):
        found = (found or {}).get(name)
    return found


def _rows(document: Document, name: str) -> list[dict[str, Any]]:
    return document.get(name) or []


def _numbered(document: Document) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(_rows(document, "result_docs")))


def _filled(value: Any) -> bool:
    """Whether something is there: 0 and False are answers, blank words and empty lists are not."""
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != [] and value != {}

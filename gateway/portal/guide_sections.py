"""The guide of an item as the catalog's clerks fill it in: sections, lists and questions, declared once (CAT-12…34).

Names are places in the guide. What must be filled to publish has a star; only the catalog judges it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.portal.forms import Field, Options
from gateway.portal.texts import Both
from gateway.portal.visitor import get
from gateway.portal.words import KIND, ROLE, SPECIAL

MOST_PAGES = 10  # of organisations


@dataclass(frozen=True)
class Cell(Field):
    """A question about a guide. Emptied, it is none (`null`) or goes away."""

    required: bool = False
    null: bool = True


@dataclass(frozen=True)
class Rows:
    """A list in the guide: its place, what one row is called, and which questions stand in the columns of the list."""

    path: str
    one: Both
    columns: tuple[str, ...]
    cells: tuple[Cell, ...]
    fresh: Mapping[str, Any] = field(default_factory=dict)  # what a new row begins with
    named_by: str = ""  # by which of its parts the validator names a row; else by its place


@dataclass(frozen=True)
class Section:
    """One page of the form."""

    name: str
    title: Both
    cells: tuple[Cell, ...] = ()
    lists: tuple[Rows, ...] = ()
    lead: Both | None = None


# --- what can be chosen -----------------------------------------------------------------------------------------------


def orgs(**query: str) -> Options:
    """All organisations of the hall."""
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        page = get("catalog", "/orgs", active=True, limit=100, cursor=cursor, **query)
        found, cursor = found + page["items"], page["next"]
        if not cursor:
            break
    return [(one["code"], (f"{one['name']} {one['code']}",) * 2) for one in found]


def _supervisors() -> Options:
    return orgs(kind="supervising")


def _halls() -> Options:
    return [(one["code"], (one["name"],) * 2) for one in get("catalog", "/halls", limit=100)["items"]]


def _plain(*names: str) -> Options:
    return [(name, (name, name)) for name in names]


UNITS: Options = (("wd", ("工作日", "working days")), ("nd", ("自然日", "days")))
PARTIES: Options = (("person", ("自然人", "persons")), ("legal", ("法人和其他组织", "companies")))
SENSITIVITIES: Options = (
    ("national_security", ("国家安全", "national security")),
    ("public_security", ("公共安全", "public security")),
    ("ecological_security", ("生态安全", "ecological security")),
    ("financial_security", ("金融安全", "financial security")),
    ("cultural_security", ("文化安全", "cultural security")),
    ("production_safety", ("安全生产", "production safety")),
    ("life_health", ("生命健康", "life and health")),
    ("irrevocable", ("准予后不能撤销", "cannot be taken back once granted")),
    ("state_secret", ("涉及国家秘密", "state secrets")),
    ("endangers_public_safety", ("危害公共安全", "endangers public safety")),
)
UPLOAD_WAYS: Options = (
    ("local", ("本地上传", "a file")),
    ("space", ("个人空间", "own space")),
    ("licence", ("证照库", "licence library")),
    ("camera", ("拍照", "camera")),
)
FROM: Options = (
    ("applicant", ("申请人自备", "the applicant")),
    ("department", ("政府部门核发", "a department")),
    ("intermediary", ("中介服务机构", "an intermediary")),
)
FIELD_TYPES: Options = (
    ("text", ("单行文字", "one line")),
    ("textarea", ("多行文字", "several lines")),
    ("number", ("数字", "number")),
    ("date", ("日期", "date")),
    ("select", ("单选", "one of a list")),
    ("multiselect", ("多选", "several of a list")),
    ("phone", ("电话号码", "phone number")),
    ("id_number", ("证件号码", "identity number")),
    ("region", ("行政区", "region")),
    ("hall", ("政务服务大厅", "hall")),
    ("material_list", ("材料目录", "list of the material")),
)
PREFILLS: Options = (
    ("subject.name", ("申请人名称", "name of the party")),
    ("subject.type", ("申请人类型", "type of the party")),
    ("subject.id_type", ("申请人证件类型", "identity type of the party")),
    ("subject.id_no", ("申请人证件号码", "identity number of the party")),
    ("subject.mobile", ("申请人手机", "mobile of the party")),
    ("subject.address", ("申请人地址", "address of the party")),
    ("subject.legal_rep", ("法定代表人", "legal representative")),
    ("agent.name", ("经办人姓名", "name of the agent")),
    ("agent.mobile", ("经办人手机", "mobile of the agent")),
    ("site.region", ("当前站点的行政区", "region of the site")),
    ("item.materials", ("本事项的材料", "material of the item")),
)
LINKS: Options = (
    ("none", ("无", "none")),
    ("onsite_check", ("现场核查", "check on the spot")),
    ("verification", ("核验", "verification")),
    *SPECIAL.items(),
)

# --- how questions are asked ------------------------------------------------------------------------------------------


def _text(name: str, zh: str, en: str, *, most: int = 4000, **more: Any) -> Cell:
    return Cell(name, (zh, en), most=most, **more)


def _long(name: str, zh: str, en: str, *, most: int = 4000, **more: Any) -> Cell:
    return Cell(name, (zh, en), "long", most=most, **more)


def _number(name: str, zh: str, en: str, **more: Any) -> Cell:
    return Cell(name, (zh, en), "number", **more)


def _flag(name: str, zh: str, en: str, **more: Any) -> Cell:
    return Cell(name, (zh, en), "yesno", null=False, **more)


def _one_of(name: str, zh: str, en: str, options: Any, **more: Any) -> Cell:
    return Cell(name, (zh, en), "pick", options=options, **more)


def _some_of(name: str, zh: str, en: str, options: Any, **more: Any) -> Cell:
    return Cell(name, (zh, en), "choices", options=options, null=False, **more)


def _lines(name: str, zh: str, en: str, **more: Any) -> Cell:
    return Cell(name, (zh, en), "lines", null=False, **({"hint": ("每行一项", "One a line")} | more))


FILE = ("没有的写“无”", "Write 无 if there is none")
STAR = ("带 * 的，发布前须填写；没有填齐也可以先保存。", "What has a star is needed to publish, not to save.")
CRITERIA = (_long("text", "内容", "Text", required=True), _text("article", "依据条款", "Article", most=400))

SECTIONS = {
    section.name: section
    for section in (
        Section(
            "basics",
            ("基本信息", "Basics"),
            (
                _text("name", "事项名称", "Name", most=200, required=True, null=False),
                _text("name_en", "英文名称", "Name in English", most=400),
                _one_of(
                    "power_type",
                    "事项类型",
                    "Type of power",
                    _plain("行政许可", "行政确认", "行政给付", "行政征收", "其他", "公共服务"),
                    required=True,
                ),
                _one_of("kind", "办件类型", "Kind of case", tuple(KIND.items()), required=True),
                _some_of("service_object", "服务对象", "For whom", PARTIES, required=True),
                _one_of("approving_org", "审批部门", "Approving department", orgs, required=True, null=False),
                _some_of("supervising_orgs", "监管部门", "Supervising departments", _supervisors, required=True),
                _some_of(
                    "sensitivities",
                    "涉及的敏感领域",
                    "Of a sensitive nature",
                    SENSITIVITIES,
                    hint=("涉及的，不得开通承诺审批", "Then it is not open to commit approval"),
                ),
                _lines(
                    "themes", "主题", "Themes", hint=("查找事项用，每行一个", "It is found under these, one a line")
                ),
                _number("visits_max", "最多到场次数", "Visits at most"),
                _number("online_level", "网上办理深度(1 至 3)", "Depth of online service (1 to 3)"),
                _flag("leaf", "直接办理(没有子项)", "Handled itself, without sub-items"),
                _text("parent", "上级事项编码", "Code of the heading above", most=31),
                _lines("sub_items", "子项编码", "Codes of the sub-items"),
            ),
        ),
        Section(
            "basis",
            ("设定依据", "Legal basis"),
            lists=(
                Rows(
                    "basis",
                    ("依据", "basis"),
                    ("law", "article"),
                    (
                        _text("law", "法律法规名称", "Law", required=True),
                        _text("article", "条款", "Article", required=True),
                        _long("text", "条文内容", "Text of the article", most=20_000),
                    ),
                ),
            ),
        ),
        Section(
            "conditions",
            ("申请条件", "Conditions"),
            lists=(
                Rows(
                    "conditions",
                    ("条件", "condition"),
                    ("text",),
                    (
                        _long("text", "条件内容", "Condition", required=True),
                        _flag("machine_checkable", "可由系统自动核验", "A machine can check it"),
                    ),
                ),
            ),
        ),
        Section(
            "materials",
            ("申请材料", "Materials"),
            lists=(
                Rows(
                    "materials",
                    ("材料", "material"),
                    ("code", "name", "required", "deferrable"),
                    (
                        _text(
                            "code",
                            "材料编号",
                            "Code",
                            most=40,
                            required=True,
                            null=False,
                            hint=("如 M07，不得重复", "Such as M07, once only"),
                        ),
                        _text("name", "材料名称", "Name", most=400, required=True),
                        _text("name_en", "英文名称", "Name in English", most=400),
                        _text("basis", "材料依据", "Legal basis", required=True),
                        _one_of("source", "来源渠道", "Who issues it", FROM, required=True),
                        _text("form", "材料形式", "Form", most=100, required=True),
                        _number("copies.original", "原件份数", "Originals", null=False),
                        _number("copies.copy", "复印件份数", "Copies", null=False),
                        _long("requirement", "内容要求", "What it must contain", required=True),
                        _flag("required", "必交材料", "Always required", required=True),
                        _flag("needs_signature", "须签字", "Needs a signature", required=True),
                        _flag("needs_seal", "须盖章", "Needs a seal", required=True),
                        _flag("scan_required", "须提交扫描件", "Must be a scan"),
                        _flag("deferrable", "可以容缺后补", "May follow later under a promise"),
                        _number("defer_days", "补交期限(工作日)", "To follow within (working days)"),
                        _flag("promise_replaceable", "可以告知承诺代替", "A promise may replace it"),
                        _flag("check_original_at_pickup", "取件时核对原件", "The original is checked at pick-up"),
                        _some_of("upload_ways", "提交方式", "Ways to hand it in", UPLOAD_WAYS, required=True),
                        _text(
                            "licence_type",
                            "证照类型",
                            "Type of licence",
                            most=100,
                            hint=("从证照库获取的须填写", "Needed for the licence library"),
                        ),
                        _some_of(
                            "formats",
                            "文件格式",
                            "File formats",
                            _plain("pdf", "jpg", "png", "docx", "xlsx"),
                            required=True,
                        ),
                        _number("max_bytes", "单个文件上限(字节)", "Largest file (bytes)"),
                        _text("blank_form", "空白表文件", "Blank form", most=200, required=True, hint=FILE),
                        _text("sample_file", "样表文件", "Filled sample", most=200, required=True, hint=FILE),
                        _lines("review_points", "审查要点", "Points of review"),
                        _text("stated_in", "材料出处", "Where it is stated"),
                    ),
                    fresh={
                        "source": "applicant",
                        "form": "电子或纸质",
                        "copies": {"original": 1, "copy": 0},
                        "required": True,
                        "deferrable": False,
                        "promise_replaceable": False,
                        "scan_required": False,
                        "check_original_at_pickup": False,
                        "upload_ways": ["local", "space"],
                        "formats": ["pdf", "jpg", "png"],
                        "blank_form": "无",
                        "sample_file": "无",
                    },
                ),
            ),
        ),
        Section(
            "form",
            ("申请表", "Application form"),
            lists=(
                Rows(
                    "form_fields",
                    ("表单字段", "field"),
                    ("label", "key", "type", "required", "any_of_group"),
                    (
                        _text("label", "字段名称", "Label", most=200, required=True, null=False),
                        _text("label_en", "英文名称", "Label in English", most=200),
                        _text(
                            "key",
                            "字段标识",
                            "Key",
                            most=61,
                            required=True,
                            null=False,
                            hint=("小写字母开头，不得重复", "Begins with a small letter, once only"),
                        ),
                        _one_of("type", "填写方式", "Kind", FIELD_TYPES, required=True, null=False),
                        _flag("required", "必填(红星)", "Must be filled (red star)", required=True),
                        _text(
                            "any_of_group",
                            "至少填一项的组",
                            "Group of which one is needed",
                            most=40,
                            hint=("组名相同的字段至少填写一个", "At least one field of the same group"),
                        ),
                        _one_of("prefill", "自动带出", "Filled in from", PREFILLS),
                        _text(
                            "validator",
                            "填写校验",
                            "Check",
                            most=100,
                            hint=(
                                "如 length:2-100(2 至 100 字)、mobile",
                                "Such as length:2-100, mobile",
                            ),
                        ),
                        _lines("options", "可选项", "Options", hint=("单选、多选用，每行一项", "One a line")),
                    ),
                    named_by="key",
                ),
            ),
        ),
        Section(
            "steps",
            ("办理流程", "Steps"),
            lists=(
                Rows(
                    "steps",
                    ("环节", "step"),
                    ("name", "role", "limit_wd"),
                    (
                        _text("code", "环节编号", "Code", most=40, required=True, null=False),
                        _text("name", "环节名称", "Name", most=100, required=True),
                        _one_of("role", "办理人员", "Handled by", tuple(ROLE.items()), required=True),
                        _number("limit_wd", "时限(工作日)", "Limit (working days)", required=True, null=False),
                    ),
                ),
            ),
        ),
        Section(
            "links",
            ("特殊环节", "Special links"),
            lists=(
                Rows(
                    "special_links",
                    ("特殊环节", "special link"),
                    ("kind", "name", "limit_wd", "counted"),
                    (
                        _one_of("kind", "种类", "Kind", LINKS, required=True, null=False),
                        _text("name", "名称", "Name", most=200, required=True),
                        _text("name_en", "英文名称", "Name in English", most=200),
                        _number("limit_wd", "时限(工作日)", "Limit (working days)", required=True, null=False),
                        _flag("counted", "计入办理时限", "Counts into the limit", required=True),
                    ),
                ),
            ),
            lead=("没有特殊环节的，写一行“无”。", "Where there is none, one row says so."),
        ),
        Section(
            "limits",
            ("办理时限", "Limits"),
            (
                _number("limits.statutory", "法定时限", "Statutory limit", required=True),
                _number("limits.committed", "承诺时限", "Committed limit", required=True),
                _one_of("limits.unit", "单位", "Unit", UNITS, required=True, null=False),
                _number("limits.commit", "承诺审批时限", "Limit of commit approval"),
                _text("limits.statutory_text", "法定时限原文", "Statutory limit as written"),
                _text("limits.statutory_note", "法定时限说明", "Note on the statutory limit"),
                _text("limits.statutory_source", "法定时限出处", "Source of the statutory limit"),
                _text("limits.committed_source", "承诺时限出处", "Source of the committed limit"),
                _text("limits.commit_source", "承诺审批时限出处", "Source of the commit limit"),
                _text("limits.over_half_reason", "未压缩一半的理由", "Why it is more than half"),
                _number("limits.originals_due.value", "交回原件的期限", "Originals are due within", null=False),
                _one_of("limits.originals_due.unit", "原件期限的单位", "Unit of that", UNITS, null=False),
            ),
        ),
        Section(
            "fee",
            ("收费", "Fees"),
            (
                _flag("fee.charged", "收费", "There is a fee"),
                _text("fee.text", "收费标准(或不收费)", "Fee, or free of charge", required=True),
                _text("fee.text_en", "收费标准(英文)", "Fee, in English"),
                _text("fee.basis", "收费依据", "Legal basis", hint=("收费的须填写", "Needed where there is a fee")),
                _number("fee.amount_fen", "网上缴费金额(分)", "Paid online (fen)"),
                _flag("fee.before_decision", "决定前缴费", "Paid before the decision"),
            ),
            (
                Rows(
                    "fee.by_answer",
                    ("分情形金额", "amount by answer"),
                    ("field", "answer", "amount_fen"),
                    (
                        _text("field", "表单字段标识", "Key of the form field", most=40),
                        _text("answer", "填写内容", "Answer", most=100),
                        _number("amount_fen", "金额(分)", "Amount (fen)", null=False),
                    ),
                ),
            ),
        ),
        Section(
            "place",
            ("地点与时间", "Place and hours"),
            (
                _long("place.text", "办理地点", "Place", required=True),
                _some_of("place.halls", "办理大厅", "Halls", _halls, required=True),
                _one_of("hours.days", "办理日", "Days", (("working_days", ("工作日", "working days")),)),
                Cell("hours.from", ("办理时间起", "Opens"), "time", required=True, null=False),
                Cell("hours.to", ("办理时间止", "Closes"), "time", required=True, null=False),
                _text("phones.enquiry", "咨询电话", "Phone for enquiries", most=40, required=True),
                _text("phones.complaint", "监督投诉电话", "Phone for complaints", most=40, required=True),
                _flag("phones.sample", "电话是示例", "The numbers are samples"),
            ),
        ),
        Section(
            "switches",
            ("开关", "Switches"),
            (
                _flag("switches.online", "网上办理", "Online", required=True),
                _flag("switches.bookable", "可以预约", "Bookable", required=True),
                _flag("switches.same_city", "同城通办", "Any hall of the city", required=True),
                _text("switches.same_city_off_reason", "不开通同城通办的理由", "Why not in any hall"),
                _flag("switches.commit", "承诺审批", "Commit approval", required=True),
                _text("switches.commit_off_reason", "不开通承诺审批的理由", "Why no commit approval"),
                _text("switches.commit_source", "承诺审批出处", "Source of commit approval"),
                _flag("switches.letter_in_lieu", "以函代证", "Letter in lieu"),
                _flag("switches.instant", "秒批(系统自动决定)", "Decided at once", required=True),
                _flag("switches.single_reviewer", "独任审批", "One reviewer decides", required=True),
                _flag("switches.window_in", "窗口收件", "Material at the window", required=True),
                _flag("switches.express_in", "材料可邮寄", "Material by courier", required=True),
                _flag("switches.window_out", "窗口取件", "Result at the window", required=True),
                _flag("switches.express_out", "结果可邮寄", "Result by courier", required=True),
            ),
        ),
        Section(
            "results",
            ("办理结果", "Results"),
            lists=(
                Rows(
                    "result_docs",
                    ("结果文书", "result"),
                    ("name", "licence_type", "valid_years"),
                    (
                        _text("name", "名称", "Name", most=200, required=True),
                        _text("name_en", "英文名称", "Name in English", most=200),
                        _text("licence_type", "证照类型", "Type of licence", most=200),
                        _number("valid_years", "有效期(年)", "Valid for (years)"),
                        _flag("paper", "有纸质文书", "On paper"),
                        _text("sample_file", "样本文件", "Sample", most=200, required=True, hint=FILE),
                    ),
                ),
            ),
        ),
        Section(
            "cautions",
            ("注意事项", "Cautions"),
            lists=(
                Rows(
                    "cautions",
                    ("注意事项", "caution"),
                    ("text",),
                    (_long("text", "内容", "Text", required=True),),
                ),
            ),
        ),
        Section(
            "faq",
            ("常见问题", "Questions"),
            lists=(
                Rows(
                    "faq",
                    ("问题", "question"),
                    ("q",),
                    (
                        _text("q", "问", "Question", required=True),
                        _long("a", "答", "Answer", required=True),
                    ),
                ),
            ),
        ),
        Section(
            "booking",
            ("预约", "Bookings"),
            (
                _number("booking.daily_number", "每日可预约数", "Bookings a day", null=False),
                _some_of("booking.halls", "可预约的大厅", "Halls", _halls),
            ),
            (
                Rows(
                    "booking.slots",
                    ("时段", "slot"),
                    ("from", "to", "quota"),
                    (
                        Cell("from", ("起", "From"), "time", required=True, null=False),
                        Cell("to", ("止", "To"), "time", required=True, null=False),
                        _number("quota", "名额", "Places", required=True, null=False),
                    ),
                ),
            ),
            lead=("不可预约的事项，这里全部留空。", "For an item that is not bookable all stays empty."),
        ),
        Section(
            "parallel",
            ("并联办理", "Parallel approval"),
            (
                _one_of("switches.parallel_template.lead", "牵头部门", "Leading department", orgs),
                _number("switches.parallel_template.total_limit", "总时限", "Limit of all", null=False),
            ),
            (
                Rows(
                    "switches.parallel_template.participants",
                    ("参与部门", "participant"),
                    ("org", "task", "limit"),
                    (
                        _one_of("org", "部门", "Department", orgs),
                        _number("limit", "时限", "Limit", null=False),
                        _text("task", "办理内容", "Task", most=400),
                    ),
                ),
            ),
            lead=("只有并联件填写。", "Only for parallel cases."),
        ),
        Section(
            "supervision",
            ("事中事后监管", "Supervision"),
            (_text("supervision.kind", "监管类别", "Kind of supervision", most=200),),
            (
                Rows(
                    "supervision.points",
                    ("核查点位", "point"),
                    ("code", "promise", "check"),
                    (
                        _text("code", "编号", "Code", most=40, required=True, null=False),
                        _text("promise", "承诺内容", "What is promised"),
                        _text("check", "核查内容", "What is checked"),
                        _text("standard", "合格标准", "Standard"),
                        _text("way", "核查方式", "Way of checking"),
                    ),
                ),
            ),
        ),
        Section(
            "standard",
            ("监管操作规程", "Supervision standard"),
            tuple(
                _long(f"supervision.standard.elements.{name}", zh, en, most=20_000, required=True)
                for name, zh, en in (
                    ("basis", "监管依据", "Basis"),
                    ("body", "监管主体", "Body"),
                    ("duty", "监管职责", "Duty"),
                    ("points", "监管点位", "Points"),
                    ("content", "监管内容", "Content"),
                    ("ways", "监管方式", "Ways"),
                    ("frequency", "监管频次", "Frequency"),
                    ("pass_criteria", "合格标准", "Criteria"),
                    ("violations", "违规情形", "Violations"),
                    ("penalties", "处理措施", "Penalties"),
                    ("scope", "适用范围", "Scope"),
                )
            ),
            (
                Rows(
                    "supervision.standard.articles",
                    ("条款", "article"),
                    ("no", "title"),
                    (
                        _number("no", "第几条", "Number", null=False),
                        _text("title", "条标题", "Title", most=200, required=True),
                        _long("text", "条文", "Text", most=20_000, required=True),
                    ),
                    named_by="no",
                ),
            ),
        ),
        Section(
            "credit",
            ("信用标准", "Credit criteria"),
            (
                _one_of("credit.set_by", "制定部门", "Set by", orgs),
                _text("credit.document", "制定文件", "Document", most=400),
            ),
            (
                Rows("credit.dishonest", ("失信标准", "criterion"), ("text", "article"), CRITERIA),
                Rows("credit.seriously", ("严重失信标准", "serious criterion"), ("text", "article"), CRITERIA),
                Rows("credit.repair", ("修复条件", "repair condition"), ("text", "article"), CRITERIA),
            ),
            lead=("没有本事项专门标准的，这里全部留空。", "Without criteria of its own all stays empty."),
        ),
    )
}
PARTS: dict[str, Both] = {  # what the validator may name of a guide, as its form calls it
    "catalogue_no": ("目录编号", "Number in the catalogue"),
    "source": ("来源", "Where it is from"),
    "sample_fields": ("示例内容", "What is a sample"),
}
for _section in SECTIONS.values():
    for _name, _label in (
        *((cell.name, cell.label) for cell in _section.cells),
        *((rows.path, rows.one) for rows in _section.lists),
    ):
        PARTS[_name] = (f"{_section.title[0]} · {_label[0]}", f"{_section.title[1]} · {_label[1]}")
        PARTS.setdefault(_name.partition(".")[0], _section.title)

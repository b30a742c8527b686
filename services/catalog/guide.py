"""The guide document (办事指南/操作规程) of an item: its shape. What must be filled to publish, the validator says.

A draft may lack anything but code, name and approving organisation; whatever is there has its right form. `source`,
`sample` and `sample_fields` may stand anywhere: they say where a row comes from.
"""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from contracts import words

POWER_TYPES = ("行政许可", "行政确认", "行政给付", "行政征收", "其他", "公共服务")  # CAT-10
SENSITIVITIES = {  # CAT-19, CAT-34
    "national_security": "国家安全",
    "public_security": "公共安全",
    "ecological_security": "生态安全",
    "financial_security": "金融安全",
    "cultural_security": "文化安全",
    "production_safety": "安全生产",
    "life_health": "生命健康",
    "irrevocable": "准予后不能撤销",
    "state_secret": "涉及国家秘密",
    "endangers_public_safety": "危害公共安全",
}
UPLOAD_WAYS = ("local", "space", "licence", "camera")  # CAT-16
SPECIAL_LINKS = ("none", "onsite_check", "verification", *words.SPECIAL_KINDS)
STANDARD_ELEMENTS = (  # CAT-31: the eleven
    "basis",
    "body",
    "duty",
    "points",
    "content",
    "ways",
    "frequency",
    "pass_criteria",
    "violations",
    "penalties",
    "scope",
)
STANDARD_ARTICLES = 14
CODE = validate.Regexp(r"^[0-9A-Z]{12,31}$")
TIME = validate.Regexp(r"^([01]\d|2[0-3]):[0-5]\d$")


def text(most: int = 4000, **options: Any) -> fields.String:
    """Words, perhaps none yet."""
    return fields.String(allow_none=True, validate=validate.Length(max=most), **options)


def words_list(inner: fields.Field | None = None, most: int = 100) -> fields.List:
    """A list of short texts."""
    return fields.List(
        inner or fields.String(validate=validate.Length(min=1, max=400)), validate=validate.Length(max=most)
    )


def flag() -> fields.Boolean:
    """True or false and nothing else."""
    return fields.Boolean(truthy={True}, falsy={False})


def count(most: int = 100_000, *, null: bool = False) -> fields.Integer:
    """A whole number from 0."""
    return fields.Integer(strict=True, allow_none=null, validate=validate.Range(0, most))


class Part(Schema):
    """A part of the guide; may say where it comes from."""

    source = text(400)
    sample = flag()
    sample_fields = words_list()


def part(name: str, /, **parts: fields.Field) -> type[Schema]:
    """A named part with these fields."""
    return type(name, (Part,), dict(parts))


def rows(name: str, /, **parts: fields.Field) -> fields.List:
    """A list of parts."""
    return fields.List(fields.Nested(part(name, **parts)), validate=validate.Length(max=300))


def one(name: str, /, **parts: fields.Field) -> fields.Nested:
    """One part, or none."""
    return fields.Nested(part(name, **parts), allow_none=True)


SLOT: dict[str, Any] = {
    "from": fields.String(required=True, validate=TIME),
    "to": fields.String(required=True, validate=TIME),
    "quota": fields.Integer(strict=True, required=True, validate=validate.Range(1, 10_000)),
}


class Guide(Part):
    """The whole document."""

    code = fields.String(required=True, validate=CODE)
    code_source = text()
    catalogue_no = count(null=True)
    region_code = text(12)
    leaf = flag()
    parent = fields.String(allow_none=True, validate=CODE)
    sub_items = words_list(fields.String(validate=CODE))
    name = fields.String(required=True, validate=validate.Length(1, 200))
    name_en = text(400)
    power_type = fields.String(allow_none=True, validate=validate.OneOf(POWER_TYPES))
    service_object = words_list(fields.String(validate=validate.OneOf(words.SUBJECT_TYPES)))
    themes = words_list()
    kind = fields.String(allow_none=True, validate=validate.OneOf(words.KINDS))
    approving_org = fields.String(required=True, validate=validate.Length(1, 40))
    supervising_orgs = words_list()
    sensitivities = words_list(fields.String(validate=validate.OneOf(tuple(SENSITIVITIES))))
    basis = rows("Basis", law=text(), article=text(), text=text(20_000))
    # `check` says it to the rules that decide at once (FIL-40); what they do not understand they leave to people.
    conditions = rows("Condition", text=text(), machine_checkable=flag(), check=fields.Dict(allow_none=True))
    materials = rows(
        "Material",
        code=fields.String(required=True, validate=validate.Length(1, 40)),
        name=text(400),
        name_en=text(400),
        basis=text(),
        stated_in=text(),
        form=text(100),
        copies=one("Copies", original=count(99), copy=count(99)),
        requirement=text(),
        needs_signature=flag(),
        needs_seal=flag(),
        required=flag(),
        deferrable=flag(),
        defer_days=count(1000, null=True),
        promise_replaceable=flag(),
        licence_type=text(100),
        upload_ways=words_list(fields.String(validate=validate.OneOf(UPLOAD_WAYS))),
        formats=words_list(fields.String(validate=validate.Regexp(r"^[a-z0-9]{1,8}$"))),
        max_bytes=count(2**31, null=True),
        scan_required=flag(),
        check_original_at_pickup=flag(),
        blank_form=text(200),
        sample_file=text(200),
        review_points=words_list(),
    )
    form_fields = rows(
        "FormField",
        key=fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9_]{0,60}$")),
        label=fields.String(required=True, validate=validate.Length(1, 200)),
        label_en=text(200),
        type=fields.String(required=True, validate=validate.Length(1, 40)),
        required=flag(),
        any_of_group=text(40),
        validator=text(100),
        prefill=text(100),
        options=words_list(),
    )
    steps = rows(
        "Step",
        code=fields.String(required=True, validate=validate.Length(1, 40)),
        name=text(100),
        role=fields.String(allow_none=True, validate=validate.OneOf(words.ROLES)),
        limit_wd=count(1000),
    )
    special_links = rows(
        "SpecialLink",
        kind=fields.String(required=True, validate=validate.OneOf(SPECIAL_LINKS)),
        name=text(200),
        name_en=text(200),
        limit_wd=count(1000),
        counted=flag(),
    )
    limits = one(
        "Limits",
        statutory=count(1000, null=True),
        committed=count(1000, null=True),
        commit=count(1000, null=True),
        unit=fields.String(validate=validate.OneOf(("wd", "nd"))),
        statutory_text=text(),
        statutory_note=text(),
        statutory_source=text(),
        committed_source=text(),
        commit_source=text(),
        over_half_reason=text(),
        originals_due=one("OriginalsDue", value=count(1000), unit=fields.String(validate=validate.OneOf(("wd", "nd")))),
    )
    visits_max = count(20, null=True)
    fee = one(
        "Fee",
        charged=flag(),
        text=text(),
        text_en=text(),
        basis=text(),
        amount_fen=count(10**9, null=True),  # paid online when given
        by_answer=rows("FeeByAnswer", field=text(40), answer=text(100), amount_fen=count(10**9)),  # of the form
        before_decision=flag(),
    )
    place = one("Place", halls=words_list(), text=text())
    hours = one(
        "Hours", **{"days": text(100), "from": fields.String(validate=TIME), "to": fields.String(validate=TIME)}
    )
    phones = one("Phones", enquiry=text(40), complaint=text(40))
    cautions = rows("Caution", text=text())
    faq = rows("Question", q=text(), a=text())
    online_level = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 3))
    switches = one(
        "Switches",
        online=flag(),
        commit=flag(),
        commit_off_reason=text(),
        commit_source=text(),
        same_city=flag(),
        same_city_off_reason=text(),
        bookable=flag(),
        express_in=flag(),
        express_out=flag(),
        window_in=flag(),
        window_out=flag(),
        instant=flag(),
        single_reviewer=flag(),
        letter_in_lieu=flag(),
        parallel_template=one(
            "ParallelTemplate",
            lead=text(40),
            total_limit=count(1000),
            participants=rows("Participant", org=text(40), limit=count(1000), task=text(400)),
        ),
    )
    result_docs = rows(
        "ResultDoc",
        name=text(200),
        name_en=text(200),
        licence_type=text(200),
        valid_years=count(100, null=True),
        paper=flag(),
        sample_file=text(200),
    )
    booking = one(
        "Booking",
        daily_number=count(),
        halls=words_list(),
        slots=rows("Slot", **SLOT),
    )
    supervision = one(
        "Supervision",
        kind=text(200),
        points=rows(
            "Point",
            code=fields.String(required=True, validate=validate.Length(1, 40)),
            promise=text(),
            check=text(),
            standard=text(),
            way=text(),
        ),
        standard=one(
            "Standard",
            elements=one("Elements", **{name: text(20_000) for name in STANDARD_ELEMENTS}),
            articles=rows("Article", no=count(100), title=text(200), text=text(20_000)),
        ),
    )

    credit = one(
        "Credit",
        set_by=text(40),
        document=text(400),
        dishonest=rows("Dishonest", text=text(), article=text(400)),
        seriously=rows("Seriously", text=text(), article=text(400)),
        repair=rows("RepairCondition", text=text(), article=text(400)),
    )

    @validates_schema
    def _bookings_add_up(self, data: dict[str, Any], **kwargs: Any) -> None:
        booking = data.get("booking")
        if booking and not (booking.get("slots") is not None and booking.get("halls")):
            raise ValidationError("须填写大厅和时段 / halls and slots are needed", "booking")


def load(document: dict[str, Any]) -> dict[str, Any]:
    """The document, if its form is right; marshmallow.ValidationError otherwise."""
    return Guide().load(document)


def changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Names of the elements of the guide that differ."""
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))

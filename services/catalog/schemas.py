"""Request and response schemas of the catalog's API."""

from typing import Any

from marshmallow import Schema, fields, validate

from chassis.paging import PageArgs as PageArgs
from services.catalog.contents import KINDS as CONTENT_KINDS
from services.catalog.guide import SLOT, Guide

UNITS = ("wd", "nd", "month", "year")
OBJECTS = ("person", "legal")

# --- places -----------------------------------------------------------------------------------------------------------


class RegionArgs(PageArgs):
    """Which regions."""

    parent = fields.String(load_default=None, metadata={"description": "code of the region above"})
    level = fields.String(load_default=None, validate=validate.OneOf(("city", "district", "street", "village")))


class RegionOut(Schema):
    """A region."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(allow_none=True)
    level = fields.String(required=True)
    parent = fields.String(allow_none=True)
    site_enabled = fields.Boolean(required=True)


class OrgArgs(PageArgs):
    """Which organisations."""

    kind = fields.String(load_default=None)
    region = fields.String(load_default=None)
    parent = fields.String(load_default=None)
    q = fields.String(load_default=None, validate=validate.Length(max=100))
    active = fields.Boolean(load_default=None, allow_none=True)


class OrgOut(Schema):
    """An organisation."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    aliases = fields.List(fields.String())
    kind = fields.String(required=True)
    region = fields.String(required=True)
    parent = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    in_city_centre = fields.Boolean()
    active = fields.Boolean(required=True)
    inactive_reason = fields.String(allow_none=True)


class HallArgs(PageArgs):
    """Which halls."""

    region = fields.String(load_default=None, metadata={"description": "the region and what lies in it"})
    level = fields.String(load_default=None, validate=validate.OneOf(("city", "district", "street")))
    item = fields.String(load_default=None, metadata={"description": "code of an item that has a window there"})


class HoursOut(Schema):
    """Service hours (TIM-06)."""

    days = fields.String(required=True)
    opens = fields.String(required=True, attribute="from")
    closes = fields.String(required=True, attribute="to")


class QueueGroupOut(Schema):
    """A queue of a hall."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(allow_none=True)


class HallOut(Schema):
    """A hall."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    org = fields.String(required=True)
    region = fields.String(required=True)
    level = fields.String(required=True)
    address = fields.String(required=True)
    phone = fields.String(allow_none=True)
    service_hours = fields.Nested(HoursOut, required=True)


class WindowOut(Schema):
    """A window; `items` null takes any same-city item."""

    code = fields.Function(lambda window: f"{window.hall}-{window.window_no}")
    number = fields.String(required=True, attribute="window_no")
    name = fields.String(required=True)
    kind = fields.String(required=True)
    org = fields.String(required=True)
    items = fields.List(fields.String(), allow_none=True)
    queue_group = fields.String(required=True)


class HallPageOut(HallOut):
    """A hall with its queues and windows."""

    queue_groups = fields.List(fields.Nested(QueueGroupOut), required=True)
    windows = fields.List(fields.Nested(WindowOut), required=True)


# --- items ------------------------------------------------------------------------------------------------------------


class ItemArgs(PageArgs):
    """Which items (CAT-03, CAT-04)."""

    q = fields.String(load_default=None, validate=validate.Length(max=100), metadata={"description": "words"})
    region = fields.String(load_default=None, metadata={"description": "site: city or district code"})
    near = fields.String(load_default=None, metadata={"description": "with q: of equal hits those of this site first"})
    org = fields.String(load_default=None, metadata={"description": "organisation, or the department above it"})
    theme = fields.String(load_default=None)
    service_object = fields.String(load_default=None, validate=validate.OneOf(OBJECTS))
    bookable = fields.Boolean(load_default=None, allow_none=True)


class ThemeArgs(Schema):
    """Which themes."""

    region = fields.String(load_default=None)
    service_object = fields.String(load_default=None, validate=validate.OneOf(OBJECTS))


class ThemeOut(Schema):
    """A theme."""

    theme = fields.String(required=True)
    items = fields.Integer(required=True)


class ThemesOut(Schema):
    """All themes."""

    items = fields.List(fields.Nested(ThemeOut), required=True)


class ItemOut(Schema):
    """An item in a list."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(allow_none=True)
    parent = fields.String(allow_none=True)
    leaf = fields.Boolean(required=True)
    version = fields.Integer(allow_none=True)
    region = fields.String(required=True)
    region_name = fields.String(allow_none=True)
    region_level = fields.String(allow_none=True, metadata={"description": "city or district"})
    approving_org = fields.String(required=True)
    approving_org_name = fields.String(allow_none=True)
    bookable = fields.Boolean(required=True)
    power_type = fields.String(allow_none=True)
    kind = fields.String(allow_none=True)
    service_object = fields.List(fields.String(), allow_none=True)
    themes = fields.List(fields.String(), allow_none=True)
    switches = fields.Dict(allow_none=True)
    limits = fields.Dict(allow_none=True)
    online_level = fields.Integer(allow_none=True)
    visits_max = fields.Integer(allow_none=True)


class LinkOut(Schema):
    """An item by code and name."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(allow_none=True)


class ElsewhereOut(Schema):
    """Another site on which the search has hits (CAT-02)."""

    region = fields.String(required=True)
    region_name = fields.String(allow_none=True)
    level = fields.String(allow_none=True)
    count = fields.Integer(required=True)
    items = fields.List(fields.Nested(LinkOut), required=True)


class ReadyList(fields.List):
    """Rows that stand ready as they are sent: the inner schema describes them and would only copy them again."""

    def _serialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value


class ItemPage(Schema):
    """One page of items; when this site has none, where they are."""

    items = ReadyList(fields.Nested(ItemOut), required=True)
    next = fields.String(required=True, allow_none=True)
    elsewhere = fields.List(fields.Nested(ElsewhereOut), required=True)
    similar = fields.Boolean(required=True, metadata={"description": "nothing matches q; these come near"})


class FindingOut(Schema):
    """A fault or warning of the validator."""

    rule = fields.String(required=True)
    article = fields.String(required=True)
    field = fields.String(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)


class FindingsOut(Schema):
    """What the validator says about a draft."""

    failures = fields.List(fields.Nested(FindingOut), required=True)
    warnings = fields.List(fields.Nested(FindingOut), required=True)


class VersionOut(Schema):
    """A version in a list."""

    code = fields.String(required=True)
    version = fields.Integer(required=True, attribute="number")
    state = fields.String(required=True)
    change_log = fields.String(allow_none=True)
    changes = fields.List(fields.String())
    published_at = fields.AwareDateTime(allow_none=True)
    effective_from = fields.Date(allow_none=True)
    effective_to = fields.Date(allow_none=True)


class GuideOut(VersionOut):
    """A version with its guide document, which never changes once published."""

    warnings = fields.List(fields.Nested(FindingOut))
    guide = fields.Raw(required=True, attribute="document", metadata={"description": "the document, see GuideIn"})


class ItemPageOut(GuideOut):
    """The page of an item: the version in force."""

    approving_org_name = fields.String(attribute="org_name", allow_none=True)
    sub_items = fields.List(fields.Nested(LinkOut))


class GuideIn(Guide):
    """A guide document as a draft."""


class DraftOut(Schema):
    """A draft."""

    code = fields.String(required=True)
    state = fields.String(required=True)
    guide = fields.Raw(required=True, attribute="document")
    updated_at = fields.AwareDateTime(required=True)


class DraftLineOut(Schema):
    """A draft in a list."""

    code = fields.String(required=True)
    name = fields.Function(lambda draft: draft.document["name"])
    approving_org = fields.Function(lambda draft: draft.document["approving_org"])
    updated_at = fields.AwareDateTime(required=True)


class PublicationIn(Schema):
    """Why this version."""

    change_log = fields.String(required=True, validate=validate.Length(1, 2000))


class RetirementIn(Schema):
    """Why the item ends."""

    reason = fields.String(required=True, validate=validate.Length(1, 2000))


class StandardOut(Schema):
    """The supervision standard in force (CAT-31)."""

    item_code = fields.String(required=True)
    version = fields.Integer(required=True, attribute="number")
    supervising_org = fields.String(required=True, attribute="org")
    published_at = fields.AwareDateTime(required=True)
    standard = fields.Raw(required=True, attribute="document")


SlotIn = Schema.from_dict(SLOT, name="SlotIn")


class QuotaIn(Schema):
    """The daily number of bookings, slot by slot."""

    slots = fields.List(fields.Nested(SlotIn), required=True, validate=validate.Length(1, 48))
    valid_until = fields.Date(load_default=None, allow_none=True)


class QuotaArgs(PageArgs):
    """Which quotas."""

    item = fields.String(load_default=None)
    hall = fields.String(load_default=None)


class QuotaOut(Schema):
    """A booking quota (CAT-21)."""

    item_code = fields.String(required=True)
    hall = fields.String(required=True)
    queue_group = fields.String(required=True)
    valid_from = fields.Date(required=True)
    valid_until = fields.Date(allow_none=True)
    daily_number = fields.Integer(required=True)
    slots = fields.List(fields.Nested(SlotIn), required=True)


class FormOut(Schema):
    """A printable form that is kept now."""

    name = fields.String(required=True)
    media_type = fields.String(required=True)
    sha256 = fields.String(required=True)


# --- calendar ---------------------------------------------------------------------------------------------------------


class DayOut(Schema):
    """A day."""

    date = fields.String(required=True, metadata={"format": "date"})
    is_workday = fields.Boolean(required=True)
    kind = fields.String(required=True)
    name = fields.String()


class MonthOut(Schema):
    """A month."""

    month = fields.Integer(required=True)
    days = fields.List(fields.Nested(DayOut), required=True)


class YearOut(Schema):
    """A year of the working calendar (CAT-42)."""

    year = fields.Integer(required=True)
    status = fields.String(required=True)
    document = fields.String(required=True)
    workday_count = fields.Integer(required=True)
    months = fields.List(fields.Nested(MonthOut), required=True)
    edges = fields.List(
        fields.Nested(DayOut), metadata={"description": "days next to the year that its notice moves, too"}
    )


class NamedDayIn(Schema):
    """A day of the arrangement."""

    date = fields.Date(required=True)
    name = fields.String(required=True, validate=validate.Length(1, 40))


class YearIn(Schema):
    """The arrangement of a year."""

    holidays = fields.List(fields.Nested(NamedDayIn), required=True, validate=validate.Length(1, 100))
    workdays = fields.List(fields.Nested(NamedDayIn), load_default=list, validate=validate.Length(max=60))
    document_no = fields.String(load_default="", validate=validate.Length(max=100))
    status = fields.String(load_default="official", validate=validate.OneOf(("official", "provisional")))


class DeadlineIn(Schema):
    """A limit to explain (TIM-10)."""

    anchor = fields.Date(required=True, metadata={"description": "day 0, not counted"})
    n = fields.Integer(strict=True, required=True, validate=validate.Range(1, 1000))
    unit = fields.String(required=True, validate=validate.OneOf(UNITS))
    rule = fields.String(required=True, validate=validate.Length(1, 40))
    side = fields.String(load_default="authority", validate=validate.OneOf(("authority", "applicant")))


class DeadlineOut(Schema):
    """The date and its reasons."""

    date = fields.String(required=True)
    at = fields.String(required=True)
    provisional = fields.Boolean(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)
    explanation = fields.Raw(required=True)


# --- exchange ---------------------------------------------------------------------------------------------------------


class ExportArgs(Schema):
    """What to export, and how."""

    format = fields.String(load_default="json", validate=validate.OneOf(("json", "xlsx")))
    org = fields.String(load_default=None, validate=validate.Length(max=40))


class ImportArgs(Schema):
    """Why these versions, and whether only to look."""

    change_log = fields.String(required=True, validate=validate.Length(1, 2000))
    dry_run = fields.Boolean(load_default=False)


class ImportFailureOut(Schema):
    """What is wrong, and in which row of which sheet."""

    sheet = fields.String(required=True)
    row = fields.Integer(required=True)
    field = fields.String(required=True)
    zh = fields.String(required=True)
    en = fields.String(required=True)
    rule = fields.String()
    article = fields.String()


class ImportRowOut(Schema):
    """What became of one item of the file."""

    sheet = fields.String(required=True)
    row = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    outcome = fields.String(required=True)
    version = fields.Integer(allow_none=True)
    changes = fields.List(fields.String())
    failures = fields.List(fields.Nested(ImportFailureOut), required=True)


class ImportOut(Schema):
    """The report of an import (CAT-24)."""

    dry_run = fields.Boolean(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    rows = fields.List(fields.Nested(ImportRowOut), required=True)


# --- published texts --------------------------------------------------------------------------------------------------


class ContentArgs(PageArgs):
    """Which published texts."""

    kind = fields.String(load_default=None, validate=validate.OneOf(CONTENT_KINDS))
    org = fields.String(load_default=None, validate=validate.Length(max=40))
    region = fields.String(load_default=None, validate=validate.Length(max=12))
    q = fields.String(load_default=None, validate=validate.Length(max=100))


class ContentIn(Schema):
    """A text to publish; the form of `document` goes by its kind."""

    code = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9-]{1,59}$"))
    kind = fields.String(required=True, validate=validate.OneOf(CONTENT_KINDS))
    title = fields.String(required=True, validate=[validate.Length(1, 200), validate.Regexp(r".*\S")])
    org = fields.String(required=True, validate=validate.Length(1, 40))
    document = fields.Dict(required=True)
    change_log = fields.String(required=True, validate=validate.Length(1, 2000))


class ContentLineOut(Schema):
    """A published text in a list."""

    code = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    org = fields.String(required=True)
    region = fields.String(required=True)
    version = fields.Integer(required=True, attribute="current_version")


class ContentOut(ContentLineOut):
    """A version of a published text."""

    version = fields.Integer(required=True, attribute="number")
    document = fields.Raw(required=True)
    change_log = fields.String(required=True)
    published_at = fields.AwareDateTime(required=True)


class ContentVersionOut(Schema):
    """A version in a list."""

    version = fields.Integer(required=True, attribute="number")
    change_log = fields.String(required=True)
    published_at = fields.AwareDateTime(required=True)


class FavouriteOut(Schema):
    """An item that the caller keeps at hand."""

    code = fields.String(required=True, attribute="item_code")
    name = fields.String(required=True)
    name_en = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    org = fields.String(required=True)
    org_name = fields.String(required=True, allow_none=True)
    region = fields.String(required=True)
    region_name = fields.String(required=True, allow_none=True)
    added_at = fields.AwareDateTime(required=True, attribute="created_at")


class PackageArgs(Schema):
    """Which questions of a theme package are answered with yes."""

    answer = fields.List(
        fields.Integer(validate=validate.Range(0, 99)),
        load_default=[],
        metadata={"description": "number of a question, from 0, that is answered with yes; repeat it"},
    )


class PackageItemOut(LinkOut):
    """An item of a theme package."""

    version = fields.Integer(required=True)
    approving_org = fields.String(required=True)
    limits = fields.Raw(allow_none=True)


class PackageOut(Schema):
    """A theme package for some answers: one form, one set of materials."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    version = fields.Integer(required=True)
    limit = fields.String(required=True, allow_none=True)
    items = fields.List(fields.Nested(PackageItemOut), required=True)
    materials = fields.List(
        fields.Dict(), required=True, metadata={"description": "as in GuideIn; asked_by: item and material"}
    )
    form_fields = fields.List(
        fields.Dict(), required=True, metadata={"description": "as in GuideIn; asked_by: codes of items"}
    )
    materials_spared = fields.Integer(required=True, metadata={"description": "asked for once instead of again"})


# --- files ------------------------------------------------------------------------------------------------------------

BINARY = {"type": "string", "format": "binary"}


class ItemsFile(Schema):
    """The guides of an export."""

    items = fields.List(fields.Dict(), required=True)


def file_of(*media_types: str) -> dict[str, Any]:
    """A file as the body of a request, for OpenAPI."""
    return {"required": True, "content": {media_type: {"schema": BINARY} for media_type in media_types}}

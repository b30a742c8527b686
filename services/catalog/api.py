"""HTTP interface of the catalog: parse, authorise, call the verb, dump."""

from types import SimpleNamespace
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from chassis import etag, sheets, workdays
from chassis.arguments import at_most
from chassis.auth import Citizen, Public, Staff, actor, allow
from chassis.errors import Refusal
from chassis.idempotency import idempotent
from chassis.paging import page, page_schema
from contracts import rules
from services.catalog import (
    contents,
    exchange,
    favourites,
    forms,
    halls,
    orgs,
    packages,
    quotas,
    regions,
    schemas,
    search,
    standards,
    years,
)
from services.catalog import items as verbs
from services.catalog.models import (
    Content,
    ContentVersion,
    Favourite,
    FormFile,
    Hall,
    Item,
    ItemVersion,
    Org,
    Quota,
    Region,
    Standard,
)

places = Blueprint("places", __name__, description="区域、机构、大厅 regions, organisations, halls")
items = Blueprint("items", __name__, description="政务服务事项 service items and their guides")
calendar = Blueprint("calendar", __name__, description="工作日历与期限 working calendar and limits")

SHORT = {"Cache-Control": "public, max-age=60"}
LONG = {"Cache-Control": "public, max-age=86400, immutable"}
EDITOR = Staff("catalog_editor")
KEEPER = Citizen(shared="the item in the path is public; what changes is the caller's own list (CAT-05)")


# --- places -----------------------------------------------------------------------------------------------------------


@places.get("/regions")
@allow(Public())
@places.arguments(schemas.RegionArgs, location="query")
@places.response(200, page_schema(schemas.RegionOut))
def list_regions(arguments: dict[str, Any]) -> Any:
    """City, districts, streets, villages (CAT-01)"""
    query = regions.listing(arguments["parent"], arguments["level"])
    return _page(query, [Region.code], arguments), 200, SHORT


@places.get("/orgs")
@allow(Public())
@places.arguments(schemas.OrgArgs, location="query")
@places.response(200, page_schema(schemas.OrgOut))
def list_orgs(arguments: dict[str, Any]) -> Any:
    """Organisations (CAT-40)"""
    names = ("kind", "region", "parent", "q")
    query = orgs.listing(*(arguments[name] for name in names), active=arguments["active"])
    return _page(query, [Org.code], arguments), 200, SHORT


@places.get("/orgs/<code>")
@allow(Public())
@places.response(200, schemas.OrgOut)
def get_org(code: str) -> Any:
    """One organisation"""
    org = Org.get_or_refuse(Org.code == code)
    etag.set(org)
    return org, 200, SHORT


@places.get("/halls")
@allow(Public())
@places.arguments(schemas.HallArgs, location="query")
@places.response(200, page_schema(schemas.HallOut))
def list_halls(arguments: dict[str, Any]) -> Any:
    """Halls with their service hours (CAT-43, TIM-06)"""
    query = halls.listing(arguments["region"], arguments["level"], arguments["item"])
    return _page(query, [Hall.code], arguments), 200, SHORT


@places.get("/halls/<code>")
@allow(Public())
@places.response(200, schemas.HallPageOut)
def get_hall(code: str) -> Any:
    """One hall with its queues and windows"""
    hall = Hall.get_or_refuse(Hall.code == code)
    hall.windows = halls.windows_of(code)
    return hall, 200, SHORT


# --- finding items ----------------------------------------------------------------------------------------------------


@items.get("/items")
@allow(Public())
@items.arguments(schemas.ItemArgs, location="query")
@items.response(200, schemas.ItemPage)
def list_items(arguments: dict[str, Any]) -> Any:
    """Published items; a miss on this site says which site has them (CAT-02, CAT-03, CAT-04)"""
    filters = {name: arguments[name] for name in ("org", "theme", "service_object", "bookable")}
    region = arguments["region"]
    if (arguments["q"] or "").strip():
        rest = {name: arguments[name] for name in ("q", "near", "limit", "cursor")}
        return search.ranked(**rest, region=region, **filters), 200, SHORT
    query = search.query(region=region, **filters)
    found = page(
        query, [Item.code], search.shown, limit=arguments["limit"], cursor=arguments["cursor"], newest_first=False
    )
    missed = region and not found["items"] and arguments["cursor"] is None
    return found | {"elsewhere": search.elsewhere(region, **filters) if missed else [], "similar": False}, 200, SHORT


@items.get("/themes")
@allow(Public())
@items.arguments(schemas.ThemeArgs, location="query")
@items.response(200, schemas.ThemesOut)
def list_themes(arguments: dict[str, Any]) -> Any:
    """Themes with their numbers of items (CAT-03)"""
    return {"items": search.themes(**arguments)}, 200, SHORT


@items.get("/items/<code>")
@allow(Public())
@items.response(200, schemas.ItemPageOut)
def get_item(code: str) -> Any:
    """The page of an item: its guide as it is in force, with ETag"""
    row = verbs.current(code)
    if row.item_leaf:
        etag.set(row)
        row.sub_items = []
    else:  # what stands below a heading is not part of its version
        row.sub_items = list(verbs.sub_items(code))
    return row, 200, SHORT


@items.get("/items/<code>/versions")
@allow(Public())
@items.arguments(schemas.PageArgs, location="query")
@items.response(200, page_schema(schemas.VersionOut))
def list_versions(arguments: dict[str, Any], code: str) -> Any:
    """The published versions of an item, newest first (CAT-24)"""
    return _page(verbs.versions(code), [ItemVersion.number], arguments, newest_first=True), 200, SHORT


@items.get("/items/<code>/versions/<int:number>")
@allow(Public())
@items.response(200, schemas.GuideOut)
def get_version(code: str, number: int) -> Any:
    """Any published version: a case keeps the one it was filed under (CAT-24)"""
    row = verbs.version(code, number)
    etag.set(row)
    return row, 200, SHORT if row.state == "published" else LONG


@items.get("/items/<code>/supervision-standard")
@allow(Public())
@items.response(200, schemas.StandardOut)
def get_standard(code: str) -> Any:
    """The supervision standard of an item (CAT-31)"""
    row = standards.latest(code) or Standard.get_or_refuse(Standard.item_code == code)
    etag.set(row)
    return row, 200, SHORT


# --- editing items ----------------------------------------------------------------------------------------------------


@items.get("/drafts")
@allow(EDITOR)
@items.arguments(schemas.PageArgs, location="query")
@items.response(200, page_schema(schemas.DraftLineOut))
def list_drafts(arguments: dict[str, Any]) -> Any:
    """Drafts of the organisations that the caller edits"""
    return _page(verbs.drafts(), [ItemVersion.updated_at], arguments, newest_first=True)


@items.post("/items")
@allow(EDITOR)
@idempotent
@items.arguments(schemas.GuideIn)
@items.response(201, schemas.DraftOut)
def create_item(body: dict[str, Any]) -> Any:
    """Begin a new item as a draft (CAT-24, CAT-35)"""
    row = verbs.create(body)
    etag.set(row)
    return row


@items.get("/items/<code>/draft")
@allow(EDITOR)
@items.response(200, schemas.DraftOut)
def get_draft(code: str) -> Any:
    """The draft of an item"""
    row = verbs.draft(code)
    etag.set(row)
    return row


@items.put("/items/<code>/draft")
@allow(EDITOR)
@items.arguments(schemas.GuideIn)
@items.response(200, schemas.DraftOut)
def put_draft(body: dict[str, Any], code: str) -> Any:
    """Save the draft; changing one that exists needs If-Match"""
    row = verbs.edit(code, body)
    etag.set(row)
    return row


@items.delete("/items/<code>/draft")
@allow(EDITOR)
@items.response(204)
def delete_draft(code: str) -> None:
    """Discard the draft"""
    verbs.discard(code)


@items.get("/items/<code>/draft/findings")
@allow(EDITOR)
@items.response(200, schemas.FindingsOut)
def get_findings(code: str) -> Any:
    """What would keep the draft from being published (CAT-12…34)"""
    return verbs.review(code)


@items.post("/items/<code>/publication")
@allow(EDITOR)
@idempotent
@items.arguments(schemas.PublicationIn)
@items.response(201, schemas.GuideOut)
def publish(body: dict[str, Any], code: str) -> Any:
    """Publish the draft as the next version, or list every fault by field and rule (CAT-12…20, CAT-31, CAT-34)"""
    row = verbs.publish(code, body["change_log"])
    etag.set(row)
    return row


@items.post("/items/<code>/retirement")
@allow(EDITOR)
@idempotent
@items.arguments(schemas.RetirementIn)
@items.response(200, schemas.VersionOut)
def retire(body: dict[str, Any], code: str) -> Any:
    """Take no new cases after today"""
    row = verbs.retire(code, body["reason"])
    etag.set(row)
    return row


@items.get("/item-exports")
@allow(EDITOR)
@items.arguments(schemas.ExportArgs, location="query")
@items.alt_response(200, schema=schemas.BINARY, content_type=sheets.XLSX)
@items.response(200, schemas.ItemsFile, content_type=sheets.JSON)
def export_items(arguments: dict[str, Any]) -> Response:
    """The guides in force that the caller edits, as JSON or .xlsx (CAT-24)"""
    kind = arguments["format"]
    content = exchange.export(arguments["org"], kind)
    response = Response(content, content_type=sheets.XLSX if kind == "xlsx" else sheets.JSON)
    response.headers["Content-Disposition"] = f'attachment; filename="items.{kind}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@items.post("/item-imports")
@allow(EDITOR)
@at_most(exchange.MOST_BYTES)
@idempotent
@items.doc(requestBody=schemas.file_of(sheets.JSON, sheets.XLSX))
@items.arguments(schemas.ImportArgs, location="query")
@items.response(200, schemas.ImportOut)
def import_items(arguments: dict[str, Any]) -> Any:
    """Publish the items of a JSON or .xlsx file, all or none, with a report row by row (CAT-24)"""
    return exchange.take_in(request.get_data(cache=False), request.mimetype, **arguments)


# --- bookings and forms -----------------------------------------------------------------------------------------------


@items.get("/booking-quotas")
@allow(Public())
@items.arguments(schemas.QuotaArgs, location="query")
@items.response(200, page_schema(schemas.QuotaOut))
def list_quotas(arguments: dict[str, Any]) -> Any:
    """Bookable items and their daily numbers, hall by hall (CAT-21)"""
    return (
        _page(quotas.listing(arguments["item"], arguments["hall"]), [Quota.item_code, Quota.hall], arguments),
        200,
        SHORT,
    )


@items.get("/items/<code>/booking-quotas/<hall>")
@allow(Public())
@items.response(200, schemas.QuotaOut)
def get_quota(code: str, hall: str) -> Any:
    """The quota of an item in a hall"""
    row = Quota.get_or_refuse(Quota.item_code == code, Quota.hall == hall)
    etag.set(row)
    return row


@items.put("/items/<code>/booking-quotas/<hall>")
@allow(EDITOR)
@items.arguments(schemas.QuotaIn)
@items.response(200, schemas.QuotaOut)
def put_quota(body: dict[str, Any], code: str, hall: str) -> Any:
    """Set the daily number from today on; changing one that exists needs If-Match (CAT-21)"""
    row = quotas.put(code, hall, body["slots"], body["valid_until"])
    etag.set(row)
    return row


@items.get("/forms/<name>")
@allow(Public())
@items.response(200, schemas.BINARY, content_type="*/*")
def get_form(name: str) -> Response:
    """A blank form or a filled sample, to be printed (CAT-13)"""
    row = FormFile.get_or_refuse(FormFile.name == f"forms/{name}")
    etag.set(SimpleNamespace(id=row.sha256[:32], version=1))
    response = Response(forms.content(row), content_type=row.media_type)
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@items.put("/forms/<name>")
@allow(Staff("catalog_editor", shared="forms belong to no unit, and a name keeps its content for ever (CAT-13)"))
@items.doc(requestBody=schemas.file_of("application/octet-stream"))
@items.response(200, schemas.FormOut)
def put_form(name: str) -> Any:
    """Upload a form (pdf, docx, xlsx) under a new name; a name keeps its content (CAT-13)"""
    return forms.put(f"forms/{name}", request.get_data())


# --- favourites -------------------------------------------------------------------------------------------------------


@items.get("/me/favourites")
@allow(Citizen())
@items.arguments(schemas.PageArgs, location="query")
@items.response(200, page_schema(schemas.FavouriteOut))
def my_favourites(arguments: dict[str, Any]) -> Any:
    """The items that the caller keeps at hand, newest first (CAT-05)"""
    return _page(favourites.mine(actor().id), [Favourite.id], arguments, newest_first=True)


@items.put("/me/favourites/<code>")
@allow(KEEPER)
@items.response(204)
def add_favourite(code: str) -> None:
    """Keep an item at hand"""
    favourites.add(actor().id, code)


@items.delete("/me/favourites/<code>")
@allow(KEEPER)
@items.response(204)
def remove_favourite(code: str) -> None:
    """Keep it no longer"""
    favourites.remove(actor().id, code)


# --- published texts --------------------------------------------------------------------------------------------------


@items.get("/contents")
@allow(Public())
@items.arguments(schemas.ContentArgs, location="query")
@items.response(200, page_schema(schemas.ContentLineOut))
def list_contents(arguments: dict[str, Any]) -> Any:
    """Public columns, theme packages, parallel templates, intermediaries (CAT-06, CAT-26, CAT-27, CAT-30)"""
    query = contents.listing(*(arguments[name] for name in ("kind", "org", "region", "q")))
    return _page(query, [Content.code], arguments), 200, SHORT


@items.get("/contents/<code>")
@allow(Public())
@items.response(200, schemas.ContentOut)
def get_content(code: str) -> Any:
    """A published text as it is in force"""
    row = contents.read(code)
    etag.set(row)
    return row, 200, SHORT


@items.get("/contents/<code>/package")
@allow(Public())
@items.arguments(schemas.PackageArgs, location="query")
@items.response(200, schemas.PackageOut)
def get_package(arguments: dict[str, Any], code: str) -> Any:
    """A theme package with its merged form and its one material set (CAT-26)"""
    return packages.read(code, arguments["answer"]), 200, SHORT


@items.get("/contents/<code>/versions")
@allow(Public())
@items.arguments(schemas.PageArgs, location="query")
@items.response(200, page_schema(schemas.ContentVersionOut))
def list_content_versions(arguments: dict[str, Any], code: str) -> Any:
    """The versions of a published text, newest first"""
    return _page(contents.versions(code), [ContentVersion.number], arguments, newest_first=True), 200, SHORT


@items.get("/contents/<code>/versions/<int:number>")
@allow(Public())
@items.response(200, schemas.ContentOut)
def get_content_version(code: str, number: int) -> Any:
    """Any version of a published text"""
    return contents.read(code, number), 200, SHORT


@items.post("/contents")
@allow(EDITOR)
@idempotent
@items.arguments(schemas.ContentIn)
@items.response(201, schemas.ContentOut)
def create_content(body: dict[str, Any]) -> Any:
    """Publish a new text (CAT-06)"""
    row = contents.create(body)
    etag.set(row)
    return row


@items.put("/contents/<code>")
@allow(EDITOR)
@items.arguments(schemas.ContentIn)
@items.response(200, schemas.ContentOut)
def change_content(body: dict[str, Any], code: str) -> Any:
    """Publish the next version of a text; needs If-Match"""
    row = contents.change(code, body)
    etag.set(row)
    return row


@items.post("/contents/<code>/withdrawal")
@allow(EDITOR)
@items.arguments(schemas.RetirementIn)
@items.response(200, schemas.ContentOut)
def withdraw_content(body: dict[str, Any], code: str) -> Any:
    """Take a text off the hall"""
    row = contents.withdraw(code, body["reason"])
    etag.set(row)
    return row


# --- calendar ---------------------------------------------------------------------------------------------------------


@calendar.get("/calendar/<int:year>")
@allow(Public())
@calendar.response(200, schemas.YearOut)
def get_year(year: int) -> Any:
    """A year of the working calendar, month by month (CAT-42)"""
    _check_year(year)
    found = years.view(year)
    etag.set(SimpleNamespace(id=f"calendar-{year}", version=years.fingerprint(found)))
    return found, 200, SHORT


@calendar.put("/calendar/<int:year>")
@allow(Staff("system_admin"))
@calendar.arguments(schemas.YearIn)
@calendar.response(200, schemas.YearOut)
def put_year(body: dict[str, Any], year: int) -> Any:
    """Set the arrangement of a year; every open limit that touches it is computed again (TIM-07)"""
    _check_year(year)
    holidays, workdays = ({day["date"]: day["name"] for day in body[name]} for name in ("holidays", "workdays"))
    return years.publish(year, holidays, workdays, body["document_no"], status=body["status"])


@calendar.post("/deadline-explanations")
@allow(Public())
@calendar.arguments(schemas.DeadlineIn)
@calendar.response(200, schemas.DeadlineOut)
def explain_deadline(body: dict[str, Any]) -> Any:
    """When a limit ends, and why: days skipped, make-up days, rule and article (TIM-10)"""
    _check_year(body["anchor"].year)
    _check_rule(body["rule"])
    due = workdays.due(body["anchor"], body["n"], body["unit"], rule=body["rule"], side=body["side"])
    facts = due.explain()
    return {name: facts[name] for name in ("date", "at", "provisional", "zh", "en")} | {"explanation": facts}


# --- helpers ----------------------------------------------------------------------------------------------------------


def _page(query: Any, keys: list[Any], arguments: dict[str, Any], *, newest_first: bool = False) -> dict[str, Any]:
    return page(query, keys, limit=arguments["limit"], cursor=arguments["cursor"], newest_first=newest_first)


def _check_year(year: int) -> None:
    if not 2000 <= year <= 2199:
        raise Refusal(
            "catalog.year-out-of-range",
            status=422,
            rule="CAT-42",
            zh="日历只提供 2000 年至 2199 年。",
            en="The calendar covers the years 2000 to 2199.",
            next_zh="请换一个年份。",
            next_en="Ask for another year.",
        )


def _check_rule(rule: str) -> None:
    try:
        rules.article(rule)
    except rules.UnknownRule:
        raise Refusal(
            "catalog.unknown-rule",
            status=422,
            rule="TIM-10",
            zh=f"规则目录中没有 {rule}。",
            en=f"There is no rule {rule} in the catalogue.",
            next_zh="请使用规则目录中的编号，例如 FIL-24。",
            next_en="Use an id of the catalogue, for example FIL-24.",
            fields={"rule": ["unknown"]},
        ) from None

"""Published texts: public columns, convenience services, theme packages, parallel templates, intermediaries.

Every kind has its own shape. A change is the next version and the old one stays readable; nothing is ever erased, an
entry that no longer holds is withdrawn.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from chassis import clock, etag, history
from chassis.errors import Refusal
from services.catalog import access
from services.catalog.guide import CODE, count, part, rows, text
from services.catalog.models import Content, ContentVersion, Item, Org, database
from services.catalog.regions import site_of


def words(most: int = 20_000) -> fields.String:
    """Words that must be there."""
    return fields.String(required=True, validate=[validate.Length(1, most), validate.Regexp(r"(?s).*\S")])


def codes(least: int) -> fields.List:
    """Codes of items, in order."""
    return fields.List(fields.String(validate=CODE), required=True, validate=validate.Length(least, 100))


ARTICLE: dict[str, fields.Field] = {
    "text": words(),
    "issued_on": fields.Date(format="%Y-%m-%d", allow_none=True),
    "document_no": text(100),
}
LINK = validate.Regexp(
    r"^(https://|/)[\x21-\x7e]{0,400}\Z", error="须为站内或 https 地址 / a page of the hall or an https address"
)
SHAPES: dict[str, type[Schema]] = {
    "theme_package": part(  # CAT-26: one matter of two or more items, asked for by a few questions
        "ThemePackage",
        text=words(),
        items=codes(2),
        questions=rows("Question", text=words(400), yes=codes(1)),
        limit=text(200),
    ),
    "parallel_template": part(  # CAT-27
        "Template",
        lead=words(40),
        lead_named=text(100),
        total_limit=fields.Integer(strict=True, required=True, validate=validate.Range(1, 1000)),
        participants=rows("Asked", named=words(100), org=words(40), task=text(400)),
        items=codes(1),
        steps=fields.List(words(100), validate=validate.Length(max=20)),
    ),
    "intermediary": part(  # CAT-30
        "Intermediary",
        text=words(),
        items=codes(1),
        agencies=rows("Agency", name=words(200), qualification=text(400), phone=text(40)),
        limit_wd=count(1000, null=True),
        fee=text(400),
    ),
    "power_list": part("PowerList", text=words(), items=codes(1)),  # CAT-06 from here on
    "notice": part("Notice", **ARTICLE),
    "case_notice": part("CaseNotice", **ARTICLE),  # 办件公告
    "case_publicity": part("CasePublicity", **ARTICLE),  # 办件公示
    "report_channel": part("ReportChannel", text=words(), phone=text(40)),  # 监督举报方式
    "law": part("Law", **ARTICLE, in_force_on=fields.Date(format="%Y-%m-%d", allow_none=True)),
    "faq": part("Faq", question=words(400), text=words()),
    "exposure": part("Exposure", text=words(), result=words()),
    "convenience": part("Convenience", text=words(), link=fields.String(required=True, validate=LINK)),  # CAT-07
}
KINDS = tuple(SHAPES)


# --- reading ----------------------------------------------------------------------------------------------------------


def listing(kind: str | None, org: str | None, region: str | None, q: str | None) -> Any:
    """What is published, perhaps of one kind, department or district."""
    query = Content.select().where(Content.state == "published")
    if kind:
        query = query.where(Content.kind == kind)
    if org:
        query = query.where(Content.org == org)
    if region:
        query = query.where(Content.region == site_of(region))
    for word in (q or "").split():
        query = query.where(Content.title.contains(word))
    return query


def read(code: str, number: int | None = None) -> Any:
    """A text as it is in force, or one of its versions."""
    row = Content.get_or_refuse(Content.code == code)
    found = ContentVersion.get_or_refuse(
        ContentVersion.code == code, ContentVersion.number == (number or row.current_version)
    )
    row.number, row.document = found.number, found.document
    row.change_log, row.published_at = found.change_log, found.published_at
    return row


def versions(code: str) -> Any:
    """All versions of a text."""
    Content.get_or_refuse(Content.code == code)
    return ContentVersion.select().where(ContentVersion.code == code)


# --- editing ----------------------------------------------------------------------------------------------------------


def create(body: dict[str, Any]) -> Any:
    """Publish a new text."""
    document = _checked(body)
    with database.transaction():
        access.require_editor(body["org"])
        row = Content(code=body["code"], kind=body["kind"], state="published", current_version=1)
        _fill(row, body)
        if Content.insert(**row.__data__).on_conflict(action="nothing").as_rowcount().execute() != 1:
            raise Refusal(
                "catalog.content-code-taken",
                status=409,
                rule="CAT-06",
                zh=f"编码 {body['code']} 已经使用。",
                en=f"The code {body['code']} is taken.",
                next_zh="请换一个编码，或修改已有内容。",
                next_en="Take another code, or change what is there.",
            )
        _write(Content.get(Content.code == body["code"]), document, body["change_log"])
        return read(body["code"])


def change(code: str, body: dict[str, Any]) -> Any:
    """Publish the next version; needs If-Match. A withdrawn text is published again."""
    document = _checked(body)
    with database.transaction():
        row = Content.get_or_refuse(Content.code == code, lock=True)
        access.require_editor(row.org)
        access.require_editor(body["org"])
        etag.require(row)
        if (body["code"], body["kind"]) != (code, row.kind):
            raise Refusal(
                "catalog.content-differs",
                status=422,
                rule="CAT-06",
                zh="编码和栏目类别不能修改。",
                en="Code and kind cannot be changed.",
                next_zh="请保持不变，或另建一条。",
                next_en="Leave them, or create another entry.",
                fields={"code": ["differs"], "kind": ["differs"]},
            )
        _next(row, body, document)
        return read(code)


def withdraw(code: str, reason: str) -> Any:
    """Take a text off the hall; its versions stay readable."""
    with database.transaction():
        row = Content.get_or_refuse(Content.code == code, lock=True)
        access.require_editor(row.org)
        etag.check(row)
        if row.state != "published":
            raise Refusal(
                "catalog.content-withdrawn",
                status=409,
                rule="CAT-06",
                zh="这条内容已经撤下。",
                en="It is withdrawn already.",
                next_zh="需要恢复时，请发布新版本。",
                next_en="Publish a new version to bring it back.",
            )
        row.state = "withdrawn"
        row.save()
        history.append(row.id, "withdraw", source="published", target="withdrawn", org=row.org, opinion=reason)
        return read(code)


def load(entries: Iterable[dict[str, Any]]) -> None:
    """Take over the texts of a city; an entry that was loaded before is left alone, whatever an editor made of it."""
    with database.transaction():
        known = {row.code: row for row in Content.select()}
        for entry in entries:
            body = entry | {"change_log": "城市数据载入"}
            digest = hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()
            row = known.get(entry["code"])
            if row is not None and row.seed_digest == digest:
                continue
            document = _checked(body)
            if row is None:
                row = Content(code=body["code"], kind=body["kind"], current_version=1, state="published")
                _fill(row, body)
                row.seed_digest = digest
                row.save(force_insert=True)
                _write(row, document, body["change_log"])
            else:
                row.seed_digest = digest
                _next(row, body, document)


def _next(row: Any, body: dict[str, Any], document: dict[str, Any]) -> None:
    row.current_version += 1
    row.state = "published"
    _fill(row, body)
    row.save()
    _write(row, document, body["change_log"])


def _fill(row: Any, body: dict[str, Any]) -> None:
    row.title, row.org = body["title"], body["org"]
    row.region = site_of(Org.get(Org.code == body["org"]).region)


def _write(row: Any, document: dict[str, Any], change_log: str) -> None:
    ContentVersion.create(
        code=row.code,
        number=row.current_version,
        document=document,
        change_log=change_log,
        published_at=clock.now(),
    )
    details = {"number": row.current_version}
    history.append(row.id, "publish", target="published", org=row.org, opinion=change_log, details=details)


# --- checking ---------------------------------------------------------------------------------------------------------


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """The document of its kind as it is kept; a refusal that names every field otherwise."""
    shape = SHAPES[body["kind"]]()
    try:
        document = shape.dump(shape.load(body["document"]))
    except ValidationError as error:
        raise _invalid(
            {f"document.{name}": [str(said)] for name, said in error.normalized_messages().items()}
        ) from None
    faults = dict(_missing(body["org"], document))
    if faults:
        raise _invalid(faults)
    return document


def _missing(org: str, document: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """References to what the catalog does not have."""
    asked = [row["org"] for row in document.get("participants") or ()]
    orgs = {org, *asked, *([document["lead"]] if "lead" in document else [])}
    known = {row.code for row in Org.select(Org.code).where(Org.code.in_(orgs), Org.active)}
    if org not in known:
        yield "org", [f"没有机构 {org} / no such organisation"]
    for name in sorted(orgs - known - {org}):
        yield f"document.participants.{name}", [f"没有机构 {name} / no such organisation"]
    items = list(document.get("items") or ())
    live = {i.code for i in Item.select(Item.code).where(Item.code.in_(items), Item.state == "published")}
    for code in items:
        if code not in live:
            yield f"document.items.{code}", [f"没有已发布的事项 {code} / no such published item"]
    if len(set(items)) != len(items):
        yield "document.items", ["事项重复 / an item occurs twice"]
    for place, question in enumerate(document.get("questions") or ()):
        if not set(question["yes"]) <= set(items):
            yield (
                f"document.questions.{place}",
                ["问题只能指向本主题内的事项 / a question leads to items of the package"],
            )


def _invalid(faults: dict[str, list[str]]) -> Refusal:
    return Refusal(
        "catalog.content-invalid",
        status=422,
        rule="CAT-06",
        zh="内容不符合该栏目的要求。",
        en="The text does not have the form of its kind.",
        next_zh="请按各项的说明改正。",
        next_en="Correct each field as said of it.",
        fields=faults,
    )

"""Service items: drafts, publication, retirement, and what is kept and told of each version (CAT-12, CAT-24).

A draft is version 0; there is one at most, by the unique index. Publishing gives it the next number and makes it
immutable; whoever changes an item holds its row lock, so two publications come one after the other.
"""

from collections.abc import Iterable
from typing import Any

from peewee import JOIN

from chassis import clock, etag, history
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import catalog
from services.catalog import access, guide, indexing, quotas, standards, validator
from services.catalog.models import Item, ItemTheme, ItemVersion, Org, database
from services.catalog.regions import site_of
from services.catalog.transitions import MACHINE

DRAFT = 0
EVENT_SWITCHES = (
    "online",
    "commit",
    "same_city",
    "bookable",
    "express_in",
    "express_out",
    "instant",
    "single_reviewer",
)

# --- reading ----------------------------------------------------------------------------------------------------------


def current(code: str) -> Any:
    """The version in force (or the last one of a retired item) with `.item_state` and `.org_name`, in one query."""
    row = (
        ItemVersion.select(
            ItemVersion, Item.state.alias("item_state"), Item.leaf.alias("item_leaf"), Org.name.alias("org_name")
        )
        .join(Item, on=(Item.code == ItemVersion.code) & (Item.current_version == ItemVersion.number))
        .join(Org, JOIN.LEFT_OUTER, on=(Org.code == Item.org))
        .where(Item.code == code)
        .objects()
        .first()
    )
    if row is None:
        raise _no_item(code)
    return row


def version(code: str, number: int) -> Any:
    """One published version, in force or not: cases keep theirs (CAT-24)."""
    return ItemVersion.get_or_refuse(
        ItemVersion.code == code, ItemVersion.number == number, ItemVersion.number != DRAFT
    )


def versions(code: str) -> Any:
    """All published versions of an item."""
    return ItemVersion.select().where(ItemVersion.code == code, ItemVersion.number != DRAFT)


def draft(code: str) -> Any:
    """The draft, for those who edit it."""
    item = Item.get_or_refuse(Item.code == code)
    access.require_editor(item.org, code)
    return _draft_of(code)


def drafts() -> Any:
    """All drafts that the caller edits."""
    orgs = access.editable_orgs()
    query = ItemVersion.select().where(ItemVersion.number == DRAFT)
    if orgs is None:
        return query
    return query.where(ItemVersion.code.in_(Item.select(Item.code).where(Item.org.in_(orgs))))


def sub_items(code: str) -> Iterable[Any]:
    """The published items below a heading (CAT-11)."""
    return Item.select().where(Item.parent == code, Item.state == "published").order_by(Item.code)


# --- drafts -----------------------------------------------------------------------------------------------------------


def create(document: dict[str, Any]) -> Any:
    """A new item, as a draft (CAT-12)."""
    with database.transaction():
        access.require_editor(document["approving_org"], document["code"])
        item, fresh = _item_row(document)
        if not fresh:
            raise Refusal(
                "catalog.code-taken",
                status=409,
                rule="CAT-24",
                zh=f"事项编码 {item.code} 已经存在。",
                en=f"There is already an item {item.code}.",
                next_zh="请核对编码；要修改已有事项，请编辑其草稿。",
                next_en="Check the code; to change an item, edit its draft.",
            )
        return _write_draft(item, document)


def edit(code: str, document: dict[str, Any]) -> Any:
    """Save the draft of an item; begin a new one when there is none. An existing one needs If-Match."""
    with database.transaction():
        item = Item.get_or_refuse(Item.code == code, lock=True)
        access.require_editor(item.org, code)
        access.require_editor(document["approving_org"], code)
        if document["code"] != code:
            raise _wrong_code(code)
        found = ItemVersion.get_or_none(ItemVersion.code == code, ItemVersion.number == DRAFT)
        if found is None:
            return _write_draft(item, document)
        etag.require(found)
        MACHINE.step(found.state, "edit")
        found.document = _tidy(document)
        found.save()
        if item.current_version is None:
            _fill_columns(item, found.document)
            item.save()
        return found


def discard(code: str) -> None:
    """Throw the draft away; an item that was never published goes with it."""
    with database.transaction():
        item = Item.get_or_refuse(Item.code == code, lock=True)
        access.require_editor(item.org, code)
        found = _draft_of(code)
        etag.check(found)
        found.delete_instance()
        if item.current_version is None:
            ItemTheme.delete().where(ItemTheme.item_code == code).execute()
            item.delete_instance()
        else:
            history.append(item.id, "discard", org=item.org)


def review(code: str) -> dict[str, Any]:
    """What would keep the draft from being published, and what would be shown beside it."""
    document = draft(code).document
    return {"failures": validator.faults(document), "warnings": validator.warnings(document)}


# --- publication and retirement ---------------------------------------------------------------------------------------


def publish(code: str, change_log: str) -> Any:
    """Put the draft in force today as the next version (CAT-12…20, CAT-31, CAT-34; CAT-24)."""
    with database.transaction():
        item = Item.get_or_refuse(Item.code == code, lock=True)
        access.require_editor(item.org, code)
        found = ItemVersion.locked(ItemVersion.code == code, ItemVersion.number == DRAFT)
        if found is None:
            raise _no_draft(code)
        access.require_editor(found.document["approving_org"], code)
        etag.check(found)
        return _put_in_force(item, found, change_log)


def retire(code: str, reason: str) -> Any:
    """The item takes no new cases after today; its versions stay readable (CAT-24)."""
    with database.transaction():
        item = Item.get_or_refuse(Item.code == code, lock=True)
        access.require_editor(item.org, code)
        row = ItemVersion.locked(ItemVersion.code == code, ItemVersion.number == (item.current_version or DRAFT))
        if row is None:
            raise _no_item(code)
        etag.check(row)
        step = MACHINE.step(row.state, "retire")
        row.state, row.effective_to = step.target, clock.today()
        row.save()
        item.state, item.bookable = "retired", False
        item.save()
        indexing.remove([item.code])
        history.append(item.id, "retire", source="published", target="retired", org=item.org, opinion=reason)
        quotas.close_all(item)
        if item.leaf:
            said = _said(item, row) | {"effective_to": row.effective_to.isoformat(), "reason": reason}
            emit(catalog.ItemRetired, item.code, said, org=item.org, region=item.region)
        return row


def load(document: dict[str, Any], digest: str) -> bool:
    """Publish an item of a city file, unless this very file was loaded before; True when something was published."""
    with database.transaction():
        item, fresh = _item_row(document)
        item = item if fresh else Item.locked(Item.code == document["code"])
        if item.seed_digest == digest:
            return False
        item.seed_digest = digest
        in_force = ItemVersion.get_or_none(ItemVersion.code == item.code, ItemVersion.number == item.current_version)
        if in_force and in_force.state == "published" and not _differs(in_force.document, _complete(document)):
            item.save()
            return False
        row = ItemVersion(code=item.code, number=DRAFT, state="draft", document=_tidy(document))
        _put_in_force(item, row, "城市数据载入", insert=True)  # beside a draft that an editor may have open
        return True


def take_over(document: dict[str, Any], change_log: str) -> Any | None:
    """Publish a guide that an editor brings in from elsewhere, beside a draft; None when it says nothing new."""
    with database.transaction():
        item, fresh = _item_row(document)
        item = item if fresh else Item.locked(Item.code == document["code"])
        access.require_editor(item.org, item.code)
        access.require_editor(document["approving_org"], item.code)
        in_force = ItemVersion.get_or_none(ItemVersion.code == item.code, ItemVersion.number == item.current_version)
        if in_force and in_force.state == "published" and not _differs(in_force.document, _complete(document)):
            return None
        row = ItemVersion(code=item.code, number=DRAFT, state="draft", document=_tidy(document))
        return _put_in_force(item, row, change_log, insert=True)


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document as it would be published, for those who check it before."""
    return _complete(document)


def _put_in_force(item: Any, row: Any, change_log: str, *, insert: bool = False) -> Any:
    document = _complete(row.document)
    warnings = validator.approve(document)
    step = MACHINE.step(row.state, "publish")
    before = ItemVersion.get_or_none(ItemVersion.code == item.code, ItemVersion.number == item.current_version)
    changed = guide.changes(before.document if before else {}, document)
    if before and before.state == "published":
        if not changed:
            raise _nothing_changed()
        before.state = MACHINE.step("published", "supersede").target
        before.effective_to = clock.today()
        before.save()
    item.last_version += 1
    row.number, row.state, row.document = item.last_version, step.target, document
    row.change_log, row.changes, row.warnings = change_log, changed if before else [], warnings
    row.published_at, row.effective_from, row.effective_to = clock.now(), clock.today(), None
    row.save(force_insert=insert)
    item.state, item.current_version = "published", row.number
    _fill_columns(item, document)
    item.save()
    _set_themes(item.code, document.get("themes") or [])
    indexing.write([item])
    history.append(
        item.id,
        "publish",
        source="draft",
        target="published",
        org=item.org,
        opinion=change_log,
        details={"number": row.number, "changes": row.changes},
    )
    if item.leaf:
        _tell(item, row, first=row.number == 1)
        standards.follow(item, document)
        booking_before = before.document.get("booking") if before and before.state == "superseded" else None
        quotas.follow(item, document.get("booking"), booking_before)
    return row


def _tell(item: Any, row: Any, *, first: bool) -> None:
    said = _said(item, row) | {"effective_from": row.effective_from.isoformat()}
    if first:
        emit(catalog.ItemPublished, item.code, said, org=item.org, region=item.region)
    else:
        emit(catalog.ItemChanged, item.code, said | {"changes": row.changes}, org=item.org, region=item.region)


def _said(item: Any, row: Any) -> dict[str, Any]:
    """What consumers keep of a version."""
    document = row.document
    supervision = document.get("supervision") or {}
    limits = document["limits"]
    return {
        "item_code": item.code,
        "item_version": row.number,
        "item_name": document["name"],
        "parent_code": document.get("parent"),
        "kind": document["kind"],
        "service_objects": document["service_object"],
        "region_code": item.region,
        "approving_org": item.org,
        "supervising_orgs": document["supervising_orgs"],
        "supervision_kind": supervision.get("kind"),
        "supervision_points": [
            {name: point.get(name) for name in ("code", "promise", "check", "standard", "way")}
            for point in supervision.get("points") or ()
        ],
        "halls": document["place"]["halls"],
        "switches": {name: bool(document["switches"].get(name)) for name in EVENT_SWITCHES},
        "limits": {name: limits.get(name) for name in ("statutory", "committed", "commit", "unit")},
    }


# --- rows -------------------------------------------------------------------------------------------------------------


def _item_row(document: dict[str, Any]) -> tuple[Any, bool]:
    """The item's row and whether it is new; the unique index decides between two who create it at once."""
    item = Item(code=document["code"], state="draft")
    _fill_columns(item, document)
    fresh = Item.insert(**item.__data__).on_conflict(action="nothing").as_rowcount().execute() == 1
    item._dirty.clear()
    return (item, True) if fresh else (Item.get(Item.code == document["code"]), False)


def _write_draft(item: Any, document: dict[str, Any]) -> Any:
    row = ItemVersion.create(code=item.code, number=DRAFT, state="draft", document=_tidy(document))
    history.append(item.id, "draft", target="draft", org=item.org)
    return row


def _fill_columns(item: Any, document: dict[str, Any]) -> None:
    objects, switches = document.get("service_object") or [], document.get("switches") or {}
    themes = document.get("themes") or []
    item.name, item.name_en = document["name"], document.get("name_en")
    item.parent, item.leaf = document.get("parent"), document.get("leaf") is not False
    item.org, item.region = document["approving_org"], document.get("region_code") or _region_of(document)
    item.for_person, item.for_legal = "person" in objects, "legal" in objects
    item.bookable = bool(switches.get("bookable"))
    item.summary = {
        "power_type": document.get("power_type"),
        "kind": document.get("kind"),
        "service_object": objects,
        "themes": themes,
        "switches": {name: bool(switches.get(name)) for name in EVENT_SWITCHES},
        "limits": {
            name: (document.get("limits") or {}).get(name) for name in ("statutory", "committed", "commit", "unit")
        },
        "online_level": document.get("online_level"),
        "visits_max": document.get("visits_max"),
    }


def _set_themes(code: str, themes: list[str]) -> None:
    known = {row.theme for row in ItemTheme.select().where(ItemTheme.item_code == code)}
    gone = known - set(themes)
    if gone:
        ItemTheme.delete().where(ItemTheme.item_code == code, ItemTheme.theme.in_(gone)).execute()
    for theme in dict.fromkeys(themes):
        if theme not in known:
            ItemTheme.create(item_code=code, theme=theme)


def _tidy(document: dict[str, Any]) -> dict[str, Any]:
    """A draft without what publication adds."""
    return {name: value for name, value in document.items() if name != "region_code"}


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document as it is published: with the region whose site lists it (CAT-02)."""
    return _tidy(document) | {"region_code": _region_of(document), "leaf": document.get("leaf") is not False}


def _region_of(document: dict[str, Any]) -> str:
    org = Org.get_or_none(Org.code == document["approving_org"])
    return site_of(org.region) if org else ""


def _differs(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return bool(guide.changes(old, new))


def _draft_of(code: str) -> Any:
    found = ItemVersion.get_or_none(ItemVersion.code == code, ItemVersion.number == DRAFT)
    if found is None:
        raise _no_draft(code)
    return found


# --- refusals ---------------------------------------------------------------------------------------------------------


def _no_item(code: str) -> Refusal:
    return Refusal(
        "catalog.no-such-item",
        status=404,
        rule="CAT-03",
        zh=f"没有找到事项 {code}，或其办事指南尚未发布。",
        en=f"There is no item {code}, or its guide is not published.",
        next_zh="请按名称、主题或部门重新查找。",
        next_en="Look for it by name, theme or department.",
    )


def _no_draft(code: str) -> Refusal:
    return Refusal(
        "catalog.no-draft",
        status=404,
        rule="CAT-24",
        zh=f"事项 {code} 没有草稿：可能刚刚已被发布。",
        en=f"Item {code} has no draft; perhaps it has just been published.",
        next_zh="请刷新后查看当前版本，需要修改时重新起草。",
        next_en="Reload and look at the version in force; begin a new draft to change it.",
    )


def _wrong_code(code: str) -> Refusal:
    return Refusal(
        "catalog.code-differs",
        status=422,
        rule="CAT-24",
        zh="草稿中的事项编码与地址中的不一致。",
        en="The code in the draft is not the one in the address.",
        next_zh=f"请把编码改为 {code}。",
        next_en=f"Set the code to {code}.",
        fields={"code": ["differs"]},
    )


def _nothing_changed() -> Refusal:
    return Refusal(
        "catalog.nothing-changed",
        status=409,
        rule="CAT-24",
        zh="草稿与现行版本完全相同，不必发布。",
        en="The draft is the same as the version in force.",
        next_zh="请修改后再发布，或删除草稿。",
        next_en="Change it before publishing, or discard it.",
    )

"""Notices to all of a kind (收公告), with a read mark for each reader (FIL-92)."""

from datetime import date
from typing import Any

from peewee import JOIN, fn

from chassis import clock, etag
from chassis.auth import actor, forbidden
from chassis.errors import Refusal
from services.notifier import access, texts
from services.notifier.models import Bulletin, BulletinRead, Org, database

EVERYWHERE = ("system_admin", "service_office")
AT_HOME = ("window_manager", "unit_leader", "service_office")
AUDIENCES = ("staff", "citizens", "everybody")


def publish(title: str, text: str, audience: str, org: str | None, from_date: date, until_date: date) -> Any:
    """Publish to everybody of a kind; leaders of an organisation only to its own staff."""
    if not access.is_hall_wide():
        if org is None or audience != "staff" or not any(actor().has_role(role, org) for role in AT_HOME):
            raise forbidden("notices beyond the own organisation are published by the service office")
    elif org is not None:
        Org.get_or_refuse(Org.code == org)
    if until_date < from_date or (org is not None and audience != "staff"):
        raise Refusal(
            "notifier.notice-unfit",
            status=422,
            rule="FIL-92",
            zh="公告的起止日期或范围不正确。",
            en="Dates or audience of the notice do not fit.",
            next_zh="结束日期不能早于开始日期；限定机构的公告只发给工作人员。",
            next_en="It cannot end before it begins; a notice of one organisation is for its staff.",
            fields={"until_date": ["不早于开始日期 / not before from_date"]},
        )
    with database.transaction():
        row = Bulletin.create(
            title=texts.clean(title),
            text=texts.clean(text),
            audience=audience,
            org=org,
            from_date=from_date,
            until_date=until_date,
            published_by=actor().id,
        )
        etag.set(row)
    return row


def withdraw(bulletin_id: str) -> Any:
    """Take it back; it is shown to nobody any more."""
    with database.transaction():
        row = Bulletin.get_or_refuse(bulletin_id, lock=True)
        etag.check(row)
        if row.published_by != actor().id and not access.is_hall_wide():
            raise forbidden("this notice was published by somebody else")
        if row.withdrawn_at is None:
            row.withdrawn_at = clock.now()
            row.save()
        etag.set(row)
    return row


def current(*, unread: bool = False) -> Any:
    """The notices for the caller that hold today, each with when the caller read it."""
    who, today = actor(), clock.local(clock.now()).date()
    kind = "staff" if who.kind == "staff" else "citizens"
    shown = Bulletin.audience.in_((kind, "everybody")) & (Bulletin.from_date <= today) & (Bulletin.until_date >= today)
    shown &= Bulletin.withdrawn_at.is_null()
    orgs = {grant.org for grant in who.grants}
    if "*" not in orgs:
        shown &= Bulletin.org.is_null() | Bulletin.org.in_(orgs)
    mine = (BulletinRead.bulletin == Bulletin.id) & (BulletinRead.ref == who.id)
    if unread:
        shown &= BulletinRead.id.is_null()
    columns = (*Bulletin._meta.sorted_fields, BulletinRead.created_at.alias("read_at"))
    return Bulletin.select(*columns).join(BulletinRead, JOIN.LEFT_OUTER, on=mine).where(shown).objects()


def read(bulletin_id: str) -> None:
    """Note that the caller has read it; once."""
    with database.transaction():
        if not current().where(Bulletin.id == bulletin_id).exists():
            Bulletin.get_or_refuse("-")
        row = BulletinRead(bulletin=bulletin_id, ref=actor().id)
        values = {field: getattr(row, field.name) for field in BulletinRead._meta.sorted_fields}
        BulletinRead.insert(values).on_conflict_ignore().execute()


def published() -> Any:
    """The notices that the caller may withdraw, with how many have read each."""
    reads = BulletinRead.select(fn.COUNT(BulletinRead.id)).where(BulletinRead.bulletin == Bulletin.id).alias("reads")
    query = Bulletin.select(*Bulletin._meta.sorted_fields, reads).objects()
    if access.is_hall_wide():
        return query
    return query.where(Bulletin.published_by == actor().id)

"""What filing knows of the catalog: which version is in force (by events), and the guide of each version."""

from collections import OrderedDict
from typing import Any

from chassis import clock, http
from chassis.errors import Refusal
from services.filing.models import Guide, ItemVersion, database

CATALOG = "/api/catalog/v1"


def project(event: Any, *, retired: bool = False) -> None:
    """Keep what catalog.item.published, .changed or .retired says; only what is newer counts."""
    fields = {"code": event.item_code, "number": event.item_version}
    defaults = {"sequence": 0, "name": event.item_name, "switches": event.switches}
    ItemVersion.insert(**(ItemVersion(**fields, **defaults)).__data__).on_conflict(action="nothing").execute()
    row = ItemVersion.locked(ItemVersion.code == event.item_code, ItemVersion.number == event.item_version)
    if event.sequence <= row.sequence:
        return
    row.sequence, row.name, row.switches = event.sequence, event.item_name, event.switches
    if retired:
        row.effective_to = event.effective_to
    else:
        row.effective_from, row.effective_to = event.effective_from, None
    row.save()


_KEPT: OrderedDict[tuple[str, str, int], dict[str, Any]] = OrderedDict()
_MOST = 500


def guide(code: str, number: int) -> dict[str, Any]:
    """The stored guide of a version (the snapshot of its cases); it never changes, so it is kept in memory."""
    key = (database.url, code, number)
    found = _KEPT.get(key)
    if found is None:
        row = Guide.get_or_none(Guide.code == code, Guide.number == number)
        if row is None:
            raise LookupError(f"no guide of {code} version {number} is stored")
        found = _KEPT[key] = row.body
        if len(_KEPT) > _MOST:
            _KEPT.popitem(last=False)
    return found


def of(case: Any) -> dict[str, Any]:
    """The guide under which the case was filed (CAT-24)."""
    return guide(case.item_code, case.item_version)


def for_new_case(code: str) -> tuple[int, dict[str, Any]]:
    """Version and guide for a case opened now; asks the catalog for a guide not yet seen. Not in a transaction."""
    number = _in_force(code)
    if number is None:
        number = int(_ask(f"{CATALOG}/items/{code}", code)["version"])
    stored = Guide.get_or_none(Guide.code == code, Guide.number == number)
    if stored:
        return number, stored.body
    answer = _ask(f"{CATALOG}/items/{code}/versions/{number}", code)
    body = answer.get("guide") or answer
    with database.transaction():
        Guide.insert(**Guide(code=code, number=number, body=body).__data__).on_conflict(action="nothing").execute()
    return number, body


def _in_force(code: str) -> int | None:
    """The version in force today by the projection; None when nothing was reported, a refusal when it is retired."""
    rows = list(ItemVersion.select().where(ItemVersion.code == code).order_by(ItemVersion.sequence.desc()))
    today = clock.today()
    if rows and rows[0].effective_to and rows[0].effective_to < today:
        raise _closed(code)
    usable = [row for row in rows if row.effective_from is None or row.effective_from <= today]
    return max((row.number for row in usable), default=None)


def _ask(path: str, code: str) -> dict[str, Any]:
    try:
        client = http.peer("catalog")
        return client.json_or_raise(client.get(path))
    except http.Rejected as error:
        if error.status == 404:
            raise _closed(code) from None
        raise _away() from None
    except (http.Unavailable, LookupError):
        raise _away() from None


def _closed(code: str) -> Refusal:
    return Refusal(
        "filing.item-closed",
        status=404,
        rule="CAT-24",
        zh=f"事项 {code} 不存在或已停止申报。",
        en=f"Item {code} does not exist or takes no new cases.",
        next_zh="请在办事指南中重新查找事项。",
        next_en="Look the item up again in the guides.",
    )


def _away() -> Refusal:
    return Refusal(
        "filing.catalog-unavailable",
        status=503,
        zh="暂时取不到该事项的办事指南。",
        en="The guide of this item cannot be had at the moment.",
        next_zh="请稍后再试。",
        next_en="Try again in a moment.",
        headers={"Retry-After": "5"},
    )


# --- reading a guide --------------------------------------------------------------------------------------------------


def material(body: dict[str, Any], code: str) -> dict[str, Any] | None:
    """One material of the guide."""
    return next((entry for entry in body["materials"] if entry["code"] == code), None)


def limits(case: Any, body: dict[str, Any]) -> tuple[int, int, str]:
    """Committed and statutory limit and their unit; commit approval has its own committed limit (FIL-34, FIL-39)."""
    found = body["limits"]
    committed = found.get("commit") if case.mode == "commit" else None
    return committed or found["committed"], found["statutory"], found.get("unit", "wd")


def switches(body: dict[str, Any]) -> dict[str, Any]:
    """The switches of the item."""
    return body.get("switches") or {}


def supervision_kind(body: dict[str, Any]) -> str:
    """By which completed files are sorted (FIL-46)."""
    return (body.get("supervision") or {}).get("kind") or body["name"]


def points(body: dict[str, Any]) -> list[dict[str, str]]:
    """What a commit case promises and supervision verifies."""
    found = (body.get("supervision") or {}).get("points") or []
    return [{"code": point["code"], "promise": point["promise"]} for point in found]


def region(body: dict[str, Any]) -> str:
    """The region whose site lists the item."""
    return body.get("region_code") or body.get("region") or "120000"


def participants(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Participants of a parallel approval: [{org, limit}]."""
    template = switches(body).get("parallel_template") or body.get("parallel_template")
    return template["participants"] if isinstance(template, dict) else []

"""The guides that the question robot quotes: fetched from the catalog when an item's version comes into force (FEE-29).

Events say that there is a version; its text is asked for by a loop of the worker, so that a question never waits for
the catalog and is answered while it is away.
"""

from datetime import date, timedelta
from typing import Any

from chassis import clock, deadlines, http
from chassis.observability import log
from services.feedback import retrieval
from services.feedback.models import Guide, database

AT_ONCE = 5  # of one turn of the loop


def follow(event: Any) -> None:
    """A version was published: wanted from the day on which it is in force."""
    _from(event.item_code, date.fromisoformat(event.effective_from), event.item_version)


def retire(event: Any) -> None:
    """The item takes no new cases after its last day: then nothing is said about it any more."""
    _from(event.item_code, date.fromisoformat(event.effective_to) + timedelta(days=1), None)


def turn(item_code: str, number: int | None) -> None:
    """From now on this version is quoted, or none."""
    if number is not None:
        _want(item_code, number)
        return
    Guide.update(wanted=0, number=0, body=None).where(Guide.item_code == item_code).execute()
    for source in ("guide", "faq"):
        retrieval.remove(source, item_code)


def fetch_wanted() -> int:
    """Fetch the guides that are wanted; returns how many were stored. A catalog that is away is asked later."""
    done = 0
    for row in list(Guide.select().where(Guide.wanted > Guide.number).order_by(Guide.id).limit(AT_ONCE)):
        try:
            client = http.peer("catalog")
            path = f"/api/catalog/v1/items/{row.item_code}/versions/{row.wanted}"
            body = client.json_or_raise(client.get(path))["guide"]
        except (http.Unavailable, LookupError):
            return done
        except http.Rejected as error:
            if error.status != 404:
                return done
            log.warning("guide_not_given", item=row.item_code, number=row.wanted, status=error.status)
            body = None
        _store(row.item_code, row.wanted, body)
        done += 1
    return done


def bodies(codes: list[str]) -> dict[str, Any]:
    """The guides of these items, each row with its version and its text."""
    return {row.item_code: row for row in Guide.select().where(Guide.item_code.in_(codes), Guide.body.is_null(False))}


def _from(item_code: str, day: date, number: int | None) -> None:
    deadlines.cancel("guide_turn", item_code)
    if day > clock.today():
        deadlines.at("guide_turn", item_code, clock.start_of(day), {"number": number})
    else:
        turn(item_code, number)


def _want(item_code: str, number: int) -> None:
    Guide.insert(Guide(item_code=item_code, wanted=0).__data__).on_conflict_ignore().execute()
    Guide.update(wanted=number).where(Guide.item_code == item_code, Guide.wanted < number).execute()


def _store(item_code: str, number: int, body: dict[str, Any] | None) -> None:
    with database.transaction():
        row = Guide.locked(Guide.item_code == item_code)
        if row.wanted != number:  # meanwhile there is a newer one, or the item was retired
            return
        row.number, row.body = number, body
        row.save()
        for source in ("guide", "faq"):
            retrieval.remove(source, item_code)
        if body is None:
            return
        place = {"title": body["name"], "region": body.get("region_code") or ""}
        names = filter(None, (body["name"], body.get("name_en")))
        retrieval.put("guide", item_code, [place | {"text": None, "indexed": name} for name in names])
        answered = [one for one in body.get("faq") or [] if one.get("q") and one.get("a")]
        retrieval.put(
            "faq",
            item_code,
            [place | {"text": f"问：{one['q']}答：{one['a']}", "indexed": one["q"]} for one in answered],
        )

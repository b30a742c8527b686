"""Repair (信用修复): a failing without intent, corrected, and a clean year since (CRE-30…38)."""

from typing import Any

from chassis import clock, http
from chassis.errors import Refusal
from contracts import rules
from services.credit import applications, corrections
from services.credit.applications import Verdict
from services.credit.models import Record, database
from services.credit.transitions import RECORD


def submit(record_id: str, form: dict[str, Any]) -> Any:
    """Apply for repair; a guard that fails refuses at once, with article and earliest date (domain 2.5)."""
    seen = Record.get_or_refuse(record_id)
    applications.require_in_person(seen, form["identity_checked"])
    conditions = _conditions(seen.item_code)
    with database.transaction():
        subject, record = corrections.lock(record_id)
        RECORD.step(record.state, "apply_for_repair")
        _check(record)
        if rules.value("credit.repair_promise").value and not form["promise"]:
            raise Refusal(
                "credit.promise-needed",
                status=422,
                rule="CRE-43",
                zh="申请信用修复须同时作出信用承诺。",
                en="An application for repair needs the public promise.",
                next_zh="请阅读并勾选信用承诺后再提交。",
                next_en="Read and give the promise, then send again.",
                fields={"promise": ["needed"]},
            )
        return applications.submit("repair", subject, record, form, conditions)


def decide(application_id: str, verdict: Verdict, *, intentional: bool | None, conditions_met: bool) -> Any:
    """Grant or refuse; who grants says that there was no intent and that the item's own conditions are met."""
    with database.transaction():
        subject, record, application = applications.locked(application_id)
        applications.require_kind(application, "repair")
        if verdict.result == "granted":
            _check_intent(record, intentional)
            _check_conditions(application, conditions_met)
        return applications.decide(subject, record, application, verdict)


def _check(record: Any) -> None:
    found = corrections.outlook(record)
    corrections.require_repairable(found)
    if found.code == "not-corrected":
        raise corrections.refused(
            "credit.not-corrected",
            "CRE-36",
            "判定机关尚未登记纠正之日，不能申请信用修复。",
            "The judging organ has not recorded the day of correction.",
            "已经纠正的，请先申请登记纠正。",
            "If it is corrected, ask for the correction to be recorded first.",
            found.first_day,
        )
    if found.first_day is not None and clock.today() < found.first_day:
        raise corrections.refused(
            "credit.too-early",
            "CRE-31",
            f"尚未满规定期限，最早可于{found.first_day:%Y年%m月%d日}申请信用修复。",
            f"The clean period is not over; you may apply from {found.first_day}.",
            "届时系统将提醒您。",
            "You will be reminded on that day.",
            found.first_day,
        )


def _check_intent(record: Any, intentional: bool | None) -> None:
    if not rules.value("credit.repair_unintentional").value:
        return
    presumed = False if record.cause == "promise_lapsed" else None
    known = presumed if intentional is None else intentional
    if known is not False or record.cause == "false_material":
        raise corrections.refused(
            "credit.intent",
            "AMB-18",
            "只有非主观故意的失信可以修复，准予前须认定并说明理由。",
            "Only a failing without intent can be repaired; say so, with reasons, before granting.",
            "请认定是否主观故意，或者不予修复。",
            "Find whether there was intent, or refuse the repair.",
        )


def _check_conditions(application: Any, met: bool) -> None:
    if application.conditions and not met:
        raise corrections.refused(
            "credit.item-conditions",
            "CRE-37",
            "该事项另有信用修复条件，准予前须逐项核实。",
            "The item has repair conditions of its own; confirm them before granting.",
            "请逐项核实后确认，或者不予修复。",
            "Check them one by one, or refuse the repair.",
        )


def _conditions(item_code: str | None) -> list[dict[str, Any]]:
    """The item's own repair conditions, as the catalog has them now (CRE-37, CAT-32). Not in a transaction."""
    if item_code is None:
        return []
    try:
        catalog = http.peer("catalog")
        guide = catalog.json_or_raise(catalog.get(f"/api/catalog/v1/items/{item_code}"))["guide"]
    except http.Rejected as error:
        if error.status == 404:  # an item of before, with no guide here
            return []
        raise _catalog_away() from None
    except (http.Unavailable, LookupError):
        raise _catalog_away() from None
    return list((guide.get("credit") or {}).get("repair") or [])


def _catalog_away() -> Refusal:
    return Refusal(
        "credit.catalog-unavailable",
        status=503,
        rule="CRE-37",
        zh="暂时无法核对该事项的信用修复条件。",
        en="The repair conditions of the item cannot be read at the moment.",
        next_zh="请稍后再试。",
        next_en="Try again in a moment.",
        headers={"Retry-After": "5"},
    )

"""What runs beside a case and asks for a deed of its own: parallel opinions, special procedures, revocations, reports,
the result on its way (FIL-36…44, 55, 56, 63, 80). Who may not do it is told so by the service."""

from typing import Any

from gateway.portal.pages.same_city import view_clock
from gateway.portal.texts import Both, day, moment, t
from gateway.portal.verbs import REGISTRY
from gateway.portal.visitor import visitor

Links = list[tuple[str, str, bool]]
SPECIAL: dict[str, Both] = {
    "proposed": ("待批准", "to be approved"),
    "running": ("进行中", "under way"),
    "finished": ("已结束", "finished"),
    "refused": ("未批准", "refused"),
}
PARALLEL: dict[str, Both] = {
    "open": ("待出具意见", "to be answered"),
    "overdue": ("已超期", "overdue"),
    "answered": ("已出具意见", "answered"),
    "recalled": ("已收回", "recalled"),
}
REVOCATION: dict[str, Both] = {
    "noticed": ("已告知，听取陈述申辩", "notice given, the party may be heard"),
    "reopened": ("待重新决定", "to be decided again"),
    "revoked": ("已撤销", "revoked"),
    "dropped": ("不予撤销", "dropped"),
}
BEFORE_ACCEPTANCE = ("dispatched", "pre_review", "resubmitted")


def matters(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Sections of the page: title, rows of (head, words, links), links of the whole."""
    found = [
        _section(("并联审批", "Parallel approval"), [_parallel(case, row) for row in case["parallel"]]),
        _section(("特别程序", "Special procedures"), [_special(case, row) for row in case["specials"]]),
        _section(("撤销程序", "Revocation"), [_revocation(case, row) for row in case["revocations"]]),
        _section(("上报", "Reports upwards"), [_report(case, row) for row in case["reports"]]),
        _section(("部门系统办理环节", "Steps in the office's system"), [_node(row) for row in case["nodes"]]),
    ]
    if case["parallel"]:
        found[0]["links"] = _links(case, "joint-meeting")
    return [section for section in found if section["rows"]]


def further(case: dict[str, Any], limits: Any) -> list[tuple[str, str, bool]]:
    """Deeds that the state of the case opens though they do not change it."""
    names = []
    if "redispatch" in case["allowed"]:
        names.append("dispatch")
    if case["status"] == "correction":
        names.append("extend_correction")
    if case["same_city"] and case["status"] in BEFORE_ACCEPTANCE:
        names.append("agree_reply")
    if any(row["kind"] == "paper_transfer" and row["state"] == "open" for row in _rows(limits)):
        names.append("transfer_paper")
    if case["status"] == "completed" and case["delivery_status"] in ("ready", "undeliverable"):
        names.append("collect")
    if case["status"] == "completed" and case["delivery_status"] in ("none", "undeliverable"):
        names.append("make_ready")
    return _links(case, *names)


def clock_of(case: dict[str, Any], limits: Any) -> dict[str, Any] | None:
    """The fifteen minutes, while the material waits to be opened."""
    return view_clock(limits) if case["status"] == "dispatched" else None


def _state(words: dict[str, Both], row: dict[str, Any]) -> str:
    return t(words.get(row["state"], (row["state"], row["state"])))


def _parallel(case: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    who = visitor()
    asked = row["state"] in ("open", "overdue") and any(who.has_role(r, row["org"]) for r in ("reviewer", "decider"))
    words = [_state(PARALLEL, row), t(f"期限 {day(row['due'])}", f"due {day(row['due'])}")]
    if row["opinion"]:
        words += [_chosen("parallel-opinion", "opinion", row["opinion"]), row["remarks"]]
    return _row(row["org"], words, _links(case, "parallel-opinion", org=row["org"]) if asked else [])


def _special(case: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    words = [_state(SPECIAL, row), row["reason"], row["result"]]
    if row["started_on"]:
        words.append(t(f"自 {day(row['started_on'])}", f"since {day(row['started_on'])}"))
    return _row(
        _chosen("start_special", "kind", row["kind"]),
        words,
        _links(case, *["approve_special"] * (row["state"] == "proposed")),
    )


def _revocation(case: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    words = [_state(REVOCATION, row), row["opinion"], row["outcome"]]
    if row["defence_due"]:
        words.append(t(f"申辩至 {day(row['defence_due'])}", f"to be heard until {day(row['defence_due'])}"))
    waits = row["state"] in ("noticed", "reopened")
    return _row(row["decision_no"] or "", words, _links(case, *["decide_revocation"] * waits))


def _report(case: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    words = [row["reason"], moment(row["reported_at"]), row["opinion"] or t("待答复", "to be answered")]
    return _row(row["to_org"], words, _links(case, *["answer-report"] * (not row["answered_at"])))


def _node(row: dict[str, Any]) -> dict[str, Any]:
    return _row(row["step"], [moment(row["at"]), row["org"], row["opinion"]], [])


def _section(title: Both, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": t(title), "rows": rows, "links": []}


def _row(head: str, words: list[Any], links: Links) -> dict[str, Any]:
    return {"head": head, "words": [one for one in words if one], "links": links}


def _chosen(verb: str, field: str, value: str) -> str:
    """A choice in the words of the form in which it was made."""
    (asked,) = (one for one in REGISTRY[verb].fields if one.name == field)
    return t(dict(asked.choices()).get(value, (value, value)))


def _links(case: dict[str, Any], *names: str, **places: str) -> Links:
    verbs = [REGISTRY[name] for name in names]
    return [(verb.href(case_no=case["case_no"], **places), t(verb.title), verb.danger) for verb in verbs]


def _rows(limits: Any) -> list[dict[str, Any]]:
    return limits["items"] if isinstance(limits, dict) else []

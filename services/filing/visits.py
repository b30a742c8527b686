"""How often people come to a hall for one matter: at most twice, counted by the system (FIL-31)."""

from typing import Any

from chassis import clock
from contracts import rules
from contracts.events import filing
from services.filing import cases, items


def most(case: Any) -> int:
    """As the guide says, never more than the rule allows."""
    limit = rules.value("filing.max_onsite_visits").value
    return min(limit, items.of(case).get("visits_max") or limit)


def count(case: Any) -> None:
    """Somebody came to a window; a visit too many is noted, counted and reported to supervision. Saves nothing."""
    case.visits += 1
    if case.visits > most(case):
        facts = {"visits": case.visits, "most": most(case)}
        cases.note(case, "too_many_visits", details=facts)
        at = {"accepting_org": case.accepting_org, "visited_at": clock.now()}
        cases.tell(filing.CaseVisitsExceeded, case, **facts, **at)


def warning(case: Any) -> dict[str, str] | None:
    """What the window is shown before it asks for one more visit."""
    if case.visits < most(case):
        return None
    return {
        "rule": "FIL-31",
        "zh": f"申请人已为本事项到现场{case.visits}次（最多{most(case)}次），请通过网上或物流办理，不得再要求到现场。",
        "en": f"The applicant has come {case.visits} times (at most {most(case)}); use the net or the courier.",
    }

"""How far a case has come, in the five stages that an applicant knows; the service alone says what its state is."""

from typing import Any

from gateway.portal.texts import Both

STAGES: tuple[Both, ...] = (
    ("提交", "Sent in"),
    ("受理", "Accepted"),
    ("审查", "Review"),
    ("决定", "Decision"),
    ("送达", "Delivery"),
)
# The stage that is under way in a state; of what stands still (suspended, withdrawn, revoked …) the state says enough.
_UNDER_WAY = {
    "submitted": 1,
    "dispatched": 1,
    "pre_review": 1,
    "correction": 1,
    "resubmitted": 1,
    "returned": 1,
    "accepted": 2,
    "reviewing": 2,
    "special": 2,
    "deciding": 3,
    "completed": 4,
}
_ARRIVED = ("collected", "delivered")


def stages(case: dict[str, Any]) -> list[tuple[Both, str]]:
    """Each stage with `done`, `now` or `ahead`; empty when the case does not move (FIL-14)."""
    now = _UNDER_WAY.get(case["status"])
    if now is None:
        return []
    if now == len(STAGES) - 1 and case.get("delivery_status") in _ARRIVED:
        now = len(STAGES)
    return [
        (stage, "done" if place < now else "now" if place == now else "ahead") for place, stage in enumerate(STAGES)
    ]

"""How far a case has come, as its applicant sees it."""

import pytest

from gateway.portal.stages import STAGES, stages
from services.filing.transitions import CASE

STOPPED = {"none", "draft", "deleted", "not_accepted", "suspended", "withdrawn", "lapsed", "revoked"}


def far(status: str, delivery: str = "none") -> list[str]:
    """What is said of each stage."""
    return [word for _, word in stages({"status": status, "delivery_status": delivery})]


@pytest.mark.rule("FIL-14")
def test_a_case_that_moves_is_at_one_stage_and_a_stopped_one_at_none() -> None:
    for status in CASE.states:
        assert far(status).count("now") == (0 if status in STOPPED else 1), status
        assert len(far(status)) == (0 if status in STOPPED else len(STAGES)), status


@pytest.mark.rule("FIL-14")
def test_the_stages_before_are_done_and_a_delivered_case_has_them_all_behind_it() -> None:
    assert far("correction") == ["done", "now", "ahead", "ahead", "ahead"]
    assert far("deciding") == ["done", "done", "done", "now", "ahead"]
    assert far("completed", "shipped") == ["done", "done", "done", "done", "now"]
    assert far("completed", "delivered") == far("completed", "collected") == ["done"] * len(STAGES)

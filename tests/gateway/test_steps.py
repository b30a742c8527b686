"""The history of a case is told in words."""

from gateway.portal.steps import STEPS
from services.filing.transitions import CASE, DELIVERY


def test_every_transition_of_a_case_and_of_its_delivery_has_words() -> None:
    verbs = {row.verb for machine in (CASE, DELIVERY) for row in machine.rows} - {"delete"}
    assert verbs <= STEPS.keys()

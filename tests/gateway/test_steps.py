"""What pages show of closed lists has words: steps of a case and of a credit record, units of numbers."""

from contracts import rules
from contracts.events import supervision
from gateway.portal.steps import STEPS
from gateway.portal.words import LETTER_STEP, RECORD_STEP, UNIT
from services.credit.transitions import RECORD
from services.feedback.transitions import LETTER
from services.filing.transitions import CASE, DELIVERY


def test_every_transition_of_a_case_and_of_its_delivery_has_words() -> None:
    verbs = {row.verb for machine in (CASE, DELIVERY) for row in machine.rows} - {"delete"}
    assert verbs <= STEPS.keys()


def test_what_supervision_tells_about_a_case_has_words() -> None:
    told = {event.type for event in vars(supervision).values() if hasattr(event, "type")}
    kinds = ("supervision.task.", "supervision.rectification.", "supervision.finding.")
    assert {name for name in told if name.startswith(kinds)} <= STEPS.keys()


def test_every_step_of_a_credit_record_has_words() -> None:
    assert {row.verb for row in RECORD.rows} | {"propose", "list", "ask_for_correction"} <= RECORD_STEP.keys()


def test_every_step_of_a_letter_has_words() -> None:
    assert {row.verb for row in LETTER.rows} | {"write", "read", "expose", "publish"} <= LETTER_STEP.keys()


def test_every_unit_of_a_number_has_words() -> None:
    assert {one.unit for one in rules.constants(rules.DEFAULT).values()} <= UNIT.keys()

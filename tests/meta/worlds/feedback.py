"""The world of feedback."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from chassis.clock import clock_at
from contracts.events import supervision as supervision_events
from tests.feedback import conftest as feedback_tests
from tests.meta.permissions import World
from tests.meta.worlds.common import CLERK, DISTRICT, OWNER, example
from tests.support import bench, person


@contextmanager
def feedback(folder: Path) -> Iterator[World]:
    """A negative rating, a complaint with an order and its place in the column, a published answer and a forum."""
    with clock_at("2026-09-28 15:00"), bench(feedback_tests.service, folder) as b:
        feedback_tests.stock(b)
        owner = person(OWNER)
        case_no = feedback_tests.complete(b, subject_ref=OWNER)
        assert feedback_tests.rate(b, who=owner, level=1, text="窗口多次让我补材料").status_code == 201
        letter = feedback_tests.send(b, who=owner).get_json()["letter_no"]
        order = example("supervision.order.issued") | {
            "target_org": feedback_tests.UNIT,
            "letter_no": letter,
        }
        b.deliver(supervision_events.OrderIssued, order["order_id"], order)
        office = replace(feedback_tests.CITY_OFFICE, ref=CLERK)
        exposed = feedback_tests.act(b, office, letter, "exposure", title="窗口不告知材料", problem="未一次性告知")
        asked = feedback_tests.send(b, "consultation", owner).get_json()["letter_no"]
        for verb, body in (
            ("opening", {}),
            ("answer", {"text": "请见办事指南"}),
            ("public-answer", {"title": "需要哪些材料", "question": "需要哪些材料？", "answer": "请见办事指南"}),
        ):
            said = feedback_tests.act(b, feedback_tests.HANDLER_A, asked, verb, **body)
        forum: dict[str, Any] = {
            "kind": "forum",
            "org": feedback_tests.OFFICE,
            "held_on": "2026-09-28",
            "title": "三季度座谈会",
        }
        forum |= {"participants": 20, "summary": "听取意见"}
        opinions = {"opinions": [{"text": "希望延时服务", "org": feedback_tests.UNIT}]}
        held = b.client(office).post(f"{feedback_tests.ROOT}/meetings", json=forum | opinions).get_json()["id"]
        values = {
            "case_no": case_no,
            "letter_no": letter,
            "org": feedback_tests.UNIT,
            "to_org": feedback_tests.OTHER,
            "item_code": feedback_tests.ITEM,
            "exposure_id": exposed.get_json()["id"],
            "answer_id": said.get_json()["id"],
            "meeting_id": held,
            "number": 1,
        }
        bodies = {"record_meeting": {"json": forum}, "record_callback": {"json": {"outcome": "unreached"}}}
        markers = (OWNER, case_no, letter, asked, order["order_no"])
        yield World(b, values, (feedback_tests.UNIT, feedback_tests.OFFICE), DISTRICT, markers, bodies=bodies)

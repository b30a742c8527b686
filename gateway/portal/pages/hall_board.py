"""The big screen of a whole hall: who is called where, how many wait in each queue (GW-07, BOO-18)."""

from typing import Any

from flask import Response

from gateway.portal.addresses import fill
from gateway.portal.ask import Problem
from gateway.portal.page import route, show
from gateway.portal.visitor import get, get_all


@route("/screen/<hall>")
def hall_board(hall: str) -> Response:
    """All queues of the hall as they are now, without a login and without names."""
    about = get("catalog", fill("/halls/{hall}", {"hall": hall}))
    groups = about["queue_groups"] or []
    answers = get_all(*(("booking", fill("/queues/{hall}/{code}", group | {"hall": hall})) for group in groups))
    queues = [_queue(group, answer) for group, answer in zip(groups, answers, strict=True)]
    return show("portal/hall_board.html", hall=about, queues=queues, problem=_all_away(answers))


def _queue(group: dict[str, Any], answer: Any) -> dict[str, Any]:
    """One queue; one that nobody can tell shows nobody rather than the numbers of a moment ago."""
    known = not isinstance(answer, Problem)
    return {"group": group, "called": answer["called"] if known else [], "waiting": answer["waiting"] if known else []}


def _all_away(answers: list[Any]) -> Problem | None:
    problems = [answer for answer in answers if isinstance(answer, Problem)]
    return problems[0] if problems and len(problems) == len(answers) else None

"""Misdirected letters are passed on, never dropped (FEE-27)."""

from typing import Any

from chassis import clock, etag
from chassis.auth import actor
from chassis.errors import Refusal
from contracts import rules
from contracts.events import feedback as events
from services.feedback import directory, letters
from services.feedback.models import database


def transfer(letter_no: str, to_org: str, reason: str) -> Any:
    """Pass a misdirected letter on. Its clock goes on; from the second time the service office decides (FEE-27)."""
    with database.transaction():
        letter = letters.get(letter_no, lock=True)
        letters.check_not_named(letter)
        if not directory.is_office_of(letter.region):
            actor().require_role("letters_handler", org=letter.org)
            if letter.transfers >= rules.value("feedback.letter_transfers").value:
                raise _office_decides()
        etag.check(letter)
        unit = directory.unit(to_org)
        if unit.code == letter.org:
            raise Refusal(
                "feedback.same-unit",
                status=422,
                rule="FEE-27",
                zh="该信件已在这个单位。",
                en="The letter is with this unit already.",
                next_zh="请选择应当办理的单位。",
                next_en="Choose the unit that has to answer.",
                fields={"to_org": ["与现在的单位相同 / the same unit"]},
            )
        came_from = letter.org
        letters.move(letter, "transfer", opinion=reason, details={"from": came_from, "to": unit.code})
        letter.org, letter.region = unit.code, unit.region
        letter.transfers += 1
        letter.save()
        letters.report(
            events.LetterTransferred,
            letter,
            from_org=came_from,
            reason=reason,
            transfers=letter.transfers,
            transferred_at=clock.now(),
        )
        return letter


def _office_decides() -> Refusal:
    return Refusal(
        "feedback.office-decides",
        status=403,
        rule="FEE-27",
        zh="该信件已转办过一次；再次转办须由政务服务办决定。",
        en="The letter was passed on before; the service office decides on passing it on again.",
        next_zh="请报请政务服务办确定承办单位，办理期限继续计算。",
        next_en="Ask the service office which unit answers; the clock goes on.",
    )

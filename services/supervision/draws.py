"""Random draws of whom to inspect and who inspects (双随机), repeatable by anybody (SUP-26).

1. announce: the machine makes a seed of 32 random bytes and publishes only its SHA-256, before the names are fixed.
2. fix: the parties that hold a result of the item and the inspectors are written down and their hash is published.
   Nobody outside this process has seen the seed, so nobody can choose names to suit it; nobody can change the seed
   afterwards, for it would not match the published SHA-256. Announced draws cannot be withdrawn.
3. draw: the seed is published. A list is in the order of SHA-256(seed ":" population hash ":" entry), lowest first, key
   targets before all others. Inspectors are handed out in their own order, round and round.

In public an entry is SHA-256(draw id ":" reference): nobody is named, and everybody finds the own entry.
"""

import hashlib
import secrets
from typing import Any

from chassis import clock
from chassis.auth import actor
from chassis.errors import Refusal
from chassis.history import append
from services.supervision.models import Draw, EndedCase, KeyTarget, Push, database
from services.supervision.transitions import DRAW

ALGORITHM = "sha256-rank-1"


def announce(*, org: str, title: str, item_code: str, parties: int, inspectors_each: int) -> Any:
    """Announce a draw and commit to its seed before anybody is on its lists."""
    with database.transaction():
        actor().require_role("supervisor", org=org, item=item_code)
        seed = secrets.token_hex(32)
        draw = Draw.create(
            org=org,
            title=title,
            item_code=item_code,
            parties=parties,
            inspectors_each=inspectors_each,
            commitment=digest(seed),
            seed=seed,
            state="announced",
            announced_by=actor().id,
            announced_at=clock.now(),
        )
        append(draw.id, "announce", target="announced", org=org, details={"commitment": draw.commitment})
        return draw


def fix(draw_id: str, inspectors: list[str]) -> Any:
    """Fix the two lists: all parties that hold a result of the item, and the inspectors on duty."""
    with database.transaction():
        draw = _mine(draw_id)
        step = DRAW.step(draw.state, "fix")
        population, inspectors = _holders(draw), sorted(set(inspectors))
        if len(inspectors) < draw.inspectors_each or not population:
            raise _too_few(draw)
        serious = {row.subject_ref for row in KeyTarget.select().where(KeyTarget.serious)}
        draw.population = [{"ref": ref, "key": ref in serious} for ref in sorted(population)]
        draw.inspectors = inspectors
        draw.population_hash = digest(_published(draw))
        append(draw.id, "fix", source=draw.state, target=step.target, org=draw.org, opinion=draw.population_hash)
        draw.state = step.target
        draw.save()
        return draw


def run(draw_id: str) -> Any:
    """Draw from the fixed lists and publish the seed."""
    with database.transaction():
        draw = _mine(draw_id)
        step = DRAW.step(draw.state, "draw")

        def rank(ref: str) -> str:
            return digest(f"{draw.seed}:{draw.population_hash}:{entry(draw, ref)}")

        drawn = sorted(draw.population, key=lambda one: (not one["key"], rank(one["ref"])))[: draw.parties]
        inspectors, each = sorted(draw.inspectors, key=rank), draw.inspectors_each
        draw.result = [
            {
                "party": one["ref"],
                "inspectors": [inspectors[(place * each + k) % len(inspectors)] for k in range(each)],
            }
            for place, one in enumerate(drawn)
        ]
        append(draw.id, "draw", source=draw.state, target=step.target, org=draw.org)
        draw.state, draw.drawn_at = step.target, clock.now()
        draw.save()
        return draw


def public(draw: Any) -> dict[str, Any]:
    """What everybody may see: enough to repeat the draw, and nobody's name."""
    found = {
        name: getattr(draw, name)
        for name in ("id", "org", "title", "item_code", "parties", "inspectors_each", "state", "commitment")
    }
    found |= {"announced_at": draw.announced_at, "drawn_at": draw.drawn_at, "algorithm": ALGORITHM}
    found |= {"population_hash": draw.population_hash, "population": None, "seed": None, "result": None}
    if draw.state != "announced":
        found["population"] = _published(draw)
    if draw.state == "drawn":
        found["seed"] = draw.seed
        found["result"] = [
            {"party": entry(draw, one["party"]), "inspectors": [entry(draw, ref) for ref in one["inspectors"]]}
            for one in draw.result
        ]
    return found


def entry(draw: Any, ref: str) -> str:
    """A party or an inspector as it stands in the public lists."""
    return digest(f"{draw.id}:{ref}")


def digest(text: str) -> str:
    """SHA-256, as hexadecimal text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _published(draw: Any) -> str:
    """Both lists as text, a line for each entry: its hash is the population hash."""
    lines = [f"{'key' if one['key'] else 'party'} {entry(draw, one['ref'])}" for one in draw.population]
    return "\n".join(sorted(lines) + sorted(f"inspector {entry(draw, ref)}" for ref in draw.inspectors))


def _holders(draw: Any) -> set[str]:
    ended = EndedCase.select(EndedCase.case_id)
    files = Push.select(Push.subject_ref).where(
        Push.org == draw.org,
        Push.item_code == draw.item_code,
        Push.decision == "granted",
        Push.case_id.not_in(ended),
    )
    return {ref for (ref,) in files.distinct().tuples()}


def _mine(draw_id: str) -> Any:
    draw = Draw.get_or_refuse(draw_id, lock=True)
    actor().require_role("supervisor", org=draw.org, item=draw.item_code)
    return draw


def _too_few(draw: Any) -> Refusal:
    return Refusal(
        "supervision.draw-too-few",
        status=422,
        rule="SUP-26",
        zh="可抽取的检查对象为空，或执法人员不足。",
        en="There is no party to draw, or there are fewer inspectors than each inspection needs.",
        next_zh=f"每次检查须有 {draw.inspectors_each} 名执法人员。",
        next_en=f"Each inspection needs {draw.inspectors_each} inspectors.",
    )

"""HTTP interface of random draws (双随机)."""

from typing import Any

from flask_smorest import Blueprint

from chassis.auth import Public, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.supervision import draws, schemas
from services.supervision.models import Draw

draw = Blueprint("draws", __name__, description="双随机 random draws")

SUPERVISOR = Staff("supervisor")


@draw.get("/draws")
@allow(Public())
@draw.arguments(PageArgs, location="query")
@draw.response(200, page_schema(schemas.DrawOut))
def list_draws(arguments: dict[str, Any]) -> Any:
    """All draws ever announced, newest first"""
    query = Draw.select()
    return page(query, [Draw.announced_at], draws.public, limit=arguments["limit"], cursor=arguments["cursor"])


@draw.get("/draws/<draw_id>")
@allow(Public())
@draw.response(200, schemas.DrawOut)
def get_draw(draw_id: str) -> Any:
    """One draw with everything that is needed to repeat it (SUP-26)"""
    return draws.public(Draw.get_or_refuse(draw_id))


@draw.post("/draws")
@allow(SUPERVISOR)
@idempotent
@draw.arguments(schemas.DrawIn)
@draw.response(201, schemas.DrawOut)
def announce_draw(body: dict[str, Any]) -> Any:
    """Announce a draw and commit to its seed (SUP-26)"""
    return draws.public(draws.announce(**body))


@draw.post("/draws/<draw_id>/lists")
@allow(SUPERVISOR)
@draw.arguments(schemas.DrawLists)
@draw.response(200, schemas.DrawOut)
def fix_lists(body: dict[str, Any], draw_id: str) -> Any:
    """Fix the parties and the inspectors (SUP-26)"""
    return draws.public(draws.fix(draw_id, **body))


@draw.post("/draws/<draw_id>/result")
@allow(SUPERVISOR)
@draw.response(200, schemas.DrawOut)
def run_draw(draw_id: str) -> Any:
    """Draw, and publish the seed (SUP-26)"""
    return draws.public(draws.run(draw_id))


@draw.get("/draws/<draw_id>/assignments")
@allow(SUPERVISOR)
@draw.response(200, schemas.AssignmentOut(many=True))
def list_assignments(draw_id: str) -> Any:
    """Whom to inspect and who goes there, for the office itself (SUP-26)"""
    found = Draw.get_or_refuse(draw_id)
    actor().require_role("supervisor", org=found.org, item=found.item_code)
    return found.result or []

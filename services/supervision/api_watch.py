"""HTTP interface of electronic supervision: orders, performance, the public board."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from peewee import Value

from chassis import clock
from chassis.auth import Public, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import page, page_schema
from chassis.scope import covered
from services.supervision import board, orders, performance, schemas
from services.supervision.models import Order

watch = Blueprint("watch", __name__, description="电子监察 electronic supervision")

WATCHER = Staff("auditor")
LEADER = Staff("deputy_leader", "unit_leader")
OFFICE = Staff("service_office", shared="the service office supervises every unit (SUP-31)")


def _visible(org: Any, item: Any) -> Any:
    """The condition of rows of the caller's units and items; who watches sees all (ID-35)."""
    if actor().has_role("auditor") or actor().has_role("service_office"):
        return Value(True)
    return covered(actor(), LEADER.roles, org, item)


@watch.get("/orders")
@allow(WATCHER, OFFICE, LEADER)
@watch.arguments(schemas.OrderArgs, location="query")
@watch.response(200, page_schema(schemas.OrderOut))
def list_orders(arguments: dict[str, Any]) -> Any:
    """Supervising orders: to the caller's units, or all for those who watch (SUP-31)"""
    query = Order.select().where(_visible(Order.target_org, Order.item_code))
    if arguments["state"]:
        query = query.where(Order.state == arguments["state"])
    return page(query, [Order.issued_at], limit=arguments["limit"], cursor=arguments["cursor"])


@watch.post("/orders")
@allow(WATCHER, OFFICE)
@idempotent
@watch.arguments(schemas.OrderIn)
@watch.response(201, schemas.OrderOut)
def issue_order(body: dict[str, Any]) -> Any:
    """Issue an order: overdue, suggestion, major matter (SUP-31)"""
    return orders.issue(**body)


@watch.post("/orders/<order_id>/answer")
@allow(LEADER)
@watch.arguments(schemas.OrderAnswer)
@watch.response(200, schemas.OrderOut)
def answer_order(body: dict[str, Any], order_id: str) -> Any:
    """Say what the unit has done (SUP-31)"""
    return orders.answer(order_id, body["text"])


@watch.post("/orders/<order_id>/closing")
@allow(WATCHER, OFFICE)
@watch.arguments(schemas.OrderAnswer)
@watch.response(200, schemas.OrderOut)
def close_order(body: dict[str, Any], order_id: str) -> Any:
    """Close an order (SUP-31)"""
    return orders.close(order_id, body["text"])


@watch.get("/performance")
@allow(WATCHER, OFFICE, LEADER)
@watch.arguments(schemas.FigureArgs, location="query")
@watch.response(200, schemas.FiguresOut)
def show_performance(arguments: dict[str, Any]) -> Any:
    """Figures per organisation, item or person; leaders see their own units (SUP-32)"""
    first = arguments["first"] or clock.today().replace(day=1)
    last = arguments["last"] or clock.today()
    items = performance.figures(arguments["by"], first, last, _visible)
    return {"by": arguments["by"], "first": first, "last": last, "items": items}


@watch.get("/board")
@allow(Public())
@watch.arguments(schemas.BoardArgs, location="query")
@watch.response(200, schemas.BoardOut)
def show_board(arguments: dict[str, Any]) -> Any:
    """The honest board of a closed month (SUP-32)"""
    return board.of(arguments["month"])


@watch.get("/board.csv")
@allow(Public())
@watch.arguments(schemas.BoardArgs, location="query")
@watch.response(200, content_type="text/csv")
def export_board(arguments: dict[str, Any]) -> Any:
    """The same as a table"""
    return Response(board.as_csv(board.of(arguments["month"])), content_type="text/csv; charset=utf-8")

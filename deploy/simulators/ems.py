"""The simulated courier: takes orders, moves each parcel from node to node, pushes every node, shows all shipments.

`POST /orders/<order_no>/nodes {"state", "text"}` brings a parcel where a test or a trainer wants it and stops its own
way; the fault `refuse_cancel` has the courier keep an order that is to be withdrawn.
"""

import hashlib
import hmac
import json
import os
import threading
import time
from typing import Any

from chassis import clock
from deploy.simulators.base import PAGE_ROWS, Request, Simulator, page

SCHEMA = """
CREATE TABLE IF NOT EXISTS parcel (
    id INTEGER PRIMARY KEY, order_no TEXT NOT NULL UNIQUE, waybill TEXT NOT NULL, receiver TEXT NOT NULL,
    payer TEXT NOT NULL, state TEXT NOT NULL, ordered_at TEXT NOT NULL, next_at REAL
);
CREATE TABLE IF NOT EXISTS node (
    id INTEGER PRIMARY KEY, order_no TEXT NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS attempt (id INTEGER PRIMARY KEY, order_no TEXT NOT NULL, at TEXT NOT NULL);
"""
NODES = (
    ("picked_up", "【天津市】已揽收"),
    ("in_transit", "【天津市】运输中，离开处理中心"),
    ("out_for_delivery", "【天津市】投递员正在派送"),
    ("delivered", "已签收"),
)
NODE_SECONDS = float(os.environ.get("YWT_EMS_NODE_SECONDS", "0.5"))


class Ems(Simulator):
    """The courier signs what it pushes."""

    def push_headers(self, body: bytes) -> dict[str, str]:
        secret, stamp = os.environ.get("YWT_CALLBACK_SECRET", ""), str(int(time.time()))
        signature = hmac.new(secret.encode(), stamp.encode() + b"\n" + body, hashlib.sha256).hexdigest()
        return {"X-Callback-Timestamp": stamp, "X-Callback-Signature": signature}


simulator = Ems("ems", SCHEMA)


@simulator.route("POST", "/orders")
def order(request: Request) -> tuple[int, Any]:
    """Take one order; a number that is known already is refused with the waybill that it got."""
    body = request.body
    number, now = body["order_no"], clock.now().isoformat(timespec="seconds")
    if simulator.fault("refuse_next"):
        return 503, {"code": "BUSY", "message": "simulated refusal"}
    simulator.rows("INSERT INTO attempt (order_no, at) VALUES (?, ?)", number, now)
    known = simulator.rows("SELECT waybill FROM parcel WHERE order_no = ?", number)
    if known:
        return 409, {"code": "DUPLICATE", "order_no": number, "waybill": known[0]["waybill"]}
    receiver, payer = json.dumps(body["receiver"], ensure_ascii=False), body.get("payer", "")
    made = simulator.rows(
        "INSERT INTO parcel (order_no, waybill, receiver, payer, state, ordered_at, next_at)"
        " VALUES (?, printf('11%011d', (SELECT COALESCE(MAX(id), 0) + 1 FROM parcel)), ?, ?, 'ordered', ?, ?)"
        " RETURNING waybill",
        *(number, receiver, payer, now, time.time() + NODE_SECONDS),
    )
    if simulator.fault("hang_next"):
        simulator.hang()
    return 201, {"code": "OK", "order_no": number, "waybill": made[0]["waybill"]}


@simulator.route("GET", "/orders/<order_no>")
def look(request: Request) -> tuple[int, Any]:
    """An order with its nodes."""
    found = simulator.rows("SELECT * FROM parcel WHERE order_no = ?", request.path["order_no"])
    if not found:
        return 404, {"code": "NOT_FOUND"}
    nodes = simulator.rows("SELECT state, text, at FROM node WHERE order_no = ? ORDER BY id", request.path["order_no"])
    return 200, found[0] | {"nodes": nodes}


@simulator.route("DELETE", "/orders/<order_no>")
def cancel(request: Request) -> tuple[int, Any]:
    """Withdraw an order that was not picked up yet; again and again with the same answer."""
    found = simulator.rows("SELECT * FROM parcel WHERE order_no = ?", request.path["order_no"])
    if not found:
        return 404, {"code": "NOT_FOUND"}
    if simulator.fault("refuse_cancel") or found[0]["state"] not in {"ordered", "cancelled"}:
        return 409, {"code": "PICKED_UP", "message": "the parcel is under way"}
    simulator.rows("UPDATE parcel SET state = 'cancelled', next_at = NULL WHERE order_no = ?", found[0]["order_no"])
    return 200, {"code": "OK"}


@simulator.route("POST", "/orders/<order_no>/nodes")
def bring(request: Request) -> tuple[int, Any]:
    """Bring a parcel to a node on demand; it moves no further by itself."""
    found = simulator.rows("SELECT * FROM parcel WHERE order_no = ?", request.path["order_no"])
    if not found:
        return 404, {"code": "NOT_FOUND"}
    state = request.body["state"]
    _reach(found[0], state, request.body.get("text", state), None)
    return 201, {"code": "OK"}


@simulator.route("GET", "/orders")
def orders(request: Request) -> tuple[int, Any]:
    """All orders, newest first, with the number of times each was sent here."""
    rows = simulator.rows(
        "SELECT parcel.*, (SELECT COUNT(*) FROM attempt WHERE attempt.order_no = parcel.order_no) AS attempts"
        " FROM parcel ORDER BY id DESC LIMIT ?",
        int(request.query.get("limit", PAGE_ROWS)),
    )
    return 200, {"items": rows}


@simulator.route("GET", "/")
def show(request: Request) -> tuple[int, Any]:
    """The page with all shipments."""
    columns = {
        "ordered_at": "下单 Ordered",
        "order_no": "订单号 Order",
        "waybill": "邮件号 Waybill",
        "receiver": "收件人 Receiver",
        "payer": "付费方 Payer",
        "state": "状态 State",
    }
    rows = simulator.rows("SELECT * FROM parcel ORDER BY id DESC LIMIT ?", PAGE_ROWS)
    return 200, page("邮政速递(模拟)", "EMS shipments (simulator)", columns, rows)


def _move() -> None:
    """Bring every parcel one node further when its time has come."""
    following = dict(zip(("ordered", *[state for state, _ in NODES]), NODES, strict=False))
    while True:
        for parcel in simulator.rows("SELECT * FROM parcel WHERE next_at <= ? ORDER BY next_at LIMIT 100", time.time()):
            state, text = following[parcel["state"]]
            _reach(parcel, state, text, None if state == "delivered" else time.time() + NODE_SECONDS)
        time.sleep(0.1)


def _reach(parcel: dict[str, Any], state: str, text: str, next_at: float | None) -> None:
    """Write a node down and push it."""
    at, number = clock.now().isoformat(timespec="seconds"), parcel["order_no"]
    simulator.rows("INSERT INTO node (order_no, state, text, at) VALUES (?, ?, ?, ?)", number, state, text, at)
    simulator.rows("UPDATE parcel SET state = ?, next_at = ? WHERE order_no = ?", state, next_at, number)
    simulator.push(
        {"order_no": number, "waybill": parcel["waybill"], "state": state, "text": text, "at": at}, after_ms=0
    )


if __name__ == "__main__":
    threading.Thread(target=_move, daemon=True).start()
    simulator.serve()

"""The simulated SMS carrier: takes messages as real ones do (not idempotent), sends receipts, shows them all."""

import re
import uuid
from typing import Any

from chassis import clock
from deploy.simulators.base import PAGE_ROWS, Request, Simulator, page

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, biz_id TEXT NOT NULL, out_id TEXT NOT NULL, mobile TEXT NOT NULL, template TEXT NOT NULL,
    text TEXT NOT NULL, sent_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_out_id ON message (out_id);
CREATE INDEX IF NOT EXISTS message_mobile ON message (mobile, id);
"""
simulator = Simulator("sms", SCHEMA)


@simulator.route("POST", "/send")
def send(request: Request) -> tuple[int, Any]:
    """Take one message. `hang_next` takes it and answers too late, `refuse_next` refuses, `fail_next` is a 500."""
    body = request.body
    if simulator.fault("fail_next"):
        return 500, {"code": "isp.SYSTEM_ERROR", "message": "simulated fault"}
    if simulator.fault("refuse_next"):
        return 200, {"code": "isv.BUSINESS_LIMIT_CONTROL", "message": "simulated refusal"}
    if not re.fullmatch(r"1\d{10}", body["mobile"]):
        return 200, {"code": "isv.MOBILE_NUMBER_ILLEGAL", "message": "not a mobile number"}
    biz_id = uuid.uuid4().hex
    sent_at = clock.now().isoformat(timespec="seconds")
    simulator.rows(
        "INSERT INTO message (biz_id, out_id, mobile, template, text, sent_at) VALUES (?, ?, ?, ?, ?, ?)",
        *(biz_id, body["out_id"], body["mobile"], body["template"], body["sign"] + body["text"], sent_at),
    )
    simulator.push({"biz_id": biz_id, "out_id": body["out_id"], "status": "delivered", "at": sent_at})
    if simulator.fault("hang_next"):
        simulator.hang()
    return 200, {"code": "OK", "biz_id": biz_id, "message": "OK"}


@simulator.route("GET", "/query")
def query(request: Request) -> tuple[int, Any]:
    """What became of a message, by the customer's own number (asked after a time-out, before any resend)."""
    found = simulator.rows("SELECT biz_id FROM message WHERE out_id = ? ORDER BY id", request.query["out_id"])
    return 200, {"found": bool(found), "biz_id": found[0]["biz_id"] if found else None}


@simulator.route("GET", "/messages")
def messages(request: Request) -> tuple[int, Any]:
    """What was sent, newest first, all or to one number."""
    limit = int(request.query.get("limit", PAGE_ROWS))
    mobile = request.query.get("mobile")
    where, parameters = ("WHERE mobile = ?", [mobile]) if mobile else ("", [])
    return 200, {"items": simulator.rows(f"SELECT * FROM message {where} ORDER BY id DESC LIMIT ?", *parameters, limit)}


@simulator.route("GET", "/")
def show(request: Request) -> tuple[int, Any]:
    """The page with all messages."""
    columns = {"sent_at": "时间 Time", "mobile": "手机 Mobile", "template": "模板 Template", "text": "内容 Text"}
    rows = simulator.rows("SELECT * FROM message ORDER BY id DESC LIMIT ?", PAGE_ROWS)
    return 200, page("已发短信(模拟)", "SMS sent (simulator)", columns, rows)


if __name__ == "__main__":
    simulator.serve()

"""The simulated SMS carrier: takes messages as real ones do (not idempotent), sends receipts, shows them all.

It speaks three dialects: a plain one (`/send`, `/query`), Aliyun's (`POST /` with x-acs-action) and Tencent's (`POST /`
with X-TC-Action), and refuses what is not signed with YWT_SMS_KEY_ID and YWT_SMS_KEY_SECRET; the plain one is open as
long as there is no such key. Receipts go to YWT_SMS_PUSH_URL in the dialect in which the message came.

Faults, each as often as its number says: `fail_next` (500, not taken), `refuse_next` (the limit of a number),
`reject_next` (a blacklisted number), `rate_next` (too many calls), `account_next` (no money left), `hang_next` (taken,
answered too late), `slow_next` (taken, answered after `slow_ms`), `miss_next` (the receipt says undelivered); and
`push_delay_ms` for late receipts, `drop_pushes` for lost ones, `hang_queries` for questions that are answered too late.
"""

import os
import re
import time
import uuid
from datetime import datetime
from typing import Any

from chassis import clock
from deploy.simulators import signatures
from deploy.simulators.base import PAGE_ROWS, Request, Simulator, page

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, biz_id TEXT NOT NULL, out_id TEXT NOT NULL, mobile TEXT NOT NULL, template TEXT NOT NULL,
    text TEXT NOT NULL, sent_at TEXT NOT NULL, taken REAL NOT NULL, delivered INTEGER NOT NULL, reported REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS message_out_id ON message (out_id);
CREATE INDEX IF NOT EXISTS message_mobile ON message (mobile, id);
"""
FRESH_SECONDS = 900
# What each fault is called: plain and Aliyun, Tencent.
SAYS = {
    "refuse_next": ("isv.BUSINESS_LIMIT_CONTROL", "LimitExceeded.PhoneNumberDailyLimit"),
    "reject_next": ("isv.BLACK_KEY_CONTROL_LIMIT", "FailedOperation.PhoneNumberInBlacklist"),
    "rate_next": ("isv.ACCOUNT_RATE_LIMIT", "RequestLimitExceeded"),
    "account_next": ("isv.AMOUNT_NOT_ENOUGH", "FailedOperation.InsufficientBalanceInSmsPackage"),
}
BAD_NUMBER = ("isv.MOBILE_NUMBER_ILLEGAL", "InvalidParameterValue.IncorrectPhoneNumber")
FAILED = ("isp.SYSTEM_ERROR", "InternalError.Timeout")


class Carrier(Simulator):
    """Signs its receipts, and sends several at once."""

    pushers = 8

    def push_headers(self, body: bytes) -> dict[str, str]:
        """By our own signature; those in the words of Aliyun and Tencent go to an address that is a secret itself."""
        stamp = str(int(time.time()))
        signature = signatures.plain(os.environ.get("YWT_CALLBACK_SECRET", ""), stamp, body)
        return {"X-Callback-Timestamp": stamp, "X-Callback-Signature": signature}


simulator = Carrier("sms", SCHEMA)
key_id, secret = os.environ.get("YWT_SMS_KEY_ID", ""), os.environ.get("YWT_SMS_KEY_SECRET", "")


# --- plain --------------------------------------------------------------------------------------------------------


@simulator.route("POST", "/send")
def send(request: Request) -> tuple[int, Any]:
    """Take one message."""
    if not _signed_plainly(request, request.raw):
        return 403, {"code": "isv.SIGNATURE", "message": "not signed by this customer"}
    body = request.body
    if simulator.fault("fail_next"):
        return 500, {"code": FAILED[0], "message": "simulated fault"}
    fault = _refusal(body["mobile"])
    if fault:
        return 200, {"code": fault[0], "message": "simulated refusal"}
    biz_id, sent_at, delivered = _take(body["out_id"], body["mobile"], body["template"], body["sign"] + body["text"])
    status = "delivered" if delivered else "undelivered"
    simulator.push({"biz_id": biz_id, "out_id": body["out_id"], "status": status, "at": sent_at.isoformat()})
    _dawdle()
    return 200, {"code": "OK", "biz_id": biz_id, "message": "OK"}


@simulator.route("GET", "/query")
def query(request: Request) -> tuple[int, Any]:
    """What became of a message, by the customer's own number (asked after a time-out, before any resend)."""
    out_id = request.query["out_id"]
    if not _signed_plainly(request, out_id.encode()):
        return 403, {"code": "isv.SIGNATURE", "message": "not signed by this customer"}
    _dawdle(taken=False)
    found = simulator.rows("SELECT * FROM message WHERE out_id = ? ORDER BY id", out_id)
    if not found:
        return 200, {"found": False, "biz_id": None}
    status = ("undelivered", "delivered")[found[0]["delivered"]] if _is_reported(found[0]) else "waiting"
    return 200, {"found": True, "biz_id": found[0]["biz_id"], "status": status}


# --- Aliyun and Tencent -------------------------------------------------------------------------------------------


@simulator.route("POST", "/")
def action(request: Request) -> tuple[int, Any]:
    """An action of Aliyun or of Tencent, if its signature is right."""
    if "X-TC-Action" in request.headers:
        return _tencent(request)
    if not _signed_for_aliyun(request):
        return 400, {"Code": "SignatureDoesNotMatch", "Message": "the signature is not ours"}
    if request.headers["x-acs-version"] != "2017-05-25":
        return 404, {"Code": "InvalidVersion", "Message": "no such version"}
    verb = {"SendSms": _aliyun_send, "QuerySendDetails": _aliyun_query}.get(request.headers["x-acs-action"])
    return verb(request.query) if verb else (404, {"Code": "InvalidAction.NotFound", "Message": "no such action"})


def _aliyun_send(query: dict[str, str]) -> tuple[int, Any]:
    if simulator.fault("fail_next"):
        return 500, {"Code": FAILED[0], "Message": "simulated fault"}
    mobile, out_id = query["PhoneNumbers"], query["OutId"]
    fault = _refusal(mobile)
    if fault:
        return 200, {"Code": fault[0], "Message": "simulated refusal", "RequestId": uuid.uuid4().hex}
    text = f"【{query['SignName']}】{query['TemplateParam']}"
    biz_id, sent_at, delivered = _take(out_id, mobile, query["TemplateCode"], text)
    moment = sent_at.strftime("%Y-%m-%d %H:%M:%S")
    report = {
        "phone_number": mobile, "send_time": moment, "report_time": moment, "success": delivered,
        "err_code": "DELIVERED" if delivered else "MK:0001", "err_msg": "", "sms_size": "1",
        "biz_id": biz_id, "out_id": out_id,
    }  # fmt: skip
    simulator.push([report])
    _dawdle()
    return 200, {"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": uuid.uuid4().hex}


def _aliyun_query(query: dict[str, str]) -> tuple[int, Any]:
    _dawdle(taken=False)
    size, number = int(query["PageSize"]), int(query["CurrentPage"])
    day = datetime.strptime(query["SendDate"], "%Y%m%d").replace(tzinfo=clock.SHANGHAI).timestamp()
    rows = simulator.rows(
        "SELECT * FROM message WHERE mobile = ? AND taken >= ? AND taken < ? ORDER BY id DESC LIMIT ? OFFSET ?",
        *(query["PhoneNumber"], day, day + 86400, size, size * (number - 1)),
    )
    details = [
        {
            "OutId": row["out_id"], "PhoneNum": row["mobile"], "TemplateCode": row["template"], "Content": row["text"],
            "SendStatus": (3 if row["delivered"] else 2) if _is_reported(row) else 1, "SendDate": row["sent_at"],
        }
        for row in rows
    ]  # fmt: skip
    found = {"SmsSendDetailDTO": details}
    return 200, {"Code": "OK", "Message": "OK", "TotalCount": str(len(rows)), "SmsSendDetailDTOs": found}


def _tencent(request: Request) -> tuple[int, Any]:
    verb = {"SendSms": _tencent_send, "PullSmsSendStatusByPhoneNumber": _tencent_query}
    name = request.headers["X-TC-Action"]
    if not _signed_for_tencent(request):
        answer: dict[str, Any] = {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "not our signature"}}
    elif name not in verb or request.headers["X-TC-Version"] != "2021-01-11":
        answer = {"Error": {"Code": "InvalidAction", "Message": "no such action"}}
    else:
        answer = verb[name](request.body)
    return 200, {"Response": answer | {"RequestId": uuid.uuid4().hex}}


def _tencent_send(body: dict[str, Any]) -> dict[str, Any]:
    number, out_id = body["PhoneNumberSet"][0], body["SessionContext"]
    if simulator.fault("fail_next"):
        return {"Error": {"Code": FAILED[1], "Message": "simulated fault"}}
    mobile = number.removeprefix("+86")
    status = {"SerialNo": "", "PhoneNumber": number, "Fee": 0, "SessionContext": out_id, "Code": "Ok", "Message": ""}
    fault = _refusal(mobile)
    if fault:
        return {"SendStatusSet": [status | {"Code": fault[1], "Message": "simulated refusal"}]}
    text = f"【{body['SignName']}】{'|'.join(body['TemplateParamSet'])}"
    serial, sent_at, delivered = _take(out_id, mobile, body["TemplateId"], text)
    moment, told = sent_at.strftime("%Y-%m-%d %H:%M:%S"), ("SUCCESS", "DELIVRD") if delivered else ("FAIL", "UNDELIV")
    report = {"user_receive_time": moment, "nationcode": "86", "mobile": mobile, "description": "", "sid": serial}
    simulator.push([report | {"report_status": told[0], "errmsg": told[1]}])
    _dawdle()
    return {"SendStatusSet": [status | {"SerialNo": serial, "Fee": 1}]}


def _tencent_query(body: dict[str, Any]) -> dict[str, Any]:
    """Only what the network has answered for."""
    _dawdle(taken=False)
    mobile = body["PhoneNumber"].removeprefix("+86")
    sql = "SELECT * FROM message WHERE mobile = ? AND taken >= ? AND reported <= ? ORDER BY id DESC LIMIT ?"
    return {
        "PullSmsSendStatusSet": [
            {
                "SerialNo": row["biz_id"], "PhoneNumber": body["PhoneNumber"], "SubscriberNumber": mobile,
                "CountryCode": "86", "UserReceiveTime": int(row["taken"]), "Description": "",
                "ReportStatus": "SUCCESS" if row["delivered"] else "FAIL", "SessionContext": row["out_id"],
            }
            for row in simulator.rows(sql, mobile, body["BeginTime"], time.time(), body["Limit"])
        ]
    }  # fmt: skip


# --- what all have in common --------------------------------------------------------------------------------------


def _refusal(mobile: str) -> tuple[str, str] | None:
    for name, codes in SAYS.items():
        if simulator.fault(name):
            return codes
    return None if re.fullmatch(r"1\d{10}", mobile) else BAD_NUMBER


def _take(out_id: str, mobile: str, template: str, text: str) -> tuple[str, datetime, bool]:
    """Note a message as sent; its number here, when, and whether it arrives."""
    biz_id, sent_at, delivered = uuid.uuid4().hex, clock.now().replace(microsecond=0), not simulator.fault("miss_next")
    taken, delay = time.time(), simulator.setting("push_delay_ms") / 1000
    simulator.rows(
        "INSERT INTO message (biz_id, out_id, mobile, template, text, sent_at, taken, delivered, reported)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(biz_id, out_id, mobile, template, text, sent_at.isoformat(), taken, int(delivered), taken + delay),
    )
    return biz_id, sent_at, delivered


def _is_reported(row: dict[str, Any]) -> bool:
    """Whether the network has answered."""
    return row["reported"] <= time.time()


def _dawdle(*, taken: bool = True) -> None:
    if taken and simulator.fault("hang_next"):
        simulator.hang()
    elif taken and simulator.fault("slow_next"):
        time.sleep(simulator.setting("slow_ms", 3000) / 1000)
    elif not taken and simulator.fault("hang_queries"):
        simulator.hang()


def _signed_plainly(request: Request, body: bytes) -> bool:
    stamp = request.headers.get("X-Timestamp", "")
    return not secret or (_fresh(stamp) and request.headers.get("X-Signature") == signatures.plain(secret, stamp, body))


def _signed_for_aliyun(request: Request) -> bool:
    moment = str(int(datetime.fromisoformat(request.headers["x-acs-date"]).timestamp()))
    return (
        bool(secret)
        and _fresh(moment)
        and signatures.aliyun(key_id, secret, request.query, request.headers, request.raw)
    )


def _signed_for_tencent(request: Request) -> bool:
    fresh = _fresh(request.headers["X-TC-Timestamp"])
    return bool(secret) and fresh and signatures.tencent(key_id, secret, request.headers, request.raw)


def _fresh(stamp: str) -> bool:
    return stamp.isdecimal() and abs(time.time() - int(stamp)) < FRESH_SECONDS


# --- looking ------------------------------------------------------------------------------------------------------


@simulator.route("GET", "/messages")
def messages(request: Request) -> tuple[int, Any]:
    """What was sent, newest first, all or to one number."""
    limit = int(request.query.get("limit", PAGE_ROWS))
    mobile = request.query.get("mobile")
    where, parameters = ("WHERE mobile = ?", [mobile]) if mobile else ("", [])
    return 200, {"items": simulator.rows(f"SELECT * FROM message {where} ORDER BY id DESC LIMIT ?", *parameters, limit)}


@simulator.route("GET", "/count")
def count(request: Request) -> tuple[int, Any]:
    """How many messages were taken, and how many different ones."""
    (row,) = simulator.rows("SELECT count(*) AS taken, count(DISTINCT out_id) AS different FROM message")
    return 200, row


@simulator.route("GET", "/")
def show(request: Request) -> tuple[int, Any]:
    """The page with all messages."""
    columns = {"sent_at": "时间 Time", "mobile": "手机 Mobile", "template": "模板 Template", "text": "内容 Text"}
    rows = simulator.rows("SELECT * FROM message ORDER BY id DESC LIMIT ?", PAGE_ROWS)
    return 200, page("已发短信(模拟)", "SMS sent (simulator)", columns, rows)


if __name__ == "__main__":
    simulator.serve()

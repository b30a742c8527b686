"""The languages of the carriers of messages (domain 5.5): Aliyun, Tencent Cloud, and a plain one over HTTP."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from chassis import clock, http
from chassis.ids import new_id
from services.notifier import providers, signatures
from services.notifier.options import Account
from services.notifier.providers import Found, Limited, NotTaken, Refused, Sms

PAGE = 50  # details in one answer of Aliyun, its most
CHINA = "+86"
TENCENT_SERVICE = "sms"

# What lies in the message itself. Whatever else a carrier refuses lies with it or with our account there.
_ALIYUN_FINAL = {
    f"isv.{name}"
    for name in (
        "MOBILE_NUMBER_ILLEGAL", "MOBILE_COUNT_OVER_LIMIT", "BLACK_KEY_CONTROL_LIMIT", "TEMPLATE_MISSING_PARAMETERS",
        "TEMPLATE_PARAMS_ILLEGAL", "PARAM_LENGTH_LIMIT", "PARAM_NOT_SUPPORT_URL", "INVALID_PARAMETERS",
        "INVALID_JSON_PARAM", "SMS_TEMPLATE_ILLEGAL", "SMS_CONTENT_ILLEGAL",
    )
}  # fmt: skip
_ALIYUN_LIMIT = {"isv.BUSINESS_LIMIT_CONTROL"}
_TENCENT_FINAL = {
    "FailedOperation.PhoneNumberInBlacklist",
    "FailedOperation.ContainSensitiveWord",
    "FailedOperation.TemplateIncorrectOrUnapproved",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
    "InvalidParameterValue.IncorrectPhoneNumber",
    "InvalidParameterValue.ContentLengthLimit",
    "InvalidParameterValue.TemplateParameterFormatError",
    "InvalidParameterValue.TemplateParameterLengthLimit",
    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
}
_TENCENT_LIMIT = "LimitExceeded.PhoneNumber"


class Aliyun:
    """`dysmsapi` 2017-05-25: SendSms, QuerySendDetails; signature version 3."""

    VERSION = "2017-05-25"
    believed_after = timedelta(0)  # its details list a message at once, as waiting for its receipt
    limits_numbers = True

    def __init__(self, account: Account):
        self.account = account

    def send(self, sms: Sms) -> str:
        """SendSms; our own number travels as OutId."""
        query = {
            "PhoneNumbers": sms.mobile,
            "SignName": _bare(sms.sign),
            "TemplateCode": self.account.templates.get(sms.template, sms.template),
            "TemplateParam": json.dumps(dict(sms.params), ensure_ascii=False),
            "OutId": sms.out_id,
        }
        return str(self._call("SendSms", query)["BizId"])

    def query(self, out_id: str, mobile: str | None, called_at: datetime) -> Found | None:
        """QuerySendDetails of the day (both days around midnight), until our number is found."""
        if mobile is None:
            raise LookupError("the number is not known any more, without which Aliyun cannot be asked")
        days = {clock.local(moment).strftime("%Y%m%d") for moment in (called_at, called_at + timedelta(minutes=1))}
        for day in sorted(days):
            page = 1
            while True:
                answer = self._call(
                    "QuerySendDetails",
                    {"PhoneNumber": mobile, "SendDate": day, "PageSize": str(PAGE), "CurrentPage": str(page)},
                )
                details = answer["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
                for detail in details:
                    if detail.get("OutId") == out_id:
                        return Found(None, {2: False, 3: True}.get(int(detail["SendStatus"])), None)
                if len(details) < PAGE:
                    break
                page += 1
        return None

    def _call(self, action: str, query: Mapping[str, str]) -> dict[str, Any]:
        headers = {
            "host": urlsplit(self.account.url).netloc,
            "x-acs-action": action,
            "x-acs-version": self.VERSION,
            "x-acs-date": clock.wall().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": new_id(),
            "x-acs-content-sha256": signatures.digest(b""),
        }
        signature = signatures.acs3(self.account.secret, "POST", "/", query, headers)
        headers["authorization"] = (
            f"{signatures.ACS3} Credential={self.account.key_id},"
            f"SignedHeaders={signatures.signed_names(headers)},Signature={signature}"
        )
        encoded: Any = signatures.query_string(query)  # as it was signed; not in the path, which errors name
        client = http.provider(self.account.url)
        try:
            answer = http.json_or_raise(client.post("/", params=encoded, headers=headers, timeout=providers.TIMEOUT))
        except http.Rejected as error:
            if error.status < 500:  # signature, rights, or too many calls
                raise NotTaken(str(error.problem.get("Code") or error.status)) from None
            raise
        _judge(str(answer["Code"]), answer)
        return answer


class Tencent:
    """`sms` 2021-01-11: SendSms, PullSmsSendStatusByPhoneNumber; TC3-HMAC-SHA256."""

    VERSION = "2021-01-11"
    believed_after = timedelta(minutes=10)  # it lists a message only once the network has answered
    limits_numbers = True

    def __init__(self, account: Account):
        self.account = account

    def send(self, sms: Sms) -> str:
        """SendSms; our own number travels as SessionContext, the parameters in the order of the Chinese text."""
        body = {
            "PhoneNumberSet": [CHINA + sms.mobile],
            "SmsSdkAppId": self.account.app,
            "TemplateId": self.account.templates.get(sms.template, sms.template),
            "SignName": _bare(sms.sign),
            "TemplateParamSet": list(sms.params.values()),
            "SessionContext": sms.out_id,
        }
        status = self._call("SendSms", body)["SendStatusSet"][0]
        if status["Code"] != "Ok":
            self._refused(str(status["Code"]), status)
        return str(status["SerialNo"])

    def query(self, out_id: str, mobile: str | None, called_at: datetime) -> Found | None:
        """The statuses of the number since the call."""
        if mobile is None:
            raise LookupError("the number is not known any more, without which Tencent cannot be asked")
        body = {
            "BeginTime": int(called_at.timestamp()) - 60,
            "Offset": 0,
            "Limit": 100,
            "PhoneNumber": CHINA + mobile,
            "SmsSdkAppId": self.account.app,
        }
        for status in self._call("PullSmsSendStatusByPhoneNumber", body)["PullSmsSendStatusSet"]:
            if status.get("SessionContext") == out_id:
                return Found(str(status["SerialNo"]), status["ReportStatus"] == "SUCCESS")
        return None

    def _call(self, action: str, content: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps(content).encode()
        now = int(clock.wall().timestamp())
        host, day = urlsplit(self.account.url).netloc, clock.wall().strftime("%Y-%m-%d")
        signed = {"content-type": "application/json; charset=utf-8", "host": host, "x-tc-action": action.lower()}
        signature = signatures.tc3(self.account.secret, TENCENT_SERVICE, now, signed, body)
        headers = {
            "Content-Type": signed["content-type"],
            "Host": host,
            "X-TC-Action": action,
            "X-TC-Version": self.VERSION,
            "X-TC-Timestamp": str(now),
            "X-TC-Region": self.account.region,
            "Authorization": f"{signatures.TC3} Credential={self.account.key_id}/{day}/{TENCENT_SERVICE}/tc3_request,"
            f" SignedHeaders={signatures.signed_names(signed)}, Signature={signature}",
        }
        client = http.provider(self.account.url)
        answer = http.json_or_raise(client.post("/", data=body, headers=headers, timeout=providers.TIMEOUT))
        response: dict[str, Any] = answer["Response"]
        if "Error" in response:
            self._refused(str(response["Error"]["Code"]), response)
        return response

    @staticmethod
    def _refused(code: str, answer: dict[str, Any]) -> None:
        if code in _TENCENT_FINAL:
            raise Refused(code)
        if code.startswith(_TENCENT_LIMIT):
            raise Limited(code)
        if code.startswith("InternalError"):  # its own trouble: it may have been taken
            raise http.Rejected(502, answer)
        raise NotTaken(code)


class Plain:
    """A carrier's gateway that speaks plain HTTP: POST /send, GET /query, with Aliyun's words for what is wrong.

    Signed by our own signature when the account has a secret.
    """

    believed_after = timedelta(0)
    limits_numbers = False

    def __init__(self, account: Account):
        self.account = account

    def send(self, sms: Sms) -> str:
        """One call, never repeated here."""
        content = {
            "mobile": sms.mobile,
            "sign": sms.sign,
            "template": self.account.templates.get(sms.template, sms.template),
            "params": dict(sms.params),
            "text": sms.text,
            "out_id": sms.out_id,
        }
        body = json.dumps(content, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **self._signature(body)}
        try:
            answer = http.json_or_raise(
                self._client().post("/send", data=body, headers=headers, timeout=providers.TIMEOUT)
            )
        except http.Rejected as error:
            if error.status in {401, 403, 429}:
                raise NotTaken(str(error.problem.get("code") or error.status)) from None
            if error.status < 500:
                raise Refused(str(error.problem.get("code") or error.status)) from None
            raise
        _judge(str(answer["code"]), answer)
        return str(answer["biz_id"])

    def query(self, out_id: str, mobile: str | None, called_at: datetime) -> Found | None:
        """What the carrier has under our number."""
        headers = self._signature(out_id.encode())
        answer = http.json_or_raise(
            self._client().get("/query", params={"out_id": out_id}, headers=headers, timeout=providers.TIMEOUT)
        )
        if not answer["found"]:
            return None
        return Found(str(answer["biz_id"]), {"delivered": True, "undelivered": False}.get(answer.get("status", "")))

    def _client(self) -> http.Client:
        try:
            return http.provider(self.account.url or http.peer("sms").base_url)
        except LookupError as error:
            raise NotTaken(str(error)) from None

    def _signature(self, body: bytes) -> dict[str, str]:
        if not self.account.secret:
            return {}
        stamp = str(int(clock.wall().timestamp()))
        return {"X-Timestamp": stamp, "X-Signature": signatures.ours(self.account.secret, stamp, body)}


DIALECTS: dict[str, Callable[[Account], providers.SmsProvider]] = {
    "aliyun": Aliyun,
    "tencent": Tencent,
    "plain": Plain,
}


def speak(account: Account) -> providers.SmsProvider:
    """The carrier behind an account."""
    return DIALECTS[account.dialect](account)


def _judge(code: str, answer: dict[str, Any]) -> None:
    """What an answer in Aliyun's words means; silence is consent."""
    if code == "OK":
        return
    if code.startswith("isp."):  # the carrier's own trouble: it may have been taken
        raise http.Rejected(502, answer)
    if code in _ALIYUN_LIMIT:
        raise Limited(code)
    raise Refused(code) if code in _ALIYUN_FINAL else NotTaken(code)


def _bare(sign: str) -> str:
    return sign.strip("【】")

"""What an account can do beyond logging in: recovery, addresses, devices, agents, export, closing (ID-18…25, ID-35)."""

from typing import Any

from flask import g, jsonify, redirect, request

from gateway.portal import guard
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.pages.account import ACCOUNT, CODE, KIND, MOBILE, NEW_PASSWORD, PASSWORD, send_code
from gateway.portal.screens import Column, Deed, Facts, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.visitor import send

QUESTIONS = (
    ("first_teacher", ("第一位老师的姓名", "Name of your first teacher")),
    ("childhood_friend", ("童年好友的姓名", "Name of a childhood friend")),
    ("first_work_unit", ("第一个工作单位", "Your first work unit")),
    ("grandmother", ("外祖母的姓名", "Name of your grandmother")),
    ("first_journey", ("第一次远行的地方", "Where your first journey went")),
    ("favourite_book", ("最喜欢的书", "Your favourite book")),
)
REASON = Field("reason", ("原因", "Reason"), required=False, most=200)
VERBS = (
    Verb(
        "add-address",
        ("新增地址", "Add an address"),
        "identity",
        "/me/addresses",
        "/my/account",
        who="citizen",
        fields=(
            Field("recipient", ("收件人", "Recipient"), autocomplete="name", most=50),
            Field("phone", ("电话", "Phone"), "mobile", autocomplete="tel", most=20),
            Field(
                "region",
                ("行政区划代码", "Code of the district"),
                "code",
                ("6 位，如 120101 和平区", "6 digits, like 120101 for Heping"),
                most=12,
                default="120101",
            ),
            Field("detail", ("详细地址", "Address"), autocomplete="street-address", most=200),
            Field("is_default", ("设为默认", "Make it the default"), "tick", required=False),
        ),
        done=("地址已保存。", "The address is saved."),
    ),
    Verb(
        "drop-address",
        ("删除地址", "Delete the address"),
        "identity",
        "/me/addresses/{address_id}",
        "/my/account/settings",
        method="DELETE",
        who="citizen",
        done=("地址已删除。", "The address is deleted."),
    ),
    Verb(
        "log-out-device",
        ("退出这台设备", "Log this device out"),
        "identity",
        "/sessions/{session_id}",
        "/my/account/settings",
        method="DELETE",
        who="anyone",
        done=("该设备已退出。", "That device is logged out."),
    ),
    Verb(
        "log-out-all",
        ("退出全部设备", "Log all devices out"),
        "identity",
        "/sessions",
        "/login",
        method="DELETE",
        who="citizen",
        lead=("包括本机，需要重新登录。", "This one, too; you log in again."),
        ends_login=True,
        danger=True,
    ),
    Verb(
        "set-question",
        ("设置密保问题", "Set a security question"),
        "identity",
        "/me/security-question",
        "/my/account/settings",
        method="PUT",
        who="citizen",
        fields=(
            PASSWORD,
            Field("question", ("问题", "Question"), "pick", options=QUESTIONS),
            Field("answer", ("答案", "Answer"), most=100),
        ),
        done=("密保问题已设置。", "The question is set."),
    ),
    Verb(
        "correct-identity",
        ("更正姓名与证件", "Correct name and document"),
        "identity",
        "/me",
        "/my/account",
        method="PATCH",
        who="citizen",
        fields=(
            Field("name", ("姓名", "Name"), required=False, autocomplete="name", most=50),
            Field("id_no", ("证件号码", "Document number"), required=False, most=30),
        ),
        lead=("实名之前可以更正。", "Possible until you are verified."),
        done=("已更正。", "Corrected."),
    ),
    Verb(
        "name-agent",
        ("委托经办人", "Name an agent"),
        "identity",
        "/me/agents",
        "/my/account/settings",
        who="citizen",
        fields=(
            Field("account", ("经办人的个人账号", "Personal account of the agent"), most=64),
            Field("name", ("经办人姓名", "Name of the agent"), most=50),
            Field(
                "items",
                ("限定事项编码", "Codes of the items"),
                "lines",
                ("每行一个；不填为全部事项", "One a line; none means all"),
                required=False,
            ),
            Field("valid_from", ("起始日", "From"), "date", required=False),
            Field("valid_until", ("截止日", "Until"), "date"),
        ),
        done=("已委托。", "Named."),
    ),
    Verb(
        "end-agent",
        ("收回委托", "Take the agency back"),
        "identity",
        "/me/agents/{agency_id}",
        "/my/account/settings",
        method="DELETE",
        who="citizen",
        fields=(REASON,),
        in_query=True,
        done=("委托已收回。", "Taken back."),
        danger=True,
    ),
    Verb(
        "lay-down-agency",
        ("不再经办", "Lay the agency down"),
        "identity",
        "/me/agencies/{agency_id}",
        "/my/account/settings",
        method="DELETE",
        who="citizen",
        fields=(REASON,),
        in_query=True,
        done=("已不再经办。", "Laid down."),
        danger=True,
    ),
    Verb(
        "sms-preference",
        ("短信提醒", "Messages on the phone"),
        "notifier",
        "/me/preferences",
        "/my/account/settings",
        method="PUT",
        who="citizen",
        fields=(Field("sms", ("接收可选的短信提醒", "Send me messages that are not mandatory"), "tick"),),
        lead=("必须送达的通知不受影响。", "Mandatory messages come in any case."),
        done=("已保存。", "Saved."),
    ),
)


def _live(row: Any) -> bool:
    return bool(row["in_force"])


SCREENS = (
    Screen(
        "/my/account/settings",
        ("信息管理", "Manage your account"),
        (
            Listing(
                ("登录的设备", "Devices"),
                "identity",
                "/sessions",
                (
                    Column(("设备", "Device"), "device"),
                    Column(("最近使用", "Last seen"), "last_seen_at", "moment"),
                    Column(("本机", "This one"), "current", "yes"),
                ),
                deeds=(Deed("log-out-device", {"session_id": "id"}),),
            ),
            Listing(
                ("收件地址", "Addresses"),
                "identity",
                "/me/addresses",
                (
                    Column(("收件人", "Recipient"), "recipient"),
                    Column(("电话", "Phone"), "phone"),
                    Column(("地址", "Address"), "detail"),
                    Column(("默认", "Default"), "is_default", "yes"),
                ),
                deeds=(Deed("drop-address", {"address_id": "id"}),),
                limit=0,
            ),
            Listing(
                ("我委托的经办人", "Who acts for me"),
                "identity",
                "/me/agents",
                (
                    Column(("经办人", "Agent"), "agent_name_masked"),
                    Column(("事项", "Items"), "items", "list"),
                    Column(("截止", "Until"), "valid_until", "day"),
                    Column(("有效", "In force"), "in_force", "yes"),
                ),
                deeds=(Deed("end-agent", {"agency_id": "id"}, _live),),
            ),
            Listing(
                ("我经办的单位", "For whom I act"),
                "identity",
                "/me/agencies",
                (
                    Column(("单位", "Company"), "principal_name"),
                    Column(("截止", "Until"), "valid_until", "day"),
                    Column(("有效", "In force"), "in_force", "yes"),
                ),
                deeds=(Deed("lay-down-agency", {"agency_id": "id"}, _live),),
            ),
            Facts(
                ("短信提醒", "Messages on the phone"),
                "notifier",
                "/me/preferences",
                (Column(("接收可选短信", "Messages that are not mandatory"), "sms", "yes"),),
                deeds=(Deed("sms-preference"),),
            ),
        ),
        who="citizen",
        deeds=(
            Deed("log-out-all"),
            Deed("add-address"),
            Deed("name-agent"),
            Deed("set-question"),
            Deed("correct-identity"),
        ),
    ),
)


@route("/account/forgotten", methods=("GET", "POST"))
def forgotten() -> Any:
    """A new password by SMS code (ID-18)."""
    form = Form((KIND, ACCOUNT, MOBILE, CODE, NEW_PASSWORD))
    if form.sent and not send_code(form, "reset"):
        with form.attempt():
            send("POST", "identity", "/password-resets", form.body())
            return redirect("/login")
    return show("portal/forgotten.html", form.status, form=form, code=True)


@route("/account/forgotten/question", methods=("GET", "POST"))
def forgotten_by_question() -> Any:
    """A new password by the security question (ID-18)."""
    answer = Field("answer", ("密保问题的答案", "Your answer"), most=100)
    step = request.form.get("step", "")
    form = Form((KIND, ACCOUNT, answer, NEW_PASSWORD) if step == "answer" else (KIND, ACCOUNT))
    question = None
    if form.sent:
        body = form.body()
        with form.attempt():
            if step == "answer":
                send("POST", "identity", "/password-resets/answer", body)
                return redirect("/login")
            question = send("POST", "identity", "/password-resets/question", body)
            form = Form((KIND, ACCOUNT, answer, NEW_PASSWORD))
        if form.problem and step == "answer":
            known = {name: body.get(name) for name in ("kind", "account")}
            question = send("POST", "identity", "/password-resets/question", known)
    return show("portal/forgotten.html", form.status, form=form, code=False, question=question)


@route("/my/account/mobile", methods=("GET", "POST"))
@guard.citizens
def change_mobile() -> Any:
    """Bind another mobile number (ID-22)."""
    form = Form((MOBILE, CODE, PASSWORD))
    if form.sent and not send_code(form, "bind"):
        with form.attempt():
            send("PUT", "identity", "/me/mobile", form.body())
            return redirect("/my/account")
    return show("portal/mobile.html", form.status, form=form)


@route("/my/account/export", methods=("GET", "POST"))
@guard.citizens
def export() -> Any:
    """All own data as a file, by password."""
    form = Form((PASSWORD,))
    if form.sent:
        with form.attempt():
            found = send("POST", "identity", "/me/export", form.body())
            response = jsonify(found)
            response.headers.set("Content-Disposition", "attachment", filename="my-data.json")
            return response
    return show("portal/by_password.html", form.status, form=form, closing=False)


@route("/my/account/closure", methods=("GET", "POST"))
@guard.citizens
def close() -> Any:
    """Close the own account for good, by password."""
    form = Form((PASSWORD,))
    if form.sent:
        with form.attempt():
            send("POST", "identity", "/me/closure", form.body())
            g.login.drop()
            return redirect("/")
    return show("portal/by_password.html", form.status, form=form, closing=True)

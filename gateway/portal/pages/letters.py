"""Asking, complaining, suggesting; the robot; “stuck?” on every page (FEE-20…31, GW-11, domain 7.2)."""

import re
from typing import Any

from flask import Response, abort, request

from contracts.words import CITY_OFFICE
from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.forms import Field, Form
from gateway.portal.guard import here
from gateway.portal.page import route, show
from gateway.portal.screens import Column, Listing, Screen
from gateway.portal.texts import t
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, send, visitor
from gateway.portal.words import LETTER_CATEGORY, LETTER_KIND

TITLE = Field("title", ("标题", "Title"), most=100)
TEXT = Field("text", ("内容", "What you want to say"), "long", most=4000)
ITEM = Field(
    "item_code",
    ("事项编码", "Code of the item"),
    hint=(
        "写在办事指南的标题下面；不知道可以不填",
        "It stands under the title of the guide; leave it empty when unknown",
    ),
    required=False,
    most=40,
)
CASE = Field("case_no", ("业务编号", "Case number"), "code", required=False, most=20)
CONTACT = Field("contact", ("联系电话", "Phone"), "mobile", required=False, most=24, autocomplete="tel")
ANONYMOUS = Field("anonymous", ("匿名(凭编号和密码查询答复)", "Anonymous (number and password to read on)"), "tick")
SCREENS = (
    Screen(
        "/my/letters",
        ("我的互动", "My letters"),
        (
            Listing(
                ("投诉、建议、咨询", "Complaints, suggestions, consultations"),
                "feedback",
                "/me/letters",
                (
                    Column(("编号", "Number"), "letter_no", link="/my/letters/{letter_no}"),
                    Column(("类型", "Kind"), "kind", "letter_kind"),
                    Column(("标题", "Title"), "title"),
                    Column(("收到", "Received"), "received_at", "moment"),
                    Column(("答复期限", "Answer by"), "due", "day"),
                    Column(("状态", "State"), "state_name"),
                ),
            ),
        ),
        who="citizen",
        lead=("写给政务服务单位的信和它们的答复。", "What you wrote, and the answers."),
    ),
    Screen(
        "/answers",
        ("信件答复选登", "Published answers"),
        (
            Listing(
                ("近期答复", "Lately"),
                "feedback",
                "/public-answers",
                (
                    Column(("类型", "Kind"), "kind", "letter_kind"),
                    Column(("标题", "Title"), "title"),
                    Column(("问", "Question"), "question"),
                    Column(("答", "Answer"), "answer"),
                    Column(("公开", "Published"), "published_at", "day"),
                ),
            ),
        ),
        who="public",
    ),
)
VERBS = (
    Verb(
        "letter-satisfied",
        ("满意", "It satisfies"),
        "feedback",
        "/letters/{letter_no}/satisfaction",
        "/my/letters/{letter_no}",
        who="citizen",
        fixed={"satisfied": True},
        done=("感谢您的评价。", "Thank you."),
    ),
    Verb(
        "letter-unsatisfied",
        ("不满意，请重新办理", "It does not satisfy"),
        "feedback",
        "/letters/{letter_no}/satisfaction",
        "/my/letters/{letter_no}",
        who="citizen",
        fields=(Field("reason", ("为什么不满意", "Why not"), "long", most=2000),),
        fixed={"satisfied": False},
        lead=("信件将重新办理一次。", "The letter is opened once more."),
        done=("已重新打开。", "It is open again."),
    ),
)


@route("/ask", methods=("GET", "POST"))
def ask() -> Response:
    """The robot first, and the three kinds of letters (FEE-29)."""
    form = Form((Field("text", ("您想问什么", "What do you want to know"), most=200),))
    found = None
    if form.sent:
        with form.attempt():
            found = send("POST", "feedback", "/questions", form.body())
    return show("portal/ask.html", form.status, form=form, found=found)


@route("/ask/<kind>", methods=("GET", "POST"))
def write(kind: str) -> Any:
    """Write a letter; the item or the case tells which unit answers (FEE-20…26)."""
    if kind not in LETTER_KIND:
        abort(404)
    fields = [TITLE, TEXT, ITEM, CASE, _unit(), CONTACT]
    if kind == "complaint":
        if visitor().kind == "anonymous":
            return guard.to_login("portal.login")
        fields.insert(
            0,
            Field("category", ("投诉类别", "About"), "pick", options=tuple(LETTER_CATEGORY.items()), default="general"),
        )
    elif visitor().kind != "anonymous":
        fields.append(ANONYMOUS)
    return _letter(kind, Form(fields), LETTER_KIND[kind])


def _unit() -> Field:
    return Field(
        "org",
        ("收件单位", "To"),
        "pick",
        ("填写了事项或业务编号的，自动送达主管单位", "With an item or a case it goes to the unit in charge"),
        required=False,
        options=_units,
    )


def _units() -> list[tuple[str, tuple[str, str]]]:
    rows = get("catalog", "/orgs", limit=100)["items"]
    return [(row["code"], (row["name"], row["name"])) for row in rows if row["active"] and not row["parent"]]


@route("/stuck", methods=("GET", "POST"))
def stuck() -> Any:
    """办不成？: a letter that carries where the visitor was; a named person calls within a working day."""
    came_from = here(request.args.get("from"), "/")
    known = {"title": t("办不成", "Stuck")}  # the text says where
    if found := re.search(r"/(?:items|file)/([0-9A-Za-z-]+)", came_from):
        known["item_code"] = found[1]
    if found := re.search(r"/(\d{18,20})\b", came_from):
        known["case_no"] = found[1]
    contact = Field("contact", ("联系电话", "Phone"), "mobile", most=24, autocomplete="tel")
    form = Form((TITLE, TEXT, contact, ITEM, CASE), known)
    return _letter("consultation", form, ("办不成？告诉我们", "Stuck? Tell us"), came_from)


def _letter(kind: str, form: Form, title: tuple[str, str], came_from: str = "") -> Any:
    if form.sent:
        body = form.body() | {"kind": kind}
        if not (body.get("org") or body.get("item_code") or body.get("case_no")):
            body["org"] = CITY_OFFICE
        if came_from and "text" in body:
            body["text"] = f"{body['text']}\n\n({t('页面', 'page')}: {came_from[:200]})"
        with form.attempt():
            sent = send("POST", "feedback", "/letters", body, Idempotency_Key=form.once)
            return show("portal/letter_sent.html", letter=sent)
    return show("portal/write.html", form.status, form=form, title=title, kind=kind, came_from=came_from)


@route("/my/letters/<letter_no>")
@guard.citizens
def own_letter(letter_no: str) -> Response:
    """One letter with its answers (FEE-22, FEE-31)."""
    found = get("feedback", fill("/me/letters/{letter_no}", {"letter_no": letter_no}))
    return show("portal/my_letter.html", letter=found)

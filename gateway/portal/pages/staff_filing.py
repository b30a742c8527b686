"""The receiving window: a filing for somebody who has come to the hall; the steps are the applicant's own (FIL-50).
And printing for whoever brings a code (FIL-97)."""

import json
from typing import Any

from flask import redirect

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.files import passed_on
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.pages.filing import AGREED, PROJECT
from gateway.portal.screens import Column, Deed, Listing, Screen
from gateway.portal.visitor import get, send, stream, visitor
from gateway.portal.words import MODE

WINDOW = ("window_clerk",)
DRAFTS = Listing(
    ("我代录的草稿", "Drafts that I have begun"),
    "filing",
    "/cases",
    (
        Column(("继续填报", "Go on with"), "case_no", link="/my/cases/{case_no}/apply"),
        Column(("事项", "Item"), "item_name"),
        Column(("项目", "Project"), "project_name"),
        Column(("方式", "Mode"), "mode", "mode"),
        Column(("接件时间", "Begun"), "opened_at", "moment"),
    ),
    query={"tab": "drafts"},
    deeds=(Deed("delete-draft"),),
    empty=("没有未提交的代录件。", "You have no draft that is still to be sent."),
)
SCREENS = (
    Screen(
        "/staff/window-drafts",
        DRAFTS.title,
        (DRAFTS,),
        roles=WINDOW,
        lead=(
            "在窗口为申请人代录、尚未提交的申请。",
            "Begun for applicants at the window, not sent yet.",
        ),
        menu=("办件", "Cases"),
    ),
)


@route("/staff/file/<item_code>", methods=("GET", "POST"))
@guard.staff(*WINDOW)
def receive(item_code: str) -> Any:
    """Open the draft for the applicant at the window."""
    item = get("catalog", fill("/items/{code}", {"code": item_code}))
    halls = get("catalog", "/halls", limit=100)["items"]
    form = Form(
        (
            Field(
                "subject_ref",
                ("申请人编号", "Reference of the applicant"),
                hint=("申请人登录后在“账号与安全”中可以看到", "Shown to the applicant under Account and security"),
                most=80,
            ),
            Field("mode", ("申报方式", "Way of filing"), "choice", options=tuple(MODE.items()), default="ordinary"),
            PROJECT,
            Field(
                "hall",
                ("窗口所在大厅", "Hall of the window"),
                "pick",
                options=[(hall["code"], (hall["name"], hall.get("name_en") or hall["name"])) for hall in halls],
            ),
            Field("window", ("接件窗口", "Receiving window"), required=False, most=200),
            AGREED,
        )
    )
    if form.sent:
        body = form.body()
        agreed = body.pop("agreed")
        with form.attempt():
            case = send("POST", "filing", "/cases", {"item_code": item_code} | body, Idempotency_Key=form.once)
            send("PATCH", "filing", fill("/cases/{case_no}", case), {"agreed": agreed})
            return redirect(fill("/my/cases/{case_no}/apply", case))
    return show("portal/staff_file.html", form.status, item=item, guide=item["guide"], form=form)


@route("/staff/print", methods=("GET", "POST"))
@guard.staff(*WINDOW)
def print_elsewhere() -> Any:
    """Print a document of any case for who brings the applicant's code (FIL-97)."""
    own = [(org, (org, org)) for org in {grant.org: 1 for grant in visitor().grants if grant.role in WINDOW}]
    form = Form(
        (
            Field("case_no", ("业务编号", "Case number"), "code", most=40),
            Field(
                "code",
                ("打印码", "Print code"),
                "code",
                ("申请人在办件页“获取异地打印码”取得", "The applicant takes it on the page of the case"),
                most=8,
            ),
            Field("number", ("文号", "Number"), hint=("不填为办理结果", "Empty: the result"), required=False, most=100),
            Field("org", ("打印单位", "Printed by"), "pick", options=own, default=own[0][0]),
        )
    )
    if form.sent:
        body = form.body()
        path = fill("/cases/{case_no}/prints", {"case_no": body.pop("case_no") or ""})
        with form.attempt():
            printed = stream("POST", "filing", path, json.dumps(body).encode(), Content_Type="application/json")
            return passed_on(printed, "document.pdf")
    return show("portal/staff_print.html", form.status, form=form)

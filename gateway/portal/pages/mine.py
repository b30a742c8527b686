"""What else is in the personal space: messages, parcels, files and licences, favourites, ratings (GW-03)."""

from typing import Any

from flask import Response, redirect, request

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.files import named, passed_on, send_file
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.screens import Column, Deed, Facts, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, get_all, needed, rows_of, send, stream
from gateway.portal.words import RATING

TICKS = (
    ("efficiency", ("办事效率", "speed")),
    ("guide", ("办事指南准确度", "accuracy of the guide")),
    ("convenience", ("办事便捷度", "convenience")),
    ("platform", ("平台操作性", "use of the platform")),
)
PARCEL = (
    Column(("运单号", "Waybill"), "waybill_no"),
    Column(("办件", "Case"), "case_no", link="/my/cases/{case_no}"),
    Column(("内件", "Content"), "content"),
    Column(("状态", "State"), "state", "shipment"),
    Column(("下单", "Ordered"), "ordered_at", "moment"),
)
WAY = (
    Column(("时间", "When"), "at", "moment"),
    Column(("状态", "State"), "state", "shipment"),
    Column(("说明", "What"), "text"),
)
SCREENS = (
    Screen(
        "/my/favourites",
        ("我的收藏", "My favourites"),
        (
            Listing(
                ("收藏的事项", "Items"),
                "catalog",
                "/me/favourites",
                (
                    Column(("事项", "Item"), "name", "name", link="/items/{code}"),
                    Column(("部门", "Office"), "org_name"),
                    Column(("地区", "Region"), "region_name"),
                    Column(("收藏时间", "Kept"), "added_at", "day"),
                ),
                deeds=(Deed("drop-item"),),
            ),
        ),
        who="citizen",
    ),
    Screen(
        "/my/parcels",
        ("邮政速递", "Parcels"),
        (
            Listing(
                ("我的快递", "Your parcels"),
                "notifier",
                "/shipments",
                (*PARCEL, Column(("轨迹", "Way"), "order_no", link="/my/parcels/{id}")),
            ),
        ),
        who="citizen",
    ),
    Screen(
        "/my/parcels/<shipment_id>",
        ("快递轨迹", "The way of a parcel"),
        (
            Facts(
                ("快递", "Parcel"),
                "notifier",
                "/shipments/{shipment_id}",
                PARCEL,
                lists=((("轨迹", "Way"), "nodes", WAY),),
            ),
        ),
        who="citizen",
    ),
    Screen(
        "/my/ratings",
        ("我要评", "Rate"),
        (
            Listing(
                ("办结的事项", "Completed cases"),
                "feedback",
                "/me/ratings",
                (
                    Column(("业务编号", "Case"), "case_no", link="/my/ratings/{case_no}"),
                    Column(("事项", "Item"), "item_name"),
                    Column(("来源", "Source"), "case_source", "source"),
                    Column(("办结", "Completed"), "completed_at", "day"),
                    Column(("状态", "State"), "state_name"),
                    Column(("评价", "Level"), "level", "rating"),
                    Column(("评价期限", "Until"), "due_default", "day"),
                ),
            ),
        ),
        who="citizen",
        lead=("评价不公开姓名；差评会有答复和整改。", "Ratings name nobody; negative ones are answered."),
    ),
)
VERBS = (
    Verb(
        "read-all",
        ("全部标为已读", "Mark all as read"),
        "notifier",
        "/me/messages/read",
        "/my/messages",
        who="anyone",
        done=("已全部标为已读。", "All are read."),
    ),
    Verb(
        "rate-again",
        ("追加评价", "Come back on the reply"),
        "feedback",
        "/cases/{case_no}/rating/follow-up",
        "/my/ratings/{case_no}",
        who="citizen",
        fields=(Field("text", ("您的意见", "What you say"), "long", most=2000),),
        done=("追评已提交。", "It is in."),
    ),
    Verb(
        "licence-code",
        ("取得验证码", "A code"),
        "filing",
        "/licences/{licence_id}/code",
        "/my/files",
        who="citizen",
        lead=(
            "凭 8 位验证码可调取一次这张电子证照，10 分钟内有效。",
            "It opens this licence once, within ten minutes.",
        ),
        done=("电子证照验证码", "The code of the licence"),
        reveals=(("code", ("验证码", "Code")),),
    ),
    Verb(
        "rename-file",
        ("重命名", "Rename"),
        "filing",
        "/space/files/{file_id}",
        "/my/files",
        method="PATCH",
        who="citizen",
        fields=(Field("name", ("新文件名", "New name"), most=200),),
        done=("已重命名。", "Renamed."),
    ),
    Verb(
        "delete-file",
        ("删除文件", "Delete the file"),
        "filing",
        "/space/files/{file_id}",
        "/my/files",
        method="DELETE",
        who="citizen",
        lead=("办件中已使用的副本不受影响。", "Cases keep what they were given."),
        done=("文件已删除。", "Deleted."),
        danger=True,
    ),
)


@route("/my/messages")
@guard.citizens
def messages() -> Response:
    """The own messages, newest first, and the notices that hold today (NOT-09, FIL-92)."""
    found, notices = get_all(
        ("notifier", "/me/messages", {"limit": 20, "cursor": request.args.get("cursor", "")}),
        ("notifier", "/me/notices", {"limit": 20}),
    )
    return show("portal/messages.html", found=needed(found), notices=rows_of(notices))


@route("/my/files", methods=("GET", "POST"))
@guard.citizens
def files() -> Any:
    """The personal space of files, and the e-licences (FIL-05, FIL-43)."""
    form = Form(())
    if form.sent:
        with form.attempt():
            chosen = request.files.get("file")
            send_file("POST", "filing", f"/space/files?name={named(chosen)}", chosen)
            return redirect("/my/files")
    usage, kept, licences = get_all(
        ("filing", "/space"),
        ("filing", "/space/files", {"limit": 50, "cursor": request.args.get("cursor", "")}),
        ("filing", "/licences", {"limit": 50}),
    )
    return show("portal/files.html", form.status, form=form, usage=usage, files=needed(kept), licences=licences)


@route("/my/files/<file_id>")
@guard.citizens
def file(file_id: str) -> Response:
    """A file of the personal space."""
    return passed_on(stream("GET", "filing", fill("/space/files/{id}", {"id": file_id})), file_id)


@route("/my/ratings/<case_no>", methods=("GET", "POST"))
@guard.citizens
def rating(case_no: str) -> Any:
    """Rate a completed case once, and read the reply (FEE-01…09)."""
    form = Form(
        (
            Field("level", ("总体评价", "How was it"), "choice", options=tuple(RATING.items())),
            Field("ticks", ("满意或不满意在哪里", "What it is about"), "choices", options=TICKS, required=False),
            Field(
                "text",
                ("说明", "In words"),
                "long",
                ("不满意的请写明原因", "Say why when it was not satisfactory"),
                required=False,
                most=2000,
            ),
        )
    )
    path = {"case_no": case_no}
    if form.sent:
        body = form.body()
        if str(body.get("level", "")).isdigit():
            body["level"] = int(body["level"])
        with form.attempt():
            send("POST", "feedback", fill("/cases/{case_no}/rating", path), body, Idempotency_Key=form.once)
            return redirect(request.path)
    found = get("feedback", fill("/me/ratings/{case_no}", path))
    return show("portal/rating.html", form.status, form=form, rating=found)

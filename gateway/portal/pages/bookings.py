"""Booking a visit, the waiting list, and the live queue (BOO-02…24)."""

from itertools import groupby
from typing import Any

from flask import Response, redirect, request

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.forms import Field, Form
from gateway.portal.page import route, show
from gateway.portal.screens import Column, Deed, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, send

BOOKED = lambda row: row["state"] == "booked"  # noqa: E731
VERBS = (
    Verb(
        "cancel-booking",
        ("取消预约", "Cancel the booking"),
        "booking",
        "/bookings/{booking_no}",
        "/my/bookings",
        method="DELETE",
        who="citizen",
        lead=(
            "预约日前一天 24 时前可以取消；也可以回复短信“取消”。",
            "Until 24:00 of the day before, here or by SMS.",
        ),
        done=("预约已取消。", "Cancelled."),
        danger=True,
    ),
    Verb(
        "contest-no-show",
        ("失约申诉", "Contest the no-show"),
        "booking",
        "/bookings/{booking_no}/contest",
        "/my/bookings/{booking_no}",
        who="citizen",
        fields=(Field("reason", ("不应计为失约的原因", "Why it must not count"), "long", most=500),),
        done=("申诉已提交，大厅将答复。", "It is in; the hall will answer."),
    ),
    Verb(
        "stop-waiting",
        ("不再候补", "Wait no more"),
        "booking",
        "/waits/{wait_id}",
        "/my/bookings",
        method="DELETE",
        who="citizen",
        done=("已退出候补。", "You wait no more."),
    ),
    Verb(
        "wait-for-place",
        ("候补", "Wait for a place"),
        "booking",
        "/waits",
        "/my/bookings",
        who="citizen",
        fields=(
            Field("item_code", ("事项", "Item"), most=40),
            Field("hall", ("大厅", "Hall"), most=40),
            Field("date", ("日期", "Day"), "date"),
            Field("slot", ("时段(不填为全天)", "Time (empty: any of the day)"), "time", required=False),
        ),
        lead=(
            "有人取消时自动为您预约，并发短信。",
            "A place that becomes free is booked for you.",
        ),
        done=("已加入候补。", "You are in the waiting list."),
    ),
)
SCREENS = (
    Screen(
        "/my/bookings",
        ("我的预约", "My bookings"),
        (
            Listing(
                ("预约", "Bookings"),
                "booking",
                "/bookings",
                (
                    Column(("预约号", "Number"), "booking_no", link="/my/bookings/{booking_no}"),
                    Column(("事项", "Item"), "item_name"),
                    Column(("大厅", "Hall"), "hall_name"),
                    Column(("日期", "Day"), "date", "day"),
                    Column(("时段", "Time"), "slot_from"),
                    Column(("状态", "State"), "state_name"),
                ),
                deeds=(Deed("cancel-booking", when=BOOKED),),
            ),
            Listing(
                ("候补", "Waiting list"),
                "booking",
                "/waits",
                (
                    Column(("事项", "Item"), "item_code"),
                    Column(("日期", "Day"), "date", "day"),
                    Column(("时段", "Time"), "slot"),
                    Column(("状态", "State"), "state_name"),
                ),
                deeds=(Deed("stop-waiting", {"wait_id": "id"}, lambda row: row["state"] == "waiting"),),
            ),
        ),
        who="citizen",
        lead=("携带身份证件按时到场；失约会记入诚信档案。", "Come in time with your document; a no-show is noted."),
    ),
)


@route("/bookings/new", methods=("GET", "POST"))
def book() -> Any:
    """Choose item, hall and time; book (BOO-02…07)."""
    asked = {name: request.args.get(name, "") for name in ("item_code", "hall", "q")}
    if not (asked["item_code"] and asked["hall"]):
        return _choose(asked)
    return guard.citizens(_choose_time)(asked)


def _choose(asked: dict[str, str]) -> Response:
    offers = get("booking", "/offers")["items"]
    fitting = [
        one
        for one in offers
        if asked["item_code"] in ("", one["item_code"]) and asked["q"] in one["item_name"] + one["hall_name"]
    ]
    form = Form((Field("q", ("事项或大厅", "Item or hall"), required=False, most=100),))
    return show("portal/book.html", offers=fitting, form=form)


def _choose_time(asked: dict[str, str]) -> Any:
    slots = get("booking", "/slots", item=asked["item_code"], hall=asked["hall"])["items"]
    form = Form((Field("time", ("时间", "Time"), "hidden"),))
    if form.sent:
        date, _, slot = request.form.get("time", "").partition(" ")
        body = {"item_code": asked["item_code"], "hall": asked["hall"], "date": date, "slot": slot}
        with form.attempt():
            booked = send("POST", "booking", "/bookings", body, Idempotency_Key=form.once)
            return redirect(fill("/my/bookings/{booking_no}?booked=1", booked))
    days = [(date, list(rows)) for date, rows in groupby(slots, key=lambda row: row["date"])]
    return show("portal/book_time.html", form.status, form=form, days=days, asked=asked)


@route("/my/bookings/<booking_no>")
@guard.citizens
def booking(booking_no: str) -> Response:
    """One booking: what to do on the day, then the number and how many are ahead (BOO-08, BOO-13, BOO-14)."""
    found = get("booking", fill("/bookings/{booking_no}", {"booking_no": booking_no}))
    return show("portal/booking.html", b=found)


@route("/queue/<hall>/<group>")
def queue(hall: str, group: str) -> Response:
    """The queue of today as it is now; a number shows how many are ahead and about how long (BOO-14, BOO-17)."""
    found = get("booking", fill("/queues/{hall}/{group}", {"hall": hall, "group": group}))
    number = request.args.get("no", "").strip().upper()
    own = next((one for one in (*found["waiting"], *found["called"]) if one["ticket_no"] == number), None)
    standing = get("booking", fill("/tickets/{id}", own)) if own else None
    return show("portal/queue.html", queue=found, number=number, own=own, standing=standing)

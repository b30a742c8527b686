"""The hall's floor: bookings of the day, calling numbers, closures, contests, the big screen (BOO-01…24)."""

from typing import Any

from flask import Response

from gateway.portal import guard
from gateway.portal.addresses import fill
from gateway.portal.forms import Field
from gateway.portal.page import route, show
from gateway.portal.screens import Column, Deed, Listing, Screen
from gateway.portal.verbs import Verb
from gateway.portal.visitor import get, get_all, needed

MENU = ("大厅现场", "Hall floor")
ROLES = ("hall_operator", "window_clerk")
REASON = Field("reason", ("理由", "Reason"), "long", most=500)
WINDOW = Field("window", ("窗口", "Window"), most=20)
QUEUE = "/staff/halls/{hall}/queues/{queue_group}"
VERBS = (
    Verb(
        "call-next",
        ("叫下一号", "Call the next number"),
        "booking",
        "/queues/{hall}/{queue_group}/call",
        QUEUE,
        fields=(WINDOW,),
    ),
    Verb(
        "issue-ticket",
        ("取普通号", "Issue a number"),
        "booking",
        "/queues/{hall}/{queue_group}/tickets",
        QUEUE,
        reveals=(("ticket_no", ("号码", "Number")),),
        done=("已取号", "Issued"),
    ),
    Verb(
        "close-queue",
        ("停止取号", "No more numbers today"),
        "booking",
        "/queues/{hall}/{queue_group}/closing",
        QUEUE,
        danger=True,
    ),
    Verb("call-again", ("再叫一次", "Call again"), "booking", "/tickets/{ticket_id}/call", "/staff/halls"),
    Verb("begin-service", ("开始办理", "At the window"), "booking", "/tickets/{ticket_id}/service", "/staff/halls"),
    Verb("end-service", ("办理完毕", "Done"), "booking", "/tickets/{ticket_id}/end", "/staff/halls"),
    Verb(
        "transfer-ticket",
        ("转窗口", "Another window"),
        "booking",
        "/tickets/{ticket_id}/transfer",
        "/staff/halls",
        fields=(WINDOW,),
    ),
    Verb(
        "arrive",
        ("现场取预约号", "Booked number at arrival"),
        "booking",
        "/bookings/{booking_no}/arrival",
        "/staff/halls",
    ),
    Verb(
        "cancel-booking-by-hall",
        ("大厅取消预约", "The hall cancels"),
        "booking",
        "/bookings/{booking_no}/hall-cancellation",
        "/staff/halls",
        fields=(REASON,),
        danger=True,
    ),
    Verb(
        "excuse-no-show",
        ("撤销失约", "Take a no-show back"),
        "booking",
        "/bookings/{booking_no}/excuse",
        "/staff/halls",
        fields=(REASON,),
    ),
    Verb(
        "close-hall",
        ("大厅停办", "The hall takes nobody"),
        "booking",
        "/halls/{hall}/closures",
        "/staff/halls/{hall}",
        fields=(Field("first", ("起", "From"), "date"), Field("last", ("止", "To"), "date"), REASON),
        danger=True,
    ),
    Verb(
        "reopen-hall",
        ("恢复办理", "Take people again"),
        "booking",
        "/closures/{closure_id}",
        "/staff/halls",
        method="DELETE",
    ),
    Verb(
        "answer-contest",
        ("答复失约申辩", "Answer the contest"),
        "booking",
        "/bookings/{booking_no}/contest/answer",
        "/staff/halls",
        fields=(
            Field("upheld", ("申辩成立", "Uphold it"), "yesno"),
            Field("answer", ("答复", "Answer"), "long", most=500),
        ),
    ),
)
SCREENS = (
    Screen(
        "/staff/halls",
        ("大厅", "Halls"),
        (
            Listing(
                ("大厅", "Halls"),
                "catalog",
                "/halls",
                (
                    Column(("编码", "Code"), "code", link="/staff/halls/{code}"),
                    Column(("名称", "Name"), "name", "name"),
                    Column(("级别", "Level"), "level", "region_level"),
                    Column(("电话", "Phone"), "phone"),
                ),
                limit=50,
            ),
        ),
        roles=ROLES,
        menu=MENU,
    ),
    Screen(
        "/staff/halls/<hall>/bookings",
        ("当日预约", "Bookings of a day"),
        (
            Listing(
                ("预约", "Bookings"),
                "booking",
                "/halls/{hall}/bookings",
                (
                    Column(("编号", "Number"), "booking_no"),
                    Column(("时段", "Slot"), "slot_from"),
                    Column(("事项", "Item"), "item_name"),
                    Column(("预约人", "Party"), "subject_name"),
                    Column(("状态", "State"), "state_name"),
                ),
                filters=(Field("date", ("日期", "Day"), "date", required=False),),
                deeds=(
                    Deed("arrive", when=lambda row: row["state"] == "booked"),
                    Deed("cancel-booking-by-hall", when=lambda row: row["state"] == "booked"),
                    Deed("excuse-no-show", when=lambda row: row["state"] == "no_show"),
                ),
                limit=0,
            ),
            Listing(
                ("失约申辩", "Contests"),
                "booking",
                "/halls/{hall}/contests",
                (
                    Column(("预约", "Booking"), "booking_no"),
                    Column(("理由", "Reason"), "reason"),
                    Column(("状态", "State"), "state_name"),
                    Column(("期限", "Due"), "due_date", "day"),
                ),
                deeds=(Deed("answer-contest", {"booking_no": "booking_no"}, lambda row: not row["answer"]),),
                limit=0,
            ),
            Listing(
                ("停办日", "Closures"),
                "booking",
                "/halls/{hall}/closures",
                (
                    Column(("起", "From"), "first", "day"),
                    Column(("止", "To"), "last", "day"),
                    Column(("理由", "Reason"), "reason"),
                ),
                deeds=(Deed("reopen-hall", {"closure_id": "id"}),),
                limit=0,
            ),
        ),
        roles=ROLES,
    ),
)


@route("/staff/halls/<hall>")
@guard.staff(*ROLES)
def staff_hall(hall: str) -> Response:
    """One hall: its queues and what can be done there."""
    return show("portal/staff_hall.html", hall=get("catalog", fill("/halls/{hall}", {"hall": hall})))


@route("/staff/halls/<hall>/queues/<queue_group>")
@guard.staff(*ROLES)
def staff_queue(hall: str, queue_group: str) -> Response:
    """A queue at the window: who is called, who waits (BOO-17)."""
    return show("portal/staff_queue.html", **_queue(hall, queue_group))


@route("/screen")
def pick_screen() -> Response:
    """The halls whose big screens can be opened."""
    return show("portal/screens.html", halls=get("catalog", "/halls", limit=50)["items"])


@route("/screen/<hall>/<queue_group>")
def big_screen(hall: str, queue_group: str) -> Response:
    """The big screen of a hall, which reloads itself (GW-07)."""
    response = show("portal/big_screen.html", **_queue(hall, queue_group))
    response.headers["Refresh"] = "5"
    return response


def _queue(hall: str, queue_group: str) -> dict[str, Any]:
    places = {"hall": hall, "queue_group": queue_group}
    queue, about = get_all(
        ("booking", fill("/queues/{hall}/{queue_group}", places)), ("catalog", fill("/halls/{hall}", places))
    )
    return {"queue": needed(queue), "hall": needed(about)}

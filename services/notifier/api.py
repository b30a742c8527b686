"""HTTP interface of the notifier."""

from typing import Any

from flask_smorest import Blueprint
from peewee import fn

from chassis.auth import Citizen, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.notifier import (
    callbacks,
    carriers,
    messages,
    receipts,
    replies,
    schemas,
    shipment_views,
    shipments,
    tasks,
)
from services.notifier.callbacks import AddressedCarrier, SigningCarrier
from services.notifier.models import (
    CarrierChange,
    InboxMessage,
    Message,
    Preference,
    Shipment,
    SmsReply,
    StrayReceipt,
    Task,
    database,
)
from services.notifier.transitions import MESSAGE

notifier = Blueprint("notifier", __name__, description="短信与邮政速递 messages and parcels")

EVERYBODY = (Citizen(), Staff())


# --- the own space ------------------------------------------------------------------------------------------------


@notifier.get("/me/messages")
@allow(*EVERYBODY)
@notifier.arguments(schemas.InboxArgs, location="query")
@notifier.response(200, page_schema(schemas.InboxMessageOut))
def own_messages(arguments: dict[str, Any]) -> Any:
    """The caller's messages, newest first (NOT-09)"""
    query = InboxMessage.select().where(InboxMessage.recipient_ref == actor().id)
    if arguments["unread"]:
        query = query.where(InboxMessage.read_at.is_null())
    return page(query, [InboxMessage.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@notifier.post("/me/messages/read")
@allow(*EVERYBODY)
@notifier.response(200, schemas.ReadOut)
def read_all() -> Any:
    """Mark all own messages as read"""
    return {"read": messages.read(actor().id)}


@notifier.post("/me/messages/<message_id>/read")
@allow(*EVERYBODY)
@notifier.response(200, schemas.ReadOut)
def read_one(message_id: str) -> Any:
    """Mark one own message as read"""
    return {"read": messages.read(actor().id, message_id)}


@notifier.get("/me/preferences")
@allow(*EVERYBODY)
@notifier.response(200, schemas.PreferenceIn)
def own_preferences() -> Any:
    """What the caller wants on the phone; mandatory messages come in any case (NOT-01)"""
    return Preference.get_or_none(Preference.ref == actor().id) or {"sms": True}


@notifier.put("/me/preferences")
@allow(*EVERYBODY)
@notifier.arguments(schemas.PreferenceIn)
@notifier.response(200, schemas.PreferenceIn)
def set_preferences(body: dict[str, Any]) -> Any:
    """Switch messages that are not mandatory on or off"""
    with database.transaction():
        row = Preference(ref=actor().id, **body)
        values = {field: getattr(row, field.name) for field in Preference._meta.sorted_fields}
        Preference.insert(values).on_conflict(conflict_target=[Preference.ref], preserve=[Preference.sms]).execute()
    return body


# --- operators ----------------------------------------------------------------------------------------------------


@notifier.get("/messages")
@allow(Staff("system_admin", "auditor"))
@notifier.arguments(schemas.MessageArgs, location="query")
@notifier.response(200, page_schema(schemas.MessageOut))
def list_messages(arguments: dict[str, Any]) -> Any:
    """Messages and what became of them, masked (NOT-07)"""
    query = Message.select()
    for name in ("case_no", "template", "state"):
        if arguments[name]:
            query = query.where(getattr(Message, name) == arguments[name])
    return page(query, [Message.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@notifier.get("/messages/counts")
@allow(Staff("system_admin", "auditor"))
@notifier.response(200, schemas.CountsOut)
def count_messages() -> Any:
    """How many messages are in each state; dead ones wait for somebody (NOT-07)"""
    found = dict(Message.select(Message.state, fn.COUNT(Message.id)).group_by(Message.state).tuples())
    return {
        "items": [
            {"state": state, "name": name, "count": found.get(state, 0)} for state, name in MESSAGE.states.items()
        ]
    }


@notifier.post("/messages/<message_id>/retry")
@allow(Staff("system_admin"))
@idempotent
@notifier.response(200, schemas.MessageOut)
def retry_message(message_id: str) -> Any:
    """Let a failed or dead message try again; the carrier is asked first (NOT-05)"""
    return messages.retry(message_id)


@notifier.get("/tasks")
@allow(Staff(*tasks.WINDOW, "system_admin"))
@notifier.arguments(schemas.TaskArgs, location="query")
@notifier.response(200, page_schema(schemas.TaskOut))
def list_tasks(arguments: dict[str, Any]) -> Any:
    """What the caller's windows have to look after (NOT-07, NOT-24)"""
    query = tasks.visible().where(Task.done_at.is_null(arguments["open"]))
    if arguments["case_no"]:
        query = query.where(Task.case_no == arguments["case_no"])
    return page(query, [Task.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@notifier.post("/tasks/<task_id>/completion")
@allow(Staff(*tasks.WINDOW, "system_admin"))
@notifier.arguments(schemas.DoneIn)
@notifier.response(200, schemas.TaskOut)
def finish_task(body: dict[str, Any], task_id: str) -> Any:
    """Note what was done about it"""
    return tasks.finish(task_id, body["note"])


# --- parcels ------------------------------------------------------------------------------------------------------


@notifier.get("/shipments")
@allow(*EVERYBODY)
@notifier.arguments(schemas.ShipmentArgs, location="query")
@notifier.response(200, page_schema(schemas.ShipmentOut))
def list_shipments(arguments: dict[str, Any]) -> Any:
    """Parcels of the caller or of the caller's offices, with their way (NOT-22)"""
    query = shipment_views.visible()
    for name in ("case_no", "state"):
        if arguments[name]:
            query = query.where(getattr(Shipment, name) == arguments[name])
    found = page(query, [Shipment.created_at], limit=arguments["limit"], cursor=arguments["cursor"])
    return {"items": shipment_views.with_nodes(found["items"]), "next": found["next"]}


@notifier.get("/shipments/<shipment_id>")
@allow(*EVERYBODY)
@notifier.response(200, schemas.ShipmentOut)
def get_shipment(shipment_id: str) -> Any:
    """One parcel with its way (NOT-22)"""
    return shipment_views.get(shipment_id)


@notifier.post("/shipments/<shipment_id>/retry")
@allow(Staff(*shipments.WINDOW, "system_admin"))
@idempotent
@notifier.response(200, schemas.ShipmentOut)
def retry_shipment(shipment_id: str) -> Any:
    """Order a parcel again after the reason was looked after (NOT-24)"""
    return shipment_views.shown(shipments.retry(shipment_id), [])


# --- carriers -----------------------------------------------------------------------------------------------------


@notifier.post("/sms-receipts")
@allow(SigningCarrier())
@notifier.arguments(schemas.ReceiptIn)
@notifier.response(200, schemas.Taken)
def take_receipt(body: dict[str, Any]) -> Any:
    """A receipt of a plain carrier, signed, in any order and any number of times (NOT-08)"""
    delivered = body["status"].lower() == "delivered"
    receipt = receipts.Receipt(body["out_id"], body["biz_id"] or "", delivered, body["at"], body["status"])
    return {"known": receipts.take("plain", [receipt])}


@notifier.post("/courier-tracks")
@allow(SigningCarrier())
@notifier.arguments(schemas.TrackIn)
@notifier.response(200, schemas.Taken)
def take_track(body: dict[str, Any]) -> Any:
    """A node of a parcel's way, in any order and any number of times (NOT-24)"""
    node = {name: body[name] for name in ("state", "text", "at")}
    return {"known": shipments.track(body["order_no"], body["waybill"], [node])}


@notifier.post("/sms-receipts/<carrier>/<signature>")
@allow(AddressedCarrier())
@notifier.arguments(schemas.CarrierReceiptIn(many=True))
@notifier.response(200, schemas.ReceiptsTaken)
def take_receipts(body: list[dict[str, Any]], carrier: str, signature: str) -> Any:
    """Receipts in the words of Aliyun or Tencent, at an address that only this carrier was told (NOT-08)"""
    receipts.take(carrier, [receipts.WORDS["tencent" if entry["sid"] else "aliyun"](entry) for entry in body])
    return {"code": 0, "msg": "OK", "result": 0, "errmsg": "OK"}


@notifier.get("/sms-receipts/unknown")
@allow(Staff("system_admin", "auditor"))
@notifier.arguments(schemas.StrayArgs, location="query")
@notifier.response(200, page_schema(schemas.StrayReceiptOut))
def list_stray_receipts(arguments: dict[str, Any]) -> Any:
    """Receipts for messages that we do not know (NOT-08)"""
    query = StrayReceipt.select().where(StrayReceipt.matched_at.is_null(not arguments["matched"]))
    return page(query, [StrayReceipt.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@notifier.post("/sms-replies")
@allow(SigningCarrier())
@notifier.arguments(schemas.ReplyIn)
@notifier.response(200, schemas.Taken)
def take_reply(body: dict[str, Any]) -> Any:
    """An answer by SMS from a plain carrier, signed (BOO-09)"""
    return {"known": replies.take("plain", replies.from_plain(body))}


@notifier.post("/aliyun-replies/<carrier>/<signature>")
@allow(AddressedCarrier())
@notifier.arguments(schemas.AliyunReplyIn(many=True))
@notifier.response(200, schemas.ReceiptsTaken)
def take_aliyun_replies(body: list[dict[str, Any]], carrier: str, signature: str) -> Any:
    """Answers by SMS in the words of Aliyun, at the address that only this carrier was told (BOO-09)"""
    for entry in body:
        replies.take(carrier, replies.from_aliyun(entry))
    return {"code": 0, "msg": "OK"}


@notifier.post("/tencent-replies/<carrier>/<signature>")
@allow(AddressedCarrier())
@notifier.arguments(schemas.TencentReplyIn)
@notifier.response(200, schemas.ReceiptsTaken)
def take_tencent_reply(body: dict[str, Any], carrier: str, signature: str) -> Any:
    """An answer by SMS in the words of Tencent, at the address that only this carrier was told (BOO-09)"""
    replies.take(carrier, replies.from_tencent(body))
    return {"result": 0, "errmsg": "OK"}


@notifier.get("/sms-replies/unknown")
@allow(Staff("system_admin", "auditor"))
@notifier.arguments(PageArgs, location="query")
@notifier.response(200, page_schema(schemas.UnknownReplyOut))
def list_unknown_replies(arguments: dict[str, Any]) -> Any:
    """Answers to no message of ours, for somebody to look at (BOO-09)"""
    query = SmsReply.select().where(SmsReply.message.is_null())
    return page(query, [SmsReply.created_at], limit=arguments["limit"], cursor=arguments["cursor"])


@notifier.get("/sms-carriers")
@allow(Staff("system_admin"))
@notifier.response(200, schemas.SmsCarriersOut)
def list_carriers() -> Any:
    """The carriers of messages, what each has of its weight now, and where its receipts go (NOT-07)"""
    return {
        "items": [
            row
            | {"receipts_path": callbacks.path(row["name"])}
            | {"replies_path": callbacks.replies_path(row["name"], row["dialect"])}
            for row in carriers.overview()
        ]
    }


@notifier.get("/sms-carriers/changes")
@allow(Staff("system_admin", "auditor"))
@notifier.arguments(PageArgs, location="query")
@notifier.response(200, page_schema(schemas.CarrierChangeOut))
def list_carrier_changes(arguments: dict[str, Any]) -> Any:
    """When a carrier got more or less to do, and why (NOT-07)"""
    return page(
        CarrierChange.select(), [CarrierChange.created_at], limit=arguments["limit"], cursor=arguments["cursor"]
    )


@notifier.put("/sms-carriers/<name>/share")
@allow(Staff("system_admin"))
@notifier.arguments(schemas.ShareIn)
@notifier.response(200, schemas.ShareOut)
def set_carrier_share(body: dict[str, Any], name: str) -> Any:
    """Take a carrier out or bring it back, with the reason (NOT-07)"""
    return carriers.set_share(name, body["share"], body["reason"])

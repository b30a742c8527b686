"""The state machines of a message (domain 2.12) and of a shipment (domain 2.11)."""

from chassis.transitions import Machine, row

MESSAGE = Machine(
    "notifier.message",
    {
        "queued": "待发送",
        "expanded": "已分发到人",
        "sending": "发送中",
        "unknown": "结果待查",
        "accepted": "运营商已接收",
        "delivered": "已送达",
        "undelivered": "未送达",
        "suppressed": "不发送",
        "failed": "发送失败",
        "dead": "多次发送失败",
    },
    (
        row("S1", "queued", "sending", "claim", "system", "NOT-05"),
        row("S2", "sending", "expanded", "expand", "system", "NOT-05"),
        row("S3", "sending", "queued", "release", "system", "NOT-07"),
        row("S4", "sending", "unknown", "doubt", "system", "NOT-05"),
        row("S5", "unknown", "queued", "requeue", "system", "NOT-05"),
        row("S6", "queued sending unknown dead failed", "accepted", "accept", "system", "NOT-05"),
        row("S7", "accepted undelivered", "delivered", "deliver", "system", "NOT-08"),
        row("S8", "accepted", "undelivered", "miss", "system", "NOT-08"),
        row("S9", "sending", "suppressed", "suppress", "system", "NOT-06"),
        row("S10", "queued sending", "failed", "fail", "system", "NOT-07"),
        row("S11", "sending unknown", "dead", "give_up", "system", "NOT-07"),
        row("S12", "failed dead", "unknown", "retry", "system_admin", "NOT-07"),
    ),
)

SHIPMENT = Machine(
    "notifier.shipment",
    {
        "requested": "待下单",
        "ordered": "已下单",
        "waybill_assigned": "已分配邮件号",
        "picked_up": "已揽收",
        "in_transit": "运输中",
        "out_for_delivery": "派送中",
        "failed_attempt": "投递未成功",
        "delivered": "已签收",
        "returned": "已退回",
        "cancelled": "已取消",
        "order_failed": "下单失败",
    },
    (
        row("E1", "requested order_failed", "ordered", "order", "system", "NOT-23"),
        row("E2", "ordered", "waybill_assigned", "assign", "system", "NOT-23"),
        row("E3", "ordered waybill_assigned", "picked_up", "pick_up", "courier", "NOT-24"),
        row("E4", "ordered waybill_assigned picked_up", "in_transit", "move", "courier", "NOT-24"),
        row(
            "E5",
            "ordered waybill_assigned picked_up in_transit failed_attempt",
            "out_for_delivery",
            "bring",
            "courier",
            "NOT-24",
        ),
        row(
            "E6",
            "ordered waybill_assigned picked_up in_transit out_for_delivery",
            "failed_attempt",
            "miss",
            "courier",
            "NOT-24",
        ),
        row(
            "E7",
            "ordered waybill_assigned picked_up in_transit out_for_delivery failed_attempt",
            "delivered",
            "deliver",
            "courier",
            "NOT-24",
        ),
        row(
            "E8",
            "ordered waybill_assigned picked_up in_transit out_for_delivery failed_attempt",
            "returned",
            "return",
            "courier",
            "NOT-24",
        ),
        row("E9", "requested", "order_failed", "fail", "system", "NOT-24"),
        row("E10", "requested order_failed", "cancelled", "cancel", "system, applicant, window_clerk", "NOT-23"),
        row("E11", "order_failed", "requested", "retry", "window_clerk", "NOT-24"),
        row("E12", "ordered waybill_assigned", "cancelled", "withdraw", "courier", "NOT-23"),
    ),
)

VERB_OF = {
    "picked_up": "pick_up",
    "in_transit": "move",
    "out_for_delivery": "bring",
    "failed_attempt": "miss",
    "delivered": "deliver",
    "returned": "return",
    "cancelled": "withdraw",
}
"""What a node of the courier's track does to the shipment."""

"""The words of the hall's closed lists as a visitor reads them, and their colours (domain.md 0.4, 2)."""

from markupsafe import Markup

from gateway.portal.texts import Both, t

Table = dict[str, Both]

CASE: Table = {
    "draft": ("暂存", "draft"),
    "submitted": ("已提交", "submitted"),
    "dispatched": ("已推送受理窗口", "sent to the accepting window"),
    "pre_review": ("预受理中", "pre-review"),
    "correction": ("待补正", "correction asked"),
    "resubmitted": ("已补交", "supplied again"),
    "returned": ("退回", "returned"),
    "not_accepted": ("不予受理", "not accepted"),
    "accepted": ("已受理", "accepted"),
    "reviewing": ("审查中", "in review"),
    "special": ("特别程序", "special procedure"),
    "deciding": ("待决定", "being decided"),
    "suspended": ("中止", "suspended"),
    "completed": ("办结", "completed"),
    "withdrawn": ("已撤回", "withdrawn"),
    "lapsed": ("退件", "lapsed"),
    "revoked": ("已撤销", "revoked"),
}
MODE: Table = {"ordinary": ("普通申报", "ordinary"), "commit": ("承诺审批(容缺后补)", "commit approval")}
KIND: Table = {
    "instant": ("即办件", "done on the spot"),
    "promise": ("承诺件", "promised term"),
    "parallel": ("并联件", "parallel approval"),
    "reported": ("上报件", "reported upwards"),
}
DECISION: Table = {"granted": ("准予", "granted"), "refused": ("不予", "refused")}
MATERIAL: Table = {
    "missing": ("未提供", "missing"),
    "supplied": ("已提供", "supplied"),
    "deferred": ("容缺后补", "to be supplied later"),
    "licence": ("电子证照", "from the licence library"),
    "letter": ("以函代证", "letter in lieu"),
    "checked": ("已核对", "checked"),
    "rejected": ("需补正", "to be corrected"),
}
DELIVERY: Table = {"window": ("窗口领取", "collect at the window"), "courier": ("邮政速递", "by EMS")}
CREDIT: Table = {"good": ("正常", "good"), "listed": ("已列入", "listed"), "serious": ("严重失信", "serious")}
RECORD: Table = {
    "pending": ("待认定", "to be determined"),
    "listed": ("已列入", "listed"),
    "dismissed": ("不予列入", "dismissed"),
    "modified": ("已修改", "modified"),
    "deleted": ("已删除", "deleted"),
    "repaired": ("已修复", "repaired"),
}
GRADE: Table = {"minor": ("轻微失信", "minor"), "ordinary": ("失信", "ordinary"), "serious": ("严重失信", "serious")}
LETTER_KIND: Table = {
    "complaint": ("投诉", "complaint"),
    "suggestion": ("建议", "suggestion"),
    "consultation": ("咨询", "consultation"),
}
SHIPMENT: Table = {
    "requested": ("待下单", "to be ordered"),
    "ordered": ("已下单", "ordered"),
    "waybill_assigned": ("已取号", "waybill given"),
    "picked_up": ("已揽收", "picked up"),
    "in_transit": ("运输中", "on its way"),
    "out_for_delivery": ("派送中", "being delivered"),
    "failed_attempt": ("投递未成功", "not delivered yet"),
    "delivered": ("已签收", "delivered"),
    "returned": ("已退回", "returned"),
    "cancelled": ("已取消", "cancelled"),
    "order_failed": ("下单失败", "order failed"),
}
LEVEL: Table = {"0": ("注册用户", "registered"), "1": ("已实名", "real name verified"), "2": ("已绑定法人", "bound")}
REGION_LEVEL: Table = {
    "city": ("市级", "city"),
    "district": ("区级", "district"),
    "street": ("街道(乡镇)", "street"),
    "village": ("社区(村)", "village"),
}
ROLE: Table = {
    "applicant": ("申请人", "applicant"),
    "agent": ("经办人", "agent"),
    "window_clerk": ("接件/受理", "window clerk"),
    "reviewer": ("审查", "reviewer"),
    "decider": ("决定", "decider"),
    "window_manager": ("窗口负责人", "window manager"),
    "deputy_leader": ("分管领导", "deputy leader"),
    "unit_leader": ("主要领导", "leader of the unit"),
    "credit_admin": ("诚信档案管理员", "credit administrator"),
    "supervisor": ("监管人员", "supervisor"),
    "coordinator": ("审管协调员", "linkage coordinator"),
    "letters_handler": ("投诉建议咨询岗", "letters handler"),
    "service_office": ("政务服务办", "service office"),
    "catalog_editor": ("事项管理员", "catalog editor"),
    "hall_operator": ("大厅管理员", "hall operator"),
    "system_admin": ("系统管理员", "system administrator"),
    "auditor": ("电子监察", "auditor"),
}
TABLES: dict[str, Table] = {
    "case": CASE,
    "mode": MODE,
    "kind": KIND,
    "decision": DECISION,
    "material": MATERIAL,
    "delivery": DELIVERY,
    "credit": CREDIT,
    "record": RECORD,
    "grade": GRADE,
    "letter_kind": LETTER_KIND,
    "shipment": SHIPMENT,
    "level": LEVEL,
    "region_level": REGION_LEVEL,
    "role": ROLE,
}
_GOOD = {"completed", "granted", "delivered", "good", "repaired", "checked", "done", "answered", "true", "closed"}
_BAD = {
    "revoked",
    "refused",
    "rejected",
    "serious",
    "listed",
    "overdue",
    "not_accepted",
    "failed",
    "order_failed",
    "dead",
}
_WAIT = {"correction", "deferred", "suspended", "pending", "returned", "special", "failed_attempt", "missing", "lapsed"}


def word(table: str, value: object) -> str:
    """A word of a table; what no table knows is shown as it is."""
    found = TABLES.get(table, {}).get(str(value))
    return t(found) if found else str(value)


def tag(table: str, value: object) -> Markup:
    """A state as a coloured label; the colour never says more than the word."""
    name = str(value)
    colour = "good" if name in _GOOD else "bad" if name in _BAD else "wait" if name in _WAIT else "plain"
    return Markup('<span class="tag {}">{}</span>').format(colour, word(table, value))

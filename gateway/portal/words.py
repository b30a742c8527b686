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
SOURCE: Table = {
    "online": ("网上申报", "online"),
    "window": ("窗口申报", "at a window"),
    "interconnected": ("互联互通", "from another system"),
}
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
HANDING: Table = {"window": ("窗口递交", "hand in at the window"), "courier": ("邮政速递", "by EMS")}
RATING: Table = {
    "5": ("非常满意", "very satisfied"),
    "4": ("满意", "satisfied"),
    "3": ("基本满意", "fairly satisfied"),
    "2": ("不满意", "dissatisfied"),
    "1": ("非常不满意", "very dissatisfied"),
}
CREDIT: Table = {"good": ("正常", "good"), "listed": ("已列入", "listed"), "serious": ("严重失信", "serious")}
RECORD: Table = {
    "pending": ("待认定", "to be determined"),
    "listed": ("已列入", "listed"),
    "dismissed": ("不予认定", "dismissed"),
    "expired": ("已退出", "left the list"),
    "modified": ("已修改", "modified"),
    "deleted": ("已删除", "deleted"),
    "repaired": ("已修复", "repaired"),
}
RECORD_STEP: Table = {
    "propose": ("提请认定", "put before the organ"),
    "confirm": ("认定", "confirmed"),
    "list": ("列入", "listed"),
    "dismiss": ("不予列入", "not listed"),
    "exit": ("期满退出", "left the list"),
    "object": ("提出异议", "objected to"),
    "ask_for_correction": ("请求确认已改正", "asked to record the correction"),
    "correct": ("确认已改正", "correction recorded"),
    "apply_for_repair": ("申请修复", "repair applied for"),
    "modify": ("修改", "modified"),
    "delete": ("删除", "deleted"),
    "repair": ("修复", "repaired"),
}
GRADE: Table = {"minor": ("轻微失信", "minor"), "ordinary": ("失信", "ordinary"), "serious": ("严重失信", "serious")}
LETTER_KIND: Table = {
    "complaint": ("投诉", "complaint"),
    "suggestion": ("建议", "suggestion"),
    "consultation": ("咨询", "consultation"),
}
LETTER_CATEGORY: Table = {
    "general": ("一般投诉", "general"),
    "refusal": ("拒收、拒办", "refusal to take or to act"),
    "overdue": ("超期", "too late"),
    "extra_material": ("要求多余材料", "asked for more than the guide"),
    "attitude": ("服务态度", "attitude"),
    "other": ("其他", "other"),
}
LETTER_STEP: Table = {
    "write": ("来信", "written"),
    "read": ("查阅", "read"),
    "transfer": ("转办", "passed on"),
    "open": ("签收办理", "taken up"),
    "record_contact": ("联系来信人", "sender contacted"),
    "extend": ("延长期限", "limit extended"),
    "answer": ("答复", "answered"),
    "accept": ("来信人满意", "the sender is satisfied"),
    "reopen": ("来信人不满意，重新办理", "not satisfied, opened again"),
    "reject": ("来信人仍不满意，办结", "still not satisfied, closed"),
    "lapse": ("到期未反馈，办结", "nothing was said in time, closed"),
    "mark_overdue": ("超期", "overdue"),
    "expose": ("曝光纠错", "made public to be put right"),
    "publish": ("选登答复", "answer published"),
    "withdraw_answer": ("撤下选登", "answer taken down"),
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
# The special procedures that the law knows (FIL-36); a guide may name them, too.
SPECIAL: Table = {
    "hearing": ("听证", "hearing"),
    "tender": ("招标", "tender"),
    "auction": ("拍卖", "auction"),
    "inspection": ("检验", "inspection"),
    "testing": ("检测", "testing"),
    "quarantine": ("检疫", "quarantine"),
    "appraisal": ("鉴定", "appraisal"),
    "expert_review": ("专家评审", "expert review"),
    "publicity": ("公示", "publicity"),
    "other": ("其他", "other"),
}
SIDE: Table = {"approval": ("审批部门", "approving"), "supervision": ("监管部门", "supervising")}
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
CAUSE: Table = {
    "promise_lapsed": ("逾期未履行承诺", "promise lapsed"),
    "material_not_conforming": ("补交材料不符", "material does not conform"),
    "violation": ("监管中发现违规", "violation"),
    "other": ("其他失信", "other"),
    "false_material": ("提供虚假材料", "false material"),
    "repeated": ("多次失信", "repeated"),
    "major_consequence": ("造成重大后果", "major consequence"),
    "other_serious": ("其他严重失信", "other serious"),
}
ANNOTATION: Table = {
    "objection_pending": ("异议处理中", "objection pending"),
    "repair_pending": ("修复处理中", "repair pending"),
    "repaired": ("信用修复", "repaired"),
    "none": ("无", "none"),
}
APPLICATION: Table = {"objection": ("异议", "objection"), "repair": ("修复", "repair")}
APPLICATION_STATE: Table = {
    "submitted": ("已提交", "received"),
    "reviewing": ("审核中", "in review"),
    "publicity": ("公示中", "posted"),
    "opposed": ("公示有异议", "opposed"),
    "refused": ("不予修复", "refused"),
    "closed": ("已办结", "closed"),
    "withdrawn": ("已撤回", "withdrawn"),
}
APPLICATION_RESULT: Table = {
    "maintain": ("维持", "maintained"),
    "modify": ("修改", "modified"),
    "delete": ("删除", "deleted"),
    "granted": ("准予修复", "granted"),
    "refused": ("不予修复", "refused"),
}
TASK: Table = {
    "created": ("待启动", "to be started"),
    "started": ("核查中", "under way"),
    "passed": ("通过", "passed"),
    "rectifying": ("整改中", "to be corrected"),
    "passed_after_rectification": ("整改后通过", "passed after correction"),
    "failed": ("整改未通过", "failed"),
    "cancelled": ("已取消", "cancelled"),
}
POINT: Table = {"true": ("属实", "true"), "not_true": ("不符", "not true")}
FINDING: Table = {
    "violation": ("违规", "violation"),
    "business_suspension": ("停产停业", "business suspended"),
    "other": ("其他", "other"),
}
PROPOSAL: Table = {
    "open": ("待答复", "to be answered"),
    "proposed": ("待答复", "to be answered"),
    "followed": ("已采纳", "followed"),
    "declined": ("未采纳", "declined"),
}
ORDER_KIND: Table = {
    "overdue": ("超时督办", "overdue"),
    "suggestion": ("建议督办", "suggestion"),
    "major_matter": ("重大事项督办", "major matter"),
}
DRAW: Table = {
    "announced": ("已公布", "announced"),
    "listed": ("名单已定", "lists fixed"),
    "drawn": ("已抽取", "drawn"),
}
CALL_STATE: Table = {
    "waiting": ("待回访", "to be called"),
    "unreached": ("未接通，待再次回访", "not reached, to be called again"),
    "done": ("已回访", "called"),
}
CALLBACK: Table = {
    "reached": ("已接通", "reached"),
    "unreached": ("未接通", "not reached"),
    "declined": ("拒绝回访", "declined"),
}
SHARE: Table = {"open": ("待共享", "to be shared"), "sent": ("已发送", "sent"), "shared": ("已共享", "shared")}
MESSAGE: Table = {
    "queued": ("待发送", "queued"),
    "expanded": ("已展开", "expanded"),
    "sending": ("发送中", "sending"),
    "unknown": ("结果未知", "unknown"),
    "accepted": ("运营商已接收", "accepted"),
    "delivered": ("已送达", "delivered"),
    "undelivered": ("未送达", "undelivered"),
    "suppressed": ("按偏好未发", "suppressed"),
    "failed": ("失败", "failed"),
    "dead": ("需人工处理", "dead"),
}
UNIT: Table = {
    "wd": ("个工作日", "working days"),
    "nd": ("天", "days"),
    "month": ("个月", "months"),
    "year": ("年", "years"),
    "h": ("小时", "hours"),
    "min": ("分钟", "minutes"),
    "s": ("秒", "seconds"),
    "time": ("", ""),
    "weekday": ("", ""),
    "count": ("", ""),
    "percent": ("%", "%"),
    "bytes": ("字节", "bytes"),
    "chars": ("字", "characters"),
    "digits": ("位", "digits"),
    "level": ("级", "level"),
    "word": ("", ""),
    "words": ("", ""),
    "flag": ("", ""),
}
PART: Table = {  # of a request, for where no page asks it by a name of its own
    "item_code": ("事项", "Item"),
    "case_no": ("业务编号", "Case"),
    "case_nos": ("业务编号", "Cases"),
    "org": ("部门", "Unit"),
    "hall": ("大厅", "Hall"),
    "date": ("日期", "Day"),
    "slot": ("时段", "Time"),
    "region_code": ("地区", "Region"),
    "return_path": ("返回的页面", "Page to come back to"),
    "subject_ref": ("申请人", "Party"),
    "kind": ("种类", "Kind"),
    "mode": ("申报方式", "Way of filing"),
    "file": ("文件", "File"),
    "name": ("名称", "Name"),
    "title": ("标题", "Title"),
    "text": ("内容", "Text"),
    "reason": ("理由", "Reason"),
    "opinion": ("意见", "Opinion"),
    "password": ("密码", "Password"),
    "code": ("验证码", "Code"),
    "second_factor": ("动态验证码", "Code of the app"),
}
OTHER: Both = ("其他内容", "Something else")  # what neither a page nor the table above calls by a name
TABLES: dict[str, Table] = {
    "unit": UNIT,
    "cause": CAUSE,
    "annotation": ANNOTATION,
    "application": APPLICATION,
    "application_state": APPLICATION_STATE,
    "application_result": APPLICATION_RESULT,
    "task": TASK,
    "point": POINT,
    "finding": FINDING,
    "proposal": PROPOSAL,
    "order_kind": ORDER_KIND,
    "draw": DRAW,
    "call_state": CALL_STATE,
    "callback": CALLBACK,
    "share": SHARE,
    "message": MESSAGE,
    "case": CASE,
    "mode": MODE,
    "source": SOURCE,
    "kind": KIND,
    "decision": DECISION,
    "material": MATERIAL,
    "delivery": DELIVERY,
    "handing": HANDING,
    "rating": RATING,
    "side": SIDE,
    "credit": CREDIT,
    "record": RECORD,
    "record_step": RECORD_STEP,
    "grade": GRADE,
    "letter_kind": LETTER_KIND,
    "letter_category": LETTER_CATEGORY,
    "letter_step": LETTER_STEP,
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

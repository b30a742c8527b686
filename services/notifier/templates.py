"""The texts, as data (NOT-03). Named parameters in braces; an elastic one is cut so that the message fits.

`sms` goes to the phone too; `mandatory` cannot be switched off; `urgent` is not held at night (NOT-06); `escalation`
takes the next channel when no receipt comes in ten minutes (NOT-08). No number of a document, no full name (NOT-04).
"""

from dataclasses import dataclass
from string import Formatter


@dataclass(frozen=True)
class Template:
    """One text in two languages."""

    code: str
    title_zh: str
    title_en: str
    zh: str
    en: str
    sms: bool = True
    mandatory: bool = False
    urgent: bool = False
    escalation: bool = False
    elastic: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters it needs, in the order of the Chinese text."""
        return tuple(dict.fromkeys(name for _, name, _, _ in Formatter().parse(self.zh + self.en) if name))


def _sms(code: str, title: str, title_en: str, zh: str, en: str, **options: object) -> Template:
    return Template(code, title, title_en, zh, en, **options)  # type: ignore[arg-type]


def _inbox(code: str, title: str, title_en: str, zh: str, en: str) -> Template:
    return Template(code, title, title_en, zh, en, sms=False)


ALL = (
    # --- accounts -----------------------------------------------------------------------------------------------
    _sms(
        "identity.sms_code",
        "验证码",
        "Code",
        "验证码{code}，{minutes}分钟内有效。工作人员不会向您索要，请勿告诉他人。",
        "Your code is {code}, valid for {minutes} minutes. Nobody of the hall will ask you for it.",
        mandatory=True,
        urgent=True,
    ),
    _sms(
        "identity.locked",
        "账号已锁定",
        "Account locked",
        "您的网上办事大厅账号因多次验证失败已锁定，{until}。如非本人操作，请尽快修改密码。",
        "Your account is locked after repeated failures; {until}. If it was not you, change your password soon.",
        mandatory=True,
        urgent=True,
    ),
    _inbox(
        "identity.welcome",
        "注册成功",
        "Welcome",
        "您已注册网上办事大厅。完成实名认证后即可在线办事、预约。",
        "You have registered. After the real-name verification you can file and book online.",
    ),
    _inbox(
        "identity.updated",
        "账号资料已修改",
        "Account changed",
        "您的账号资料已修改：{changed}。如非本人操作，请立即修改密码。",
        "Your account has changed: {changed}. If it was not you, change your password at once.",
    ),
    _inbox(
        "identity.granted",
        "新的岗位权限",
        "New role",
        "您在{org}获得岗位权限：{role}，自{begin}起。",
        "You have the role {role} at {org} from {begin}.",
    ),
    _inbox(
        "identity.revoked",
        "岗位权限已收回",
        "Role withdrawn",
        "您在{org}的岗位权限已收回：{role}。",
        "You no longer have the role {role} at {org}.",
    ),
    # --- a case, to the applicant -------------------------------------------------------------------------------
    _inbox(
        "filing.submitted",
        "申请已提交",
        "Case received",
        "您申办的“{item}”已提交，办件编号{case_no}。材料不齐的，将在{due}前一次性告知。",
        "Your case {case_no} ({item}) has come in. If anything is missing you will be told once, by {due}.",
    ),
    _sms(
        "filing.accepted",
        "已受理",
        "Accepted",
        "您申办的“{item}”已受理，办件编号{case_no}，回执{receipt_no}，承诺{due}前办结。",
        "Your case {case_no} ({item}) is accepted, receipt {receipt_no}; to be decided by {due}.",
        mandatory=True,
    ),
    _sms(
        "filing.correction",
        "材料需要补正",
        "Correction needed",
        "您申办的“{item}”（{case_no}）需补正：{defects}。请于{due}前补正，详见个人空间。",
        "Case {case_no} ({item}) needs correction: {defects}. Please answer by {due}; details in your space.",
        mandatory=True,
        elastic="defects",
    ),
    _sms(
        "filing.not_accepted",
        "不予受理",
        "Not accepted",
        "您申办的“{item}”（{case_no}）不予受理：{ground}。通知书{notice_no}，详见个人空间。",
        "Case {case_no} ({item}) is not accepted: {ground}. Notice {notice_no}; details in your space.",
        mandatory=True,
    ),
    _sms(
        "filing.special_started",
        "进入特别程序",
        "Special procedure",
        "您申办的“{item}”（{case_no}）进入{special}程序，预计{expected}个工作日，不计入办理时限。",
        "Case {case_no} ({item}) is in a special procedure ({special}), about {expected} working days, not counted.",
        mandatory=True,
    ),
    _sms(
        "filing.special_finished",
        "特别程序结束",
        "Special procedure finished",
        "您申办的“{item}”（{case_no}）的{special}程序已结束，承诺{due}前办结。",
        "The special procedure ({special}) of case {case_no} ({item}) is over; to be decided by {due}.",
    ),
    _sms(
        "filing.extended",
        "办理时限延长",
        "Limit extended",
        "您申办的“{item}”（{case_no}）经批准延长{days}个工作日，{due}前办结。理由：{reason}",
        "The limit of case {case_no} ({item}) is extended by {days} working days, to {due}. Reason: {reason}",
        mandatory=True,
        elastic="reason",
    ),
    _sms(
        "filing.granted",
        "准予决定",
        "Granted",
        "您申办的“{item}”（{case_no}）已办结：准予。决定书{decision_no}，{delivery}。",
        "Case {case_no} ({item}) is decided: granted, decision {decision_no}; {delivery}.",
        mandatory=True,
    ),
    _sms(
        "filing.refused",
        "不予决定",
        "Refused",
        "您申办的“{item}”（{case_no}）已办结：不予。决定书{decision_no}，理由和救济途径详见个人空间。",
        "Case {case_no} ({item}) is decided: refused, decision {decision_no}; reasons and remedies in your space.",
        mandatory=True,
    ),
    _sms(
        "filing.commitment_opened",
        "请按承诺补交材料",
        "Material to be supplied",
        "“{item}”（{case_no}）已按承诺办理，请于{due}前补交：{materials}。逾期将撤销结果并记入诚信档案。",
        "Case {case_no} ({item}) rests on your promise: supply {materials} by {due}, or the result is revoked and a "
        "failing recorded.",
        mandatory=True,
        elastic="materials",
    ),
    _sms(
        "filing.commitment_reminder",
        "承诺期限提醒",
        "Reminder of your promise",
        "提醒：“{item}”（{case_no}）承诺补交材料的期限是{due}，还剩{left}个工作日。逾期将撤销结果。",
        "Reminder: what you promised for case {case_no} ({item}) is due on {due}, in {left} working days.",
        mandatory=True,
    ),
    _sms(
        "filing.correction_reminder",
        "补正期限提醒",
        "Reminder of the correction",
        "提醒：“{item}”（{case_no}）的补正期限是{due}，逾期将退件。",
        "Reminder: the correction of case {case_no} ({item}) is due on {due}; afterwards the case is closed.",
    ),
    _sms(
        "filing.commitment_fulfilled",
        "承诺已履行",
        "Promise kept",
        "“{item}”（{case_no}）承诺补交的材料已审核通过。",
        "Everything promised for case {case_no} ({item}) is in and conforms.",
    ),
    _sms(
        "filing.commitment_rejected",
        "补交材料不符合要求",
        "Supplied material does not conform",
        "“{item}”（{case_no}）补交的材料不符合要求：{reason}。请于{due}前重新补交，详见个人空间。",
        "What you supplied for case {case_no} ({item}) does not conform: {reason}. Supply it again by {due}.",
        mandatory=True,
        elastic="reason",
    ),
    _sms(
        "filing.commitment_lapsed",
        "承诺逾期未履行",
        "Promise lapsed",
        "“{item}”（{case_no}）承诺补交的材料到期（{due}）未补交，将依法撤销结果并记入诚信档案。",
        "What you promised for case {case_no} ({item}) was due on {due} and is missing: the result will be revoked and "
        "a failing recorded.",
        mandatory=True,
    ),
    _sms(
        "filing.commitment_failed",
        "承诺未兑现",
        "Promise not kept",
        "“{item}”（{case_no}）补交的材料不符合法定条件，将依法撤销结果并记入诚信档案。详见个人空间。",
        "What you supplied for case {case_no} ({item}) does not meet the law: the result will be revoked and a failing "
        "recorded.",
        mandatory=True,
    ),
    _sms(
        "filing.suspended",
        "办理中止",
        "Suspended",
        "您申办的“{item}”（{case_no}）已中止办理：{ground}。详见个人空间。",
        "Case {case_no} ({item}) is suspended: {ground}. Details in your space.",
        mandatory=True,
    ),
    _sms(
        "filing.resumed",
        "恢复办理",
        "Resumed",
        "您申办的“{item}”（{case_no}）已恢复办理：{ground}。",
        "Case {case_no} ({item}) goes on: {ground}.",
        mandatory=True,
    ),
    _sms(
        "filing.revoked",
        "结果已撤销",
        "Result revoked",
        "“{item}”（{case_no}）的办理结果已撤销，决定书{decision_no}，依据和救济途径详见个人空间。",
        "The result of case {case_no} ({item}) is revoked, decision {decision_no}; grounds and remedies in your space.",
        mandatory=True,
    ),
    _inbox(
        "filing.withdrawn",
        "已撤回",
        "Withdrawn",
        "您申办的“{item}”（{case_no}）已撤回。",
        "Case {case_no} ({item}) is withdrawn.",
    ),
    _sms(
        "filing.lapsed",
        "已退件",
        "Closed",
        "您申办的“{item}”（{case_no}）逾期未补正，已退件，可重新申办，不计入诚信档案。",
        "Case {case_no} ({item}) was not corrected in time and is closed. You may file again; it is no failing.",
        mandatory=True,
    ),
    _sms(
        "filing.result_ready",
        "结果待领取",
        "Result ready",
        "“{item}”（{case_no}）的结果可到{place}领取，请带身份证件，{due}前有效送达。",
        "The result of case {case_no} ({item}) can be collected at {place} by {due}; bring your identity document.",
        mandatory=True,
    ),
    _inbox(
        "filing.result_collected",
        "结果已领取",
        "Result collected",
        "“{item}”（{case_no}）的结果已在{place}领取。如非本人或所托人领取，请联系窗口。",
        "The result of case {case_no} ({item}) was collected at {place}. If it was not you, contact the window.",
    ),
    # --- a case, to staff ---------------------------------------------------------------------------------------
    _sms(
        "filing.dispatched",
        "同城通办新件",
        "New same-city case",
        "同城通办新件“{item}”（{case_no}）已推送到{window}，请于{view_due}前查看。",
        "New same-city case {case_no} ({item}) at {window}; view it by {view_due}.",
        mandatory=True,
    ),
    _sms(
        "filing.view_warned",
        "未按时查看预警",
        "Not viewed in time",
        "预警：同城通办“{item}”（{case_no}）推送{waited}分钟，{window}仍未查看，请督促。",
        "Warning: same-city case {case_no} ({item}) has waited {waited} minutes at {window} without being viewed.",
        mandatory=True,
        urgent=True,
        escalation=True,
    ),
    _sms(
        "filing.view_overdue",
        "超时办件",
        "Overdue case",
        "超时：同城通办“{item}”（{case_no}）已{waited}分钟未查看（{window}），列为超时办件，请处理。",
        "Overdue: same-city case {case_no} ({item}) not viewed for {waited} minutes at {window}.",
        mandatory=True,
        urgent=True,
        escalation=True,
    ),
    _inbox(
        "filing.returned",
        "同城通办退回",
        "Same-city case returned",
        "“{item}”（{case_no}）被退回{window}：{opinion}。请重新推送。",
        "Case {case_no} ({item}) was returned to {window}: {opinion}. Dispatch it again.",
    ),
    _inbox(
        "filing.accepted_window",
        "同城通办已受理",
        "Same-city case accepted",
        "{window}接件的“{item}”（{case_no}）已受理，请移交纸质材料。",
        "Case {case_no} ({item}), received at {window}, is accepted; move the paper.",
    ),
    _sms(
        "filing.parallel_opened",
        "并联审批征求意见",
        "Opinion asked for",
        "并联审批“{item}”（{case_no}）请{org}于{due}前反馈意见。",
        "Parallel approval {case_no} ({item}): the opinion of {org} is due by {due}.",
    ),
    _inbox(
        "filing.parallel_given",
        "并联意见已反馈",
        "Opinion given",
        "“{item}”（{case_no}）：{org}已反馈意见：{opinion}。",
        "Case {case_no} ({item}): {org} says {opinion}.",
    ),
    _sms(
        "filing.parallel_overdue",
        "并联意见逾期",
        "Opinion overdue",
        "超时：并联审批“{item}”（{case_no}）{org}未在{due}前反馈意见，请督办。",
        "Overdue: the opinion of {org} on case {case_no} ({item}) was due on {due}.",
        mandatory=True,
        urgent=True,
    ),
    _inbox(
        "filing.supplied_check",
        "补交材料待审核",
        "Supplied material to be checked",
        "“{item}”（{case_no}）已补交承诺材料，请于{due}前审核。",
        "Promised material of case {case_no} ({item}) is in; check it by {due}.",
    ),
    _inbox(
        "filing.withdrawn_staff",
        "申请人撤回",
        "Withdrawn by the applicant",
        "“{item}”（{case_no}）申请人已撤回，无需继续办理。",
        "Case {case_no} ({item}) was withdrawn by the applicant.",
    ),
    _inbox(
        "filing.revocation_declined",
        "不予撤销的说明",
        "Proposal not followed",
        "“{item}”（{case_no}）：审批部门未采纳撤销建议：{explanation}",
        "Case {case_no} ({item}): the approving side does not revoke: {explanation}",
    ),
    _inbox(
        "filing.paper_moved",
        "纸质材料已到达",
        "Paper arrived",
        "“{item}”（{case_no}）的纸质材料已移交{org}。",
        "The paper of case {case_no} ({item}) has reached {org}.",
    ),
    _sms(
        "filing.paper_overdue",
        "纸质材料移交逾期",
        "Paper overdue",
        "超时：“{item}”（{case_no}）的纸质材料应于{due}前移交，仍未移交，请处理。",
        "Overdue: the paper of case {case_no} ({item}) had to be moved by {due}.",
        mandatory=True,
    ),
    _inbox(
        "filing.deadline_warned",
        "时限预警",
        "Limit near",
        "“{item}”（{case_no}）的{limit}将于{due}到期，还剩{left}个工作日。",
        "The limit “{limit}” of case {case_no} ({item}) ends on {due}, in {left} working days.",
    ),
    _sms(
        "filing.deadline_overdue",
        "时限已过",
        "Limit passed",
        "超时：“{item}”（{case_no}）的{limit}已于{due}到期，请立即处理。",
        "Overdue: the limit “{limit}” of case {case_no} ({item}) ended on {due}.",
        mandatory=True,
    ),
    # --- credit -------------------------------------------------------------------------------------------------
    _sms(
        "credit.listed",
        "列入失信记录",
        "Listed",
        "您因{cause}被列入政务服务失信记录（{record_no}）。限制：{restrictions}。可在个人空间提出异议或申请修复。",
        "You are listed for {cause} (record {record_no}). Restricted: {restrictions}. You may object or apply for "
        "repair in your space.",
        mandatory=True,
    ),
    _sms(
        "credit.upgraded",
        "列入严重失信",
        "Serious failing",
        "您因{cause}被列为严重失信主体（{record_no}）。限制：{restrictions}。可在个人空间提出异议。",
        "You are a serious case for {cause} (record {record_no}). Restricted: {restrictions}. You may object.",
        mandatory=True,
    ),
    _sms(
        "credit.restored",
        "信用状态恢复",
        "Standing restored",
        "您的政务服务信用状态已更新为{status}（{record_no}）。",
        "Your standing is now {status} (record {record_no}).",
        mandatory=True,
    ),
    _inbox(
        "credit.restriction_started",
        "限制开始",
        "Restriction begins",
        "自{begin}起至{until}，限制使用：{kinds}。",
        "From {begin} until {until} you may not use: {kinds}.",
    ),
    _sms(
        "credit.restriction_ended",
        "限制已结束",
        "Restriction ended",
        "对您的限制已结束，可以重新使用：{kinds}。",
        "A restriction has ended; you may again use: {kinds}.",
        mandatory=True,
    ),
    _sms(
        "credit.repair_possible",
        "可以申请信用修复",
        "Repair possible",
        "失信记录{record_no}已登记整改，自{begin}起可在个人空间申请信用修复。",
        "The correction of record {record_no} is noted; you may apply for repair from {begin}.",
    ),
    _inbox(
        "credit.dismissed",
        "不予认定",
        "No failing",
        "对您的情况（{record_no}）不予认定失信。",
        "No failing was found (record {record_no}).",
    ),
    _inbox(
        "credit.changed",
        "失信记录已更改",
        "Record changed",
        "失信记录{record_no}已按异议结果更改。",
        "Record {record_no} has been changed after your objection.",
    ),
    _inbox(
        "credit.proposed",
        "失信待认定",
        "Failing to be determined",
        "有一件失信待认定（{record_no}），请于{due}前认定。",
        "A failing waits for determination (record {record_no}), by {due}.",
    ),
    _inbox(
        "credit.application",
        "新的异议或修复申请",
        "Objection or repair",
        "失信记录{record_no}有新的{what}，请于{due}前办结。",
        "There is a new {what} on record {record_no}, due by {due}.",
    ),
    _sms(
        "credit.application_decided",
        "申请已有结果",
        "Decided",
        "您对失信记录{record_no}的{what}已有结果：{result}，公示后生效，详见个人空间。",
        "Your {what} on record {record_no} is decided: {result}; in force after publicity.",
        mandatory=True,
    ),
    _sms(
        "credit.application_overdue",
        "异议或修复逾期",
        "Objection or repair overdue",
        "超时：失信记录{record_no}的{what}应于{due}前办结，请处理。",
        "Overdue: the {what} on record {record_no} was due on {due}.",
        mandatory=True,
    ),
    _sms(
        "credit.repaired",
        "信用修复生效",
        "Repaired",
        "失信记录{record_no}的信用修复已生效。",
        "The repair of record {record_no} is in force.",
        mandatory=True,
    ),
    _inbox(
        "credit.publicity",
        "公示",
        "Publicity",
        "失信记录{record_no}的处理结果正在公示，至{until}。",
        "The result on record {record_no} is published until {until}.",
    ),
    _inbox(
        "credit.opposed",
        "公示期内有异议",
        "Opposed",
        "失信记录{record_no}的公示结果收到反对意见，将于{due}前复核。",
        "The published result on record {record_no} is opposed; it is decided again by {due}.",
    ),
    _sms(
        "credit.noshow_entered",
        "预约受限",
        "Booking barred",
        "您一年内三次预约未到，{until}前不能网上预约，仍可到现场取号。",
        "Three missed bookings within a year: no online booking until {until}; the hall's machine still serves you.",
        mandatory=True,
    ),
    _sms(
        "credit.noshow_exited",
        "预约恢复",
        "Booking open again",
        "您的网上预约已恢复（{reason}）。",
        "You may book online again ({reason}).",
        mandatory=True,
    ),
    # --- booking ------------------------------------------------------------------------------------------------
    _sms(
        "booking.created",
        "预约成功",
        "Booked",
        "预约成功：{date} {slot}到{hall}办理“{item}”，编号{booking_no}。请带身份证取号，不能到请提前取消。",
        "Booked: {date} {slot}, {hall}, {item}, number {booking_no}. Bring your identity card; cancel if you cannot.",
        mandatory=True,
    ),
    _inbox(
        "booking.created_staff",
        "新的预约",
        "New booking",
        "{date} {slot}有预约办理“{item}”（{booking_no}，{hall}）。",
        "Booking {booking_no}: {date} {slot}, {item}, {hall}.",
    ),
    _sms(
        "booking.cancelled",
        "预约已取消",
        "Booking cancelled",
        "您{date}办理“{item}”的预约（{booking_no}）已由大厅取消，不计失约，可优先另选时段。",
        "Your booking {booking_no} on {date} ({item}) was cancelled by the hall; choose another slot first.",
        mandatory=True,
        urgent=True,
    ),
    _inbox(
        "booking.cancelled_own",
        "预约已取消",
        "Booking cancelled",
        "您{date}办理“{item}”的预约（{booking_no}）已取消。",
        "Your booking {booking_no} on {date} ({item}) is cancelled.",
    ),
    _sms(
        "booking.reminded",
        "预约提醒",
        "Reminder",
        "提醒：{date} {slot}到{hall}办理“{item}”，编号{booking_no}，请带身份证取号。",
        "Reminder: {date} {slot}, {hall}, {item}, number {booking_no}; bring your identity card.",
        mandatory=True,
    ),
    _sms(
        "booking.no_show",
        "预约未到",
        "Missed booking",
        "您{date}的预约（{booking_no}）未到，一年内已{count}次；满三次六个月内不能网上预约。",
        "You missed booking {booking_no} on {date}: {count} within a year; three bar online booking for six months.",
        mandatory=True,
    ),
    # --- feedback -----------------------------------------------------------------------------------------------
    _sms(
        "feedback.negative",
        "收到差评",
        "Negative rating",
        "收到差评：办件{case_no}，{level}分，请于{due}前核实回复。",
        "Negative rating of case {case_no} ({level}); answer by {due}.",
        mandatory=True,
    ),
    _sms(
        "feedback.replied",
        "评价已回复",
        "Rating answered",
        "您对办件{case_no}的评价已有回复，请在个人空间查看，可追评一次。",
        "Your rating of case {case_no} is answered; see your space, you may come back on it once.",
    ),
    _inbox(
        "feedback.defaulted",
        "评价已到期",
        "Rating by default",
        "办件{case_no}评价期已过，系统按默认处理，不计入满意度。",
        "The rating of case {case_no} was set by default; it counts in no satisfaction rate.",
    ),
    _inbox(
        "feedback.followed_up",
        "收到追评",
        "Follow-up",
        "办件{case_no}收到追评，请于{due}前回复。",
        "There is a follow-up on the rating of case {case_no}; answer by {due}.",
    ),
    _sms(
        "feedback.reply_overdue",
        "差评回复逾期",
        "Answer overdue",
        "超时：办件{case_no}的差评应于{due}前回复，请督办。",
        "Overdue: the negative rating of case {case_no} had to be answered by {due}.",
        mandatory=True,
    ),
    _inbox(
        "feedback.letter_received",
        "收到信件",
        "New letter",
        "收到{letter}{letter_no}，请于{due}前答复。",
        "There is a new letter ({letter}) {letter_no}; answer by {due}.",
    ),
    _inbox(
        "feedback.letter_progress",
        "信件进展",
        "Your letter",
        "您的{letter}{letter_no}正在办理，{due}前答复。",
        "Your letter ({letter}) {letter_no} is being handled; answer by {due}.",
    ),
    _sms(
        "feedback.letter_answered",
        "信件已答复",
        "Letter answered",
        "您的{letter}{letter_no}已答复，请在个人空间查看并评价。",
        "Your letter ({letter}) {letter_no} is answered; see your space.",
    ),
    _sms(
        "feedback.letter_overdue",
        "信件答复逾期",
        "Letter overdue",
        "超时：{letter}{letter_no}应于{due}前答复，请督办。",
        "Overdue: letter ({letter}) {letter_no} had to be answered by {due}.",
        mandatory=True,
    ),
    # --- supervision --------------------------------------------------------------------------------------------
    _inbox(
        "supervision.task_created",
        "新的核查任务",
        "New verification",
        "承诺审批办件{case_no}需核查：{start}前启动，{due}前完成。",
        "Case {case_no} is to be verified: start by {start}, finish by {due}.",
    ),
    _inbox(
        "supervision.task_passed",
        "核查通过",
        "Promise verified",
        "办件{case_no}的承诺经核查属实。",
        "What you promised in case {case_no} was found true.",
    ),
    _inbox(
        "supervision.task_cancelled",
        "核查任务取消",
        "Verification cancelled",
        "办件{case_no}的核查任务已取消：{reason}。",
        "The verification of case {case_no} is cancelled: {reason}.",
    ),
    _sms(
        "supervision.task_overdue",
        "核查超时",
        "Verification overdue",
        "超时：办件{case_no}的核查未按期{step}，请督办。",
        "Overdue: the verification of case {case_no} was not {step} in time.",
        mandatory=True,
    ),
    _sms(
        "supervision.rectification_ordered",
        "限期整改",
        "Correction ordered",
        "办件{case_no}经核查与承诺不符，请于{due}前整改，其间停止相关活动；逾期将撤销结果并列入失信。",
        "Case {case_no} does not match your promise: correct it by {due} and stop the activity until then, or the "
        "result is revoked and you are listed.",
        mandatory=True,
    ),
    _sms(
        "supervision.rectification_passed",
        "整改合格",
        "Correction accepted",
        "办件{case_no}整改合格，可恢复相关活动，不计失信。",
        "The correction in case {case_no} conforms; the activity may go on, no failing is recorded.",
        mandatory=True,
    ),
    _sms(
        "supervision.rectification_failed",
        "整改未通过",
        "Correction failed",
        "办件{case_no}未按期整改合格，将撤销结果并列入失信，详见个人空间。",
        "Case {case_no} was not corrected in time: the result will be revoked and you will be listed.",
        mandatory=True,
    ),
    _sms(
        "supervision.rectification_failed_staff",
        "整改未通过",
        "Correction failed",
        "办件{case_no}整改未通过，系统按规定撤销结果，请关注。",
        "The correction in case {case_no} failed; the result is being revoked.",
    ),
    _inbox(
        "supervision.finding",
        "监管发现",
        "Finding",
        "{org}报告监管发现（{finding}），涉及办件{case_ref}，请认定。",
        "{org} reports a finding ({finding}) on case {case_ref}; please judge.",
    ),
    _sms(
        "supervision.proposal",
        "撤销建议",
        "Proposal to revoke",
        "{org}建议撤销办件{case_no}的结果，请于{due}前核实答复。",
        "{org} proposes to revoke the result of case {case_no}; answer by {due}.",
        mandatory=True,
    ),
    _sms(
        "supervision.order",
        "督办",
        "Supervising order",
        "督办（{order}）{order_no}：{content}。请于{due}前办理。",
        "Supervising order ({order}) {order_no}: {content}. Act by {due}.",
        mandatory=True,
        elastic="content",
    ),
    _inbox(
        "supervision.linkage",
        "审管互动缺失",
        "Linkage work missing",
        "{period}的{linkage}未按时完成，请补齐。",
        "The {linkage} of {period} is missing.",
    ),
    _inbox(
        "supervision.assessment",
        "年度考核结果",
        "Annual scores",
        "{year}年度审管联动考核结果已公布。",
        "The linkage scores of {year} are published.",
    ),
    # --- parcels ------------------------------------------------------------------------------------------------
    _sms(
        "shipment.ordered",
        "结果已寄出",
        "Result on its way",
        "办件{case_no}的{content}已交邮政速递，邮件号{waybill}，可在个人空间查询。",
        "{content} of case {case_no} is with the courier, waybill {waybill}; follow it in your space.",
        mandatory=True,
        elastic="content",
    ),
    _sms(
        "shipment.returned",
        "邮件被退回",
        "Parcel returned",
        "办件{case_no}的邮件（{waybill}）未能投递，已退回。可到{place}领取或与窗口联系再寄。",
        "Parcel {waybill} of case {case_no} could not be delivered. Collect it at {place} or ask for another try.",
        mandatory=True,
    ),
)

_BY_CODE = {template.code: template for template in ALL}


def find(code: str) -> Template | None:
    """The template of this code, or None."""
    return _BY_CODE.get(code)

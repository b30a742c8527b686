"""The closed lists of words that travel in events and appear in APIs; the Chinese stands beside each one."""

# -- parties, cases -----------------------------------------------------------------------------------------------
SUBJECT_TYPES = ("person", "legal")  # 自然人, 法人(其他组织)
ACCOUNT_TYPES = ("personal", "legal", "staff")  # 个人用户, 法人用户, 工作人员

KINDS = ("instant", "promise", "parallel", "reported")  # 即办件, 承诺件, 并联件, 上报件
MODES = ("ordinary", "commit")  # 普通, 承诺审批
CASE_SOURCES = ("online", "window", "interconnected")  # 网上申报, 窗口申报, 互联互通
CASE_STATUSES = (
    "draft",  # 暂存
    "submitted",  # 申办
    "dispatched",  # 已推送(同城)
    "pre_review",  # 网上预受理
    "correction",  # 补正告知
    "resubmitted",  # 补交受理
    "returned",  # 退回
    "not_accepted",  # 不予受理
    "accepted",  # 受理
    "reviewing",  # 审查
    "special",  # 特别程序
    "deciding",  # 决定
    "suspended",  # 中止
    "completed",  # 办结
    "withdrawn",  # 撤回
    "lapsed",  # 退件
    "revoked",  # 撤销
)
MATERIAL_STATES = ("missing", "supplied", "deferred", "licence", "letter", "checked", "rejected")
DELIVERIES = ("window", "courier")  # 窗口, 物流速递
DECISIONS = ("granted", "refused")  # 准予, 不予
NOT_ACCEPTED_REASONS = (
    "not_subject_to_approval",  # 依法不需要审批
    "not_competent",  # 不属于本机关职权
    "material_incomplete",  # 材料不齐全
    "not_legal_form",  # 不符合法定形式
    "outside_scope",  # 不属登记范围
    "outside_jurisdiction",  # 不属本机关管辖
)
SPECIAL_KINDS = (
    "hearing",  # 听证
    "tender",  # 招标
    "auction",  # 拍卖
    "inspection",  # 检验
    "testing",  # 检测
    "quarantine",  # 检疫
    "appraisal",  # 鉴定
    "expert_review",  # 专家评审
    "publicity",  # 公示
    "other",
)
PARALLEL_OPINIONS = ("agree", "agree_with_conditions", "disagree")  # 同意, 附条件同意, 不同意
SUSPENSION_GROUNDS = ("subject_listed", "other")  # 列入黑名单, 其他
RESUMPTION_GROUNDS = ("materials_completed", "converted", "failing_deleted", "restriction_ended", "other")
REVOCATION_GROUNDS = (
    "promise_lapsed",  # 诚信档案管理办法 第六条(一)
    "material_not_conforming",  # 第六条(二)
    "listed",  # 第七条
    "serious_listed",  # 第九条
    "rectification_failed",  # 联动办法 第十七条
    "supervision_proposal",  # 联动办法 第十八条
    "own_motion",  # 依职权
)
DELIVERY_WAYS = ("collected", "courier")  # 领取登记, 邮寄
DEADLINE_KINDS = (
    "correction_notice",  # 受理或补正告知
    "correction",  # 申请人补正
    "resubmission_check",  # 补正材料审核
    "committed",  # 承诺办结时限
    "statutory",  # 法定办结时限
    "agreed_reply",  # 约定答复时间
    "parallel",  # 并联意见
    "delivery",  # 送达
    "share",  # 决定共享
    "commitment",  # 容缺后补
    "commitment_check",  # 补齐材料审核
    "paper_transfer",  # 纸质材料移交
    "revocation_reply",  # 答复撤销建议
    "defence",  # 陈述申辩
)

# -- credit -------------------------------------------------------------------------------------------------------
RECORD_CATEGORIES = ("failing", "booking_no_show")  # 失信, 预约失约
GRADES = ("minor", "ordinary", "serious")  # 轻微(仅 national-2026), 失信, 严重失信
SUBJECT_STATUSES = ("good", "listed", "serious")  # 正常, 已列入, 严重失信
FAILING_CAUSES = (
    "promise_lapsed",  # 第六条(一)
    "material_not_conforming",  # 第六条(二)
    "violation",  # 第六条(三)
    "other",  # 第六条(四)
    "false_material",  # 第八条(一)
    "repeated",  # 第八条(二)
    "major_consequence",  # 第八条(三)
    "other_serious",  # 第八条(四)
)
RECORD_SOURCES = ("lapse", "finding", "penalty", "rectification", "manual", "no_show")
RECORD_STATES = ("pending", "listed", "dismissed", "modified", "deleted", "repaired")
ANNOTATIONS = ("objection_pending", "repair_pending", "repaired", "none")  # 异议处理中, 修复处理中, 信用修复, 撤去标注
RESTRICTIONS = ("commit_approval", "letter_in_lieu", "booking")  # 承诺审批, 以函代证, 预约审批
OBJECTION_RESULTS = ("maintain", "modify", "delete")  # 维持, 修改, 删除公示
REPAIR_RESULTS = ("granted", "refused")  # 准予修复, 不予修复

# -- booking ------------------------------------------------------------------------------------------------------
TICKET_KINDS = ("N", "B")  # 普通号, 预约号
BOOKING_ACTORS = ("applicant", "hall", "system")

# -- feedback -----------------------------------------------------------------------------------------------------
RATING_SOURCES = ("user", "system_default")  # 申请人评价, 系统默认
RATING_CHANNELS = ("online", "window", "app")
LETTER_KINDS = ("complaint", "suggestion", "consultation")  # 投诉, 建议, 咨询
LETTER_CATEGORIES = ("general", "refusal", "overdue", "extra_material", "attitude", "other")
ADOPTIONS = ("adopted", "partly_adopted", "not_adopted")  # 采纳, 部分采纳, 不采纳

# -- supervision --------------------------------------------------------------------------------------------------
FINDING_KINDS = ("violation", "business_suspension", "other")  # 违规, 停产停业, 其他
POINT_RESULTS = ("true", "not_true")  # 属实, 不符
ORDER_KINDS = ("overdue", "suggestion", "major_matter")  # 超时督办, 建议督办, 重大事项督办
LINKAGE_KINDS = ("daily_sheet", "weekly_record", "monthly_meeting")  # 日互动, 周见面, 月会商

# -- notifier -----------------------------------------------------------------------------------------------------
SMS_REPLIES = ("cancel", "other")  # 取消, 其他
SHIPMENT_DIRECTIONS = ("result", "material", "paper")  # 结果, 申请材料, 纸质材料移交
PAYERS = ("applicant", "service_office", "district")  # 申请人, 市政务服务办, 区
SHIPMENT_STATES = (
    "requested",
    "ordered",
    "waybill_assigned",
    "picked_up",  # 揽收
    "in_transit",  # 运输
    "out_for_delivery",  # 派送
    "failed_attempt",
    "delivered",  # 签收
    "returned",  # 退回
    "cancelled",
    "order_failed",
)

# -- organisations ------------------------------------------------------------------------------------------------
CITY_OFFICE = "TZJ077"  # 市政务服务办: keeps the lists of the whole city and owns the credit archive (CAT-20, CRE-40)
ORG_KINDS = (
    "approving",  # 审批
    "supervising",  # 监管
    "service",  # 服务
    "utility",  # 公用企业
    "zone",  # 功能区
    "hall",  # 政务服务中心
    "window",  # 窗口
)
ROLES = (
    "applicant",
    "agent",  # 经办人
    "window_clerk",  # 接件/受理
    "reviewer",  # 审查
    "decider",  # 决定
    "window_manager",
    "deputy_leader",  # 分管领导
    "unit_leader",  # 主要领导
    "credit_admin",  # 诚信档案管理员
    "supervisor",  # 监管
    "coordinator",  # 审管协调员
    "letters_handler",  # 投诉建议咨询 AB岗
    "service_office",  # 政务服务办
    "catalog_editor",
    "hall_operator",  # 叫号
    "system_admin",
    "auditor",  # 电子监察
)

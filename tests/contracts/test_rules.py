"""The rule packs and the catalogue agree with each other and leave nothing out."""

import pytest

from contracts import rules
from contracts.registry import SERVICES

IDS = {
    "TIM": [*range(1, 11)],
    "ID": [*range(1, 26), *range(30, 39)],
    "CAT": [*range(1, 8), *range(10, 36), *range(40, 44)],
    "FIL": [*range(1, 64), *range(70, 82), *range(90, 100)],
    "CRE": [*range(1, 17), *range(20, 28), *range(30, 39), *range(40, 44)],
    "BOO": [*range(1, 19), *range(20, 26)],
    "FEE": [*range(1, 14), *range(20, 34)],
    "SUP": [*range(1, 9), *range(10, 15), *range(20, 28), *range(30, 34)],
    "NOT": [*range(1, 10), *range(20, 27)],
    "GW": [*range(1, 13)],
    "AMB": [*range(1, 45)],
}

# Section 0.3 of the domain specification: key, value, unit.
TABLE_0_3 = [
    ("identity.legal_register_delay", 1, "wd"),
    ("filing.upload_max_bytes", 300 * 1024 * 1024, "bytes"),
    ("filing.scan_max_bytes", 500 * 1024, "bytes"),
    ("filing.licence_fetch_code_len", 8, "digits"),
    ("filing.correction_notice", 5, "wd"),
    ("filing.commit_material_due", 60, "wd"),
    ("filing.samecity_view_warn", 15, "min"),
    ("filing.samecity_view_overdue", 15, "min"),
    ("filing.samecity_paper_transfer", 5, "wd"),
    ("filing.share_decision", 7, "wd"),
    ("filing.max_onsite_visits", 2, "count"),
    ("filing.original_due_after_acceptance_notice", 60, "nd"),
    ("filing.registration_verify", 15, "wd"),
    ("credit.restriction", 1, "year"),
    ("credit.objection_review", 3, "wd"),
    ("credit.objection_publicity", 3, "wd"),
    ("credit.update_after_publicity", 1, "wd"),
    ("credit.repair_review", 3, "wd"),
    ("credit.repair_publicity", 3, "wd"),
    ("credit.repair_clean_period", 1, "year"),
    ("credit.serious_threshold", 2, "count"),
    ("booking.horizon", 5, "wd"),
    ("booking.cancel_until", "24:00", "time"),
    ("booking.reminder", 1, "nd"),
    ("booking.no_show_limit", 3, "count"),
    ("booking.no_show_window", 1, "year"),
    ("booking.ban", 6, "month"),
    ("feedback.rating_default", 7, "nd"),
    ("feedback.negative_reply", 15, "nd"),
    ("feedback.complaint_reply", 5, "wd"),
    ("feedback.complaint_special", 30, "wd"),
    ("feedback.suggestion_reply", 30, "wd"),
    ("feedback.consult_reply", 1, "wd"),
    ("feedback.handlers_per_unit", 2, "count"),
    ("supervision.feedback_finding", 1, "wd"),
    ("supervision.verify_start", 3, "wd"),
    ("supervision.verify_finish", 50, "wd"),
    ("supervision.rectify_cap", 60, "wd"),
    ("supervision.weekly_meeting", 5, "weekday"),
    ("supervision.monthly_meeting", 1, "count"),
]

UNITS = {
    *("wd", "nd", "month", "year", "h", "min", "s", "time", "weekday"),
    *("count", "bytes", "digits", "chars", "percent", "level", "flag", "word", "words"),
}
OWNERS = {*SERVICES, "deadline", "escalation", "gateway"}


@pytest.fixture(autouse=True)
def default_pack():
    yield
    rules.use(rules.DEFAULT)


def test_the_catalogue_has_every_id_and_no_other():
    expected = {f"{family}-{number:02d}" for family, numbers in IDS.items() for number in numbers}
    expected |= {f"T{number}" for number in range(1, 41)}
    assert set(rules.catalogue()) == expected


@pytest.mark.parametrize("rule_id", rules.catalogue())
def test_an_entry_has_sentence_strength_and_article(rule_id):
    entry = rules.rule(rule_id)
    assert len(entry.sentence) >= 5
    assert entry.tag in set("MFDLX")
    assert rules.article(rule_id) == entry.article != ""
    assert (entry.status == "declined") is (entry.reason is not None)
    for other in entry.rules:
        assert rules.rule(other)


def test_kinds_follow_the_ids():
    for rule_id, entry in rules.catalogue().items():
        family = rule_id.split("-")[0]
        expected = "reading" if family == "AMB" else "rule" if "-" in rule_id else "vector"
        assert entry.kind == expected


def test_what_is_not_copied_is_declined_with_a_reason():
    declined = {rule_id for rule_id, entry in rules.catalogue().items() if entry.status == "declined"}
    assert declined == {rule_id for rule_id, entry in rules.catalogue().items() if entry.tag == "X"}
    assert declined == {"ID-23", "ID-24"}


@pytest.mark.parametrize(
    ("rule_id", "article"),
    [
        ("SUP-23", "津政务发〔2019〕7号《天津市行政审批与事中事后监管联动办法（试行）》第十七条"),
        ("CRE-31", "津政务发〔2019〕7号《天津市政务服务诚信档案管理办法（试行）》第九条、第十五条"),
        ("BOO-21", "津政务发〔2019〕7号《天津市政务服务网上预约办法（试行）》第十三条"),
        ("FEE-23", "津政务发〔2019〕7号《天津市政务服务投诉建议咨询处理办法（试行）》第八条"),
        ("FIL-58", "津政务发〔2019〕7号《天津市政务服务就近办（同城通办）办法（试行）》第十一条"),
        ("FIL-44", "《网上办事大厅信息平台建设方案》；《中华人民共和国行政许可法》第四十四条"),
        ("ID-11", "《天津网上办事大厅使用指南》三（二）"),
    ],
)
def test_articles_are_cited_in_the_chinese_way(rule_id, article):
    assert rules.article(rule_id) == article


@pytest.mark.rule("AMB-13")
def test_the_two_tenth_articles_are_told_apart_by_chapter():
    assert rules.article("CRE-09").endswith("第十条（第二章）")
    assert rules.article("CRE-20").endswith("第十条（第三章）")


@pytest.mark.parametrize(("key", "value", "unit"), TABLE_0_3)
def test_the_tianjin_pack_has_the_constants_of_the_measures(key, value, unit):
    constant = rules.value(key)
    assert (constant.value, constant.unit) == (value, unit)


@pytest.mark.parametrize("pack", rules.packs())
def test_every_constant_has_an_article_and_known_rules(pack):
    for key, constant in rules.constants(pack).items():
        assert constant.key == key
        assert key.split(".")[0] in OWNERS
        assert constant.unit in UNITS, key
        assert constant.article, key
        assert constant.source, key
        assert constant.rule in constant.rules
        for rule_id in constant.rules:
            assert rules.rule(rule_id)


@pytest.mark.parametrize(
    ("rule_id", "key", "value"),
    [
        ("ID-04", "identity.sms_code_validity", 5),
        ("ID-04", "identity.sms_code_interval", 60),
        ("ID-04", "identity.sms_code_per_hour", 5),
        ("ID-04", "identity.sms_code_per_24h", 10),
        ("ID-04", "identity.sms_code_tries", 5),
        ("ID-17", "identity.login_failures", 5),
        ("ID-17", "identity.login_lock", 15),
        ("ID-25", "identity.idle_citizen", 30),
        ("ID-25", "identity.idle_staff", 15),
        ("FEE-03", "feedback.rating_min_chars", 5),
        ("FIL-28", "filing.correction_due", 30),
        ("FIL-37", "filing.extension_max", 10),
        ("FIL-44", "filing.delivery", 10),
        ("FIL-71", "filing.commit_check", 5),
        ("FIL-80", "filing.defence", 3),
        ("NOT-02", "filing.commit_reminders", [20, 10, 5, 1]),
        ("NOT-06", "notifier.quiet_from", "22:00"),
        ("NOT-07", "notifier.retries", [1, 5, 30]),
        ("BOO-07", "booking.max_active", 3),
        ("CRE-05", "credit.determination", 5),
        ("SUP-13", "supervision.proposal_reply", 5),
    ],
)
def test_readings_needed_in_code_are_constants_with_their_rule(rule_id, key, value):
    constant = rules.value(key)
    assert constant.value == value
    assert rule_id in constant.rules


@pytest.mark.rule("CRE-43")
def test_another_pack_changes_what_it_says_and_nothing_else():
    before = rules.constants("tianjin-2019")
    rules.use("national-2026")
    assert rules.in_use() == "national-2026"
    assert rules.value("credit.grades").value == ["minor", "ordinary", "serious"]
    assert rules.value("credit.repair_of_serious").value is True
    assert rules.value("booking.horizon") == before["booking.horizon"]


def test_an_unknown_key_rule_or_pack_is_named():
    with pytest.raises(rules.UnknownRule, match=r"filing\.nonsense is not in rule pack tianjin-2019"):
        rules.value("filing.nonsense")
    with pytest.raises(rules.UnknownRule, match="FIL-999"):
        rules.rule("FIL-999")
    with pytest.raises(rules.UnknownRule, match="atlantis"):
        rules.use("atlantis")
    assert rules.in_use() == rules.DEFAULT

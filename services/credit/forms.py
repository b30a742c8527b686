"""The four forms of the measure (domain 6.5) and the written decisions, as pages to print.

The note on the legal persons' forms that a natural person must sign is a slip of the source, left out (AMB-25)."""

from typing import Any

from jinja2 import Environment, select_autoescape

from chassis import clock
from contracts import rules
from services.credit.models import Subject

CAUSES = {
    "promise_lapsed": "承诺的材料到期未补交",
    "material_not_conforming": "补交的材料不符合法定条件",
    "violation": "监管发现违法违规行为",
    "other": "审批部门认定的其他失信情形",
    "false_material": "提供虚假、欺诈、隐瞒或恶意的申请材料",
    "repeated": "两次以上被判定为失信",
    "major_consequence": "造成重大政治、经济或法律后果",
    "other_serious": "法律法规规定的其他严重失信情形",
}
RESULTS = {
    "maintain": "经审核，异议不成立，决定维持原记录。",
    "modify": "经审核，异议成立，决定修改原记录。",
    "delete": "经审核，异议成立，决定删除原记录。",
    "granted": "经审核，符合信用修复条件，决定准予信用修复。",
    "refused": "经审核，不符合信用修复条件，决定不予信用修复。",
}
_TITLES = {"objection": "政务服务诚信档案异议申请书", "repair": "政务服务诚信档案信用修复申请书"}
_DECISIONS = {"objection": "异议处理决定书", "repair": "信用修复决定书"}

_PAGE = Environment(autoescape=select_autoescape(default=True)).from_string(
    """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>body{font-family:serif;max-width:42rem;margin:3rem auto;line-height:1.9;padding:0 1rem}h1{text-align:center}
table{width:100%;border-collapse:collapse}th,td{border:1px solid;padding:.5rem;text-align:left;vertical-align:top}
th{width:11rem}footer{text-align:right;margin-top:3rem}</style></head>
<body><h1>{{ title }}</h1>
<table>{% for name, value in rows %}<tr><th scope="row">{{ name }}</th><td>{{ value or " " }}</td></tr>
{% endfor %}</table>
{% for line in lines %}<p>{{ line }}</p>
{% endfor %}<footer>{{ foot }}<br>{{ day }}</footer></body></html>
"""
)


def blank(kind: str, record: Any) -> str:
    """The form of this kind for this record's party, to be completed and signed."""
    return _form(kind, record, name="", number="", reason="", day="    年  月  日")


def filled(application: Any, record: Any) -> str:
    """The form as it was submitted."""
    return _form(
        application.kind,
        record,
        name=application.applicant_name,
        number=application.id_no,
        reason=application.reason,
        day=_day(application.received_at),
    )


def decision(application: Any, record: Any) -> str:
    """The written decision with the credit information that results from it (CRE-22)."""
    rows = [
        ("决定书编号", f"{application.application_no}-{application.publicities + 1}"),
        ("申请人", application.applicant_name),
        ("系统内编码", record.record_no),
        ("事项名称", record.item_name or record.item_code or record.description),
        ("失信情形", CAUSES.get(application.new_cause or record.cause, record.description)),
    ]
    lines = [
        RESULTS[application.result],
        f"理由：{application.reasons}",
        f"依据：{rules.article({'objection': 'CRE-22', 'repair': 'CRE-33'}[application.kind])}",
        "如不服本决定，可以自收到之日起六十日内申请行政复议，或者自收到之日起六个月内提起行政诉讼。",
    ]
    if application.result != "refused":
        lines.insert(2, "本结果公示三个工作日，无异议的，于公示结束后一个工作日内更新诚信档案信息。")
    return _PAGE.render(
        title=_DECISIONS[application.kind],
        rows=rows,
        lines=lines,
        foot=application.judging_org,
        day=_day(application.decided_at),
    )


def _form(kind: str, record: Any, *, name: str, number: str, reason: str, day: str) -> str:
    legal = Subject.get(Subject.ref == record.subject_ref).type == "legal"
    who = [("单位名称", name), ("社会信用代码", number)] if legal else [("姓名", name), ("身份证号", number)]
    if kind == "repair":
        listed = (
            f"{_day(record.listed_at)}因{CAUSES.get(record.cause, record.description)}被列入({record.record_no})"
            if record.listed_at
            else ""
        )
        what = [("何时何故被列入", listed), ("信用修复申请原因", reason)]
    else:
        what = [
            ("事项名称", record.item_name or record.item_code or record.description),
            ("系统内编码", record.record_no),
            ("异议申请原因", reason),
        ]
    foot = "法定代表人(签字):        单位(盖章):        " if legal else "申请人(签字):        "
    note = "请在网上办事大厅提交，或者到判定机关现场提交。"
    note += "须由法定代表人签字并加盖单位公章。" if legal else "须由本人签字，不得代办。"
    return _PAGE.render(title=_TITLES[kind], rows=who + what, lines=[note], foot=foot, day=day)


def _day(at: Any) -> str:
    return f"{clock.local(at):%Y年%m月%d日}"

"""Written documents of the hall: numbered, hashed, in Chinese citation form (FIL-30, FIL-43, FIL-77)."""

import hashlib
from typing import Any

from jinja2 import Environment, select_autoescape

from chassis import clock
from services.filing import cases
from services.filing.models import Counter, Document, Org

TITLES = {
    "acceptance": "受理通知书",
    "correction": "补正告知书",
    "not_accepted": "不予受理通知书",
    "licence": "准予行政许可决定书",
    "refusal": "不予行政许可决定书",
    "special": "特别程序告知书",
    "extension": "延长办理期限告知书",
    "suspension": "中止办理通知书",
    "revocation_notice": "拟撤销办理结果告知书",
    "revocation": "撤销结果决定书",
    "explanation": "不予撤销说明",
}
_SIGNS = {
    "acceptance": "受",
    "correction": "补",
    "not_accepted": "不受",
    "licence": "许",
    "refusal": "不许",
    "special": "特",
    "extension": "延",
    "suspension": "止",
    "revocation_notice": "撤告",
    "revocation": "撤",
    "explanation": "复",
}

_PAGE = Environment(autoescape=select_autoescape(default=True)).from_string(
    """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>body{font-family:serif;max-width:42rem;margin:3rem auto;line-height:1.9;padding:0 1rem}
h1{text-align:center;letter-spacing:.3em}p.no{text-align:center}footer{text-align:right;margin-top:3rem}</style></head>
<body><h1>{{ title }}</h1><p class="no">{{ number }}</p>
<p>{{ name }}：</p>
<p>业务编号：{{ case.case_no }}　事项：{{ case.item_name }}　项目：{{ case.project_name }}</p>
{% for line in lines %}<p>{{ line }}</p>
{% endfor %}<footer>{{ org }}<br>{{ day }}</footer></body></html>
"""
)

REMEDY = "如不服本决定，可以自收到之日起六十日内申请行政复议，或者自收到之日起六个月内提起行政诉讼。"


def issue(case: Any, kind: str, lines: list[str]) -> Any:
    """Write and number one document in the transaction in hand."""
    now = clock.now()
    number = f"一网通{_SIGNS[kind]}〔{now.year}〕{_next(kind, now.year):06}号"
    form = cases.form(case)
    html = _PAGE.render(
        title=TITLES[kind],
        number=number,
        case=case,
        name=form.get("applicant_name") or case.subject_name_masked,
        lines=lines,
        org=org_name(case.approving_org),
        day=f"{now:%Y年%m月%d日}",
    )
    return Document.create(
        case=case.id,
        kind=kind,
        number=number,
        title=TITLES[kind],
        body=html,
        sha256=hashlib.sha256(html.encode()).hexdigest(),
        issued_at=now,
    )


def of(case: Any) -> list[Any]:
    """All documents of a case, oldest first."""
    return list(Document.select().where(Document.case == case.id).order_by(Document.id))


def licence_number(case: Any) -> str:
    """The number of the licence granted."""
    year = clock.now().year
    return f"{case.item_code}{year}{_next('licence_no', year):06}"


def org_name(code: str) -> str:
    """The name of an organisation, its code while unknown."""
    row = Org.get_or_none(Org.code == code)
    return row.name if row else code


def _next(kind: str, year: int) -> int:
    """The next running number; the row lock keeps two at once apart."""
    Counter.insert(**Counter(kind=kind, year=year).__data__).on_conflict(action="nothing").execute()
    row = Counter.locked(Counter.kind == kind, Counter.year == year)
    row.value += 1
    row.save()
    return row.value

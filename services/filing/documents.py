"""Written documents of the hall: numbered, hashed, in Chinese citation form (FIL-30, FIL-43, FIL-77).

A document is kept as its content, bound to the case history by the last record before it. The page (HTML) and the
sealed print version (papers.py) are made from that content.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

from jinja2 import Environment, select_autoescape

from chassis import clock, history, privacy
from services.filing import cases, materials
from services.filing.models import Counter, Document, Org

TITLES = {
    "receipt": "申报材料回执",
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
_LICENSING = "《中华人民共和国行政许可法》"
# What each kind rests on; a revocation names its own article in its text.
BASIS = {
    "receipt": f"{_LICENSING}第三十二条",
    "acceptance": f"{_LICENSING}第三十二条",
    "correction": f"{_LICENSING}第三十二条",
    "not_accepted": f"{_LICENSING}第三十二条",
    "licence": f"{_LICENSING}第三十八条",
    "refusal": f"{_LICENSING}第三十八条",
    "special": f"{_LICENSING}第四十五条",
    "extension": f"{_LICENSING}第四十二条",
}
REMEDY = "如不服本决定，可以自收到之日起六十日内申请行政复议，或者自收到之日起六个月内提起行政诉讼。"
_REMEDIABLE = frozenset({"not_accepted", "revocation"})  # a refusal states its own remedies (FIL-35)

_PAGE = Environment(autoescape=select_autoescape(default=True)).from_string(
    """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>body{font-family:serif;max-width:42rem;margin:3rem auto;line-height:1.9;padding:0 1rem}
h1{text-align:center;letter-spacing:.3em}p.no{text-align:center}footer{text-align:right;margin-top:3rem}
td{border:1px solid #999;padding:0 .5rem;word-break:break-all;font-size:.8rem}table{border-collapse:collapse}</style>
</head><body><h1>{{ title }}</h1><p class="no">{{ number }}</p>
<p>{{ addressee }}：</p>
<p>{% for name, value in facts %}{{ name }}：{{ value }}　{% endfor %}</p>
{% for line in lines %}<p>{{ line }}</p>
{% endfor %}{% if files %}<table>{% for file in files %}
<tr><td>{{ file.material }}</td><td>{{ file.name }}</td><td>{{ file.sha256 }}</td></tr>{% endfor %}</table>{% endif %}
{% if basis %}<p>依据：{{ basis }}</p>{% endif %}{% if remedy %}<p>{{ remedy }}</p>{% endif %}
<footer>{{ org }}<br>{{ day }}<br>验证码：{{ code }}</footer></body></html>
"""
)


def issue(case: Any, kind: str, lines: list[str], files: list[dict[str, Any]] | None = None) -> Any:
    """Write and number one document in the transaction in hand."""
    content = _written(case, kind, lines, files or [], history.last(case.id), org_name(case.approving_org))
    return Document.create(**content, number=_number(case, kind))


def issue_all(concerned: list[Any], kind: str, lines: list[str]) -> None:
    """The same words to many cases, each a document with a number of its own."""
    anchors, year = history.lasts(case.id for case in concerned), clock.now().year
    names = org_names(case.approving_org for case in concerned)
    first = _next(kind, year, len(concerned))
    Document.create_all(
        [
            _written(case, kind, lines, [], anchors.get(case.id), names[case.approving_org])
            | {"number": _in_words(kind, year, number)}
            for number, case in enumerate(concerned, first)
        ]
    )


def _written(
    case: Any, kind: str, lines: list[str], files: list[dict[str, Any]], anchor: Any, org: str
) -> dict[str, Any]:
    now = clock.now()
    body = json.dumps(
        {
            "addressee": cases.form(case).get("applicant_name") or case.subject_name_masked,
            "facts": [["业务编号", case.case_no], ["事项", case.item_name], ["项目", case.project_name]],
            "lines": lines,
            "files": files,
            "basis": BASIS.get(kind),
            "remedy": REMEDY if kind in _REMEDIABLE else None,
            "org": org,
            "org_code": case.approving_org,
            "day": f"{now:%Y年%m月%d日}",
            "history": {"number": anchor.number, "hash": anchor.hash} if anchor else None,
        },
        ensure_ascii=False,
        sort_keys=True,
    )
    return {
        "case": case.id,
        "kind": kind,
        "title": TITLES[kind],
        "body": body,
        "sha256": digest(body),
        "issued_at": now,
    }


def receipt(case: Any, lines: list[str], known: list[Any] | None = None) -> Any:
    """What has come in, every file with its hash: no file can be changed or lost unseen (FIL-30). The materials may be
    known already."""
    names = {row.id: row.name for row in known or materials.of(case)}
    listed = [
        {"material": names.get(row.material, "承诺书"), "name": row.name, "size": row.size, "sha256": row.sha256}
        for row in materials.files(case)
    ]
    return issue(case, "receipt", [*lines, f"已收到以下{len(listed)}个文件，其内容以所列SHA-256校验值为准："], listed)


def of(case: Any) -> list[Any]:
    """All documents of a case, oldest first."""
    return list(Document.select().where(Document.case == case.id).order_by(Document.id))


def listed(case: Any) -> list[Any]:
    """All documents of a case, oldest first, without opening them."""
    columns = (getattr(Document, name) for name in ("id", "kind", "number", "title", "sha256", "issued_at"))
    return list(Document.select(*columns).where(Document.case == case.id).order_by(Document.id))


def content(row: Any) -> dict[str, Any]:
    """What the document says."""
    return json.loads(row.body) | {"title": row.title, "number": row.number, "code": check_code(row)}


def page(row: Any) -> str:
    """The document to read on a screen."""
    return _PAGE.render(content(row))


def digest(body: str) -> str:
    """The hash that a document is registered with."""
    return hashlib.sha256(body.encode()).hexdigest()


def check_code(row: Any) -> str:
    """Eight characters on the paper, without which its number tells nobody anything."""
    keyed = bytes.fromhex(privacy.lookup(f"{row.number}|{row.sha256}", "document"))
    return base64.b32encode(keyed[:5]).decode()


def with_code(number: str, code: str) -> Any:
    """The document with this number and check code, or None."""
    row = Document.get_or_none(Document.number == number.replace("\0", "").strip())
    typed = code.strip().upper().replace("-", "")
    if row is None or not hmac.compare_digest(check_code(row).encode(), typed.encode()):
        return None
    return row


def licence_number(case: Any) -> str:
    """The number of the licence granted."""
    year = clock.now().year
    return f"{case.item_code}{year}{_next('licence_no', year):06}"


def org_name(code: str) -> str:
    """The name of an organisation, its code while unknown."""
    return org_names([code])[code]


def org_names(codes: Iterable[str]) -> dict[str, str]:
    """The names of these organisations by code, read once for a whole list."""
    wanted = sorted(set(codes))
    known = Org.select_some((Org.code, Org.name)).where(Org.code.in_(wanted)) if wanted else ()
    return {code: code for code in wanted} | {org.code: org.name for org in known}


def _number(case: Any, kind: str) -> str:
    """Receipts count per case, under its lock, so that filings do not queue for one counter."""
    if kind == "receipt":
        before = Document.select().where(Document.case == case.id, Document.kind == kind).count()
        return f"一网通回〔{case.case_no}〕{before + 1}号"
    year = clock.now().year
    return _in_words(kind, year, _next(kind, year))


def _in_words(kind: str, year: int, number: int) -> str:
    return f"一网通{_SIGNS[kind]}〔{year}〕{number:06}号"


def _next(kind: str, year: int, together: int = 1) -> int:
    """The next running number, the first of so many; the row lock keeps two at once apart."""
    Counter.insert(**Counter(kind=kind, year=year).__data__).on_conflict(action="nothing").execute()
    row = Counter.locked(Counter.kind == kind, Counter.year == year)
    row.value += together
    row.save()
    return row.value - together + 1

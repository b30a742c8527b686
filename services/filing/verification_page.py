"""The public page that a QR code on a document leads to: number and check code, or the file itself."""

from typing import Any

from flask import Response
from jinja2 import Environment, select_autoescape

_PAGE = Environment(autoescape=select_autoescape(default=True)).from_string(
    """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>文书核验 Verify a document</title>
<style>body{font-family:sans-serif;max-width:36rem;margin:2rem auto;line-height:1.8;padding:0 1rem}
label{display:block;margin-top:.6rem}input{font:inherit;width:100%;box-sizing:border-box}button{font:inherit;margin-top:.8rem}
dt{color:#555}dd{margin:0 0 .4rem}.bad{border-left:.3rem solid #b00;padding-left:1rem}
.good{border-left:.3rem solid #070;padding-left:1rem}</style></head>
<body><h1>文书核验 <small lang="en">Verify a document</small></h1>
{% if found %}<section class="{{ 'good' if found.standing == 'valid' else 'bad' }}" role="status">
<p><strong>本文书由本厅出具，当前状态：{{ found.standing_zh }}</strong>
<br><span lang="en">Issued by this hall; it is {{ found.standing }}.</span></p>
<dl><dt>文书</dt><dd>{{ found.title }} {{ found.number }}</dd><dt>出具单位</dt><dd>{{ found.org_name }}</dd>
<dt>事项</dt><dd>{{ found.item_name }}</dd><dt>当事人</dt><dd>{{ found.holder_masked }}</dd>
<dt>日期</dt><dd>{{ found.issued_on }}</dd></dl></section>{% endif %}
{% if problem %}<section class="bad" role="alert"><p><strong>{{ problem.detail }}</strong> {{ problem.next or '' }}</p>
<p lang="en">{{ problem.detail_en }} {{ problem.next_en or '' }}</p></section>{% endif %}
<form method="get"><label>文号 Number<input name="number" required maxlength="80" value="{{ number }}"></label>
<label>验证码 Check code<input name="code" required maxlength="12" value="{{ code }}"></label>
<button>核验 Verify</button></form>
<form method="post" enctype="multipart/form-data" action="verification">
<label>或上传下载的文书 (PDF) Or the file as downloaded
<input type="file" name="file" accept="application/pdf" required></label>
<button>核验 Verify</button></form></body></html>
"""
)


def page(found: Any = None, problem: Any = None, number: str = "", code: str = "") -> Response:
    """The form, and what was found or refused."""
    response = Response(_PAGE.render(found=found, problem=problem, number=number, code=code), mimetype="text/html")
    response.status_code = problem["status"] if problem else 200
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address carries the check code
    return response

"""The print version of a document: A4, Chinese text that can be selected and searched, a place for the seal, a QR code.

reportlab is read only when a page is made: a hall that prints nothing does not carry it in memory.
"""

import io
from functools import cache
from html import escape
from math import cos, radians, sin
from typing import Any
from urllib.parse import urlencode

from chassis import observability
from chassis.config import Settings
from chassis.errors import Refusal
from services.filing import options

FONT = "Document"
SEAL_BOX = (407, 66, 523, 182)  # points from the lower left of the last page; the signature field lies there
_NEVER_FIRST = "，；：！？》〉”’％…"  # no line begins with these; reportlab itself knows the Japanese ones
_INK, _RED, _PALE = "#1a1a1a", "#c8102e", "#767676"
_LEFT, _WIDTH, _BOTTOM, _CLOSING = 72, 451, 60, 130  # of the text, and the height that seal, date and QR code take


def render(content: dict[str, Any]) -> bytes:
    """The PDF of a content; the same content gives the same bytes. One without a check code is for signing by hand."""
    _load_font()
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    out = io.BytesIO()
    frame = Frame(_LEFT, _BOTTOM, _WIDTH, A4[1] - _BOTTOM - 62, 0, 0, 0, 0)
    made = BaseDocTemplate(out, pagesize=A4, invariant=1, title=content["title"], author=content["org"], lang="zh-CN")
    made.addPageTemplates(PageTemplate(frames=[frame], onPage=lambda canvas, _: _foot(canvas, content)))
    made.build([*_story(content), _closing(content)])
    return out.getvalue()


def verification_url(number: str, code: str) -> str:
    """Where anybody can see whether the document is genuine."""
    query = urlencode({"number": number, "code": code})
    return f"{options.current.public_url}/api/filing/v1/verification?{query}"


def say_what_is_missing(settings: Settings) -> None:
    """One clear line at the start when documents cannot be printed here."""
    if options.current.font is None:
        observability.log.warning("pdf_font_missing", install="fonts-arphic-uming", or_set="YWT_PDF_FONT")


@cache
def _register(path: str) -> None:
    from reportlab.lib import textsplit
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import paragraph

    textsplit.ALL_CANNOT_START += _NEVER_FIRST
    paragraph.ALL_CANNOT_START = textsplit.ALL_CANNOT_START
    pdfmetrics.registerFont(TTFont(FONT, path, subfontIndex=0))


def _load_font() -> None:
    font = options.current.font
    try:
        if font is None:
            raise OSError("no font")
        _register(str(font))
    except Exception as error:  # reportlab has its own kinds of error for a file that is not a font
        raise Refusal(
            "filing.print-font-missing",
            status=503,
            rule="FIL-30",
            zh="本系统暂时不能生成打印版：没有可用的中文字体。",
            en="No print version can be made now: there is no usable Chinese font.",
            next_zh="请先在网页上查看文书，稍后再下载打印版；文书效力不受影响。",
            next_en="Read the document on the page and fetch the print version later; the document itself stands.",
            headers={"Retry-After": "600"},
        ) from error


def _story(content: dict[str, Any]) -> list[Any]:
    from reportlab.lib.enums import TA_CENTER
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import HRFlowable, Paragraph, Spacer, Table

    body = ParagraphStyle("body", fontName=FONT, fontSize=12, leading=22, textColor=_INK, wordWrap="CJK")
    indented = ParagraphStyle("indented", body, firstLineIndent=24, spaceAfter=3)
    title = ParagraphStyle("title", body, fontSize=22, leading=34, alignment=TA_CENTER)
    middle = ParagraphStyle("middle", body, fontSize=11, alignment=TA_CENTER)
    small = ParagraphStyle("small", body, fontSize=8, leading=11)

    def text(words: str, style: Any) -> Any:
        return Paragraph(escape(words), style)

    story = [
        text(content["org"], ParagraphStyle("org", middle, fontSize=13, textColor=_RED)),
        text(content["title"], title),
        text(content["number"], middle),
        HRFlowable(width="100%", thickness=1.2, color=_RED, spaceBefore=4, spaceAfter=12),
        text(f"{content['addressee']}：", body),
        *(text(f"{name}：{value}", indented) for name, value in content["facts"]),
        *(text(line, indented) for line in content["lines"]),
    ]
    if content["files"]:
        head = [text(words, small) for words in ("材料", "文件", "大小（字节）", "SHA-256 校验值")]
        rows = [
            [text(str(file[key]), small) for key in ("material", "name", "size", "sha256")] for file in content["files"]
        ]
        grid = [("GRID", (0, 0), (-1, -1), 0.4, _PALE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
        story += [Spacer(1, 4), Table([head, *rows], [95, 105, 60, 191], style=grid, repeatRows=1), Spacer(1, 8)]
    if content["basis"]:
        story.append(text(f"依据：{content['basis']}", indented))
    if content["remedy"]:
        story.append(text(content["remedy"], indented))
    return story


def _foot(canvas: Any, content: dict[str, Any]) -> None:
    canvas.setFont(FONT, 8)
    canvas.setFillColor(_PALE)
    canvas.drawString(_LEFT, 40, content["number"])
    canvas.drawRightString(_LEFT + _WIDTH, 40, f"第{canvas.getPageNumber()}页")


def _closing(content: dict[str, Any]) -> Any:
    """Date, seal and QR code: at the foot of the last page, wherever the text has ended."""
    from reportlab.platypus import Flowable

    class Closing(Flowable):
        def wrap(self, width: float, height: float) -> tuple[float, float]:
            return width, max(height - 0.01, _CLOSING)

        def draw(self) -> None:
            (_draw_seal if content.get("code") else _draw_signature)(self.canv, content)

    return Closing()


def _draw_seal(canvas: Any, content: dict[str, Any]) -> None:
    """The end of a document; coordinates count from the lower left of the text."""
    x, y = (SEAL_BOX[0] + SEAL_BOX[2]) / 2 - _LEFT, (SEAL_BOX[1] + SEAL_BOX[3]) / 2 - _BOTTOM
    _draw_stamp(canvas, x, y, content["org"])
    canvas.setFillColor(_INK)
    canvas.setFont(FONT, 12)
    inside = canvas.stringWidth(content["org"]) / 2
    canvas.drawCentredString(min(x, _WIDTH - inside), y + 4, content["org"])
    canvas.drawCentredString(min(x, _WIDTH - inside), y - 16, content["day"])
    _draw_code(canvas, verification_url(content["number"], content["code"]))
    canvas.setFont(FONT, 8)
    canvas.setFillColor(_INK)
    canvas.drawString(92, 52, f"验证码：{content['code'][:4]}-{content['code'][4:]}")
    canvas.setFillColor(_PALE)
    canvas.drawString(92, 38, "扫描二维码，或凭文号和验证码在网上核验真伪。")
    canvas.drawString(92, 26, "加盖电子印章的版本与纸质文书具有同等效力，")
    canvas.drawString(92, 14, "内容如有改动，印章即失效。")


def _draw_signature(canvas: Any, content: dict[str, Any]) -> None:
    """The end of a form that the applicant signs."""
    canvas.setFillColor(_INK)
    canvas.setFont(FONT, 12)
    canvas.drawString(200, 70, "承诺人（签字或盖章）：____________________")
    canvas.drawString(200, 40, "日期：________年____月____日")


def _draw_stamp(canvas: Any, x: float, y: float, org: str) -> None:
    """The picture of the seal: a red ring, a star, the organisation's name around it."""
    radius = (SEAL_BOX[2] - SEAL_BOX[0]) / 2
    canvas.saveState()
    canvas.translate(x, y)
    canvas.setStrokeColor(_RED)
    canvas.setFillColor(_RED)
    canvas.setFillAlpha(0.75)
    canvas.setStrokeAlpha(0.75)
    canvas.setLineWidth(2.2)
    canvas.circle(0, 0, radius - 2)
    star = canvas.beginPath()
    for corner in range(10):
        length, angle = (16 if corner % 2 == 0 else 6.1), radians(90 + 36 * corner)
        (star.lineTo if corner else star.moveTo)(length * cos(angle), length * sin(angle))
    star.close()
    canvas.drawPath(star, stroke=0, fill=1)
    step = min(24.0, 260 / max(len(org), 1))
    size = min(11.0, step * 0.5)
    canvas.setFont(FONT, size)
    for place, letter in enumerate(org):
        canvas.saveState()
        canvas.rotate((len(org) - 1) * step / 2 - place * step)
        canvas.drawCentredString(0, radius - 6 - size, letter)
        canvas.restoreState()
    canvas.setFont(FONT, 7)
    canvas.drawCentredString(0, -radius + 16, "电子印章")
    canvas.restoreState()


def _draw_code(canvas: Any, url: str) -> None:
    from reportlab.graphics import renderPDF
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing

    renderPDF.draw(Drawing(84, 84, QrCodeWidget(url, barWidth=84, barHeight=84, barLevel="M")), canvas, 0, 2)

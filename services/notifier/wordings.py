"""The words of the templates in the hands of operators: drafted, looked at, published as a new version (NOT-03)."""

from string import Formatter
from typing import Any

from peewee import IntegrityError

from chassis import clock, etag, privacy
from chassis.auth import actor
from chassis.errors import Refusal
from services.notifier import options, texts
from services.notifier.models import Wording, database
from services.notifier.templates import ALL, DELIVERED, PUBLISHED, Template, find, forget

DRAFT = "draft"
WORDS = ("title_zh", "title_en", "zh", "en")
ROOM = {"item": 24, "hall": 24, "case_no": 20, "code": 6, "minutes": 2, "days": 3, "left": 3, "count": 2}
USUAL = 16  # characters that any other parameter is reckoned with


def history(code: str) -> list[Any]:
    """All versions of a template, newest first; the last is the one that was delivered."""
    delivered = _known(code)
    rows = list(Wording.select().where(Wording.code == code).order_by(Wording.number.desc()))
    return [*rows, _as_row(delivered)]


def current() -> list[Template]:
    """Every template in the words that hold now."""
    newest: dict[str, Any] = {}
    for row in Wording.select().where(Wording.state == PUBLISHED).order_by(Wording.number):
        newest[row.code] = row
    return [one.reworded(newest[one.code]) if one.code in newest else one for one in ALL]


def draft(code: str, words: dict[str, str]) -> Any:
    """Keep a new wording, which nobody is sent before it is published."""
    _check(_known(code), words)
    try:
        with database.transaction():
            last = Wording.select().where(Wording.code == code).order_by(Wording.number.desc()).first()
            number = (last.number if last else DELIVERED) + 1
            row = Wording.create(code=code, number=number, state=DRAFT, drafted_by=actor().id, **words)
    except IntegrityError:
        raise _refusal(
            "notifier.wording-meanwhile",
            "刚刚有人为该模板建了新版本。",
            "Somebody has just drafted a version of this template.",
            "请查看后再提交。",
            "Look at it, then send yours again.",
        ) from None
    etag.set(row)
    return row


def publish(code: str, number: int) -> Any:
    """From now on the template has these words; what was written down before keeps its own."""
    with database.transaction():
        row = Wording.get_or_refuse(Wording.code == code, Wording.number == number, lock=True)
        etag.check(row)
        if row.state == PUBLISHED:
            return row
        newer = Wording.select().where(Wording.code == code, Wording.state == PUBLISHED, Wording.number > number)
        if newer.exists():
            raise _refusal(
                "notifier.wording-outdated",
                "已有更新的版本发布。",
                "A newer version is published already.",
                "请以最新版本为基础另建草稿。",
                "Draft anew from the newest version.",
            )
        _check(_known(code), {name: getattr(row, name) for name in WORDS})
        row.state, row.published_by, row.published_at = PUBLISHED, actor().id, clock.now()
        row.save()
        database.on_commit(forget)
        etag.set(row)
    return row


def preview(code: str, words: dict[str, str] | None, params: dict[str, str]) -> dict[str, Any]:
    """The message as a phone and the own space would show it; what is not given is filled with its longest value."""
    template = _known(code)
    if words is not None:
        _check(template, words)
        template = _with(template, words)
    else:
        template = find(code) or template
    shown = longest(template) | texts.safe(params)
    text, parts = texts.sms(template, shown)
    signed = options.current.sign + text
    return {
        "sms": signed if template.sms else None,
        "length": len(signed),
        "parts": parts,
        "title_zh": template.title_zh,
        "title_en": template.title_en,
        "zh": texts.fill(template, shown, "zh"),
        "en": texts.fill(template, shown, "en"),
    }


def longest(template: Template) -> dict[str, str]:
    """Every parameter of a template, as long as it is reckoned with."""
    return {name: "字" * ROOM.get(name, USUAL) for name in template.names}


def faults(template: Template, words: dict[str, str]) -> dict[str, list[str]]:
    """What is wrong with a wording, by field: unknown parameters, links, numbers, hidden characters, length."""
    found: dict[str, list[str]] = {}
    for name in WORDS:
        problems = list(_said(template, name, words[name]))
        if problems:
            found[name] = problems
    if not found and template.sms:
        fits = texts.capacity(texts.MOST_PARTS if template.elastic is None else 2)
        reworded = _with(template, words)
        room = longest(reworded) | ({template.elastic: "字"} if template.elastic else {})
        length = len(options.current.sign) + len(texts.fill(reworded, room, "zh"))
        if length > fits:
            found["zh"] = [f"短信最长{fits}字，现最长可达{length}字 / {length} characters, {fits} fit"]
    return found


def _said(template: Template, field: str, text: str) -> Any:
    if texts.tidy(text) != text:
        yield "含有控制字符或首尾空白 / holds control characters or blanks around it"
    if (link := texts.strange_link(text)) is not None:
        yield f"含有非官方链接 {link} / holds a link to another host"
    if privacy.scrub_text(text) != text:
        yield "含有手机号或证件号 / holds a phone or document number"
    if "【" in text or "】" in text:
        yield "签名由系统添加，正文不能含【】 / the signature is added by the system"
    try:
        parsed = list(Formatter().parse(text))
    except ValueError as error:
        yield f"括号不成对 / {error}"
        return
    known = set() if field.startswith("title") else set(template.names)
    for _, name, spec, conversion in parsed:
        if name is not None and (name not in known or spec or conversion):
            yield f"没有参数 {{{name}}} / no parameter {{{name}}}"


def _with(template: Template, words: dict[str, str]) -> Template:
    return template.reworded(Wording(number=template.number, **words))


def _check(template: Template, words: dict[str, str]) -> None:
    found = faults(template, words)
    if found:
        raise Refusal(
            "notifier.wording-unfit",
            status=422,
            rule="NOT-03",
            zh="模板文字不符合要求，未保存。",
            en="The wording breaks the rules of messages and was not kept.",
            next_zh="请按各栏提示修改。",
            next_en="Change what the fields say.",
            fields=found,
        )


def _known(code: str) -> Template:
    return find(code, DELIVERED) or Wording.get_or_refuse("-")


def _as_row(template: Template) -> Any:
    words = {name: getattr(template, name) for name in WORDS}
    return Wording(code=template.code, number=template.number, state=PUBLISHED, drafted_by="service:notifier", **words)


def _refusal(code: str, zh: str, en: str, next_zh: str, next_en: str) -> Refusal:
    return Refusal(code, rule="NOT-03", zh=zh, en=en, next_zh=next_zh, next_en=next_en)

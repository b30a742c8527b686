"""What is wrong with a field, as `中文 / English`: marshmallow's own messages and the short words of our refusals."""

import re
from typing import Any

_WORDS = {
    # marshmallow
    "Missing data for required field.": "必填",
    "Field may not be null.": "不能为空",
    "Unknown field.": "没有这一栏",
    "Invalid input type.": "格式不对",
    "Invalid type.": "格式不对",
    "Invalid value.": "填写有误",
    "Invalid input.": "填写有误",
    "Not a valid list.": "须为列表",
    "Not a valid string.": "须为文字",
    "Not a valid number.": "须为数字",
    "Not a valid integer.": "须为整数",
    "Not a valid boolean.": "须为是或否",
    "Not a valid mapping type.": "须为键值对",
    "Not a valid date.": "日期有误",
    "Not a valid time.": "时间有误",
    "Not a valid datetime.": "日期时间有误",
    "Not a valid aware datetime.": "日期时间须带时区",
    "Number too large.": "数值过大",
    "Special numeric values (nan or infinity) are not permitted.": "须为有限的数",
    "String does not match expected pattern.": "格式不符",
    "Not a date like 2026-03-02.": "须为日期，如 2026-03-02",
    "Not an instant with offset like 2026-03-02T10:00:00+08:00.": "须为带时区的时间，如 2026-03-02T10:00:00+08:00",
    # refusals
    "needed": "必填",
    "required": "必填",
    "invalid": "填写有误",
    "wrong": "不正确",
    "wrong-or-expired": "不正确或已过期",
    "wrong-or-used": "不正确或已使用",
    "mismatch": "不一致",
    "differs": "不能修改",
    "unknown": "查无此项",
    "taken": "已被使用",
    "same": "与现在的相同",
    "weak": "过于简单",
    "too-early": "过早",
    "personal data": "含有个人信息",
    "region": "地区码有误",
    "birth": "出生日期有误",
    "check": "校验码有误",
}
_PATTERNS = [
    (re.compile(pattern), zh)
    for pattern, zh in (
        (r"Must be one of: (.*)\.", r"须为其中之一：\1"),
        (r"One or more of the choices you made was not in: (.*)\.", r"只能选：\1"),
        (r"Must be equal to (.*)\.", r"须为 \1"),
        (r"Shorter than minimum length (.*)\.", r"至少 \1 个"),
        (r"Longer than maximum length (.*)\.", r"最多 \1 个"),
        (r"Length must be between (.*) and (.*)\.", r"须为 \1 至 \2 个"),
        (r"Length must be (.*)\.", r"须为 \1 个"),
        (r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.", r"须为 \1 至 \2"),
        (r"Must be greater than or equal to (\S+)\.", r"不小于 \1"),
        (r"Must be less than or equal to (\S+)\.", r"不大于 \1"),
        (r"Must be greater than (\S+)\.", r"须大于 \1"),
        (r"Must be less than (\S+)\.", r"须小于 \1"),
    )
]


def told(messages: Any) -> Any:
    """The messages of fields, of whatever shape, each in both languages; what is no message of ours stays."""
    if isinstance(messages, dict):
        return {name: told(found) for name, found in messages.items()}
    if isinstance(messages, (list, tuple)):
        return [told(found) for found in messages]
    return _told(messages) if isinstance(messages, str) else messages


def parts(text: str) -> tuple[str, str]:
    """Chinese and English of one message; a text in one language stands for both."""
    zh, _, en = _told(text).partition(" / ")
    return zh, en or zh


def _told(text: str) -> str:
    if zh := _WORDS.get(text):
        return f"{zh} / {text}"
    for pattern, zh in _PATTERNS:
        if found := pattern.fullmatch(text):
            return f"{found.expand(zh)} / {text}"
    return text

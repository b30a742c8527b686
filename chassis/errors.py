"""Refusals: each is a problem document (RFC 9457) that says what, by which rule and article, and what to do next."""

from typing import Any

from chassis.messages import told


class Refusal(Exception):
    """Raised by a verb to refuse; nothing is changed and the caller gets the problem document.

    `code` is the stable last part of the problem type; `rule` is a rule id of the catalogue, whose article is added.
    """

    def __init__(
        self,
        code: str,
        *,
        zh: str,
        en: str,
        status: int = 409,
        rule: str | None = None,
        next_zh: str | None = None,
        next_en: str | None = None,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ):
        super().__init__(f"{code}: {en}")
        self.code, self.status, self.rule, self.zh, self.en = code, status, rule, zh, en
        self.next_zh, self.next_en, self.extra, self.headers = next_zh, next_en, extra, headers or {}

    def problem(self) -> dict[str, Any]:
        """The application/problem+json body."""
        return problem(
            self.code,
            status=self.status,
            zh=self.zh,
            en=self.en,
            rule=self.rule,
            next_zh=self.next_zh,
            next_en=self.next_en,
            **self.extra,
        )


TITLES = {
    400: ("请求有误", "Bad request"),
    401: ("请先登录", "Login needed"),
    403: ("无权办理", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("不支持此操作", "Method not allowed"),
    409: ("现在不能这样办理", "Refused"),
    412: ("数据已被他人修改", "Changed meanwhile"),
    413: ("内容过大", "Too large"),
    415: ("不支持的格式", "Unsupported format"),
    422: ("填写有误", "Invalid input"),
    428: ("缺少版本号", "Version needed"),
    429: ("操作过于频繁", "Too many requests"),
    500: ("系统出错", "Internal error"),
    502: ("后台服务出错", "Bad answer from a service"),
    503: ("服务暂时不可用", "Unavailable"),
    504: ("后台服务超时", "Time-out"),
    507: ("存储空间不足", "No space left"),
}


def problem(
    code: str,
    *,
    status: int,
    zh: str,
    en: str,
    rule: str | None = None,
    next_zh: str | None = None,
    next_en: str | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """Build a problem document in Chinese and English, with rule and article where a rule refused."""
    title_zh, title_en = TITLES.get(status, TITLES[400 if status < 500 else 500])
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "status": status,
        "title": title_zh,
        "title_en": title_en,
        "detail": zh,
        "detail_en": en,
    }
    if rule:
        from contracts import rules  # here, so that a broken rule pack cannot stop a plain refusal

        body |= {"rule": rule, "article": rules.article(rule)}
    if next_zh or next_en:
        body |= {"next": next_zh, "next_en": next_en}
    if "fields" in extra:
        extra["fields"] = told(extra["fields"])
    return body | extra

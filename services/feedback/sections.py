"""What a guide says about one aspect of its item, in one paragraph, for the question robot (FEE-29)."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Section(NamedTuple):
    """An aspect: its name, the words by which it is asked for, and what the guide says to it."""

    zh: str
    asked_by: tuple[str, ...]
    text: Callable[[dict[str, Any]], str]


def of(guide: dict[str, Any], name: str) -> str:
    """The paragraph; empty when the guide says nothing about it."""
    return SECTIONS[name].text(guide)


def _materials(guide: dict[str, Any]) -> str:
    lines = []
    for number, material in enumerate(guide.get("materials") or [], start=1):
        copies = material.get("copies") or {}
        notes = ["必要" if material.get("required") else "非必要"]
        notes += [f"原件{copies['original']}份"] if copies.get("original") else []
        notes += [f"复印件{copies['copy']}份"] if copies.get("copy") else []
        notes += ["可容缺后补"] if material.get("deferrable") else []
        lines.append(f"{number}.{material['name']}({'，'.join(notes)})")
    return "；".join(lines)


def _limits(guide: dict[str, Any]) -> str:
    limits = guide.get("limits") or {}
    unit = "个工作日" if limits.get("unit", "wd") == "wd" else "日"
    named = (("法定办结时限", limits.get("statutory")), ("承诺办结时限", limits.get("committed")))
    return "，".join(f"{name}{value}{unit}" for name, value in named if value is not None)


def _fee(guide: dict[str, Any]) -> str:
    fee = guide.get("fee") or {}
    return fee.get("text") or ("不收费" if fee.get("charged") is False else "")


def _place(guide: dict[str, Any]) -> str:
    hours = guide.get("hours") or {}
    when = " ".join(filter(None, (hours.get("days"), "-".join(filter(None, (hours.get("from"), hours.get("to")))))))
    return "；".join(filter(None, ((guide.get("place") or {}).get("text"), when)))


def _phones(guide: dict[str, Any]) -> str:
    phones = guide.get("phones") or {}
    named = (("咨询电话", phones.get("enquiry")), ("投诉电话", phones.get("complaint")))
    return "，".join(f"{name}{value}" for name, value in named if value)


def _conditions(guide: dict[str, Any]) -> str:
    return "；".join(one["text"] for one in guide.get("conditions") or [] if one.get("text"))


def _steps(guide: dict[str, Any]) -> str:
    return "→".join(one["name"] for one in guide.get("steps") or [] if one.get("name"))


def _basis(guide: dict[str, Any]) -> str:
    return "；".join(
        f"《{one['law']}》{one.get('article') or ''}" for one in guide.get("basis") or [] if one.get("law")
    )


def _online(guide: dict[str, Any]) -> str:
    online = (guide.get("switches") or {}).get("online")
    visits = guide.get("visits_max")
    parts = ["可以网上申报"] if online else ["不能网上申报，请到窗口办理"] if online is False else []
    parts += [f"最多到大厅{visits}次"] if visits is not None else []
    return "，".join(parts)


def _results(guide: dict[str, Any]) -> str:
    lines = []
    for one in guide.get("result_docs") or []:
        years = f"(有效期{one['valid_years']}年)" if one.get("valid_years") else ""
        lines += [f"{one['name']}{years}"] if one.get("name") else []
    return "；".join(lines)


SECTIONS = {
    "materials": Section("申请材料", ("材料", "资料", "证件", "带什么", "提交什么", "手续"), _materials),
    "limits": Section("办理时限", ("多久", "多长时间", "几天", "时限", "期限", "什么时候办完"), _limits),
    "fee": Section("收费", ("多少钱", "收费", "费用", "要钱", "花钱"), _fee),
    "place": Section(
        "办理地点和时间", ("在哪里", "哪里", "在哪", "地点", "地址", "几点", "上班", "周六", "周末"), _place
    ),
    "phones": Section("联系电话", ("电话", "联系方式"), _phones),
    "conditions": Section("申请条件", ("条件", "资格", "谁可以"), _conditions),
    "steps": Section("办理流程", ("流程", "步骤", "程序"), _steps),
    "basis": Section("设定依据", ("依据", "法律", "法规"), _basis),
    "online": Section("网上办理", ("网上", "线上", "跑几次", "在线"), _online),
    "results": Section("办理结果", ("结果", "证照", "有效期"), _results),
}
OVERVIEW = ("materials", "limits", "fee", "online")  # when nothing particular is asked

"""The hall in the open: its rules with the tests that prove them, and honest figures (domain 7.2, SUP-32)."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from flask import Response, abort, request

from chassis import clock
from contracts import rules
from gateway.portal import orgs
from gateway.portal.files import passed_on
from gateway.portal.page import kept, route, show
from gateway.portal.texts import Both
from gateway.portal.visitor import get, get_all, rows_of, stream

RESULTS = Path(__file__).resolve().parents[3] / "build" / "rules.json"  # written by the last run of the tests
KEPT_SECONDS = 300
AREAS: dict[str, Both] = {
    "TIM": ("时间与期限", "Time and limits"),
    "ID": ("统一身份认证", "Identity"),
    "CAT": ("事项管理", "Catalog"),
    "FIL": ("申报与办件", "Filing"),
    "CRE": ("政务服务诚信档案", "Credit"),
    "BOO": ("预约与叫号", "Booking"),
    "FEE": ("好差评与投诉建议咨询", "Feedback"),
    "SUP": ("审管联动与电子监察", "Supervision"),
    "NOT": ("短信与速递", "Notices and parcels"),
    "GW": ("网上办事大厅", "The hall"),
    "AMB": ("歧义的读法", "Readings of what is ambiguous"),
    "T": ("边界测试", "Boundary tests"),
}
OUTCOMES: dict[str, tuple[Both, str]] = {  # the word, its colour
    "passed": (("测试通过", "proven"), "good"),
    "failed": (("测试未通过", "failing"), "bad"),
    "declined": (("不采用", "declined"), "plain"),
    "unknown": (("未见测试结果", "no result known"), "wait"),
}
STRENGTHS: dict[str, Both] = {
    "M": ("文件规定", "laid down by a source"),
    "F": ("文件描述的功能", "a function that a source describes"),
    "D": ("本厅的读法", "a reading of this hall"),
    "L": ("法律或标准", "law or standard"),
    "X": ("文件有描述，不照搬", "described by a source, not copied"),
}
TEST_OUTCOMES: dict[str, tuple[Both, str]] = {
    "passed": (("通过", "passed"), "good"),
    "failed": (("未通过", "failed"), "bad"),
    "skipped": (("未运行", "skipped"), "plain"),
}


@cache
def _read(file: Path) -> dict[str, dict[str, str]]:
    return json.loads(file.read_text(encoding="utf-8"))["rules"]


def _results() -> dict[str, dict[str, str]]:
    """Test -> outcome for each rule; empty before the tests have run."""
    return _read(RESULTS) if RESULTS.exists() else {}


def _area(rule_id: str) -> str:
    return rule_id.partition("-")[0] if "-" in rule_id else "T"


def _outcome(rule: rules.Rule) -> str:
    if rule.reason:
        return "declined"
    outcomes = set(_results().get(rule.id, {}).values())
    return "failed" if "failed" in outcomes else "passed" if "passed" in outcomes else "unknown"


@route("/rules")
def rule_list() -> Response:
    """The rules of one area, each with its article and whether its tests pass."""
    asked = request.args.get("area", "")
    area = asked if asked in AREAS else "TIM"
    found = [rule for rule in rules.catalogue().values() if _area(rule.id) == area]
    rows = [(rule, _outcome(rule), len(_results().get(rule.id, {}))) for rule in found]
    words = {"areas": AREAS, "outcomes": OUTCOMES, "strengths": STRENGTHS}
    page = show("portal/rules.html", area=area, rows=rows, known=bool(_results()), **words)
    return kept(page, KEPT_SECONDS)


@route("/rules/<rule_id>")
def one_rule(rule_id: str) -> Response:
    """One rule: its words, its article, its numbers, the tests that prove it."""
    rule = rules.catalogue().get(rule_id)
    if rule is None:
        abort(404)
    numbers = [one for one in rules.constants(rules.DEFAULT).values() if rule_id in (one.rule, *one.rules)]
    tests = _results().get(rule_id, {})
    page = show(
        "portal/rule.html",
        rule=rule,
        area=_area(rule_id),
        outcome=_outcome(rule),
        outcomes=OUTCOMES,
        strengths=STRENGTHS,
        numbers=numbers,
        tests=tests,
        results=TEST_OUTCOMES,
        known=bool(_results()),
    )
    return kept(page, KEPT_SECONDS)


def _months(shown: str) -> list[str]:
    """The closed months of the last year, and the one that is shown; not every browser has a field for months."""
    this = clock.now().year * 12 + clock.now().month - 1
    return sorted({f"{n // 12}-{n % 12 + 1:02d}" for n in range(this - 12, this)} | {shown}, reverse=True)


@route("/board")
def board() -> Response:
    """Real figures per item of a closed month; small samples are left out (SUP-32)."""
    found = get("supervision", "/board", month=request.args.get("month", ""))
    (ratings,) = get_all(("feedback", "/statistics/ratings"))
    longest = max((row["p90_wd"] or 0 for row in found["items"]), default=0)
    voices, months = rows_of(ratings), _months(found["month"])
    called = orgs.names(row["org"] for row in voices)
    page = show("portal/board.html", board=found, longest=longest, voices=voices, orgs=called, months=months)
    return kept(page, KEPT_SECONDS)


@route("/board.csv")
def board_table() -> Response:
    """The same as a table."""
    query = urlencode({"month": month}) if (month := request.args.get("month")) else ""
    return passed_on(stream("GET", "supervision", f"/board.csv?{query}"), "board.csv")

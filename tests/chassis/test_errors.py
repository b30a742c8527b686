"""Problem documents."""

import sys
from types import ModuleType

import pytest

import contracts
from chassis.errors import Refusal, problem


@pytest.fixture
def catalogue(monkeypatch):
    rules = ModuleType("contracts.rules")
    rules.article = lambda rule: f"article of {rule}"
    monkeypatch.setitem(sys.modules, "contracts.rules", rules)
    monkeypatch.setattr(contracts, "rules", rules, raising=False)


def test_a_refusal_says_what_by_which_rule_and_article_and_what_to_do_next(catalogue):
    refusal = Refusal(
        "filing.material-missing", rule="FIL-08", zh="缺少材料。", en="A material is missing.",
        next_zh="请补交。", next_en="Add it.", fields={"materials": ["m1"]},
    )  # fmt: skip
    assert refusal.problem() == {
        "type": "/problems/filing.material-missing",
        "status": 409,
        "title": "现在不能这样办理",
        "title_en": "Refused",
        "detail": "缺少材料。",
        "detail_en": "A material is missing.",
        "rule": "FIL-08",
        "article": "article of FIL-08",
        "next": "请补交。",
        "next_en": "Add it.",
        "fields": {"materials": ["m1"]},
    }
    assert str(refusal) == "filing.material-missing: A material is missing."


def test_a_plain_refusal_needs_no_rule_catalogue(monkeypatch):
    monkeypatch.setitem(sys.modules, "contracts.rules", None)
    body = Refusal("not-found", status=404, zh="没有。", en="None.").problem()
    assert body["title"] == "没有找到"
    assert not {"rule", "article", "next"} & body.keys()


@pytest.mark.parametrize(
    ("status", "title"), [(418, "Bad request"), (599, "Internal error"), (412, "Changed meanwhile")]
)
def test_every_status_has_a_title(status, title):
    assert problem("x", status=status, zh="无", en="none")["title_en"] == title


def test_headers_of_a_refusal_are_kept():
    assert Refusal("busy", zh="忙", en="busy", headers={"Retry-After": "3"}).headers == {"Retry-After": "3"}

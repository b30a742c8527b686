"""The rules in the open, before and after the tests have run."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from chassis import config
from contracts import rules
from gateway import settings as own_settings
from gateway.app import make_app
from gateway.portal.pages import openness

RULE = "BOO-13"


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an installation keeps what its tests have found; they have not run."""
    monkeypatch.setattr(openness, "RESULTS", tmp_path / "rules.json")
    return tmp_path / "rules.json"


@pytest.fixture
def visit(results: Path) -> FlaskClient:
    """Somebody before the gateway of that installation."""
    settings = config.load("gateway", {"YWT_MODE": "test", "YWT_VAR": str(results.parent)})
    return make_app(settings, own_settings.load(settings, {})).own.test_client()


def test_before_the_tests_have_run_the_rules_stand_there_without_a_word_of_failure(visit: FlaskClient) -> None:
    for address in ("/rules?area=BOO", f"/rules/{RULE}"):
        page = visit.get(address)
        assert page.status_code == 200 and "测试运行之后" in page.text
        assert not any(word in page.text for word in ("未见测试结果", "测试未通过", "测试通过"))


def test_what_the_tests_have_found_is_shown_when_they_have_run(visit: FlaskClient, results: Path) -> None:
    visit.get("/rules?area=BOO")
    results.write_text(json.dumps({"rules": {RULE: {"test_one": "passed", "test_two": "skipped"}}}))
    page = visit.get(f"/rules/{RULE}?again").text
    assert "测试通过" in page and "测试运行之后" not in page
    assert '通过</span> <span lang="en">test_one' in page and '未运行</span> <span lang="en">test_two' in page


def test_the_chinese_source_stands_before_the_english_sentence_and_in_english_behind_it(visit: FlaskClient) -> None:
    rule = rules.catalogue()[RULE]
    for query, first, second in (("lang=zh", rule.article, rule.sentence), ("lang=en", rule.sentence, rule.article)):
        page = visit.get(f"/rules/{RULE}?{query}").text.replace("&#39;", "'")
        assert 0 < page.index(first) < page.index(second)
    assert "文件规定" in visit.get(f"/rules/{RULE}?lang=zh").text

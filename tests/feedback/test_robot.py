"""The question robot quotes guides and published answers with their sources, or says that it does not know (FEE-29)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import clock_at
from contracts.events import catalog
from services.feedback import guides, retrieval
from services.feedback.models import Guide
from services.feedback.service import service
from tests.feedback.conftest import HANDLER_A, ITEM, LEADER, ROOT, act, item, stock
from tests.support import Bench, PeerServer, bench

Reach = Callable[..., str]
FOOD = {
    "name": "食品经营许可",
    "region_code": "120000",
    "materials": [
        {"name": "食品经营许可申请书", "required": True, "copies": {"original": 1, "copy": 0}, "deferrable": False},
        {"name": "食品安全管理制度", "required": True, "copies": {"original": 0, "copy": 1}, "deferrable": True},
    ],
    "limits": {"statutory": 20, "committed": 5, "unit": "wd"},
    "fee": {"charged": False, "text": None},
    "place": {"text": "市政务服务中心二楼"},
    "hours": {"days": "工作日", "from": "08:30", "to": "17:30"},
    "phones": {"enquiry": "022-00000000", "complaint": None},
    "switches": {"online": True},
    "visits_max": 1,
    "faq": [{"q": "经营场所搬迁要不要重新办证？", "a": "经营场所改变的，须重新申请。"}, {"q": "空", "a": ""}],
}
DEVICE = {
    "name": "医疗器械经营许可",
    "region_code": "120000",
    "materials": [{"name": "质量管理人员学历证明", "required": True}],
    "limits": {"statutory": 30, "committed": 10, "unit": "wd"},
    "fee": {"charged": True, "text": "每件100元"},
    "faq": [{"q": "库房可以委托第三方贮存吗？", "a": "可以，须签订委托协议。"}],
}
DEVICE_ITEM, POOL_ITEM = "000149033000", "000149034000"


def path(code: str, number: int = 1) -> str:
    return f"GET /api/catalog/v1/items/{code}/versions/{number}"


def page(guide: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "guide": guide}


def learn(b: Bench) -> PeerServer:
    """Give the robot three guides, as the worker's loop fetches them."""
    b.deliver(catalog.ItemPublished, DEVICE_ITEM, item(item_code=DEVICE_ITEM, item_name="医疗器械经营许可"))
    pool = {"name": "游泳场所卫生许可", "region_code": "120101", "limits": {"statutory": 20, "unit": "wd"}}
    b.deliver(catalog.ItemPublished, POOL_ITEM, item(item_code=POOL_ITEM, item_name="游泳场所卫生许可"))
    routes = {path(ITEM): page(FOOD), path(DEVICE_ITEM): page(DEVICE), path(POOL_ITEM): page(pool)}
    server = b.peer("catalog", routes)
    while guides.fetch_wanted():
        pass
    return server


def ask(b: Bench, text: str, **more: Any) -> dict[str, Any]:
    answer = b.client().post(f"{ROOT}/questions", json={"text": text} | more)
    assert answer.status_code == 200
    return answer.get_json()


@pytest.mark.rule("FEE-29")
@pytest.mark.parametrize(
    ("text", "said", "not_said"),
    [
        ("请问办理食品经营许可需要什么材料？", "2.食品安全管理制度(必要，复印件1份，可容缺后补)", "时限"),
        ("食品经营许可证要多久能办下来", "承诺办结时限5个工作日", "材料"),
        ("食品经营许可多少钱", "收费：不收费", "时限"),
        ("医疗器械许可收费吗", "每件100元", "食品"),
        ("食品经营许可在哪里办，电话多少？", "市政务服务中心二楼；工作日 08:30-17:30", "每件"),
        ("您好，食品经营许可这件事我第一次接触不太懂，到底要准备哪些材料呢，谢谢", "1.食品经营许可申请书", "时限"),
        ("食品经营许可", "可以网上申报，最多到大厅1次", "联系电话"),
    ],
)
def test_a_question_about_an_item_is_answered_from_its_guide(desk: Bench, text: str, said: str, not_said: str) -> None:
    learn(desk)
    found = ask(desk, text)
    first = found["answers"][0]
    assert (found["known"], said in first["text"], not_said in first["text"]) == (True, True, False)
    code = DEVICE_ITEM if "医疗" in text else ITEM
    assert (first["source"]["kind"], first["source"]["ref"], first["source"]["version"]) == ("guide", code, 1)
    assert first["source"]["link"] == f"/api/catalog/v1/items/{code}"


@pytest.mark.rule("FEE-29")
@pytest.mark.parametrize("text", ["食品经营许可的经营场所搬迁了要重新办证吗", "经营场所搬迁要不要重新办证"])
def test_a_question_of_the_guide_is_answered_in_its_words(desk: Bench, text: str) -> None:
    learn(desk)
    first = ask(desk, text)["answers"][0]
    assert (first["source"]["kind"], first["text"]) == (
        "faq",
        "问：经营场所搬迁要不要重新办证？答：经营场所改变的，须重新申请。",
    )


@pytest.mark.rule("FEE-29")
@pytest.mark.parametrize(
    "text",
    [
        "今天天气怎么样",
        "食品店老板骂人我去哪里告他",
        "结婚登记需要什么材料",
        "公司注销要多久",
        "出租房库房可以委托第三方贮存也归你们管还是归消防队管",
        "???",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
    ],
)
def test_the_robot_says_that_it_does_not_know(desk: Bench, text: str) -> None:
    learn(desk)
    found = ask(desk, text)
    assert (found["known"], found["answers"]) == (False, [])
    assert "不知道" in found["hint_zh"]
    assert "script" not in str(found)


@pytest.mark.rule("FEE-29")
def test_an_item_that_only_resembles_the_one_asked_for_is_named_and_not_quoted(desk: Bench) -> None:
    learn(desk)
    found = ask(desk, "药品经营许可要多久")
    assert (found["known"], found["answers"]) == (False, [])
    assert [one["title"] for one in found["similar"]] == ["食品经营许可"]
    assert "不知道" in found["hint_zh"]


@pytest.mark.rule("FEE-29")
def test_what_only_a_synonym_names_is_suggested_by_the_catalogs_search(desk: Bench) -> None:
    server = learn(desk)
    found = {"items": [{"code": ITEM, "name": "食品经营许可"}], "next": None, "elsewhere": [], "similar": False}
    server.routes["GET /api/catalog/v1/items"] = found
    answer = ask(desk, "开饭店需要什么材料？")
    assert (answer["known"], answer["answers"]) == (False, [])
    link = f"/api/catalog/v1/items/{ITEM}"
    assert answer["similar"] == [{"kind": "item", "ref": ITEM, "title": "食品经营许可", "link": link}]
    assert "同义词" in answer["hint_zh"] and "synonyms" in answer["hint_en"]
    asked = len(server.requests)
    assert ask(desk, "食品经营许可要多久")["known"] and ask(desk, "需要什么材料？")["similar"] == []
    assert len(server.requests) == asked  # what the robot knows, or cannot have meant, it asks nobody
    server.routes["GET /api/catalog/v1/items"] = found | {"similar": True}
    assert ask(desk, "开饭店需要什么材料？")["similar"] == []
    server.close()
    away = ask(desk, "开饭店需要什么材料？")
    assert (away["known"], away["similar"], "不知道" in away["hint_zh"]) == (False, [], True)


@pytest.mark.rule("FEE-29")
def test_an_aspect_without_a_matter_is_asked_back(desk: Bench) -> None:
    learn(desk)
    found = ask(desk, "需要什么材料？")
    assert (found["known"], "事项名称" in found["hint_zh"]) == (False, True)
    assert desk.client().post(f"{ROOT}/questions", json={"text": "问" * 201}).status_code == 422
    assert desk.client().post(f"{ROOT}/questions", json={"text": "  "}).status_code == 422


@pytest.mark.rule("FEE-29")
def test_published_answers_are_quoted_until_they_are_withdrawn(desk: Bench, letter: Reach) -> None:
    learn(desk)
    question = "延时服务周六上午开放吗"
    assert ask(desk, question)["known"] is False
    texts = {"title": "延时服务", "question": "周六上午开放延时服务吗？", "answer": "周六上午 9:00 至 12:00 开放。"}
    made = act(desk, HANDLER_A, letter("answered", "consultation"), "public-answer", **texts).get_json()
    [answer] = ask(desk, question)["answers"]
    assert (answer["text"], answer["source"]["kind"]) == (texts["answer"], "answer")
    assert desk.client().get(answer["source"]["link"]).get_json()["id"] == made["id"]
    path_ = f"{ROOT}/public-answers/{made['id']}/withdrawal"
    assert desk.client(LEADER).post(path_, json={"reason": "已调整"}).status_code == 200
    assert ask(desk, question)["known"] is False


@pytest.mark.rule("FEE-29")
def test_a_question_never_waits_for_the_catalog_and_a_new_version_replaces_the_old(desk: Bench) -> None:
    server = learn(desk)
    server.routes.clear()
    server.routes[path(ITEM, 2)] = lambda _: (503, {})
    asked = len(server.requests)
    assert "5个工作日" in ask(desk, "食品经营许可要多久")["answers"][0]["text"]
    changed = item(item_version=2, effective_from="2026-10-01") | {"changes": ["limits"]}
    desk.deliver(catalog.ItemChanged, ITEM, changed, sequence=2)
    assert (guides.fetch_wanted(), len(server.requests)) == (0, asked)  # not in force yet
    assert desk.sweep("2026-10-01 00:00") == 1
    assert guides.fetch_wanted() == 0  # the catalog is away: the guide stays wanted and the old one quoted
    assert "5个工作日" in ask(desk, "食品经营许可要多久")["answers"][0]["text"]
    newer = FOOD | {"limits": {"statutory": 20, "committed": 3, "unit": "wd"}}
    server.routes[path(ITEM, 2)] = page(newer)
    assert guides.fetch_wanted() == 1
    [answer] = ask(desk, "食品经营许可要多久")["answers"]
    assert ("3个工作日" in answer["text"], answer["source"]["version"]) == (True, 2)
    assert "faq" in {one["source"]["kind"] for one in ask(desk, "经营场所搬迁要不要重新办证")["answers"]}


@pytest.mark.rule("FEE-29")
def test_a_retired_item_is_quoted_until_its_last_day(desk: Bench) -> None:
    learn(desk)
    retired = item() | {"effective_to": "2026-09-30", "reason": "取消"}
    retired.pop("effective_from")
    desk.deliver(catalog.ItemRetired, ITEM, retired, sequence=2)
    assert ask(desk, "食品经营许可要多久")["known"] is True
    assert desk.sweep("2026-10-01 00:00") == 1
    assert ask(desk, "食品经营许可要多久")["known"] is False
    assert guides.fetch_wanted() == 0


@pytest.mark.rule("FEE-29")
def test_a_guide_that_the_catalog_refuses_is_not_asked_for_again(desk: Bench) -> None:
    server = desk.peer("catalog", {})
    assert [guides.fetch_wanted(), guides.fetch_wanted()] == [1, 0]
    assert len(server.requests) == 1
    assert ask(desk, "食品经营许可要多久")["known"] is False


@pytest.mark.rule("FEE-29")
def test_the_own_region_comes_first_among_equals(desk: Bench) -> None:
    codes = {"120000": ITEM, "120101": POOL_ITEM}
    desk.deliver(catalog.ItemPublished, POOL_ITEM, item(item_code=POOL_ITEM, region_code="120101"))
    desk.peer("catalog", {path(code): page(FOOD | {"region_code": region}) for region, code in codes.items()})
    while guides.fetch_wanted():
        pass
    for region, code in codes.items():
        answers = ask(desk, "食品经营许可多少钱", region=region)["answers"]
        assert answers[0]["source"]["ref"] == code
        assert len(answers) == 2


def test_words_are_pairs_of_characters_and_whole_other_words() -> None:
    assert retrieval.words("ＡＢＣ 请问食品经营吗，iPhone15 店") == ["abc", "食品", "品经", "经营", "iphone15"]


@pytest.mark.system
@pytest.mark.rule("FEE-29")
def test_the_robot_finds_the_same_on_postgresql(tmp_path: Path, postgres_server: Any) -> None:
    url = postgres_server.create_database()
    with clock_at("2026-09-28 15:00"), bench(service, tmp_path, url) as b:
        learn(stock(b))
        assert "5个工作日" in ask(b, "食品经营许可要多久")["answers"][0]["text"]
        assert ask(b, "结婚登记需要什么材料")["known"] is False
        assert Guide.select().where(Guide.number == 1).count() == 3

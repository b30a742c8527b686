"""Finding items by what people type, the same on both databases (CAT-02, CAT-03)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import clock
from services.catalog import indexing, pinyin, ranking, synonyms, tokens
from services.catalog.models import Item, Org, Region, SearchEntry, database
from services.catalog.service import service
from tests.catalog.conftest import API, DEVICE, FOOD, MONDAY, NEW, OWN_EDITOR, guide_of, load_city, publish
from tests.support import Bench, bench

SITES = {"120000": ("天津市", "city"), "120101": ("和平区", "district"), "120102": ("河东区", "district")}
ORGS = {"A": ("120000", "市市场监管委"), "A-SP": ("120000", "政务服务处"), "B": ("120101", "和平区卫生健康委")}
ITEMS = {  # code: name, English name, organisation
    "000100000001": ("食品经营许可", "Food business licence", "A-SP"),
    "000100000002": ("食品经营许可(变更)", "Food business licence (change)", "A-SP"),
    "000100000003": ("小餐馆食品经营许可", "Small restaurant", "A-SP"),
    "000100000004": ("经营食品摊贩许可备案", "Food stall", "A-SP"),
    "000100000005": ("医疗器械经营许可", "Medical devices", "A"),
    "000100000006": ("食品经营许可", "Food business licence", "B"),
    "000100000007": ("公共场所卫生许可", "Hygiene of public places", "B"),
}
GROUPS = [
    {"code": "food", "words": ["餐饮许可", "食品经营许可"]},
    {"code": "venue", "words": ["开宾馆", "公共场所"]},
    {"code": "licence", "words": ["执照", "许可"]},
]


@pytest.fixture
def shelf(database_url: str, tmp_path: Path) -> Iterator[Bench]:
    """A few items of a city and a district, on each of the two databases."""
    with bench(service, tmp_path, database_url) as hall, clock.clock_at(MONDAY):
        with database.transaction():
            Region.create_all([{"code": code, "name": name, "level": level} for code, (name, level) in SITES.items()])
            for code, (region, name) in ORGS.items():
                Org.create(
                    code=code, name=name, kind="approving", region=region, parent="A" if code == "A-SP" else None
                )
            for code, (name, english, org) in ITEMS.items():
                values = {"name": name, "name_en": english, "org": org, "region": ORGS[org][0], "bookable": org == "B"}
                Item.create(code=code, state="published", for_legal=True, summary={"themes": ["准营准办"]}, **values)
            synonyms.load(GROUPS)
        assert indexing.complete() == len(ITEMS)
        yield hall


def ask(hall: Bench, q: str, **query: Any) -> dict[str, Any]:
    """The answer to a query."""
    answer = hall.client().get(f"{API}/items", query_string={"q": q, **query})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def found(hall: Bench, q: str, **query: Any) -> list[int]:
    """The last digits of the codes that are found, in their order; none of them a near miss."""
    answer = ask(hall, q, **query)
    assert not answer["similar"]
    return [int(row["code"][-1]) for row in answer["items"]]


def paged(hall: Bench, q: str, *, limit: int) -> list[str]:
    """The codes that are found, page by page."""
    codes: list[str] = []
    query: dict[str, Any] = {}
    while True:
        answer = ask(hall, q, limit=limit, **query)
        codes += [row["code"] for row in answer["items"]]
        if answer["next"] is None:
            return codes
        query = {"cursor": answer["next"]}


@pytest.mark.rule("CAT-02", "CAT-03")
def test_search_finds_ranks_and_tells_where(shelf: Bench) -> None:
    # the very name, what begins so, what has it in one piece; then all words somewhere in the name
    assert found(shelf, "食品经营许可", region="120000") == [1, 2, 3]
    assert found(shelf, "许可 食品", region="120000") == [1, 2, 3, 4]
    assert found(shelf, "食品经营许可") == [1, 6, 2, 3] and found(shelf, "食品经营许可", near="120101") == [6, 1, 2, 3]
    # pinyin in full, unfinished, with blanks or with an accent; initials; both with more words
    for q in ("yiliaoqixie", "YiLiaoQiX", "yi liao qi xie", "yīliáo", "ylqx", "ylqxjyxk", "器械 xuke", "liaoqi"):
        assert found(shelf, q) == [5], q
    assert found(shelf, "shipin", region="120000") == [1, 2, 3, 4] == found(shelf, "sp", region="120000")
    # synonyms stand after the names themselves, also within longer words
    assert found(shelf, "餐饮许可") == [1, 6, 2, 3]
    assert found(shelf, "开宾馆") == [7] and found(shelf, "卫生执照") == [7] and 5 in found(shelf, "医疗器械经营执照")
    # the department, its parent, the site, a theme, English, a code and its beginning, full width
    assert found(shelf, "卫生健康委") == [6, 7] and found(shelf, "和平区 食品") == [6]
    assert set(found(shelf, "市场监管委")) == {1, 2, 3, 4, 5} and len(found(shelf, "准营准办")) == 7
    assert found(shelf, "medic") == [5] == found(shelf, "DEVICES") == found(shelf, "000100000005")
    assert found(shelf, "00010000000５") == [5] and len(found(shelf, "0001")) == 7
    # filters hold for words too
    assert found(shelf, "食品", org="B") == [6] and set(found(shelf, "许可", org="A")) == {1, 2, 3, 4, 5}
    assert found(shelf, "食品", bookable="true") == [6] and 6 not in found(shelf, "食品", bookable="false")
    assert found(shelf, "食品", service_object="person") == [] and found(shelf, "食品", theme="教育医疗") == []
    # a miss here is told with site and level, before any near miss of this site
    miss = ask(shelf, "医疗器械经营许可", region="120101")
    assert miss["items"] == [] and not miss["similar"]
    (site,) = miss["elsewhere"]
    assert (site["region"], site["region_name"], site["level"], site["count"]) == ("120000", "天津市", "city", 1)
    assert [row["name"] for row in site["items"]] == ["医疗器械经营许可"]
    hit = ask(shelf, "卫生许可", region="120101")["items"][0]
    assert (hit["region_name"], hit["region_level"]) == ("和平区", "district")


@pytest.mark.rule("CAT-03")
def test_a_wrong_or_missing_character_finds_what_comes_near_and_says_so(shelf: Bench) -> None:
    for q in ("医疗器械许可", "医疗机械经营许可", "医疗器戒经营许可"):
        answer = ask(shelf, q, region="120000")
        assert answer["similar"] and answer["items"][0]["name"] == "医疗器械经营许可", q
    there = ask(shelf, "公共场合卫生许可", region="120000")
    assert there["similar"] and there["items"] == [] and there["elsewhere"][0]["region"] == "120101"
    for q in ("没有这个事项", "qqzzxx", "%", "'", '"OR NOT(', "*", "\\", "𠮷𡈽", "a" * 100, "许" * 100):
        assert ask(shelf, q)["items"] == [], q


@pytest.mark.rule("CAT-02")
def test_pages_of_a_search_follow_each_other_without_gaps(shelf: Bench) -> None:
    for q in ("食品", "许可", "食品经莹许可"):
        whole = [row["code"] for row in ask(shelf, q, limit=100)["items"]]
        single = paged(shelf, q, limit=1)
        assert single == whole and len(set(single)) == len(single) >= 3, q
    listed = shelf.client().get(f"{API}/items?limit=1").get_json()["next"]
    for cursor in ("", "x", "5", "e30=", "WzFd", "WyJyYW5raW5nIiwwLDAsMCx0cnVlLCJ4Il0=", listed):
        answer = shelf.client().get(f"{API}/items", query_string={"q": "食品", "cursor": cursor})
        assert answer.status_code == 422 and "cursor" in answer.get_json()["fields"], cursor


@pytest.mark.rule("CAT-02")
def test_the_first_places_are_looked_through_on_their_own_without_changing_the_order(
    shelf: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything() -> list[Any]:
        return [paged(shelf, q, limit=2) for q in ("和平区", "市场监管委", "准营准办")]

    before = everything()
    assert all(len(rows) > 1 for rows in before)
    for head in (0, 1, 3, len(ITEMS)):
        monkeypatch.setattr(ranking, "HEAD", head)
        ranking._heads.clear()
        assert everything() == before, head


@pytest.mark.rule("CAT-02", "CAT-24")
def test_the_index_follows_publication_and_retirement(city: Bench) -> None:
    assert ask(city, "shipin")["items"][0]["code"] == FOOD
    renamed = guide_of() | {"name": "体外诊断试剂经营许可"}
    assert publish(city, renamed).status_code == 201
    assert [row["code"] for row in ask(city, "twzdsj")["items"]] == [DEVICE]
    assert ask(city, "医疗器械经营")["items"] == []
    assert publish(city, guide_of(FOOD, NEW) | {"name": "冷藏食品经营许可"}).status_code == 201
    assert [row["code"] for row in ask(city, "冷藏")["items"]] == [NEW]
    client = city.client(OWN_EDITOR)
    draft = client.put(f"{API}/items/{FOOD}/draft", json=guide_of(FOOD) | {"name": "还没有发布的名称"})
    assert draft.status_code == 200 and ask(city, "还没有发布")["items"] == []
    assert client.post(f"{API}/items/{NEW}/retirement", json={"reason": "测试"}).status_code == 200
    assert ask(city, "冷藏")["items"] == [] and ask(city, NEW)["items"] == []
    assert not SearchEntry.select().where(SearchEntry.item_code == NEW).exists()


@pytest.mark.rule("CAT-03")
def test_a_renamed_department_finds_its_items(city: Bench) -> None:
    assert ask(city, "天文观测台")["items"] == []
    with database.transaction():
        Org.update(aliases=["市天文观测台"]).where(Org.code == "TZJ049").execute()
        indexing.follow_orgs(["TZJ049"])
    assert DEVICE in {row["code"] for row in ask(city, "天文观测台", limit=100)["items"]}
    load_city()  # the city's file has another list of names
    assert ask(city, "天文观测台")["items"] == []


def test_a_seed_writes_what_the_index_lacks_and_only_that(city: Bench) -> None:
    assert indexing.complete() == 0
    SearchEntry.update(format=0).where(SearchEntry.item_code == DEVICE).execute()
    assert indexing.complete() == 1 and [row["code"] for row in ask(city, "ylqx")["items"]] == [DEVICE]
    published = Item.select().where(Item.state == "published").count()
    assert city.database.proxy.execute_sql("SELECT COUNT(*) FROM catalog_search_tokens").fetchone() == (published,)
    pieces = city.database.proxy.execute_sql("SELECT COUNT(DISTINCT segid) FROM catalog_search_tokens_idx")
    assert pieces.fetchone() == (1,)


def test_the_synonyms_of_the_city_find_their_items(city: Bench) -> None:
    for q, code in (("开饭店", FOOD), ("医疗设备", DEVICE)):
        assert code in {row["code"] for row in ask(city, q)["items"]}, q


def test_letters_are_read_as_syllables() -> None:
    assert pinyin.readings("yiliaoqix")[0] == (["yi", "liao", "qi"], "x")
    assert {tuple(whole) for whole, _ in pinyin.readings("xian")} >= {("xian",), ("xi", "an")}
    assert pinyin.readings("qqzz") == []
    assert tokens.fold("ＡＢ-医疗(器械) Lǚ") == "ab 医疗 器械 lv"

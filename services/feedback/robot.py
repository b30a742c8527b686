"""The question robot (问答机器人, FEE-29): it quotes guides and published answers, or says that it does not know."""

from typing import Any

from chassis import http
from chassis.observability import log
from services.feedback import guides, retrieval, sections

SUGGESTIONS = 3
PATIENCE = (1.0, 2.0)  # with the catalog, in seconds: it is asked only where the robot's own index has nothing
LIKE = {"guide": 0.5, "faq": 0.5, "answer": 0.4}  # how like the question a source must be; answers are the longest

QUOTED = ("以上内容摘自办事指南和已公开的答复，以办理部门的答复为准。", "Quoted from guides and published answers.")
SIMILAR = (
    "我不知道您问的事项；名称相近的有以下事项，如不是，请写一封咨询。",
    "I do not know this matter; these have similar names. If it is none of them, send a consultation.",
)
SUGGESTED = (
    "我没有现成的答案；按事项目录的检索(含同义词)，您问的可能是以下事项，如不是，请写一封咨询。",
    "I have no ready answer; the catalog's search, which knows synonyms, suggests these. Else send a consultation.",
)
NO_MATTER = ("请说明您要办的事项名称，例如“食品经营许可需要什么材料”。", "Name the matter that you ask about.")
UNKNOWN = (
    "没有找到可靠的依据，我不知道答案；请写一封咨询，由承办单位答复。",
    "I do not know: no guide or published answer says this. Send a consultation to the unit.",
)


def ask(text: str, region: str) -> dict[str, Any]:
    """Answers with their sources, best first; none where nothing is like enough to what was asked. An item that only
    resembles the one asked for is named, not quoted."""
    aspects = [name for name, one in sections.SECTIONS.items() if any(word in text for word in one.asked_by)]
    spoken = sorted((word for name in aspects for word in sections.SECTIONS[name].asked_by), key=len, reverse=True)
    matter, whole = retrieval.words(text, spoken), retrieval.words(text)
    items = retrieval.search(matter, "guide", least=LIKE["guide"], near=region)
    meant = [hit for hit in items if _is_meant(hit, matter)]
    found = [*_questions(whole, meant, region), *_items(meant, aspects), *_published(whole, region)]
    similar = [_source("guide", hit) for hit in items if hit not in meant] if not found else []
    suggested = _from_catalog(retrieval.phrase(text, spoken), region) if matter and not (found or similar) else []
    hint = (
        QUOTED
        if found
        else SIMILAR
        if similar
        else NO_MATTER
        if aspects and not matter
        else SUGGESTED
        if suggested
        else UNKNOWN
    )
    return {
        "known": bool(found),
        "answers": found,
        "similar": similar or suggested,
        "hint_zh": hint[0],
        "hint_en": hint[1],
    }


def _from_catalog(asked: str, region: str) -> list[dict[str, Any]]:
    """Items that the catalog's search finds, by its synonyms too: named, never quoted; none while it is away."""
    query = {"q": asked[:100], "limit": SUGGESTIONS} | ({"near": region} if region else {})
    try:
        client = http.peer("catalog")
        found = client.json_or_raise(client.get("/api/catalog/v1/items", params=query, timeout=PATIENCE))
    except (http.Unavailable, http.Rejected, LookupError) as error:
        log.info("robot_without_catalog", reason=str(error))
        return []
    rows = [] if found["similar"] else found["items"]  # what only comes near is no suggestion
    link = "/api/catalog/v1/items/"
    return [{"kind": "item", "ref": row["code"], "title": row["name"], "link": link + row["code"]} for row in rows]


def _is_meant(hit: retrieval.Hit, matter: list[str]) -> bool:
    """Whether the item was named wholly, or by parts of its name only (a short form, not another item)."""
    return hit.held == 1 or set("".join(matter)) <= set("".join(retrieval.words(hit.passage.title)))


def _items(hits: list[retrieval.Hit], aspects: list[str]) -> list[dict[str, Any]]:
    """What the guides of the items found say about the aspects asked for."""
    found = []
    stored = guides.bodies([hit.passage.ref for hit in hits])
    for hit in hits:
        if (guide := stored.get(hit.passage.ref)) is None:
            continue
        said = {name: sections.of(guide.body, name) for name in aspects or sections.OVERVIEW}
        text = "\n".join(f"{sections.SECTIONS[name].zh}：{words}" for name, words in said.items() if words)
        if text:
            found.append(_answer("guide", hit, text, guide.number))
    return found


def _questions(whole: list[str], items: list[retrieval.Hit], region: str) -> list[dict[str, Any]]:
    """Questions of the guides; where an item was named, only of that one and by the other words."""
    named = {hit.passage.ref: set(retrieval.words(hit.passage.title)) for hit in items}
    rest = [word for word in whole if not any(word in names for names in named.values())]
    hits = retrieval.search(rest, "faq", least=LIKE["faq"], near=region, most=10)
    same = [hit for hit in hits if hit.asked >= LIKE["faq"] and (hit.passage.ref in named or not named)][:1]
    stored = guides.bodies([hit.passage.ref for hit in same])
    kept = [hit for hit in same if hit.passage.ref in stored]
    return [_answer("faq", hit, hit.passage.text, stored[hit.passage.ref].number) for hit in kept]


def _published(whole: list[str], region: str) -> list[dict[str, Any]]:
    """Published answers to nearly the same question."""
    hits = retrieval.search(whole, "answer", least=LIKE["answer"], near=region)
    return [_answer("answer", hit, hit.passage.text, None) for hit in hits]


def _answer(kind: str, hit: retrieval.Hit, text: str, number: int | None) -> dict[str, Any]:
    return {"text": text, "source": _source(kind, hit) | {"version": number}, "likeness": round(hit.likeness, 2)}


def _source(kind: str, hit: retrieval.Hit) -> dict[str, Any]:
    place = "feedback/v1/public-answers" if kind == "answer" else "catalog/v1/items"
    return {"kind": kind, "ref": hit.passage.ref, "title": hit.passage.title, "link": f"/api/{place}/{hit.passage.ref}"}

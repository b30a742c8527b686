"""Finding passages by BM25 over words kept in the database, the same on SQLite and PostgreSQL (FEE-29).

Chinese is taken by pairs of characters, other scripts by words. BM25 ranks; whether a passage answers at all is told by
its likeness to the question, because the best of bad hits is still a bad hit.
"""

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from peewee import fn

from services.feedback.models import Passage, Term

K1, B = 1.2, 0.75
MOST_POSTINGS = 5000  # rare words first; what the commonest would add beyond that ranks nothing


FILLERS = (
    "请问", "你好", "您好", "我想", "我要", "我们", "如何", "怎么样", "怎么", "怎样", "什么", "哪些", "哪个", "需要",
    "应该", "可以", "能不能", "是不是", "申请", "办理", "去办", "要办", "办", "吗", "呢", "吧", "啊", "的", "了", "要",
)  # fmt: skip


class Hit(NamedTuple):
    """A passage, its score, and the shares of question and passage that are the same."""

    passage: Any
    score: float
    asked: float  # weighed by rarity
    held: float

    @property
    def likeness(self) -> float:
        """1 where the whole passage was said in the question, else the harmonic mean of both shares."""
        return 1.0 if self.held == 1 else 2 * self.asked * self.held / (self.asked + self.held)


def words(text: str, without: Iterable[str] = ()) -> list[str]:
    """The words of a text, without those that say nothing; a single character that is left over says nothing."""
    folded = unicodedata.normalize("NFKC", text).lower()
    for part in (*without, *FILLERS):
        folded = folded.replace(part, " ")
    found: list[str] = []
    for part in "".join(c if c.isalnum() else " " for c in folded).split():
        for ascii_, group in groupby(part, str.isascii):
            run = "".join(group)
            found += [run] if ascii_ else [a + b for a, b in pairwise(run)]
    return found


def put(source: str, ref: str, rows: Iterable[dict[str, Any]]) -> None:
    """Make these passages of one thing findable instead of what was there; needs a transaction."""
    remove(source, ref)
    for row in rows:
        counts = Counter(words(row["indexed"]))
        values = {"title": row["title"], "text": row["text"], "region": row["region"], "length": len(counts)}
        passage = Passage.create(source=source, ref=ref, **values)
        Term.create_all([{"term": t, "passage_id": passage.id, "count": n} for t, n in counts.items()])


def remove(source: str, ref: str) -> None:
    """Make the passages of one thing unfindable; needs a transaction."""
    mine = (Passage.source == source) & (Passage.ref == ref)
    Term.delete().where(Term.passage_id.in_(Passage.select(Passage.id).where(mine))).execute()
    Passage.delete().where(mine).execute()


def search(asked: Collection[str], source: str, *, least: float, near: str = "", most: int = 3) -> list[Hit]:
    """The best passages that are at least so like the question; among equals those of the own region."""
    total, mean = (
        Passage.select(fn.COUNT(Passage.id), fn.AVG(Passage.length))
        .where(Passage.source == source)
        .scalar(as_tuple=True)
    )
    if not total or not asked:
        return []
    here = Term.select().join(Passage, on=(Passage.id == Term.passage_id)).where(Passage.source == source)
    counts = here.select(Term.term, fn.COUNT(Term.id)).where(Term.term.in_(sorted(set(asked)))).group_by(Term.term)
    known = dict(counts.tuples())
    rarity = {word: _rarity(total, known.get(word, 1)) for word in set(asked)}
    rows = here.select(Term.term, Term.passage_id, Term.count, Passage.length).where(Term.term.in_(_rarest(known)))
    scores: defaultdict[str, float] = defaultdict(float)
    weights: defaultdict[str, float] = defaultdict(float)
    shares: defaultdict[str, float] = defaultdict(float)
    for word, passage_id, count, length in rows.tuples():
        often = count * (K1 + 1) / (count + K1 * (1 - B + B * length / float(mean)))
        scores[passage_id] += rarity[word] * often
        weights[passage_id] += rarity[word] / sum(rarity.values())
        shares[passage_id] += 1 / length
    hits = [Hit(one, round(scores[one], 6), weights[one], round(shares[one], 6)) for one in scores]
    good = {hit.passage: hit for hit in hits if hit.likeness >= least}
    passages = {row.id: row for row in Passage.select().where(Passage.id.in_(list(good)))}
    found = [hit._replace(passage=passages[key]) for key, hit in good.items() if key in passages]
    found.sort(key=lambda hit: (-hit.score, hit.passage.region != near, hit.passage.title, hit.passage.id))
    return found[:most]


def _rarity(total: int, count: int) -> float:
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _rarest(known: dict[str, int]) -> list[str]:
    """The rarest words, as many as a search may read."""
    wanted: list[str] = []
    postings = 0
    for word in sorted(known, key=lambda word: (known[word], word)):
        postings += known[word]
        if wanted and postings > MOST_POSTINGS:
            break
        wanted.append(word)
    return wanted

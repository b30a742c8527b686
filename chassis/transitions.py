"""State machines as tables: a row is (number, from, to, verb, who, rule); what has no row is refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chassis.errors import Refusal


@dataclass(frozen=True)
class Row:
    """One allowed transition. `target` None means that the state stays as it is."""

    number: str
    sources: frozenset[str]
    target: str | None
    verb: str
    who: str
    rule: str


def row(number: str, sources: str, target: str | None, verb: str, who: str, rule: str) -> Row:
    """A row of a table; `sources` are state names parted by blanks."""
    return Row(number, frozenset(sources.split()), target, verb, who, rule)


class Machine:
    """The transition table of one kind of aggregate."""

    def __init__(self, name: str, states: dict[str, str], rows: Iterable[Row]):
        self.name, self.states, self.rows = name, states, tuple(rows)
        unknown = {s for r in self.rows for s in (*r.sources, r.target) if s is not None} - states.keys()
        if unknown:
            raise ValueError(f"{name}: rows name unknown states {sorted(unknown)}")

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def step(self, state: str, verb: str) -> Row:
        """The row that allows the verb in this state; otherwise the refusal that lists what is allowed."""
        for candidate in self.rows:
            if candidate.verb == verb and state in candidate.sources:
                return candidate
        allowed = sorted({r.verb for r in self.rows if state in r.sources and r.who != "system"})
        known = next((r for r in self.rows if r.verb == verb), None)
        raise Refusal(
            f"{self.name}.wrong-state",
            status=409,
            rule=known.rule if known else None,
            zh=f"当前状态为“{self.states.get(state, state)}”，不能进行此操作。",
            en=f"The state is {state}; {verb} is not possible now.",
            next_zh=f"现在可以进行的操作：{'、'.join(allowed) or '无'}。",
            next_en=f"Possible now: {', '.join(allowed) or 'nothing'}.",
            state=state,
            allowed=allowed,
        )

    def allowed(self, state: str) -> list[str]:
        """The verbs that are possible in this state."""
        return sorted({r.verb for r in self.rows if state in r.sources})

"""Rule → tests → result, from the catalogue and the last test run.

    python -m tests.rules_report              # every rule with its tests, then the counts
    python -m tests.rules_report --missing    # only what is not yet proven
    python -m tests.rules_report --summary    # only the counts

Exit code 1 when a test names a rule that the catalogue does not know or a test of a rule failed; 2 without a run.
"""

import argparse
import json
import os
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts import rules

RESULTS = Path(__file__).resolve().parent.parent / "build" / "rules.json"
# What a rule can be in the report, in the order of the counts.
WORDS = {
    "covered": "covered (every test passed)",
    "failed": "failed",
    "skipped": "with tests, none of which ran",
    "declined": "declined, with the reason in the catalogue",
    "open": "not yet",
}


@dataclass
class Line:
    """One rule of the report."""

    rule: rules.Rule
    result: str
    tests: Mapping[str, str] = field(default_factory=dict)
    through: tuple[str, ...] = ()  # boundary tests that name this rule and passed


def judge(
    catalogue: Mapping[str, rules.Rule], results: Mapping[str, Mapping[str, str]]
) -> tuple[list[Line], dict[str, list[str]]]:
    """The line of every rule, and the unknown rule ids with the tests that name them."""
    unknown = {rule: sorted(tests) for rule, tests in results.items() if rule not in catalogue}
    own = {rule: _own(results.get(rule, {})) for rule in catalogue}
    through: dict[str, list[str]] = {}
    for vector in catalogue.values():
        for target in vector.rules if own[vector.id] == "covered" else ():
            through.setdefault(target, []).append(vector.id)
    lines = []
    for rule in catalogue.values():
        result, vectors = own[rule.id], through.get(rule.id, [])
        if result != "failed":
            if rule.reason:
                result = "declined"  # its tests, if any, show that we keep away from it
            elif result != "covered" and vectors:
                result = "covered"
        lines.append(Line(rule, result, results.get(rule.id, {}), tuple(vectors)))
    return lines, unknown


def _own(tests: Mapping[str, str]) -> str:
    """The result of a rule's own tests."""
    outcomes = set(tests.values())
    if "failed" in outcomes:
        return "failed"
    if "passed" in outcomes:
        return "covered"
    return "skipped" if outcomes else "open"


def render(line: Line, width: int) -> Iterable[str]:
    """A rule, its reason when it is declined, and its tests (the parameters of one test counted together)."""
    head = f"{line.rule.id:<8} {line.result:<9}"
    yield f"{head} {textwrap.shorten(line.rule.sentence, max(width - len(head) - 1, 20), placeholder='…')}"
    indent = " " * 9
    if line.rule.reason:
        yield f"{indent}reason: {textwrap.shorten(line.rule.reason, max(width - 17, 20), placeholder='…')}"
    grouped: dict[str, Counter[str]] = {}
    for test, outcome in line.tests.items():
        grouped.setdefault(test.partition("[")[0], Counter())[outcome] += 1
    for test, outcomes in grouped.items():
        count = sum(outcomes.values())
        said = "" if set(outcomes) == {"passed"} else " - " + ", ".join(f"{n} {word}" for word, n in outcomes.items())
        yield f"{indent}{test}{f' ×{count}' if count > 1 else ''}{said}"
    if line.through:
        yield f"{indent}through {', '.join(line.through)}"


def summary(lines: list[Line]) -> Iterable[str]:
    """How many rules are what."""
    counts = Counter(line.result for line in lines)
    yield f"{len(lines)} rules, readings and boundary tests in the catalogue"
    for result, words in WORDS.items():
        if counts[result] or result in {"covered", "declined", "open"}:
            yield f"{counts[result]:5}  {words}"


def main(arguments: list[str] | None = None, results: Path = RESULTS) -> int:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="tests.rules_report", description=(__doc__ or "").splitlines()[0])
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--summary", action="store_true", help="only the counts")
    choice.add_argument("--missing", action="store_true", help="only what is failed, skipped or not yet")
    options = parser.parse_args(arguments)
    try:
        run = json.loads(results.read_text(encoding="utf-8"))
    except FileNotFoundError:
        print("there is no test run to report on; `make rules` makes one", file=sys.stderr)
        return 2
    lines, unknown = judge(rules.catalogue(), run["rules"])
    width = int(os.environ.get("COLUMNS", "120"))
    if not options.summary:
        for line in lines:
            if not options.missing or line.result not in {"covered", "declined"}:
                print("\n".join(render(line, width)))
        print()
    print(f"From the run of {run['selection']} that finished {run['finished']}")
    print("\n".join(summary(lines)))
    for rule, tests in sorted(unknown.items()):
        print(f"unknown rule {rule} named by {', '.join(tests)}", file=sys.stderr)
    return 1 if unknown or any(line.result == "failed" for line in lines) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # `make rules | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)

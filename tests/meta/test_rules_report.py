"""The rules report counts honestly, and tests name only rules that exist."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import rules
from tests import rules_report
from tests.meta.sources import ROOT, files_of_tests

pytest_plugins = ["pytester"]


def rule(name: str, *, reason: str | None = None, proves: tuple[str, ...] = ()) -> rules.Rule:
    return rules.Rule(
        id=name,
        kind="vector" if proves else "rule",
        sentence=f"What {name} says",
        tag="M",
        tags=("M",),
        source="",
        article="",
        status="declined" if reason else "applies",
        reason=reason,
        problem=None,
        rules=proves,
    )


def named_rules(source: str) -> Iterator[str]:
    """Rule ids written in the rule marks of a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.rule"):
            yield from (str(word.value) for word in node.args if isinstance(word, ast.Constant))


def unknown_rules(source: str) -> list[str]:
    return sorted(set(named_rules(source)) - set(rules.catalogue()))


def test_tests_name_only_rules_of_the_catalogue() -> None:
    unknown = {
        str(path.relative_to(ROOT)): names for path in files_of_tests() if (names := unknown_rules(path.read_text()))
    }
    assert unknown == {}


def test_an_unknown_rule_is_found() -> None:
    assert unknown_rules("@pytest.mark.rule('TIM-03', 'TIM-' '99')\ndef test_it(): ...") == ["TIM-99"]


CATALOGUE = {
    entry.id: entry
    for entry in (
        rule("A-1"),
        rule("A-2"),
        rule("A-3"),
        rule("A-4"),
        rule("A-5", reason="It is a hole."),
        rule("A-6"),
        rule("T1", proves=("A-6",)),
    )
}
RESULTS = {
    "A-1": {"tests/a.py::test_one[x]": "passed", "tests/a.py::test_one[y]": "passed"},
    "A-2": {"tests/a.py::test_two": "passed", "tests/a.py::test_three": "failed"},
    "A-3": {"tests/a.py::test_four": "skipped"},
    "T1": {"tests/a.py::test_five": "passed"},
}


def test_each_rule_gets_the_result_of_its_tests() -> None:
    lines, unknown = rules_report.judge(CATALOGUE, RESULTS)
    assert {line.rule.id: line.result for line in lines} == {
        "A-1": "covered",
        "A-2": "failed",
        "A-3": "skipped",
        "A-4": "open",
        "A-5": "declined",
        "A-6": "covered",
        "T1": "covered",
    }
    assert unknown == {}


def test_a_failed_boundary_test_proves_nothing() -> None:
    lines, _ = rules_report.judge(CATALOGUE, {"T1": {"tests/a.py::test_five": "failed"}})
    assert {line.rule.id: line.result for line in lines if line.rule.id in {"A-6", "T1"}} == {
        "A-6": "open",
        "T1": "failed",
    }


def test_a_rule_is_printed_with_its_tests_reason_and_outcome() -> None:
    lines = {line.rule.id: line for line in rules_report.judge(CATALOGUE, RESULTS)[0]}
    assert list(rules_report.render(lines["A-1"], 80)) == [
        "A-1      covered   What A-1 says",
        "         tests/a.py::test_one ×2",
    ]
    assert list(rules_report.render(lines["A-2"], 80))[2] == "         tests/a.py::test_three - 1 failed"
    assert list(rules_report.render(lines["A-5"], 80))[1] == "         reason: It is a hole."
    assert list(rules_report.render(lines["A-6"], 80))[1] == "         through T1"


@pytest.mark.parametrize(
    ("results", "code"),
    [({}, 0), ({"TIM-03": {"a": "passed"}}, 0), ({"TIM-03": {"a": "failed"}}, 1), ({"TIM-99": {"a": "passed"}}, 1)],
)
def test_the_exit_code_tells_failures_and_unknown_rules(
    tmp_path: Path, results: dict[str, dict[str, str]], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"selection": "tests", "finished": "now", "rules": results}))
    assert rules_report.main(["--summary"], file) == code
    printed = capsys.readouterr()
    assert f"{len(rules.catalogue())} rules" in printed.out
    assert ("unknown rule TIM-99 named by a" in printed.err) == ("TIM-99" in results)


def test_without_a_run_there_is_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rules_report.main([], tmp_path / "none.json") == 2
    assert "make rules" in capsys.readouterr().err


@pytest.fixture
def small_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of its own under our conftest."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\nmarkers =\n    rule(id): a rule\n    system: real servers\n")
    pytester.makeconftest("from tests.conftest import *")
    return pytester


def test_a_test_run_writes_rule_tests_and_worst_outcome(small_run: pytest.Pytester) -> None:
    small_run.makepyfile(
        test_it="""
        import pytest

        @pytest.mark.rule("A-1", "A-2")
        def test_good(): assert 1 + 1 == 2

        @pytest.mark.rule("A-2")
        def test_bad(): assert 1 + 1 == 3

        @pytest.fixture
        def broken():
            yield
            raise ValueError

        @pytest.mark.rule("A-3")
        def test_that_breaks_afterwards(broken): assert 1 + 1 == 2

        @pytest.mark.rule()
        def test_of_no_rule(): assert 1 + 1 == 2

        def test_without(): assert 1 + 1 == 2
        """
    )
    run = small_run.runpytest_subprocess("-p", "no:cacheprovider")
    run.assert_outcomes(passed=3, failed=1, errors=2)
    run.stdout.fnmatch_lines(["*the rule mark needs a rule id*"])
    written = json.loads((small_run.path / "build" / "rules.json").read_text())
    assert written["rules"] == {
        "A-1": {"test_it.py::test_good": "passed"},
        "A-2": {"test_it.py::test_bad": "failed", "test_it.py::test_good": "passed"},
        "A-3": {"test_it.py::test_that_breaks_afterwards": "failed"},
    }


def test_who_asks_for_a_real_server_is_a_system_test(small_run: pytest.Pytester) -> None:
    small_run.makepyfile("def test_a(amqp_url): ...\ndef test_b(database_url): ...\ndef test_c(): ...")
    run = small_run.runpytest_subprocess("--collect-only", "-q", "-m", "not system", "-p", "no:cacheprovider")
    assert run.ret == 0
    run.stdout.fnmatch_lines(["*::test_b?sqlite?", "*::test_c", "2/4 tests collected (2 deselected)*"])

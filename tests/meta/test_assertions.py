"""No test without an assertion."""

import ast
from collections.abc import Iterator

import pytest

from tests.meta.sources import ROOT, files_of_tests

CHECKING_CALLS = ("assert_", "expect_", "eventually", "arrived")
CHECKING_CONTEXTS = {"raises", "warns"}


def walk_tests(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Test functions of a module and of its Test classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from walk_tests(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def checks(function: ast.AST) -> bool:
    """Whether it asserts something that could be false, expects an exception, or calls a helper that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in CHECKING_CONTEXTS or name.startswith(CHECKING_CALLS) or expects(node.func):
                return True
    return False


def expects(called: ast.expr) -> bool:
    """Whether it is Playwright's `expect(…).to_…`; `expect(…)` alone looks at nothing."""
    subject = called.value if isinstance(called, ast.Attribute) else None
    return isinstance(subject, ast.Call) and getattr(subject.func, "id", "") == "expect"


def without_assertion(source: str) -> list[str]:
    """Names of the tests that can only fail by crashing."""
    return [test.name for test in walk_tests(ast.parse(source)) if not checks(test)]


def test_no_test_is_without_an_assertion() -> None:
    idle = [
        f"{path.relative_to(ROOT)}::{name}" for path in files_of_tests() for name in without_assertion(path.read_text())
    ]
    assert idle == []


def test_the_walk_sees_the_tests_of_this_file() -> None:
    assert [path for path in files_of_tests() if path.name == "test_assertions.py"]


@pytest.mark.parametrize(
    "body",
    [
        "print(answer())",
        "assert True",
        "for row in rows:\n        row.check",
        "expect(page)",
    ],
)
def test_an_idle_test_is_found(body: str) -> None:
    assert without_assertion(f"def test_it():\n    {body}\n") == ["test_it"]
    assert without_assertion(f"class TestIt:\n  def test_it(self):\n    {body}\n") == ["test_it"]
    assert without_assertion(f"async def test_it():\n    {body}\n") == ["test_it"]


@pytest.mark.parametrize(
    "body",
    [
        "assert answer() == 42",
        "with pytest.raises(ValueError): answer()",
        "expect_problem(answer(), 409)",
        "hall.assert_quiet()",
        "eventually(lambda: answer())",
        "expect(page).not_to_have_url('/')",
    ],
)
def test_a_checking_test_passes(body: str) -> None:
    assert without_assertion(f"def test_it():\n    {body}\n") == []


def test_helpers_are_not_taken_for_tests() -> None:
    assert without_assertion("def helper():\n    pass\n\nclass Hall:\n    def test_light(self):\n        pass\n") == []

"""The commands that the documents tell a newcomer exist, and .ci/run runs what the README says."""

import re
from pathlib import Path

import pytest

from tests.meta.sources import ROOT, repository_files

PROMISED = ("run", "test", "demo", "bench", "screenshots", "contracts", "rules", "check", "lock", "clean", "help")


def targets(makefile: str) -> set[str]:
    """The targets of a Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))


def commands(document: str) -> list[str]:
    """The make targets that a Markdown text tells to call, in its code blocks and code spans."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL))
    lines = [line.partition("#")[0] for text in [*blocks, *spans] for line in text.splitlines()]
    return [
        target for line in lines for target in re.findall(r"(?:^|[;&$]\s*)make\s+(?:[A-Z]+=\S+\s+)*([a-z-]+)", line)
    ]


def unknown_commands(document: str, makefile: str) -> list[str]:
    """Commands of a document that the Makefile does not know."""
    return [f"make {target}" for target in commands(document) if target not in targets(makefile)]


def documents() -> list[Path]:
    return [path for path in repository_files() if path.suffix == ".md"]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_only_commands_that_exist(path: Path) -> None:
    assert unknown_commands(path.read_text(), (ROOT / "Makefile").read_text()) == []


def test_the_readme_says_how_to_run_and_how_to_test() -> None:
    assert {"run", "test"} <= set(commands((ROOT / "README.md").read_text()))


def test_the_makefile_has_what_was_promised_and_says_what_each_does() -> None:
    makefile = (ROOT / "Makefile").read_text()
    assert set(PROMISED) <= targets(makefile)
    assert targets(makefile) == set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))


def test_ci_calls_the_readmes_test_command() -> None:
    assert re.search(r"^make test\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def test_a_missing_command_is_found() -> None:
    makefile = ".PHONY: run\nPYTHON := python3\nrun: ## start\n\t@true\n"
    text = "Call `make run`, then\n\n```sh\n$ make walk   # slowly\nmake PYTHON=python3.12 fly && make run\n```\n"
    assert unknown_commands(text, makefile) == ["make walk", "make fly"]


def test_prose_is_not_taken_for_a_command() -> None:
    assert commands("We make sure that ```make``` is there; `remake run` is not ours. `make` alone lists.") == []

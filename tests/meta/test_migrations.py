"""Migrations are numbered without gaps, and HEAD names the last one."""

import re
from pathlib import Path

import pytest

from tests.meta.sources import ROOT

FOLDERS = sorted(path.parent for path in [*ROOT.glob("services/*/migrations/*"), *ROOT.glob("chassis/migrations/*")])
NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.sql")


def problems(folder: Path) -> list[str]:
    """What is wrong with a folder of migrations."""
    found = []
    files = sorted(path.name for path in folder.iterdir() if path.name != "HEAD" and not path.name.startswith("__"))
    names = [match for match in map(NAME.fullmatch, files) if match]
    found += [f"{name} is not NNNN_name.sql" for name in files if not NAME.fullmatch(name)]
    numbers = [int(match["number"]) for match in names]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(f"the numbers are {numbers}, not 1 to {len(numbers)}")
    head = folder / "HEAD"
    if not names:
        found.append("there is no migration")
    elif not head.is_file():
        found.append("there is no HEAD")
    elif head.read_text().strip() != names[-1].string:
        found.append(f"HEAD names {head.read_text().strip()}, the last one is {names[-1].string}")
    return found


@pytest.mark.parametrize("folder", sorted(set(FOLDERS)), ids=lambda path: str(path.relative_to(ROOT)))
def test_migrations_are_numbered_and_the_head_is_recorded(folder: Path) -> None:
    assert problems(folder) == []


def test_every_service_with_tables_has_migrations() -> None:
    services = {path.parent for path in ROOT.glob("services/*/models.py")}
    services |= {path.parent.parent for path in ROOT.glob("services/*/models/__init__.py")}
    without = [str(path.relative_to(ROOT)) for path in services if not (path / "migrations").is_dir()]
    assert without == []
    assert (ROOT / "chassis" / "migrations").is_dir()


@pytest.mark.parametrize(
    ("files", "head", "complaint"),
    [
        (["0001_initial.sql", "0003_limits.sql"], "0003_limits.sql", "the numbers are [1, 3], not 1 to 2"),
        (["0001_initial.sql", "0001_other.sql"], "0001_other.sql", "the numbers are [1, 1], not 1 to 2"),
        (["0001_initial.sql", "0002_more.sql"], "0001_initial.sql", "HEAD names 0001_initial.sql, the last one is"),
        (["0001_initial.sql"], None, "there is no HEAD"),
        (["0001_initial.sql", "2_more.sql"], "0001_initial.sql", "2_more.sql is not NNNN_name.sql"),
        ([], None, "there is no migration"),
    ],
)
def test_a_bad_folder_is_found(tmp_path: Path, files: list[str], head: str | None, complaint: str) -> None:
    for name in files:
        (tmp_path / name).touch()
    if head:
        (tmp_path / "HEAD").write_text(head + "\n")
    assert [line for line in problems(tmp_path) if line.startswith(complaint)]


def test_a_good_folder_passes(tmp_path: Path) -> None:
    for name in ("0001_initial.sql", "0002_more.sql"):
        (tmp_path / name).touch()
    (tmp_path / "HEAD").write_text("0002_more.sql\n")
    assert problems(tmp_path) == []

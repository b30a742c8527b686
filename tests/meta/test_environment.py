"""The locks are whole, and the bootstrap says in one line what a machine lacks."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import bootstrap, lock
from tests.meta.sources import ROOT

PINNED = "flask==3.1.3 \\\n    --hash=sha256:aa\n    # via -r run.in\n"


def test_the_locks_are_whole() -> None:
    assert lock.check() == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("flask==3.1.3\n", "run.lock: flask==3.1.3 has no hash"),
        ("--index-url https://example.org/simple\n" + PINNED, "run.lock:1 names a place to download from"),
        ("pika==1.4.4 \\\n    --hash=sha256:aa\n", "run.lock does not pin flask"),
    ],
)
def test_a_broken_lock_is_found(content: str, complaint: str) -> None:
    assert complaint in lock.problems("run", "# the web\nflask\n", content)


def test_a_good_lock_passes() -> None:
    assert lock.problems("run", "# the web\n-c other.lock\nFlask[async]\n", PINNED) == []


def test_what_belongs_to_the_resolving_machine_is_stripped() -> None:
    assert lock.strip("# by hand\n--find-links /wheels\n\n" + PINNED) == PINNED


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an empty lock, and the Python that this environment was made from."""
    monkeypatch.setattr(bootstrap.sys, "executable", sys._base_executable)  # type: ignore[attr-defined]
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.lock").write_text("# nothing\n")
    return tmp_path


@pytest.mark.slow
def test_the_environment_is_made_once_and_again_when_the_lock_changes(
    room: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.prepare(["run"], room) == ["run"]
    assert (room / ".venv" / "bin" / "python").exists()
    assert bootstrap.prepare(["run"], room) == []
    (room / "requirements" / "run.lock").write_text("# nothing yet\n")
    assert bootstrap.prepare(["run"], room) == ["run"]
    assert capsys.readouterr().out == "installing packages: run\n" * 2


@pytest.mark.slow
def test_an_environment_of_another_place_is_made_anew(room: Path) -> None:
    bootstrap.prepare(["run"], room)
    (room / ".venv" / ".made-for").write_text("/elsewhere/.venv 3.11")
    assert bootstrap.prepare(["run"], room) == ["run"]


@pytest.mark.slow
def test_a_failing_pip_shows_its_last_lines(room: Path) -> None:
    (room / "requirements" / "run.lock").write_text("flask==3.1.3\n")
    with pytest.raises(bootstrap.Unable, match=r"(?s)pip could not install the packages.*hash"):
        bootstrap.prepare(["run"], room)
    assert not bootstrap.stamp(room / ".venv", "run").exists()


def test_a_folder_that_cannot_be_written_is_one_line(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap.os, "access", lambda *_: False)
    with pytest.raises(bootstrap.Unable, match=r"^no permission to write in .*; take a folder of your own"):
        bootstrap.prepare(["run"], room)


def test_a_python_without_venv_is_one_line(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "venv", None)
    with pytest.raises(bootstrap.Unable, match=r"has no module venv; on Debian: apt-get install python3\.\d+-venv"):
        bootstrap.prepare(["run"], room)


def test_an_unknown_lock_is_exit_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main(["no-such"]) == 2
    assert capsys.readouterr().err.startswith("yiwangtong: there is no lock named no-such")


def test_an_old_python_is_told_so_in_one_line() -> None:
    code = (
        "import runpy, sys\n"
        "sys.version_info = (3, 9, 2, 'final', 0)\n"
        f"runpy.run_path({str(ROOT / 'deploy' / 'bootstrap.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("yiwangtong needs Python 3.11 or newer; ")
    assert done.stderr.count("\n") == 1


def test_the_bootstrap_can_be_read_by_an_old_python() -> None:
    source = (ROOT / "deploy" / "bootstrap.py").read_text()
    assert ast.parse(source, feature_version=(3, 6))
    with pytest.raises(SyntaxError):
        ast.parse("if (n := 1): pass", feature_version=(3, 6))

"""The rooms keep apart: import-linter over the real tree, and over small bad trees."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta.sources import ROOT

ROOMS = ("contracts", "chassis", "services", "services/alpha", "services/beta", "gateway", "deploy", "tests")
FORBIDDEN = [
    ("contracts", "import chassis.bus", "contracts imports nothing of ours"),
    ("contracts", "import peewee", "contracts knows neither web nor database nor broker"),
    ("chassis", "import services.alpha", "chassis imports only contracts and knows no service"),
    ("services/beta", "from services.alpha import api", "no service imports another"),
    ("services/beta", "import deploy", "services import only contracts and chassis"),
    ("gateway", "import tests", "gateway imports only contracts and chassis"),
]


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-logo", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A tiny tree under the same contracts."""
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    (tmp_path / "chassis" / "bus.py").write_text("import contracts\n")
    (tmp_path / "services" / "alpha" / "api.py").write_text("import chassis.bus\nimport contracts\n")
    (tmp_path / "gateway" / "app.py").write_text("import chassis.bus\nimport contracts\n")
    return tmp_path


def test_the_rooms_of_this_house_keep_apart() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_good_house_passes(house: Path) -> None:
    done = lint(house, "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_forbidden_import_is_found(house: Path) -> None:
    for room, statement, _ in FORBIDDEN:
        with (house / room / "bad.py").open("a") as bad:
            bad.write(f"{statement}\n")
    done = lint(house, "--no-cache")
    assert done.returncode == 1
    assert [name for _, _, name in FORBIDDEN if f"{name} BROKEN" not in done.stdout] == []
    assert "KEPT" not in done.stdout

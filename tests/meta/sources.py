"""The files of the repository, as git would commit them."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SKIPPED = {".git", ".venv", "var", "build", "__pycache__"}


def repository_files(root: Path = ROOT) -> list[Path]:
    """Tracked and new files that are not ignored; every file where there is no git."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
        names = done.stdout.decode().split("\0") if done.returncode == 0 else None
    except OSError:
        names = None
    if names is not None:
        found = (root / name for name in names if name)
    else:
        found = (path for path in root.rglob("*") if not SKIPPED & set(path.relative_to(root).parts))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def files_of_tests(root: Path = ROOT) -> list[Path]:
    """Every file that pytest collects."""
    return [path for path in repository_files(root) if path.name.startswith("test_") and path.suffix == ".py"]

"""No file names the host of a package registry: the machine's own configuration says where packages come from."""

import re
from pathlib import Path

import pytest

from tests.meta.sources import ROOT, repository_files

# Put together here so that this file does not name them either.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("tuna", "tsinghua", "edu", "cn"),
        ("mirrors", "aliyun", "com"),
        ("npmmirror", "com"),
        ("crates", "io"),
    )
]
NAMED = re.compile("|".join(rf"\b{re.escape(host)}\b" for host in HOSTS), re.IGNORECASE)


def named_in(path: Path) -> list[str]:
    """The lines of a file that name a registry host; none for a file that is not text."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []
    return [f"{number}: {match[0]}" for number, line in enumerate(lines, 1) for match in NAMED.finditer(line)]


def test_no_file_names_a_package_registry() -> None:
    named = {str(path.relative_to(ROOT)): lines for path in repository_files() if (lines := named_in(path))}
    assert named == {}


@pytest.mark.parametrize("host", HOSTS)
def test_a_named_registry_is_found(tmp_path: Path, host: str) -> None:
    bad = tmp_path / "bad.lock"
    bad.write_text(f"flask==3\n--index-url https://{host.upper()}/simple\n")
    assert named_in(bad) == [f"2: {host.upper()}"]


def test_other_hosts_and_pictures_pass(tmp_path: Path) -> None:
    good = tmp_path / "good.md"
    good.write_text(f"https://www.tjhq.gov.cn and my{HOSTS[0]}x\n")
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\xff\xfe" + HOSTS[0].encode())
    assert named_in(good) == []
    assert named_in(picture) == []

"""The largest file that the hall takes, and the smallest that it does not, through the gateway (FIL-07, T14)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy import story
from deploy.story import FILING
from deploy.visitor import Visitor
from tests.harness.processes import eventually
from tests.system.hall import RealHall, embedded

pytestmark = pytest.mark.slow

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def small_hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHall]:
    """A hall on one machine."""
    with embedded(tmp_path_factory.mktemp("var")) as hall:
        yield hall


@pytest.fixture(scope="module")
def visitor(small_hall: RealHall) -> Visitor:
    """Somebody with a real name."""
    return story.representative(small_hall.door)[0]


def body(size: int) -> Iterator[bytes]:
    """A PDF of this size, made as it is sent."""
    yield b"%PDF-1.7\n"
    left = size - 9
    while left:
        piece = min(left, 256 * 1024)
        yield b"0" * piece
        left -= piece


def send(visitor: Visitor, method: str, path: str, size: int, **headers: str) -> requests.Response:
    """Send a body of this length in one request."""
    token = f"Bearer {visitor.tokens['access_token']}"

    class Sized:
        def __iter__(self) -> Iterator[bytes]:
            return body(size)

        def __len__(self) -> int:
            return size

    return requests.request(
        method, visitor.door.gateway + path, data=Sized(), headers={"Authorization": token} | headers, timeout=300
    )


class Memory:
    """The highest resident memory of processes and their children since the beginning, in bytes above that."""

    def __init__(self, hall: RealHall, *parts: str):
        self._pids = [pid for part in parts for pid in _family(hall.parts[part].program.pid)]
        self._before = {pid: _status(pid, "VmRSS") for pid in self._pids}
        for pid in self._pids:
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def most(self) -> int:
        """Of the process that grew most."""
        return max(_status(pid, "VmHWM") - self._before[pid] for pid in self._pids)


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@pytest.mark.rule("FIL-07", "T14")
def test_299_mb_are_taken_and_300_mb_refused_without_filling_the_memory(small_hall: RealHall, visitor: Visitor) -> None:
    memory = Memory(small_hall, "gateway", "filing")
    taken = send(visitor, "POST", f"{FILING}/space/files?name=large.pdf", 299 * MIB)
    assert taken.status_code == 201, taken.text
    assert taken.json()["size"] == 299 * MIB
    refused = send(visitor, "POST", f"{FILING}/space/files?name=larger.pdf", 300 * MIB)
    assert refused.status_code == 413, refused.text
    assert memory.most() < 100 * MIB
    files = [path.stat().st_size for path in (small_hall.layout.var / "files").rglob("*") if path.is_file()]
    assert files.count(299 * MIB) == 1 and sum(files) < 300 * MIB


@pytest.mark.rule("FIL-07")
def test_a_large_upload_in_parts_is_cut_at_the_gateway_and_goes_on(small_hall: RealHall, visitor: Visitor) -> None:
    size = 40 * MIB
    digest = hashlib.sha256()
    for piece in body(size):
        digest.update(piece)
    announced: dict[str, Any] = {"name": "parts.pdf", "size": size, "sha256": digest.hexdigest()}
    upload = visitor.post(f"{FILING}/uploads", announced)
    path = f"{FILING}/uploads/{upload['id']}"

    def broken() -> Iterator[bytes]:
        for number, piece in enumerate(body(size)):
            if number == 80:
                raise ConnectionError("the wire is cut")
            yield piece

    token = {"Authorization": f"Bearer {visitor.tokens['access_token']}"}
    with pytest.raises((ConnectionError, requests.RequestException)):
        requests.patch(visitor.door.gateway + path, data=broken(), headers=token | {"Upload-Offset": "0"}, timeout=60)

    def go_on() -> Any:
        """As a client does: ask how much has come, send the rest; what was under way may still come in meanwhile."""
        head = requests.head(visitor.door.gateway + path, headers=token, timeout=30)
        at = int(head.headers["Upload-Offset"])
        assert 0 < at < size
        rest = b"".join(body(size))[at:]
        headers = token | {"Upload-Offset": str(at)}
        done = requests.patch(visitor.door.gateway + path, data=rest, headers=headers, timeout=60)
        assert done.status_code == 200, done.text
        return done.json()

    assert eventually(go_on, every=0.5)["file_id"]

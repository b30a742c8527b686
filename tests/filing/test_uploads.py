"""Uploads in parts: cut and resumed, altered, too long, given up, killed, with the disk full (FIL-07)."""

import errno
import hashlib
import io
import os
import random
import resource
import signal
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis import clock
from services.filing import packed, uploads
from services.filing.models import SpaceFile, StoredFile, Upload, database
from services.filing.service import service
from tests.filing.hall import PDF, Hall
from tests.support import Caller, at_once, person

API = "/api/filing/v1"
BODY = b"%PDF-1.7\n" + random.Random(7).randbytes(1_000_000)


class Cut(io.RawIOBase):
    """A body that arrives in part; then the wire breaks, or something happens."""

    def __init__(self, data: bytes, then: Callable[[], Any]):
        self._data, self._then = io.BytesIO(data), then

    def readinto(self, buffer: Any) -> int:
        piece = self._data.read(min(len(buffer), 10_000))
        if not piece:
            self._then()
        buffer[: len(piece)] = piece
        return len(piece)

    def readable(self) -> bool:
        return True


def _break() -> None:
    raise ConnectionResetError("the wire is cut")


def begin(hall: Hall, body: bytes = BODY, *, who: Caller | None = None, status: int = 201, **more: Any) -> Any:
    facts = {"name": "a.pdf", "size": len(body), "sha256": hashlib.sha256(body).hexdigest()} | more
    answer = hall.call(who or hall.citizen, "POST", "/uploads", facts)
    assert answer.status_code == status, answer.get_json()
    return answer.get_json()


def send(hall: Hall, upload: Any, at: int | None, data: Any, *, length: int | None = None, who: Any = None) -> Any:
    client = hall.bench.client(who or hall.citizen)
    headers = {} if at is None else {"Upload-Offset": str(at)}
    if isinstance(data, bytes):
        return client.patch(f"{API}/uploads/{upload['id']}", headers=headers, data=data)
    return client.patch(f"{API}/uploads/{upload['id']}", headers=headers, environ_overrides=wire(data, length))


def wire(stream: Any, length: int | None) -> dict[str, Any]:
    """The body as a WSGI server hands it over."""
    return {"wsgi.input": stream, "CONTENT_LENGTH": str(length)}


def come(hall: Hall, upload: Any) -> int:
    """How much has come, as HEAD tells it."""
    answer = hall.bench.client(hall.citizen).head(f"{API}/uploads/{upload['id']}")
    assert answer.status_code == 200 and answer.data == b""
    return int(answer.headers["Upload-Offset"])


def on_disk(hall: Hall) -> list[Path]:
    root = hall.bench.settings.files_path
    return [path for path in root.rglob("*") if path.is_file()] if root.exists() else []


def killed(work: Callable[[], Any]) -> bool:
    """Do this in a process of its own; whether it was killed at it."""
    database.release()
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """No file can grow beyond this: the system refuses the write as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


# --- cut and resumed --------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-07")
def test_an_upload_cut_at_every_tenth_of_its_length_resumes_to_the_same_bytes(hall: Hall) -> None:
    case_no = hall.draft()
    upload = begin(hall, case_no=case_no, code="M01")
    assert upload["offset"] == 0 and hall.get(case_no)["materials"][0]["state"] == "missing"
    tenth = len(BODY) // 10
    for number in range(1, 10):
        at = come(hall, upload)
        broken = Cut(BODY[at : number * tenth], _break)
        assert send(hall, upload, at, broken, length=len(BODY) - at).status_code >= 400
        assert come(hall, upload) == number * tenth
    at = come(hall, upload)
    done = send(hall, upload, at, BODY[at:])
    assert done.status_code == 200 and done.get_json()["offset"] == len(BODY)
    stored = hall.bench.client(hall.citizen).get(f"{API}/cases/{case_no}/files/{done.get_json()['file_id']}")
    assert stored.data == BODY
    stored.close()
    assert hall.get(case_no)["materials"][0]["state"] == "supplied"
    assert len(on_disk(hall)) == 1 and Upload.select().count() == 0


@pytest.mark.rule("FIL-07")
def test_a_piece_begins_where_the_last_one_ended(hall: Hall) -> None:
    upload = begin(hall)
    assert send(hall, upload, 0, BODY[:1000]).status_code == 200
    for at in (None, 0, 999, 1001):
        refused = send(hall, upload, at, b"xxx")
        assert refused.status_code == 409 and refused.headers["Upload-Offset"] == "1000"
        assert refused.get_json()["rule"] == "FIL-07"
    assert come(hall, upload) == 1000


@pytest.mark.rule("FIL-07")
def test_more_than_announced_or_other_bytes_are_not_taken(hall: Hall) -> None:
    upload = begin(hall)
    assert send(hall, upload, 0, BODY[:1000]).status_code == 200
    longer = send(hall, upload, 1000, BODY[1000:] + b"x")
    assert longer.status_code == 422 and longer.get_json()["type"].endswith("upload-too-long")
    assert come(hall, upload) == 1000
    altered = send(hall, upload, 1000, BODY[1000:-1] + b"?")
    assert altered.status_code == 422 and altered.get_json()["type"].endswith("upload-altered")
    assert on_disk(hall) == [] and Upload.select().count() == 0


@pytest.mark.rule("FIL-07")
@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"size": 300 * 1024 * 1024}, 413),
        ({"size": 0}, 422),
        ({"name": "../a.pdf"}, 422),
        ({"name": "a.exe"}, 422),
        ({"sha256": "0"}, 422),
        ({"code": "M01"}, 422),
        ({"code": "M99", "case_no": "own"}, 404),
        ({"code": "M02", "case_no": "own", "name": "a.zip"}, 422),
        ({"code": "M04", "case_no": "own", "size": 512_001}, 413),
    ],
)
def test_what_cannot_be_taken_is_refused_before_it_is_sent(hall: Hall, more: dict[str, Any], status: int) -> None:
    if more.get("case_no"):
        more = more | {"case_no": hall.draft()}
    begin(hall, status=status, **more)
    assert on_disk(hall) == [] and Upload.select().count() == 0


def test_uploads_are_their_owners_alone_and_can_be_given_up(hall: Hall) -> None:
    upload = begin(hall)
    assert send(hall, upload, 0, BODY[:10], who=person()).status_code == 404
    begin(hall, who=person(), case_no=hall.draft(), code="M01", status=403)
    assert hall.call(hall.citizen, "DELETE", f"/uploads/{upload['id']}").status_code == 204
    assert on_disk(hall) == []
    assert send(hall, upload, 0, BODY).status_code == 404
    for _ in range(uploads.MOST_OPEN):
        begin(hall)
    begin(hall, status=429)


@pytest.mark.rule("FIL-07")
def test_two_who_send_at_once_do_not_mix_their_bytes(hall: Hall) -> None:
    upload = begin(hall)
    answers = at_once(6, lambda _: send(hall, upload, 0, Cut(BODY, lambda: None), length=len(BODY)).status_code)
    assert sorted(set(answers)) in ([200, 409], [200, 404], [200, 404, 409])
    assert answers.count(200) == 1 and len(on_disk(hall)) == 1


@pytest.mark.rule("FIL-07")
def test_nobody_writes_into_a_piece_that_is_just_coming_in(hall: Hall) -> None:
    upload, seen = begin(hall), []

    def meanwhile() -> None:
        seen.append(send(hall, upload, come(hall, upload), b"intruder"))

    send(hall, upload, 0, Cut(BODY[:500_000], meanwhile), length=500_001)
    assert seen[0].status_code == 409 and seen[0].get_json()["type"].endswith("upload-busy")
    assert send(hall, upload, come(hall, upload), BODY[500_000:]).status_code == 200
    assert SpaceFile.get().sha256 == hashlib.sha256(BODY).hexdigest()


@pytest.mark.rule("FIL-13")
def test_what_comes_after_the_submission_is_not_taken(hall: Hall) -> None:
    case_no = hall.ready()
    upload = begin(hall, case_no=case_no, code="M01", name="late.pdf")
    hall.do(hall.citizen, case_no, "submission")
    assert send(hall, upload, 0, BODY).status_code == 409
    assert {row.name for row in StoredFile.select()} == {"a.pdf"}


# --- what ends badly --------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-07")
def test_a_killed_worker_leaves_an_upload_that_goes_on(hall: Hall) -> None:
    case_no = hall.draft()
    upload = begin(hall, case_no=case_no, code="M01")
    assert killed(lambda: send(hall, upload, 0, Cut(BODY[:600_000], _die), length=len(BODY)))
    at = come(hall, upload)
    assert 0 < at <= 600_000
    assert send(hall, upload, at, BODY[at:]).status_code == 200
    row = StoredFile.get()
    assert row.sha256 == hashlib.sha256(BODY).hexdigest() and len(on_disk(hall)) == 1


@pytest.mark.rule("FIL-07")
def test_what_a_killed_worker_leaves_of_a_plain_upload_is_swept(hall: Hall) -> None:
    case_no = hall.draft()
    hall.upload(case_no, "M02")
    whole = on_disk(hall)
    path = f"{API}/cases/{case_no}/materials/M01/files/a.pdf"
    body = wire(Cut(BODY[:600_000], _die), len(BODY))
    assert killed(lambda: hall.bench.client(hall.citizen).put(path, environ_overrides=body))
    assert hall.get(case_no)["materials"][0]["files"] == [] and len(on_disk(hall)) == len(whole) + 2
    with hall.bench.app.app_context():
        uploads.sweep()
        assert len(on_disk(hall)) == len(whole) + 2, "it might still be coming"
        for path in on_disk(hall):
            os.utime(path, times=(0, 0))
        uploads.sweep()
    assert on_disk(hall) == whole


@pytest.mark.rule("FIL-07")
def test_an_upload_that_is_not_gone_on_with_ends_after_a_day(hall: Hall) -> None:
    upload = begin(hall)
    send(hall, upload, 0, BODY[:1000])
    with hall.bench.app.app_context():
        uploads.sweep()
        assert come(hall, upload) == 1000
        Upload.update(expires_at=clock.wall() - timedelta(seconds=1)).execute()
        assert send(hall, upload, 1000, BODY[1000:]).status_code == 404
        uploads.sweep()
    assert on_disk(hall) == [] and Upload.select().count() == 0
    assert "clean-up" in {name for name, _, _ in service.own_loops}


@pytest.mark.rule("FIL-07")
def test_a_full_disk_is_said_plainly_and_leaves_nothing_half(hall: Hall) -> None:
    case_no, body = hall.draft(), BODY * 8
    upload = begin(hall, body, case_no=case_no, code="M01")
    assert send(hall, upload, 0, body[:1000]).status_code == 200
    with small_disk(6_000_000):
        refused = send(hall, upload, 1000, body[1000:])
        assert refused.status_code == 507 and refused.get_json()["type"].endswith("disk-full")
        assert "存储空间不足" in refused.get_json()["detail"]
        assert come(hall, upload) == 1000
        assert hall.upload(case_no, "M02", data=body, status=507)["rule"] == "FIL-07"
    assert send(hall, upload, 1000, body[1000:]).status_code == 200
    assert [row.size for row in StoredFile.select()] == [len(body)] and len(on_disk(hall)) == 1
    hall.upload(case_no, "M02", data=body)


@pytest.mark.rule("FIL-07")
def test_an_upload_for_which_the_disk_has_no_room_is_not_begun(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "RESERVE", 1 << 60)
    assert begin(hall, status=507)["type"].endswith("disk-full") and Upload.select().count() == 0


# --- archives ---------------------------------------------------------------------------------------------------------


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def many(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(str(number), b"")
    return out.getvalue()


def overlapping() -> bytes:
    """Two names for the same packed bytes (the trick of the bombs that need no nesting)."""
    random_bytes = random.Random(1).randbytes(100_000)
    whole = zipped(("a", random_bytes))
    start = whole.index(b"PK\x01\x02")
    entry, end = whole[start : whole.index(b"PK\x05\x06")], whole[whole.index(b"PK\x05\x06") :]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(entry), start, 0)
    return whole[:start] + entry * 2 + end


@pytest.mark.rule("FIL-07")
@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("a.zip", lambda: zipped(("图纸/一层.pdf", PDF)), None),
        ("a.docx", lambda: zipped(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")), None),
        ("a.zip", lambda: zipped(("../../etc/passwd", b"x")), "archive-paths"),
        ("a.zip", lambda: zipped(("/etc/passwd", b"x")), "archive-paths"),
        ("a.zip", lambda: zipped(("..\\..\\x.exe", b"x")), "archive-paths"),
        ("a.zip", lambda: zipped(("C:/x.exe", b"x")), "archive-paths"),
        ("a.zip", lambda: zipped(("zero", bytes(packed.SMALL + 1))), "archive-bomb"),
        ("a.zip", lambda: many(packed.MOST_MEMBERS + 1), "archive-bomb"),
        ("a.zip", overlapping, "archive-bomb"),
        ("a.docx", lambda: zipped(("a.txt", b"x")), "file-disguised"),
        ("a.ofd", lambda: zipped(("word/document.xml", b"x")), "file-disguised"),
        ("a.zip", lambda: b"PK\x03\x04" + b"0" * 100, "file-disguised"),
        ("a.zip", lambda: zipped(("a", b"x"))[:-30], "file-disguised"),
    ],
)
def test_an_archive_is_looked_into_and_never_unpacked(
    hall: Hall, name: str, data: Callable[[], bytes], problem: str | None
) -> None:
    case_no, body = hall.draft(), data()
    assert len(body) < 2_000_000
    answer = hall.upload(case_no, "M01", name=name, data=body, status=422 if problem else 201)
    if problem:
        assert answer["type"].endswith(problem) and answer["rule"] == "FIL-07" and on_disk(hall) == []
        upload = begin(hall, body, name=name)
        assert send(hall, upload, 0, body).get_json()["type"].endswith(problem) and on_disk(hall) == []
    else:
        assert [path.read_bytes() for path in on_disk(hall)] == [body]


def test_another_failure_of_the_disk_is_not_called_full() -> None:
    from services.filing import storage

    with pytest.raises(OSError, match="broken"), storage.refusing_when_full():
        raise OSError(errno.EIO, "broken")

"""Bodies go through in pieces, both ways, and a broken one is noticed."""

import hashlib
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.gateway.conftest import Door, read_reply
from tests.harness.processes import eventually

LIMIT = 314_572_800
MIB = 1_048_576
PATH = "/api/filing/v1/echo"


def zeros(size: int) -> Iterator[bytes]:
    """So many zero bytes in pieces."""
    piece = bytes(MIB)
    for _ in range(size // MIB):
        yield piece
    if size % MIB:
        yield bytes(size % MIB)


@pytest.mark.slow
@pytest.mark.rule("FIL-07", "GW-08")
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_the_largest_upload_passes_without_being_held_in_memory(door: Door, chunked: bool) -> None:
    size = LIMIT - 1
    door.ask("POST", PATH, b"to warm up")
    before = door.memory("VmRSS")
    headers = {} if chunked else {"Content_Length": str(size)}
    answer = door.ask("POST", PATH, zeros(size), chunked=chunked, **headers)
    assert answer.status == 200
    assert answer.json["size"] == size
    assert door.memory("VmHWM") - before < 100 * MIB


@pytest.mark.rule("FIL-07", "GW-08")
def test_an_upload_of_300_mb_is_refused_before_it_is_sent(door: Door) -> None:
    answer = door.raw(f"POST {PATH}?too=large HTTP/1.1\r\nHost: hall\r\nContent-Length: {LIMIT}\r\n\r\n".encode())
    assert answer.status == 413
    assert answer.json["rule"] == "FIL-07"
    assert "300 MB" in answer.json["detail_en"]
    assert answer.json["next"]
    assert not door.notes("filing", "too=large")


@pytest.mark.slow
@pytest.mark.rule("FIL-07", "GW-08")
def test_a_chunked_upload_is_counted_and_refused_at_300_mb(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(f"POST {PATH}?counted HTTP/1.1\r\nHost: hall\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for piece in zeros(LIMIT):
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        answer = read_reply(connection)
    assert answer.status == 413
    assert answer.json["rule"] == "FIL-07"
    door.noted("filing", "?counted")
    assert not door.notes("filing", f"whole body {LIMIT}")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["", "&chunked=1"], ids=["length", "chunked"])
def test_a_large_download_passes_without_being_held_in_memory(door: Door, how: str) -> None:
    size = 200 * MIB
    before = door.memory("VmRSS")
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=60)
    connection.request("GET", f"/api/filing/v1/download?bytes={size}{how}")
    answer = connection.getresponse()
    got = 0
    while piece := answer.read(MIB):
        got += len(piece)
    connection.close()
    assert got == size
    assert door.memory("VmHWM") - before < 100 * MIB


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_000])
def test_bodies_of_all_sizes_arrive_whole_in_both_directions(door: Door, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    sent = door.ask("PUT", PATH, body)
    assert (sent.json["size"], sent.json["sha256"]) == (size, hashlib.sha256(body).hexdigest())
    chunked = door.ask("PUT", PATH, iter([body[:10], body[10:]] if size > 10 else [body or b""]), chunked=True)
    assert chunked.json["sha256"] == sent.json["sha256"]
    for how in ("", "&chunked=1"):
        assert len(door.get(f"/api/filing/v1/download?bytes={size}{how}").body) == size


def test_one_connection_serves_many_requests_whatever_their_bodies(door: Door) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
    for body in (b"abc", b"", b"x" * 200_000, None, iter([b"in", b"chunks"])):
        connection.request("POST", PATH, body)
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
        connection.request("GET", "/api/filing/v1/download?bytes=100000&chunked=1")
        assert len(connection.getresponse().read()) == 100_000
    connection.close()


def test_head_has_the_headers_of_get_and_no_body(door: Door) -> None:
    with door.connect() as connection:
        for _ in range(2):
            connection.sendall(b"HEAD /api/filing/v1/readyz HTTP/1.1\r\nHost: hall\r\n\r\n")
            answer = read_reply(connection, "HEAD")
            assert (answer.status, answer.body) == (200, b"")
            assert answer.header("Content-Length") == str(len(b'{"status": "ready"}'))
        connection.sendall(b"HEAD /api/nobody/v1/x HTTP/1.1\r\nHost: hall\r\n\r\n")
        assert read_reply(connection, "HEAD").status == 404
        connection.sendall(b"GET /api/filing/v1/readyz HTTP/1.1\r\nHost: hall\r\n\r\n")
        assert read_reply(connection).json == {"status": "ready"}


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_body_leave_the_connection_usable(door: Door, status: int) -> None:
    with door.connect() as connection:
        for _ in range(3):
            connection.sendall(f"GET /api/filing/v1/status?status={status} HTTP/1.1\r\nHost: hall\r\n\r\n".encode())
            answer = read_reply(connection)
            assert (answer.status, answer.body, answer.header("ETag")) == (status, b"", '"7"')


def test_a_body_that_ends_with_the_services_connection_is_whole(door: Door) -> None:
    assert door.get("/api/filing/v1/until-close").body == b"all of it"


def test_more_than_was_asked_for_is_not_given_to_the_next_one(door: Door) -> None:
    for _ in range(3):
        answer = door.get("/api/filing/v1/twice")
        assert (answer.status, answer.body, answer.header("X-Stolen")) == (200, b"one", None)
        assert door.get(PATH).json["target"] == PATH


def test_who_expects_100_continue_is_told_to_go_on(door: Door) -> None:
    with door.connect() as connection:
        head = f"POST {PATH} HTTP/1.1\r\nHost: hall\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"abc")
        answer = read_reply(connection)
    assert answer.json["size"] == 3
    assert "expect" not in answer.sent


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("target", ["/api/filing/v1/early", "/api/nobody/v1/x"])
def test_an_early_refusal_reaches_a_client_that_is_still_sending(door: Door, target: str, chunked: bool) -> None:
    size = 40 * MIB
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    with door.connect() as connection:
        connection.sendall(f"POST {target} HTTP/1.1\r\nHost: hall\r\n{framing}\r\n\r\n".encode())
        for piece in zeros(size):
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
        answer = read_reply(connection)
    assert answer.status == (413 if target.endswith("early") else 404)


def test_a_body_that_breaks_off_is_not_taken_for_whole(door: Door) -> None:
    for framing, sent in (("Content-Length: 1000", b"half"), ("Transfer-Encoding: chunked", b"4\r\nhalf\r\n")):
        with door.connect() as connection:
            connection.sendall(f"POST {PATH}?broken HTTP/1.1\r\nHost: hall\r\n{framing}\r\n\r\n".encode() + sent)
            connection.shutdown(socket.SHUT_WR)
            answer = read_reply(connection)
        assert answer.status == 400
        assert answer.json["type"] == "/problems/cut-off"
    assert not [line for line in door.notes("filing", "whole body") if line.endswith(" 4")]


def test_a_client_that_stops_sending_is_told_so_in_the_end(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nHost: hall\r\nContent-Length: 1000\r\n\r\nhalf".encode())
        answer = read_reply(connection)
    assert answer.status == 408
    assert answer.json["type"] == "/problems/too-slow"


def test_a_client_that_goes_away_ends_the_download_at_the_service(door: Door) -> None:
    with door.connect() as connection:
        connection.sendall(b"GET /api/filing/v1/download?bytes=2000000000 HTTP/1.1\r\nHost: hall\r\n\r\n")
        assert connection.recv(1000)
    door.noted("filing", "gone")
    assert door.get(PATH).status == 200


def test_clients_that_stay_silent_do_not_stop_the_others(own_door) -> None:
    door = own_door(YWT_WEB_THREADS="4")
    held = [door.connect() for _ in range(12)]
    for number, connection in enumerate(held):
        kinds = (
            f"GET {PATH} HTTP/1.1\r\nHost: hall\r\nConnection: close\r\n\r\n",  # answered, and never hangs up
            "NONSENSE\r\n\r\n",
            f"GET {PATH} HTTP/1.1\r\nHo",  # a head that never ends
        )
        connection.sendall(kinds[number % 3].encode())
    took: list[int] = []
    thread = threading.Thread(target=lambda: took.extend(door.get(PATH).status for _ in range(10)))
    thread.start()
    thread.join(5)
    assert took == [200] * 10
    assert eventually(lambda: all(ended(connection) for connection in held))
    for connection in held:
        connection.close()


def ended(connection: socket.socket) -> bool:
    """Whether the gateway has hung up."""
    connection.settimeout(0.05)
    try:
        while connection.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True

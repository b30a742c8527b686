"""Services that are slow, away, killed or restarted; requests that are not what they say."""

import http.client
import threading
import time

import pytest

from tests.gateway.conftest import Door, Reply, read_reply
from tests.harness.processes import eventually

PATH = "/api/filing/v1/echo"


def test_a_service_that_is_away_is_said_so(patient_door: Door) -> None:
    door = patient_door
    door.services["filing"].kill()
    answer = door.ask("POST", PATH, b"x")
    assert answer.status == 503
    assert answer.json["type"] == "/problems/service-away"
    assert answer.header("Retry-After")
    assert door.get("/api/catalog/v1/echo").status == 200


def test_a_slow_service_is_not_waited_for_for_ever(door: Door) -> None:
    before = time.monotonic()
    answer = door.ask("POST", "/api/filing/v1/slow?seconds=8", b"x")
    assert answer.status == 504
    assert answer.json["type"] == "/problems/service-slow"
    assert time.monotonic() - before < 7


def test_a_hanging_service_leaves_room_for_the_others(own_door) -> None:
    door = own_door(YWT_WEB_THREADS="4", YWT_ANSWER_SECONDS="10")
    slow = [threading.Thread(target=door.get, args=("/api/catalog/v1/slow?seconds=4",)) for _ in range(3)]
    for thread in slow:
        thread.start()
    eventually(lambda: len(door.notes("catalog", "/slow")) == 3, what="three slow requests in hand")
    before = time.monotonic()
    refused = door.get("/api/catalog/v1/echo")
    assert refused.status == 503
    assert refused.json["type"] == "/problems/service-busy"
    assert door.get(PATH).status == 200
    assert time.monotonic() - before < 2
    for thread in slow:
        thread.join()
    assert door.get("/api/catalog/v1/echo").status == 200


@pytest.mark.parametrize("how", ["bytes=0", "bytes=0&chunked=1", "bytes=0&chunked=1&close=1"])
def test_a_service_killed_before_anything_was_passed_on_is_a_502(patient_door: Door, how: str) -> None:
    answer = _killed_while_stuck(patient_door, how)
    assert answer.status == 502
    assert answer.json["type"] == "/problems/service-broken"


@pytest.mark.parametrize("how", ["bytes=60000", "bytes=60000&chunked=1", "bytes=60000&chunked=1&close=1"])
def test_a_service_killed_in_the_middle_leaves_a_body_that_is_visibly_cut(patient_door: Door, how: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        _killed_while_stuck(patient_door, how)


def _killed_while_stuck(door: Door, how: str) -> Reply:
    answers: list[Reply] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(door.get(f"/api/filing/v1/stuck?{how}"))
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    door.noted("filing", "stuck")
    time.sleep(0.2)
    door.services["filing"].kill()
    thread.join(10)
    if errors:
        raise errors[0]
    return answers[0]


def test_an_answer_that_is_no_http_is_a_502(door: Door) -> None:
    answer = door.get("/api/filing/v1/garbage")
    assert answer.status == 502
    assert answer.json["type"] == "/problems/service-broken"


def test_a_restarted_service_is_found_again(patient_door: Door) -> None:
    door = patient_door
    assert all(door.ask(method, PATH, body).status == 200 for method, body in (("GET", None), ("POST", b"x")))
    for method, body in (("GET", None), ("POST", b"x")):
        door.restart("filing")
        assert door.ask(method, PATH, body).status == 200


def test_connections_to_services_are_kept(door: Door) -> None:
    assert [door.get(PATH).status for _ in range(5)] == [200] * 5
    assert door.ask("POST", PATH, b"x").json["served"] > 1
    assert len(door.get("/api/filing/v1/download?bytes=200000&chunked=1").body) == 200_000
    assert door.get(PATH).json["served"] > 1


def test_when_a_kept_connection_dies_a_get_is_repeated_and_a_post_is_not(patient_door: Door) -> None:
    door = patient_door
    target = "/api/filing/v1/drop-second"
    door.restart("filing")  # no connection to it is kept
    assert door.get(target).json["served"] == 1
    again = door.get(f"{target}?again")
    assert again.status == 200
    assert len(door.notes("filing", "GET /api/filing/v1/drop-second?again")) == 2
    answer = door.ask("POST", f"{target}?once", b"x")
    assert answer.status == 502
    assert answer.json["type"] == "/problems/service-broken"
    assert len(door.notes("filing", "POST /api/filing/v1/drop-second?once")) == 1
    assert door.get(target).status == 200
    with_body = door.ask("GET", f"{target}?with-body", b"x")
    assert with_body.status == 502
    assert len(door.notes("filing", "?with-body")) == 1


SMUGGLED = b"GET /api/filing/v1/smuggled HTTP/1.1\r\nHost: hall\r\n\r\n"
BAD_HEADS = {
    "length and chunked": b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    "chunked and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 50",
    "list of lengths": b"Content-Length: 5, 50",
    "length with sign": b"Content-Length: +5",
    "negative length": b"Content-Length: -5",
    "hexadecimal length": b"Content-Length: 0x5",
    "length with underline": b"Content-Length: 5_0",
    "length that is no digit": "Content-Length: ²".encode("latin-1"),
    "empty length": b"Content-Length:",
    "blank before the colon": b"Transfer-Encoding : chunked",
    "folded line": b"Transfer-Encoding:\r\n chunked",
    "unknown coding": b"Transfer-Encoding: xchunked",
    "two codings": b"Transfer-Encoding: gzip, chunked",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "chunked not last": b"Transfer-Encoding: chunked, identity",
    "control character": b"Transfer-Encoding: \x0bchunked",
    "bare line feed": b"X-A: b\nTransfer-Encoding: chunked",
    "two hosts": b"Host: other",
}


@pytest.mark.parametrize("kind", BAD_HEADS)
def test_a_head_that_can_be_read_in_two_ways_is_refused(door: Door, kind: str) -> None:
    body = b"0\r\n\r\n" + SMUGGLED
    with door.connect() as connection:
        connection.sendall(b"POST %b HTTP/1.1\r\nHost: hall\r\n%b\r\n\r\n%b" % (PATH.encode(), BAD_HEADS[kind], body))
        assert read_reply(connection).status in {400, 501}
        assert connection.recv(1000) == b""  # nothing behind it is answered
    assert not door.notes("filing", "smuggled")


def test_chunked_is_not_known_to_http_1_0(door: Door) -> None:
    head = f"POST {PATH} HTTP/1.0\r\nHost: hall\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode()
    assert door.raw(head + SMUGGLED).status == 400
    assert not door.notes("filing", "smuggled")


@pytest.mark.parametrize(
    "body", [b"zz\r\n", b"-1\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"3\nabc\n0\n\n", b"0x3\r\nabc\r\n"]
)
def test_chunks_that_are_none_are_refused(door: Door, body: bytes) -> None:
    head = f"POST {PATH}?chunks HTTP/1.1\r\nHost: hall\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    assert door.raw(head + body + SMUGGLED).status == 400
    assert not door.notes("filing", "smuggled")


def test_a_length_is_passed_on_in_one_form_only(door: Door) -> None:
    answer = door.raw(f"POST {PATH} HTTP/1.1\r\nHost: hall\r\nContent-Length: 0003\r\n\r\nabc".encode())
    assert answer.sent["content-length"] == ["3"]


def test_requests_sent_ahead_are_answered_in_order(door: Door) -> None:
    with door.connect() as connection:
        posts = b"".join(
            b"POST %b?ahead=%d HTTP/1.1\r\nHost: hall\r\nContent-Length: 3\r\n\r\nabc" % (PATH.encode(), number)
            for number in range(3)
        )
        connection.sendall(posts)
        file = connection.makefile("rb")
        targets = []
        for _ in range(3):
            length = 0
            while (line := file.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            targets.append(file.read(length))
    assert [f"ahead={number}".encode() in target for number, target in enumerate(targets)] == [True] * 3

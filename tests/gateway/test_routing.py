"""Where a request goes, and what of it arrives there."""

import re

import pytest

from tests.gateway.conftest import Door
from tests.harness.processes import Program


@pytest.mark.rule("GW-01")
@pytest.mark.parametrize("service", ["catalog", "filing"])
def test_a_path_leads_to_the_service_it_names(door: Door, service: str) -> None:
    answer = door.get(f"/api/{service}/v1/echo?a=1&b=2")
    assert answer.status == 200
    assert answer.json["service"] == service
    assert answer.json["target"] == f"/api/{service}/v1/echo?a=1&b=2"


@pytest.mark.parametrize("path", ["/api/nobody/v1/x", "/api/sms/v1/x", "/api/", "/api//catalog/v1/echo"])
def test_an_unknown_service_is_a_problem_document(door: Door, path: str) -> None:
    answer = door.get(path)
    assert answer.status == 404
    assert answer.header("Content-Type") == "application/problem+json"
    assert answer.json["type"] == "/problems/no-such-service"
    assert answer.json["next"] and answer.json["next_en"]


@pytest.mark.parametrize(
    "target",
    [
        "/api/catalog/v1/%E4%BA%8B%E9%A1%B9?q=%E9%A3%9F%E5%93%81+%26&x=%2F",
        "/api/catalog/v1/a%2Fb%2f%20c;d=1/~e,f'(g)*!",
        "/api/catalog/v1/x?q=a%00b&q=&r[]=1&%zz",
        "/api/catalog?x",
        "/api/catalog",
        "/api/catalog/v1//double///slash/",
        "/api/catalog/../filing/v1/cases",
        "/api/catalog/./../../livez",
        "/api/catalog/%2e%2e/%2E%2E/metrics",
        "/api/catalog/v1/..%2f..%2ffiling",
        "/api/catalog/\\..\\filing",
    ],
)
def test_paths_and_queries_arrive_untouched_and_only_at_the_service_they_name(door: Door, target: str) -> None:
    answer = door.raw(f"GET {target} HTTP/1.1\r\nHost: hall\r\n\r\n".encode())
    assert answer.status == 200
    assert answer.json["service"] == "catalog"
    assert answer.json["target"] == target


@pytest.mark.parametrize(
    "target",
    ["//api/catalog/v1/x", "/%61pi/catalog/v1/x", "/api%2Fcatalog/v1/x", "/API/catalog/v1/x", "/x/../api/catalog/v1/x"],
)
def test_what_only_looks_like_a_service_after_decoding_is_no_service(door: Door, target: str) -> None:
    answer = door.raw(f"GET {target} HTTP/1.1\r\nHost: hall\r\n\r\n".encode())
    assert answer.status in {308, 404}
    assert not door.notes("catalog", target)


def test_the_absolute_form_of_a_target_is_understood(door: Door) -> None:
    answer = door.raw(b"GET http://hall.example/api/filing/v1/a%2Fb?c=%20 HTTP/1.1\r\nHost: hall.example\r\n\r\n")
    assert answer.json["service"] == "filing"
    assert answer.json["target"] == "/api/filing/v1/a%2Fb?c=%20"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_method_and_body_arrive(door: Door, method: str) -> None:
    body = None if method == "GET" else "正文".encode()
    answer = door.ask(method, "/api/filing/v1/echo", body, Content_Type="text/x; charset=utf-8", If_Match='"3"')
    assert answer.json["method"] == method
    assert answer.json["size"] == len(body or b"")
    assert answer.sent["content-type"] == ["text/x; charset=utf-8"]
    assert answer.sent["if-match"] == ['"3"']


@pytest.mark.rule("GW-08")
def test_a_good_request_id_is_kept_and_passed_on(door: Door) -> None:
    answer = door.get("/api/catalog/v1/echo", X_Request_ID="my-request.0001")
    assert answer.sent["x-request-id"] == ["my-request.0001"]
    assert answer.header("X-Request-ID") == "my-request.0001"


@pytest.mark.parametrize("given", [None, "short", "with blank inside", "x" * 65, "quote'--injection", "a\tbcdefgh"])
def test_a_missing_or_strange_request_id_is_replaced(door: Door, given: str | None) -> None:
    answer = door.get("/api/catalog/v1/echo", **({"X_Request_ID": given} if given else {}))
    made = answer.header("X-Request-ID")
    assert made and made != given and re.fullmatch(r"[0-9a-f-]{36}", made)
    assert answer.sent["x-request-id"] == [made]


def test_refusals_and_pages_carry_the_request_id_too(door: Door) -> None:
    for path in ("/api/nobody/v1/x", "/nowhere", "/api/catalog/v1/garbage"):
        assert door.get(path, X_Request_ID="my-request.0002").header("X-Request-ID") == "my-request.0002"


def test_where_a_request_comes_from_cannot_be_forged(door: Door) -> None:
    answer = door.get(
        "/api/filing/v1/echo",
        X_Forwarded_For="1.2.3.4",
        X_Forwarded_Proto="https",
        X_Forwarded_Host="evil.example",
        X_Forwarded_Port="1",
        X_Forwarded_Prefix="/evil",
        X_Real_IP="1.2.3.4",
        Forwarded="for=1.2.3.4",
        Proxy="http://evil.example",
        Host="hall.example:8000",
    )
    assert answer.sent["x-forwarded-for"] == ["127.0.0.1"]
    assert answer.sent["x-forwarded-proto"] == ["http"]
    assert answer.sent["x-forwarded-host"] == ["hall.example:8000"]
    assert answer.sent["host"] == ["hall.example:8000"]
    assert not {"x-forwarded-port", "x-forwarded-prefix", "x-real-ip", "forwarded", "proxy"} & set(answer.sent)


def test_behind_our_own_proxy_its_word_counts(own_door) -> None:
    door = own_door(YWT_BEHIND_PROXY="1")
    answer = door.get("/api/filing/v1/echo", X_Forwarded_For="1.2.3.4, 10.0.0.9", X_Forwarded_Proto="https")
    assert answer.sent["x-forwarded-for"] == ["10.0.0.9"]
    assert answer.sent["x-forwarded-proto"] == ["https"]


@pytest.mark.parametrize("host", ["hall.example/../x", "a b", 'x"><script>', "user@evil"])
def test_a_host_that_is_none_is_not_passed_on(door: Door, host: str) -> None:
    answer = door.raw(f"GET /api/filing/v1/echo HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.status == 400 or answer.sent["host"] == [f"127.0.0.1:{door.ports['filing']}"]


def test_headers_of_one_connection_stay_on_it(door: Door) -> None:
    answer = door.get(
        "/api/filing/v1/echo",
        Connection="keep-alive, X-Only-Here, X-Forwarded-For, X-Request-ID",
        Keep_Alive="timeout=9",
        TE="trailers",
        Trailer="X-Late",
        Upgrade="h2c",
        Proxy_Authorization="Basic eDp5",
        X_Only_Here="1",
        X_Stays="2",
    )
    gone = {"connection", "keep-alive", "te", "trailer", "upgrade", "proxy-authorization", "x-only-here"}
    assert not gone & set(answer.sent)
    assert answer.sent["x-stays"] == ["2"]
    assert answer.sent["x-forwarded-for"] == ["127.0.0.1"]
    assert len(answer.sent["x-request-id"]) == 1


def test_headers_of_the_services_connection_stay_there(door: Door) -> None:
    answer = door.get("/api/filing/v1/headers", X_Request_ID="my-request.0003")
    assert not {"keep-alive", "proxy-authenticate", "upgrade"} & {name.lower() for name, _ in answer.headers}
    assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert answer.header("X-Request-ID") == "my-request.0003"
    assert answer.header("Date") and answer.header("Server")


def test_names_with_an_underline_do_not_pass_for_ours(door: Door) -> None:
    answer = door.raw(
        b"GET /api/filing/v1/echo HTTP/1.1\r\nHost: hall\r\nX_Forwarded_For: 6.6.6.6\r\nContent_Length: 5\r\n"
        b"SCRIPT_NAME: /api\r\nPATH_INFO: /api/catalog/v1/x\r\n\r\n"
    )
    assert answer.json["service"] == "filing"
    assert answer.sent["x-forwarded-for"] == ["127.0.0.1"]
    assert "content-length" not in answer.sent


def test_a_bad_setting_is_one_clear_line(door: Door, tmp_path) -> None:
    for name, value in (
        ("YWT_RATE_PER_SECOND", "0"),
        ("YWT_ANSWER_SECONDS", "soon"),
        ("YWT_PEERS", "filing=https://x"),
    ):
        program = Program(
            door.gateway.command,
            log=tmp_path / f"{name}.log",
            env=door.gateway.env | {name: value},
            cwd=door.gateway.cwd,
        )
        assert program.start().wait() == 2
        assert len(program.output().splitlines()) == 1
        assert name in program.output()

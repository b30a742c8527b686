"""What protects the pages of the portal, whatever stands on them."""

from urllib.parse import quote

import pytest

from gateway.portal.addresses import fill
from gateway.portal.guard import here
from tests.gateway.conftest import Door, token

FORM = {"Content_Type": "application/x-www-form-urlencoded"}
LOGIN = b"kind=person&account=someone&password=secret"
KNOWN = "k" * 32
FORM_TOKEN = b"form_token=" + KNOWN.encode()


def login(sub: str = "person:1", **claims: object) -> str:
    """The cookie of a visitor."""
    return "ywt_access=" + token(sub, **claims).removeprefix("Bearer ")


def post(door: Door, path: str, body: bytes, **headers: str):
    return door.ask("POST", path, body, **FORM, **headers)


@pytest.mark.rule("GW-08")
@pytest.mark.parametrize(
    "headers,extra",
    [
        ({}, b""),
        ({"Cookie": f"ywt_form={KNOWN}"}, b""),
        ({"Cookie": f"ywt_form={KNOWN}"}, b"&form_token=" + b"x" * 32),
        ({}, b"&form_token="),
        ({"Cookie": "ywt_form="}, b"&form_token="),
        ({"Cookie": f"ywt_form={KNOWN}", "Origin": "https://evil.example"}, b"&form_token=" + KNOWN.encode()),
        ({"Cookie": f"ywt_form={KNOWN}", "Origin": "null"}, b"&form_token=" + KNOWN.encode()),
    ],
)
def test_a_form_that_another_site_sends_does_nothing(door: Door, headers: dict[str, str], extra: bytes) -> None:
    refused = post(door, "/login", LOGIN + extra, **headers)
    assert refused.status == 403
    assert "没有被处理" in refused.body.decode()
    assert door.notes("identity", "POST /api/identity/v1/sessions") == []


@pytest.mark.rule("GW-09")
@pytest.mark.parametrize("path", ["/staff", "/staff/cases", "/staff/records", "/do/accept?case_no=1", "/my/account"])
def test_without_a_login_a_page_leads_to_the_login_and_back(door: Door, path: str) -> None:
    answer = door.get(path)
    assert answer.status == 302
    entrance = "/login" if path.startswith(("/my", "/do")) else "/staff/login"
    assert answer.header("Location") == f"{entrance}?next={quote(path, safe='/?')}"


@pytest.mark.rule("ID-25", "GW-09")
@pytest.mark.parametrize(
    "path,cookie,entrance",
    [
        ("/my/account/export", login(), "/login"),
        ("/do/accept?case_no=1", login("staff:1", kind="staff", factor=True), "/staff/login"),
    ],
)
def test_a_login_that_ends_while_a_form_is_filled_in_leads_to_the_login_and_back(
    door: Door, path: str, cookie: str, entrance: str
) -> None:
    answer = post(door, path, FORM_TOKEN, Cookie=f"{cookie}; ywt_form={KNOWN}")
    assert (answer.status, answer.header("Location")) == (302, f"{entrance}?next={quote(path, safe='/?')}")
    assert any(value.startswith("ywt_access=;") for name, value in answer.headers if name == "Set-Cookie")


@pytest.mark.rule("ID-17")
def test_a_wrong_password_in_a_form_is_said_there_and_ends_no_login(door: Door) -> None:
    answer = post(door, "/my/account/closure", FORM_TOKEN, Cookie=f"{login()}; ywt_form={KNOWN}")
    assert answer.status == 401
    assert "账号或密码不正确" in answer.body.decode() and answer.header("Set-Cookie") is None


@pytest.mark.rule("GW-09", "ID-35")
def test_a_citizen_does_not_open_the_desk_of_staff_nor_staff_the_space_of_a_citizen(door: Door) -> None:
    citizen, clerk = login(), login("staff:1", kind="staff", factor=True)
    assert door.get("/staff", Cookie=citizen).status == 403
    assert door.get("/do/accept?case_no=1", Cookie=citizen).status == 403
    assert door.get("/my/account", Cookie=clerk).status == 403


@pytest.mark.rule("ID-22", "ID-24", "GW-09")
@pytest.mark.parametrize(
    ("claims", "target"), [({"change_password": True}, "/account/password"), ({}, "/account/second-factor")]
)
def test_a_one_time_password_or_a_missing_second_factor_opens_no_desk(
    door: Door, claims: dict[str, bool], target: str
) -> None:
    answer = door.get("/staff", Cookie=login("staff:2", kind="staff", **claims))
    assert (answer.status, answer.header("Location")) == (302, target)


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\\b", "/a\nb", "/\t/evil", "", None],
)
def test_a_way_back_never_leads_out_of_the_hall(target: str | None) -> None:
    assert here(target, "/home") == "/home"


def test_a_way_back_inside_the_hall_is_kept() -> None:
    assert here("/items?q=食品&next=//x") == "/items?q=食品&next=//x"


def test_every_page_forbids_foreign_scripts_frames_and_keeping(door: Door) -> None:
    for path in ("/", "/login", "/nowhere", "/status"):
        answer = door.get(path)
        policy = answer.header("Content-Security-Policy") or ""
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer.header("X-Frame-Options") == "DENY"
    assert door.get("/login").header("Cache-Control") == "no-store"


def test_a_page_that_greets_somebody_is_kept_by_nobody(door: Door) -> None:
    assert "public" in (door.get("/help/agreement").header("Cache-Control") or "")
    assert door.get("/help/agreement", Cookie=login()).header("Cache-Control") == "no-store"


def test_no_place_of_an_address_leads_out_of_it() -> None:
    assert (
        fill("/cases/{case_no}/files", {"case_no": "1/../2?x=y#z", "other": 3}) == "/cases/1%2F..%2F2%3Fx%3Dy%23z/files"
    )


def test_cookies_are_for_the_server_alone_and_secure_behind_tls(door: Door, own_door) -> None:
    plain = door.get("/login").header("Set-Cookie") or ""
    assert plain.startswith("ywt_form=") and "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    behind = own_door(YWT_BEHIND_PROXY="1")
    secure = behind.get("/login", X_Forwarded_Proto="https", X_Forwarded_For="10.0.0.1")
    assert "Secure" in (secure.header("Set-Cookie") or "")
    assert secure.header("Strict-Transport-Security")


def test_the_language_is_remembered_and_only_two_are_known(door: Door) -> None:
    english = door.get("/login?lang=en")
    assert 'lang="en"' in english.body.decode()
    assert any(value.startswith("lang=en") for name, value in english.headers if name == "Set-Cookie")
    assert 'lang="en"' in door.get("/login", Cookie="lang=en").body.decode()
    assert 'lang="zh-CN"' in door.get("/login?lang=xx", Cookie="lang=yy").body.decode()


@pytest.mark.rule("GW-11")
def test_a_page_whose_service_is_away_says_so_and_what_to_do(patient_door: Door) -> None:
    patient_door.services["catalog"].kill()
    answer = patient_door.get("/items")
    assert answer.status == 503
    assert "办不成" in answer.body.decode() and "下一步" in answer.body.decode()
    assert patient_door.get("/").status == 200


@pytest.mark.rule("GW-08")
def test_a_crowd_at_a_public_page_is_none_for_the_services(door: Door) -> None:
    path = "/?site=120104"
    answers = [door.get(path) for _ in range(20)]
    assert {answer.status for answer in answers} == {200}
    assert {answer.header("Cache-Control") for answer in answers} == {"public, max-age=30"}
    assert all(answer.header("Content-Security-Policy") and answer.header("Vary") == "Cookie" for answer in answers)
    assert len(door.notes("catalog", "region=120104")) < 10  # as many as moments have passed
    again = [door.get(path, If_None_Match=door.get(path).header("ETag")).status for _ in range(2)]
    assert 304 in again  # not where a minute, which is shown, begins between the two


def test_what_is_kept_for_a_crowd_is_in_its_language_and_names_nobody(door: Door) -> None:
    assert '<html lang="zh-CN"' in door.get("/").body.decode()
    assert '<html lang="en"' in door.get("/", Cookie="lang=en").body.decode()
    assert 'class="elder"' in door.get("/", Cookie="elder=1").body.decode()
    for path in ("/", "/rules", "/help/agreement"):
        door.get(path)
        own = door.get(path, Cookie=login())
        assert own.header("Cache-Control") == "no-store" and 'action="/logout"' in own.body.decode()
        assert 'action="/logout"' not in door.get(path).body.decode()


@pytest.mark.rule("CAT-01", "GW-02")
@pytest.mark.parametrize(("site", "parent"), [("120000", None), ("120104", "120000"), ("120104005", "120104")])
def test_the_first_page_asks_for_the_name_of_a_site_below_the_city_only(
    door: Door, site: str, parent: str | None
) -> None:
    before = len(door.notes("catalog", "/regions"))
    assert door.get(f"/?site={site}&visit=name").status == 200
    asked = door.notes("catalog", "/regions")[before:]
    assert [f"parent={parent}&" in line for line in asked] == ([True] if parent else [])

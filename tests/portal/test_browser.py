"""The watch and the inspection find what they are there for, and the keyboard notices what a mouse would hide."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.portal import keyboard as keys
from tests.portal.browser import DESKTOP, PHONE, Document, Watch, open_context
from tests.portal.inspection import Inspector, kind_of
from tests.portal.keyboard import Keyboard

HOME = "http://127.0.0.1:1"
GOOD = """<!doctype html><html lang="zh-CN"><head><title>页</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>页</h1>{}</main></body></html>"""
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'",
}
Show = Callable[..., tuple[Page, Watch]]


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Opens a page with this body, sent by nobody; returns it with its watch."""
    with ExitStack() as open_parts:

        def shown(body: str, status: int = 200) -> tuple[Page, Watch]:
            context = open_context(browser, HOME)
            open_parts.callback(context.close)
            watch = Watch(context, HOME, DESKTOP)

            def answer(route: Route) -> None:
                found = route.request.url == f"{HOME}/"
                content = GOOD.replace("{}", body) if found else ""
                route.fulfill(status=status if found else 404, headers=HEADERS, body=content)

            context.route(f"{HOME}/**", answer)
            page = context.new_page()
            page.goto("/", wait_until="networkidle")
            watch.settle()
            return page, watch

        yield shown


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p style='color: red'>红</p>", "console error"),
        ("<script>fail()</script>", "console error"),
        ("<img src='http://192.0.2.1/a.png' alt=''>", "leaves the machine: http://192.0.2.1/a.png"),
        ("<img src='/no.png' alt=''>", "not loaded (404)"),
        ("<a href='/'>回</a>", None),
    ],
)
def test_what_a_page_does_wrong_is_noticed(show: Show, body: str, fault: str | None) -> None:
    _, watch = show(body)
    assert any(fault in one for one in watch.faults) if fault else not watch.faults, watch.faults
    assert [document.url for document in watch.documents] == [f"{HOME}/"]


def test_a_refusal_is_a_page_like_others(show: Show) -> None:
    _, watch = show("<p>不行</p>", status=409)
    assert watch.faults == []
    assert "不行" in watch.documents[0].html


def page_of(body: str, url: str = f"{HOME}/p", title: str = "页") -> Document:
    """A page of the hall."""
    html = GOOD.replace("{}", body).replace("<title>页", f"<title>{title}")
    return Document(url, html, {"content-type": HEADERS["content-type"]})


@pytest.mark.parametrize(
    ("body", "size", "fault"),
    [
        ("<input type='text'>", DESKTOP, "critical: Form elements must have labels"),
        (
            "<p><span style='color: #ccc'>淡淡的字</span></p>",
            DESKTOP,
            "serious: Elements must meet minimum color contrast",
        ),
        ("<p>" + "重" * 40_000 + "</p>", DESKTOP, "weighs 117 KB, more than 100"),
        ("<div style='width: 500px'>宽</div>", PHONE, "wide on a screen of 390"),
        ("<script>console.error('坏')</script>", DESKTOP, "console error: 坏"),
        ("<script>fail()</script>", DESKTOP, "script failed: "),
        ("<img src='http://192.0.2.1/a.png' alt=''>", DESKTOP, "leaves the machine: http://192.0.2.1/a.png"),
    ],
)
def test_what_a_page_is_wrong_is_found_once(browser: Browser, body: str, size: tuple[int, int], fault: str) -> None:
    inspector = Inspector(browser, HOME)
    found = inspector.faults([page_of(body), page_of(body)], size)
    assert found and all(one.startswith("/p: ") for one in found) and fault in found[0], found
    assert len(found) == len(set(found)), found


def test_a_good_page_has_no_fault(browser: Browser) -> None:
    assert Inspector(browser, HOME).faults([page_of("<p>好</p>")], DESKTOP) == []


def test_pages_of_one_kind_differ_in_numbers_only() -> None:
    first = kind_of(page_of("", f"{HOME}/cases/T1204?tab=1", "办件 T1204"))
    assert first == kind_of(page_of("", f"{HOME}/cases/T99?tab=2", "办件 T99"))
    others = [
        (f"{HOME}/cases/T1204", "办件 T1204"),
        (f"{HOME}/items/T1204?tab=1", "办件"),
        (f"{HOME}/cases/T1?tab=1", "错"),
    ]
    assert first not in [kind_of(page_of("", url, title)) for url, title in others]


def test_without_a_mouse_a_hidden_focus_and_a_trap_are_noticed(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "FURTHEST", 5)
    page, _ = show("<button id='a'>甲</button><button tabindex='-1'>乙</button>")
    keyboard = Keyboard(page)
    keyboard.push("甲")
    with pytest.raises(AssertionError, match="do not reach"):
        keyboard.push("乙")
    page.evaluate("document.getElementById('a').style.outline = 'none'")
    with pytest.raises(AssertionError, match="not to be seen"):
        keyboard.push("甲")


def test_without_a_mouse_fields_and_choices_are_set(show: Show) -> None:
    radios = "".join(f"<label><input type='radio' name='k' value='{k}'>{k}</label>" for k in "甲乙丙")
    name, tick = "<label>账号 <input name='n' value='旧'></label>", "<label><input type='checkbox'>同意</label>"
    page, _ = show(f"<form>{name}{radios}{tick}</form>")
    keyboard = Keyboard(page)
    keyboard.fill("账号", "新")
    keyboard.choose("乙")
    keyboard.choose("同意")
    assert page.get_by_label("账号").input_value() == "新"
    assert page.get_by_label("乙").is_checked() and page.get_by_label("同意").is_checked()

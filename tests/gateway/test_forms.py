"""What a form says of its fields: in the language of the page, wherever in the refusal it stands."""

from typing import Any

import pytest
from flask import Flask, g

from gateway.portal.ask import Problem
from gateway.portal.forms import Field, Form

FIELDS = (Field("evidence", ("证据", "Evidence")), Field("representative.account", ("账号", "Account")))


def refused(fields: Any, *, english: bool = False) -> tuple[list[str], list[str]]:
    """What stands beside the fields of a form, and above it."""
    with Flask(__name__).test_request_context():
        g.english = english
        form = Form(FIELDS, parts={"points": ("核查结果", "Results")})
        form.refuse(Problem(422, {"fields": fields}))
        return [form.error(field) for field in FIELDS], form.others()


@pytest.mark.parametrize("place", ["json", "query"])
def test_what_a_schema_says_stands_beside_its_field_in_the_language_of_the_page(place: str) -> None:
    said = {place: {"evidence": ["必填 / needed"], "_schema": ["格式不对 / Invalid input type."]}}
    assert refused(said) == (["必填", ""], ["格式不对"])
    assert refused(said, english=True) == (["needed", ""], ["Invalid input type."])


def test_what_is_said_of_a_group_stands_beside_each_of_its_fields() -> None:
    assert refused({"representative": ["不正确 / wrong"]}) == (["", "不正确"], [])
    assert refused({"representative": {"account": ["必填 / needed"]}, "other": ["查无此项 / unknown"]}) == (
        ["", "必填"],
        ["其他内容：查无此项"],
    )


def test_what_has_no_field_is_called_as_the_page_or_the_hall_calls_it_and_never_as_the_body_does() -> None:
    said = {name: ["必填 / needed"] for name in ("points", "points.P1", "item_code", "unheard_of")}
    assert refused(said)[1] == ["核查结果：必填", "核查结果：必填", "事项：必填", "其他内容：必填"]
    assert refused(said, english=True)[1][0] == "Results: needed"


@pytest.mark.parametrize("typed", ["--5", "²", "9" * 5000, "1.5", "五"])
def test_what_is_no_number_goes_on_as_it_was_typed(typed: str) -> None:
    assert Field("n", ("数量", "Number"), "number").read({"n": typed}) == typed

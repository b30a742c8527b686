"""A form that comes back refused calls everything as the page calls it, and nothing as the body of a request does."""

import re
from html import unescape

import pytest

from gateway.portal.verbs import REGISTRY
from gateway.portal.words import OTHER
from tests.gateway.test_stored_script import Portal, addresses, deeds, portal_of_scripts, states, visitors

__all__ = ["portal_of_scripts"]
BODY_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|^[A-Za-z_.]+[：:]|`")


def left_empty(page: str) -> dict[str, str]:
    """What a browser sends of a form that nobody has filled in: its hidden fields, the empty ones, its button."""
    empty = dict.fromkeys(re.findall(r'<(?:input|textarea)[^>]* name="([^"]+)"', page), "")
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
    pressed = re.findall(r'<button[^>]* name="([^"]+)" value="([^"]*)"', page)
    boxes = set(re.findall(r'<input type="(?:radio|checkbox)"[^>]* name="([^"]+)"', page))
    given = {name: unescape(value) for name, value in [*hidden, *pressed[-1:]]}
    return {name: value for name, value in (empty | given).items() if name not in boxes}


def said(page: str) -> list[str]:
    """The lines of the refusal."""
    alert = re.search(r'<div class="errors".*?<ul>(.*?)</ul>(.*?)</div>', page, re.DOTALL)
    lines = (
        re.findall(r"<li>(.*?)</li>", alert[1], re.DOTALL) + re.findall(r'<p class="next">(.*?)</p>', alert[2])
        if alert
        else []
    )
    return [unescape(re.sub("<[^>]+>", "", line)).strip() for line in lines]


@pytest.mark.rule("GW-11")
def test_no_form_that_is_sent_empty_names_a_field_as_the_body_does(portal_of_scripts: Portal) -> None:
    story = portal_of_scripts.story
    story.strict = True
    wrong, refused = [], 0
    places = [(path, states(path)[0]) for path, form in addresses() if form]
    for path, story.state in [*places, *((deed, "completed") for deed in deeds())]:
        kind = visitors(path)[-1]
        status, page = portal_of_scripts.look(kind, path)
        if status != 200:
            continue
        status, answer = portal_of_scripts.look(kind, path, left_empty(page))
        lines = said(answer)
        refused += bool(lines)
        wrong += [f"{path}: {line}" for line in lines if BODY_NAME.search(line) or line.startswith(OTHER[0])]
    story.strict = False
    assert not wrong, "\n".join(wrong)
    assert refused > len(REGISTRY) / 2, refused

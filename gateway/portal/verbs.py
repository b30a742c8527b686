"""Verbs: every deed that a service offers to people, as a page of its own with a form, made from its declaration.

`/do/<name>?case_no=…` shows the form, sending it calls the service once; a refusal comes back beside the fields. Tests
compare each declaration with the service's OpenAPI document.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import abort, g, redirect, request

from gateway.portal import visitor
from gateway.portal.addresses import fill, places_of
from gateway.portal.ask import Problem
from gateway.portal.forms import Field, Form
from gateway.portal.guard import here
from gateway.portal.rows import at
from gateway.portal.texts import Both

_PLAIN = re.compile(r"[A-Za-z0-9_.:~-]{1,80}\Z")


@dataclass(frozen=True)
class Verb:
    """One deed. Places in `path` and `then` are filled from the address of the page, in `then` also from the answer."""

    name: str
    title: Both
    service: str
    path: str
    then: str
    method: str = "POST"
    who: str = "staff"  # citizen | staff | anyone
    fields: tuple[Field, ...] = ()
    fixed: dict[str, Any] = field(default_factory=dict)  # what the body holds without being asked
    lead: Both | None = None  # what happens, in plain words
    done: Both = ("已办理。", "Done.")
    danger: bool = False
    reveals: tuple[tuple[str, Both], ...] = ()  # parts of the answer that are shown once, instead of going on
    ends_login: bool = False  # this browser is logged out by it
    in_query: bool = False  # the fields go into the query (a DELETE with its reason)
    parts: Mapping[str, Both] = field(default_factory=dict)  # what may be refused without being asked on the page
    source: str = ""  # what is read of the same service for the fields that do not begin empty
    begun: Mapping[str, str] = field(default_factory=dict)  # such a field -> (dotted) key of what was read

    def href(self, **places: Any) -> str:
        """The address of its page."""
        query = urlencode({name: value for name, value in places.items() if value is not None})
        return f"/do/{self.name}" + (f"?{query}" if query else "")


REGISTRY: dict[str, Verb] = {}


def declare(verbs: Iterable[Verb]) -> None:
    """Make verbs known by their names."""
    for verb in verbs:
        if verb.name in REGISTRY:
            raise ValueError(f"two verbs are called {verb.name}")
        REGISTRY[verb.name] = verb


def perform(name: str, show: Any) -> Any:
    """The page of a verb: the form, or the deed."""
    verb = REGISTRY.get(name)
    if verb is None:
        abort(404)
    if not _admitted(verb):
        abort(403)
    # what only the answer can fill stays empty until then
    places = defaultdict(str, {place: request.args.get(place, "") for place in places_of(verb.path)})
    if not all(_PLAIN.match(value) for value in places.values()):
        abort(404)
    back = here(request.args.get("back"), "")
    form = Form(verb.fields, {} if request.method == "POST" else _begun(verb, places), verb.parts)
    if form.sent:
        with form.attempt():
            answer = call(verb, places, form)
            revealed = [(label, answer.get(key)) for key, label in verb.reveals] if isinstance(answer, dict) else []
            target = back or fill(verb.then, places | _texts(answer))
            if verb.ends_login:
                g.login.drop()
                target = verb.then
            if revealed:
                return show("portal/revealed.html", verb=verb, revealed=revealed, target=target)
            return redirect(said(target, verb.name))
    return show("portal/verb.html", form.status, verb=verb, form=form, back=back or fill(verb.then, places))


def _begun(verb: Verb, places: Mapping[str, str]) -> dict[str, Any]:
    """What the service has begun to fill in; it is the visitor who edits and sends it."""
    if not verb.begun:
        return {}
    try:
        found = visitor.get(verb.service, fill(verb.source, places))
    except Problem as problem:
        if problem.login_over:
            raise
        return {}  # then it begins empty, and the service says what is wrong when it is sent
    return {name: at(found, key) for name, key in verb.begun.items()}


def call(verb: Verb, places: Mapping[str, str], form: Form) -> Any:
    """Have the service do it, once however often the form is sent."""
    path = fill(verb.path, places)
    body = form.body() | verb.fixed
    version = request.form.get("version") or request.args.get("version", "")
    if verb.in_query:
        path += "?" + urlencode(body)
    sent = None if verb.in_query or (verb.method == "DELETE" and not body) else body
    once = form.once if verb.method == "POST" else ""
    return visitor.send(verb.method, verb.service, path, sent, Idempotency_Key=once, If_Match=version)


def said(target: str, name: str) -> str:
    """The address with the word that it is done, instead of what was said there before."""
    parts = urlsplit(target)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "said"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("said", name)])))


def _admitted(verb: Verb) -> bool:
    kind = visitor.visitor().kind
    return {
        "citizen": kind in ("person", "legal"),
        "staff": kind == "staff",
        "anyone": kind != "anonymous",
    }[verb.who]


def _texts(answer: Any) -> dict[str, str]:
    pairs = answer.items() if isinstance(answer, dict) else ()
    return {key: str(value) for key, value in pairs if isinstance(value, (str, int))}

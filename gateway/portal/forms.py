"""Forms: what a visitor may type, how it becomes the body of a request, and where a refusal's words belong."""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import request

from chassis import clock
from chassis.messages import parts
from gateway.portal.ask import Problem
from gateway.portal.texts import Both, t
from gateway.portal.words import OTHER, PART

Options = Sequence[tuple[str, Both]]
_WHOLE = re.compile(r"-?[0-9]{1,18}")
YES_NO: Options = (("true", ("是", "yes")), ("false", ("否", "no")))


@dataclass(frozen=True)
class Field:
    """One question. A dotted name is a place inside the body: `representative.account`.

    Kinds: text, long, secret, mobile, code, sms (a code, with the button that sends it), number, date, time, moment,
    choice (radio), pick (select), choices (check boxes), tick, yesno (radio, true or false), lines (one entry a line),
    hidden.
    """

    name: str
    label: Both
    kind: str = "text"
    hint: Both | None = None
    required: bool = True
    options: Options | Callable[[], Options] = ()
    most: int | None = None  # characters
    autocomplete: str = "off"
    default: str = ""

    @property
    def id(self) -> str:
        """The name for the page."""
        return "f-" + self.name.replace(".", "-")

    def choices(self) -> Options:
        """What can be chosen."""
        if self.kind == "yesno":
            return self.options or YES_NO  # type: ignore[return-value]
        return self.options() if callable(self.options) else self.options

    def read(self, given: Any) -> Any:
        """The value for the body; None when nothing was entered. What is no number goes on as text: the service says
        what is wrong with it."""
        if self.kind == "choices":
            return given.getlist(self.name)
        if self.kind == "tick":
            return given.get(self.name) == "1"
        typed = given.get(self.name, "")
        text = typed if self.kind == "secret" else typed.strip()
        if not text:
            return None
        if self.kind == "yesno":
            return text == "true"
        if self.kind == "number":
            return int(text) if _WHOLE.fullmatch(text) else text
        if self.kind == "moment":
            return _instant(text)
        if self.kind == "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        return text


def _instant(text: str) -> str:
    """What a browser sends for date and time has no zone: it is the hall's."""
    try:
        return clock.parse(text).isoformat()
    except ValueError:
        return text


class Form:
    """The fields of a page with what was typed and what was refused."""

    def __init__(
        self,
        fields: Iterable[Field],
        values: Mapping[str, Any] | None = None,
        parts: Mapping[str, Both] | None = None,  # what else goes into the body, as the page calls it
    ):
        self.fields = tuple(fields)
        self.parts = dict(parts or {})
        self.problem: Problem | None = None
        self.once = request.form.get("once") or secrets.token_hex(12)  # so that pressing twice does a thing once
        self._given = dict(values or {})

    @property
    def sent(self) -> bool:
        """Whether the visitor has sent it."""
        return request.method == "POST"

    @property
    def pressed(self) -> str:
        """Which of several buttons was pressed."""
        return request.form.get("step", "")

    @property
    def status(self) -> int:
        """The status of the page that shows it."""
        return self.problem.status if self.problem else 200

    def body(self) -> dict[str, Any]:
        """What goes to the service: fields left empty are left out."""
        found: dict[str, Any] = {}
        for field in self.fields:
            value = field.read(request.form)
            if value is None or (value == [] and not field.required):
                continue
            *path, last = field.name.split(".")
            place = found
            for part in path:
                place = place.setdefault(part, {})
            place[last] = value
        return found

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Have a service do what was typed; refused, the page goes on and shows why. Without a login it cannot."""
        try:
            yield
        except Problem as problem:
            if problem.login_over:
                raise
            self.refuse(problem)

    def refuse(self, problem: Problem) -> None:
        """Show it again with what was wrong."""
        self.problem = problem

    def value(self, field: Field) -> Any:
        """What stands in a field: a secret is never shown again."""
        if field.kind == "secret":
            return ""
        if self.sent:
            return request.form.getlist(field.name) if field.kind == "choices" else request.form.get(field.name, "")
        given = self._given.get(field.name, request.args.get(field.name, field.default))
        return "" if given is None else given

    @property
    def secret_typed(self) -> bool:
        """Whether something was typed that the page does not show again."""
        return any(field.kind == "secret" and request.form.get(field.name) for field in self.fields)

    def error(self, field: Field) -> str:
        """What is wrong with a field, or nothing."""
        found: Any = self.problem.fields if self.problem else {}
        for part in self.place(field):
            if isinstance(found, dict):  # else it is said of the group to which the field belongs
                found = found.get(part)
        return in_words(found)

    def place(self, field: Field) -> list[str]:
        """Where in the body a refusal speaks of a field."""
        return field.name.split(".")

    def others(self) -> list[str]:
        """What is wrong with what has no field on this page, called as the page or the hall calls it."""
        if self.problem is None:
            return []
        own = {self.place(field)[0] for field in self.fields}
        rest = {name: in_words(found) for name, found in self.problem.fields.items() if name not in own}
        return [found if name == "_schema" else f"{self._called(name)}{found}" for name, found in rest.items()]

    def _called(self, name: str) -> str:
        steps = name.split(".")
        whole = (".".join(steps[:many]) for many in range(len(steps), 0, -1))  # `materials.M01`: what it is a part of
        label = next((label for part in whole if (label := self.parts.get(part) or PART.get(part))), OTHER)
        return t(label) + t("：", ": ")


def in_words(found: Any) -> str:
    """The messages of a field as one line, whatever their shape."""
    if not found:
        return ""
    if isinstance(found, str):
        return t(*parts(found))
    if isinstance(found, dict):
        if "zh" in found:
            return t(str(found["zh"]), str(found.get("en", "")))
        return ";".join(filter(None, (in_words(part) for part in found.values())))
    return ";".join(filter(None, (in_words(part) for part in found)))

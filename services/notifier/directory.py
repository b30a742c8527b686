"""What only identity knows: phone numbers, codes to be sent, addresses. Asked at the moment of use, never kept."""

from typing import Any

from chassis import http


class Away(Exception):
    """Identity does not answer now; nothing has been sent."""


class BadQuestion(Away):
    """Identity cannot make sense of the question, and will not later."""


def members(reads: list[tuple[str, str, str | None]]) -> dict[str, list[dict[str, Any]]]:
    """Everybody behind each recipient: reference, mobile, parameters of a code; nobody when none can be reached.

    A read is recipient, reason and case number: all are asked for at once, and each is audited by itself.
    """
    recipients = list(dict.fromkeys(recipient for recipient, _, _ in reads))
    named = [{"recipient": recipient, "reason": reason, "case_no": case_no} for recipient, reason, case_no in reads]
    found = _ask("/api/identity/v1/recipients/resolution", {"recipients": recipients, "reads": named}) or {}
    return {recipient: (found.get(recipient) or {"members": []})["members"] for recipient in recipients}


def address(address_ref: str, *, reason: str, case_no: str) -> dict[str, Any] | None:
    """The whole address for a label; None when there is none."""
    return _ask(
        "/api/identity/v1/addresses/resolution", {"address_ref": address_ref, "reason": reason, "case_no": case_no}
    )


def owner(address_ref: str) -> str | None:
    """Whose address it is; None when there is none."""
    return (_ask(f"/api/identity/v1/addresses/{address_ref}") or {}).get("owner")


def _ask(path: str, body: dict[str, Any] | None = None) -> Any:
    """The answer, or None when identity knows of no such thing."""
    try:
        identity = http.peer("identity")
        return http.json_or_raise(identity.get(path) if body is None else identity.post(path, json=body))
    except http.Rejected as error:
        if error.status == 404:
            return None
        raise (BadQuestion if error.status in {400, 422} else Away)(str(error)) from None
    except (http.Unavailable, LookupError) as error:
        raise Away(str(error)) from None

"""What only identity knows: phone numbers, codes to be sent, addresses. Asked at the moment of use, never kept."""

from typing import Any

from chassis import http


class Away(Exception):
    """Identity does not answer now; nothing has been sent."""


def members(recipient: str, *, reason: str, case_no: str | None) -> list[dict[str, Any]]:
    """Everybody behind a recipient: reference, mobile, parameters of a code; empty when nobody can be reached."""
    body = {"recipients": [recipient], "reason": reason, "case_no": case_no}
    found = (_ask("/api/identity/v1/recipients/resolution", body) or {}).get(recipient)
    return found["members"] if found else []


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
        raise Away(str(error)) from None
    except (http.Unavailable, LookupError) as error:
        raise Away(str(error)) from None

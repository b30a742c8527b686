"""Where a request comes from, as coarse as a list of devices needs it (ID-25)."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from flask import has_request_context, request


def network() -> dict[str, str | None]:
    """Two parts of the caller's address, and its class.

    The gateway replaces `X-Forwarded-For` by the address that it sees, so the last entry can be believed.
    """
    if not has_request_context():
        return {"network": None, "network_class": None}
    text = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return {"network": None, "network_class": None}
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return {"network": _coarse(address), "network_class": _class(address)}


def _coarse(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return ".".join(str(address).split(".")[:2]) + ".*.*"
    return ":".join(address.exploded.split(":")[:2]) + "::*"


def _class(address: IPv4Address | IPv6Address) -> str:
    if address.is_loopback:
        return "this_machine"
    return "internal" if address.is_private or address.is_link_local else "public"

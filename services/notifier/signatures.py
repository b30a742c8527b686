"""How requests are signed: ACS3-HMAC-SHA256 (Aliyun), TC3-HMAC-SHA256 (Tencent Cloud), and our own for call-backs.

Pure functions from what is sent to the signature, proven against the examples that the providers publish.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ACS3, TC3 = "ACS3-HMAC-SHA256", "TC3-HMAC-SHA256"


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal, as both providers name a body."""
    return hashlib.sha256(content).hexdigest()


def query_string(query: Mapping[str, str]) -> str:
    """Sorted and percent-encoded as RFC 3986 has it: a space is %20."""
    return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))


def acs3(secret: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The signature of a request with these headers, all of them signed; the body is named by x-acs-content-sha256."""
    request = _canonical(method, path, query_string(query), headers, headers["x-acs-content-sha256"])
    return _hmac(secret.encode(), f"{ACS3}\n{digest(request.encode())}").hex()


def tc3(secret: str, service: str, timestamp: int, headers: Mapping[str, str], body: bytes) -> str:
    """The signature of a POST to `/` with these headers, all of them signed; the key is made anew for each day."""
    day = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    request = _canonical("POST", "/", "", headers, digest(body))
    text = f"{TC3}\n{timestamp}\n{day}/{service}/tc3_request\n{digest(request.encode())}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request"):
        key = _hmac(key, part)
    return _hmac(key, text).hex()


def ours(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body by the agreed secret, good for its moment only."""
    return hmac.new(secret.encode(), timestamp.encode() + b"\n" + body, hashlib.sha256).hexdigest()


def address(secret: str, carrier: str) -> str:
    """What makes a call-back address known to one carrier only, for those that cannot sign a body."""
    return _hmac(secret.encode(), f"sms-receipts/{carrier}").hex()


def signed_names(headers: Mapping[str, str]) -> str:
    """The names of the signed headers as they are listed."""
    return ";".join(sorted(headers))


def _canonical(method: str, path: str, query: str, headers: Mapping[str, str], body_digest: str) -> str:
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    return "\n".join((method, path, query, lines, signed_names(headers), body_digest))


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()

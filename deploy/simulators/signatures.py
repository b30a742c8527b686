"""How the simulated carriers check signatures: after the real ones' documents, independent of our sender's code."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote


def aliyun(key_id: str, secret: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> bool:
    """Signature version 3 of a POST to `/`, which covers at least action, version, date, host and the body."""
    signed, given, credential = _stated(headers, "ACS3-HMAC-SHA256 ")
    needed = {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-content-sha256", "x-acs-signature-nonce"}
    if credential != key_id or not needed <= set(signed) or headers["x-acs-content-sha256"] != _sha(body):
        return False
    pairs = "&".join(f"{quote(key, safe='-_.~')}={quote(query[key], safe='-_.~')}" for key in sorted(query))
    text = f"ACS3-HMAC-SHA256\n{_sha(_request(pairs, signed, headers, body))}"
    return hmac.compare_digest(_mac(secret.encode(), text).hex(), given)


def tencent(key_id: str, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """TC3-HMAC-SHA256 of a POST to `/`, whose key belongs to the day and to the service."""
    signed, given, credential = _stated(headers, "TC3-HMAC-SHA256 ")
    stamp, scope = headers["X-TC-Timestamp"], credential.split("/")
    day = datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    if scope != [key_id, day, "sms", "tc3_request"] or not {"host", "content-type"} <= set(signed):
        return False
    lowered = {name: headers[name].lower() if name == "x-tc-action" else headers[name] for name in signed}
    text = f"TC3-HMAC-SHA256\n{stamp}\n{'/'.join(scope[1:])}\n{_sha(_request('', signed, lowered, body))}"
    key = _mac(_mac(_mac(b"TC3" + secret.encode(), day), "sms"), "tc3_request")
    return hmac.compare_digest(_mac(key, text).hex(), given)


def plain(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 of moment and body."""
    return _mac(secret.encode(), f"{stamp}\n{body.decode()}").hex()


def _stated(headers: Mapping[str, str], scheme: str) -> tuple[list[str], str, str]:
    """Names of the signed headers, signature and credential; nothing for another scheme."""
    stated = headers.get("Authorization", "")
    parts = stated.removeprefix(scheme).split(",") if stated.startswith(scheme) else []
    found = dict(part.strip().split("=", 1) for part in parts)
    return found.get("SignedHeaders", "").split(";"), found.get("Signature", ""), found.get("Credential", "")


def _request(query: str, signed: list[str], headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    return f"POST\n/\n{query}\n{lines}\n{';'.join(signed)}\n{_sha(body)}".encode()


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()

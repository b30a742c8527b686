"""The keys that sign access tokens: one signs, the one before it stays published until its tokens have expired."""

import base64
from datetime import timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chassis import clock
from chassis.ids import new_id
from services.identity import audit
from services.identity.models import SigningKey, database

TOKEN_SECONDS = 15 * 60
OVERLAP = timedelta(seconds=TOKEN_SECONDS + 5 * 60)  # last tokens of the old key, and caches of the key list
SIGNING = "signing"


def sign(claims: dict[str, Any]) -> str:
    """A token with these claims, issued now for fifteen minutes."""
    key = _signing()
    now = int(clock.wall().timestamp())
    body = {"iss": "identity", "aud": "hall", "iat": now, "exp": now + TOKEN_SECONDS} | claims
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(key.private))
    return jwt.encode(body, private, algorithm="EdDSA", headers={"kid": key.id})


def public_keys() -> dict[str, Ed25519PublicKey]:
    """All published keys by kid: what this service verifies its own callers with."""
    return {key.id: Ed25519PublicKey.from_public_bytes(_unpadded(key.public)) for key in _published()}


def jwks() -> dict[str, Any]:
    """The published keys as a JSON Web Key Set."""
    _signing()
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.id, "x": key.public}
            for key in _published()
        ]
    }


def rotate() -> str:
    """Sign with a new key from now on and return its kid; the old one is published until its last token expired."""
    fresh = _new()
    with database.transaction():
        wall = clock.wall()
        SigningKey.delete().where(SigningKey.retires_at < wall).execute()
        SigningKey.update(slot=None, retires_at=wall + OVERLAP).where(SigningKey.slot == SIGNING).execute()
        fresh.save(force_insert=True)
        audit.note("signing_key.rotated", fresh.id)
    return fresh.id


def _signing() -> SigningKey:
    key = SigningKey.get_or_none(SigningKey.slot == SIGNING)
    if key is None:  # the first start; of several processes one inserts
        SigningKey.insert(_new().__data__).on_conflict_ignore().execute()
        key = SigningKey.get(SigningKey.slot == SIGNING)
    return key


def _published() -> list[SigningKey]:
    wall = clock.wall()
    query = SigningKey.select(SigningKey.id, SigningKey.public).where(
        SigningKey.retires_at.is_null() | (SigningKey.retires_at > wall)
    )
    return list(query.order_by(SigningKey.id.desc()))


def _new() -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return SigningKey(
        id=new_id(),
        private=base64.b64encode(raw).decode(),
        public=base64.urlsafe_b64encode(public).decode().rstrip("="),
        slot=SIGNING,
    )


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

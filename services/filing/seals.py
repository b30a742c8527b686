"""Electronic seals: a port, and the software key store behind it (decision 12).

A city with a statutory SM2 seal (GB/T 38540) puts another `Seal` in the place of `SoftwareSeals`. pyHanko is read only
when something is sealed.
"""

import io
import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from flask import current_app

from chassis import clock
from chassis.errors import Refusal
from chassis.ids import new_id
from services.filing import options

ROOT, _ROOT_NAME = "root", "Yiwangtong demo root"
_SEAL_USAGES, _ROOT_USAGES = ("digital_signature", "content_commitment"), ("key_cert_sign", "crl_sign")
_USAGES = (
    *_SEAL_USAGES,
    *_ROOT_USAGES,
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "encipher_only",
    "decipher_only",
)


class Seal(Protocol):
    """Seals PDF documents with the seal of an organisation."""

    def seal(self, pdf: bytes, org: str, name: str, box: tuple[int, int, int, int]) -> bytes:
        """The document with the organisation's seal; `box` is its place on the last page."""

    def root(self) -> bytes:
        """The certificate (PEM) that the seals are checked against."""


@dataclass(frozen=True)
class SoftwareSeals:
    """PAdES with keys in a folder: `<org>.p12`, the certificate and key of one organisation each.

    A demo hall makes its own keys at first use, under a root of its own. A real hall is given them and makes none.
    """

    folder: Path
    password: str
    may_make: bool

    def seal(self, pdf: bytes, org: str, name: str, box: tuple[int, int, int, int]) -> bytes:
        """Certify with ECDSA: the signature covers the whole file and permits no later change."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import fields, signers
        from pyhanko.stamp import NoOpStampStyle

        try:
            signer = signers.SimpleSigner.load_pkcs12_data(self._store(org, name), [], self._password())
        except ValueError as error:
            raise _missing(org) from error
        described = signers.PdfSignatureMetadata(
            field_name="Seal",
            name=name,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        place = fields.SigFieldSpec("Seal", on_page=-1, box=box)
        # The page itself shows the seal; the field lies over it, so that a reader's click opens the signature.
        signing = signers.PdfSigner(described, signer, stamp_style=NoOpStampStyle(), new_field_spec=place)
        return signing.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf))).getvalue()

    def root(self) -> bytes:
        """The certificate (PEM) of this hall's own root, which a reader may be told to trust."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self._load(ROOT, _ROOT_NAME)[1].public_bytes(Encoding.PEM)

    def _load(self, org: str, name: str) -> tuple[Any, Any]:
        """Key and certificate."""
        from cryptography.hazmat.primitives.serialization import pkcs12

        try:
            key, certificate, _ = pkcs12.load_key_and_certificates(self._store(org, name), self._password())
        except ValueError as error:
            raise _missing(org) from error
        return key, certificate

    def _store(self, org: str, name: str) -> bytes:
        """The PKCS#12 of an organisation; made here where that is allowed. The first of two makers wins."""
        path = self.folder / f"{org}.p12"
        if not path.exists():
            if not self.may_make:
                raise _missing(org)
            made = self._make(org, name)
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = self.folder / f".{new_id()}"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(made)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_bytes()

    def _make(self, org: str, name: str) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
        from cryptography.x509.oid import NameOID

        is_root, key, now = org == ROOT, ec.generate_private_key(ec.SECP256R1()), clock.wall()
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name[:64]),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, org),
            ]
        )
        signer, issuer = (key, None) if is_root else self._load(ROOT, _ROOT_NAME)
        usage = dict.fromkeys(_USAGES, False) | dict.fromkeys(_ROOT_USAGES if is_root else _SEAL_USAGES, True)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(issuer.not_valid_after_utc if issuer else now + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .sign(signer, hashes.SHA256())
        )
        lock = BestAvailableEncryption(self._password() or b"") if self.password else NoEncryption()
        return pkcs12.serialize_key_and_certificates(
            name.encode(), key, certificate, [issuer] if issuer else None, lock
        )

    def _password(self) -> bytes | None:
        return self.password.encode() or None


def current() -> Seal:
    """The seals of this deployment."""
    production = current_app.extensions["ywt_settings"].production
    return SoftwareSeals(options.current.seals, options.current.seal_password, may_make=not production)


def _missing(org: str) -> Refusal:
    return Refusal(
        "filing.seal-missing",
        status=503,
        rule="FIL-30",
        zh=f"本系统暂时不能加盖“{org}”的电子印章。",
        en=f"The electronic seal of {org} cannot be used now.",
        next_zh="请先在网页上查看文书，稍后再下载盖章版；文书效力不受影响。",
        next_en="Read the document on the page and fetch the sealed version later; the document itself stands.",
        headers={"Retry-After": "600"},
    )

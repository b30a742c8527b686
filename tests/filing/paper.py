"""What the tests of documents look at: the text, the fonts and the seal of a PDF."""

import io
from datetime import UTC, datetime
from typing import Any

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader

from tests.filing.hall import Hall


def documents(hall: Hall, case_no: str) -> list[dict[str, Any]]:
    """The documents of a case as its owner sees them."""
    return hall.get(case_no)["documents"]


def fetch(hall: Hall, case_no: str, title: str, *, who: Any = None) -> bytes:
    """The newest sealed paper with this title."""
    found = [entry for entry in documents(hall, case_no) if entry["title"] == title][-1]
    answer = hall.call(who or hall.citizen, "GET", f"/cases/{case_no}/documents/{found['id']}/paper")
    assert answer.status_code == 200, answer.get_json()
    assert answer.mimetype == "application/pdf"
    return answer.data


def text(pdf: bytes) -> str:
    """All text, without the line breaks of the layout."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def seal(hall: Hall, pdf: bytes) -> Any:
    """What pyHanko says of the seal, trusting the hall's root alone."""
    answer = hall.call(None, "GET", "/seals/root")
    _, _, root = pem.unarmor(answer.data)
    context = ValidationContext(trust_roots=[x509.Certificate.load(root)], moment=datetime.now(UTC))
    signature = PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0]
    return validate_pdf_signature(signature, context)

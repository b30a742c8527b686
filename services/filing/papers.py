"""The sealed print versions of documents: made once, when first asked for, and kept (FIL-30, FIL-97).

A decision does not wait for its PDF, and stands when none can be made: the document is the row, this is its copy.
"""

from typing import Any

from flask import Response, send_file
from peewee import IntegrityError

from chassis import clock
from services.filing import blobs, documents, printing, seals, storage
from services.filing.models import Document, Paper, database


def of(document: Any) -> Any:
    """The sealed paper of a document. Two who ask at once get the same one."""
    found = Paper.get_or_none(Paper.document == document.id)
    if found is not None:
        return found
    content = documents.content(document)
    database.release()  # making it takes a moment, which must not keep a connection
    sealed = seals.current().seal(printing.render(content), content["org_code"], content["org"], printing.SEAL_BOX)
    kept = storage.keep(document.case, sealed, "application/pdf")
    try:
        with database.transaction():
            blobs.settle(kept.path)
            return Paper.create(
                document=document.id, sha256=kept.sha256, size=kept.size, path=kept.path, sealed_at=clock.now()
            )
    except IntegrityError:
        storage.remove(kept.path)
        return Paper.get(Paper.document == document.id)
    except BaseException:
        storage.remove(kept.path)
        raise


def with_hash(sha256: str) -> Any:
    """The document whose sealed paper has this hash, or None."""
    found = Paper.get_or_none(Paper.sha256 == sha256)
    return Document.get(Document.id == found.document) if found else None


def answer(document: Any) -> Response:
    """The sealed paper as a download."""
    paper = of(document)
    path = storage.locate(paper.path).resolve()
    response = send_file(
        path,
        mimetype="application/pdf",
        download_name=f"{document.title}{document.number}.pdf",
        as_attachment=True,
        etag=paper.sha256,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response

"""Whether a case is as it was written: its history, its documents, its files (FIL-33).

A chain of hashes alone can be written anew as a whole. Each document names the last record before it, and its own hash
stands on paper and in the hands of the applicant.
"""

import hashlib
from typing import Any

from chassis import history, privacy
from services.filing import documents, materials, storage
from services.filing.models import Document, Paper, database


def check(case: Any) -> dict[str, Any]:
    """The first broken record of the history, and every document and file that is not what was recorded."""
    records, found = history.of(case.id), []
    broken = history.fault(records)
    if broken:
        found.append({"what": "history", "which": str(broken[0]), "fault": broken[1]})
    hashes = {record.number: record.hash for record in records}
    issued = []
    for entry in documents.listed(case):
        try:
            row = Document.get(Document.id == entry.id)
        except privacy.DecryptError:
            found.append({"what": "document", "which": entry.number, "fault": "altered"})
            continue
        issued.append(row)
        anchor = documents.content(row)["history"]
        if documents.digest(row.body) != row.sha256:
            found.append({"what": "document", "which": row.number, "fault": "altered"})
        elif anchor and hashes.get(anchor["number"]) != anchor["hash"]:
            found.append({"what": "history", "which": str(anchor["number"]), "fault": f"rewritten since {row.number}"})
    kept = [(row.name, row) for row in materials.files(case)]
    numbers = {row.id: row.number for row in issued}
    kept += [(numbers[row.document], row) for row in Paper.select().where(Paper.document.in_(list(numbers)))]
    database.release()  # large files are read for a while
    for name, row in kept:
        fault = _file_fault(row)
        if fault:
            found.append({"what": "file", "which": name, "fault": fault})
    return {"whole": not found, "records": len(records), "files": len(kept), "faults": found}


def _file_fault(row: Any) -> str | None:
    try:
        with storage.locate(row.path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return "missing"
    return None if digest == row.sha256 else "altered"

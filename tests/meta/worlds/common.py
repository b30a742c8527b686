"""What the worlds share: who owns their rows, and the golden examples of events."""

import json
from pathlib import Path
from typing import Any

from tests.filing import hall as filing_tests

OWNER, CLERK = "person:owner", "staff:owner"
DISTRICT = filing_tests.DISTRICT
MONDAY = "2026-03-02 10:00"
EXAMPLES = Path(__file__).resolve().parents[3] / "contracts" / "examples"


def example(event_type: str) -> dict[str, Any]:
    """Data of the golden example of an event."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{event_type}.json").read_text(encoding="utf-8"))["data"]
    return found

"""Identifiers: time-ordered UUIDs (version 7 layout), so that primary keys stay close together on disk."""

import os
import time
from uuid import UUID


def new_id() -> str:
    """Return a new time-ordered UUID as text."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return str(UUID(int=value))

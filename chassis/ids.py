"""Identifiers: time-ordered UUIDs (version 7 layout), so that primary keys stay close together on disk."""

import os
import secrets
import time


def new_id() -> str:
    """Return a new time-ordered UUID as text."""
    stamp, chance = f"{time.time_ns() // 1_000_000:012x}", os.urandom(10)
    variant = 0x80 | chance[2] & 0x3F
    first, last = chance[:2].hex(), chance[3:].hex()
    return f"{stamp[:8]}-{stamp[8:]}-7{first[1:]}-{variant:02x}{last[:2]}-{last[2:]}"


def random_digits(length: int) -> str:
    """So many random digits, which nobody can foresee."""
    return f"{secrets.randbelow(10**length):0{length}}"

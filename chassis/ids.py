"""Identifiers: time-ordered UUIDs (version 7 layout), so that primary keys stay close together on disk."""

import os
import secrets
import time


def new_id() -> str:
    """Return a new time-ordered UUID as text; quarters of a microsecond keep those of one process in their order."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    stamp, fraction, chance = f"{milliseconds:012x}", (rest << 12) // 1_000_000, os.urandom(8)
    variant, last = 0x80 | chance[0] & 0x3F, chance[1:].hex()
    return f"{stamp[:8]}-{stamp[8:]}-7{fraction:03x}-{variant:02x}{last[:2]}-{last[2:]}"


def random_digits(length: int) -> str:
    """So many random digits, which nobody can foresee."""
    return f"{secrets.randbelow(10**length):0{length}}"

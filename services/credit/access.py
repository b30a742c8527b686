"""Whose archive it is: the one service office of the city; those of the districts only work with it (CRE-40)."""

from chassis.auth import actor
from contracts.words import CITY_OFFICE


def is_owner() -> bool:
    """Whether the caller is the service office of the city."""
    return actor().has_role("service_office", CITY_OFFICE)

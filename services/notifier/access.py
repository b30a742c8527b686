"""Who looks after what concerns the whole hall: its administrator, and the one service office of the city (ID-35)."""

from chassis.auth import actor, forbidden
from contracts.words import CITY_OFFICE


def is_hall_wide() -> bool:
    """Whether the caller may change what all organisations share."""
    return actor().has_role("system_admin") or actor().has_role("service_office", CITY_OFFICE)


def require_hall_wide() -> None:
    """Refuse who may not."""
    if not is_hall_wide():
        raise forbidden("only the administrator and the service office of the city change what all organisations share")

"""Who looks after what concerns the whole hall: its administrator, and the one service office of the city (ID-35)."""

from chassis.auth import actor, forbidden

SERVICE_OFFICE = "TZJ077"  # 市政务服务办; those of the districts look after their own


def is_hall_wide() -> bool:
    """Whether the caller may change what all organisations share."""
    return actor().has_role("system_admin") or actor().has_role("service_office", SERVICE_OFFICE)


def require_hall_wide() -> None:
    """Refuse who may not."""
    if not is_hall_wide():
        raise forbidden("only the administrator and the service office of the city change what all organisations share")

"""Whose archive it is: the one service office of the city; those of the districts only work with it (CRE-40)."""

from chassis.auth import actor

SERVICE_OFFICE = "TZJ077"  # 市政务服务办


def is_owner() -> bool:
    """Whether the caller is the service office of the city."""
    return actor().has_role("service_office", SERVICE_OFFICE)

"""What the catalog does when somebody else has spoken."""

from typing import Any

from services.catalog import orgs


def leader_granted(event: Any) -> None:
    """identity.staff.granted: perhaps an organisation has a new leader (CAT-40)."""
    orgs.leader_granted(event)


def leader_revoked(event: Any) -> None:
    """identity.staff.revoked: perhaps an organisation has lost one."""
    orgs.leader_revoked(event)


def leader_day_reached(deadline: Any) -> None:
    """A grant of a leader begins or has ended."""
    orgs.leader_day_reached(deadline)

"""What identity does when events arrive and limits come due."""

from datetime import timedelta
from typing import Any

from chassis import clock
from services.identity import codes, grants
from services.identity.models import AttemptGuard, LoginTicket, Org, RedirectTicket, RefreshToken, SmsCode, database


def keep_org(event: Any) -> None:
    """Keep the region of a unit; only what is newer."""
    row = Org.locked(event.org_code) or Org(id=event.org_code, sequence=-1)
    if event.sequence <= row.sequence:
        return
    fresh = row.sequence < 0
    row.name, row.kind, row.region = event.org_name, event.org_kind, event.region_code
    row.parent, row.active, row.sequence = event.parent_code, event.active, event.sequence
    row.save(force_insert=fresh)


def wipe_code(deadline: Any) -> None:
    """A code has expired: forget it and its number (ID-04)."""
    codes.wipe(deadline.subject)


def end_grant(deadline: Any) -> None:
    """The last day of a grant is over (ID-35)."""
    grants.end_by_date(deadline.subject)


def clean_up() -> int:
    """Remove what no rule needs any more: old codes, used refresh tokens, tickets, guards without recent failures."""
    legal, wall = clock.now(), clock.wall()
    gone = 0
    for model, old in (
        (SmsCode, SmsCode.requested_at < legal - timedelta(hours=48)),
        (RefreshToken, RefreshToken.expires_at < wall - timedelta(days=1)),
        (LoginTicket, LoginTicket.expires_at < wall - timedelta(hours=1)),
        (RedirectTicket, RedirectTicket.expires_at < wall - timedelta(hours=1)),
        (AttemptGuard, AttemptGuard.last_at < legal - timedelta(days=1)),
    ):
        ids = [row.id for row in model.select(model.id).where(old).limit(500)]
        with database.transaction():
            gone += model.delete().where(model.id.in_(ids)).execute() if ids else 0
    return gone

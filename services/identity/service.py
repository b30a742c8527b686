"""The wiring of identity."""

from pathlib import Path

from chassis.service import Service
from contracts.events import catalog
from services.identity import api, codes, grants, handlers, keys, models, revocations, seed

service = Service(
    "identity",
    database=models.database,
    api=[api.accounts, api.sessions, api.me, api.lookups, api.organisation],
    title="Identity 统一身份认证",
)
service.local_keys = keys.public_keys
service.local_revocations = revocations.since
service.follow_calendar(catalog.CalendarYearPublished)

service.on(catalog.OrgChanged)(handlers.keep_org)
service.due(codes.EXPIRY)(handlers.wipe_code)
service.due(grants.ENDS)(handlers.end_grant)
service.loop("clean-up", pause=600.0)(handlers.clean_up)


@service.seeder
def load_city(folder: Path) -> None:
    """Load units and posts of a city."""
    seed.load(folder)

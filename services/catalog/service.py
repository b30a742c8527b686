"""The wiring of the catalog."""

from pathlib import Path

from chassis.service import Service
from contracts.events import catalog, identity
from services.catalog import api, handlers, models, seed

service = Service(
    "catalog",
    database=models.database,
    api=[api.places, api.items, api.calendar],
    title="Catalog 政务服务事项",
)
service.follow_calendar(catalog.CalendarYearPublished)

service.on(identity.StaffGranted)(handlers.leader_granted)
service.on(identity.StaffRevoked)(handlers.leader_revoked)
service.due("leader_begins")(handlers.leader_day_reached)
service.due("leader_ends")(handlers.leader_day_reached)


@service.seeder
def load_city(folder: Path) -> None:
    """Load regions, organisations, halls, forms and items of a city."""
    seed.load_city(folder)

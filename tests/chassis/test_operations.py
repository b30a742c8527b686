"""What operators see over HTTP of the events that a service set aside, and send again."""

from pathlib import Path

import pytest

from chassis import bus
from services.supervision.service import service
from tests.chassis.messaging import message, taken
from tests.support import bench, staff

ROOT = "/api/supervision/v1/parked-events"


def test_parked_events_are_listed_with_their_reason_and_sent_again_by_the_administrator(tmp_path: Path) -> None:
    with bench(service, tmp_path) as b:
        admin = b.client(staff("system_admin", "TZJ077"))
        line = bus.connect(b.settings.bus_url)
        line.declare()
        assert admin.get(ROOT).get_json() == {"items": []}
        line.publish([message(b"junk", "filing.case.completed")])
        subscription = line.subscribe("supervision")
        (junk,) = taken(subscription, 1)
        subscription.park(junk, "broken_envelope", "not JSON")
        subscription.settle([junk])
        subscription.close()
        (row,) = admin.get(ROOT).get_json()["items"]
        assert (row["reason"], row["error"], row["type"]) == ("broken_envelope", "not JSON", None)
        again = {"events": [row["id"]]}
        assert b.client(staff("auditor", "TZJ077")).post(f"{ROOT}/replays", json=again).status_code == 403
        assert admin.post(f"{ROOT}/replays", json=again).get_json() == {"replayed": 1}
        assert admin.get(ROOT).get_json() == {"items": []}
        line.close()


@pytest.mark.parametrize("role", ["decider", "service_office"])
def test_nobody_else_sees_them(tmp_path: Path, role: str) -> None:
    with bench(service, tmp_path) as b:
        assert b.client(staff(role, "TZJ077")).get(ROOT).status_code == 403

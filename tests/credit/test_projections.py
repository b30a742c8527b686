"""What filing and booking hold of a party is what credit computes, whatever happened and however it was delivered."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from peewee import fn

from chassis import clock
from chassis.clock import clock_at
from contracts import envelope, words
from contracts.events import booking as booking_events
from contracts.events import filing, supervision
from services.booking.models import Party
from services.booking.service import service as booking_service
from services.credit import standing
from services.credit.models import NoShow, Notice, Record
from services.credit.service import service as credit_service
from services.filing.models import Standing
from services.filing.service import service as filing_service
from tests.credit.conftest import finding, lapse, missed, party
from tests.credit.procedures import ADMIN, SECOND, call, catalog, decide, paper
from tests.support import bench, person

HAPPENINGS = ("lapse", "lapse", "penalty", "serious", "miss", "miss", "excuse")
PROCEDURES = ("object", "delete", "delete", "modify", "oppose", "repair", "repair")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(HAPPENINGS + PROCEDURES),
        st.integers(0, 5),  # which record or booking it is about
        st.sampled_from((0, 1, 9, 30, 190, 370)),  # days that pass afterwards
        st.booleans(),  # whether the queues are emptied now
    ),
    min_size=4,
    max_size=16,
)


class Town:
    """Credit, filing and booking, wired by hand: the events of one wait until they are handed to the others."""

    def __init__(self, folder: Path):
        for name in ("credit", "filing", "booking"):
            (folder / name).mkdir()
        self.filing = bench(filing_service, folder / "filing")
        self.booking = bench(booking_service, folder / "booking")
        self.credit = bench(credit_service, folder / "credit")
        catalog(self.credit)
        self.ref, self.count, self.first, self.last = "", 0, 0, 0

    def close(self) -> None:
        for one in (self.credit, self.booking, self.filing):
            one.__exit__()

    def newcomer(self) -> None:
        """The next history is about somebody nobody knows."""
        self.ref, self.count = f"person:{uuid4()}", 0
        self.first = self.last = self.newest()

    def newest(self) -> int:
        """Number of the newest event that credit has emitted."""
        outbox = self.credit.database.table("outbox")
        return outbox.select(fn.MAX(outbox.id)).scalar() or 0

    def waiting(self, after: int) -> list[Any]:
        """What credit has emitted since."""
        outbox = self.credit.database.table("outbox")
        return [
            envelope.read(row.body.encode()) for row in outbox.select().where(outbox.id > after).order_by(outbox.id)
        ]

    def empty_queues(self, shuffler: random.Random) -> None:
        """Everything that waits arrives, in any order, some of it twice."""
        events, self.last = self.waiting(self.last), self.newest()
        mixed = [*events, *(event for event in events if shuffler.random() < 0.3)]
        shuffler.shuffle(mixed)
        self.hand_over(mixed)

    def hand_over(self, events: list[Any]) -> None:
        """Bring these events to filing and booking, in this order."""
        for one in (self.filing, self.booking):
            one.database.activate()
            known = [event for event in events if event.type in one.service.handlers]
            for start in range(0, len(known), 7):  # as the consumer does: several in one transaction
                one.redeliver(*known[start : start + 7])
        self.credit.database.activate()

    def forget(self) -> None:
        """Filing and booking lose what they hold of the party, and what they have received."""
        for one, model, column in ((self.filing, Standing, Standing.subject_ref), (self.booking, Party, Party.ref)):
            model.delete().where(column == self.ref).execute()
            one.database.table("inbox").delete().execute()

    def held(self) -> Any:
        """What holds today, by the projections of the two."""
        self.filing.database.activate()
        row = Standing.get_or_none(Standing.subject_ref == self.ref)
        today = clock.today().isoformat()
        kinds = {kind: entry["until"] for kind, entry in (row.restrictions if row else {}).items()}
        in_filing = {kind: until for kind, until in kinds.items() if until and until >= today}
        guest = Party.get_or_none(Party.ref == self.ref)
        until = guest.restricted_until if guest else None
        ban = guest.banned_until if guest else None
        self.credit.database.activate()
        return (
            row.status if row else "good",
            in_filing,
            until if until and until >= clock.today() else None,
            ban if ban and ban >= clock.today() else None,
        )

    def computed(self) -> Any:
        """The same, as credit computes it from its records."""
        now = standing.of(self.ref)
        entry = Record.get_or_none(
            Record.subject_ref == self.ref, Record.category == "booking_no_show", Record.state == "listed"
        )
        restricted = {entry["kind"]: entry["until"].isoformat() for entry in now.restrictions}
        assert not restricted or restricted.keys() == set(words.RESTRICTIONS)
        return now.status, restricted, now.until, entry.restriction_until if entry else None

    # --- what can happen ----------------------------------------------------------------------------------------------

    def step(self, what: str, which: int) -> None:
        """Do it, if it can be done now; a refusal is a step in which nothing happens."""
        records = list(Record.select().where(Record.subject_ref == self.ref).order_by(Record.id))
        listed = [row for row in records if row.category == "failing" and row.state in ("listed", "modified")]
        self.count += 1
        number = f"{self.ref}-{self.count}"
        if what == "lapse":
            own = {"case_id": number, "case_no": f"2026030210{self.count:010d}"}
            data = lapse(1, self.ref, at=clock.now().isoformat()) | own
            self.credit.deliver(filing.CommitmentLapsed, number, data)
        elif what == "penalty":
            self.find(number, "business_suspension")
        elif what == "serious":
            self.find(number, "violation")
            found = Record.get(Record.origin_key == f"finding:{number}")
            body = {"confirm": True, "opinion": "弄虚作假", "grade": "serious", "cause": "false_material"}
            call(self.credit, ADMIN, "POST", f"/records/{found.id}/determination", body)
        elif what == "miss":
            for which_of_two in "ab":
                data = missed(1, clock.today().isoformat(), self.ref) | {"booking_id": number + which_of_two}
                self.credit.deliver(booking_events.BookingNoShow, data["booking_id"], data)
        elif what == "excuse":
            self.excuse(which)
        elif listed:
            self.proceed(what, listed[which % len(listed)])

    def find(self, number: str, kind: str) -> None:
        now = clock.now().isoformat()
        data = finding(1, kind, self.ref) | {"finding_id": number, "reported_at": now, "discovered_at": now}
        self.credit.deliver(supervision.FindingReported, number, data)

    def excuse(self, which: int) -> None:
        notes = list(NoShow.select().where(NoShow.subject_ref == self.ref).order_by(NoShow.id))
        if notes:
            note = notes[which % len(notes)]
            data = party(self.ref) | {
                "booking_id": note.booking_id,
                "booking_no": "B1",
                "noshow_id": note.booking_id,
                "slot_date": note.missed_on.isoformat(),
                "reason": "叫号机故障",
                "excused_at": clock.now().isoformat(),
                "excused_by": "staff:hall",
            }
            self.credit.deliver(booking_events.NoShowExcused, note.booking_id, data)

    def proceed(self, what: str, record: Any) -> None:
        """Objection, repair, correction of one listed failing, as far as the rules let it go."""
        me = person(self.ref)
        client = self.credit.client
        if what == "repair":
            day = clock.local(record.listed_at).date().isoformat()
            body = {"on": day, "evidence": ["file:1"], "opinion": "已纠正"}
            client(ADMIN).post(f"/api/credit/v1/records/{record.id}/correction", json=body)
        kind = "repairs" if what == "repair" else "objections"
        form = {
            "applicant_name": "样例申请人",
            "id_no": "120101199001010000",
            "reason": "理由",
            "new_facts": "新的事实",
        }
        signed = paper(self.credit, me)
        answer = client(me).post(f"/api/credit/v1/records/{record.id}/{kind}", json=form | {"signature": signed})
        assert answer.status_code in (201, 409), answer.get_json()
        if answer.status_code != 201 or what == "object":
            return
        application = answer.get_json()
        if what == "repair":
            decide(self.credit, application, "granted", SECOND, intentional=False)
        elif what == "modify" and record.grade == "serious":
            decide(self.credit, application, "modify", SECOND, grade="ordinary", cause="violation")
        else:
            decide(self.credit, application, "delete", SECOND)
        if what == "oppose":
            notice = Notice.get(Notice.application_id == application["id"])
            call(self.credit, person(), "POST", f"/notices/{notice.id}/opposition", {"reasons": "不实"})


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Three services with empty databases, for all histories of this file."""
    with clock_at("2026-03-02 10:00"):
        found = Town(tmp_path_factory.mktemp("town"))
        yield found
        found.close()


@pytest.mark.rule("CRE-10", "CRE-11", "CRE-15", "CRE-24", "T38")
@settings(
    max_examples=15, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate]
)  # shrinking takes minutes
@given(steps=STEPS, seed=st.integers(0, 2**16))
@example([("lapse", 0, 1, False), ("delete", 0, 9, False)], 1)
@example([("lapse", 0, 9, False), ("lapse", 0, 1, False), ("delete", 1, 9, False)], 2)
@example([("lapse", 0, 370, False), ("repair", 0, 9, False)], 3)
@example([("serious", 0, 1, False), ("modify", 0, 9, False)], 4)
@example([("miss", 0, 1, False), ("miss", 0, 1, False), ("excuse", 0, 1, False)], 5)
def test_after_any_history_the_projections_hold_what_credit_computes(town: Town, steps: Any, seed: int) -> None:
    shuffler, now = random.Random(seed), clock.parse("2026-03-02T10:00:00+08:00")
    town.newcomer()
    for what, which, days, quiet in steps:
        with clock_at(now):
            town.step(what, which)
        now += timedelta(days=days)
        town.credit.sweep(now)
        if quiet:
            with clock_at(now):
                town.empty_queues(shuffler)
                assert town.held() == town.computed()
    with clock_at(now):
        town.empty_queues(shuffler)
        assert town.held() == town.computed()
        told = town.waiting(town.first)
        for again in (told, shuffler.sample(told, len(told)), told[::-1]):
            town.forget()
            town.hand_over(again)
            assert town.held() == town.computed()

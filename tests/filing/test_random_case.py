"""One case through random verbs, clock jumps, doubled and reordered events: what must hold after every step (domain 2).

The case is a counter filing by commit approval, so that same-city handling, the promise and the credit archive all have
a say in it.
"""

import tempfile
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chassis import clock, deadlines, history
from contracts.events import credit, supervision
from services.filing import clocks, desks
from services.filing.transitions import TERMINAL
from tests.filing.hall import Hall, clock_at
from tests.filing.test_transitions import CALLS

# The one event of each row of the table (domain 2.1).
EVENT_OF = {
    "C3": "filing.case.submitted",
    "C4": "filing.case.dispatched",
    "C5": "filing.case.viewed",
    "C6": "filing.case.viewed",
    "C7": "filing.case.view_warned",
    "C8": "filing.case.view_overdue",
    "C9": "filing.case.returned",
    "C10": "filing.case.dispatched",
    "C11": "filing.case.accepted",
    "C12": "filing.case.correction_requested",
    "C13": "filing.case.corrected",
    "C14": "filing.case.lapsed",
    "C15": "filing.case.not_accepted",
    "C16": "filing.case.step_entered",
    "C17": "filing.case.reviewed",
    "C18": "filing.case.step_entered",
    "C19": "filing.special.started",
    "C20": "filing.special.finished",
    "C21": "filing.case.extended",
    "C22": "filing.case.completed",
    "C23": "filing.case.completed",
    "C24": "filing.case.withdrawn",
    "C25": "filing.case.suspended",
    "C26": "filing.case.resumed",
    "C27": "filing.case.revoked",
}
AFTER_THE_END = {
    "delivery",
    "commitment",
    "commitment_reminder",
    "commitment_check",
    "paper_transfer",
    "collateral_notice",
    "defence",
    "revocation_reply",
}


class OneCase(RuleBasedStateMachine):
    """The case, its clock, and what the other services report."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.hall = Hall(Path(self.folder.name))
        self.now = clock.parse("2026-03-02T10:00:00")
        with clock_at(self.now):
            party = {"who": self.hall.counter, "subject_ref": self.hall.citizen.ref}
            self.case_no = self.hall.ready("commit", window="A1", **party)
        self.sequence, self.listed = 0, False
        self.heard: list[Any] = []
        self.granted_while_listed = False

    def teardown(self) -> None:
        if hasattr(self, "hall"):
            self.hall.close()
            self.folder.cleanup()

    # --- what may happen ----------------------------------------------------------------------------------------------

    @rule(verb=st.sampled_from(sorted(CALLS)))
    def somebody_acts(self, verb: str) -> None:
        who, path, body = CALLS[verb]
        self._call(getattr(self.hall, who), path, body)

    @rule()
    def the_next_sensible_step(self) -> None:
        """So that runs come far, and not only to the first refusals."""
        verb = {
            "draft": "dispatch",
            "submitted": "view",
            "dispatched": "view",
            "returned": "redispatch",
            "pre_review": "accept",
            "resubmitted": "accept",
            "correction": "answer_correction",
            "accepted": "take",
            "reviewing": "review",
            "special": "finish_special",
            "deciding": "grant",
        }.get(self.hall.status(self.case_no))
        if verb:
            self.somebody_acts(verb)

    @rule(codes=st.sampled_from((("M02",), ("M03",), ("M02", "M03"))), conforms=st.booleans())
    def the_promise_is_kept_and_checked(self, codes: tuple[str, ...], conforms: bool) -> None:
        with clock_at(self.now):
            for code in codes:
                path = f"/api/filing/v1/cases/{self.case_no}/materials/{code}/files/{code}.pdf"
                self.hall.bench.client(self.hall.counter).put(path, data=b"%PDF-1.4\n" + b"0" * 64)
        self._call(self.hall.counter, "supply", {})
        results = [{"code": code, "conforms": conforms, "opinion": "意见"} for code in codes]
        self._call(self.hall.reviewer, "supply-check", {"results": results})

    @rule(minutes=st.sampled_from((1, 16, 60, 24 * 60, 3 * 24 * 60, 15 * 24 * 60, 70 * 24 * 60)))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for _ in range(3):  # one limit may set the next
            self.hall.sweep(self.now)

    @rule(kind=st.sampled_from(("list", "restore")))
    def the_archive_reports(self, kind: str) -> None:
        self._hear(self._report(kind))

    @rule()
    def two_reports_arrive_in_the_wrong_order(self) -> None:
        first, second = self._report("list"), self._report("restore")
        self._hear(second, first)

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def an_old_report_arrives_again(self, data: Any) -> None:
        before = self._state()
        self._hear(data.draw(st.sampled_from(self.heard)))
        assert self._state() == before, "a doubled event had an effect"

    @rule()
    def the_rectification_fails(self) -> None:
        with clock_at(self.now):
            found = self.hall.rectification_data(self.case_no)
            event = self.hall.bench.event(supervision.RectificationFailed, "task-1", found)
        self._hear(event)

    # --- how ----------------------------------------------------------------------------------------------------------

    def _call(self, who: Any, path: str, body: Any) -> None:
        before = self._state()
        with clock_at(self.now):
            answer = self.hall.call(who, "POST", f"/cases/{self.case_no}/{path}", body)
        assert answer.status_code in {200, 409, 422}, answer.get_json()
        if answer.status_code != 200:
            assert self._state() == before, f"{path}: a refusal changed something"
        elif path == "decision" and body["decision"] == "granted":
            self.granted_while_listed |= self.listed and self.hall.row(self.case_no).mode == "commit"

    def _report(self, kind: str) -> Any:
        """What the archive says now; it also answers so when it is asked."""
        self.sequence += 1
        self.listed = kind == "list"
        self.hall.barred = {self.hall.citizen.ref: "2030-12-31"} if self.listed else {}
        until = [{"kind": "commit_approval", "until": "2030-12-31"}]
        data = self.hall.listing(restrictions=until) if self.listed else self.hall.restoring()
        event_type = credit.SubjectListed if self.listed else credit.SubjectRestored
        with clock_at(self.now):
            return self.hall.bench.event(event_type, self.hall.citizen.ref, data, sequence=self.sequence)

    def _hear(self, *events: Any) -> None:
        with clock_at(self.now):
            for event in events:
                self.hall.bench.redeliver(event)
        self.heard += [event for event in events if event not in self.heard]

    def _state(self) -> tuple[int, int, int]:
        case = self.hall.row(self.case_no)
        return case.version, len(history.of(case.id)), len(self.hall.bench.emitted())

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def the_chain_of_the_history_is_whole(self) -> None:
        assert history.verify(self.hall.row(self.case_no).id)

    @invariant()
    def every_transition_has_emitted_exactly_one_event(self) -> None:
        case = self.hall.row(self.case_no)
        rows = [record.details["row"] for record in history.of(case.id) if (record.details or {}).get("row")]
        wanted = Counter(EVENT_OF[number] for number in rows if number in EVENT_OF)
        wanted["filing.case.submitted"] += rows.count("C4")
        told = Counter(kind for kind in self.hall.kinds(self.case_no) if kind in set(EVENT_OF.values()))
        assert told == +wanted

    @invariant()
    def no_restricted_party_was_granted_a_commit_case(self) -> None:
        assert not self.granted_while_listed

    @invariant()
    def every_ledger_adds_up(self) -> None:
        case = self.hall.row(self.case_no)
        for row in deadlines.of(case.id):
            if row.unit == deadlines.INSTANT:
                continue
            due = row.due()
            assert (due.date, due.n) == (row.due_date, row.n), row.ledger
            if row.state in {"open", "paused"}:
                assert bool(due.paused_on) == (row.state == "paused")
                if row.kind in {"committed", "statutory", "delivery"}:
                    assert getattr(case, f"{row.kind}_due") == row.due_date

    @invariant()
    def exactly_the_limits_of_the_state_run_each_once(self) -> None:
        case = self.hall.row(self.case_no)
        rows = deadlines.of(case.id)
        running = Counter(row.kind for row in rows if row.state in deadlines.RUNNING)
        known = {row.kind for row in rows if row.state in {*deadlines.RUNNING, "fired"}}
        assert all(count == 1 for count in running.values())
        assert not [row for row in rows if row.state == "failed"]
        if case.status in {"submitted", "dispatched", "pre_review"}:
            assert "correction_notice" in known
        if case.status == "correction":
            assert running["correction"] == 1
        if case.status == "resubmitted":
            assert "resubmission_check" in known
        if case.status in {"accepted", "reviewing", "deciding", "special"}:
            assert {"committed", "statutory"} <= known
            assert not {"correction_notice", "correction", "resubmission_check"} & set(running)
        if case.status in {"accepted", "reviewing", "deciding"}:
            assert not [row for row in rows if row.kind in clocks.PROCESSING and row.state == "paused"]
        if case.status in {"special", "suspended"}:
            still = [row for row in rows if row.kind in clocks.PROCESSING and row.state == "open"]
            assert not [row for row in still if row.due_date >= self._day()], "a stopped limit runs"
        if case.status in TERMINAL:
            assert set(running) <= AFTER_THE_END, running

    def _day(self) -> date:
        moment: datetime = clock.local(self.now)
        return moment.date()

    @invariant()
    def the_case_lies_on_the_desk_of_its_state(self) -> None:
        case = self.hall.row(self.case_no)
        assert (case.desk, case.desk_org) == desks.of(case)


TestOneCase = pytest.mark.rule("FIL-32", "FIL-33", "FIL-75", "TIM-08", "T38")(OneCase.TestCase)
TestOneCase.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

"""The ledger check: straight over all databases and the simulators' own files, past the services.

Each line names something that must exist exactly once per case; `lost` is what is missing, `double` what is too much.
"""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from contracts import registry
from deploy.layout import SERVICES
from tests.system.hall import RealHall

TO_THE_PARTY = (
    "filing.accepted",
    "filing.granted",
    "filing.commitment_opened",
    "shipment.ordered",
    "supervision.rectification_ordered",
    "supervision.rectification_failed",
    "filing.revoked",
    "credit.listed",
)
TO_THE_DECIDER = "supervision.rectification_failed_staff"
STEPS = (
    ("draft", "submitted"),
    ("submitted", "pre_review"),
    ("pre_review", "accepted"),
    ("accepted", "reviewing"),
    ("reviewing", "deciding"),
    ("deciding", "completed"),
    ("completed", "revoked"),
)
DOCUMENTS = ("acceptance", "licence", "revocation")
NODES = ("picked_up", "in_transit", "out_for_delivery", "delivered")


@dataclass(frozen=True)
class Filed:
    """One company's case, as the client knows it."""

    case_no: str
    subject: str
    mobile: str


@dataclass
class Line:
    """One promise and how it was kept."""

    what: str
    expected: int
    found: int
    lost: list[Hashable]
    double: list[Hashable]

    @property
    def good(self) -> bool:
        """Whether each is there exactly once."""
        return not self.lost and not self.double


class Ledger:
    """All lines of one hall."""

    def __init__(self, hall: RealHall, filed: list[Filed]):
        self.hall, self.books, self.filed = hall, hall.books, filed
        self.lines: list[Line] = []
        self.notes: dict[str, int] = {}
        self.ids = {
            row["case_no"]: row["id"] for row in self.books.rows("filing", "SELECT id, case_no FROM filing_case")
        }
        self.numbers = {case_id: case_no for case_no, case_id in self.ids.items()}

    def check(self) -> "Ledger":
        """Fill in every line."""
        self._filing()
        self._supervision()
        self._credit_and_booking()
        self._messages()
        self._parcels()
        self._ratings()
        self._events()
        return self

    @property
    def bad(self) -> list[Line]:
        """The lines that do not come out."""
        return [line for line in self.lines if not line.good]

    def table(self) -> str:
        """The ledger as text."""
        head = f"{'':<58}{'expected':>9}{'found':>9}{'lost':>7}{'double':>8}"
        rows = [
            f"{line.what:<58}{line.expected:>9}{line.found:>9}{len(line.lost):>7}{len(line.double):>8}"
            + (f"  lost {line.lost[:3]} double {line.double[:3]}" if not line.good else "")
            for line in self.lines
        ]
        return "\n".join([head, *rows, *(f"{what:<58}{number:>9}" for what, number in self.notes.items())])

    # --- the lines ------------------------------------------------------------------------------------------------

    def _once(self, what: str, wanted: Iterable[Hashable], found: Iterable[Hashable]) -> None:
        """Each wanted one is found exactly once, and nothing else."""
        want, have = Counter(wanted), Counter(found)
        lost, double = list((want - have).elements()), list((have - want).elements())
        self.lines.append(Line(what, want.total(), have.total(), lost, double))

    def _case(self, row: dict[str, str]) -> str:
        return self.numbers.get(row["case_id"], row["case_id"])

    def _filing(self) -> None:
        cases = [filed.case_no for filed in self.filed]
        rows = self.books.rows("filing", "SELECT case_no, status FROM filing_case")
        self._once("cases filed", cases, (row["case_no"] for row in rows))
        self._once("cases revoked", cases, (row["case_no"] for row in rows if row["status"] == "revoked"))
        papers = self.books.rows("filing", "SELECT case_id, kind, number FROM filing_document")
        self._once(
            "documents, one of each kind per case",
            ((case_no, kind) for case_no in cases for kind in ("receipt", *DOCUMENTS)),
            ((self._case(paper), paper["kind"]) for paper in papers),
        )
        self._once(
            "running numbers of documents, without gaps",
            ((kind, number + 1) for kind in DOCUMENTS for number in range(len(cases))),
            ((paper["kind"], int(paper["number"][-7:-1])) for paper in papers if paper["kind"] in DOCUMENTS),
        )
        history = self.books.rows("filing", "SELECT subject, source, target FROM chassis_history")
        self._once(
            "steps in the history of the cases",
            ((case_no, step) for case_no in cases for step in STEPS),
            (
                (self.numbers[row["subject"]], (row["source"], row["target"]))
                for row in history
                if row["source"] != row["target"] and row["source"] != "none" and row["subject"] in self.numbers
            ),
        )
        revoked = self.books.rows("filing", "SELECT case_id FROM filing_revocation WHERE state = 'revoked'")
        self._once("revocations", cases, map(self._case, revoked))

    def _supervision(self) -> None:
        cases = [filed.case_no for filed in self.filed]
        tasks = self.books.rows("supervision", "SELECT id, case_no, state FROM supervision_task")
        self._once("verification tasks failed", cases, (t["case_no"] for t in tasks if t["state"] == "failed"))
        self._once("verification tasks", cases, (task["case_no"] for task in tasks))
        orders = self.books.rows("supervision", "SELECT task_id FROM supervision_rectification")
        self._once("orders to correct", (task["id"] for task in tasks), (order["task_id"] for order in orders))
        pushes = self.books.rows("supervision", "SELECT case_no, kind FROM supervision_push")
        self._once(
            "pushes to supervision: completed, revoked",
            ((case_no, kind) for case_no in cases for kind in ("completed", "revoked")),
            ((push["case_no"], push["kind"]) for push in pushes),
        )

    def _credit_and_booking(self) -> None:
        subjects = [filed.subject for filed in self.filed]
        records = self.books.rows("credit", "SELECT subject_ref, case_no FROM credit_record WHERE state = 'listed'")
        every = self.books.rows("credit", "SELECT subject_ref, case_no FROM credit_record")
        pairs = [(filed.subject, filed.case_no) for filed in self.filed]
        self._once("credit records listed", pairs, ((row["subject_ref"], row["case_no"]) for row in records))
        self._once("credit records", pairs, ((row["subject_ref"], row["case_no"]) for row in every))
        told = [event for event in self.books.events("credit") if event["type"] == "credit.subject.listed"]
        self._once("listings published", subjects, (event["subject"] for event in told))
        told = [event for event in self.books.events("credit") if event["type"] == "credit.restriction.started"]
        self._once("restrictions published", subjects, (event["subject"] for event in told))
        barred = self.books.rows("booking", "SELECT ref FROM booking_party WHERE restricted_until IS NOT NULL")
        self._once("parties barred from booking", subjects, (row["ref"] for row in barred))
        standing = self.books.rows("filing", "SELECT subject_ref FROM filing_standing WHERE status = 'listed'")
        self._once("parties barred from commit approval", subjects, (row["subject_ref"] for row in standing))

    def _messages(self) -> None:
        rows = self.books.rows(
            "notifier",
            "SELECT id, dedupe_key, template, recipient_ref, cause_event, case_no, state FROM notifier_message",
        )
        carrier = self.books.simulator_rows("sms", "SELECT out_id, mobile, template FROM message")
        real = [row for row in rows if row["state"] not in ("expanded", "suppressed")]
        self._once("SMS: every message handed over once", (r["id"] for r in real), (m["out_id"] for m in carrier))
        self._once("SMS: no dedupe key twice", {r["dedupe_key"] for r in rows}, (r["dedupe_key"] for r in rows))
        self._once("SMS: receipts taken", (r["id"] for r in real), (r["id"] for r in rows if r["state"] == "delivered"))
        known = {filed.mobile for filed in self.filed}
        self._once(
            "SMS: each of eight templates at each company's phone",
            ((filed.mobile, template) for filed in self.filed for template in TO_THE_PARTY),
            ((m["mobile"], m["template"]) for m in carrier if m["mobile"] in known and not _is_code(m)),
        )
        deciders = [row["case_no"] for row in real if row["template"] == TO_THE_DECIDER]
        self._once("SMS: the decider is told of each case", (filed.case_no for filed in self.filed), deciders)
        other = [m["template"] for m in carrier if m["mobile"] not in known and not _is_code(m)]
        self._once("SMS: nobody else is told anything", [TO_THE_DECIDER] * len(self.filed), other)
        ordered = [e["data"]["recipient"] for e in self.books.events("identity") if e["type"] == "notifier.send_sms"]
        codes = [row["recipient_ref"] for row in rows if row["template"] == "identity.sms_code"]
        self._once("SMS: login codes", ordered, codes)

    def _parcels(self) -> None:
        orders = [f"{filed.case_no}-1" for filed in self.filed]
        parcels = self.books.simulator_rows("ems", "SELECT order_no, state FROM parcel")
        self._once("EMS: parcels at the courier", orders, (row["order_no"] for row in parcels))
        self._once("EMS: parcels delivered", orders, (p["order_no"] for p in parcels if p["state"] == "delivered"))
        shipments = self.books.rows("notifier", "SELECT id, order_no, state FROM notifier_shipment")
        self._once("shipments delivered", orders, (s["order_no"] for s in shipments if s["state"] == "delivered"))
        names = {row["id"]: row["order_no"] for row in shipments}
        tracks = self.books.rows("notifier", "SELECT shipment, state FROM notifier_track")
        self._once(
            "track nodes",
            ((order, node) for order in orders for node in NODES),
            ((names[track["shipment"]], track["state"]) for track in tracks),
        )
        rows = self.books.rows("filing", "SELECT case_no FROM filing_case WHERE delivery_status = 'delivered'")
        self._once("licences registered as delivered", (f.case_no for f in self.filed), (r["case_no"] for r in rows))
        self.notes["orders sent to the courier (a repeat is refused there)"] = self.books.simulator(
            "ems", "SELECT id FROM attempt"
        )

    def _ratings(self) -> None:
        rows = self.books.rows("feedback", "SELECT case_no, state FROM feedback_rating")
        closed = [row["case_no"] for row in rows if row["state"] == "closed"]
        self._once("ratings closed by the revocation", (filed.case_no for filed in self.filed), closed)

    def _events(self) -> None:
        """Each emitted event is in every consumer's inbox, nothing else is, and no number of a subject is missing."""
        types = registry.all_types()
        wanted: Counter[Hashable] = Counter()
        emitted: set[str] = set()
        gaps: list[Hashable] = []
        for service in SERVICES:
            last: Counter[str] = Counter()
            for event in self.books.events(service):
                emitted.add(event["id"])
                wanted.update((consumer, event["id"]) for consumer in types[event["type"]].consumers)
                last[event["subject"]] += 1
                if event["sequence"] != last[event["subject"]]:
                    gaps.append((service, event["subject"], event["sequence"]))
        received = {name: self.books.received(name) for name in SERVICES}
        have = ((name, event_id) for name in SERVICES for event_id in received[name])
        self._once("events in the inbox of each consumer", wanted.elements(), have)
        self.lines.append(Line("numbers of a subject's events in order", len(emitted), len(emitted), gaps, []))
        parked = [(entry.service, entry.id, entry.reason, entry.error) for entry in self.hall.parked()]
        self._once("events parked", (), parked)
        stuck = []
        for service in SERVICES:
            sql = "SELECT kind, subject FROM chassis_deadline WHERE state = 'failed'"
            stuck += [(service, row["kind"], row["subject"]) for row in self.books.rows(service, sql)]
        self._once("deadlines given up", (), stuck)
        self.notes["events emitted"] = len(emitted)


def _is_code(message: dict[str, str]) -> bool:
    return message["template"] == "identity.sms_code"

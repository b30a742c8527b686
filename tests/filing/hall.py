"""A hall on the bench for the tests of filing: one item, its people, and the steps of a case as plain calls."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from chassis import http
from chassis.clock import clock_at
from contracts.events import catalog, credit, notifier, supervision
from services.filing import items
from services.filing.models import Case, Guide, database
from services.filing.service import service
from tests.support import Bench, Caller, PeerServer, bench, person, staff

ITEM = "000149032000"
PLAIN = "000131127004"
SINGLE = "001001008000"
JOINT = "000777001000"
OFFLINE = "000734040000"
RULED = "000555001000"  # the rules decide
REGISTER = "000131127009"  # originals follow the electronic filing
ORG, WATCH, OFFICE = "TZJ049-SP", "TZJ049-JG", "TZJ077-ZX"
DISTRICT = "TZJ001-ZWB"  # the service office of a district, and its unit
PDF = b"%PDF-1.4\n" + b"0" * 64
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64

MATERIALS = [
    {"code": "M01", "name": "申请书", "required": True, "deferrable": False},
    {"code": "M02", "name": "设施布局文件", "required": True, "deferrable": True, "formats": ["pdf", "jpg", "png"]},
    {"code": "M03", "name": "规章制度清单", "required": True, "deferrable": True},
    {"code": "M04", "name": "授权委托书", "required": False, "deferrable": False, "max_bytes": 512_000},
]
FIELDS = [
    {"key": "project_name", "label": "项目名称", "required": True, "validator": "length:2-100"},
    {"key": "applicant_name", "label": "申请人名称", "required": True, "validator": "length:2-100"},
    {"key": "fixed_phone", "label": "申请人固定电话", "any_of_group": "contact", "validator": "phone"},
    {"key": "mobile", "label": "申请人手机", "any_of_group": "contact", "validator": "mobile"},
    {"key": "area_m2", "label": "面积", "required": False, "validator": "number:1-1000"},
    {"key": "form_kind", "label": "业态", "required": False, "options": ["销售", "餐饮"]},
]


def guide(code: str = ITEM, **changes: Any) -> dict[str, Any]:
    """A guide as the catalog answers it."""
    return {
        "code": code,
        "version": 1,
        "leaf": True,
        "name": "食品经营许可",
        "kind": "promise",
        "service_object": ["person", "legal"],
        "approving_org": ORG,
        "supervising_orgs": [WATCH],
        "materials": MATERIALS,
        "form_fields": FIELDS,
        "limits": {"statutory": 20, "committed": 10, "commit": None, "unit": "wd"},
        "switches": {"online": True, "commit": True, "same_city": True, "express_in": True, "express_out": True},
        "result_docs": [{"name": "食品经营许可证", "valid_years": 5, "paper": True}],
        "supervision": {"kind": "食品安全监管", "points": [{"code": "P01", "promise": "布局与文件一致"}]},
    } | changes


GUIDES = {
    ITEM: guide(),
    PLAIN: guide(PLAIN, name="公司登记", switches={"online": True, "commit": False, "same_city": False}),
    SINGLE: guide(SINGLE, name="合同备案", switches={"online": True, "commit": False, "single_reviewer": True}),
    RULED: guide(
        RULED,
        name="小型餐饮备案",
        conditions=[
            {"text": "面积不超过60平方米", "check": {"field": "area_m2", "op": "at_most", "value": 60}},
            {"text": "未被限制", "check": {"standing": "unrestricted"}},
            {"text": "已上传申请书", "check": {"material": "M01"}},
        ],
        switches={"online": True, "commit": True, "instant": True, "letter_in_lieu": True},
    ),
    REGISTER: guide(
        REGISTER,
        name="企业设立登记",
        limits={
            "statutory": 15,
            "committed": 5,
            "commit": None,
            "unit": "wd",
            "originals_due": {"value": 60, "unit": "nd"},
        },
        switches={"online": True, "commit": False, "same_city": True},
    ),
    OFFLINE: guide(OFFLINE, name="婚姻登记", switches={"online": False, "commit": False}),
    JOINT: guide(
        JOINT,
        name="联合验收",
        kind="parallel",
        switches={
            "online": True,
            "commit": False,
            "parallel_template": {"participants": [{"org": "TZJ040-SP", "limit": 3}, {"org": "TZJ046-SP"}]},
        },
    ),
}


def know_orgs(b: Bench, *codes: str) -> None:
    """Tell the service of these organisations of the city, and of the one of a district."""
    for code, region in (*((code, "120000") for code in codes), (DISTRICT, "120101")):
        data = {"org_code": code, "org_name": code, "org_kind": "approving", "region_code": region, "active": True}
        b.deliver(catalog.OrgChanged, code, data)


class Hall:
    """The bench with its peers and people."""

    def __init__(self, folder: Path, url: str | None = None):
        self.bench = _fresh_bench(folder, url)
        self.barred: dict[str, str] = {}  # party -> last day, as the credit archive answers
        self.credit_away = False
        self.catalog, self.credit = _peers(self.bench)
        self.credit.routes = _Restrictions(self)
        self.citizen = person()
        self.clerk = staff("window_clerk", ORG)
        self.reviewer = staff("reviewer", ORG)
        self.decider = staff("decider", ORG)
        self.leader = staff("unit_leader", ORG)
        self.counter = staff("window_clerk", OFFICE)
        self.manager = staff("window_manager", OFFICE)

    def close(self) -> None:
        """Let the database go; bench and peers serve the next test."""
        database.close()

    # --- calls --------------------------------------------------------------------------------------------------------

    def call(self, who: Caller | None, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """One request; `body` is JSON."""
        with self.bench.client(who) as client:
            return client.open(f"/api/filing/v1{path}", method=method, json=body, **options)

    def do(self, who: Caller, case_no: str, verb: str, body: Any = None, *, status: int = 200) -> Any:
        """POST a verb of a case and expect this status; returns the JSON."""
        answer = self.call(who, "POST", f"/cases/{case_no}/{verb}", {} if body is None else body)
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    def get(self, case_no: str, who: Caller | None = None) -> Any:
        """The case as its owner sees it."""
        answer = self.call(who or self.citizen, "GET", f"/cases/{case_no}")
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def upload(
        self, case_no: str, code: str, *, name: str = "a.pdf", data: bytes = PDF, who: Any = None, status: int = 201
    ) -> Any:
        answer = self.bench.client(who or self.citizen).put(
            f"/api/filing/v1/cases/{case_no}/materials/{code}/files/{name}", data=data
        )
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    def sign(self, case_no: str, *, who: Any = None, status: int = 200) -> Any:
        answer = self.bench.client(who or self.citizen).put(
            f"/api/filing/v1/cases/{case_no}/commitment-letter?name=letter.pdf", data=PDF
        )
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    # --- steps of a case ----------------------------------------------------------------------------------------------

    def draft(self, mode: str = "ordinary", *, item: str = ITEM, who: Any = None, **more: Any) -> str:
        """An empty draft; returns its number."""
        body = {"item_code": item, "mode": mode, "project_name": f"项目{uuid4().hex[:8]}"} | more
        answer = self.call(who or self.citizen, "POST", "/cases", body)
        assert answer.status_code == 201, answer.get_json()
        return answer.get_json()["case_no"]

    def fill(self, case_no: str, *, who: Any = None, **more: Any) -> None:
        """Form, agreement and ways of delivery."""
        body = {
            "agreed": True,
            "form": {"applicant_name": "样例申请单位", "mobile": "13800000000"},
            "delivery_in": "window",
            "delivery_out": "window",
            "hall": "H120000",
        } | more
        answer = self.call(who or self.citizen, "PATCH", f"/cases/{case_no}", body)
        assert answer.status_code == 200, answer.get_json()

    def ready(
        self, mode: str = "ordinary", *, item: str = ITEM, defer: str = "M02 M03", who: Any = None, **more: Any
    ) -> str:
        """A draft that can be submitted; a commit case defers these materials and is signed."""
        deferred = defer.split() if mode == "commit" else []
        fill = {key: more.pop(key) for key in ("delivery_out", "address_ref") if key in more}
        case_no = self.draft(mode, item=item, who=who, **more)
        self.fill(case_no, who=who, **fill)
        for code in ("M01", "M02", "M03"):
            if code in deferred:
                self.do(who or self.citizen, case_no, f"materials/{code}/deferral", {"deferred": True})
            else:
                self.upload(case_no, code, who=who)
        if mode == "commit":
            self.sign(case_no, who=who)
        return case_no

    def submitted(self, mode: str = "ordinary", **more: Any) -> str:
        case_no = self.ready(mode, **more)
        self.do(more.get("who") or self.citizen, case_no, "submission")
        return case_no

    def dispatched(self, mode: str = "ordinary", **more: Any) -> str:
        """A counter filing, pushed to the accepting window."""
        case_no = self.ready(mode, who=self.counter, subject_ref=self.citizen.ref, window="A1", **more)
        self.do(self.counter, case_no, "dispatch", {"accepting_window": "H3"})
        return case_no

    def viewed(self, mode: str = "ordinary", **more: Any) -> str:
        case_no = self.submitted(mode, **more)
        self.do(self.clerk, case_no, "view")
        return case_no

    def accepted(self, mode: str = "ordinary", **more: Any) -> str:
        case_no = self.viewed(mode, **more)
        self.do(self.clerk, case_no, "acceptance")
        return case_no

    def reviewed(self, mode: str = "ordinary", **more: Any) -> str:
        case_no = self.accepted(mode, **more)
        self.do(self.reviewer, case_no, "review", {"opinion": "符合条件"})
        return case_no

    def granted(self, mode: str = "ordinary", **more: Any) -> str:
        case_no = self.reviewed(mode, **more)
        self.do(self.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})
        return case_no

    def correction(self, **more: Any) -> str:
        case_no = self.viewed(**more)
        self.do(self.clerk, case_no, "correction", {"defects": [{"material": "M01", "reason": "未签字"}]})
        return case_no

    def supply(self, case_no: str, *codes: str, who: Any = None) -> Any:
        for code in codes:
            self.upload(case_no, code, name=f"{code}.pdf", who=who)
        return self.do(who or self.citizen, case_no, "supply")

    def check(self, case_no: str, *codes: str, conforms: bool = True) -> Any:
        results = [{"code": code, "conforms": conforms, "opinion": "审核意见"} for code in codes]
        return self.do(self.reviewer, case_no, "supply-check", {"results": results})

    def check_mixed(self, case_no: str, results: dict[str, bool]) -> Any:
        """Check with a result for each material."""
        body = {"results": [{"code": code, "conforms": good, "opinion": "意见"} for code, good in results.items()]}
        return self.do(self.reviewer, case_no, "supply-check", body)

    def change_guide(self, item: str = ITEM, **changes: Any) -> None:
        """Let the stored guide of an item say something else; opens a draft, which stores it."""
        self.draft(item=item)
        row = Guide.get(Guide.code == item)
        row.body = row.body | changes
        row.save()
        items._KEPT.clear()

    # --- what others report -------------------------------------------------------------------------------------------

    def listing(self, subject: str | None = None, **fields: Any) -> dict[str, Any]:
        """Data of credit.subject.listed and its sisters."""
        return {
            "subject_ref": subject or self.citizen.ref,
            "subject_type": "person",
            "subject_name_masked": "样***",
            "status": "listed",
            "grade": "ordinary",
            "countable": 1,
            "restrictions": [{"kind": "commit_approval", "until": "2027-05-29"}],
            "record_id": "record-1",
            "record_no": "XD-1",
            "judging_org": ORG,
            "changed_at": "2026-05-29T00:00:01+08:00",
            "cause": "promise_lapsed",
            "article": "第七条",
        } | fields

    def restoring(self, **fields: Any) -> dict[str, Any]:
        data = self.listing(status="good", countable=0, restrictions=[], reason="deleted", **fields)
        return {key: value for key, value in data.items() if key not in {"cause", "article", "grade"}}

    def deleted_record(self, **fields: Any) -> dict[str, Any]:
        """Data of credit.record.deleted."""
        return {
            "subject_ref": self.citizen.ref,
            "subject_type": "person",
            "subject_name_masked": "样***",
            "record_id": "record-1",
            "record_no": "XD-1",
            "category": "failing",
            "grade": "ordinary",
            "cause": "promise_lapsed",
            "record_source": "lapse",
            "state": "deleted",
            "judging_org": "TZJ049-SP",
            "evidence_refs": [],
            "objection_id": "objection-1",
            "deleted_at": "2026-03-09T10:00:00+08:00",
        } | fields

    def list_party(self, sequence: int = 1, **fields: Any) -> Any:
        data = self.listing(**fields)
        return self.bench.deliver(credit.SubjectListed, data["subject_ref"], data, sequence=sequence)

    def restore_party(self, sequence: int = 2, **fields: Any) -> Any:
        data = self.restoring(**fields)
        return self.bench.deliver(credit.SubjectRestored, data["subject_ref"], data, sequence=sequence)

    def rectification_failed(self, case_no: str) -> Any:
        """Bring supervision.rectification.failed for this case."""
        return self.bench.deliver(supervision.RectificationFailed, "task-1", self.rectification_data(case_no))

    def rectification_data(self, case_no: str) -> dict[str, Any]:
        """Data of supervision.rectification.failed."""
        case = self.row(case_no)
        return {
            "task_id": "task-1",
            "case_id": case.id,
            "case_no": case_no,
            "item_code": ITEM,
            "approving_org": ORG,
            "supervising_org": WATCH,
            "decided_at": "2026-03-02T10:00:00+08:00",
            "start_due": "2026-03-05",
            "finish_due": "2026-05-14",
            "cap_due": "2026-05-28",
            "rectification_id": "rectification-1",
            "problems": [{"code": "P01", "promise": "布局与文件一致", "found": "未设清洗区"}],
            "due": "2026-04-01",
            "stop_activity": True,
            "evidence_refs": ["file-9"],
            "reason": "date_passed",
            "failed_at": "2026-04-02T00:00:00+08:00",
            "decided_on": "2026-04-02",
            "decided_by": "service:supervision",
            "subject_ref": case.subject_ref,
            "subject_type": "person",
            "subject_name_masked": "样***",
        }

    def shipment(self, case_no: str, event_type: Any, **fields: Any) -> Any:
        case = self.row(case_no)
        data = {
            "shipment_id": "shipment-1",
            "order_no": f"{case_no}-1",
            "case_id": case.id,
            "case_no": case_no,
            "direction": "result",
            "payer": "service_office",
            "state": "ordered",
            "at": "2026-03-05T10:00:00+08:00",
        } | fields
        if event_type is notifier.ShipmentOrdered:
            data |= {"provider_ref": "ems-1"}
        return self.bench.deliver(event_type, "shipment-1", data)

    # --- looking ------------------------------------------------------------------------------------------------------

    def row(self, case_no: str) -> Any:
        """The row itself."""
        database.activate()
        return Case.get(Case.case_no == case_no)

    def status(self, case_no: str) -> str:
        return self.row(case_no).status

    def kinds(self, case_no: str) -> list[str]:
        """Types of the events emitted about a case, in order."""
        subject = self.row(case_no).id
        return [event.type for event in self.bench.emitted() if event.subject == subject]

    def sweep(self, at: str | None = None) -> int:
        return self.bench.sweep(at)


_kept: dict[str, Any] = {}


def _fresh_bench(folder: Path, url: str | None) -> Bench:
    """The bench of this test run on an empty database: building the application costs more than a whole test."""
    if "bench" not in _kept:
        _kept["home"] = tempfile.TemporaryDirectory()
        home = Path(_kept["home"].name)
        _kept["bench"] = bench(service, home)
        database.close()
        _kept["empty"] = home / "filing.db"
    found: Bench = _kept["bench"]
    if url is None:
        shutil.copyfile(_kept["empty"], folder / "filing.db")
        url = f"sqlite:///{folder}/filing.db"
    found.settings = replace(found.settings, database_url=url, files_path=folder / "files")
    found.app.extensions["ywt_settings"] = found.settings
    service.configure(found.settings)
    if not url.startswith("sqlite"):
        service.migrate()
    return found


def _peers(found: Bench) -> tuple[PeerServer, PeerServer]:
    """Catalog and credit archive, started once."""
    if "catalog" not in _kept:
        routes: dict[str, Any] = {}
        for code, body in GUIDES.items():
            routes[f"GET /api/catalog/v1/items/{code}"] = {"code": code, "version": 1}
            routes[f"GET /api/catalog/v1/items/{code}/versions/1"] = {"code": code, "version": 1, "guide": body}
        _kept["catalog"], _kept["credit"] = PeerServer(routes), PeerServer({})
    catalog, credit_archive = _kept["catalog"], _kept["credit"]
    for server in (catalog, credit_archive):
        server.requests.clear()
    assert service.gate is not None
    addresses = {"catalog": catalog.url, "credit": credit_archive.url}
    http.configure(addresses, service.gate.peer_token)
    return catalog, credit_archive


class _Restrictions(dict):
    """Answers GET /restrictions/{party} from what the test says."""

    def __init__(self, hall: Hall):
        super().__init__()
        self.hall = hall

    def get(self, key: str, default: Any = None) -> Any:
        if self.hall.credit_away:
            return lambda body: (503, {})
        party = key.rpartition("/")[2]
        until = self.hall.barred.get(party)
        found = [{"kind": "commit_approval", "until": until, "record_id": "record-1"}] if until else []
        return {"subject_ref": party, "restrictions": found}


__all__ = ["GUIDES", "ITEM", "Hall", "clock_at"]

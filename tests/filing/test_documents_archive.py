"""The case after its decision: history and files that nobody changes unseen, licence library, e-archive."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest

from chassis import cli, history
from services.filing import licences
from services.filing.models import database
from tests.filing import paper
from tests.filing.hall import DISTRICT, ITEM, ORG, PLAIN, Hall, clock_at, know_orgs
from tests.support import pages, person, staff


def _integrity(hall: Hall, case_no: str) -> dict[str, Any]:
    return hall.call(hall.citizen, "GET", f"/cases/{case_no}/integrity").get_json()


def _sql(statement: str, *values: Any) -> None:
    """What somebody with the database in hand would do."""
    database.activate()
    assert database.proxy.execute_sql(statement, values).rowcount == 1


def _package(hall: Hall, case_no: str, who: Any = None) -> bytes:
    answer = hall.call(who or hall.citizen, "GET", f"/cases/{case_no}/archive")
    assert answer.status_code == 200, answer.get_json()
    return answer.data


# --- the chain --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-33")
@pytest.mark.parametrize(
    ("statement", "which", "fault"),
    [
        ("UPDATE chassis_history SET opinion = '改' WHERE subject = ? AND number = 4", 4, "altered"),
        ("UPDATE chassis_history SET actor = 'staff:other' WHERE subject = ? AND number = 2", 2, "altered"),
        ("UPDATE chassis_history SET at = '2026-03-01 10:00:00' WHERE subject = ? AND number = 3", 3, "altered"),
        ("UPDATE chassis_history SET previous_hash = hash WHERE subject = ? AND number = 3", 3, "altered"),
        ("DELETE FROM chassis_history WHERE subject = ? AND number = 3", 3, "missing"),
    ],
)
def test_a_changed_history_is_seen_and_the_first_broken_record_named(
    hall: Hall, statement: str, which: int, fault: str
) -> None:
    case_no = hall.granted()
    assert _integrity(hall, case_no)["whole"]
    _sql(statement, hall.row(case_no).id)
    found = _integrity(hall, case_no)
    assert not found["whole"]
    assert found["faults"][0] == {"what": "history", "which": str(which), "fault": fault}
    assert list(history.faults()) == [(hall.row(case_no).id, which, fault)]


@pytest.mark.rule("FIL-33")
def test_a_record_written_anew_with_a_hash_of_its_own_no_longer_links(hall: Hall) -> None:
    case_no = hall.granted()
    record = history.of(hall.row(case_no).id)[2]
    record.opinion = "改"
    _sql("UPDATE chassis_history SET opinion = '改', hash = ? WHERE id = ?", history._digest(record), record.id)
    assert {"what": "history", "which": "4", "fault": "unlinked"} in _integrity(hall, case_no)["faults"]


@pytest.mark.rule("FIL-33")
def test_a_chain_written_anew_as_a_whole_no_longer_fits_the_documents(hall: Hall) -> None:
    case_no = hall.granted()
    subject, previous = hall.row(case_no).id, ""
    for record in history.of(subject):
        record.opinion = "全部重写"
        record.previous_hash = previous
        previous = history._digest(record)
        _sql(
            "UPDATE chassis_history SET opinion = ?, previous_hash = ?, hash = ? WHERE id = ?",
            record.opinion,
            record.previous_hash,
            previous,
            record.id,
        )
    assert history.verify(subject)
    found = _integrity(hall, case_no)
    assert not found["whole"] and found["faults"][0]["fault"].startswith("rewritten since 一网通回")


@pytest.mark.rule("FIL-33")
def test_an_altered_document_and_a_changed_or_lost_file_are_named(hall: Hall) -> None:
    case_no = hall.granted()
    case = hall.get(case_no)
    document = case["documents"][1]["number"]
    _sql("UPDATE filing_document SET body = ? || substr(body, 40) WHERE number = ?", "v1." + "A" * 36, document)
    folder = hall.bench.settings.files_path / case["id"]
    first, second, *_ = sorted(folder.iterdir())
    first.write_bytes(first.read_bytes() + b"!")
    second.unlink()
    found = _integrity(hall, case_no)["faults"]
    assert {"what": "document", "which": document, "fault": "altered"} in found
    assert sorted(entry["fault"] for entry in found if entry["what"] == "file") == ["altered", "missing"]


@pytest.mark.rule("FIL-33")
def test_the_command_verify_names_what_is_broken_and_fails(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, broken = hall.row(hall.submitted()).id, hall.row(hall.submitted()).id
    service, settings = hall.bench.service, hall.bench.settings
    monkeypatch.setattr(type(service), "configure", lambda self, settings: self)
    cli._verify(service, settings, [])
    assert capsys.readouterr().out == "filing: every history is whole\n"
    _sql("UPDATE chassis_history SET verb = 'open' WHERE subject = ? AND number = 2", broken)
    with pytest.raises(SystemExit) as ended:
        cli._verify(service, settings, [])
    assert ended.value.code == 1
    assert capsys.readouterr().out == f"filing: history of {broken}: record 2 is altered\n"
    cli._verify(service, settings, [whole])


# --- licence library --------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-43")
def test_what_is_granted_lies_in_the_licence_library_by_itself_and_says_when_it_is_revoked(hall: Hall) -> None:
    know_orgs(hall.bench, ORG, "TZJ077")
    case_no = hall.granted("commit")
    own = hall.call(hall.citizen, "GET", "/licences").get_json()["items"]
    assert [(entry["number"], entry["name"], entry["case_no"]) for entry in own] == [
        (hall.get(case_no)["licence_no"], "食品经营许可证", case_no)
    ]
    assert own[0]["standing"] == "valid" and own[0]["valid_to"] == "2031-03-02" and own[0]["issuer"] == ORG
    assert own[0]["licence_id"].startswith("1.2.156.3005.2.000149032000.TZJ049SP.")
    with clock_at("2031-03-03 00:00"):
        assert hall.call(hall.citizen, "GET", "/licences").get_json()["items"][0]["standing"] == "expired"
    hall.rectification_failed(case_no)
    assert hall.call(hall.decider, "GET", "/licences").get_json()["items"][0]["standing"] == "revoked"
    of_district = staff("service_office", DISTRICT)
    for stranger in (person(), staff("decider", "TZJ040-SP"), staff("decider", ORG, [PLAIN]), of_district):
        assert hall.call(stranger, "GET", "/licences").get_json()["items"] == []
    for one in (staff("decider", ORG, [ITEM]), staff("service_office", "TZJ077")):
        assert len(hall.call(one, "GET", "/licences").get_json()["items"]) == 1


@pytest.mark.rule("FIL-43")
def test_a_refusal_stores_no_licence(hall: Hall) -> None:
    case_no = hall.reviewed()
    hall.do(hall.decider, case_no, "decision", {"decision": "refused", "opinion": "不符", "basis": "条例第三条"})
    assert hall.call(hall.citizen, "GET", "/licences").get_json()["items"] == []


def test_the_check_character_of_a_licence_tells_a_wrong_digit() -> None:
    one = licences.identifier("000149032000", "TZJ049-SP", "0001490320002026000001")
    two = licences.identifier("000149032000", "TZJ049-SP", "0001490320002026000002")
    assert one.rpartition(".")[0] != two.rpartition(".")[0] and one[-1] != two[-1]


# --- archive ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-43")
def test_a_completed_case_is_in_the_archive_with_a_package_that_checks_itself(press: Hall) -> None:
    case_no = press.granted("commit")
    entry = next(iter(pages(press.bench.client(press.decider), "/api/filing/v1/archive")))
    assert entry["case_no"] == case_no and entry["archive_no"] == f"{ORG}-2026-000149032000-{case_no}"
    with zipfile.ZipFile(io.BytesIO(_package(press, case_no, press.decider))) as package:
        assert package.testzip() is None
        listed = dict(line.split("  ")[::-1] for line in package.read("checksums.sha256").decode().splitlines())
        assert set(listed) == set(package.namelist()) - {"checksums.sha256"}
        assert all(hashlib.sha256(package.read(name)).hexdigest() == digest for name, digest in listed.items())
        metadata = json.loads(package.read("metadata.json"))
        steps = json.loads(package.read("history.json"))
        decision = next(name for name in listed if "准予行政许可决定书" in name)
        assert paper.seal(press, package.read(decision)).bottom_line
    case = press.get(case_no)
    assert metadata["档号"] == entry["archive_no"] and metadata["申请人名称"] == "样例申请单位"
    assert (metadata["办理结果"], metadata["证照编号"]) == ("准予", case["licence_no"])
    assert {"materials/M01/filing/a.pdf", "commitment/letter/letter.pdf"} <= set(listed)
    assert metadata["文件数量"] == len(metadata["文件"]) == len(listed) - 2
    assert len(steps) == _integrity(press, case_no)["records"]


@pytest.mark.rule("FIL-43")
def test_the_same_state_gives_the_same_bytes_to_staff_and_applicant_and_another_state_others(press: Hall) -> None:
    case_no = press.granted()
    first = _package(press, case_no)
    with clock_at("2026-04-01 09:00"):
        assert _package(press, case_no, press.decider) == first
        press.do(press.clerk, case_no, "collection", {"document_checked": True, "originals_checked": True})
        assert _package(press, case_no) != first
    elsewhere = staff("decider", "TZJ040-SP")
    assert press.call(elsewhere, "GET", f"/cases/{case_no}/archive").status_code == 403
    assert press.call(person(), "GET", f"/cases/{case_no}/archive").status_code == 403
    other_item = staff("decider", ORG, [PLAIN])
    assert press.call(other_item, "GET", f"/cases/{case_no}/archive").status_code == 403
    for stranger in (elsewhere, other_item):
        assert press.call(stranger, "GET", "/archive").get_json()["items"] == []


@pytest.mark.rule("FIL-43", "FIL-33")
def test_an_open_case_and_a_damaged_case_are_not_packed(press: Hall) -> None:
    still_open = press.accepted()
    answer = press.call(press.citizen, "GET", f"/cases/{still_open}/archive")
    assert answer.status_code == 409 and answer.get_json()["type"].endswith("not-archived")
    damaged = press.granted()
    next((press.bench.settings.files_path / press.row(damaged).id).iterdir()).write_bytes(b"%PDF-other")
    answer = press.call(press.decider, "GET", f"/cases/{damaged}/archive")
    assert answer.status_code == 409 and answer.get_json()["faults"][0]["what"] == "file"

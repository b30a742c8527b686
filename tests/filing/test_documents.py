"""Documents on paper: printed with Chinese text, sealed, verifiable by anybody who holds them."""

import io
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from pypdf import PdfReader
from structlog.testing import capture_logs

from chassis import clock
from contracts.events import credit
from services.filing import options, printing, prints
from services.filing.models import Paper, database
from tests.filing import paper
from tests.filing.hall import ORG, PNG, Hall
from tests.support import at_once, person, staff


def _verify(hall: Hall, number: str, code: str) -> object:
    return hall.call(None, "GET", "/verifications", query_string={"number": number, "code": code})


def _code(hall: Hall, case_no: str, number: str) -> str:
    return next(entry["code"] for entry in paper.documents(hall, case_no) if entry["number"] == number)


@pytest.mark.rule("FIL-30", "FIL-43")
def test_a_decision_is_printed_searchable_on_a4_with_embedded_font_and_the_organisations_seal(press: Hall) -> None:
    case_no = press.granted("commit")
    pdf = paper.fetch(press, case_no, "准予行政许可决定书")
    case = press.get(case_no)
    words = paper.text(pdf)
    for wanted in (case["decision_no"], case_no, case["licence_no"], "样例申请单位", "2026年03月02日", "依法撤销"):
        assert wanted in words
    page = PdfReader(io.BytesIO(pdf)).pages[0]
    assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
    assert b"/FontFile2" in pdf
    status = paper.seal(press, pdf)
    assert status.intact and status.valid and status.trusted and status.bottom_line
    assert status.signing_cert.subject.native["organizational_unit_name"] == ORG


@pytest.mark.rule("FIL-30")
def test_one_changed_byte_breaks_the_seal_and_the_file_is_no_longer_genuine(press: Hall) -> None:
    pdf = paper.fetch(press, press.accepted(), "受理通知书")
    assert press.call(None, "POST", "/verifications", data=pdf).get_json()["standing"] == "valid"
    for place in (len(pdf) // 3, 200):
        changed = bytearray(pdf)
        changed[place] ^= 1
        answer = press.call(None, "POST", "/verifications", data=bytes(changed))
        assert answer.status_code == 404 and answer.get_json()["type"].endswith("document-not-genuine")
    assert not paper.seal(press, bytes(changed)).intact
    appended = pdf + b"\n% added\n"
    assert press.call(None, "POST", "/verifications", data=appended).status_code == 404


@pytest.mark.rule("FIL-30")
def test_the_receipt_of_each_step_names_every_file_with_its_hash(press: Hall) -> None:
    case_no = press.correction()
    first = paper.text(paper.fetch(press, case_no, "申报材料回执"))
    sent = [file for material in press.get(case_no)["materials"] for file in material["files"]]
    assert len(sent) == 3 and all(file["sha256"] in first and str(file["size"]) in first for file in sent)
    press.upload(case_no, "M01", name="signed.pdf", data=b"%PDF-1.4 signed" + b"1" * 64)
    press.do(press.citizen, case_no, "corrections-answer", {"remarks": {}})
    numbers = [entry["number"] for entry in paper.documents(press, case_no) if entry["kind"] == "receipt"]
    assert numbers == [f"一网通回〔{case_no}〕1号", f"一网通回〔{case_no}〕2号"]
    second = paper.text(paper.fetch(press, case_no, "申报材料回执"))
    new = [file for material in press.get(case_no)["materials"] for file in material["files"] if file not in sent]
    assert "第1次补正" in second and new[0]["sha256"] in second and sent[0]["sha256"] in second


@pytest.mark.rule("FIL-30", "FIL-70")
def test_promised_material_that_comes_in_has_its_receipt(press: Hall) -> None:
    case_no = press.granted("commit")
    press.supply(case_no, "M02")
    receipt = paper.text(paper.fetch(press, case_no, "申报材料回执"))
    material = next(entry for entry in press.get(case_no)["materials"] if entry["code"] == "M02")
    assert "补交了容缺材料：设施布局文件" in receipt and material["files"][0]["sha256"] in receipt


@pytest.mark.rule("FIL-30", "FIL-35", "FIL-77")
def test_every_kind_of_notice_and_decision_has_its_paper(press: Hall) -> None:
    seen = {}
    refused = press.reviewed()
    body = {"decision": "refused", "opinion": "场地不符", "basis": "《食品安全法》第三十五条"}
    press.do(press.decider, refused, "decision", body)
    revoked = press.granted("commit")
    press.rectification_failed(revoked)
    answered = press.correction()
    press.upload(answered, "M01", name="signed.pdf")
    press.do(press.citizen, answered, "corrections-answer", {"remarks": {}})
    reason = {"reason_code": "material_incomplete", "opinion": "仍缺"}
    press.do(press.clerk, answered, "refusal-to-accept", reason)
    for case_no in (refused, revoked, answered):
        for entry in paper.documents(press, case_no):
            if entry["kind"] not in seen:
                words = paper.text(paper.fetch(press, case_no, entry["title"]))
                assert entry["title"] in words and "验证码" in words and "第1页" in words
                seen[entry["kind"]] = words
    assert set(seen) == {"receipt", "acceptance", "licence", "refusal", "revocation", "correction", "not_accepted"}
    assert "行政复议" in seen["revocation"] and "行政复议" in seen["not_accepted"] and "行政诉讼" in seen["refusal"]
    assert "行政许可法》第三十二条" in seen["correction"] and "未签字" in seen["correction"]


@pytest.mark.rule("FIL-30")
def test_a_receipt_of_many_files_fills_pages_and_no_line_begins_with_a_comma(press: Hall) -> None:
    case_no = press.ready()
    for number in range(40):
        press.upload(case_no, "M03", name=f"附图{number:02}.png", data=PNG)
    press.do(press.citizen, case_no, "submission")
    pdf = paper.fetch(press, case_no, "申报材料回执")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) == 3 and "第3页" in pages[2] and "验证码" in pages[2] and "验证码" not in pages[0]
    assert all(page.count("SHA-256 校验值") == 1 for page in pages[:2])  # the head is repeated
    assert all(f"附图{number:02}.png" in "".join(pages) for number in range(40))
    assert not [line for page in pages for line in page.splitlines() if line[:1] in set("，；：！？》")]


@pytest.mark.rule("FIL-10")
def test_the_commitment_letter_can_be_printed_to_be_signed_by_hand(press: Hall) -> None:
    case_no = press.draft("commit")
    press.fill(case_no)
    press.do(press.citizen, case_no, "materials/M02/deferral", {"deferred": True})
    answer = press.call(press.citizen, "GET", f"/cases/{case_no}/commitment-letter/paper")
    words = paper.text(answer.data)
    for wanted in ("承诺书", case_no, "M02设施布局文件", "2026年05月", "样例申请单位", "签字或盖章", "撤销办理结果"):
        assert wanted in words
    assert "验证码" not in words
    assert press.call(person(), "GET", f"/cases/{case_no}/commitment-letter/paper").status_code == 403


def test_a_paper_is_made_once_even_when_six_ask_at_once(press: Hall) -> None:
    case_no = press.accepted()
    found = paper.documents(press, case_no)[-1]
    path = f"/cases/{case_no}/documents/{found['id']}/paper"
    answers = at_once(6, lambda _: press.call(press.citizen, "GET", path).data)
    assert len(set(answers)) == 1 and answers[0].startswith(b"%PDF")
    database.activate()
    assert Paper.select().count() == 1
    folder = press.bench.settings.files_path / press.row(case_no).id
    assert len(list(folder.iterdir())) == 4  # three materials and one paper: the losers' files are gone


@pytest.mark.rule("FIL-30")
def test_without_a_font_or_a_seal_the_document_stands_and_the_refusal_says_what_to_do(
    press: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_no = press.accepted()
    found = paper.documents(press, case_no)[-1]
    path = f"/cases/{case_no}/documents/{found['id']}"
    settings = press.bench.app.extensions["ywt_settings"]
    monkeypatch.setitem(press.bench.app.extensions, "ywt_settings", replace(settings, mode="production"))
    sealless = press.call(press.citizen, "GET", f"{path}/paper")
    assert sealless.status_code == 503 and sealless.get_json()["type"].endswith("seal-missing")
    monkeypatch.setattr(options, "current", replace(options.current, font=None))
    answer = press.call(press.citizen, "GET", f"{path}/paper")
    problem = answer.get_json()
    assert answer.status_code == 503 and problem["type"].endswith("print-font-missing") and problem["next"]
    assert "受理通知书" in press.call(press.citizen, "GET", path).text
    assert press.call(press.citizen, "GET", f"/cases/{case_no}/integrity").get_json()["whole"]


def test_a_font_that_is_named_but_not_there_stops_the_start(tmp_path: object) -> None:
    with pytest.raises(Exception, match="YWT_PDF_FONT"):
        options.load({"YWT_PDF_FONT": f"{tmp_path}/none.ttf"})
    with pytest.raises(Exception, match="YWT_PUBLIC_URL"):
        options.load({"YWT_PUBLIC_URL": "hall.example"})


def test_a_process_that_has_no_font_says_so_when_it_starts(press: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    for font, said in ((options.current.font, []), (None, ["pdf_font_missing"])):
        monkeypatch.setattr(options, "current", replace(options.current, font=font))
        with capture_logs() as lines:
            for look in press.bench.service.starters:
                look(press.bench.settings)
        assert [line["event"] for line in lines] == said


# --- verification -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-30")
def test_anybody_verifies_a_document_by_number_and_code_and_learns_nothing_personal(press: Hall) -> None:
    case_no = press.accepted()
    number = paper.documents(press, case_no)[-1]["number"]
    code = _code(press, case_no, number)
    assert f"{code[:4]}-{code[4:]}" in paper.text(paper.fetch(press, case_no, "受理通知书"))
    answer = _verify(press, number, f"{code[:4]}-{code[4:]}".lower())
    found = answer.get_json()
    assert answer.status_code == 200 and found["standing"] == "valid" and found["title"] == "受理通知书"
    assert "样例申请单位" not in answer.text and case_no not in answer.text and press.citizen.ref not in answer.text
    wrong = _verify(press, number, "A" * 8)
    unknown = _verify(press, "一网通受〔2026〕999999号", code)
    assert wrong.status_code == unknown.status_code == 404
    assert wrong.get_json()["detail"] == unknown.get_json()["detail"]  # the number alone tells nothing


@pytest.mark.rule("FIL-30", "FIL-77")
def test_a_revoked_decision_says_so_wherever_it_is_verified(press: Hall) -> None:
    case_no = press.granted("commit")
    pdf = paper.fetch(press, case_no, "准予行政许可决定书")
    number = press.get(case_no)["decision_no"]
    assert _verify(press, number, _code(press, case_no, number)).get_json()["standing"] == "valid"
    press.rectification_failed(case_no)
    assert _verify(press, number, _code(press, case_no, number)).get_json()["standing"] == "revoked"
    assert press.call(None, "POST", "/verifications", data=pdf).get_json()["standing_zh"] == "已撤销"
    decision = [entry for entry in paper.documents(press, case_no) if entry["kind"] == "revocation"][-1]["number"]
    assert _verify(press, decision, _code(press, case_no, decision)).get_json()["standing"] == "valid"


@pytest.mark.rule("FIL-81")
def test_a_revocation_that_goes_back_to_the_decider_says_so(press: Hall) -> None:
    case_no = press.granted("commit")
    press.list_party()
    press.sweep("2026-03-06 00:00")
    decision = next(entry for entry in paper.documents(press, case_no) if entry["kind"] == "revocation")
    assert _verify(press, decision["number"], decision["code"]).get_json()["standing"] == "valid"
    press.bench.deliver(credit.RecordDeleted, "record-1", press.deleted_record())
    assert _verify(press, decision["number"], decision["code"]).get_json()["standing"] == "reconsidered"


@pytest.mark.rule("FIL-30")
def test_the_qr_code_leads_to_a_page_that_anybody_can_read(press: Hall) -> None:
    case_no = press.accepted()
    number = paper.documents(press, case_no)[-1]["number"]
    pdf = paper.fetch(press, case_no, "受理通知书")
    address = urlsplit(printing.verification_url(number, _code(press, case_no, number)))
    query = {key: value[0] for key, value in parse_qs(address.query).items()}
    path = address.path.removeprefix("/api/filing/v1")
    page = press.call(None, "GET", path, query_string=query)
    assert page.status_code == 200 and "有效" in page.text and number in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    refused = press.call(None, "GET", path, query_string={"number": "<script>", "code": "x"})
    assert refused.status_code == 404 and "<script>" not in refused.text
    assert "文号" in press.call(None, "GET", path).text
    upload = press.call(None, "POST", path, data={"file": (io.BytesIO(pdf), "a.pdf")})
    assert upload.status_code == 200 and "有效" in upload.text
    assert press.call(None, "POST", path, data={"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")}).status_code == 404


# --- printing at another hall -----------------------------------------------------------------------------------------


@pytest.mark.rule("FIL-97")
def test_another_hall_prints_the_result_with_the_applicants_code_and_the_history_says_so(press: Hall) -> None:
    case_no = press.granted()
    elsewhere = staff("window_clerk", "TZJ101-ZX")
    body = {"code": "00000000", "org": "TZJ101-ZX"}
    assert press.do(elsewhere, case_no, "prints", body, status=403)["type"].endswith("print-code-wrong")
    given = press.do(press.citizen, case_no, "print-code", status=201)
    body["code"] = given["code"]
    answer = press.call(elsewhere, "POST", f"/cases/{case_no}/prints", body)
    assert answer.data == paper.fetch(press, case_no, "准予行政许可决定书")
    receipt = paper.documents(press, case_no)[0]["number"]
    answer = press.call(elsewhere, "POST", f"/cases/{case_no}/prints", body | {"number": receipt})
    assert "申报材料回执" in paper.text(answer.data)
    steps = press.call(press.citizen, "GET", f"/cases/{case_no}/history").get_json()["items"]
    printed = [(step["actor"], step["org"], step["details"]) for step in steps if step["verb"] == "print_elsewhere"]
    result = press.get(case_no)["decision_no"]
    assert printed == [(elsewhere.ref, "TZJ101-ZX", {"document": number}) for number in (result, receipt)]
    # Neither the case itself nor another's window opens by the code.
    assert press.call(elsewhere, "GET", f"/cases/{case_no}").status_code == 403
    assert press.call(elsewhere, "POST", f"/cases/{case_no}/prints", body | {"org": ORG}).status_code == 403
    assert press.call(press.citizen, "POST", f"/cases/{case_no}/prints", body).status_code == 403
    assert press.call(person(), "POST", f"/cases/{case_no}/print-code", {}).status_code == 403


@pytest.mark.rule("FIL-97")
def test_a_print_code_ends_after_five_wrong_tries_and_after_a_day(press: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    case_no, other = press.granted(), press.granted()
    elsewhere = staff("window_clerk", "TZJ101-ZX")
    given = press.do(press.citizen, case_no, "print-code", status=201)
    wrong = f"{(int(given['code']) + 1) % 10**8:08}"
    for _ in range(5):
        press.do(elsewhere, case_no, "prints", {"code": wrong, "org": "TZJ101-ZX"}, status=403)
    press.do(elsewhere, case_no, "prints", {"code": given["code"], "org": "TZJ101-ZX"}, status=403)
    again = press.do(press.citizen, case_no, "print-code", status=201)["code"]
    press.do(elsewhere, other, "prints", {"code": again, "org": "TZJ101-ZX"}, status=403)
    later = clock.wall() + prints.LIFE
    monkeypatch.setattr(clock, "wall", lambda: later)
    problem = press.do(elsewhere, case_no, "prints", {"code": again, "org": "TZJ101-ZX"}, status=403)
    assert problem["type"].endswith("print-code-wrong")

"""Work lists, statistics, orders, reports, the clock in words, publication: what the office sees (FIL-90..95)."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from contracts import words
from contracts.events import catalog, supervision
from services.filing.statistics import TITLES
from services.filing.transitions import CASE
from tests.filing.hall import ITEM, JOINT, ORG, PLAIN, Hall, clock_at
from tests.support import person, staff

ABOVE = "TZJ049"


def _list(hall: Hall, who: Any, work: str = "todo", **filters: Any) -> list[dict[str, Any]]:
    answer = hall.call(who, "GET", "/worklist", query_string={"list": work, **filters})
    assert answer.status_code == 200, answer.get_json()
    found: list[dict[str, Any]] = answer.get_json()["items"]
    return found


def _numbers(hall: Hall, who: Any, work: str = "todo", **filters: Any) -> list[str]:
    return [row["case_no"] for row in _list(hall, who, work, **filters)]


def _counts(hall: Hall, who: Any) -> dict[str, int]:
    found: dict[str, int] = hall.call(who, "GET", "/queues").get_json()["counts"]
    return {step: count for step, count in found.items() if count}


def _statistic(hall: Hall, who: Any, kind: str, **period: str) -> list[dict[str, Any]]:
    query = {"kind": kind, "first": "2026-03-01", "last": "2026-03-31"} | period
    answer = hall.call(who, "GET", "/statistics", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    found: list[dict[str, Any]] = answer.get_json()["rows"]
    return found


@pytest.mark.rule("FIL-90", "FIL-94")
def test_each_step_has_its_counter_and_everybody_finds_the_own_work_oldest_first(hall: Hall) -> None:
    online, pushed = hall.submitted(), hall.dispatched()
    with clock_at("2026-03-02 09:00"):
        earlier = hall.submitted()
    corrected, accepted, reviewed, done = hall.correction(), hall.accepted(), hall.reviewed(), hall.granted()
    assert _counts(hall, hall.clerk) == {"accept": 3, "correction": 1, "deliver": 1}
    assert _counts(hall, hall.reviewer) == {"review": 1}
    assert _counts(hall, hall.decider) == {"decide": 1}
    assert _counts(hall, hall.leader) == {"accept": 3, "correction": 1, "review": 1, "decide": 1, "deliver": 1}
    assert _counts(hall, hall.counter) == {}
    assert _numbers(hall, hall.clerk, step="accept") == [earlier, online, pushed]  # one list, online and counter
    assert _numbers(hall, hall.clerk, step="correction") == [corrected]
    assert _numbers(hall, hall.reviewer) == [accepted] and _numbers(hall, hall.decider) == [reviewed]
    assert _numbers(hall, hall.clerk, step="deliver") == [done]
    hall.do(hall.clerk, pushed, "return", {"opinion": "不属本部门"})
    assert _numbers(hall, hall.counter) == [pushed] == _numbers(hall, hall.clerk, "returned")
    assert _numbers(hall, staff("window_clerk", "TZJ040-SP")) == []
    assert _numbers(hall, staff("window_clerk", ORG, ["another-item"])) == []


@pytest.mark.rule("FIL-90")
def test_what_was_done_what_runs_and_what_is_closed_have_lists_of_their_own(hall: Hall) -> None:
    running, closed = hall.accepted(), hall.granted()
    done = _list(hall, hall.clerk, "done")
    assert {(row["case_no"], row["verb"]) for row in done} == {
        (case_no, verb) for case_no in (running, closed) for verb in ("view", "accept")
    }
    assert {row["verb"] for row in _list(hall, hall.decider, "done", case_no=closed)} == {"grant", "make_ready"}
    assert _numbers(hall, hall.reviewer, "running") == [running]
    assert _numbers(hall, hall.reviewer, "closed") == [closed]
    assert _numbers(hall, staff("reviewer", "TZJ040-SP"), "running") == []


@pytest.mark.rule("FIL-90")
def test_the_comprehensive_query_filters_and_turns_its_pages(hall: Hall) -> None:
    with clock_at("2026-02-27 10:00"):
        february = hall.submitted(item=PLAIN)
    march = [hall.submitted() for _ in range(3)]
    counter = hall.dispatched()
    for filters, expected in (
        ({"case_no": february}, {february}),
        ({"item_code": PLAIN}, {february}),
        ({"opened_to": "2026-02-28"}, {february}),
        ({"opened_from": "2026-03-01", "case_source": "online"}, {*march}),
        ({"case_source": "window"}, {counter}),
        ({"status": "dispatched"}, {counter}),
        ({"org": "TZJ040-SP"}, set()),
        ({"name": "没有此人"}, set()),
        ({"name": hall.row(counter).subject_name_masked}, {february, *march, counter}),
    ):
        assert set(_numbers(hall, hall.leader, "all", **filters)) == expected, filters
    seen: list[str] = []
    cursor = None
    while True:
        query = {"list": "all", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = hall.call(hall.leader, "GET", "/worklist", query_string=query).get_json()
        seen += [row["case_no"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5 and seen[-1] == february


@pytest.mark.rule("FIL-42")
def test_the_green_channel_goes_first_in_every_list(hall: Hall) -> None:
    first, second = hall.submitted(), hall.submitted()
    hall.do(hall.clerk, second, "green-channel", {"reason": "重大项目"}, status=403)
    hall.do(hall.manager, second, "green-channel", {"reason": "重大项目"}, status=403)  # of another organisation
    assert hall.do(hall.leader, second, "green-channel", {"reason": "重大项目"})["green_channel"] is True
    assert _numbers(hall, hall.clerk) == [second, first]
    assert _numbers(hall, hall.clerk, green_channel="true") == [second]
    hall.do(hall.leader, second, "green-channel", {"reason": "恢复", "wanted": False})
    assert _numbers(hall, hall.clerk) == [first, second]
    hall.do(hall.leader, hall.granted(), "green-channel", {"reason": "晚了"}, status=409)


@pytest.mark.rule("FIL-42")
def test_a_case_goes_to_the_higher_level_and_nothing_is_decided_until_it_answers(hall: Hall) -> None:
    case_no = hall.reviewed()
    hall.do(hall.decider, case_no, "report", {"reason": "重大疑难"}, status=422)  # nobody above is known
    data = {"org_code": ORG, "org_name": "处", "org_kind": "approving", "region_code": "120000", "active": True}
    hall.bench.deliver(catalog.OrgChanged, ORG, data | {"parent_code": ABOVE})
    above = staff("unit_leader", ABOVE)
    assert hall.call(above, "GET", f"/cases/{case_no}").status_code == 403
    hall.do(hall.decider, case_no, "report", {"reason": "重大疑难"})
    hall.do(hall.decider, case_no, "report", {"reason": "再次"}, status=409)
    refused = hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"}, status=409)
    assert (refused["rule"], hall.status(case_no)) == ("FIL-42", "deciding")
    assert _counts(hall, above) == {"report": 1} and _numbers(hall, above, "report") == [case_no]
    hall.do(hall.leader, case_no, "report/answer", {"opinion": "同意"}, status=403)
    answered = hall.do(above, case_no, "report/answer", {"opinion": "同意办理"})
    assert [(row["to_org"], row["opinion"]) for row in answered["reports"]] == [(ABOVE, "同意办理")]
    assert _counts(hall, above) == {} and _numbers(hall, above, "all") == [case_no]
    hall.do(hall.decider, case_no, "decision", {"decision": "granted", "opinion": "准予"})


@pytest.mark.rule("FIL-42")
@pytest.mark.parametrize("kind", words.ORDER_KINDS)
def test_an_order_of_every_kind_reaches_the_handlers_list(hall: Hall, kind: str) -> None:
    case_no, other = hall.accepted(), hall.accepted()
    order = {
        "order_id": "order-1",
        "order_no": "DB-1",
        "kind": kind,
        "target_org": ORG,
        "case_id": hall.row(case_no).id,
        "case_no": case_no,
        "content": "请加快办理",
        "issued_at": "2026-03-02T10:00:00+08:00",
        "issued_by": "service:supervision",
        "due": "2026-03-09",
    }
    hall.bench.deliver(supervision.OrderIssued, "order-1", order)
    assert _numbers(hall, hall.reviewer, "orders") == [case_no]
    assert hall.get(case_no)["orders"][0]["kind"] == kind and not hall.get(other)["orders"]


@pytest.mark.rule("FIL-42")
def test_what_went_wrong_stands_in_the_list_of_exceptions(hall: Hall) -> None:
    unseen, late, fine = hall.dispatched(), hall.accepted(), hall.accepted()
    hall.sweep("2026-03-02 10:15:01")
    hall.sweep("2026-03-02 10:16:02")
    hall.sweep("2026-03-02 10:31:02")
    assert _numbers(hall, hall.leader, "exceptions") == [unseen]
    hall.do(hall.reviewer, fine, "review", {"opinion": "符合"})
    hall.do(hall.decider, fine, "decision", {"decision": "granted", "opinion": "准予"})
    with clock_at("2026-03-17 09:00"):
        assert set(_numbers(hall, hall.leader, "exceptions")) == {unseen, late}


@pytest.mark.rule("FIL-91", "FIL-31")
def test_the_seven_statistics_count_the_own_organisations(hall: Hall) -> None:
    granted, running = hall.granted(), hall.accepted()
    hall.correction()
    slow = hall.reviewed()
    with clock_at("2026-03-18 09:00"):  # beyond the committed limit of 10, within the statutory one of 20 working days
        hall.do(hall.decider, slow, "decision", {"decision": "refused", "opinion": "不符合", "basis": "第三十八条"})
    hall.sweep("2026-03-10 00:00")
    assert _statistic(hall, hall.clerk, "corrections") == [
        {"approving_org": ORG, "item_code": ITEM, "notices": 1, "cases": 1, "second_notices": 0, "answered": 0}
    ]
    accepted = {"approving_org": ORG, "item_code": ITEM, "cases": 3, "by_lapse": 0, "same_city": 0}
    assert _statistic(hall, hall.clerk, "accepted") == [accepted]
    completed = {"approving_org": ORG, "item_code": ITEM, "cases": 2, "granted": 1, "refused": 1, "revoked": 0}
    assert _statistic(hall, hall.leader, "completed") == [completed]
    assert _statistic(hall, hall.leader, "items") == [
        {"item_code": ITEM, "item_name": "食品经营许可", "filed": 4, "accepted": 3, "completed": 2}
    ]
    volume = {"case_source": "online", "mode": "ordinary", "kind": "promise", "cases": 4}
    assert _statistic(hall, hall.clerk, "volume") == [volume]
    (kept,) = _statistic(hall, hall.clerk, "completion")
    assert (kept["cases"], kept["committed_kept"], kept["statutory_kept"], kept["overdue"]) == (2, 1, 2, 0)
    assert float(kept["average_wd"]) == 6 and kept["too_many_visits"] == 0
    mine = _statistic(hall, hall.clerk, "personal")
    assert {row["actor"] for row in mine} == {hall.clerk.ref}
    assert {row["verb"]: row["cases"] for row in mine} == {"view": 4, "accept": 3, "request_correction": 1}
    everybody = {row["actor"] for row in _statistic(hall, hall.leader, "personal")}
    assert everybody == {hall.clerk.ref, hall.reviewer.ref, hall.decider.ref}
    for kind in ("corrections", "personal", "accepted", "completed", "items", "volume", "completion"):
        assert _statistic(hall, staff("reviewer", "TZJ040-SP"), kind) == []
        assert _statistic(hall, hall.leader, kind, first="2026-04-01", last="2026-04-30") == []
    assert _statistic(hall, staff("auditor", "TZJ077"), "volume") == [volume]
    assert hall.status(granted) == "completed" and hall.status(running) == "accepted"


@pytest.mark.rule("TIM-08", "TIM-10", "FIL-34")
def test_every_limit_explains_itself_as_a_ledger_in_words(hall: Hall) -> None:
    case_no = hall.accepted()
    with clock_at("2026-03-10 10:00"):
        special = {"kind": "expert_review", "reason": "评审", "expected_wd": 8}
        hall.do(hall.decider, case_no, "special-procedure", special)
    with clock_at("2026-03-20 10:00"):
        hall.do(hall.reviewer, case_no, "special-procedure/result", {"result": "通过"})
        hall.do(hall.leader, case_no, "extension", {"days": 5, "reason": "复杂"})
    found = hall.call(hall.citizen, "GET", f"/cases/{case_no}/clock").get_json()["items"]
    ledger = {entry["kind"]: entry for entry in found}
    assert [entry["what"] for entry in ledger["statutory"]["entries"]] == ["start", "pause", "resume", "extend"]
    assert ledger["statutory"]["zh"] == (
        "法定办结时限：自2026年3月2日的次日起计20个工作日；2026年3月10日停止计算，当日计入；"
        "2026年3月20日恢复计算，次日为第一日；延长5个工作日；2026年4月17日24时届满（正在计算）。"
    )
    assert "stopped on 2026-03-10" in ledger["statutory"]["en"]
    assert ledger["statutory"]["due"] == "2026-04-17"
    assert ledger["correction_notice"]["state"] == "cancelled"
    assert ledger["correction_notice"]["entries"][-1]["zh"] == "有关行为已经作出，终止计算"
    assert hall.call(person(), "GET", f"/cases/{case_no}/clock").status_code == 403


@pytest.mark.rule("FIL-95")
def test_what_was_decided_is_published_without_naming_anybody(hall: Hall) -> None:
    case_no, running = hall.granted(project_name="某某路某某号新店"), hall.accepted()
    page = hall.call(None, "GET", "/publications")
    (row,) = page.get_json()["items"]
    assert (row["decision"], row["decided_on"], row["approving_org"]) == ("granted", "2026-03-02", ORG)
    assert "*" in row["subject_name_masked"] and row["case_no_masked"].count("*") == 8
    for private in (case_no, running, hall.citizen.ref, "某某路", "样例申请单位", "13800000000"):
        assert private not in page.text
    assert hall.call(None, "GET", "/publications?item_code=other").get_json()["items"] == []
    hall.rectification_failed(case_no)
    assert hall.call(None, "GET", f"/publications?org={ORG}").get_json()["items"][0]["decision"] == "revoked"


@pytest.mark.rule("FIL-38")
def test_a_joint_meeting_of_the_participants_is_recorded_and_replaces_no_opinion(hall: Hall) -> None:
    case_no = hall.accepted(item=JOINT)
    hall.do(hall.reviewer, case_no, "examination")
    meeting = {"held_on": "2026-03-03", "orgs": ["TZJ040-SP", "TZJ046-SP"], "minutes": "一致同意"}
    hall.do(hall.reviewer, case_no, "joint-meetings", meeting | {"orgs": ["TZJ001"]}, status=422)
    hall.do(hall.reviewer, case_no, "joint-meetings", meeting)
    notes = hall.call(hall.citizen, "GET", f"/cases/{case_no}/history").get_json()["items"]
    assert (notes[-1]["verb"], notes[-1]["opinion"]) == ("joint_meeting", "一致同意")
    hall.do(hall.reviewer, case_no, "review", {"opinion": "同意"}, status=409)
    asked = staff("reviewer", "TZJ040-SP")
    assert _counts(hall, asked) == {"opinion": 1} and _numbers(hall, asked, "opinion") == [case_no]
    assert _numbers(hall, asked, "all") == [case_no] and _numbers(hall, staff("reviewer", "TZJ041-SP"), "all") == []


@pytest.mark.rule("FIL-51")
def test_no_verb_lets_a_window_refuse_to_take_a_filing(hall: Hall) -> None:
    from_draft = {row.verb: row.target for row in CASE if "draft" in row.sources}
    assert from_draft == {"delete": "deleted", "submit": "submitted", "dispatch": "dispatched"}
    case_no = hall.draft(who=hall.counter, subject_ref=hall.citizen.ref, window="A1")
    refusal = {"reason_code": "not_competent", "opinion": "不办"}
    hall.do(staff("window_clerk", ORG), case_no, "refusal-to-accept", refusal, status=409)
    hall.do(hall.counter, hall.dispatched(), "refusal-to-accept", refusal, status=403)  # nor the receiving window
    paths = hall.bench.service.openapi()["paths"]
    assert [path for path in paths if "refus" in path] == ["/api/filing/v1/cases/{case_no}/refusal-to-accept"]
    assert "refusal" in words.LETTER_CATEGORIES


# --- plans ------------------------------------------------------------------------------------------------------------

LISTS = (
    "todo",
    "done",
    "returned",
    "running",
    "closed",
    "exceptions",
    "orders",
    "check",
    "revoke",
    "opinion",
    "report",
    "all",
)


@contextmanager
def _watching(hall: Hall) -> Iterator[list[tuple[str, Any]]]:
    """The queries that are sent meanwhile to tables of the service."""
    sent: list[tuple[str, Any]] = []
    engine = hall.bench.database.proxy.obj
    execute = engine.execute_sql

    def watch(sql: str, params: Any = None, *rest: Any, **options: Any) -> Any:
        if sql.startswith("SELECT") and ('"filing_' in sql or '"chassis_deadline"' in sql):
            sent.append((sql, params))
        return execute(sql, params, *rest, **options)

    def watch_kept(name: str, sql: str, params: Any) -> Any:
        sent.append((sql, params))
        return keep(name, sql, params)

    keep = engine.execute_kept
    engine.execute_sql = watch
    if hall.bench.database.dialect == "postgresql":  # SQLite runs it as any other
        engine.execute_kept = watch_kept
    try:
        yield sent
    finally:
        engine.execute_sql, engine.execute_kept = execute, keep


@pytest.mark.rule("FIL-90")
def test_no_list_query_walks_the_whole_table(hall_on: Hall) -> None:
    """The statements that the lists really send, explained by the database."""
    hall = hall_on
    hall.granted()
    auditor = staff("auditor", "TZJ077")
    with _watching(hall) as sent:
        for who in (hall.clerk, hall.reviewer, hall.leader, staff("reviewer decider", ORG, [ITEM]), hall.counter):
            for name in LISTS:
                _list(hall, who, name)
                _list(hall, who, name, status="completed", opened_from="2026-01-01")
            _counts(hall, who)
            for queue in ("accept", "review", "deliver", "closed", "revoke", "check"):
                assert hall.call(who, "GET", f"/cases?queue={queue}").status_code == 200
        for tab in ("drafts", "in_progress", "correction", "commitment", "closed"):
            assert hall.call(hall.citizen, "GET", f"/cases?tab={tab}").status_code == 200
        assert hall.call(auditor, "GET", "/worklist?list=all").status_code == 200
        assert hall.call(hall.citizen, "GET", "/space/files").status_code == 200
        for who in (hall.citizen, hall.leader):
            assert hall.call(who, "GET", "/licences").status_code == 200
        assert hall.call(hall.leader, "GET", "/archive").status_code == 200
        for query in ("", f"?org={ORG}"):
            assert hall.call(None, "GET", f"/publications{query}").status_code == 200
        for kind in TITLES:
            _statistic(hall, hall.leader, kind)
    assert len(sent) > 100
    walks = {sql: plan for sql, params in sent if (plan := _walk(hall, sql, params))}
    assert not walks, json.dumps(walks, indent=1, ensure_ascii=False)


_OF_ORGS = tuple(f"filing_case_{way}_org_phase_opened_at_id_status" for way in ("approving", "accepting", "receiving"))
_SEEN = (*_OF_ORGS, "filing_case_applicant_ref_opened_at_id", "filing_participant_org_opened_at_case_id_item_code")
_ON_DESKS = ("filing_case_desk_org_desk_turn_opened_at_id",)
KEPT = {
    ("clerk", "/worklist"): _ON_DESKS,
    ("reviewer", "/worklist"): _ON_DESKS,
    ("citizen", "/cases"): ("filing_case_subject_ref_opened_at_id",),
    ("clerk", "/cases?queue=closed"): _SEEN,
    ("clerk", "/worklist?list=all"): _SEEN,
    ("clerk", "/worklist?list=running"): _OF_ORGS,
    ("clerk", "/worklist?list=closed"): _OF_ORGS,
    ("clerk", "/worklist?list=returned"): _OF_ORGS[1:],
    ("clerk", "/worklist?list=exceptions"): ("filing_case_troubled", "filing_case_in_handling"),
    ("clerk", "/worklist?list=done"): ("filing_handled_actor_at_id",),
}


@pytest.mark.rule("FIL-90", "FIL-14", "FIL-42")
@pytest.mark.parametrize(("who", "path"), KEPT, ids=[f"{who}{path}" for who, path in KEPT])
def test_the_lists_asked_for_most_are_planned_once_and_need_no_sorting(hall_on: Hall, who: str, path: str) -> None:
    """A plan that knows no values must not read all of a desk, of an organisation or of a party to put it in order."""
    database = hall_on.bench.database
    hall_on.accepted()
    with _watching(hall_on) as sent:
        assert hall_on.call(getattr(hall_on, who), "GET", path).status_code == 200
    ((sql, params),) = ((sql, params) for sql, params in sent if "ORDER BY" in sql)
    if database.dialect == "sqlite":  # keeps no plans
        plan = [row[3] for row in database.proxy.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params)]
    else:
        kept = "SELECT COUNT(*) FROM pg_prepared_statements WHERE name LIKE 'kept%%'"
        assert database.proxy.execute_sql(kept).fetchone()[0] >= 1
        with database.transaction():
            for setting in ("enable_seqscan = off", "enable_bitmapscan = off", "plan_cache_mode = force_generic_plan"):
                database.proxy.execute_sql(f"SET LOCAL {setting}")
            database.proxy.execute_kept("list_explained", sql, params)
            marks = ", ".join(["%s"] * len(params))
            plan = [row[0] for row in database.proxy.execute_sql(f"EXPLAIN EXECUTE list_explained ({marks})", params)]
            database.proxy.execute_sql("DEALLOCATE list_explained")
        database.discard()  # which this connection would take for planned
        steps = zip(plan, [*plan[1:], ""], strict=True)
        # The one page that comes along another table may be put in order.
        assert not [one for one, key in steps if re.search("-> .*Sort", one) and "Key: way." not in key], "\n".join(
            plan
        )
        assert any("$1" in step for step in plan), plan
    assert not [index for index in KEPT[who, path] if not any(index in step for step in plan)], "\n".join(plan)


@pytest.mark.rule("FIL-90")
def test_the_cases_of_an_item_or_of_a_state_are_found_within_an_index(hall_on: Hall) -> None:
    database = hall_on.bench.database
    hall_on.accepted()
    expected = {
        f"item_code={ITEM}": ("filing_case_item", "filing_participant_org_opened_at_case_id_item_code"),
        "status=withdrawn": _SEEN,
    }
    for query, indexes in expected.items():
        with _watching(hall_on) as sent:
            assert hall_on.call(hall_on.clerk, "GET", f"/worklist?list=all&{query}").status_code == 200
        ((sql, params),) = ((sql, params) for sql, params in sent if "ORDER BY" in sql)
        with database.transaction():
            if database.dialect == "sqlite":
                plan = [row[3] for row in database.proxy.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params)]
            else:
                for setting in ("enable_seqscan = off", "enable_bitmapscan = off", "enable_sort = off"):
                    database.proxy.execute_sql(f"SET LOCAL {setting}")
                plan = [row[0] for row in database.proxy.execute_sql(f"EXPLAIN {sql}", params)]
        assert not [index for index in indexes if not any(index in step for step in plan)], "\n".join(plan)


def _walk(hall: Hall, sql: str, params: Any) -> str:
    """The step of the plan that reads a whole table; empty when there is none."""
    database = hall.bench.database
    if "AND (0 = 1)" in sql:
        return ""  # the caller has no such role: nothing is read, whatever the plan
    if database.dialect == "sqlite":
        steps = [row[3] for row in database.proxy.execute_sql(f"EXPLAIN QUERY PLAN {sql}", params)]
        aliases = re.findall(r'"(?:filing|chassis)_\w+" AS "(\w+)"', sql)
        bad = [step for step in steps if step.startswith("SCAN") and step.split()[1] in aliases]
        return "; ".join(step for step in bad if "INDEX" not in step)
    with database.transaction():
        database.proxy.execute_sql("SET LOCAL enable_seqscan = off")  # a table of one row is always read whole
        steps = [row[0] for row in database.proxy.execute_sql(f"EXPLAIN {sql}", params)]
    return "; ".join(step for step in steps if "Seq Scan on " in step)


@pytest.mark.rule("FIL-90", "FIL-17")
def test_a_list_of_many_rows_takes_no_more_queries_than_a_list_of_one(hall: Hall) -> None:
    def queries() -> list[int]:
        numbers = []
        for who, path in (
            (hall.reviewer, "/worklist"),
            (hall.leader, "/worklist?list=running"),
            (hall.clerk, "/worklist?list=done"),
            (hall.citizen, "/cases"),
            (None, "/publications"),
        ):
            with _watching(hall) as sent:
                assert hall.call(who, "GET", path).get_json()["items"]
            numbers.append(len(sent))
        return numbers

    hall.granted("commit")
    hall.accepted("commit")
    few = queries()
    hall.granted("commit")
    hall.accepted("commit")
    assert queries() == few and max(few) <= 5


def test_a_case_is_read_and_submitted_in_few_queries(hall: Hall) -> None:
    """What is empty in most cases is asked for together, and what a submission needs is read once."""
    case_no = hall.ready()
    with _watching(hall) as sent:
        hall.do(hall.citizen, case_no, "submission")
    assert len(sent) <= 16, [sql for sql, _ in sent]
    with _watching(hall) as sent:
        hall.get(case_no)
    assert len(sent) <= 7, [sql for sql, _ in sent]

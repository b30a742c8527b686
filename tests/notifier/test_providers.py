"""The carriers' own languages: signatures as they publish them, and every answer over the wire, which they check."""

import dataclasses
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis import clock
from chassis.config import BadSetting
from contracts.events import filing
from contracts.events import notifier as events
from services.notifier import options, sending, signatures, sms_dialects, texts
from services.notifier.models import Message
from services.notifier.options import Account
from services.notifier.providers import Found, NotTaken, Sms
from services.notifier.templates import find
from tests.notifier.conftest import CITIZEN, Carrier, Office, account, impatient, to, use

DIALECTS = ("aliyun", "tencent", "plain")
Pair = tuple[Carrier, Carrier]


# --- signatures ---------------------------------------------------------------------------------------------------


def test_aliyuns_published_example_has_the_published_signature() -> None:
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": signatures.digest(b""),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    signature = signatures.acs3("YourAccessKeySecret", "POST", "/", query, headers)
    assert signature == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


@pytest.mark.parametrize(
    ("secret", "more", "signature"),
    [
        (
            "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
            {},
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
        ),
        (
            "*" * 32,
            {"x-tc-action": "describeinstances"},
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
        ),
    ],
)
def test_tencents_published_examples_have_the_published_signatures(
    secret: str, more: dict[str, str], signature: str
) -> None:
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    headers = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com", **more}
    assert signatures.tc3(secret, "cvm", 1551113065, headers, body) == signature


def test_a_query_is_encoded_as_rfc_3986_has_it() -> None:
    assert signatures.query_string({"b": "a b*~/", "a": "中"}) == "a=%E4%B8%AD&b=a%20b%2A~%2F"


# --- over the wire ------------------------------------------------------------------------------------------------


@pytest.mark.rule("NOT-03", "NOT-05")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_message_is_taken_signed_with_the_carriers_template(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    use(monkeypatch, account(pair[0], dialect, templates={"feedback.replied": "SMS_1024"}))
    mobile = office.knows(CITIZEN, 5001 + DIALECTS.index(dialect))
    office.order(params={"case_no": "2026 03+02~*/一"})
    office.run(1)
    (taken,) = to(pair[0], mobile)
    row = Message.get()
    assert (row.state, row.provider, taken["out_id"], taken["template"]) == ("accepted", dialect, row.id, "SMS_1024")
    assert row.provider_ref == taken["biz_id"]
    assert taken["text"].startswith("【天津政务服务】")
    assert "2026 03+02~*/一" in taken["text"]


@pytest.mark.rule("NOT-03")
def test_a_carriers_template_gets_the_correction_as_short_as_our_own_text_has_it(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, account(pair[0], "aliyun"))
    defects = [{"code": f"M{n}", "material": f"材料{n}", "reason": "没有加盖公章"} for n in range(30)]
    office.deliver(filing.CaseCorrectionRequested, defects=defects)
    mobile = office.knows(Message.get().recipient_ref, 5004)
    office.run(1)
    template = find("filing.correction")
    assert template is not None and template.elastic is not None
    params = json.loads(to(pair[0], mobile)[0]["text"].removeprefix("【天津政务服务】"))
    assert params[template.elastic].endswith("…")
    assert len(options.current.sign + texts.fill(template, params, "zh")) == 134
    assert list(params) == list(template.names)


@pytest.mark.rule("NOT-05")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_signed_with_another_secret_is_not_taken(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    use(monkeypatch, dataclasses.replace(account(pair[0], dialect), secret="another"))
    mobile = office.knows(CITIZEN, 5011 + DIALECTS.index(dialect))
    office.order()
    sending.send_waiting()
    row = Message.get()
    assert (row.state, to(pair[0], mobile)) == ("queued", [])
    assert re.search("(?i)signature", row.error)


@pytest.mark.rule("NOT-05")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_time_out_is_looked_into_by_the_carriers_own_question(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    use(monkeypatch, account(pair[0], dialect))
    mobile = office.knows(CITIZEN, 5021 + DIALECTS.index(dialect))
    office.order()
    pair[0].faults(hang_next=1, hang_seconds=1)
    with impatient():
        sending.send_waiting()
    row = Message.get()
    assert row.state == "unknown"
    assert mobile not in row.error
    office.run()
    assert (office.states(), len(to(pair[0], mobile))) == (["delivered"], 1)
    assert len(office.bench.emitted(events.SmsSent)) == 1


@pytest.mark.rule("NOT-05")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_carriers_own_trouble_leaves_it_open_and_is_asked_about(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    use(monkeypatch, account(pair[0], dialect))
    mobile = office.knows(CITIZEN, 5031 + DIALECTS.index(dialect))
    office.order()
    pair[0].faults(fail_next=1)
    sending.send_waiting()
    assert office.states() == ["unknown"]
    office.run()
    # Tencent lists a message only once the network has answered, so its "not found" is not believed so soon.
    believed = dialect != "tencent"
    assert (office.states(), len(to(pair[0], mobile))) == ((["accepted"], 1) if believed else (["unknown"], 0))
    if not believed:
        Message.update(called_at=clock.wall() - timedelta(minutes=11), retry_at=clock.wall()).execute()
        office.run()
        assert (office.states(), len(to(pair[0], mobile))) == (["accepted"], 1)


@pytest.mark.rule("NOT-07")
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", ["reject_next", "refuse_next"])
def test_a_number_that_gets_nothing_is_final_with_one_carrier(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch, dialect: str, fault: str
) -> None:
    use(monkeypatch, account(pair[0], dialect))
    mobile = office.knows(CITIZEN, 5041 + DIALECTS.index(dialect))
    office.order()
    pair[0].faults(**{fault: 1})
    office.run()
    assert (office.states(), to(pair[0], mobile)) == (["failed"], [])
    assert [(e.final, e.attempts) for e in office.bench.emitted(events.SmsFailed)] == [(True, 1)]


@pytest.mark.rule("NOT-07")
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("fault", ["rate_next", "account_next"])
def test_what_lies_with_the_carrier_is_tried_again(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch, dialect: str, fault: str
) -> None:
    use(monkeypatch, account(pair[0], dialect))
    mobile = office.knows(CITIZEN, (5051 if fault == "rate_next" else 5056) + DIALECTS.index(dialect))
    office.order()
    pair[0].faults(**{fault: 1})
    sending.send_waiting()
    assert (office.states(), to(pair[0], mobile)) == (["queued"], [])
    office.run()
    assert (office.states(), len(to(pair[0], mobile)), Message.get().attempts) == (["accepted"], 1, 2)


def test_aliyun_is_asked_page_by_page_and_on_both_sides_of_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    aliyun = sms_dialects.Aliyun(Account("aliyun", "aliyun", "http://127.0.0.1:9"))
    asked = []

    def answer(action: str, query: dict[str, str]) -> dict[str, Any]:
        asked.append((query["SendDate"], query["CurrentPage"]))
        many = [{"OutId": f"other-{n}", "SendStatus": 1} for n in range(50)]
        last = [{"OutId": "mine", "SendStatus": 2}] if query["SendDate"] == "20260303" else []
        return {"SmsSendDetailDTOs": {"SmsSendDetailDTO": many if query["CurrentPage"] == "1" else last}}

    monkeypatch.setattr(aliyun, "_call", answer)
    called_at = datetime(2026, 3, 2, 15, 59, 30, tzinfo=UTC)  # 23:59:30 in Tianjin
    assert aliyun.query("mine", "13900000000", called_at) == Found(None, False, None)
    assert asked == [("20260302", "1"), ("20260302", "2"), ("20260303", "1"), ("20260303", "2")]
    with pytest.raises(LookupError):
        aliyun.query("mine", None, called_at)


def test_nobody_configured_takes_nothing(office: Office) -> None:
    office.bench.peers.pop("sms")
    office.carriers()
    sms = Sms("id", "13900000000", "【签】", "t", {}, "text")
    with pytest.raises(NotTaken):
        sms_dialects.speak(options.DEFAULT_ACCOUNT).send(sms)


# --- how much one number gets (domain 5.5) ------------------------------------------------------------------------


def code(office: Office, number: int, key: str) -> None:
    office.order(f"sms-code:{number}", key, template="identity.sms_code", params={"minutes": "5"}, urgent=True)


@pytest.mark.rule("NOT-06")
def test_a_second_code_within_a_minute_goes_through_another_carrier_or_waits(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = pair
    use(monkeypatch, account(first, "aliyun"), account(second, "tencent"))
    mobile = office.knows("sms-code:1", 5071)
    office.members["sms-code:2"] = office.members["sms-code:3"] = [mobile]
    for number in (1, 2, 3):
        code(office, number, f"code-{number}")
    office.run(2)
    assert [len(to(carrier, mobile)) for carrier in pair] == [1, 1]
    waiting = Message.get(Message.state == "queued")
    earliest = min(row.called_at for row in Message.select().where(Message.state == "accepted"))
    assert (waiting.retry_at, waiting.attempts) == (earliest + timedelta(minutes=1), 0)
    assert waiting.error == "the carrier's limit for this number"
    ago = clock.wall() - timedelta(seconds=61)
    Message.update(called_at=ago).where(Message.state == "accepted").execute()
    Message.update(retry_at=clock.wall()).where(Message.state == "queued").execute()
    office.run(1)
    assert sum(len(to(carrier, mobile)) for carrier in pair) == 3


@pytest.mark.rule("NOT-06")
@pytest.mark.parametrize(
    ("before", "minutes", "held"), [(4, 30, False), (5, 30, True), (9, 120, False), (10, 120, True)]
)
def test_a_number_gets_five_codes_an_hour_and_ten_a_day(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch, before: int, minutes: int, held: bool
) -> None:
    use(monkeypatch, account(pair[0], "aliyun"))
    mobile = office.knows("sms-code:0", 5072)
    for number in range(1, before + 1):
        office.members[f"sms-code:{number}"] = [mobile]
        code(office, number, f"code-{number}")
        office.run(1)
        Message.update(called_at=clock.wall() - timedelta(minutes=minutes)).execute()
    code(office, 0, "last")
    office.run(1)
    assert (Message.get(Message.dedupe_key == "last").state == "queued") is held


@pytest.mark.rule("NOT-06")
def test_notices_of_one_template_have_a_limit_of_their_own_and_no_minute(
    office: Office, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, account(pair[0], "aliyun"))
    office.knows(CITIZEN, 5073)
    for number in range(51):
        office.order(key=f"key-{number}")
    office.order(key="other", template="booking.reminded", params={"date": "3月3日", "slot": "09:00", "place": "大厅"})
    office.run(4)
    states = {row.dedupe_key: row.state for row in Message.select()}
    assert sorted(states.values()).count("queued") == 1
    assert states["other"] != "queued"


# --- settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accounts", "complaint"),
    [
        ([], "at least one"),
        ([{"name": "a", "dialect": "plain"}, {"name": "a", "dialect": "plain"}], "a name of its own"),
        ([{"name": "a", "dialect": "morse"}], "'morse'"),
        ([{"name": "a", "dialect": "aliyun", "url": "https://sms.example"}], "url, key_id and secret"),
        ([{"name": "a", "dialect": "plain", "weight": 0}], "weight of a"),
        ([{"name": "a", "dialect": "plain", "wait": 3}], "wait"),
    ],
)
def test_a_bad_list_of_accounts_stops_the_start_with_one_line(
    tmp_path: Path, accounts: list[dict[str, Any]], complaint: str
) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(accounts))
    with pytest.raises(BadSetting, match=complaint):
        options.load({"YWT_SMS_ACCOUNTS": str(path)})


def test_a_list_of_accounts_is_read_and_no_secret_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    entry = {"name": "a", "dialect": "tencent", "url": "https://sms.example", "key_id": "id", "secret": "hidden-here"}
    path.write_text(json.dumps([entry]))
    loaded = options.load({"YWT_SMS_ACCOUNTS": str(path)})
    assert [(one.name, one.weight) for one in loaded.accounts] == [("a", 100)]
    assert "hidden-here" not in repr(loaded)
    assert options.load({}).accounts == (options.DEFAULT_ACCOUNT,)
    with pytest.raises(BadSetting, match="cannot be read"):
        options.load({"YWT_SMS_ACCOUNTS": str(tmp_path / "missing.json")})

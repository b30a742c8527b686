"""Opening an account: persons (ID-02, ID-03, ID-05) and legal persons (ID-11 to ID-15)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from peewee import IntegrityError

from chassis import clock, privacy, workdays
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import identity as events
from services.identity import codes, numbers, passwords, providers, verification
from services.identity.models import Legal, Person, User, database

PROTOCOL = "2026-01"  # 用户注册协议
CITY = "120000"
INLINE = "unionpay"  # the method that needs no way to another page


def person(data: dict[str, Any]) -> tuple[User, tuple[str, ...]]:
    """Open a personal account; real-name verification comes later, if at all (ID-05). Returns it with warnings."""
    _require_agreement(data)
    document = numbers.require_id_number(data["id_type"], data["id_no"])
    mobile, account = data["mobile"], data["account"].lower()
    passwords.require_good(
        data["password"], account=account, mobile=mobile, birth=document.birth, id_no=document.number
    )
    code_id = codes.check("register", mobile, data["code"])
    user = _account("person", account, data["password"], mobile, data.get("region"))
    try:
        with database.transaction():
            codes.use(code_id)
            _open(user, _person(user, data, document))
    except IntegrityError:
        raise _taken(user) from None
    return user, document.warnings


def legal(data: dict[str, Any]) -> User:
    """Open a legal account: registered at least a working day ago, matching the base, bound to its representative."""
    _require_agreement(data)
    uscc = numbers.require_uscc(data["uscc"]) if data.get("uscc") else None
    mobile, account = data["mobile"], data["account"].lower()
    passwords.require_good(data["password"], account=account, mobile=mobile)
    require_old_enough(data["registered_on"])
    code_id = codes.check("register", mobile, data["code"])
    who = data["representative"]
    representative, own = _newcomer(data) if who.get("name") else (_representative(who), None)
    name = own.name if own else Person.get_by_id(representative.id).name
    record = _matching_record(uscc or data["reg_no"], "uscc" if uscc else "reg_no", data, name)
    require_old_enough(record.registered_on)
    proof = _proof(who, representative, own)
    user = _account("legal", account, data["password"], mobile, data.get("region"))
    user.level = 2
    try:
        with database.transaction():
            codes.use(code_id)
            if own:
                _open_verified(representative, own, proof)
            user.save(force_insert=True)
            Legal.create(
                id=user.id,
                enterprise_type=data["enterprise_type"],
                name=record.name,
                uscc=uscc,
                reg_no=None if uscc else data["reg_no"],
                representative=representative.id,
                registered_on=record.registered_on,
                base_ref=record.reference,
                bound_at=clock.now(),
            )
            _report(user, "legal")
            _report_binding(user, uscc or data["reg_no"], representative)
    except IntegrityError:
        if own and (in_the_way := _account_in_the_way(representative, user)):
            raise in_the_way from None
        raise _taken(user, unit=uscc or data["reg_no"]) from None
    return user


def require_old_enough(registered_on: date) -> None:
    """Refuse before 00:00 of the first working day after the market registration, naming that day (ID-11)."""
    earliest = workdays.due_for("identity.legal_register_delay", registered_on).date
    if clock.today() < earliest:
        raise Refusal(
            "identity.legal-too-early",
            rule="ID-11",
            zh=f"市场主体登记满 1 个工作日后方可注册，最早 {earliest.isoformat()}。",
            en=f"A legal person registers one working day after its market registration: from {earliest.isoformat()}.",
            next_zh=f"请于 {earliest.isoformat()} 0 时起再来注册。",
            next_en=f"Come back from 00:00 on {earliest.isoformat()}.",
            earliest=earliest.isoformat(),
        )


def id_hash(id_type: str, number: str) -> str:
    """The keyed hash of a document number. Card and permit share one number space, the others have their own."""
    space = "resident" if id_type in {"identity_card", "residence_permit"} else id_type
    return privacy.lookup(number, f"id-no/{space}")


def _require_agreement(data: dict[str, Any]) -> None:
    if data["agreed"] is not True:
        raise Refusal(
            "identity.agreement-needed",
            status=422,
            rule="ID-02",
            zh="须勾选同意《用户注册协议》才能注册。",
            en="Registration needs your agreement to the user agreement.",
            next_zh="请阅读并勾选同意协议。",
            next_en="Read the agreement and tick the box.",
            fields={"agreed": ["required"]},
        )


def _representative(credentials: dict[str, str]) -> User:
    """The representative's own account, proven by its password, and real-name verified first (ID-12, ID-14)."""
    try:
        user = passwords.authenticate("person", credentials["account"], credentials["password"])
    except Refusal as error:
        if error.status == 401:  # the caller is not logged out by this: it is one field of the form
            wrong = {"account": ["wrong"], "password": ["wrong"]}  # which of them is told to nobody (ID-17)
            error.status, error.extra = 422, {"fields": {"representative": wrong}}
            error.rule = "ID-14"
        raise
    if user.level < 1 and not credentials.get("card_no"):
        raise Refusal(
            "identity.representative-unverified",
            rule="ID-12",
            zh="法定代表人(负责人)须先完成实名认证。",
            en="The legal representative must be real-name verified first.",
            next_zh="请填写法定代表人的银行卡号，当场完成实名认证。",
            next_en="Enter the bank card of the representative: it is verified here and now.",
            fields={"representative": {"card_no": ["needed"]}},
        )
    return user


def _newcomer(data: dict[str, Any]) -> tuple[User, Person]:
    """The account that a representative without one gets with the unit's, by the mobile number just proven (ID-14)."""
    who, mobile = data["representative"], data["mobile"]
    with _of_representative():
        document = numbers.require_id_number(who["id_type"], who["id_no"])
        account = who["account"].lower()
        passwords.require_good(
            who["password"], account=account, mobile=mobile, birth=document.birth, id_no=document.number
        )
    user = _account("person", account, who["password"], mobile, data.get("region"))
    return user, _person(user, who, document)


def _proof(who: dict[str, Any], user: User, own: Person | None) -> str:
    """Verify the representative inline, where that is not done yet (ID-12, ID-14); the provider's reference."""
    with _of_representative():
        if own:
            return verification.compare(own.id_no_hash, INLINE, own.name, own.id_no, who["card_no"])
        if user.level < 1:
            verification.verify(user.id, INLINE, who["card_no"])
    return ""


def _open_verified(user: User, person: Person, proof: str) -> None:
    """Only who holds the document comes here: that it has an account already is told to nobody else (ID-09, ID-14)."""
    if Person.select().where(Person.verified_hash == person.id_no_hash).exists():
        raise _has_account()
    _open(user, person)
    try:
        verification.record(user.id, INLINE, proof, verification.Asked(person.name, person.id_no_hash))
    except Refusal:  # somebody else was faster
        raise _has_account() from None


def _has_account() -> Refusal:
    return Refusal(
        "identity.representative-has-account",
        rule="ID-14",
        zh="该法定代表人已有实名账号，须用该账号绑定。",
        en="This representative has a real-name verified account already: it is that one which binds.",
        next_zh="请填写该账号的用户名和密码，姓名、证件号码、银行卡号留空；忘记的可用手机验证码找回。",
        next_en="Enter its name and password and leave name, document and card empty; recover it by SMS code.",
        fields={"representative": {"account": ["differs"]}},
    )


@contextmanager
def _of_representative() -> Iterator[None]:
    """What is wrong with a field is wrong with that field of the representative."""
    try:
        yield
    except Refusal as refusal:
        if said := refusal.extra.get("fields"):
            refusal.extra = refusal.extra | {"fields": {"representative": said}}
        raise


def _account_in_the_way(user: User, other: User) -> Refusal | None:
    """What keeps the representative's own account from being opened, if it is that."""
    if user.account == other.account or User.select().where(User.account == user.account).exists():
        field: dict[str, Any] = {"representative": {"account": ["taken"]}}
    elif User.select().where(User.kind == "person", User.mobile_hash == user.mobile_hash).exists():
        field = {"mobile": ["taken"]}
    else:
        return None
    refusal = _taken(user)
    refusal.extra = refusal.extra | {"fields": field}
    return refusal


def _matching_record(number: str, number_field: str, data: dict[str, Any], person_name: str) -> providers.LegalRecord:
    """The unit's record in the legal-person base; what differs is named, its true value is not (ID-15)."""
    database.release()
    record = providers.LEGAL_BASE.find(number)
    wrong = [number_field] if record is None else []
    if record is not None:
        wrong += ["name"] if _plain(record.name) != _plain(data["name"]) else []
        wrong += ["representative"] if record.representative != person_name else []
        wrong += ["registered_on"] if record.registered_on != data["registered_on"] else []
    if record is None or wrong:
        labels = {
            "uscc": "统一社会信用代码",
            "reg_no": "工商注册号",
            "name": "企业名称",
            "representative": "法定代表人",
            "registered_on": "市场主体登记日期",
        }
        raise Refusal(
            "identity.legal-mismatch",
            status=422,
            rule="ID-15",
            zh=f"与法人库登记信息不一致：{'、'.join(labels[field] for field in wrong)}。",
            en=f"This differs from the legal-person base: {', '.join(wrong)}.",
            next_zh="请对照营业执照核对；如登记信息已变更，请在变更生效后再试。",
            next_en="Compare it with the business licence; after a change of the register try again later.",
            fields={field: ["mismatch"] for field in wrong},
        )
    return record


def _plain(name: str) -> str:
    return "".join(name.split()).replace("（", "(").replace("）", ")")


def _person(user: User, data: dict[str, Any], document: numbers.IdNumber) -> Person:
    return Person(
        id=user.id,
        name=data["name"].strip(),
        id_type=data["id_type"],
        id_no=document.number,
        id_no_hash=id_hash(data["id_type"], document.number),
        sex=document.sex,
        birth=document.birth,
    )


def _open(user: User, person: Person) -> None:
    user.save(force_insert=True)
    person.save(force_insert=True)
    _report(user, "personal")


def _account(kind: str, account: str, password: str, mobile: str, region: str | None) -> User:
    return User(
        kind=kind,
        account=account,
        password_hash=passwords.hashed(password),
        mobile=mobile,
        mobile_hash=codes.mobile_hash(mobile),
        region=region or CITY,
        protocol_version=PROTOCOL,
        protocol_agreed_at=clock.now(),
    )


def _taken(user: User, unit: str | None = None) -> Refusal:
    """Which unique column was in the way. The caller has proven the number, so this tells nobody else anything."""
    if User.select().where(User.account == user.account).exists():
        field, zh, en = "account", "该账号名已被使用", "This account name is taken"
    elif unit and Legal.select().where((Legal.uscc == unit) | (Legal.reg_no == unit)).exists():
        field, zh, en = "uscc", "该法人已注册账号", "This legal person already has an account"
    else:
        field, zh, en = "mobile", "该手机号已注册过同类账号", "This number already has an account of this kind"
    return Refusal(
        f"identity.{field}-taken",
        rule="ID-02" if field != "uscc" else "ID-13",
        zh=f"{zh}。",
        en=f"{en}.",
        next_zh="请直接登录；忘记密码可用手机验证码找回。" if field != "account" else "请换一个账号名。",
        next_en="Log in, or recover the password by SMS code." if field != "account" else "Choose another name.",
        fields={field: ["taken"]},
    )


def _report(user: User, account_type: str) -> None:
    emit(
        events.UserRegistered,
        user.ref,
        {
            "user_ref": user.ref,
            "account_type": account_type,
            "region_code": user.region,
            "registered_at": clock.now(),
        },
        region=user.region,
    )


def _report_binding(user: User, number: str, representative: User) -> None:
    bound = {
        "legal_ref": user.ref,
        "uscc_hash": privacy.lookup(number, "uscc"),
        "representative_ref": representative.ref,
        "bound_at": clock.now(),
    }
    emit(events.LegalBound, user.ref, bound)
    verified = {"user_ref": user.ref, "method": "representative", "level": 2, "verified_at": clock.now()}
    emit(events.UserVerified, user.ref, verified)

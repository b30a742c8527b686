"""What one changes about the own account: password, number, name and document before verification (ID-18, ID-22)."""

from typing import Any

from peewee import IntegrityError

from chassis import clock, privacy
from chassis.errors import Refusal
from chassis.outbox import emit
from contracts.events import identity as events
from services.identity import audit, codes, guards, numbers, passwords, registrations, sessions, verification
from services.identity.models import Legal, Person, Staff, User, database


def view(user: User) -> dict[str, Any]:
    """The own account as its owner sees it: numbers masked (ID-19, ID-21)."""
    found: dict[str, Any] = {
        "ref": user.ref,
        "kind": user.kind,
        "account": user.account,
        "level": user.level,
        "mobile": privacy.mask_mobile(user.mobile),
        "must_change_password": user.must_change_password,
    }
    if user.kind == "person":
        person = Person.get_by_id(user.id)
        found |= {
            "name": person.name,
            "id_type": person.id_type,
            "id_no": privacy.mask_id_no(person.id_no),
            "verified_at": person.verified_at,
            "verify_method": person.verify_method,
            "verification": verification.entrance(user),
        }
    elif user.kind == "legal":
        legal = Legal.get_by_id(user.id)
        found |= {
            "name": legal.name,
            "uscc": legal.uscc,
            "reg_no": legal.reg_no,
            "enterprise_type": legal.enterprise_type,
            "representative_ref": f"person:{legal.representative}",
        }
    else:
        staff = Staff.get_by_id(user.id)
        found |= {"name": staff.display_name, "org": staff.org, "post": staff.post}
    return found


def change_password(user_id: str, old: str, new: str) -> dict[str, Any]:
    """Set a new password after proof of the old one; ends all sessions and opens a new one (ID-22)."""
    user = User.get_or_refuse(user_id)
    user = passwords.authenticate(user.kind, user.account, old)
    require_good(user, new)
    if new == old:
        raise Refusal(
            "identity.password-same",
            status=422,
            rule="ID-22",
            zh="新密码不能与原密码相同。",
            en="The new password must differ from the old one.",
            next_zh="请设置另一个密码。",
            next_en="Choose another one.",
            fields={"new": ["same"]},
        )
    fresh = passwords.hashed(new)
    with database.transaction():
        changed = (
            User.update(password_hash=fresh, must_change_password=False)
            .where(User.id == user.id, User.password_hash == user.password_hash)
            .execute()
        )
        if not changed:
            raise passwords.refused()
        sessions.end_all(user.id, "password")
        audit.note("password.changed", user.ref)
        report(user, "password")
        return sessions.open_for(User.get_by_id(user.id))


def reset_password(kind: str, account: str, mobile: str, code: str, new: str) -> None:
    """Recover an account by the SMS code of its number; ends all its sessions (ID-18)."""
    code_id = codes.check("reset", mobile, code)
    user = passwords.find(kind, account)
    if user is None or user.mobile_hash != codes.mobile_hash(mobile):
        raise passwords.refused()
    require_good(user, new)
    fresh = passwords.hashed(new)
    with database.transaction():
        codes.use(code_id)
        User.update(password_hash=fresh).where(User.id == user.id).execute()
        sessions.end_all(user.id, "password")
        guards.passed(passwords.guard_of(kind, user, account))
        audit.note("password.reset", user.ref, reason="sms_code")
        report(user, "password")


def change_mobile(user_id: str, password: str, mobile: str, code: str) -> User:
    """Bind another number: the password proves the owner, the code the number (ID-03)."""
    user = User.get_or_refuse(user_id)
    passwords.authenticate(user.kind, user.account, password)
    code_id = codes.check("bind", mobile, code)
    try:
        with database.transaction():
            codes.use(code_id)
            user = User.get_or_refuse(User.id == user_id, User.active, lock=True)
            user.mobile, user.mobile_hash = mobile, codes.mobile_hash(mobile)
            user.save()
            audit.note("mobile.changed", user.ref)
            report(user, "mobile")
    except IntegrityError:
        raise Refusal(
            "identity.mobile-taken",
            rule="ID-03",
            zh="该手机号已用于另一个同类账号。",
            en="This number belongs to another account of this kind.",
            next_zh="请换用其他手机号。",
            next_en="Use another number.",
            fields={"mobile": ["taken"]},
        ) from None
    return user


def correct(user_id: str, data: dict[str, Any]) -> User:
    """Correct name and document of a personal account that is not verified yet (ID-22)."""
    with database.transaction():
        user, person = User.get_or_refuse(user_id, lock=True), Person.get_or_refuse(user_id, lock=True)
        if user.level >= 1:
            raise Refusal(
                "identity.verified-data-fixed",
                rule="ID-09",
                zh="实名认证后的姓名和证件号码不能自行修改。",
                en="Name and document number are fixed once verified.",
                next_zh="依法变更姓名或证件的，请持证件到政务服务窗口办理。",
                next_en="After a lawful change, bring the document to a service window.",
            )
        id_type = data.get("id_type", person.id_type)
        document = numbers.require_id_number(id_type, data.get("id_no", person.id_no))
        person.name = data.get("name", person.name).strip()
        person.id_type, person.id_no = id_type, document.number
        person.id_no_hash = registrations.id_hash(id_type, document.number)
        person.sex, person.birth = document.sex, document.birth
        person.save()
        audit.note("profile.corrected", user.ref, details={"fields": sorted(data)})
        report(user, *(["name"] if "name" in data else []), *(["document"] if data.keys() - {"name"} else []))
    return user


def require_good(user: User, new: str) -> None:
    """Refuse a new password that is weak or says something about its owner (ID-23)."""
    person = Person.get_or_none(Person.id == user.id) if user.kind == "person" else None
    passwords.require_good(
        new,
        account=user.account,
        mobile=user.mobile,
        birth=person.birth if person else None,
        id_no=person.id_no if person else None,
    )


def report(user: User, *changed: str) -> None:
    """Tell what of an account has changed, in the open transaction."""
    emit(
        events.UserUpdated,
        user.ref,
        {"user_ref": user.ref, "changed": list(changed), "updated_at": clock.now()},
    )

"""The HTTP interface: parse, authorise, call the verb, dump. No rule lives here."""

from functools import partial
from typing import Any

from flask import request
from flask_smorest import Blueprint

from chassis import etag
from chassis.auth import Citizen, Peer, Public, Staff, actor, allow
from chassis.idempotency import idempotent
from chassis.paging import PageArgs, page, page_schema
from services.identity import (
    addresses,
    agents,
    cards,
    closing,
    codes,
    devices,
    directory,
    factors,
    grants,
    inspection,
    keys,
    posts,
    profile,
    qr,
    questions,
    redirects,
    registrations,
    revocations,
    schemas,
    separation,
    staff,
    verification,
)
from services.identity import sessions as session_verbs
from services.identity.models import AccessAudit, Address, Agent, LoginLog, Org, RoleGrant, Session, User
from services.identity.models import Staff as StaffRow

accounts = Blueprint("accounts", __name__, description="Codes and registration 验证码与注册")
sessions = Blueprint("sessions", __name__, description="Login, refresh, logout 登录")
me = Blueprint("me", __name__, description="The own account 我的账号")
lookups = Blueprint("lookups", __name__, description="For the services of the hall")
organisation = Blueprint("organisation", __name__, description="Staff, grants, audit 机构用户")

SECRET = {"Cache-Control": "no-store"}


def own_id() -> str:
    """The account of the caller; a token whose session has ended is refused (ID-25)."""
    user_id = actor().id.partition(":")[2]
    devices.require_running(actor().session, user_id)
    return user_id


def site_url() -> str:
    """The address under which the caller's browser sees the hall, as the gateway passes it on."""
    host = request.headers.get("X-Forwarded-Host") or request.host
    return f"{request.headers.get('X-Forwarded-Proto') or request.scheme}://{host}"


# --- codes, registration ----------------------------------------------------------------------------------------


@accounts.post("/sms-codes")
@allow(Public())
@accounts.arguments(schemas.SmsCodeIn)
@accounts.response(202, schemas.SmsCodeOut)
def ask_for_code(body: dict[str, Any]) -> Any:
    """Have an SMS code sent (ID-03, ID-04)."""
    return codes.request(body["purpose"], body["mobile"])


@accounts.post("/registrations/person")
@allow(Public())
@idempotent(atomic=False)
@accounts.arguments(schemas.PersonIn)
@accounts.response(201, schemas.RegisteredOut)
def register_person(body: dict[str, Any]) -> Any:
    """Open a personal account; answers with the entrance to verification (ID-02, ID-03, ID-05, ID-07)."""
    user, warnings = registrations.person(body)
    return _registered(user) | {"warnings": list(warnings)}


@accounts.post("/registrations/legal")
@allow(Public())
@idempotent(atomic=False)
@accounts.arguments(schemas.LegalIn)
@accounts.response(201, schemas.RegisteredOut)
def register_legal(body: dict[str, Any]) -> Any:
    """Open a legal person's account, bound to its representative (ID-11 to ID-15)."""
    return _registered(registrations.legal(body)) | {"warnings": []}


def _registered(user: User) -> dict[str, Any]:
    entrance = verification.entrance(user)
    return {"user_id": user.id, "ref": user.ref, "level": user.level, "verification": entrance}


@accounts.post("/password-resets")
@allow(Public())
@accounts.arguments(schemas.ResetIn)
@accounts.response(204)
def reset_password(body: dict[str, Any]) -> None:
    """Recover an account by SMS code; ends all sessions (ID-18)."""
    profile.reset_password(body["kind"], body["account"], body["mobile"], body["code"], body["password"])


@accounts.get("/security-questions")
@allow(Public())
@accounts.response(200, schemas.QuestionsOut)
def list_questions() -> Any:
    """The security questions one can choose from (ID-18)."""
    return {"items": questions.listed(), "next": None}


@accounts.post("/password-resets/question")
@allow(Public())
@accounts.arguments(schemas.RecoveryIn)
@accounts.response(200, schemas.QuestionOut)
def ask_question(body: dict[str, Any]) -> Any:
    """The security question of an account; whether there is an account does not show (ID-18)."""
    return questions.ask(body["kind"], body["account"]), SECRET


@accounts.post("/password-resets/answer")
@allow(Public())
@accounts.arguments(schemas.AnswerIn)
@accounts.response(204)
def reset_by_answer(body: dict[str, Any]) -> None:
    """Recover an account by its security question; ends all sessions (ID-18)."""
    questions.recover(body["kind"], body["account"], body["answer"], body["password"])


# --- sessions ---------------------------------------------------------------------------------------------------


@sessions.post("/sessions")
@allow(Public())
@sessions.arguments(schemas.LoginIn)
@sessions.response(200, schemas.TokensOut)
def log_in(body: dict[str, Any]) -> Any:
    """Log in on the page of one kind, by password or by SMS code (ID-01, ID-16, ID-17)."""
    if "code" in body:
        tokens = session_verbs.log_in_by_code(body["kind"], body["mobile"], body["code"])
    else:
        tokens = session_verbs.log_in(body["kind"], body["account"], body["password"], body.get("second_factor"))
    return tokens, SECRET


@sessions.post("/sessions/refresh")
@allow(Public())
@sessions.arguments(schemas.RefreshIn)
@sessions.response(200, schemas.TokensOut)
def refresh(body: dict[str, Any]) -> Any:
    """New tokens for a refresh token; each can be used once (ID-25)."""
    return session_verbs.refresh(body["refresh_token"]), SECRET


@sessions.delete("/sessions/current")
@allow(Citizen(), Staff(), password_change=True)
@sessions.response(204)
def log_out() -> None:
    """Log out this device."""
    session_verbs.end(actor().session, own_id())


@sessions.delete("/sessions")
@allow(Citizen(), Staff(), password_change=True)
@sessions.response(204)
def log_out_everywhere() -> None:
    """Log out all devices (ID-25)."""
    session_verbs.end_all(own_id())


@sessions.get("/sessions")
@allow(Citizen(), Staff(), password_change=True)
@sessions.arguments(PageArgs, location="query")
@sessions.response(200, page_schema(schemas.SessionOut))
def my_sessions(query: dict[str, Any]) -> Any:
    """The devices on which the account is logged in, the newest login first (ID-25)."""
    rows = devices.mine(own_id())
    dump = partial(devices.dump, current=actor().session)
    return page(rows, [Session.started_at], dump, limit=query["limit"], cursor=query["cursor"])


@sessions.delete("/sessions/<session_id>")
@allow(Citizen(), Staff(), password_change=True)
@sessions.response(204)
def log_out_device(session_id: str) -> None:
    """Log out one of the own devices (ID-25)."""
    devices.end(own_id(), session_id)


@sessions.post("/login-tickets")
@allow(Public())
@sessions.arguments(schemas.TicketKindIn)
@sessions.response(201, schemas.TicketOut)
def ask_for_ticket(body: dict[str, Any]) -> Any:
    """A ticket to show as QR code on the login page of one kind; valid two minutes (ID-16)."""
    return qr.ask(body["kind"]), SECRET


@sessions.post("/login-tickets/collection")
@allow(Public())
@sessions.arguments(schemas.CollectIn)
@sessions.alt_response(410, "GONE")
@sessions.response(200, schemas.CollectOut)
def collect_login(body: dict[str, Any]) -> Any:
    """What the asking device polls; after the approval it answers with tokens, once (ID-16)."""
    return qr.collect(body["ticket"], body["secret"]), SECRET


@sessions.post("/login-tickets/scan")
@allow(Citizen())
@sessions.arguments(schemas.ScanIn)
@sessions.alt_response(410, "GONE")
@sessions.response(200, schemas.ScanOut)
def scan_ticket(body: dict[str, Any]) -> Any:
    """The phone has read the ticket; answers with the device that asks, to be shown before approving."""
    return qr.scan(own_id(), actor().session, body["ticket"]), SECRET


@sessions.post("/login-tickets/approval")
@allow(Citizen())
@sessions.arguments(schemas.TicketAnswerIn)
@sessions.alt_response(410, "GONE")
@sessions.response(204)
def answer_ticket(body: dict[str, Any]) -> None:
    """Approve or decline the login of the other device, on the phone that has read the ticket."""
    qr.answer(own_id(), actor().session, body["ticket"], body["approved"])


@sessions.get("/jwks")
@allow(Public())
@sessions.response(200, schemas.KeySetOut)
def key_set() -> Any:
    """The public keys of access tokens."""
    return keys.jwks(), {"Cache-Control": "max-age=60"}


@sessions.get("/revocations")
@allow(Peer())
@sessions.arguments(schemas.RevocationsArgs, location="query")
@sessions.response(200, schemas.RevocationsOut)
def list_revocations(query: dict[str, Any]) -> Any:
    """Sessions that ended and rights that were lost since then, for the services that verify tokens (ID-25, ID-35)."""
    return revocations.since(query["since"]), SECRET


@sessions.post("/keys/rotation")
@allow(Staff("system_admin"))
@sessions.response(201, schemas.KeyOut)
def rotate_keys() -> Any:
    """Sign with a new key; the old one stays published until its tokens have expired."""
    return {"kid": keys.rotate()}


# --- the own account --------------------------------------------------------------------------------------------


@me.get("/me")
@allow(Citizen(), Staff(), password_change=True)
@me.response(200, schemas.MeOut)
def my_account() -> Any:
    """The own account, numbers masked, with the entrance to verification 高级认证 (ID-07, ID-19, ID-21)."""
    user = User.get_or_refuse(own_id())
    etag.set(user)
    return profile.view(user)


@me.patch("/me")
@allow(Citizen())
@me.arguments(schemas.ProfileIn)
@me.response(200, schemas.MeOut)
def correct_profile(body: dict[str, Any]) -> Any:
    """Correct name and document before verification (ID-22)."""
    return profile.view(profile.correct(own_id(), body))


@me.put("/me/password")
@allow(Citizen(), Staff(), password_change=True)
@me.arguments(schemas.PasswordIn)
@me.response(200, schemas.TokensOut)
def change_password(body: dict[str, Any]) -> Any:
    """Change the password; ends all sessions and answers with the tokens of a new one (ID-22)."""
    return profile.change_password(own_id(), body["old"], body["new"]), SECRET


@me.put("/me/mobile")
@allow(Citizen())
@me.arguments(schemas.MobileIn)
@me.response(200, schemas.MeOut)
def change_mobile(body: dict[str, Any]) -> Any:
    """Bind another mobile number, by password and code of purpose `bind`."""
    return profile.view(profile.change_mobile(own_id(), body["password"], body["mobile"], body["code"]))


@me.get("/me/security-question")
@allow(Citizen())
@me.response(200, schemas.MyQuestionOut)
def my_question() -> Any:
    """Which security question is set; the answer is never shown."""
    return {"question": questions.mine(own_id())}


@me.put("/me/security-question")
@allow(Citizen())
@me.arguments(schemas.MyQuestionIn)
@me.response(204)
def choose_question(body: dict[str, Any]) -> None:
    """Set the security question, by password (ID-18)."""
    questions.choose(own_id(), body["password"], body["question"], body["answer"])


@me.post("/me/verification")
@allow(Citizen())
@me.arguments(schemas.VerificationIn)
@me.response(200, schemas.VerificationOut)
def verify(body: dict[str, Any]) -> Any:
    """Real-name verification; answers with an access token of the new level (ID-08, ID-09)."""
    user = verification.verify(own_id(), body["method"], body["card_no"])
    return {"level": user.level, **session_verbs.renewed_access(user, actor().session)}, SECRET


@me.post("/me/verification/redirects")
@allow(Citizen())
@me.arguments(schemas.RedirectIn)
@me.response(201, schemas.RedirectOut)
def begin_redirect(body: dict[str, Any]) -> Any:
    """Begin a verification at the provider's page; the browser returns to `return_path` with `state` and `code`."""
    return redirects.begin(own_id(), body["method"], site_url() + body["return_path"]), SECRET


@me.post("/me/verification/redirects/completion")
@allow(Citizen())
@me.arguments(schemas.RedirectBackIn)
@me.alt_response(410, "GONE")
@me.response(200, schemas.VerificationOut)
def finish_redirect(body: dict[str, Any]) -> Any:
    """Back from the provider's page: state and code, once; answers with an access token of the new level (ID-08)."""
    user = redirects.finish(own_id(), body["state"], body["code"])
    return {"level": user.level, **session_verbs.renewed_access(user, actor().session)}, SECRET


@me.get("/me/addresses")
@allow(Citizen())
@me.response(200, schemas.AddressesOut)
def my_addresses() -> Any:
    """The address book (at most 20 entries, so one page)."""
    return {"items": [addresses.dump(row) for row in addresses.mine(own_id())], "next": None}


@me.post("/me/addresses")
@allow(Citizen())
@idempotent
@me.arguments(schemas.AddressIn)
@me.response(201, schemas.AddressOut)
def add_address(body: dict[str, Any]) -> Any:
    """Add an entry; the first one becomes the default."""
    return _address(addresses.add(own_id(), body))


@me.patch("/me/addresses/<address_id>")
@allow(Citizen())
@me.arguments(schemas.AddressChangeIn)
@me.response(200, schemas.AddressOut)
def change_address(body: dict[str, Any], address_id: str) -> Any:
    """Change an entry."""
    return _address(addresses.change(own_id(), address_id, body))


@me.delete("/me/addresses/<address_id>")
@allow(Citizen())
@me.response(204)
def remove_address(address_id: str) -> None:
    """Take an entry off the list."""
    addresses.remove(own_id(), address_id)


@me.get("/me/second-factor")
@allow(Staff(), password_change=True)
@me.response(200, schemas.FactorOut)
def my_factor() -> Any:
    """Whether the own account has a second factor (ID-24)."""
    return factors.view(own_id())


@me.post("/me/second-factor")
@allow(Staff(), password_change=True)
@me.arguments(schemas.FactorIn)
@me.response(201, schemas.FactorSecretOut)
def begin_factor(body: dict[str, Any]) -> Any:
    """A secret for an authenticator app; it counts once confirmed. Replacing one needs its code (ID-24)."""
    return factors.begin(own_id(), body["password"], body["second_factor"]), SECRET


@me.post("/me/second-factor/confirmation")
@allow(Staff(), password_change=True)
@me.arguments(schemas.FactorCodeIn)
@me.response(200, schemas.FactorConfirmedOut)
def confirm_factor(body: dict[str, Any]) -> Any:
    """Confirm with a code of the app; answers with recovery codes, shown once, and a new access token (ID-24)."""
    user = User.get_or_refuse(own_id())
    recovery = factors.confirm(user.id, body["code"])
    return {"recovery_codes": recovery, **session_verbs.renewed_access(user, actor().session)}, SECRET


@me.post("/me/second-factor/removal")
@allow(Staff())
@me.arguments(schemas.FactorIn)
@me.response(204)
def remove_factor(body: dict[str, Any]) -> None:
    """Go back to the password alone, where the deployment allows it (ID-24)."""
    factors.remove(own_id(), body["password"], body["second_factor"])


@me.post("/me/export")
@allow(Citizen())
@me.arguments(schemas.ProofIn)
@me.response(200, schemas.ExportOut)
def export_account(body: dict[str, Any]) -> Any:
    """All own data as a JSON file, by password."""
    name = {"Content-Disposition": 'attachment; filename="account.json"'}
    return closing.export(own_id(), body["password"]), SECRET | name


@me.post("/me/closure")
@allow(Citizen())
@me.arguments(schemas.ProofIn)
@me.response(204)
def close_account(body: dict[str, Any]) -> None:
    """Close the own account for good, by password."""
    closing.close(own_id(), body["password"])


@me.get("/me/agents")
@allow(Citizen())
@me.arguments(PageArgs, location="query")
@me.response(200, page_schema(schemas.AgentOut))
def my_agents(query: dict[str, Any]) -> Any:
    """Whom the own legal person has named to act for it, newest first (ID-35)."""
    return page(agents.of(own_id()), [Agent.id], agents.dump, limit=query["limit"], cursor=query["cursor"])


@me.post("/me/agents")
@allow(Citizen(verified=True))
@idempotent(atomic=False)
@me.arguments(schemas.AgentIn)
@me.response(201, schemas.AgentOut)
def name_agent(body: dict[str, Any]) -> Any:
    """Name a personal account to act for the own legal person, for some items or all, until a day (ID-35)."""
    return agents.dump(agents.name(own_id(), body))


@me.delete("/me/agents/<agency_id>")
@allow(Citizen())
@me.arguments(schemas.AgencyEndArgs, location="query")
@me.response(204)
def revoke_agent(query: dict[str, Any], agency_id: str) -> None:
    """Take an agency back; it ends at once."""
    agents.revoke(Agent.principal, own_id(), agency_id, query["reason"])


@me.get("/me/agencies")
@allow(Citizen())
@me.arguments(PageArgs, location="query")
@me.response(200, page_schema(schemas.AgentOut))
def my_agencies(query: dict[str, Any]) -> Any:
    """For which legal persons the own account may act, newest first."""
    return page(agents.held_by(own_id()), [Agent.id], agents.dump, limit=query["limit"], cursor=query["cursor"])


@me.delete("/me/agencies/<agency_id>")
@allow(Citizen())
@me.arguments(schemas.AgencyEndArgs, location="query")
@me.response(204)
def lay_down_agency(query: dict[str, Any], agency_id: str) -> None:
    """Lay an agency down as the agent."""
    agents.revoke(Agent.agent, own_id(), agency_id, query["reason"])


def _address(row: Address) -> dict[str, Any]:
    etag.set(row)
    return addresses.dump(row)


# --- for peers --------------------------------------------------------------------------------------------------


@lookups.post("/recipients/resolution")
@allow(Peer("notifier"))
@lookups.arguments(schemas.ResolutionIn)
@lookups.alt_response(200, schema=schemas.RESOLVED, success=True)
def resolve_recipients(body: dict[str, Any]) -> Any:
    """Where messages to these recipients go now: `{recipient: {mobile, name_masked, params, members} or null}`."""
    about = {name: body[name] for name in ("reason", "case_no", "reads")}
    return _no_store(directory.resolve_recipients(body["recipients"], **about))


@lookups.post("/addresses/resolution")
@allow(Peer("notifier"))
@lookups.arguments(schemas.AddressResolutionIn)
@lookups.response(200, schemas.WholeAddressOut)
def resolve_address(body: dict[str, Any]) -> Any:
    """The whole address for a label."""
    found = directory.resolve_address(body["address_ref"], reason=body["reason"], case_no=body["case_no"])
    return found or Address.get_or_refuse("-"), SECRET


@lookups.get("/addresses/<address_ref>")
@allow(Peer())
@lookups.response(200, schemas.AddressOwnerOut)
def address_owner(address_ref: str) -> Any:
    """Whose an address is, without the address."""
    return directory.address_owner(address_ref) or Address.get_or_refuse("-")


@lookups.get("/subjects/<ref>")
@allow(Peer())
@lookups.response(200, schemas.SubjectOut)
def subject(ref: str) -> Any:
    """Who a reference is, masked."""
    return directory.subject(ref) or User.get_or_refuse("-")


@lookups.get("/subjects/<ref>/agents/<agent_ref>")
@allow(Peer())
@lookups.arguments(schemas.StandingArgs, location="query")
@lookups.response(200, schemas.StandingOut)
def agent_standing(query: dict[str, Any], ref: str, agent_ref: str) -> Any:
    """Whether a person may act for a legal person today in this matter, as its representative or as its agent."""
    return agents.standing(ref, agent_ref, query["item"])


@lookups.post("/subjects/<ref>/disclosure")
@allow(Peer("filing"))
@lookups.arguments(schemas.DisclosureIn)
@lookups.response(200, schemas.DisclosureOut)
def disclose(body: dict[str, Any], ref: str) -> Any:
    """Full name and number, for a document that has to print them; audited with the case (ID-38)."""
    return directory.disclose(ref, reason=body["reason"], case_no=body["case_no"]) or User.get_or_refuse("-"), SECRET


@lookups.post("/cards/resolution")
@allow(Peer("booking"))
@lookups.arguments(schemas.CardIn)
@lookups.response(200, schemas.CardOut)
def resolve_card(body: dict[str, Any]) -> Any:
    """Whose identity card a hall's machine has read, and for whom the holder may act; audited (BOO-13, ID-38)."""
    return {"holders": cards.holders(body["id_no"])}, SECRET


def _no_store(body: Any) -> Any:
    return body, SECRET


# --- staff, grants, audit ---------------------------------------------------------------------------------------


@organisation.get("/staff")
@allow(Staff(shared="posts are known to all units, without numbers (ID-33)"), Peer())
@organisation.arguments(schemas.StaffArgs, location="query")
@organisation.response(200, schemas.StaffPageOut)
def list_staff(query: dict[str, Any]) -> Any:
    """Posts of a unit, or all who hold a role."""
    rows = staff.listed(query["org"], query["role"])
    return page(rows, [StaffRow.id], staff.dump, limit=query["limit"], cursor=query["cursor"], newest_first=False)


@organisation.post("/staff")
@allow(Staff("system_admin", "service_office"))
@idempotent
@organisation.arguments(schemas.StaffIn)
@organisation.response(201, schemas.StaffOut)
def create_staff(body: dict[str, Any]) -> Any:
    """Open the account of a post; issue a one-time password next (ID-22, ID-31)."""
    return staff.dump(staff.create(body))


@organisation.post("/staff/<staff_id>/one-time-password")
@allow(Staff("system_admin", "service_office"))
@organisation.response(201, schemas.OneTimePasswordOut)
def issue_password(staff_id: str) -> Any:
    """A new one-time password, shown once; ends the account's sessions (ID-22, ID-23)."""
    return {"one_time_password": staff.issue_password(staff_id)}, SECRET


@organisation.delete("/staff/<staff_id>/second-factor")
@allow(Staff("system_admin", "service_office"))
@organisation.arguments(schemas.RevocationArgs, location="query")
@organisation.response(204)
def reset_factor(query: dict[str, Any], staff_id: str) -> None:
    """Drop a lost second factor, with the reason as a query argument; ends the account's sessions (ID-24)."""
    staff.reset_factor(staff_id, query["reason"])


@organisation.put("/staff/<staff_id>/mobile")
@allow(Staff("system_admin", "service_office"))
@organisation.arguments(schemas.StaffMobileIn)
@organisation.response(200, schemas.StaffOut)
def set_staff_mobile(body: dict[str, Any], staff_id: str) -> Any:
    """Enter the number of a post (ID-37)."""
    return staff.dump(staff.set_mobile(staff_id, body["mobile"]))


@organisation.post("/grants")
@allow(Staff("system_admin", "service_office"))
@idempotent(atomic=False)
@organisation.arguments(schemas.GrantIn)
@organisation.response(201, schemas.GrantOut)
def give_role(body: dict[str, Any]) -> Any:
    """Give a role in an organisation (ID-30 to ID-32, ID-35 to ID-37)."""
    return grants.dump(grants.give(body))


@organisation.delete("/grants/<grant_id>")
@allow(Staff("system_admin", "service_office"))
@organisation.arguments(schemas.RevocationArgs, location="query")
@organisation.response(204)
def revoke_role(query: dict[str, Any], grant_id: str) -> None:
    """Take a role back, with the reason as a query argument."""
    grants.revoke(grant_id, query["reason"])


@organisation.get("/grants/conflicts")
@allow(Staff("system_admin", "service_office", "auditor"))
@organisation.arguments(PageArgs, location="query")
@organisation.response(200, page_schema(schemas.ConflictOut))
def list_conflicts(query: dict[str, Any]) -> Any:
    """Posts that accept and decide the same items, as a single reviewer may (ID-36); a page may be short."""
    found = page(separation.conflicts(), [RoleGrant.org], separation.conflict, newest_first=False, **query)
    return found | {"items": [entry for entry in found["items"] if entry]}


@organisation.get("/coordinators")
@allow(Public())
@organisation.arguments(schemas.CoordinatorArgs, location="query")
@organisation.response(200, page_schema(schemas.CoordinatorOut))
def list_coordinators(query: dict[str, Any]) -> Any:
    """The linkage coordinators 审管协调员 of all units, public (ID-33)."""
    rows = posts.coordinators(region=query["region"], org=query["org"], side=query["side"])
    options = {"limit": query["limit"], "cursor": query["cursor"], "newest_first": False}
    return page(rows, [RoleGrant.org], posts.coordinator, **options)


@organisation.get("/vacancies")
@allow(Staff("system_admin", "service_office", "auditor"))
@organisation.arguments(schemas.VacancyArgs, location="query")
@organisation.response(200, page_schema(schemas.VacancyOut))
def list_vacancies(query: dict[str, Any]) -> Any:
    """Units of the own level without both handlers of letters, credit administrator or coordinator (ID-30 to ID-33)."""
    rows = posts.vacancies(query["vacant"])
    return page(rows, [Org.region], posts.vacancy, limit=query["limit"], cursor=query["cursor"], newest_first=False)


@organisation.get("/audit")
@allow(Staff("auditor", "system_admin"))
@organisation.arguments(schemas.AuditArgs, location="query")
@organisation.response(200, page_schema(schemas.AuditOut))
def list_audit(query: dict[str, Any]) -> Any:
    """Grants, changes and reads of personal data, newest first (ID-38)."""
    return page(inspection.audited(query), [AccessAudit.at], limit=query["limit"], cursor=query["cursor"])


@organisation.get("/login-log")
@allow(Staff("auditor", "system_admin"))
@organisation.arguments(schemas.LoginLogArgs, location="query")
@organisation.response(200, page_schema(schemas.LoginLogOut))
def list_logins(query: dict[str, Any]) -> Any:
    """Logins, failed ones and logouts, newest first (ID-38)."""
    return page(inspection.logins(query), [LoginLog.at], limit=query["limit"], cursor=query["cursor"])

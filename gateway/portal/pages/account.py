"""Log in, register, verify, keep the account safe (ID-01…25). Citizens at /login, staff at /staff/login (GW-09)."""

from dataclasses import replace
from typing import Any

from flask import Response, g, redirect, request

from gateway.portal import guard
from gateway.portal.forms import Field, Form
from gateway.portal.guard import here
from gateway.portal.page import route, show
from gateway.portal.visitor import get, get_all, needed, send, visitor

ACCOUNT = Field("account", ("账号", "Account"), autocomplete="username", most=64)
LEGAL_ACCOUNT = replace(ACCOUNT, hint=("账号或统一社会信用代码", "The account or the unified social credit code"))
PASSWORD = Field("password", ("密码", "Password"), "secret", autocomplete="current-password", most=256)
NEW_PASSWORD = Field(
    "password",
    ("密码", "Password"),
    "secret",
    (
        "至少 10 位，字母加数字或符号，不要与账号相同",
        "At least 10 characters with letters and digits or signs, not the account",
    ),
    autocomplete="new-password",
    most=256,
)
MOBILE = Field("mobile", ("手机号", "Mobile number"), "mobile", autocomplete="tel-national", most=11)
CODE = Field("code", ("短信验证码", "SMS code"), "sms", autocomplete="one-time-code", most=8)
AGREED = Field("agreed", ("我已阅读并同意《注册协议》", "I have read the registration agreement and agree"), "tick")
SECOND = Field(
    "second_factor",
    ("动态验证码", "Code of your authenticator"),
    "code",
    ("已绑定动态验证码的账号必填，也可填一个恢复码", "Needed once you have bound one; a recovery code does, too"),
    required=False,
    most=11,
    autocomplete="one-time-code",
)
CODE_OF_APP = Field("code", ("应用显示的 6 位数字", "The 6 digits of the app"), "code", autocomplete="one-time-code")
KINDS = (("person", ("个人", "Person")), ("legal", ("法人", "Company")))
KIND = Field("kind", ("账号类型", "Kind of account"), "choice", options=KINDS, default="person")
ID_TYPE = Field(
    "id_type",
    ("证件类型", "Document"),
    "pick",
    options=(
        ("identity_card", ("居民身份证", "Identity card")),
        ("residence_permit", ("港澳台居民居住证", "Residence permit")),
        ("permanent_residence", ("外国人永久居留身份证", "Permanent residence card")),
        ("passport", ("护照", "Passport")),
    ),
    default="identity_card",
)
OWN_ACCOUNT = Field(
    "account",
    ("账号", "Account"),
    hint=("4 至 32 位，字母开头", "4 to 32 characters, a letter first"),
    autocomplete="username",
    most=32,
)
# A password is asked after the code: the page that tells that the code is sent has forgotten every password.
PERSON = (
    OWN_ACCOUNT,
    Field("name", ("姓名", "Name"), autocomplete="name", most=50),
    ID_TYPE,
    Field("id_no", ("证件号码", "Document number"), most=30),
    MOBILE,
    CODE,
    NEW_PASSWORD,
    AGREED,
)
COMPANY = (
    OWN_ACCOUNT,
    Field("enterprise_type", ("企业(组织)类型", "Kind of organisation"), most=50, default="企业法人"),
    Field("name", ("单位名称", "Name of the organisation"), autocomplete="organization", most=100),
    Field("uscc", ("统一社会信用代码", "Unified social credit code"), most=18, required=False),
    Field(
        "reg_no",
        ("工商注册号", "Registration number"),
        hint=("没有统一社会信用代码的填写", "Only without a unified code"),
        most=15,
        required=False,
    ),
    Field("registered_on", ("成立日期", "Registered on"), "date"),
    Field(
        "representative.account",
        ("法定代表人的个人账号", "Personal account of the representative"),
        hint=(
            "已有实名账号的，姓名、证件取自该账号；还没有的，在此起一个账号名，并填写下面三项，当场实名并开立",
            "Name and document come from it when it is verified; without one choose a name for it here and answer the"
            " next questions: it is verified and opened on the way",
        ),
        most=64,
    ),
    Field(
        "representative.name",
        ("法定代表人姓名", "Name of the representative"),
        hint=("还没有个人账号的填写", "Only without an account"),
        required=False,
        most=50,
    ),
    replace(ID_TYPE, name="representative.id_type", label=("法定代表人证件类型", "Document of the representative")),
    Field(
        "representative.id_no",
        ("法定代表人证件号码", "Number of that document"),
        hint=("还没有个人账号的填写", "Only without an account"),
        required=False,
        most=30,
    ),
    Field(
        "representative.card_no",
        ("法定代表人银行卡号", "Bank card of the representative"),
        "code",
        (
            "还没有实名的填写，三要素一致即通过实名认证",
            "Only when not verified yet: name, document and card agree",
        ),
        required=False,
        most=30,
    ),
    MOBILE,
    CODE,
    Field("representative.password", ("法定代表人的密码", "Password of the representative"), "secret", most=256),
    NEW_PASSWORD,
    AGREED,
)


@route("/login", methods=("GET", "POST"))
def login() -> Any:
    """Log in as a person, by password (ID-01, ID-16)."""
    return _log_in("portal/login.html", (ACCOUNT, PASSWORD), "/my", "person")


@route("/login/legal", methods=("GET", "POST"))
def login_as_company() -> Any:
    """Log in as a company, by password (ID-01, ID-16)."""
    return _log_in("portal/login.html", (LEGAL_ACCOUNT, PASSWORD), "/my", "legal")


@route("/login/code", methods=("GET", "POST"))
def login_by_code() -> Any:
    """Log in as a person by an SMS code (ID-01, ID-16)."""
    return _log_in("portal/login_code.html", (MOBILE, CODE), "/my", "person", purpose="login")


@route("/login/legal/code", methods=("GET", "POST"))
def login_as_company_by_code() -> Any:
    """Log in as a company by an SMS code (ID-01, ID-16)."""
    return _log_in("portal/login_code.html", (MOBILE, CODE), "/my", "legal", purpose="login")


@route("/staff/login", methods=("GET", "POST"))
def staff_login() -> Any:
    """Log in as staff, with the second factor (ID-24, GW-09)."""
    return _log_in("portal/staff_login.html", (ACCOUNT, PASSWORD, SECOND), "/staff", "staff")


def _log_in(template: str, fields: tuple[Field, ...], home: str, kind: str, purpose: str = "") -> Any:
    form = Form(fields)
    target = here(request.args.get("next"), home)
    if form.sent and not (purpose and send_code(form, purpose)):
        with form.attempt():
            tokens = send("POST", "identity", "/sessions", form.body() | {"kind": kind})
            g.login.take(tokens)
            if tokens["must_change_password"]:
                target = "/account/password"
            return redirect(target)
    return show(template, form.status, form=form, target=target, kind=kind)


@route("/logout", methods=("POST",))
def logout() -> Any:
    """Log this device out (ID-25)."""
    if visitor().kind != "anonymous":
        send("DELETE", "identity", "/sessions/current")
    g.login.drop()
    return redirect("/")


@route("/register")
def register() -> Response:
    """Choose the kind of account."""
    return show("portal/register.html")


@route("/register/<any(person, legal):kind>", methods=("GET", "POST"))
def register_kind(kind: str) -> Any:
    """Register a person or a company (ID-02…15)."""
    form = Form(COMPANY if kind == "legal" else PERSON)
    if form.sent and not send_code(form, "register"):
        with form.attempt():
            path = "/registrations/legal" if kind == "legal" else "/registrations/person"
            send("POST", "identity", path, form.body(), Idempotency_Key=form.once)
            return redirect("/login/legal?registered=1" if kind == "legal" else "/login?registered=1")
    return show("portal/register_form.html", form.status, form=form, kind=kind)


def send_code(form: Form, purpose: str) -> bool:
    """Have a code sent when the visitor has pressed that button; whether it was pressed."""
    if form.pressed != "code":
        return False
    with form.attempt():
        send("POST", "identity", "/sms-codes", {"purpose": purpose, "mobile": request.form.get("mobile", "").strip()})
        g.code_sent = True
    return True


@route("/account/password", methods=("GET", "POST"))
@guard.anyone
def change_password() -> Any:
    """Change the password; the first login of staff must (ID-22)."""
    first = visitor().must_change_password
    old = replace(PASSWORD, name="old", label=("现在的密码", "Present password"))
    form = Form((old, replace(NEW_PASSWORD, name="new", label=("新密码", "New password"))))
    if form.sent:
        with form.attempt():
            tokens = send("PUT", "identity", "/me/password", form.body())
            if tokens:
                g.login.take(tokens)
            if visitor().kind == "staff":
                return redirect("/staff" if first else "/staff/account")
            return redirect("/my/account")
    return show("portal/password.html", form.status, form=form, first=first)


@route("/account/second-factor", methods=("GET", "POST"))
@guard.staff()
def second_factor() -> Any:
    """Bind an authenticator app (ID-24)."""
    state = get("identity", "/me/second-factor")
    step = request.form.get("step", "")
    form = Form((CODE_OF_APP,) if step == "confirm" else (PASSWORD,))
    shown = {"secret": request.form.get("secret", "")} if step == "confirm" else {}
    if form.sent:
        with form.attempt():
            if step == "confirm":
                answer = send("POST", "identity", "/me/second-factor/confirmation", form.body())
                g.login.take(answer)
                return show("portal/recovery_codes.html", codes=answer["recovery_codes"])
            shown = send("POST", "identity", "/me/second-factor", form.body())
            form = Form((CODE_OF_APP,))
    return show("portal/second_factor.html", form.status, form=form, state=state, shown=shown)


@route("/my/account")
@guard.citizens
def account() -> Response:
    """The own account: level, numbers masked, devices, addresses (ID-19…25)."""
    me, devices, addresses, factor = get_all(
        ("identity", "/me"), ("identity", "/sessions"), ("identity", "/me/addresses"), ("identity", "/me/second-factor")
    )
    return show("portal/account.html", me=needed(me), devices=devices, addresses=addresses, factor=factor)


@route("/my/account/verification", methods=("GET", "POST"))
@guard.citizens
def verification() -> Any:
    """Real-name verification by bank card, and back to where it was needed (ID-06…09)."""
    form = Form(
        (
            Field(
                "card_no",
                ("银行卡号", "Bank card number"),
                "code",
                ("姓名、证件号、银行卡号三要素一致即通过", "Name, document and card must belong together"),
                most=30,
            ),
        )
    )
    if form.sent:
        with form.attempt():
            answer = send("POST", "identity", "/me/verification", {"method": "unionpay"} | form.body())
            g.login.take(answer)
            return redirect(here(request.args.get("next"), "/my/account"))
    return show("portal/verification.html", form.status, form=form)

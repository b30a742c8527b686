"""Who uses the pages: citizens, companies and staff made through the API of the running hall, and how they log in."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

from chassis import clock
from deploy import story
from deploy.visitor import Visitor, staff
from services.identity import totp
from tests.portal.hands import labelled
from tests.system.hall import RealHall

LOGIN = {"person": "/login", "legal": "/login/legal", "staff": "/staff/login"}
FACTOR = "/api/identity/v1/me/second-factor"


@dataclass
class Authenticator:
    """The app of a staff member; a code that was used once is not shown again, then a recovery code must do."""

    secret: str
    recovery: list[str] = field(default_factory=list)
    last: int = 0

    def proof(self) -> str:
        """A code that the hall takes now."""
        now = int(clock.wall().timestamp()) // totp.SECONDS
        step = max(self.last + 1, now)
        if step > now + totp.DRIFT:
            return self.recovery.pop()
        self.last = step
        return totp.code(self.secret, step)


@dataclass
class Account:
    """Somebody who can log in, with the same person at the API."""

    kind: str  # person, legal or staff
    name: str
    password: str
    visitor: Visitor
    mobile: str = ""
    app: Authenticator | None = None
    firm: story.Company | None = None


class People:
    """The people of one hall."""

    def __init__(self, hall: RealHall):
        self.hall = hall
        self._staff: dict[str, Account] = {}

    def person(self, *, verified: bool = True) -> Account:
        """A new citizen, real-name verified by bank card unless told otherwise."""
        visitor, account, mobile = story.representative(self.hall.door, verified=verified)
        return Account("person", account, visitor.secret, visitor, mobile)

    def company(self) -> Account:
        """A new company, bound to a verified representative; it logs in by its code."""
        owner = self.person()
        firm = story.company(self.hall.door, self.hall.verifier, owner.name, owner.password)
        return Account("legal", firm.code, firm.visitor.secret, firm.visitor, firm.mobile, firm=firm)

    def staff(self, account: str) -> Account:
        """A staff member of the demo city, past the first login, with a second factor; the same one each time."""
        if account not in self._staff:
            visitor = staff(self.hall.door, account)
            begun = visitor.post(FACTOR, {"password": visitor.secret})
            app = Authenticator(begun["secret"])
            confirmed = visitor.post(f"{FACTOR}/confirmation", {"code": app.proof()})
            app.recovery = confirmed["recovery_codes"]
            visitor.tokens |= {"access_token": confirmed["access_token"]}
            visitor.proof = app.proof
            self._staff[account] = Account("staff", account, visitor.secret, visitor, app=app)
        return self._staff[account]


def sign_in(page: Page, account: Account) -> None:
    """Log in as everybody does: open the form, fill it in by its labels, press the button."""
    page.goto(LOGIN[account.kind])
    labelled(page, "账号").fill(account.name)
    labelled(page, "密码").fill(account.password)
    if account.app:
        labelled(page, "动态验证码").fill(account.app.proof())
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("button", name="退出", exact=True).wait_for()

"""The security question 密保问题: set by the owner beforehand, it recovers the account without the number (ID-18)."""

import unicodedata

from chassis import db, privacy
from chassis.errors import Refusal
from services.identity import audit, guards, passwords, profile, sessions
from services.identity.models import Person, SecurityQuestion, User, database

# A fixed list: an account without a question, or no account at all, can then be shown one like any other.
QUESTIONS = {
    "first_teacher": ("您小学第一位班主任的姓名是？", "Who was your first class teacher at primary school?"),
    "childhood_friend": ("您童年最好朋友的姓名是？", "What is the name of your best friend in childhood?"),
    "first_work_unit": ("您第一个工作单位的名称是？", "What was the first unit you worked for?"),
    "grandmother": ("您外祖母的姓名是？", "What is the name of your mother's mother?"),
    "first_journey": ("您第一次出远门去的地方是？", "Where did your first long journey lead?"),
    "favourite_book": ("您少年时最喜欢的一本书是？", "Which book did you like best when you were young?"),
}
SHORTEST = 2


def listed() -> list[dict[str, str]]:
    """The questions one can choose from."""
    return [_shown(key) for key in QUESTIONS]


def mine(user_id: str) -> str | None:
    """Which question the account has set; the answer is never shown."""
    row = SecurityQuestion.get_or_none(SecurityQuestion.id == user_id)
    return row.question if row else None


def choose(user_id: str, password: str, question: str, answer: str) -> None:
    """Set or replace the question, after proof of the password; the answer is kept as an argon2id hash."""
    user = User.get_or_refuse(user_id)
    passwords.authenticate(user.kind, user.account, password)
    _require_good(user, question, answer)
    hashed = passwords.hashed(_plain(answer))
    with database.transaction():
        User.locked(user_id)
        row = SecurityQuestion.get_or_none(SecurityQuestion.id == user_id)
        fresh = row is None
        row = row or SecurityQuestion(id=user_id)
        row.question, row.answer_hash = question, hashed
        row.save(force_insert=fresh)
        audit.note("security_question.set", user.ref)
        profile.report(user, "security_question")


def ask(kind: str, account: str) -> dict[str, str]:
    """The question of an account; for one without, or for no account, always the same one of the list."""
    user = passwords.find(kind, account)
    key = mine(user.id) if user else None
    if key is None:
        digest = privacy.lookup(user.ref if user else _spelling(kind, account), "no-question")
        key = list(QUESTIONS)[int(digest, 16) % len(QUESTIONS)]
    return _shown(key)


def recover(kind: str, account: str, answer: str, new: str) -> None:
    """Set a new password by the right answer; ends all sessions. Five wrong answers close the door (ID-17, ID-18)."""
    user = passwords.find(kind, account)
    row = SecurityQuestion.get_or_none(SecurityQuestion.id == user.id) if user else None
    guard = guards.key("recovery", user.ref if user else _spelling(kind, account))
    guards.enter(guard)
    db.current().release()  # the check is slow on purpose; it holds no connection
    right = passwords.matches(row.answer_hash if row else None, _plain(answer))
    if not right:
        with database.transaction():
            audit.login(kind, user, "wrong_answer")
            guards.failed(guard, (lambda until: passwords.report_lock(user, until, "failed_codes")) if user else None)
        raise _wrong()
    assert user is not None
    guards.passed(guard)
    profile.require_good(user, new)
    fresh = passwords.hashed(new)
    with database.transaction():
        changed = (
            User.update(password_hash=fresh)
            .where(User.id == user.id, User.password_hash == user.password_hash, User.active)
            .execute()
        )
        if not changed:
            raise _wrong()
        sessions.end_all(user.id, "password")
        guards.passed(passwords.guard_of(kind, user, account))
        audit.note("password.reset", user.ref, reason="security_question")
        profile.report(user, "password")


def _shown(key: str) -> dict[str, str]:
    return {"question": key, "zh": QUESTIONS[key][0], "en": QUESTIONS[key][1]}


def _plain(answer: str) -> str:
    """The answer as it is compared: no blanks, no difference of case or width."""
    return "".join(unicodedata.normalize("NFKC", answer).casefold().split())


def _spelling(kind: str, account: str) -> str:
    return f"{kind}/{account.strip().lower()}"


def _require_good(user: User, question: str, answer: str) -> None:
    plain = _plain(answer)
    person = Person.get_or_none(Person.id == user.id) if user.kind == "person" else None
    known = [user.account, user.mobile or "", *([person.name, person.id_no] if person else [])]
    known += QUESTIONS[question]
    if len(plain) < SHORTEST or len(set(plain)) < SHORTEST or any(plain in _plain(text) for text in known):
        raise Refusal(
            "identity.answer-weak",
            status=422,
            rule="ID-18",
            zh="密保答案过短，或与账号、姓名、手机号、证件号码或问题本身相同。",
            en="The answer is too short, or it is part of the account, name, number, document or question.",
            next_zh="请填写只有您自己知道的答案。",
            next_en="Choose an answer that only you know.",
            fields={"answer": ["weak"]},
        )


def _wrong() -> Refusal:
    return Refusal(
        "identity.answer-wrong",
        status=422,
        rule="ID-18",
        zh="账号或密保答案不正确。",
        en="Account or answer is wrong.",
        next_zh="请核对后重试；未设置密保问题的，请用手机验证码找回。",
        next_en="Check both; without a question of your own, recover the account by SMS code.",
        fields={"answer": ["wrong"]},
    )

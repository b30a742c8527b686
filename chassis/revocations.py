"""What the token issuer has taken back before its time: ended sessions, and roles that somebody no longer holds.

A token is verified without asking anybody and lives for minutes. So that a logout or a lost role counts within seconds,
each web process asks the issuer every few seconds, in the background, what has ended since the last answer; a request
only looks the token up in memory. While the issuer is away the last known list goes on and what it would have added is
missed (fail open): nobody can log out or be logged out then, no new token is made, and every token ends by itself.
"""

from collections.abc import Callable
from typing import Any

import requests

from chassis import clock
from chassis.observability import log

POLL_SECONDS = 2.0
OVERLAP_SECONDS = 60.0  # asked for again each time: what was committed late, clocks of several issuers

Ask = Callable[[float], dict[str, Any]]


class Revocations:
    """The list in memory. `ask` brings what was taken back since a time of the issuer: `now` (its time), `lasts` (how
    many seconds a token may still go on), `sessions` (their ids), `rights` (who: the generation that tokens need)."""

    def __init__(self, ask: Ask):
        self._ask = ask
        self._sessions: dict[str, float] = {}  # id -> when its last token has ended by itself
        self._rights: dict[str, tuple[float, int]] = {}
        self._told = 0.0
        self._away = False

    def covers(self, session: str | None, who: str, generation: int) -> bool:
        """Whether a token of this session, holder and generation of rights was taken back."""
        if session in self._sessions:
            return True
        needed = self._rights.get(who)
        return needed is not None and generation < needed[1]

    def poll(self) -> int:
        """Ask once. 0, so that the loop that calls this pauses; an issuer that does not answer is asked again then."""
        try:
            answer = self._ask(max(0.0, self._told - OVERLAP_SECONDS))
        except ConnectionError as error:
            if not self._away:
                log.warning("revocations_unknown", error=str(error))
            self._away = True
            return 0
        now = clock.monotonic()
        until = now + float(answer["lasts"])
        for session in answer["sessions"]:
            self._sessions.setdefault(session, until)
        for who, generation in answer["rights"].items():
            if generation > self._rights.get(who, (0.0, 0))[1]:
                self._rights[who] = until, int(generation)
        for session in [session for session, end in self._sessions.items() if end < now]:
            del self._sessions[session]
        for who in [who for who, (end, _) in self._rights.items() if end < now]:
            del self._rights[who]
        self._told, self._away = float(answer["now"]), False
        return 0


def from_issuer(jwks_url: str, token: Callable[[str], str]) -> Ask:
    """Asks the issuer over HTTP, beside its key list, with this service's own token."""
    base = jwks_url.rpartition("/")[0]
    issuer = base.partition("/api/")[2].partition("/")[0]
    session = requests.Session()
    session.trust_env = False  # a .netrc would replace our token

    def ask(since: float) -> dict[str, Any]:
        try:
            headers = {"Authorization": f"Bearer {token(issuer)}"}
            answer = session.get(f"{base}/revocations", params={"since": since}, headers=headers, timeout=(2, 5))
            answer.raise_for_status()
            body = answer.json()
            if not {"now", "lasts", "sessions", "rights"} <= body.keys():
                raise ValueError("not a list of revocations")
        except (requests.RequestException, AttributeError, ValueError) as error:
            raise ConnectionError(f"token issuer does not answer: {type(error).__name__}") from None
        return body

    return ask

"""Sessions of people and staff, kept here and short: they end when closed, or at a moment fixed at their opening."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from registry.model.times import MINUTE
from registry.vault.keys.held import SESSIONS, Held
from registry.vault.keys.store import KeyStore

PREFIX = "cns_"
PEOPLE, STAFF = 30 * MINUTE, 60 * MINUTE
LIVES = {"borrower": PEOPLE, "contact": PEOPLE, "officer": STAFF, "auditor": STAFF}


@dataclass(frozen=True, slots=True)
class Session:
    """Who signed in, and how: `strength` is code, link, passkey or token.

    `subjects`: the borrowers or contacts; `party`: the officer or auditor. `line`: where the code went; `consent`:
    whose invitation's code it was; `passkey`: the one that opened it. Times are the wall clock's, in milliseconds.
    """

    id: str
    role: str
    strength: str
    opened_at: int
    expires_at: int
    subjects: tuple[str, ...] = ()
    party: str | None = None
    consent: str | None = None
    line: str | None = None
    passkey: str | None = None

    def shown(self) -> dict[str, Any]:
        """What the web tier may know of it: `subjects` always, and of the others what there is."""
        known = {name: getattr(self, name) for name in ("party", "consent")}
        return {
            "session": self.id, "role": self.role, "strength": self.strength, "subjects": list(self.subjects),
            "opened_at": self.opened_at, "expires_at": self.expires_at,
            **{name: value for name, value in known.items() if value is not None},
        }


class Sessions:
    """Opens, finds and closes sessions by their tokens, `cns_` and 43 characters of base64url."""

    def __init__(self, store: KeyStore, random: Callable[[int], bytes]) -> None:
        self._held = Held(store, random, SESSIONS, PREFIX)

    def open(self, session: Session) -> str:
        """The token, which exists nowhere but in the answer."""
        return self._held.make(asdict(session), session.opened_at, session.expires_at - session.opened_at)

    def find(self, token: str, wall: int) -> Session | None:
        """The session of a token, while it lasts."""
        found = self._held.find(token, wall)
        return None if found is None else Session(**{**found, "subjects": tuple(found["subjects"])})

    def close(self, token: str) -> None:
        """Ends it at once. One that is not there is closed already."""
        self._held.end(token)

"""Passkeys in the vault: a challenge to sign, a borrower's new passkey, a session by one (docs/adr/0011)."""

from __future__ import annotations

from registry import relying
from registry.errors import ConflictError, UnauthorizedError
from registry.jose import from_b64url
from registry.model.shapes import ID_SHAPE, Optional, text
from registry.model.times import MINUTE
from registry.vault import passkeys
from registry.vault.arguments import OBJECT, Args
from registry.vault.desk import Answer, Desk
from registry.vault.ops.sign_in import TOKEN
from registry.vault.ops.table import Op
from registry.vault.personal import carries_codes
from registry.vault.relations import is_erased, unknown
from registry.vault.sessions import is_staff, open_session, session_of
from registry.vault.signed_in import HIS_OWN

CHALLENGE_LIFE = 5 * MINUTE  # of the wall clock
MOST = 10  # passkeys of one borrower


def passkey_challenge(desk: Desk, args: Args, at: int) -> Answer:
    """32 random bytes for an authenticator to sign, good once and for five minutes."""
    return Answer({"challenge": desk.keys.challenges.make({}, desk.clock.wall(), CHALLENGE_LIFE)})


def open_passkey(desk: Desk, args: Args, at: int) -> Answer:
    """A session for who signed a challenge of ours with a passkey in force.

    Raises UnauthorizedError `passkey-refused`, whatever is wrong.
    """
    assertion = args["assertion"]
    challenge = _spent(desk, passkeys.answered(assertion))
    passkey = passkeys.named(desk.directory, assertion)
    if passkey is None or at < passkey.effective:
        raise passkeys.refused()
    passkeys.check(passkey, passkeys.proof_of(passkey, assertion), challenge)
    if passkey.role != "borrower":
        if not is_staff(desk, passkey.role, passkey.subject):
            raise passkeys.refused()
        return open_session(desk, at, passkey.role, "passkey", party=passkey.subject, passkey=passkey.id)
    if is_erased(desk.relations.history(passkey.subject), passkey.subject):
        raise passkeys.refused()
    return open_session(desk, at, "borrower", "passkey", subjects=[passkey.subject], passkey=passkey.id)


def add_passkey(desk: Desk, args: Args, at: int) -> Answer:
    """A borrower's new passkey, from a session by a passkey, or by a code to a line of his for at least 7 days.

    `borrower`: which one of the session's, else the first. Raises UnauthorizedError `passkey-refused` and
    `session-too-weak`, ConflictError `passkey-exists` and `passkeys-full`.
    """
    session = session_of(desk, args["session"], "borrower")
    borrower = args.get("borrower", session.subjects[0])
    if borrower not in session.subjects:
        raise unknown()
    weak = session.strength == "code" and not _known_line(desk, borrower, session.line, at)
    if session.strength not in HIS_OWN or weak:
        raise UnauthorizedError("this needs a passkey, or a code to a number or mail address of yours that has been "
                                "here for a week", code="session-too-weak")
    challenge = _spent(desk, args["challenge"])
    rp_id, origin = relying.party(desk.settings.public_url)
    made = passkeys.registered(args["attestation"], challenge, rp_id, origin)
    if desk.directory.passkeys.of_credential(made["credential"]) is not None:
        raise ConflictError("this passkey is known already", code="passkey-exists")
    if _many(desk, borrower):
        raise ConflictError("there are ten passkeys already: remove one first", code="passkeys-full")
    ident = desk.new_id()
    entry = desk.make("passkey-added/1", {
        "passkey": ident, "borrower": borrower, **made, "rp_id": rp_id, "origin": origin,
    }, at, ident=ident)
    return desk.answer([entry], passkey=ident)


def _spent(desk: Desk, challenge: str) -> bytes:
    """A challenge of ours, used up by this, whatever comes of it. Raises UnauthorizedError for any other."""
    live = desk.keys.challenges.find(challenge, desk.clock.wall())
    desk.keys.challenges.end(challenge)
    if live is None:
        raise passkeys.refused()
    return from_b64url(challenge)


def _known_line(desk: Desk, borrower: str, line: str | None, at: int) -> bool:
    """Whether the session's code went to a personal channel that this borrower has had for a week."""
    history = desk.relations.history(borrower)
    return any(
        one.kind == "channel-added/1" and one.body["line"] == line and carries_codes(history, one.id, at)
        for one in history
    )


def _many(desk: Desk, borrower: str) -> bool:
    added = [one for one in desk.relations.history(borrower) if one.kind == "passkey-added/1"]
    return sum(desk.directory.passkeys.get(one.id) is not None for one in added) >= MOST


PASSKEYS: dict[str, Op] = {
    "passkey-challenge": Op({}, write=passkey_challenge),
    "open-passkey": Op({"assertion": OBJECT}, write=open_passkey),
    "add-passkey": Op({
        "session": TOKEN, "attestation": OBJECT, "challenge": text(r"[A-Za-z0-9_-]{1,100}", "challenge"),
        "borrower": Optional(ID_SHAPE),
    }, write=add_passkey),
}

"""Signing in: a code to a line, a one-time link, a token that the web tier checked. Passkeys are in `passkeys`.

Who asks or tries learns nothing of whom we know: the answer, the entry's kind and the work are the same.
"""

from __future__ import annotations

from typing import Any

from registry.errors import code_refused
from registry.model.catalogue.renewals import REQUESTED
from registry.model.catalogue.terms import SIGN_IN_CODE
from registry.model.entries import Entry
from registry.model.ids import ID
from registry.model.shapes import ID_SHAPE, text, words
from registry.model.times import DAY, HOUR
from registry.vault.arguments import BY, BY_PARTY, PLAIN_ADDRESS, Args, actor_of
from registry.vault.desk import Answer, Desk
from registry.vault.holders import contacts_on, holders
from registry.vault.ops.matching import line_of
from registry.vault.ops.table import Op, always
from registry.vault.pending import is_pending
from registry.vault.relations import is_erased, unknown
from registry.vault.sessions import CODE_LIFE, STAFF, is_staff, is_used, open_session, session_of

LINK_LIVES = {"borrower": DAY, "officer": HOUR, "auditor": HOUR}  # of the wall clock
INVITATIONS = REQUESTED


def ask_code(desk: Desk, args: Args, at: int) -> Answer:
    """Asks for a code to an address. The entry names whose it is only where somebody will get one.

    Raises MalformedError for what is no address.
    """
    handle, role, medium = desk.new_id(), args["role"], args["medium"]
    request = _request_of(desk, handle)
    line = line_of(desk, args["address"], medium)
    # Histories that nobody has are looked for too, and entries that a line would name: reading is what would tell
    # them apart.
    asked = line or desk.new_id()
    found = holders(desk, role, asked, medium)
    if not desk.relations.history(asked):
        desk.log.entry(0)
    if not found:
        desk.relations.history(desk.new_id())
    body: dict[str, Any] = {"request": request, "way": "code", "role": role, "medium": medium}
    if found and line is not None and _may_be_sent(desk, line, at):
        body |= {"line": line, **_named(found[0])}
    desk.keys.make_code(request, SIGN_IN_CODE, at, CODE_LIFE)
    entry = desk.make("sign-in-asked/1", body, at, ident=request)
    return desk.answer([entry], request=handle)


def enter_code(desk: Desk, args: Args, at: int) -> Answer:
    """A session for who has the code of a request, or of a contact's invitation, which stays open for its answer.

    Raises MalformedError `code-refused`: wrong, unknown, expired, used, tried too often are one answer.
    """
    asked = desk.log.find(args["request"]) if ID.match(args["request"]) else None
    invited = asked is not None and asked.kind in INVITATIONS
    ident = args["request"] if invited else _request_of(desk, args["request"])
    # Counted and compared first, for what is unknown too: who tries learns nothing from what is slower.
    desk.keys.check_code(ident, args["code"], at)
    if asked is not None and invited:
        return _by_invitation(desk, asked, at)
    asked = desk.log.find(ident)
    if asked is None or asked.kind != "sign-in-asked/1" or "line" not in asked.body or is_used(desk, ident):
        raise code_refused()
    role, line = asked.body["role"], asked.body["line"]
    found = holders(desk, role, line, asked.body["medium"])
    if not found:
        raise code_refused()
    return open_session(
        desk, at, role, "code", subjects=[_named(one)[role] for one in found], request=ident, line=line,
        borrower=_named(found[0])["borrower"],
    )


def make_link(desk: Desk, args: Args, at: int) -> Answer:
    """A one-time link: of a borrower by its lender, of staff by who may use this socket. Raises NotFoundError."""
    by, role, subject = actor_of(args["by"]), args["role"], args["subject"]
    if role == "borrower":
        desk.relations.check_lender(by, subject)
        if is_erased(desk.relations.history(subject), subject):
            raise unknown()
    elif by.role != "web" or not is_staff(desk, role, subject):
        raise unknown()
    request = desk.new_id()
    named = {"borrower" if role == "borrower" else "party": subject}
    body = {"request": request, "way": "link", "role": role, **named}
    entry = desk.make("sign-in-asked/1", body, at, ident=request)
    wall, life = desk.clock.wall(), LINK_LIVES[role]
    token = desk.keys.links.make({"request": request}, wall, life)
    return desk.answer([entry], token=token, expires_at=wall + life)


def open_link(desk: Desk, args: Args, at: int) -> Answer:
    """A session for who has an unused link. Raises NotFoundError: unknown, used and expired are one answer."""
    link = desk.keys.links.find(args["token"], desk.clock.wall())
    if link is None or is_used(desk, link["request"]):
        raise unknown()
    asked = desk.relations.entry(link["request"], "sign-in-asked/1").body
    role, party, borrower = asked["role"], asked.get("party"), asked.get("borrower")
    if borrower is not None and is_erased(desk.relations.history(borrower), borrower):
        raise unknown()
    if party is not None and not is_staff(desk, role, party):
        raise unknown()
    subjects = [] if borrower is None else [borrower]
    return open_session(desk, at, role, "link", subjects=subjects, party=party, request=link["request"])


def open_token(desk: Desk, args: Args, at: int) -> Answer:
    """A session for staff whose token the web tier has checked. Raises NotFoundError for who is no staff."""
    by = actor_of(args["by"])
    if by.id is None or not is_staff(desk, by.role, by.id):
        raise unknown()
    return open_session(desk, at, by.role, "token", party=by.id)


def session(desk: Desk, args: Args) -> dict[str, Any]:
    """Who signed in with a session's token. Raises NotFoundError `session-unknown`."""
    return session_of(desk, args["token"]).shown()


def close_session(desk: Desk, args: Args, at: int) -> Answer:
    """Ends a session at once; one that is over already is none."""
    desk.keys.sessions.close(args["token"])
    return Answer({})


def _request_of(desk: Desk, handle: str) -> str:
    """The id of the entry of a request for a code. Who asked knows all else of an entry that names nobody: with its
    id he could try which leaf hash is its own, and hashes are public. So he gets a handle, and no more."""
    return desk.keys.fingerprint({"sign-in-asked": handle})[:16].hex()


def _may_be_sent(desk: Desk, line: str, at: int) -> bool:
    """Whether a code may go there now: so many to one line, and no more in all than addresses are opened a day. What
    is not sent must not be there to be guessed either."""
    return desk.ledger.may_ask_code(line, at) and desk.ledger.opened_on(at) < desk.settings.addresses_per_day


def _by_invitation(desk: Desk, asked: Entry, at: int) -> Answer:
    body, consent = asked.body, asked.id
    if body["giver"] != "contact" or not is_pending(desk, asked, at):
        raise code_refused()
    found = contacts_on(desk, body["line"], "sms")
    if body["contact"] not in {one.id for one in found}:
        raise code_refused()
    desk.keys.give_back_try(consent)
    # The invited contact first: the session is named by it.
    subjects = sorted((one.id for one in found), key=lambda one: one != body["contact"])
    return open_session(
        desk, at, "contact", "code", subjects=subjects, request=consent, line=body["line"], consent=consent,
        borrower=body["borrower"],
    )


def _named(holder: Entry) -> dict[str, str]:
    """What an entry names of a channel or contact."""
    member = "channel" if holder.kind == "channel-added/1" else "contact"
    return {member: holder.id, "borrower": holder.body["borrower"]}


TOKEN, CODE = text(r"(?s:.{1,100})", "token"), text(r"(?s:.{1,16})", "code")
SIGN_IN = {
    "ask-code": Op({
        "role": words("borrower", "contact"), "address": PLAIN_ADDRESS, "medium": words("sms", "voice", "email"),
    }, write=ask_code),
    "enter-code": Op({"request": text(r"(?s:.{1,64})", "request"), "code": CODE}, write=enter_code),
    "make-link": Op({"by": BY, "role": words("borrower", *STAFF), "subject": ID_SHAPE}, write=make_link),
    "open-link": Op({"token": TOKEN}, write=open_link),
    "open-token": Op({"by": BY_PARTY}, write=open_token),
    "session": Op({"token": TOKEN}, read=session),
    "close-session": Op({"token": TOKEN}, write=close_session, restricts=always),
}

"""Whether a person may be asked to renew a consent, and for what: the same or less, seldom, and never after a no.

After a person's own no only that person's own act restores anything: who refused, withdrew or objected is not asked.
Silence is no, too: it is not asked again before `consent.reask_days` have passed.

A lender learns of a no that was said about its own borrower. What a contact's line said to somebody else it does not
learn (promise P10): it is answered as always, and nobody is written to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.renewals import REQUESTED
from registry.model.entries import Entry
from registry.model.times import DAY, parse_rfc3339, parse_stamp, stamp
from registry.policy import Consent, Contact, Facts, History, Params, gather_person, packs_for
from registry.vault.desk import Desk
from registry.vault.judging import facts_of_person
from registry.vault.relations import unknown

DUE_BEFORE = 30 * DAY   # before the end of a consent its renewal may be asked for
WHOLE_DAY = ["00:00", "24:00"]


@dataclass(frozen=True, slots=True)
class Renewable:
    """What a renewal starts from: the consent as given, its facts now, and the merged values for this person."""

    given: Entry
    facts: Facts
    params: Params

    @property
    def giver(self) -> str:
        giver: str = self.given.body["giver"]
        return giver

    @property
    def ends_at(self) -> int:
        """When the consent ends by its own words or by its age."""
        age = self.given.at + self.params.consent_max_age_days * DAY
        return min(parse_stamp(self.given.body["expires_at"]), age)


def renewable(desk: Desk, consent: str, at: int) -> Renewable:
    """The consent that may be renewed now.

    Raises NotFoundError; ConflictError `renewal-not-asked` where this person said no or is not asked for anything,
    `renewal-not-due` while the consent is good or was never given, `renewal-cooldown` after an earlier request.
    """
    asked = desk.relations.entry(consent, *REQUESTED, "consent-given/1")
    borrower = asked.body["borrower"]
    history = desk.relations.history(borrower)
    given = [one for one in history if one.kind == "consent-given/1" and one.body["consent"] == consent]
    if not given:
        raise ConflictError("this consent was never given: there is nothing to renew", code="renewal-not-due")
    known = gather_person(desk, borrower)
    facts = facts_of_person(known, at)
    packs = packs_for(desk.directory, facts, at)
    applied = packs.contacts.get(given[-1].body.get("contact", ""), packs.base)
    if facts.borrower is None:
        raise unknown()
    if applied.effective is None:
        raise _not_asked()
    found = Renewable(given[-1], facts, applied.effective.params)
    if _said_no(found, history, facts_of_person(_of_borrower(known), at)):
        raise _not_asked()
    _check_due(found, at)
    last = max((one.at for one in _requests(desk, found, history)), default=None)
    free = None if last is None else last + found.params.consent_reask_days * DAY
    if free is not None and at < free:
        raise ConflictError(f"this person was asked not long ago; not before {stamp(free)}", code="renewal-cooldown")
    return found


def terms_asked(found: Renewable, asked: Mapping[str, Any], at: int) -> dict[str, Any]:
    """What the person is asked to agree to: the consent that ends, with `scope`, `notice` and `expires_at` as asked.

    Raises MalformedError `scope-wider` for anything that the consent did not allow.
    """
    body = found.given.body
    longest = parse_stamp(body["expires_at"]) - min(parse_stamp(body["given_at"]), found.given.at)
    until = at + min(longest, found.params.consent_max_age_days * DAY)
    expires_at = parse_rfc3339(asked["expires_at"]) if "expires_at" in asked else until
    scope = asked.get("scope", body["scope"])
    for pointer in _wider(body["scope"], scope):
        raise _scope_wider(f"/scope/{pointer}")
    if expires_at > until:
        raise _scope_wider("/expires_at")
    same = {name: body[name] for name in ("giver", "borrower", "contact", "account") if name in body}
    return {
        **same, "scope": scope, "notice": asked.get("notice", body["notice"]), "method": "message", "separate": True,
        "given_at": stamp(at), "expires_at": stamp(expires_at),
    }


def _wider(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Members of a scope that allow more than before."""
    for member in ("purposes", "modes", "data"):
        if not set(new[member]) <= set(old[member]):
            yield member
    before, now = old["grantee"], new["grantee"]
    if now["role"] != before["role"] or ("party" in before and now.get("party") != before["party"]):
        yield "grantee"
    if new["max_uses"] > old["max_uses"]:
        yield "max_uses"
    (first, last), (start, end) = old.get("hours", WHOLE_DAY), new.get("hours", WHOLE_DAY)
    if not first <= start < end <= last:
        yield "hours"


def writes_to_nobody(desk: Desk, requested: Entry, at: int) -> bool:
    """Whether a contact who is asked to renew is not written to, whoever it was that said what his line says."""
    facts = facts_of_person(gather_person(desk, requested.body["borrower"]), at)
    contact = next((one for one in facts.contacts if one.id == requested.body["contact"]), None)
    return contact is None or _line_says_no(contact)


def _line_says_no(contact: Contact) -> bool:
    """Whether whoever answers there objected, complained, is the borrower, a minor, a stranger, dead or unable."""
    line = contact.line
    return bool(contact.complained or contact.is_borrower or line.complained or line.objected or line.minor
                or line.wrong_person or line.dead or line.held)


def _of_borrower(known: History) -> History:
    """What was said about this borrower alone, on his lines too."""
    return replace(known, lines={
        line: [one for one in entries if one.body.get("borrower") == known.borrower]
        for line, entries in known.lines.items()
    })


def _said_no(found: Renewable, history: Sequence[Entry], facts: Facts) -> bool:
    """Whether this person refused, withdrew or objected and did not agree again by an act of their own; or is
    protected besides: erased, a minor, a stranger, dead, unable, or wanting to be left alone. `facts`: those that
    this lender may know."""
    body = found.given.body
    if _no_stands(history, "borrower", None) or facts.holds:
        return True  # nobody's contact is asked for a borrower who wants none of it
    if found.giver == "borrower":
        return False
    contact = next((one for one in facts.contacts if one.id == body["contact"]), None)
    if contact is None or contact.line_id != body["line"] or _no_stands(history, "contact", contact.id):
        return True
    return contact.refused or contact.erased or _line_says_no(contact)


def _no_stands(history: Sequence[Entry], giver: str, contact: str | None) -> bool:
    """Whether the last word is a no: an own act alone comes after it, never what a lender recorded."""
    mine = [one for one in history if one.body.get("giver") == giver and contact in (None, one.body.get("contact"))]
    no = max((one.index for one in mine if one.kind == "consent-withdrawn/1"), default=-1)
    own = max((one.index for one in mine if one.kind == "consent-given/1" and one.body["assurance"] != "recorded"),
              default=-1)
    return no > own


def _check_due(found: Renewable, at: int) -> None:
    consents: Sequence[Consent] = found.facts.consents
    if found.giver == "contact":
        consents = [one for contact in found.facts.contacts for one in contact.consents]
    uses = max((one.uses - one.max_uses for one in consents if one.id == found.given.body["consent"]), default=-1)
    due = found.ends_at - DUE_BEFORE
    if uses < 0 and at < due:
        raise ConflictError(f"this consent is good and not used up; not before {stamp(due)}", code="renewal-not-due")


def _requests(desk: Desk, found: Renewable, history: Sequence[Entry]) -> Iterator[Entry]:
    """When this lender had this very person asked: a contact by any of its borrowers on that line."""
    body, contact = found.given.body, found.giver == "contact"
    person = "line" if contact else "borrower"
    for one in (*history, *(desk.relations.history(body["line"]) if contact else ())):
        asked = one.kind in REQUESTED and (contact or one.by.role == "lender")  # who asks himself was not asked
        if asked and all(one.body.get(member) == body[member] for member in ("giver", "lender", person)):
            yield one


def _not_asked() -> ConflictError:
    return ConflictError("this person is not asked: only an act of their own gives a consent again",
                         code="renewal-not-asked")


def _scope_wider(pointer: str) -> MalformedError:
    return MalformedError(f"{pointer} allows more than the consent did: ask for the same or less", pointer=pointer,
                          code="scope-wider")

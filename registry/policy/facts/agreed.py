"""Consents of borrower and contacts, and what is known of the contacts' lines."""

from __future__ import annotations

from collections.abc import Sequence

from registry.model.catalogue.calls import DECIDED
from registry.model.entries import Entry
from registry.model.times import moment
from registry.policy.facts.brokered import LineCalls, stopped_by_call
from registry.policy.facts.listed import Consent, Line
from registry.policy.facts.notes import Handler, Notes
from registry.policy.facts.persons import HELD, reports_of
from registry.policy.parameters import ASSURANCES, minute_of

# Ways of withdrawing by which the person himself was there, not somebody speaking for him.
OWN_WAYS = frozenset({"link", "reply", "portal"})
# Outcomes after which somebody had been spoken to on that line.
TALKED = frozenset(
    {"relayed", "will-relay", "refused", "wrong-person", "minor", "deceased", "gave-channel", "distress"}
)


def _consent_given(notes: Notes, entry: Entry) -> None:
    notes.consents.append(entry)
    contact = notes.contacts.get(entry.body.get("contact", ""))
    if entry.body["giver"] == "contact":
        if contact is not None:
            contact.refused = False
    elif entry.by.role != "borrower" and entry.body["assurance"] != "recorded":
        # He authenticated: a sign of life, as whatever he does himself. A lender's record of an old paper is none.
        notes.alive(entry)


def _consent_withdrawn(notes: Notes, entry: Entry) -> None:
    body = entry.body
    contact = notes.contacts.get(body.get("contact", ""))
    if body["act"] == "refused" and body["giver"] == "contact" and contact is not None:
        contact.refused = True
    notes.withdrawals.append(entry)
    if body["giver"] == "borrower" and entry.by.role != "borrower" and body["through"] in OWN_WAYS:
        notes.alive(entry)


def consents_of(notes: Notes, giver: str, contact: str | None = None) -> tuple[Consent, ...]:
    """The consents that the borrower, or one contact, gave."""
    given = [entry for entry in notes.consents if _by(entry, giver, contact)]
    ends = [entry for entry in notes.withdrawals if _by(entry, giver, contact)]
    if not ends:
        return tuple([_consent(notes, entry, False) for entry in given])
    accounts = {entry.body["consent"]: entry.body.get("account") for entry in notes.consents}
    ended = [(entry, accounts.get(entry.body["consent"])) for entry in ends]
    return tuple([
        _consent(notes, entry, any(_ends(entry, end, account) for end, account in ended)) for entry in given
    ])


def _by(entry: Entry, giver: str, contact: str | None) -> bool:
    """Whether an entry about a consent is the borrower's, or this contact's."""
    body = entry.body
    return bool(body["giver"] == giver and (giver == "borrower" or body.get("contact") == contact))


def _ends(given: Entry, withdrawn: Entry, account: str | None) -> bool:
    """Whether a withdrawal ends this consent: every earlier one of the same giver for the same account and contact,
    and a later one that is not his own act (after a person's own withdrawal, only his own act restores anything)."""
    body, contact = given.body, withdrawn.body.get("contact")
    if account is not None and body.get("account", account) != account:
        return False
    if contact is not None and body.get("contact", contact) != contact:
        return False
    return given.index < withdrawn.index or given.body["assurance"] == "recorded"


def _consent(notes: Notes, entry: Entry, ended: bool) -> Consent:
    body = entry.body
    scope, grantee = body["scope"], body["scope"]["grantee"]
    account, contact = body.get("account"), body.get("contact")
    uses = 0
    for permit in notes.permits.values():
        if (
            not permit.back and permit.index > entry.index
            and account in (None, permit.account) and contact in (None, permit.contact)
        ):
            uses += 1
    hours = scope.get("hours")
    return Consent(
        body["consent"], entry.at, body["lender"], account, contact, body.get("line"), frozenset(scope["purposes"]),
        frozenset(scope["modes"]), grantee.get("party"), grantee["role"], scope["max_uses"], uses,
        None if hours is None else (minute_of(hours[0]), minute_of(hours[1])), body["separate"],
        moment(body["expires_at"]), ASSURANCES.index(body["assurance"]), ended,
        notes.assigned.voids(account or _gone(notes), entry.index),
    )


def _gone(notes: Notes) -> str | None:
    """The account asked about, if it was assigned: then nothing that was agreed covers it."""
    return notes.ask.account if notes.ask.account in notes.assigned.at else None


# Kinds of which `line_of` reads something; a line without any.
SPEAKING = frozenset((
    "objected/1", "outcome-reported/1", *DECIDED, "opening-refused/1", "call-unbound/1", "call-recorded/1",
    "message-answered/1", "use-answered/1", "complaint-filed/1", "complaint-settled/1", "contact-reported/1",
    "contact-report-lifted/1",
))
SILENT = Line(False, False, False, False, (), (), 0)


def line_of(entries: Sequence[Entry], account: str) -> Line:
    """What the history of one line says, whoever's contact it is."""
    return SILENT if SPEAKING.isdisjoint([entry.kind for entry in entries]) else _line(entries, account)


def _line(entries: Sequence[Entry], account: str) -> Line:
    outcomes: set[str] = set()
    answers: set[str] = set()
    releases: dict[str, int] = {}
    messages: dict[str, int] = {}
    complaints: set[str] = set()
    brokered = LineCalls.read(entries, account)
    objected, conversations = stopped_by_call(entries), 0
    for entry in entries:
        kind = entry.kind
        if kind == "objected/1":
            objected = True
        elif kind == "outcome-reported/1":
            outcomes.add(entry.body["outcome"])
            if entry.body["account"] == account and entry.body["outcome"] in TALKED:
                if entry.body["lookup"] in brokered.of_account:
                    brokered.talked.add(entry.body["lookup"])   # once, whoever says it
                else:
                    conversations += 1
        elif kind == "lookup-decided/1":  # of a brokered call it is /2
            if entry.body["verdict"] == "permit":
                used = messages if entry.body["mode"] == "message" else releases
                used[entry.body["lookup"]] = entry.at
        elif kind == "opening-refused/1":
            releases.pop(entry.body["lookup"], None)
            messages.pop(entry.body["lookup"], None)
        elif kind in ("message-answered/1", "use-answered/1"):
            answers.add(entry.body["answer"])
        elif kind == "complaint-filed/1" and entry.body["from"] == "contact":
            complaints.add(entry.body["complaint"])
        elif kind == "complaint-settled/1":
            complaints.discard(entry.body["complaint"])
    reported = reports_of(entries)
    return Line(
        objected or "refused" in outcomes or "never" in answers, "minor" in outcomes or "minor" in reported,
        "wrong-person" in outcomes or "not-me" in answers or "wrong-person" in reported, "number-dead" in outcomes,
        tuple(releases.values()), tuple(messages.values()), conversations + len(brokered.talked), bool(complaints),
        reported & HELD, brokered.calls,
    )


HANDLERS: dict[str, Handler] = {
    "consent-given/1": _consent_given, "consent-withdrawn/1": _consent_withdrawn,
}

"""Everything the log says of one consent, for records in others' formats. Whose it is, its caller has checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from registry.model.catalogue.renewals import REQUESTED
from registry.model.catalogue.terms import TERMS
from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE
from registry.model.times import DAY, parse_stamp, stamp
from registry.policy import Consent, Facts, gather_person, packs_for
from registry.vault.arguments import Args
from registry.vault.desk import Desk
from registry.vault.judging import facts_of_person
from registry.vault.ops.consents import ASKED
from registry.vault.ops.table import Op

ASSIGNED = "account-assigned/1"
ACTS = {
    **dict.fromkeys(REQUESTED, "requested"), "consent-given/1": "given", "objected/1": "objected", ASSIGNED: "void",
}
ENDING = ("withdrawn", "refused", "objected", "void")


def consent_record(desk: Desk, args: Args) -> dict[str, Any]:
    """`{terms, events, state, ends_at, receipt?, proof?, …}`: ids and digests, names of institutions, none of people.

    Raises NotFoundError.
    """
    asked = desk.relations.entry(args["consent"], *ASKED)
    body = asked.body
    history = desk.relations.history(body["borrower"])
    facts = facts_of_person(gather_person(desk, body["borrower"]), desk.clock.now())
    known = [*facts.consents, *(one for contact in facts.contacts for one in contact.consents)]
    mine = next((one for one in known if one.id == args["consent"]), None)
    acts = _acts([one for one in history if one.index < desk.log.signed], body, mine)
    registered, parties = desk.relations.borrower(body["borrower"]).body, desk.directory.parties
    lender, party = parties[body["lender"]], parties.get(body["scope"]["grantee"].get("party", ""))
    given = next((one for one in acts if one.kind == "consent-given/1"), None)
    ends_at = _ends_at(desk, facts, body, given)
    return {
        "terms": {name: body[name] for name in TERMS if name in body},
        "events": [{"act": _act(one), "at": stamp(one.at), "by": one.by.role, "index": one.index} for one in acts],
        "state": _state(desk.clock.now(), acts, mine, ends_at), "ends_at": stamp(ends_at),
        "institution": lender.name, "jurisdiction": _where(desk, body, registered, lender.regulator),
        "origin": desk.keys.origin,
        "key": next(one for one in desk.keys.jwks()["keys"] if one.get("use") == "sig"),
        **({"country": lender.regulator} if lender.regulator else {}),
        **({"grantee": party.name} if party is not None else {}),
        **({"assurance": given.body["assurance"]} if given is not None else {}),
        **({"renews": body["renews"]} if "renews" in body else {}), **_proved(desk, acts, body),
    }


def _acts(history: Sequence[Entry], body: Mapping[str, Any], mine: Consent | None) -> list[Entry]:
    """The acts on this consent in log order; of assignments the one that made it void."""
    found = [one for one in history if _is_about(one, body)]
    if mine is not None and mine.void:
        since = max((one.index for one in found if one.kind == "consent-given/1"), default=-1)
        made = [one for one in history if one.kind == ASSIGNED and one.index > since
                and body.get("account", one.body["account"]) == one.body["account"]]
        found = sorted((*found, *made[-1:]), key=lambda one: one.index)
    return found


def _is_about(entry: Entry, body: Mapping[str, Any]) -> bool:
    """Whether an entry is an act on this consent; of objections, one by this very contact. That somebody objected as
    another's contact shows in decisions alone."""
    if entry.kind == "objected/1":
        return body["giver"] == "contact" and bool(entry.body["contact"] == body["contact"])
    known = entry.kind in ACTS or entry.kind == "consent-withdrawn/1"
    return known and entry.kind != ASSIGNED and bool(entry.body.get("consent") == body["consent"])


def _act(entry: Entry) -> str:
    return ACTS.get(entry.kind) or str(entry.body["act"])


def _ends_at(desk: Desk, facts: Facts, body: Mapping[str, Any], given: Entry | None) -> int:
    """By its own words, or by the longest age that the packs of this person allow, from the registry's stamp."""
    until = parse_stamp(body["expires_at"])
    packs = packs_for(desk.directory, facts, desk.clock.now())
    effective = packs.contacts.get(body.get("contact", ""), packs.base).effective
    if given is None or effective is None:
        return until
    return min(until, given.at + effective.params.consent_max_age_days * DAY)


def _state(at: int, acts: Sequence[Entry], mine: Consent | None, ends_at: int) -> str:
    said = [_act(one) for one in acts]
    ended = [one for one in said if one in ENDING]
    if ended:
        return ended[-1]
    if at > ends_at:
        return "expired"
    spent = mine is not None and mine.uses >= mine.max_uses
    return "spent" if spent else "given" if "given" in said else "requested"


def _where(desk: Desk, body: Mapping[str, Any], registered: Mapping[str, Any], lender: str | None) -> str:
    """Where the giver lives, as far as it is known: a contact without a residence by the country of the line, else of
    the institution's supervisor. Nothing of where the borrower lives is a contact's to know."""
    if body["giver"] == "borrower":
        return str(registered["residence"])
    contact = desk.relations.entry(body["contact"], "contact-registered/1").body
    return str(contact.get("residence") or contact.get("region") or lender or "CN")


def _proved(desk: Desk, acts: Sequence[Entry], body: Mapping[str, Any]) -> dict[str, str]:
    """The receipt of the last act of a person's, and the proof that it is in the log."""
    last = next((one for one in reversed(acts) if one.kind in ("consent-given/1", "consent-withdrawn/1")), None)
    if last is None:
        return {}
    signed = desk.receipt(_act(last), last, body["consent"], body["giver"], body["terms_sha256"])
    return {"receipt": signed, "proof": desk.log.proof(last.index)}


CONSENT_RECORDS = {"consent-record": Op({"consent": ID_SHAPE}, read=consent_record)}

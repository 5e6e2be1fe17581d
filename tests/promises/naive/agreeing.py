"""Both consents, the contact, the contact's line."""

from __future__ import annotations

from collections.abc import Iterator

from tests.promises.naive.channels import channels_of
from tests.promises.naive.law import (
    CASE_CONTACTS,
    CONSENT_AGE,
    LINE_COOLDOWN,
    LINE_PERIOD,
    OBJECTS,
    PURPOSES,
    REGION,
    SPOILS,
    SPOKEN,
    TALKED,
)
from tests.promises.naive.look import Look, Told, local, when


def consents(look: Look) -> Iterator[str]:
    for giver in ("borrower", "contact"):
        if not any(_good(look, one) for one in _given(look, giver)):
            yield f"no consent of the {giver}"


def contact(look: Look) -> Iterator[str]:
    asked = look.asked
    listed = look.mine("contact-registered/1", contact=asked["contact"])
    if len(listed) != 1 or listed[0].body["line"] != asked["line"]:
        yield "the line is not the contact's"
        return
    body = listed[0].body
    if not look.mine("contact-informed/1", contact=asked["contact"], line=asked["line"]):
        yield "the contact was never told"
    if body.get("region") != REGION or body.get("residence", REGION) != REGION:
        yield "the contact lives under a law that nobody knows"
    if not any(one.lower().split("-")[0] in SPOKEN for one in body["languages"]):
        yield "nobody knows what to say to the contact"
    if asked["purpose"] not in PURPOSES:
        yield "that is no purpose"
    if any(one.line == asked["line"] and one.live(look.at) for one in channels_of(look)):
        yield "the contact is the borrower"
    if erased(look, asked["contact"]):
        yield "the contact is erased"


def erased(look: Look, subject: str) -> bool:
    acts = look.mine("erasure-requested/1", "erasure-cancelled/1", "erased/1", subject=subject)
    return bool(acts) and acts[-1].kind != "erasure-cancelled/1"


def line(look: Look) -> Iterator[str]:
    """What anybody's contact on that line has said, for ever."""
    here = look.asked["line"]
    outcomes = {one.body["outcome"] for one in look.anywhere("outcome-reported/1", line=here)}
    answers = {one.body["answer"] for one in look.anywhere("message-answered/1", "use-answered/1", line=here)}
    if look.anywhere("objected/1", line=here) or outcomes & set(OBJECTS) or "never" in answers:
        yield "somebody on that line objected"
    if outcomes & set(SPOILS) or "not-me" in answers:
        yield "that line is spoilt"
    lifted = {one.body["report"] for one in look.anywhere("contact-report-lifted/1", line=here) if one.signed}
    if [one for one in look.anywhere("contact-reported/1", line=here) if one.id not in lifted]:
        yield "it was reported who answers there"


def complaints(look: Look) -> Iterator[str]:
    """Until an officer has settled it: whoever holds the line complained, or somebody about the contact."""
    settled = {one.body["complaint"] for one in look.anywhere("complaint-settled/1") if one.signed}
    filed = [one.body for one in look.anywhere("complaint-filed/1") if one.id not in settled]
    if any(one["from"] == "contact" and one["line"] == look.asked["line"] for one in filed):
        yield "somebody on that line complained"
    if any(one.get("contact") == look.asked["contact"] for one in filed):
        yield "there is a complaint about the contact"


def caps(look: Look) -> Iterator[str]:
    here, account = look.asked["line"], look.asked["account"]
    permits = [one for one in look.permits() if "line" in one.body]
    used = [look.at - one.at for one in permits if one.body["line"] == here]
    messages = [look.at - one.at for one in permits if one.body["line"] == here and one.body["mode"] == "message"]
    numbers = [look.at - one.at for one in permits if one.body["line"] == here and one.body["mode"] != "message"]
    assert len(used) == len(messages) + len(numbers)
    if look.asked["mode"] == "message":
        if any(age < LINE_PERIOD for age in messages):
            yield "the line had a message in the last thirty days"
    else:
        if any(age < LINE_COOLDOWN for age in numbers):
            yield "the line was used in the last ninety days"
        spoken = [one for one in look.anywhere("outcome-reported/1", line=here, account=account)
                  if one.body["outcome"] in TALKED]
        if spoken:
            yield "there was a talk on that line in this case"
    others = {one.body["contact"] for one in permits if one.body["account"] == account} - {look.asked["contact"]}
    if len(others) >= CASE_CONTACTS:
        yield "the case has had two contacts"


def _given(look: Look, giver: str) -> list[Told]:
    members = {"giver": giver} | ({"contact": look.asked["contact"]} if giver == "contact" else {})
    return look.mine("consent-given/1", **members)


def _good(look: Look, given: Told) -> bool:
    body, asked = given.body, look.asked
    scope, contact_given = body["scope"], body.get("contact")
    mine = body.get("account") in (None, asked["account"]) and contact_given in (None, asked["contact"])
    uses = [one for one in look.permits() if one.place > given.place
            and one.body.get("borrower") == look.borrower and one.body["about"] == "contact"
            and body.get("account") in (None, one.body["account"]) and contact_given in (None, one.body["contact"])]
    sure = body["assurance"] in ("code", "passkey") or body["giver"] == "borrower"
    return (
        mine and sure and body["separate"] and body["lender"] == asked["lender"]
        and asked["purpose"] in scope["purposes"] and asked["mode"] in scope["modes"]
        and body.get("line", asked["line"]) == asked["line"] and _grantee(look, scope["grantee"])
        and when(body["expires_at"]) >= look.at and look.at - given.at <= CONSENT_AGE
        and len(uses) < scope["max_uses"] and _hours(look, scope) and not _ended(look, given)
    )


def _grantee(look: Look, grantee: dict[str, str]) -> bool:
    approved = look.anywhere("agency-approved/1", agency=look.asked["client"], lender=look.asked["lender"])
    party = grantee.get("party", look.asked["client"])
    return bool(approved) and approved[-1].body["role"] == grantee["role"] and party == look.asked["client"]


def _hours(look: Look, scope: dict[str, list[str]]) -> bool:
    hours = scope.get("hours")
    return hours is None or hours[0] <= f"{local(look.at):%H:%M}" < hours[1]


def _ended(look: Look, given: Told) -> bool:
    """A withdrawal ends every earlier consent of the giver, and later ones that somebody else recorded."""
    account = given.body.get("account")
    about = {one.body["consent"]: one.body.get("account")
             for one in look.mine("consent-given/1", "consent-requested/1")}
    for end in look.mine("consent-withdrawn/1", giver=given.body["giver"]):
        other, contacts = about.get(end.body.get("consent", "")), {end.body.get("contact"), given.body.get("contact")}
        same = (account is None or other is None or account == other) and (None in contacts or len(contacts) == 1)
        if same and (end.place > given.place or given.body["assurance"] == "recorded"):
            return True
    return False

"""What I agreed to: read, given by code or passkey, withdrawn at once, receipted."""

from __future__ import annotations

from registry.model.times import parse_rfc3339, parse_stamp
from registry.usecases import consents as all_consents
from registry.usecases import writing
from registry.usecases.me import mine, wording
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session

MOST = 200
SHOWN = (
    "borrower", "contact", "account", "state", "assurance", "scope", "notice", "method", "given_at", "expires_at",
)


def listed(ports: Ports, who: Session) -> list[Record]:
    """My own consents, each in one sentence, oldest first. What contacts agreed to is theirs, and not listed."""
    found = ports.store.records("consents", {"borrower": who.subjects, "giver": "borrower"}, limit=MOST)
    return _views(ports, who, found)


def shown(ports: Ports, who: Session, consent: str) -> Record:
    """One consent of my own. Raises NotFoundError."""
    return _views(ports, who, [own(ports, who, consent)])[0]


def own(ports: Ports, who: Session, consent: str) -> Record:
    """One consent of my own, as it is stored. Raises NotFoundError."""
    found = mine.one(ports, who, "consents", consent)
    if found["giver"] != "borrower":
        raise mine.nothing()
    return found


def _views(ports: Ports, who: Session, found: list[Record]) -> list[Record]:
    parties = {one["lender"] for one in found} | {one["scope"]["grantee"].get("party") for one in found}
    names = mine.names(ports, parties)
    named = {one["contact"] for one in found if one["contact"] is not None}
    contacts = ports.store.records("contacts", {"borrower": who.subjects}) if named else []
    relations = {one["id"]: one["relation"] for one in contacts}
    at = parse_stamp(ports.vault.call("log-now", {})["now"]) if found else 0
    renews = all_consents.renewed_by(ports, [one["id"] for one in found])
    return [{
        **({"renews": renews[one["id"]]} if one["id"] in renews else {}),
        **{name: one[name] for name in SHOWN if one[name] is not None}, "consent": one["id"],
        "institution": names[one["lender"]],
        "in_force": one["state"] == "given" and parse_rfc3339(one["expires_at"]) >= at,
        "in_words": wording.in_words(one, names, relations.get(one["contact"])),
    } for one in found]


def draft(ports: Ports, who: Session, body: Body) -> Record:
    """CONTRACT section 2's body → `{terms, challenge}`: what a passkey is to sign."""
    drafted = ports.vault.call("draft-consent", {"session": who.token, **_terms(who, body)})
    return {"terms": drafted["terms"], "challenge": drafted["challenge"]}


def give(ports: Ports, who: Session, body: Body, idem: Idem | None = None) -> Record:
    """A consent of my own: terms and `channel` (a code goes there), or `{terms, assertion}` by passkey
    → `{consent, state, assurance?, receipt?, log_index, proof, withdraw_url?}`."""
    if "terms" in body:
        mine.chosen(who, body["terms"].get("borrower"))
        args = {"session": who.token, "terms": body["terms"], "assertion": body["assertion"]}
    else:
        args = {"session": who.token, **_terms(who, body)}
    return _given(ports, writing.write(ports, "give-consent", args, idem))


def enter_code(ports: Ports, who: Session, consent: str, code: str) -> Record:
    """The code that came to the channel → the consent, given. Raises MalformedError `code-refused`."""
    own(ports, who, consent)
    return all_consents.enter_code(ports, consent, code)


def withdraw(ports: Ports, who: Session, consent: str, idem: Idem | None = None) -> Record:
    """→ `{consent, receipt, log_index, proof}`; at once, and again gives the same receipt."""
    found = own(ports, who, consent)
    args = {"by": mine.actor(found["borrower"]).value(), "consent": consent, "through": "portal"}
    result = writing.write(ports, "withdraw", args, idem)
    return {"consent": result["consent"], "receipt": result["receipt"], **writing.proof_of(result)}


def receipt(ports: Ports, who: Session, consent: str) -> Record:
    """`{consent, act, receipt, log_index}` of the last act on it: a signed text without a personal value."""
    own(ports, who, consent)
    found = ports.vault.call("receipt", {"consent": consent})
    return {"consent": consent, **{name: found[name] for name in ("act", "receipt", "log_index")}}


def _terms(who: Session, body: Body) -> Record:
    """The body for the vault, its times in the entries' form."""
    mine.chosen(who, body["borrower"])
    times = {name: writing.moment(body[name]) for name in ("given_at", "expires_at") if name in body}
    return {**body, **times}


def _given(ports: Ports, result: Record) -> Record:
    said: Record = {name: result[name] for name in ("consent", "state", "assurance", "receipt") if name in result}
    if "withdraw_token" in result:
        said["withdraw_url"] = f"{ports.public_url}/r/{result['withdraw_token']}"
    return {**said, **writing.proof_of(result)}

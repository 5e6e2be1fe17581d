"""Who signed in as me, and my passkeys."""

from __future__ import annotations

from registry.model.times import stamp
from registry.usecases import sign_in, writing
from registry.usecases.me import mine
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.relying import party
from registry.usecases.sign_in import Session

MOST = 200


def sign_ins(ports: Ports, who: Session, page: Page, *, newest: bool = False) -> Record:
    """`{items: [{borrower, strength, at}], next}`. One sign-in to several institutions stands there for each."""
    writing.catch_up(ports)
    where = {"borrower": who.subjects}
    return mine.paged(ports, "sign_ins", page, where, lambda found: [
        {"borrower": one["borrower"], "strength": one["strength"], "at": stamp(one["at"])} for one in found
    ], newest=newest)


def passkeys(ports: Ports, who: Session) -> list[Record]:
    """`[{passkey, credential, added_at}]` of those in force."""
    found = ports.store.records("passkeys", {"subject": who.subjects, "state": "live"}, limit=MOST)
    return [{"passkey": one["id"], "credential": one["credential"], "added_at": stamp(one["added_at"])}
            for one in found]


def offer(ports: Ports) -> Record:
    """`{challenge, rp_id}` for a new passkey: made by the vault, good once and for five minutes."""
    return {"challenge": sign_in.challenge(ports), "rp_id": party(ports.public_url)[0]}


def add(ports: Ports, who: Session, body: Body) -> Record:
    """`{attestation, challenge, borrower?}` → `{passkey, log_index, proof}`. The vault judges both."""
    if "borrower" in body:
        mine.chosen(who, body["borrower"])
    args = {"session": who.token, **body}
    result = writing.write(ports, "add-passkey", args, None)
    return {"passkey": result["passkey"], **writing.proof_of(result)}


def remove(ports: Ports, who: Session, passkey: str, idem: Idem | None = None) -> Record:
    """Ends a passkey at once → `{passkey, log_index, proof}`. Raises NotFoundError."""
    found = ports.store.record("passkeys", passkey)
    if found is None or found["role"] != "borrower" or found["subject"] not in who.subjects:
        raise mine.nothing()
    body = {"passkey": passkey, "borrower": found["subject"]}
    result = writing.append(ports, mine.actor(found["subject"]), "passkey-removed/1", body, idem)
    return {"passkey": passkey, **writing.proof_of(result)}

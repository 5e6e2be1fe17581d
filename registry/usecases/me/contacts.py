"""My contacts: who is listed for me, and inviting one to agree."""

from __future__ import annotations

from registry.usecases import writing
from registry.usecases.contacts import SHOWN
from registry.usecases.me import mine, values
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session

MOST = 200


def listed(ports: Ports, who: Session) -> list[Record]:
    """`[{contact, borrower, relation, rank, state, last_two?}]`; of an answer only whether it is usable."""
    found = ports.store.records("contacts", {"borrower": who.subjects}, limit=MOST)
    shown = values.shown(ports, who, tuple(one["id"] for one in found))
    return [{**_view(one), **_digits(shown, one["id"])} for one in found]


def _view(one: Record) -> Record:
    return {
        "contact": one["id"], "borrower": one["borrower"], "relation": one["relation"], "rank": one["rank"],
        "state": SHOWN[one["state"]],
    }


def _digits(shown: dict[str, dict[str, str]], contact: str) -> Record:
    digits = shown.get(contact, {}).get("number")
    return {} if digits is None else {"last_two": digits}


def invite(ports: Ports, who: Session, contact: str, body: Body, idem: Idem | None = None) -> Record:
    """`{scope, notice, expires_at, account?}` → `{consent, state, invitation_url, log_index, proof}`.

    The courier sends the code to the contact's line; the link is for the borrower to forward, and alone does nothing.
    """
    found = mine.one(ports, who, "contacts", contact)
    args = {
        "session": who.token, "giver": "contact", "borrower": found["borrower"], "contact": contact,
        "method": "portal", "separate": True, **body, "expires_at": writing.moment(body["expires_at"]),
    }
    result = writing.write(ports, "give-consent", args, idem)
    url = f"{ports.public_url}/c/i/{result['invitation']}"
    return {"consent": result["consent"], "state": result["state"], "invitation_url": url,
            **writing.proof_of(result)}

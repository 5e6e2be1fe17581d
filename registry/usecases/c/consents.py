"""What I am asked to agree to, and what I agreed to: read, given with the code of the invitation, ended at once."""

from __future__ import annotations

import re

from registry.errors import ConflictError, NotFoundError, code_refused
from registry.model.times import parse_rfc3339, parse_stamp
from registry.texts import notices
from registry.texts.pages import LANGUAGES
from registry.usecases import paging, writing
from registry.usecases.c import listed, wording
from registry.usecases.c.listed import Listing
from registry.usecases.consents import renewed_by
from registry.usecases.me.mine import names
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import CODE, Session, enter_code

MOST = 200
LINK = re.compile(r"[A-Za-z0-9_-]{16,64}\Z", re.ASCII)
PENDING, GIVEN, EXPIRED, CLOSED = "pending-code", "given", "expired", "closed"


def by_invitation(ports: Ports, token: str, code: str) -> Session:
    """The session of a contact who has both the forwarded link and the code that came to the own telephone.

    Raises NotFoundError for a link that is none, MalformedError `code-refused` for any code that does not fit.
    """
    return enter_code(ports, invited(ports, token), code)


def invited(ports: Ports, token: str) -> str:
    """The consent that a forwarded link asks for. Raises NotFoundError, also for what no link can be."""
    if LINK.match(token) is None:
        raise listed.nothing()
    return str(ports.vault.call("invitation", {"token": token})["consent"])


def listed_of(ports: Ports, who: Session, found: dict[str, Listing], page: Page) -> Record:
    """One page of everything that I was asked, oldest first."""
    rows = ports.store.records(
        "consents", {"contact": who.subjects, "giver": "contact"}, after=page.after, limit=page.limit + 1,
        updated_after=page.updated_after)
    here = rows[:page.limit]
    return {"items": _views(ports, found, here),
            "next": paging.cursor_at(here[-1]["place"]) if len(rows) > page.limit else None}


def of_all(ports: Ports, who: Session, found: dict[str, Listing]) -> list[Record]:
    """Everything that I was asked, oldest first."""
    return _views(ports, found, ports.store.records(
        "consents", {"contact": who.subjects, "giver": "contact"}, limit=MOST))


def waiting(ports: Ports, who: Session, found: dict[str, Listing]) -> list[Record]:
    """`{consent, given_name}` of what still waits for my answer, oldest first; the name as far as it may be read."""
    rows = ports.store.records(
        "consents", {"contact": who.subjects, "giver": "contact", "state": PENDING}, limit=MOST)
    at = _now(ports) if rows else 0
    return [{"consent": row["id"], "given_name": found[row["contact"]].given_name}
            for row in rows if row["contact"] in found and _state(row, found[row["contact"]], at) == PENDING]


def one_of(ports: Ports, who: Session, found: dict[str, Listing], consent: str) -> Record:
    """One of them. Raises NotFoundError."""
    return _views(ports, found, [own(ports, who, consent)])[0]


def agree(ports: Ports, who: Session, consent: str, body: Body, idem: Idem | None = None) -> Record:
    """`{code?}` → `{consent, state, receipt, withdraw_url, log_index, proof}`. Without a code in the session alone
    that this very consent's code opened.

    Raises NotFoundError; MalformedError `code-refused`; ConflictError `notice-not-here` where the text that was to be
    read before agreeing is not one of ours, and so was not shown.
    """
    if notice_text(own(ports, who, consent)["notice"]) is None:
        raise ConflictError("the text of this consent is not kept here: the institution that asked has it",
                            code="notice-not-here")
    if "code" in body and CODE.match(body["code"]) is None:
        raise code_refused()
    args = {"session": who.token, "consent": consent, **body}
    result = writing.write(ports, "agree", args, idem)
    return {
        "consent": result["consent"], "state": result["state"], "receipt": result["receipt"],
        "withdraw_url": f"{ports.public_url}/r/{result['withdraw_token']}", **writing.proof_of(result),
    }


def end(ports: Ports, who: Session, consent: str, idem: Idem | None = None) -> Record:
    """No, or no more → `{consent, act, receipt, log_index, proof}`; `act` is refused before anything was agreed to,
    else withdrawn. Again it gives the same receipt. Raises NotFoundError."""
    found = own(ports, who, consent)
    by = {"role": "contact", "id": found["contact"]}
    result = writing.write(ports, "withdraw", {"by": by, "consent": consent, "through": "portal"}, idem)
    act = writing.recorded(result, "consent-withdrawn/1")["act"]
    return {"consent": consent, "act": act, "receipt": result["receipt"], **writing.proof_of(result)}


def receipt(ports: Ports, who: Session, consent: str) -> Record:
    """`{consent, act, receipt, log_index}` of the last act. Raises NotFoundError where it was only asked for."""
    own(ports, who, consent)
    found = ports.vault.call("receipt", {"consent": consent})
    return {"consent": consent, **{name: found[name] for name in ("act", "receipt", "log_index")}}


def notice_text(shown: Record) -> Record | None:
    """The very text that a consent names: `{language, paragraphs: []}`; None where we do not have exactly that."""
    language = shown["language"].lower().split("-", 1)[0]
    try:
        notice = notices.notice(shown["id"], shown["version"])
    except NotFoundError:
        return None
    if language not in LANGUAGES or notice.sha256(language) != shown["sha256"]:
        return None
    return {"language": language, "paragraphs": notice.paragraphs(language)}


def translated(shown: Record, language: str) -> list[str]:
    """The same text in another language, to help understanding; what counts is the one that is named."""
    return notices.notice(shown["id"], shown["version"]).paragraphs(language)


def own(ports: Ports, who: Session, consent: str) -> Record:
    """One of what I was asked, as it is stored. Raises NotFoundError."""
    found = ports.store.record("consents", consent)
    if found is None or found["giver"] != "contact" or found["contact"] not in who.subjects:
        raise listed.nothing()
    return found


def _views(ports: Ports, found: dict[str, Listing], rows: list[Record]) -> list[Record]:
    parties = names(ports, (row["scope"]["grantee"].get("party") for row in rows))
    at = _now(ports) if rows else 0
    renews = renewed_by(ports, [row["id"] for row in rows])
    return [
        {**_view(row, found[row["contact"]], parties, at),
         **({"renews": renews[row["id"]]} if row["id"] in renews else {})}
        for row in rows if row["contact"] in found
    ]


def _view(row: Record, one: Listing, parties: dict[str, str], at: int) -> Record:
    text = notice_text(row["notice"])
    party = parties.get(row["scope"]["grantee"].get("party", ""))
    return {
        "consent": row["id"], "contact": row["contact"], **listed.named(one), "state": _state(row, one, at),
        "asked_at": row["given_at"], "expires_at": row["expires_at"], "scope": _scope(row["scope"]),
        "notice": {**row["notice"], **({} if text is None else {"text": text})},
        "in_words": wording.in_words(row, one, party), "was_given": row["assurance"] is not None,
    }


def _scope(scope: Record) -> Record:
    """What may be done, without who: an agency's id says nothing to a contact."""
    return {name: scope[name] for name in ("purposes", "modes", "max_uses", "hours") if name in scope}


def _now(ports: Ports) -> int:
    return parse_stamp(ports.vault.call("log-now", {})["now"])


def _state(row: Record, one: Listing, at: int) -> str:
    """As it stands now: an objection of the line closes what was asked or given before."""
    state: str = row["state"]
    if state not in (PENDING, GIVEN):
        return state
    if one.objected or one.erased:
        return CLOSED
    return EXPIRED if parse_rfc3339(row["expires_at"]) < at else state

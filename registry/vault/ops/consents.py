"""Consents: asked for, given by code or by the lender's record, withdrawn, refused, objected to (CONTRACT 2)."""

from __future__ import annotations

import hashlib
from typing import Any

from registry.errors import ConflictError, MalformedError, code_refused
from registry.model.catalogue.terms import NOTICE_SHOWN, SCOPE
from registry.model.entries import Actor, Entry
from registry.model.shapes import BOOL, ID_SHAPE, Optional, text, words
from registry.vault.answering import ANSWERS, answered, object_for_ever
from registry.vault.arguments import BY, INSTANT, JWE, THROUGH, Args, actor_of, base64_of
from registry.vault.desk import Answer, Desk
from registry.vault.line_says import is_reported
from registry.vault.ops.table import IDEMPOTENT, Op, always
from registry.vault.pending import REQUESTED, is_pending
from registry.vault.references.consents import ASKING
from registry.vault.relations import of_kind, unknown
from registry.vault.terms import terms_of

ASKED = (*REQUESTED, "consent-given/1")


def consent(desk: Desk, args: Args, at: int) -> Answer:
    """A borrower's consent recorded by its lender, or a contact's asked for: it waits for the contact's own code.

    Raises ConflictError `contact-not-asked` for a contact whose line was reported to be none to ask.
    """
    by, borrower = actor_of(args["by"]), args["borrower"]
    desk.relations.check_lender(by, borrower)
    terms = _terms(desk, args, by, at)
    ident = terms["consent"]
    if args["giver"] == "contact":
        if "evidence" in args:
            raise MalformedError("a contact's consent is proved by a code, not by evidence", pointer="/evidence")
        if is_reported(desk, desk.relations.entry(args["contact"], "contact-registered/1")):
            raise ConflictError("it was reported of this contact that a minor or a stranger answers there, that the "
                                "number is dead, or that the person has died or cannot decide: name another contact",
                                code="contact-not-asked", pointer="/contact")
        requested = desk.make("consent-requested/1", terms, at, by, ident)
        token = desk.keys.make_token({"consent": ident, "contact": args["contact"]}, at)
        return desk.answer([requested], consent=ident, state="pending-code", assurance="code", withdraw_token=token)
    blobs, evidence = _evidence(desk, args, borrower, ident)
    given = desk.make("consent-given/1", {**terms, "assurance": "recorded", **evidence}, at, by, ident)
    return given_answer(desk, given, blobs=blobs)


def check_code(desk: Desk, args: Args, at: int) -> Answer:
    """A consent by the code that was sent to the contact's line, or to the borrower's own channel.

    Raises MalformedError `code-refused` for all else.
    """
    ident = args["consent"]
    # Counted and compared first, for unknown consents too: who tries learns nothing from what is slower.
    desk.keys.check_code(ident, args["code"], at)
    requested = desk.log.find(ident)
    if requested is None or requested.kind not in REQUESTED or not is_pending(desk, requested, at):
        raise code_refused()
    giver = requested.body["giver"]
    body = {name: one for name, one in requested.body.items() if name not in ASKING}
    by = Actor(giver, requested.body[giver])
    return given_answer(desk, desk.make("consent-given/1", {**body, "assurance": "code"}, at, by))


def withdraw(desk: Desk, args: Args, at: int) -> Answer:
    """A withdrawal by the giver, the lender or a placed agency; by a contact who has not agreed yet, a refusal.
    Doing it twice gives the first one's receipt."""
    by = actor_of(args["by"])
    given = desk.relations.entry(args["consent"], *ASKED)
    act = "refused" if by.role == "contact" and not _was_given(desk, given) else "withdrawn"
    entry = _withdrawn(desk, given, by, at, act=act, through=args["through"])
    receipt = _receipt(desk, entry, given)
    return desk.answer([entry], receipt=receipt, consent=given.body["consent"])


def answer(desk: Desk, args: Args, at: int) -> Answer:
    """What a person did on the page of a message: refuse, withdraw, never again, or an answer to a relayed message.

    Raises NotFoundError; MalformedError `answer-not-asked` for an answer to what was no relayed message.
    """
    purpose, word = desk.keys.find_token(args["token"], at), args["answer"]
    if purpose is None or "invitation" in purpose:
        raise unknown()
    if "lookup" in purpose and word in (*ANSWERS, "object"):
        return answered(desk, purpose["lookup"], "never" if word == "object" else word, at)
    if word in ANSWERS:
        raise MalformedError("this link asks for refuse, withdraw or object", pointer="/answer",
                             code="answer-not-asked")
    if "contact" not in purpose:
        given = desk.relations.entry(purpose["consent"], *ASKED)
        by = Actor("borrower", given.body["borrower"])
        entry = _withdrawn(desk, given, by, at, act="withdrawn", through="link")
        return desk.answer([entry], receipt=_receipt(desk, entry, given), act="withdrawn")
    contact = desk.relations.entry(purpose["contact"], "contact-registered/1")
    by = Actor("contact", contact.id)
    consents = _consents_of(desk, contact, purpose.get("consent"))
    if word == "object" or not consents:
        # "No" before anything was asked can only mean: do not ask.
        entry = object_for_ever(desk, contact, at, "link")
        return desk.answer([entry], receipt=desk.receipt("objected", entry, None, "contact", None), act="objected")
    act = "refused" if word == "refuse" else "withdrawn"
    entries = [_withdrawn(desk, one, by, at, act=act, through="link") for one in consents]
    return desk.answer(entries, receipt=_receipt(desk, entries[0], consents[0]), act=entries[0].body["act"])


def _terms(desk: Desk, args: Args, by: Actor, at: int) -> dict[str, Any]:
    """The terms as the lender says them. Raises MalformedError, NotFoundError."""
    assert by.id is not None, "a lender has an id"
    if args["giver"] == "borrower" and "contact" in args:
        raise MalformedError("/contact is given for a contact's consent, and only then", pointer="/contact")
    return terms_of(desk, args, by.id, at)


def _evidence(desk: Desk, args: Args, borrower: str, consent: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The sealed evidence for the web tier to keep, and the salted commitment for the entry."""
    if "evidence" not in args:
        return [], {}
    opened = desk.keys.open_deposit(args["evidence"]).encode()
    salt = desk.random(32)
    blob = desk.keys.seal_own(salt + opened)
    kept = {"subject": borrower, "name": f"evidence-{consent}", "blob": base64_of(blob)}
    return [kept], {"evidence_commitment": hashlib.sha256(salt + opened).hexdigest()}


def given_answer(desk: Desk, given: Entry, **members: Any) -> Answer:
    """The answer of a consent that was given: its receipt, and the token of the link that ends it."""
    body = given.body
    purpose = {"consent": body["consent"], **({"contact": body["contact"]} if body["giver"] == "contact" else {})}
    return desk.answer(
        [given], consent=body["consent"], state="given", assurance=body["assurance"],
        receipt=desk.receipt("given", given, body["consent"], body["giver"], body["terms_sha256"]),
        withdraw_token=desk.keys.make_token(purpose, given.at), **members,
    )


def receipt(desk: Desk, args: Args) -> dict[str, Any]:
    """The receipt of the last act on a consent: {receipt, log_index, act}. Raises NotFoundError where it was only
    asked for."""
    body = desk.relations.entry(args["consent"], *ASKED).body
    acts = [one for one in desk.relations.history(body["borrower"])
            if one.kind in ("consent-given/1", "consent-withdrawn/1") and one.body["consent"] == args["consent"]]
    if not acts or acts[-1].index >= desk.log.signed:
        raise unknown()
    act = acts[-1].body.get("act", "given")
    signed = desk.receipt(act, acts[-1], body["consent"], body["giver"], body["terms_sha256"])
    return {"receipt": signed, "log_index": acts[-1].index, "act": act}


def _withdrawn(desk: Desk, given: Entry, by: Actor, at: int, *, act: str, through: str) -> Entry:
    """The entry that ends this consent: a new one, or the one that did already."""
    body = given.body
    desk.relations.check_may_touch(by, body["borrower"])
    for entry in desk.relations.history(body["borrower"]):
        if entry.kind == "consent-withdrawn/1" and entry.body["consent"] == body["consent"]:
            return entry
    members = {"consent": body["consent"], "giver": body["giver"], "borrower": body["borrower"]}
    if "contact" in body:
        members["contact"] = body["contact"]
    return desk.make("consent-withdrawn/1", {**members, "act": act, "through": through}, at, by)


def _was_given(desk: Desk, asked: Entry) -> bool:
    return asked.body["consent"] in of_kind(
        desk.relations.history(asked.body["borrower"]), "consent-given/1", "consent")


def _consents_of(desk: Desk, contact: Entry, first: str | None) -> list[Entry]:
    """Everything this contact was asked or agreed to, the message's own first."""
    found = {
        entry.body["consent"]: entry for entry in desk.relations.history(contact.body["borrower"])
        if entry.kind in ASKED and (entry.body["giver"], entry.body.get("contact")) == ("contact", contact.id)
    }
    return sorted(found.values(), key=lambda entry: entry.body["consent"] != first)


def _receipt(desk: Desk, entry: Entry, given: Entry) -> str:
    body = given.body
    return desk.receipt(entry.body["act"], entry, body["consent"], body["giver"], body["terms_sha256"])


CONSENTS = {
    "consent": Op({
        "by": BY, "giver": words("borrower", "contact"), "borrower": ID_SHAPE, "contact": Optional(ID_SHAPE),
        "account": Optional(ID_SHAPE), "scope": SCOPE, "notice": NOTICE_SHOWN,
        "method": words("portal", "app", "message", "voice", "paper", "branch"), "separate": BOOL,
        "given_at": INSTANT, "expires_at": INSTANT, "evidence": Optional(JWE), **IDEMPOTENT,
    }, write=consent),
    "check-code": Op({"consent": text(r"(?s:.{1,64})", "consent"), "code": text(r"(?s:.{1,16})", "code"),
                      **IDEMPOTENT}, write=check_code),
    "withdraw": Op({"by": BY, "consent": ID_SHAPE, "through": THROUGH, **IDEMPOTENT}, write=withdraw,
                   restricts=always),
    "receipt": Op({"consent": ID_SHAPE}, read=receipt),
    "answer": Op({"token": text(r"(?s:.{1,64})", "token"), "answer": words("refuse", "withdraw", "object", *ANSWERS),
                  **IDEMPOTENT}, write=answer, restricts=always),
}

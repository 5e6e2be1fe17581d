"""Asking a person to renew a consent that ends, and which requests were renewals."""

from __future__ import annotations

from typing import Any

from registry.errors import ConflictError
from registry.model.catalogue.renewals import RENEWAL, REQUESTED
from registry.model.catalogue.terms import NOTICE_SHOWN, SCOPE
from registry.model.shapes import ID_SHAPE, Optional
from registry.policy import addresses_to_write, packs_for
from registry.vault.arguments import BY, INSTANT, MANY_IDS, Args, actor_of
from registry.vault.desk import Answer, Desk
from registry.vault.ops.table import IDEMPOTENT, Op
from registry.vault.personal import carries_codes
from registry.vault.renewing import Renewable, renewable, terms_asked
from registry.vault.terms import terms_of


def renew(desk: Desk, args: Args, at: int) -> Answer:
    """A new request for the same consent or a narrower one: it waits for the person's own code.

    Raises NotFoundError, ConflictError `renewal-not-asked`, `renewal-not-due`, `renewal-cooldown` or
    `channel-not-personal` (no channel of the borrower's may carry a code), MalformedError `scope-wider`.
    """
    by = actor_of(args["by"])
    asked = desk.relations.entry(args["consent"], *REQUESTED, "consent-given/1")
    desk.relations.check_lender(by, asked.body["borrower"])
    assert by.id is not None, "a lender has an id"
    found = renewable(desk, args["consent"], at)
    terms = terms_of(desk, terms_asked(found, args, at), by.id, at)
    more = {"renews": args["consent"]}
    if found.giver == "borrower":
        more["channel"] = _channel(desk, found, at)
    requested = desk.make(RENEWAL, {**terms, **more}, at, by, terms["consent"])
    purpose = {"consent": requested.id, **({"contact": terms["contact"]} if found.giver == "contact" else {})}
    return desk.answer(
        [requested], consent=requested.id, renews=args["consent"], state="pending-code", assurance="code",
        expires_at=terms["expires_at"], withdraw_token=desk.keys.make_token(purpose, at),
    )


def renewals(desk: Desk, args: Args) -> dict[str, Any]:
    """{renews: {consent: the one it renews}} of those that are renewals."""
    found = {ident: desk.log.find(ident) for ident in args["consents"]}
    return {"renews": {ident: entry.body["renews"] for ident, entry in found.items()
                       if entry is not None and entry.kind == RENEWAL}}


def _channel(desk: Desk, found: Renewable, at: int) -> str:
    """Where the code goes: the first of the borrower's channels that we write to and that may carry one."""
    history, facts = desk.relations.history(found.given.body["borrower"]), found.facts
    for channel, _ in addresses_to_write(facts, packs_for(desk.directory, facts, at), at):
        if carries_codes(history, channel, at):
            return channel
    raise ConflictError("no personal channel of the borrower's, registered at least 7 days ago, carries a code",
                        code="channel-not-personal")


RENEWALS = {
    "renew-consent": Op({
        "by": BY, "consent": ID_SHAPE, "scope": Optional(SCOPE), "notice": Optional(NOTICE_SHOWN),
        "expires_at": Optional(INSTANT), **IDEMPOTENT,
    }, write=renew),
    "renewals": Op({"consents": MANY_IDS}, read=renewals),
}

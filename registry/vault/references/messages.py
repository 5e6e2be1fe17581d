"""Checks of what the courier says about messages: the vault itself opened an address for exactly that message."""

from __future__ import annotations

from registry.errors import MalformedError
from registry.model.catalogue.calls import DECIDED
from registry.model.catalogue.renewals import RENEW_CONTACT, RENEWAL, REQUESTED
from registry.model.catalogue.terms import RELAYED
from registry.model.entries import Actor, Draft, Entry
from registry.policy import text_medium
from registry.vault.ledger import Message
from registry.vault.references.context import Check, Context
from registry.vault.references.people import check_line
from registry.vault.relations import of_kind, unknown
from registry.vault.scripts import approved, is_message


def check_opened(draft: Draft, context: Context, about: str, template: str, channel: str | None = None) -> None:
    """Raises NotFoundError unless the vault opened an address for exactly this message."""
    body = context.relations.entry(draft.body["opened"], "address-opened/1").body
    if (body["about"], body["template"], body.get("channel")) != (about, template, channel):
        raise unknown()


def _informed(draft: Draft, context: Context) -> None:
    check_line(draft, context)
    check_opened(draft, context, draft.body["contact"], "contact-listed")


def _code_sent(draft: Draft, context: Context) -> None:
    check_line(draft, context)
    body = draft.body
    requested = context.relations.entry(body["consent"], *REQUESTED)
    if any(requested.body.get(member) != body[member] for member in ("borrower", "contact")):
        raise unknown()
    template = RENEW_CONTACT if requested.kind == RENEWAL else "contact-invitation"
    check_opened(draft, context, body["consent"], template)


def _notice_sent(draft: Draft, context: Context) -> None:
    body, relations = draft.body, context.relations
    notice = relations.of_borrower(body["notice"], "notice-requested/1", body["borrower"])
    channel = relations.of_borrower(body["channel"], "channel-added/1", body["borrower"])
    own = channel.body["medium"]
    carried = (own, text_medium(own, channel.body.get("mobile", False)))
    if notice.body["account"] != body["account"] or body["medium"] not in carried:
        raise unknown()
    check_opened(draft, context, body["notice"], "borrower-notice", body["channel"])


def _failed_at_once(draft: Draft, context: Context, message: Message) -> bool:
    """Whether this says that a carrier refused a message whose address was opened: it was never sent."""
    return draft.body["status"] == "failed" and context.ledger.times_opened(message) > 0


def _receipt(draft: Draft, context: Context) -> None:
    body = draft.body
    context.relations.of_borrower(body["notice"], "notice-requested/1", body["borrower"])
    if _failed_at_once(draft, context, (body["notice"], "borrower-notice", body["channel"])):
        return
    if not any(
        entry.kind == "notice-sent/1"
        and (entry.body["notice"], entry.body["channel"]) == (body["notice"], body["channel"])
        for entry in context.relations.history(body["borrower"])
    ):
        raise unknown()


def _use_told(draft: Draft, context: Context) -> None:
    body = draft.body
    lookup = context.relations.of_borrower(body["lookup"], DECIDED, body["borrower"])
    opened = context.relations.entry(body["opened"], "address-opened/1").body
    if lookup.body["verdict"] != "permit" or opened["about"] != body["lookup"]:
        raise unknown()
    if opened["template"] != f"use-{body['to']}":
        raise unknown()


def _message_of(draft: Draft, context: Context) -> Entry:
    """The permit of a relayed message. Raises NotFoundError unless it is one of this borrower, contact and line."""
    body = draft.body
    permit = context.relations.of_borrower(body["lookup"], DECIDED, body["borrower"])
    others = [member for member in ("contact", "line") if body.get(member, permit.body.get(member)) !=
              permit.body.get(member)]
    if not is_message(permit) or others:
        raise unknown()
    return permit


def _relayed(draft: Draft, context: Context) -> None:
    permit = _message_of(draft, context)
    check_opened(draft, context, permit.id, RELAYED)
    if draft.body["script_sha256"] not in approved(context.directory, permit):
        raise MalformedError("the text is none that the permit's packs approve", pointer="/body/script_sha256",
                             code="script-unknown")


def _message_receipt(draft: Draft, context: Context) -> None:
    """Of a message that went out; or that its carrier will not take, once the address was opened for it."""
    permit = _message_of(draft, context)
    relayed = of_kind(context.relations.history(draft.body["borrower"]), "message-relayed/1", "lookup")
    given_up = draft.body["status"] == "failed" and context.ledger.times_opened((permit.id, RELAYED, None)) > 0
    if permit.id not in relayed and not given_up:
        raise unknown()


def _answered(draft: Draft, context: Context) -> None:
    """By the contact itself. The message may not be logged as sent yet: who has its link has got it."""
    _message_of(draft, context)
    if draft.by != Actor("contact", draft.body["contact"]):
        raise unknown()


MESSAGES: dict[str, Check] = {
    "contact-informed/1": _informed, "code-sent/1": _code_sent, "notice-sent/1": _notice_sent,
    "notice-receipt/1": _receipt, "use-told/1": _use_told,
    "message-relayed/1": _relayed, "message-receipt/1": _message_receipt, "message-answered/1": _answered,
}

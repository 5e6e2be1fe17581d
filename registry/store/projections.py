"""One entry of the log applied to the mirrors. Total over all kinds: a kind that shows nowhere changes nothing."""

from __future__ import annotations

from sqlalchemy import func, select, update

from registry.model.entries import Entry
from registry.store import projections_visits as visits
from registry.store.changing import Apply, add, change, changes, some
from registry.store.erasing import erased, move
from registry.store.gathered import Gathered
from registry.store.mirrors import (
    Account,
    AgencyApproval,
    Approval,
    Borrower,
    Channel,
    Consent,
    Contact,
    Hold,
    Lookup,
    PackActivation,
    Party,
    Placement,
)
from registry.store.projections_persons import PERSONS, limitation
from registry.store.projections_portal import NEVER, PORTAL, counted, officer_of
from registry.store.projections_providers import PROVIDERS

# A message that nobody has sent, or whose sending is not logged yet.
UNSENT = frozenset({"queued"})

# Reports after which this contact is never asked again (CONTRACT section 1, outcomes).
STOPPING = frozenset({"refused", "wrong-person", "minor", "number-dead"})
# Reports that place a hold, and which (POLICY section 2).
HOLDING = {"distress": "vulnerability", "deceased": "deceased"}


def _borrower_registered(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, Borrower, entry, body["borrower"], state="open",
        **some(body, "lender", "residence", "time_zone", "languages"))


def _channel_added(connection: Gathered, entry: Entry) -> None:
    add(connection, Channel, entry, entry.body["channel"], state="live",
        **some(entry.body, "borrower", "medium", "use"))


def _contact_registered(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, Contact, entry, body["contact"], state="pending",
        **some(body, "borrower", "lender", "rank", "relation", "languages", "residence"))


def _account_opened(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, Account, entry, body["account"], **some(
        body, "borrower", "lender", "liability", "due_since", "balance_minor", "currency", "limitation_until",
        "state", "as_of"))


def _account_changed(connection: Gathered, entry: Entry) -> None:
    members = ("due_since", "balance_minor", "limitation_until", "state", "as_of")
    changed = {name: entry.body[name] for name in members if name in entry.body}
    limitation(connection, entry)
    change(connection, Account, entry, entry.body["account"], **changed)


def _placed(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    add(connection, Placement, entry, body["placement"], state="placed", starts=body["from"],
        **some(body, "account", "borrower", "lender", "agency", "until"))


def _consent(state: str) -> Apply:
    def apply(connection: Gathered, entry: Entry) -> None:
        body, id_ = entry.body, entry.body["consent"]
        assurance, given = body.get("assurance"), state == "given"
        known = connection.scalar(select(Consent.id).where(Consent.id == id_))
        if known is None:
            add(connection, Consent, entry, id_, state=state, assurance=assurance,
                asked_at=None if given else entry.at, settled_at=entry.at if given else None, **some(
                    body, "giver", "lender", "borrower", "contact", "account", "given_at", "expires_at", "scope",
                    "notice", "method"))
        else:
            change(connection, Consent, entry, id_, state=state, assurance=assurance,
                   settled_at=entry.at if given else None)
        if given and body["giver"] == "contact":
            connection.execute(update(Contact).where(Contact.id == body["contact"], Contact.state != "stopped")
                               .values(state="usable", updated_at=entry.at))

    return apply


def _consent_withdrawn(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    change(connection, Consent, entry, body["consent"], state=body["act"],
           settled_at=func.coalesce(Consent.settled_at, entry.at))
    if body["giver"] == "contact":
        left = select(Consent.id).where(Consent.contact == body["contact"], Consent.state == "given")
        connection.execute(update(Contact).where(
            Contact.id == body["contact"], Contact.state != "stopped", ~left.exists(),
        ).values(state="withdrawn", updated_at=entry.at))


def _contact_stopped(connection: Gathered, entry: Entry) -> None:
    move(connection, Contact, entry, entry.body["contact"], "stopped")


def _outcome(connection: Gathered, entry: Entry) -> None:
    outcome = entry.body["outcome"]
    if outcome in STOPPING:
        _contact_stopped(connection, entry)
    if outcome in HOLDING:
        # It is lifted like one that somebody placed; its id is the outcome's. What is about the person is so of
        # every account.
        add(connection, Hold, entry, entry.id, state="placed", borrower=entry.body["borrower"], account=None,
            type=HOLDING[outcome], by_role=entry.by.role, placed_at=entry.at)


def _erasure(borrower_state: str, contact_state: str) -> Apply:
    def apply(connection: Gathered, entry: Entry) -> None:
        if entry.body["role"] == "borrower":
            move(connection, Borrower, entry, entry.body["subject"], borrower_state)
        else:
            move(connection, Contact, entry, entry.body["subject"], contact_state)

    return apply


def _approval_requested(connection: Gathered, entry: Entry) -> None:
    # A visit is about no contact.
    add(connection, Approval, entry, entry.body["approval"], state="open", requested_at=entry.at,
        contact=entry.body.get("contact", ""), **some(
            entry.body, "lookup", "client", "account", "borrower", "purpose", "mode"))


def _approval(state: str) -> Apply:
    def apply(connection: Gathered, entry: Entry) -> None:
        if state == "approved" and visits.waits_for_another(connection, entry):
            change(connection, Approval, entry, entry.body["approval"], officer=officer_of(entry))
            return
        change(connection, Approval, entry, entry.body["approval"], state=state, settled_at=entry.at,
               officer=officer_of(entry))

    return apply


def _lookup_decided(connection: Gathered, entry: Entry) -> None:
    body = entry.body
    permit = body["verdict"] == "permit"
    relayed = permit and (body["about"], body["mode"]) == ("contact", "message")
    # A brokered call has used nobody's number before the bridge connects.
    used = permit and (body["about"], body["mode"]) != ("contact", "call")
    add(connection, Lookup, entry, body["lookup"], opening="allowed" if used else "none",
        message="queued" if relayed else None, decided_at=entry.at, **some(
            body, "account", "client", "agent", "about", "purpose", "mode", "verdict", "borrower", "contact",
            "approval", "reasons", "system"))
    counted(connection, entry)
    if permit and "approval" in body:
        change(connection, Approval, entry, body["approval"], state="used")


def _continued(connection: Gathered, entry: Entry) -> None:
    change(connection, Lookup, entry, entry.body["lookup"], continues=entry.body["continues"])


def _opening_refused(connection: Gathered, entry: Entry) -> None:
    change(connection, Lookup, entry, entry.body["lookup"], opening="refused")
    _message(connection, entry, "withheld", UNSENT)
    # The permit consumed the approval; a refused opening gives it back (CONTRACT section 6).
    spent = select(Lookup.approval).where(Lookup.id == entry.body["lookup"]).scalar_subquery()
    gone = select(Account.id).where(Account.state == "assigned")
    connection.execute(update(Approval).where(Approval.id == spent, Approval.account.not_in(gone))
                       .values(state="approved", updated_at=entry.at))


def _message(connection: Gathered, entry: Entry, state: str, before: frozenset[str]) -> None:
    """A relayed message comes from one of the states `before` to another; from any other it stays where it is."""
    connection.execute(update(Lookup).where(Lookup.id == entry.body["lookup"], Lookup.message.in_(before))
                       .values(message=state, updated_at=entry.at))


def _message_relayed(connection: Gathered, entry: Entry) -> None:
    _message(connection, entry, "sent", UNSENT)


def _message_receipt(connection: Gathered, entry: Entry) -> None:
    _message(connection, entry, entry.body["status"], UNSENT | {"sent", "failed"})


def _message_answered(connection: Gathered, entry: Entry) -> None:
    _message(connection, entry, "answered", UNSENT | {"sent", "failed", "delivered"})
    if entry.body["answer"] in NEVER:
        move(connection, Contact, entry, entry.body["contact"], "stopped")


def _party_registered(connection: Gathered, entry: Entry) -> None:
    add(connection, Party, entry, entry.body["party"], state="active",
        **some(entry.body, "role", "name", "regulator"))


def _agency_approved(connection: Gathered, entry: Entry) -> None:
    add(connection, AgencyApproval, entry, entry.id, **some(entry.body, "agency", "lender", "role", "until"))


def _pack_activated(connection: Gathered, entry: Entry) -> None:
    add(connection, PackActivation, entry, entry.id,
        **some(entry.body, "name", "version", "sha256", "effective_from"))


APPLY: dict[str, Apply] = {
    "borrower-registered/1": _borrower_registered, "channel-added/1": _channel_added,
    "channel-removed/1": changes(Channel, "channel", "removed"),
    "channel-disputed/1": changes(Channel, "channel", "disputed"),
    "contact-registered/1": _contact_registered, "account-opened/1": _account_opened,
    "account-changed/1": _account_changed, "placed/1": _placed,
    "recalled/1": changes(Placement, "placement", "recalled"),
    "consent-requested/1": _consent("pending-code"), "consent-requested/2": _consent("pending-code"),
    "consent-requested/3": _consent("pending-code"),
    "consent-given/1": _consent("given"),
    "consent-withdrawn/1": _consent_withdrawn, "objected/1": _contact_stopped,
    "outcome-reported/1": _outcome,
    "erasure-requested/1": _erasure("closed", "stopped"), "erasure-cancelled/1": _erasure("open", "withdrawn"),
    "erased/1": erased,
    "approval-requested/1": _approval_requested, "approval-requested/2": _approval_requested,
    "approval-given/1": _approval("approved"), "approval-refused/1": _approval("refused"),
    "lookup-decided/1": _lookup_decided, "lookup-decided/2": _lookup_decided, "lookup-continued/1": _continued,
    "opening-refused/1": _opening_refused, "opening-refused/2": _opening_refused,
    "message-relayed/1": _message_relayed, "message-receipt/1": _message_receipt,
    "message-answered/1": _message_answered,
    "call-bound/1": visits.bound, "visit-reported/1": visits.reported,
    "party-registered/1": _party_registered,
    "party-suspended/1": changes(Party, "party", "suspended"), "agency-approved/1": _agency_approved,
    "pack-activated/1": _pack_activated,
    **PORTAL, **PERSONS, **PROVIDERS,
}


def apply(connection: Gathered, entry: Entry) -> None:
    """Applies one entry. The caller sees to it that entries come in order, each once."""
    known = APPLY.get(entry.kind)
    if known is not None:
        known(connection, entry)

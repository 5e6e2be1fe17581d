"""What became of a permit, notices to the borrower, and what an agency or lender may see of a lookup or account."""

from __future__ import annotations

from typing import Any

from registry.errors import ConflictError, MalformedError
from registry.model.catalogue.calls import DECIDED, VISITED
from registry.model.catalogue.terms import REACHED
from registry.model.entries import Actor, Entry
from registry.model.shapes import ID_SHAPE, STAFF_CODE, words
from registry.model.times import MINUTE, local_day, parse_rfc3339, stamp
from registry.policy import account_view, gather, own_view, packs_for
from registry.vault import calling, relaying, scripts
from registry.vault.answering import answer_to
from registry.vault.arguments import BY_PARTY, INSTANT, Args, actor_of
from registry.vault.desk import Answer, Desk
from registry.vault.judging import facts_of
from registry.vault.local import offset
from registry.vault.ops.lookups import KEPT
from registry.vault.ops.table import IDEMPOTENT, Op, always
from registry.vault.relations import is_erased, placements, unknown


def outcome(desk: Desk, args: Args, at: int) -> Answer:
    """What the collector reports of a number it was given. Several are allowed, the strictest stays.

    Raises ConflictError `outcome-not-due` for a permit that opened no contact's number and no address for a visit,
    MalformedError for a word that does not fit what was asked for.
    """
    by = actor_of(args["by"])
    permit = _own_lookup(desk, args["lookup"], by)
    if permit.body["verdict"] != "permit":
        raise unknown()
    visit = permit.body["about"] == "visit"
    if permit.body["about"] == "borrower" or scripts.is_message(permit):
        raise ConflictError("no contact's number left with this permit: it has no outcome to report",
                            code="outcome-not-due")
    reported_at = parse_rfc3339(args["at"])
    if reported_at > at + MINUTE:
        raise MalformedError("/at lies in the future: give when it happened, by the log's clock",
                             pointer="/at", code="time-out-of-range")
    permitted = VISITED if visit else REACHED
    if args["outcome"] not in permitted:
        raise MalformedError(f"/outcome of {'a visit' if visit else 'a call'} is one of {', '.join(permitted)}",
                             pointer="/outcome")
    body = permit.body
    if visit:
        return _visited(desk, permit, args, reported_at, at)
    entry = desk.make("outcome-reported/1", {
        "lookup": permit.id, "account": body["account"], "borrower": body["borrower"], "contact": body["contact"],
        "line": body["line"], "agency": body["client"], "outcome": args["outcome"],
        "reported_at": stamp(reported_at), "agent": args["agent"],
    }, at, by)
    return desk.answer([entry], outcome=entry.id)


def _visited(desk: Desk, permit: Entry, args: Args, reported_at: int, at: int) -> Answer:
    body = permit.body
    entry = desk.make("visit-reported/1", {
        "lookup": permit.id, "account": body["account"], "borrower": body["borrower"], "agency": body["client"],
        "outcome": args["outcome"], "reported_at": stamp(reported_at), "agent": args["agent"],
    }, at, actor_of(args["by"]))
    return desk.answer([entry], outcome=entry.id)


def notice(desk: Desk, args: Args, at: int) -> Answer:
    """Asks for a notice to the borrower, at most one a local day. Raises ConflictError `notice-today`."""
    by, account = actor_of(args["by"]), args["account"]
    opened, history = _seen(desk, account, by, at)
    borrower = opened.body["borrower"]
    zone = desk.relations.lives(borrower)["time_zone"]
    today = local_day(at, offset(zone, at))
    for entry in history:
        if entry.kind == "notice-requested/1" and entry.body["account"] == account \
                and local_day(entry.at, offset(zone, entry.at)) == today:
            raise ConflictError("a notice was asked for today: one a day is enough", code="notice-today")
    body = {"account": account, "borrower": borrower}
    if by.role == "agency" and by.id is not None:
        body["agency"] = by.id
    ident = desk.new_id()
    entry = desk.make("notice-requested/1", {"notice": ident, **body}, at, by, ident)
    return desk.answer([entry], notice=ident)


def lookup_status(desk: Desk, args: Args) -> dict[str, Any]:
    """A lookup as it was answered to this very client, without the number; of a message, how far it came; of a use
    that the contact answered, his answer."""
    entry = _own_lookup(desk, args["lookup"], actor_of(args["by"]))
    kept = desk.remembered(KEPT, entry.id)
    value = {"lookup": entry.id, "verdict": entry.body["verdict"], "log_index": entry.index}
    if entry.body["verdict"] == "permit":
        value["expires_at"] = entry.body["expires_at"]
    if kept is not None:
        value = kept[1]
    if scripts.is_message(entry):
        value["message"] = relaying.state_of(desk, entry)
    elif scripts.is_call(entry):
        value["call"] = calling.state_of(desk, entry)
    elif entry.body["verdict"] == "permit" and (said := answer_to(desk, entry)) is not None:
        value["answer"] = said
    for one in desk.relations.history(entry.id):
        if one.kind == "lookup-continued/1":
            value["continues"] = one.body["continues"]
    return {**value, "proof": desk.log.proof(value["log_index"])}


def account(desk: Desk, args: Args) -> dict[str, Any]:
    """An account as its agency or lender sees it. Raises NotFoundError, the same for every other case."""
    by, at = actor_of(args["by"]), desk.clock.now()
    opened, _ = _seen(desk, args["account"], by, at)
    asked = {
        "lookup": opened.id, "account": opened.id, "client": by.id or "", "agent": "none", "about": "contact",
        "purpose": "restore-contact", "mode": "number",
    }
    facts = facts_of(gather(desk, opened.id), asked, at, desk.readings)
    view = {"account": opened.id, **account_view(facts, at)}
    if by.role != "agency":
        return view
    # Of the contact of the lowest rank: whom a lookup would pick besides is nobody's to see.
    first = facts.contacts[0].id if facts.contacts else None
    return {**view, **own_view(facts, packs_for(desk.directory, facts, at).of(first), at)}


def _own_lookup(desk: Desk, ident: str, by: Actor) -> Entry:
    found = desk.relations.entry(ident, *DECIDED)
    if found.body["client"] != by.id or by.role != "agency":
        raise unknown()
    return found


def _seen(desk: Desk, ident: str, by: Actor, at: int) -> tuple[Entry, tuple[Entry, ...]]:
    """The account and its borrower's history, for its lender or an agency with a placement in force today."""
    opened = desk.relations.entry(ident, "account-opened/1")
    borrower = opened.body["borrower"]
    history = desk.relations.history(borrower)
    today = desk.relations.today(borrower, at)
    agencies = {one.body["agency"] for one in placements(history, today, ident)}
    lender = by.role == "lender" and by.id == opened.body["lender"]
    agency = by.role == "agency" and by.id in agencies
    if is_erased(history, borrower) or not (lender or agency):
        raise unknown()
    return opened, history


OUTCOMES = {
    "outcome": Op({
        "by": BY_PARTY, "lookup": ID_SHAPE, "outcome": words(*{*REACHED, *VISITED}), "at": INSTANT,
        "agent": STAFF_CODE, **IDEMPOTENT,
    }, write=outcome, restricts=always),
    "notice": Op({"by": BY_PARTY, "account": ID_SHAPE, **IDEMPOTENT}, write=notice),
    "lookup-status": Op({"by": BY_PARTY, "lookup": ID_SHAPE}, read=lookup_status),
    "account": Op({"by": BY_PARTY, "account": ID_SHAPE}, read=account),
}

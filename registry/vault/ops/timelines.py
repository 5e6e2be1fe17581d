"""Reads for people who judge: every attempt with why it counts or not, and what an officer must know to approve."""

from __future__ import annotations

from typing import Any

from registry.casefile.attempts import weighed
from registry.casefile.picture import pictured
from registry.casefile.plain import plain
from registry.errors import MalformedError
from registry.model.catalogue import KINDS
from registry.model.catalogue.calls import ASKED_APPROVAL, DECIDED
from registry.model.entries import Entry, draft_of
from registry.model.shapes import ID_SHAPE, Optional
from registry.model.times import stamp
from registry.policy import (
    FLOOR,
    Decision,
    Effective,
    Effort,
    Facts,
    Params,
    asked_in,
    in_first_language,
    last_reset,
    weigh,
)
from registry.vault import authority, examining
from registry.vault.arguments import BY_PARTY, OBJECT, Args
from registry.vault.desk import Desk
from registry.vault.judging import judge
from registry.vault.ops.table import Op


def timeline_of(desk: Desk, args: Args) -> dict[str, Any]:
    """What happened before one decision, as it stood then (`lookup`), or before a request, as of now (`approval`):
    every attempt with why it counts or not, and the whole line of time."""
    if ("lookup" in args) == ("approval" in args):
        raise MalformedError("name a lookup or an approval, one of them")
    if "lookup" in args:
        decided = desk.relations.entry(args["lookup"], *DECIDED)
        facts, decision = examining.judged_then(desk, decided)
        before = decided.index
    else:
        judged = judge(desk, _asked(desk, args["approval"])[1], desk.clock.now())
        facts, decision, before = judged.facts, judged.decision, desk.log.size
    return {**weighed(facts, decision.params), **_pictured(desk, facts, decision, before)}


def approval_case(desk: Desk, args: Args) -> dict[str, Any]:
    """What an officer needs to know of a request as of now; never a number.

    `reasons`: what beside the missing approval stands against it.
    """
    requested, asked = _asked(desk, args["approval"])
    judged = judge(desk, asked, desk.clock.now())
    facts, params = judged.facts, judged.decision.params
    found = {
        "about": asked["about"], "visitors": list(asked.get("visitors", ())),
        "facts": plain(facts), "at": stamp(judged.at),
        "reasons": [code for code in judged.decision.codes if code != "approval-missing"], **weighed(facts, params),
        **_pictured(desk, facts, judged.decision, desk.log.size),
    }
    if params is not None and facts.account is not None:
        effort = weigh(facts, params, judged.at, facts.attempts, last_reset(facts.resets))
        found["effort"] = _effort(effort, params)
    applied = judged.packs.contacts.get(requested.body.get("contact", ""))
    if applied is not None and applied.effective is not None:
        found |= _said(desk, facts, applied.effective, requested)
    return found


def act_signers(desk: Desk, args: Args) -> dict[str, Any]:
    """Whose signatures over a draft hold, before it is appended: a first officer's is kept until a second's comes.

    Raises UnauthorizedError `signature-invalid` for one that does not.
    """
    draft = draft_of(args["entry"])
    if draft.kind not in KINDS:
        raise MalformedError("no such kind of entry")
    return {"signers": sorted(authority.signers_of(draft, desk.directory, desk.clock.now()))}


def _pictured(desk: Desk, facts: Facts, decision: Decision, before: int) -> dict[str, Any]:
    """The line of time of the borrower's entries below an index."""
    whose = () if facts.borrower is None else (facts.borrower,)
    history = [one for entries in desk.histories(whose).values() for one in entries if one.index < before]
    tried = [one for attempts in desk.attempts(whose).values() for one in attempts if one.index < before]
    return pictured(facts, decision, history, tried)


def _asked(desk: Desk, approval: str) -> tuple[Entry, dict[str, Any]]:
    requested = desk.relations.entry(approval, *ASKED_APPROVAL)
    decided = desk.relations.entry(requested.body["lookup"], *DECIDED).body
    return requested, asked_in(decided)


def _effort(effort: Effort, params: Params) -> dict[str, Any]:
    """What was done and what is needed; `waived`: every personal channel is proven dead."""
    pairs = {
        "attempts": (effort.attempts, params.min_attempts), "days": (effort.days, params.min_days),
        "dayparts": (effort.dayparts, params.min_dayparts), "span": (effort.span, params.span_days),
        "channels": (effort.covered, len(effort.slots)),
    }
    return {"waived": effort.waived, **{name: {"have": have, "need": need} for name, (have, need) in pairs.items()}}


def _said(desk: Desk, facts: Facts, effective: Effective, requested: Entry) -> dict[str, Any]:
    """`script`: what would be said, or written where a message would be relayed, in the contact's language."""
    written = requested.body["mode"] == "message"
    texts = (effective.messages if written else effective.scripts).get(requested.body["purpose"])
    contact = next((one for one in facts.contacts if one.id == requested.body["contact"]), None)
    if texts is None or contact is None:
        return {}
    found = in_first_language(texts, contact.languages)
    if found is None:
        return {}
    in_force = [desk.directory.pack_at(one.name, facts.at) for one in effective.packs]
    speaks = next((one.id.name for one in in_force if one is not None and one.scripts == effective.scripts), FLOOR)
    return {"script": {"language": found[0], "text": found[1], "written": written, "pack": speaks}}


TIMELINES = {
    "timeline": Op({"by": BY_PARTY, "lookup": Optional(ID_SHAPE), "approval": Optional(ID_SHAPE)},
                   read=timeline_of),
    "approval-case": Op({"by": BY_PARTY, "approval": ID_SHAPE}, read=approval_case),
    "act-signers": Op({"entry": OBJECT}, read=act_signers),
}

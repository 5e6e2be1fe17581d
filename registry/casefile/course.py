"""The course of one lookup for people: who approved it, in which role, and what came of it. Never a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from registry.casefile.collecting import SETTLED, approvals_of
from registry.model.entries import Entry
from registry.model.times import stamp

RoleAt = Callable[[str, int], str]  # which part of the house an officer spoke for at a moment
# What came of a lookup, by the kind of entry that says so, and which of its members people are told.
CAME = {
    "opening-refused/1": ("refused", ("reasons",)), "opening-refused/2": ("refused", ("reasons",)),
    "call-bound/1": ("bound", ("expires_at", "max_calls")),
    "call-recorded/1": ("call", ("outcome", "ring_seconds", "talk_seconds", "stop")),
    "call-unbound/1": ("unbound", ("why",)),
    "outcome-reported/1": ("outcome", ("outcome", "agent")),
    "visit-reported/1": ("visit", ("outcome", "agent")),
}


def course_of(decided: Entry, history: Iterable[Entry], role_at: RoleAt) -> dict[str, Any]:
    """`{approvals: [{verdict, at, index, officer, role}], came: [{what, at, index, …}]}` of a decision, in log order.

    `history`: what is filed under its borrower, ascending. One row for each officer who signed: an approval of a
    visit has two. The role is the one in force when the approval was logged, as the rules counted it.
    """
    history = tuple(history)
    approvals = approvals_of(decided, history)
    signed: list[dict[str, Any]] = []
    came: list[dict[str, Any]] = []
    for entry in history:
        if entry.kind in SETTLED and entry.body["approval"] in approvals:
            verdict = "approved" if entry.kind == SETTLED[0] else "refused"
            signed += [{"verdict": verdict, "at": stamp(entry.at), "index": entry.index, "officer": one["officer"],
                        "role": role_at(one["officer"], entry.at)} for one in entry.auth if "officer" in one]
        elif entry.kind in CAME and entry.body["lookup"] == decided.id:
            what, members = CAME[entry.kind]
            told = {name: entry.body[name] for name in members if name in entry.body}
            came.append({"what": what, "at": stamp(entry.at), "index": entry.index, **told})
    return {"approvals": signed, "came": came}

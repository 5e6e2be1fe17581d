"""The dial check: may this channel of a borrower's be dialled now? One entry, then the answer, the same way for all.

The same question while its answer stands is the same check again: whoever asks often makes no history grow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE
from registry.model.times import MINUTE, parse_stamp
from registry.policy import (
    CHECKED,
    REFUSED_FOR,
    RULES_VERSION,
    DialAnswer,
    History,
    gather,
    may_dial,
    packs_for,
    zones_of,
)
from registry.vault.arguments import BY_PARTY, Args
from registry.vault.desk import Answer, Desk
from registry.vault.judging import facts_of
from registry.vault.local import offset
from registry.vault.ops.table import IDEMPOTENT, Op
from registry.vault.tickets import ticket_of

ASKED_AGAIN = 5 * MINUTE    # a permitted dial asked about again within this time: no new ticket


def dial_check(desk: Desk, args: Args, at: int) -> Answer:
    """Decides and logs whether an agency may dial; the answer is CONTRACT section 1's body. An account or a channel
    that is unknown, erased or not the asker's: no, and nothing else."""
    history, asker = gather(desk, args["account"]), args["by"]["id"]
    said, members = _judged(desk, history, args, at)
    question = {"client": asker, "agency": asker, "account": args["account"], "channel": args["channel"]}
    entry = _standing(desk, history, args, said, at) or _log(desk, history, {**question, **members}, at)
    value: dict[str, Any] = {"check": entry.id, "may_dial": said.may_dial, "log_index": entry.index, **said.view}
    if said.may_dial:
        value |= {"ticket": ticket_of(desk, entry), "valid_until": entry.body["valid_until"]}
    return Answer(value)


def _judged(desk: Desk, history: History, args: Args, at: int) -> tuple[DialAnswer, Args]:
    """The answer to the question as of a moment, and the members of its entry."""
    asked = {**dict.fromkeys(("lookup", "agent", "purpose", "mode"), ""), "about": "dial",
             "account": args["account"], "client": args["by"]["id"]}
    facts = facts_of(history, asked, at, desk.readings)
    said = may_dial(facts, args["channel"], packs_for(desk.directory, facts, at), at)
    members = {name: one for name, one in said.members(facts.borrower, facts.lender).items() if one is not None}
    return said, members


def _standing(desk: Desk, history: History, args: Args, said: DialAnswer, at: int) -> Entry | None:
    """The asker's last check of this channel, where it said the same and still speaks of now.

    A refusal said the same where the asker saw the same: were its hidden reasons compared, the id of the check would
    tell who asks that somebody else dialled.
    """
    last = next((
        one for one in reversed(history.entries)
        if one.kind == CHECKED and (one.body["client"], one.body["account"], one.body["channel"]) == (
            args["by"]["id"], args["account"], args["channel"])
    ), None)
    if last is None or not said.mine or last.body["may_dial"] != said.may_dial or last.body["rules"] != RULES_VERSION:
        return None
    if said.may_dial:
        same = last.body["packs"] == [one.value() for one in said.packs]
        return last if same and at < min(last.at + ASKED_AGAIN, parse_stamp(last.body["valid_until"])) else None
    shown = _judged(desk, _until(history, last.index), args, last.at)[0].view
    until = parse_stamp(shown["not_before"]) if "not_before" in shown else last.at + REFUSED_FOR
    return last if shown == said.view and at < until else None


def _until(history: History, index: int) -> History:
    """The history as it was when the entry of that index was written."""
    def before(entries: Iterable[Entry]) -> tuple[Entry, ...]:
        return tuple(one for one in entries if one.index < index)

    return replace(history, entries=before(history.entries), loan=before(history.loan),
                   lines={line: before(entries) for line, entries in history.lines.items()})


def _log(desk: Desk, history: History, said: Args, at: int) -> Entry:
    """The one entry of a check: everything a replay needs, whatever the answer."""
    offsets = [{"zone": zone, "minutes": offset(zone, at)} for zone in sorted(zones_of(history))]
    body = {"check": desk.new_id(), **said, "rules": RULES_VERSION, "offsets": offsets}
    return desk.make(CHECKED, body, at, ident=body["check"], fresh=True)


DIALS = {
    "dial-check": Op({"by": BY_PARTY, "account": ID_SHAPE, "channel": ID_SHAPE, **IDEMPOTENT}, write=dial_check),
}

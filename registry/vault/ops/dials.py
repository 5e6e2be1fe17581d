"""The dial check: may this channel of a borrower's be dialled now? One entry, then the answer, the same way for all.

The same question while its answer stands is the same check again: whoever asks often makes no history grow.
"""

from __future__ import annotations

from typing import Any

from registry.model.entries import Entry
from registry.model.shapes import ID_SHAPE
from registry.model.times import LATEST, MINUTE, parse_stamp, stamp
from registry.policy import RULES_VERSION, History, gather, may_dial, packs_for, zones_of
from registry.policy.tickets import CHECKED, refused_until
from registry.vault.arguments import BY_PARTY, Args
from registry.vault.desk import Answer, Desk
from registry.vault.judging import facts_of
from registry.vault.local import offset
from registry.vault.ops.table import IDEMPOTENT, Op
from registry.vault.tickets import ticket_of

ASKED_AGAIN = 5 * MINUTE    # a permitted dial asked about again within this time: no new ticket
FOREVER = stamp(LATEST)


def dial_check(desk: Desk, args: Args, at: int) -> Answer:
    """Decides and logs whether an agency may dial; the answer is CONTRACT section 1's body. An account or a channel
    that is unknown, erased or not the asker's: no, and nothing else."""
    history, asker = gather(desk, args["account"]), args["by"]["id"]
    asked = {**dict.fromkeys(("lookup", "agent", "purpose", "mode"), ""), "about": "dial",
             "account": args["account"], "client": asker}
    facts = facts_of(history, asked, at, desk.readings)
    said = may_dial(facts, args["channel"], packs_for(desk.directory, facts, at), at)
    members = {name: one for name, one in said.members(facts.borrower, facts.lender).items() if one is not None}
    question = {"client": asker, "agency": asker, "account": args["account"], "channel": args["channel"]}
    entry = _standing(history, question, members, at) or _log(desk, history, {**question, **members}, at)
    value: dict[str, Any] = {"check": entry.id, "may_dial": said.may_dial, "log_index": entry.index, **said.view}
    if said.may_dial:
        value |= {"ticket": ticket_of(desk, entry), "valid_until": entry.body["valid_until"]}
    return Answer(value)


def _standing(history: History, question: Args, members: Args, at: int) -> Entry | None:
    """The asker's last check of this channel, where it said the same and still speaks of now."""
    last = next((
        one for one in reversed(history.entries)
        if one.kind == CHECKED and all(one.body[name] == value for name, value in question.items())
    ), None)
    if last is None or "borrower" not in members:
        return None
    same = last.body["rules"] == RULES_VERSION and all(
        last.body.get(name) == members.get(name) for name in ("may_dial", "reasons", "packs", "not_before", "line")
    )
    speaks = last.at + ASKED_AGAIN > at if last.body["may_dial"] else at < refused_until(last)
    return last if same and speaks and at < parse_stamp(last.body.get("valid_until", FOREVER)) else None


def _log(desk: Desk, history: History, said: Args, at: int) -> Entry:
    """The one entry of a check: everything a replay needs, whatever the answer."""
    offsets = [{"zone": zone, "minutes": offset(zone, at)} for zone in sorted(zones_of(history))]
    body = {"check": desk.new_id(), **said, "rules": RULES_VERSION, "offsets": offsets}
    return desk.make(CHECKED, body, at, ident=body["check"], fresh=True)


DIALS = {
    "dial-check": Op({"by": BY_PARTY, "account": ID_SHAPE, "channel": ID_SHAPE, **IDEMPOTENT}, write=dial_check),
}

"""The whole picture of one question for those who judge it: everything that happened, in order, and what it came to;
what still stands in the way, and when a permit is possible at the earliest. Never a number, never a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from registry.casefile.attempts import weighed
from registry.model.briefs import Brief
from registry.model.entries import Entry
from registry.model.times import MINUTE, date_of, local_day, local_minute, stamp
from registry.policy import Decision, Facts
from registry.policy.timeline import REACHED, noticed
from registry.policy.when import Earliest, earliest

Row = dict[str, Any]
# What else belongs on the line of time, and what that is called on pages (`timeline.what.<word>`).
HAPPENED = {
    "hold-placed/1": "hold", "hold-lifted/1": "lifted", "placed/1": "placed", "recalled/1": "recalled",
    "account-assigned/1": "assigned", "callback-offered/1": "callback", "account-changed/1": "changed",
    "complaint-filed/1": "complaint",
}
ATTEMPT, NOTICE, LIFE = "attempt", "notice", "life"
NO, YES, ANEW, BARS = "no", "counted", "anew", "bars"
# What each does to the count: a hold bars, what else is told only explains.
DOES = {"hold": BARS, "recalled": BARS, "assigned": BARS, "complaint": BARS}
MOST = 200  # rows: the last of them


def pictured(facts: Facts, decision: Decision, history: Iterable[Entry], tried: Iterable[Brief]) -> Row:
    """`{events, left_out, earliest}`: `history` and attempts are the borrower's, up to the moment of the facts."""
    entries = {one.index: one for one in history}
    kinds = {index: one.kind for index, one in entries.items()} | {one.index: one.kind for one in tried}
    rows = sorted(_rows(facts, decision, entries, kinds), key=lambda one: one["index"])
    return {
        "events": rows[-MOST:], "left_out": max(0, len(rows) - MOST),
        "earliest": _earliest(earliest(facts, decision, facts.at)),
    }


def _rows(
    facts: Facts, decision: Decision, entries: dict[int, Entry], kinds: dict[int, str],
) -> Iterator[Row]:
    attempts = weighed(facts, decision.params)["attempts"]
    for one in attempts:
        # One that reached somebody is what the count starts anew after.
        yield {"what": ATTEMPT, **one, **({"counts": ANEW} if one.get("why") == REACHED else {})}
    if decision.params is not None and decision.effort is not None:
        for notice, why in noticed(facts, decision.params, decision.effort, facts.at):
            yield {
                "what": NOTICE, "index": notice.index, "at": stamp(notice.at), **_local(facts, notice.at),
                "medium": notice.medium, "channel": facts.slots[notice.slot].channel,
                "delivered": notice.delivered, "counts": NO if why else YES, **({"why": why} if why else {}),
            }
    known = {one["index"] for one in attempts}
    resets = {one.index for one in facts.resets} - known
    for index in sorted(resets):
        kind = kinds.get(index, "unknown").partition("/")[0]
        at = next(one.at for one in facts.resets if one.index == index)
        yield {"what": LIFE, "index": index, "at": stamp(at), **_local(facts, at), "kind": kind, "counts": ANEW}
    for entry in entries.values():
        word = HAPPENED.get(entry.kind)
        if word is None or entry.index in resets or not _of_account(entry, facts):
            continue
        more = {name: entry.body[member] for name, member in (("type", "type"), ("agency", "agency"))
                if member in entry.body and word in ("hold", "placed", "recalled")}
        yield {"what": word, "index": entry.index, "at": stamp(entry.at), **_local(facts, entry.at), **more,
               "counts": DOES.get(word, "")}


def _of_account(entry: Entry, facts: Facts) -> bool:
    return entry.body.get("account") in (None, facts.ask.account)


def _local(facts: Facts, at: int) -> Row:
    """Date and minute where the borrower lives, by the offset of the moment judged."""
    return {"date": date_of(local_day(at, facts.offset)), "minute": local_minute(at - at % MINUTE, facts.offset)}


def _earliest(found: Earliest) -> Row:
    waits = [{"code": one.code, **({} if one.not_before is None else {"not_before": stamp(one.not_before)})}
             for one in sorted(found.waits, key=lambda one: one.not_before or 0)]
    return {"waits": waits, "bars": list(found.bars), **({} if found.at is None else {"at": stamp(found.at)})}

"""Dial checks made again, and the tickets that attempts bring (P9)."""

from __future__ import annotations

from typing import Protocol

from registry.errors import IntegrityError
from registry.model.entries import Entry
from registry.model.times import parse_stamp
from registry.policy import DIAL_RULES, Ask, Readings, Source, facts_from, gather, packs_for, zones_of
from registry.policy.tickets import CHECKED, Dialled, believed


class Memory(Source, Protocol):
    """The log so far. `dial_checks` counts those made again."""

    readings: Readings
    dial_checks: int


def dial_checked(memory: Memory, entry: Entry) -> None:
    """The check made again is the check logged. Raises IntegrityError saying what is wrong."""
    body = entry.body
    memory.dial_checks += 1
    if body["check"] != entry.id or body["agency"] != body["client"]:
        raise IntegrityError("check or agency is not its own")
    if body["rules"] not in DIAL_RULES:
        raise IntegrityError("it was decided by rules that this version does not know")
    history = gather(memory, body["account"])
    if [one["zone"] for one in body["offsets"]] != sorted(zones_of(history)):
        raise IntegrityError("the offsets are not those of the zones that it is judged in")
    asked = {**dict.fromkeys(("lookup", "agent", "purpose", "mode"), ""), "about": "dial",
             "account": body["account"], "client": body["client"]}
    facts = facts_from(history, Ask.of(asked, {one["zone"]: one["minutes"] for one in body["offsets"]}), entry.at,
                       memory.readings)
    said = DIAL_RULES[body["rules"]](facts, body["channel"], packs_for(memory.directory, facts, entry.at), entry.at)
    for name, value in said.members(facts.borrower, facts.lender).items():
        if body.get(name) != value:
            raise IntegrityError(f"{name} is {body.get(name)}, but the entries before it give {value}")


def check_ticket(memory: Memory, attempt: Entry) -> None:
    """The dial check whose ticket an attempt carries permitted that very dial. Raises IntegrityError."""
    body = attempt.body
    if "ticket" not in body:
        return
    filed = memory.histories((body["borrower"],))[body["borrower"]] if "borrower" in body else ()
    check = next((one for one in filed if one.kind == CHECKED and one.id == body["ticket"]), None)
    if check is None or "began_at" not in body or not believed(check, Dialled(
        parse_stamp(body["began_at"]), body["channel"], body.get("agency"), body.get("account"),
    )):
        raise IntegrityError("its ticket is of no dial check that permitted it")

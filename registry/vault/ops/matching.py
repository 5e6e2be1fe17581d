"""Whose line was dialled: what the courier asks of an event that it verified."""

from __future__ import annotations

from typing import Any

from registry.model import canonical
from registry.model.catalogue.terms import MEDIUM
from registry.model.entries import Entry
from registry.model.ids import ID
from registry.model.numbers import parse_email, parse_number
from registry.model.shapes import Optional
from registry.policy import Dialled, believed
from registry.vault import authority
from registry.vault.arguments import INDEX, PLAIN_ADDRESS, SIGNATURE, TICKET, Args
from registry.vault.desk import Desk
from registry.vault.local import local_value
from registry.vault.ops.table import Op
from registry.vault.relations import of_kind, placements
from registry.vault.tickets import check_named


def match_line(desk: Desk, args: Args) -> dict[str, Any]:
    """Whose channel an address is, as entries name it; {} for nobody's. Never makes a line.

    Needs the courier's signature: nobody else may learn whether an address is known (P10).
    With `at_ms` (log clock, when the attempt began): the local times an attempt's entry must carry, and the agency
    with the only placement then in force. With a `ticket` that is of such an attempt: its check, and the account and
    the agency that were permitted; any other ticket changes nothing.
    """
    asked = {name: value for name, value in args.items() if name != "auth"}
    authority.check_courier(canonical.encode({"op": "match-line", **asked}), args["auth"], desk.directory)
    line = line_of(desk, args["address"], args["medium"])
    if line is None:
        return {}
    at = args.get("at_ms", desk.clock.now())
    check = _permitted(desk, args, line, at)
    account = args.get("account") if check is None else check.body["account"]
    channel = _channel(desk, line, args["medium"], account)
    if channel is None:
        return {"line": line}
    borrower = channel.body["borrower"]
    found: dict[str, Any] = {"line": line, "channel": channel.id, "borrower": borrower}
    if account is not None and _borrower_of(desk, account) == borrower:
        found["account"] = account
    agencies = _placed_with(desk, borrower, at, found.get("account"))
    if check is not None:
        found |= {"agency": check.body["agency"], "ticket": check.id}
    elif len(agencies) == 1:
        found["agency"] = agencies.pop()
    found["local"] = local_value(desk.relations.lives(borrower)["time_zone"], at)
    zones = [local_value(zone, at) for zone in channel.body.get("zones", ())]
    return {**found, **({"line_local": zones} if zones else {})}


def line_of(desk: Desk, address: str, medium: str) -> str | None:
    """The line of an address, None for one never seen. Raises MalformedError for what is no address."""
    if medium in ("voice", "sms"):
        return desk.keys.known_line(parse_number(address).e164, medium)
    return desk.keys.known_line(parse_email(address) if medium == "email" else address.strip(), medium)


def _channel(desk: Desk, line: str, medium: str, account: str | None) -> Entry | None:
    """The channel that was dialled. A line under two borrowers is a channel of each: entries name one, and the
    line's own history carries it to the other. Preferred: the account's borrower, a standing one, the same medium."""
    owner = None if account is None else _borrower_of(desk, account)
    ended: set[str] = set()
    added = [one for one in desk.relations.history(line) if one.kind == "channel-added/1"]
    for borrower in {one.body["borrower"] for one in added}:
        ended |= of_kind(desk.relations.history(borrower), "channel-removed/1", "channel")
    return max(added, default=None, key=lambda one: (
        one.body["borrower"] == owner, one.by.role != "contact", one.id not in ended, one.body["medium"] == medium,
        one.index,
    ))


def _borrower_of(desk: Desk, account: str) -> str | None:
    # A provider repeats whatever account it was told: what is no id is nobody's.
    return desk.borrower_of(account) if ID.match(account) else None


def _permitted(desk: Desk, args: Args, line: str, at: int) -> Entry | None:
    """The dial check whose ticket came along, if it is of this line, this time and an agency that still has the
    account."""
    check = check_named(desk, args["ticket"]) if "ticket" in args else None
    if check is None or args.get("account") not in (None, check.body["account"]):
        return None
    body = check.body
    channel = _channel(desk, line, args["medium"], body["account"])
    if channel is None or not believed(check, Dialled(at, channel.id, body["agency"], body["account"])):
        return None
    return check if body["agency"] in _placed_with(desk, body["borrower"], at, body["account"]) else None


def _placed_with(desk: Desk, borrower: str, at: int, account: str | None) -> set[str]:
    """The agencies that an account, or any of the borrower's, is placed with on that day."""
    day = desk.relations.today(borrower, at)
    return {one.body["agency"] for one in placements(desk.relations.history(borrower), day, account)}


MATCHING = {
    "match-line": Op({
        "address": PLAIN_ADDRESS, "medium": MEDIUM, "at_ms": Optional(INDEX), "account": Optional(PLAIN_ADDRESS),
        "ticket": Optional(TICKET), "auth": SIGNATURE,
    }, read=match_line),
}

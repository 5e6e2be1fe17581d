"""The first page: where things stand, for each institution."""

from __future__ import annotations

from registry.model.times import parse_rfc3339, parse_stamp
from registry.usecases.me import mine
from registry.usecases.ports import Ports, Record
from registry.usecases.sign_in import Session, shown

HARDSHIP = "vulnerability"


def overview(ports: Ports, who: Session) -> Record:
    """`{session, borrowers: [{borrower, institution, state, time_zone, languages, callback?, holds, released?,
    visited?}]}`.

    `released`: how often a contact was used, `visited`: how often the address was given for a visit; told to a
    strong session alone.
    """
    own = mine.borrowers(ports, who)
    names = mine.names(ports, (one["lender"] for one in own))
    offers = callbacks(ports, who)
    held = ports.store.records("holds", {"borrower": who.subjects, "state": "placed"})
    released = ports.store.released(who.subjects) if who.strong else {}
    return {"session": shown(who), "borrowers": [
        {**_borrower(one, names), **_offer(offers.get(one["id"])),
         "holds": sorted({hold["type"] for hold in held if hold["borrower"] == one["id"]}),
         **({"released": released.get((one["id"], "contact"), 0),
             "visited": released.get((one["id"], "visit"), 0)} if who.strong else {})}
        for one in own
    ]}


def _borrower(one: Record, names: dict[str, str]) -> Record:
    return {
        "borrower": one["id"], "institution": names[one["lender"]],
        "state": "open" if one["state"] == "open" else "closed",
        "time_zone": one["time_zone"], "languages": one["languages"],
    }


def callbacks(ports: Ports, who: Session) -> dict[str, Record]:
    """The newest offer to be reached of each borrower, if its time is not over."""
    newest = {one["borrower"]: one for one in ports.store.records("callbacks", {"borrower": who.subjects})}
    at = parse_stamp(ports.vault.call("log-now", {})["now"])
    return {borrower: _callback(one) for borrower, one in newest.items() if parse_rfc3339(one["until"]) >= at}


def _callback(one: Record) -> Record:
    members = {name: one[name] for name in ("channel", "until", "windows", "language")}
    return {name: value for name, value in members.items() if value is not None}


def _offer(offer: Record | None) -> Record:
    return {} if offer is None else {"callback": offer}

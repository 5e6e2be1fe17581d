"""Reach me like this, and: I cannot pay. Both are signs of life, and stop that anybody else is asked."""

from __future__ import annotations

from registry.errors import ConflictError
from registry.model.ids import new_id
from registry.model.times import DAY, parse_stamp, stamp
from registry.usecases import writing
from registry.usecases.me import mine, values
from registry.usecases.me.overview import HARDSHIP
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session

OFFERED = 7 * DAY  # how long the collector is told to call back instead of anything else


def channels(ports: Ports, who: Session) -> list[Record]:
    """My own live personal channels: `[{channel, borrower, medium, shown?}]`; `shown` masked, if strong."""
    found = ports.store.records("channels", {"borrower": who.subjects, "state": "live", "use": "personal"})
    seen = values.shown(ports, who, who.subjects)
    return [{
        "channel": one["id"], "borrower": one["borrower"], "medium": one["medium"],
        **({"shown": value} if (value := seen.get(one["borrower"], {}).get(one["id"])) else {}),
    } for one in found]


def coded(ports: Ports, who: Session) -> list[Record]:
    """Those of them to which a code for my own consent may go now."""
    taken = ports.vault.call("coded-channels", {"session": who.token})["channels"]
    return [one for one in channels(ports, who) if one["channel"] in taken]


def reachable(ports: Ports, who: Session, body: Body, idem: Idem | None = None) -> Record:
    """`{channel | new_channel: {medium, value | jwe}, windows, language, borrower?}` → `{borrower, channel, until,
    windows, language, log_index, proof}`: the next action of everybody who asks is to call back like this.

    Raises ConflictError `erased` where nobody would be told any more.
    """
    if "channel" in body:
        owner = mine.one(ports, who, "channels", body["channel"])["borrower"]
        if body.get("borrower", owner) != owner:
            raise mine.nothing()
        channel = body["channel"]
        _still_there(ports, owner)
    else:
        owner = mine.chosen(who, body.get("borrower"))
        _still_there(ports, owner)
        added = writing.write(ports, "deposit-channel", {
            "session": who.token, "borrower": owner, "use": "personal", **body["new_channel"],
        }, mine.part_of(idem, "channel"))
        channel = added["channel"]
    now = parse_stamp(ports.vault.call("log-now", {})["now"])
    offer = {"borrower": owner, "channel": channel, "until": stamp(now + OFFERED), "windows": list(body["windows"]),
             **({"language": body["language"]} if "language" in body else {})}
    result = writing.append(ports, mine.actor(owner), "callback-offered/1", offer, idem)
    return {**writing.recorded(result, "callback-offered/1"), **writing.proof_of(result)}


def _still_there(ports: Ports, borrower: str) -> None:
    known = ports.store.record("borrowers", borrower)
    if known is not None and known["state"] != "open":
        raise ConflictError("everything of yours is being erased: nobody can be told how to reach you", code="erased")


def cannot_pay(ports: Ports, who: Session, body: Body, idem: Idem | None = None) -> Record:
    """`{borrower?}` (absent: every institution) → `{holds: [{hold, borrower, log_index}]}`.

    A hold that only an officer lifts, and a sign of life. Said again while it holds, it says so without another hold.
    """
    wanted = mine.meant(who, body.get("borrower"))
    held = ports.store.records("holds", {"borrower": wanted, "type": HARDSHIP, "state": "placed", "account": None})
    known = {one["borrower"]: one for one in held}
    holds = []
    for borrower in wanted:
        by = mine.actor(borrower)
        if borrower not in known:
            hold = new_id(ports.random)
            entry = {"hold": hold, "borrower": borrower, "type": HARDSHIP}
            result = writing.append(ports, by, "hold-placed/1", entry, mine.part_of(idem, borrower), entry_id=hold)
            placed = writing.recorded(result, "hold-placed/1")["hold"], result["log_index"]
        else:
            placed = known[borrower]["id"], known[borrower]["place"]
        life = {"borrower": borrower, "source": "portal"}
        writing.append(ports, by, "sign-of-life/1", life, mine.part_of(idem, f"{borrower}-life"))
        holds.append({"hold": placed[0], "borrower": borrower, "log_index": placed[1]})
    return {"holds": holds}


def dispute_channel(ports: Ports, who: Session, channel: str, idem: Idem | None = None) -> Record:
    """This is not mine, or no longer: nobody dials it any more."""
    owner = mine.one(ports, who, "channels", channel)["borrower"]
    body = {"channel": channel, "borrower": owner}
    result = writing.append(ports, mine.actor(owner), "channel-disputed/1", body, idem)
    return {"channel": channel, **writing.proof_of(result)}

"""My holds, those that were lifted too, with the officer's reason; and what my institution changed about me."""

from __future__ import annotations

import base64

from registry.model.ids import new_id
from registry.model.times import stamp
from registry.usecases import writing
from registry.usecases.me import mine
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.sign_in import Session

MOST = 200
MOST_REASONS = 50


def place(ports: Ports, who: Session, body: Body, idem: Idem | None = None) -> Record:
    """`{type, borrower?, account?}` → `{hold, borrower, account?, type, log_index, proof}`: at once, and a sign of
    life besides. Only an officer lifts it, with a reason. Raises NotFoundError, MalformedError `borrower-needed`."""
    if "account" in body:
        owner = mine.one(ports, who, "accounts", body["account"])["borrower"]
        if body.get("borrower", owner) != owner:
            raise mine.nothing()
    else:
        owner = mine.chosen(who, body.get("borrower"))
    hold = new_id(ports.random)
    entry = {"hold": hold, "borrower": owner, **{n: body[n] for n in ("account", "type") if n in body}}
    result = writing.append(ports, mine.actor(owner), "hold-placed/1", entry, idem, entry_id=hold)
    return {**writing.recorded(result, "hold-placed/1"), **writing.proof_of(result)}


def listed(ports: Ports, who: Session) -> list[Record]:
    """My holds, oldest first: `[{hold, borrower, account?, type, state, by_role?, placed_at?, lifted_at?, reason?}]`;
    the reason of a lifting to a strong session alone."""
    writing.catch_up(ports)
    found = ports.store.records("holds", {"borrower": who.subjects}, limit=MOST)
    reasons = _reasons(ports, who, found) if who.strong else {}
    return [_view(one, reasons) for one in found]


def _view(one: Record, reasons: dict[str, str]) -> Record:
    names = ("borrower", "account", "type", "state", "by_role")
    view = {"hold": one["id"], **{name: one[name] for name in names if one[name] is not None}}
    view |= {name: stamp(one[name]) for name in ("placed_at", "lifted_at") if one[name] is not None}
    return view | ({"reason": reasons[one["id"]]} if one["id"] in reasons else {})


def _reasons(ports: Ports, who: Session, found: list[Record]) -> dict[str, str]:
    noted = [one for one in found if one["note"] is not None][-MOST_REASONS:]
    blobs = ports.store.notes([one["note"] for one in noted])
    sealed = [{"hold": one["id"], "blob": base64.b64encode(blobs[one["note"]]).decode("ascii")}
              for one in noted if one["note"] in blobs]
    if not sealed:
        return {}
    told: dict[str, str] = ports.vault.call("lifted-reasons", {"session": who.token, "sealed": sealed})["reasons"]
    return told


def changes(ports: Ports, who: Session) -> list[Record]:
    """What my institutions changed, newest first: `[{change, borrower, institution, account?, what, at, …}]`."""
    writing.catch_up(ports)
    found = ports.store.records("changes", {"borrower": who.subjects}, limit=MOST, newest=True)
    names = mine.names(ports, [one for row in found for one in (row["lender"], row["said"].get("assignee"))])
    return [_change(one, names) for one in found]


def _change(one: Record, names: dict[str, str]) -> Record:
    said = {name: value for name, value in one["said"].items() if name != "loan"}
    if "assignee" in said:
        said["assignee"] = names[said["assignee"]]
    view = {"change": one["id"], "borrower": one["borrower"], "institution": names[one["lender"]],
            "what": one["what"], "at": stamp(one["at"]), **said}
    return view | ({"account": one["account"]} if one["account"] is not None else {})

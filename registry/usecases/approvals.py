"""Approvals: what waits for an officer, with the facts and what to sign; never a number."""

from __future__ import annotations

from collections.abc import Sequence

from registry.errors import ConflictError, NotFoundError
from registry.model.entries import Actor
from registry.model.times import DAY, parse_stamp, stamp
from registry.usecases import acts, paging, staff, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

PATH = "/v1/approvals"
VALID = DAY  # a request that nobody answered within it takes a new lookup
ASKED = ("about", "purpose", "mode", "client", "account", "visitors")
KINDS = {"approve": "approval-given/1", "refuse": "approval-refused/1"}


def listed(ports: Ports, by: Actor, page: Page) -> Record:
    """One page of approvals. Open ones carry the draft of approving: `entry` and `to_sign`, as `?draft=1` gives."""
    writing.catch_up(ports)
    found = paging.listed(ports, "approvals", page, {}, lambda one: _view(ports, by, one))
    if found["items"]:
        # A look at facts about a person is itself an entry.
        writing.append(ports, by, "viewed/1", {"what": "approvals"})
    return found


def case(ports: Ports, by: Actor, approval: str) -> tuple[Record, Record]:
    """(the request as it is stored, what an officer must know of it as of now): every fact, each attempt with why it
    counts or not, what would be said, what else stands against it; never a number. The second is empty once it was
    settled. The look is an entry, made first. Raises NotFoundError.
    """
    found = _found(ports, approval)
    if found["state"] != "open":
        return found, {}
    staff.viewed(ports, by, "timeline", approval)
    return found, ports.vault.call("approval-case", {"by": by.value(), "approval": approval})


def opened(ports: Ports, by: Actor, approval: str) -> Record:
    """The same as one object, `over` where it is too late to approve."""
    found, known = case(ports, by, approval)
    over = bool(known) and not live(ports, [found])
    return {**_shown(found), **known, **({"over": over} if known else {})}


def asked(ports: Ports, approval: str) -> Record:
    """`{about, purpose, mode, client, account, visitors?}`: what a request asks for, as its entry in the log says.

    An approval names the request alone: this is what its words are read from. Raises NotFoundError.
    """
    body = writing.entry_of(ports.vault.call("entry", {"id": approval})).body
    return {"about": "contact", **{name: body[name] for name in ASKED if name in body}}


def live(ports: Ports, found: Sequence[Record]) -> list[Record]:
    """Those of some open requests that can still be answered, by the log clock."""
    oldest = parse_stamp(ports.vault.call("log-now", {})["now"]) - VALID
    return [one for one in found if one["requested_at"] is None or one["requested_at"] >= oldest]


def _view(ports: Ports, by: Actor, one: Record) -> Record:
    view = _shown(one)
    if one["state"] != "open":
        return view
    facts = ports.vault.call("approval-facts", {"by": by.value(), "approval": one["id"]})
    body = {"approval": one["id"], "verdict": "approve"}
    return {**view, "facts": facts, **draft(ports, by, body)}


def _shown(one: Record) -> Record:
    members = ("lookup", "client", "account", "borrower", "contact", "purpose", "mode", "state", "officer")
    view = paging.shown(one, *members, approval="id")
    if not view["contact"]:
        del view["contact"]
    view["about"] = "contact" if "contact" in view else "visit"
    return view | {name: stamp(one[name]) for name in ("requested_at", "settled_at") if one[name] is not None}


def proposal(ports: Ports, body: Body) -> acts.Proposal:
    """The act of approving or refusing. Raises NotFoundError, ConflictError where it was settled already."""
    found = _found(ports, body["approval"])
    if found["state"] in ("refused", "used", "over"):
        raise ConflictError("this request was settled already", code="approval-settled")
    return acts.Proposal(KINDS[body["verdict"]], {"approval": body["approval"], "borrower": found["borrower"]})


def draft(ports: Ports, by: Actor, body: Body, once: str | None = None) -> Record:
    """`{approval, verdict, note?}` → what to sign, and `request`: what is approved by it."""
    found = acts.draft(ports, by, PATH, body, lambda: proposal(ports, body), once=once)
    return {**found, "request": asked(ports, body["approval"])}


def settle(ports: Ports, by: Actor, body: Body, idem: Idem | None = None) -> Record:
    """The same with `auth` → `{approval, verdict, log_index, proof}`."""
    result = acts.sign_off(ports, by, PATH, body, idem)
    return {"approval": body["approval"], "verdict": body["verdict"], **writing.proof_of(result)}


def _found(ports: Ports, approval: str) -> Record:
    found = ports.store.record("approvals", approval)
    if found is None:
        writing.catch_up(ports)
        found = ports.store.record("approvals", approval)
    if found is None:
        raise NotFoundError("there is no such request for approval")
    return found

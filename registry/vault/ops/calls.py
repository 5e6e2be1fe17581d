"""What the courier says and asks about brokered calls: the record of one, and whether the bridge may go on."""

from __future__ import annotations

from typing import Any

from registry.errors import MalformedError
from registry.model import canonical
from registry.model.catalogue import KINDS
from registry.model.catalogue.calls import DECIDED, TALKED
from registry.model.entries import Draft, Entry, draft_of
from registry.model.kinds import kind_of
from registry.model.shapes import ID_SHAPE
from registry.vault import authority, calling
from registry.vault.answering import object_for_ever
from registry.vault.arguments import OBJECT, SIGNATURE, Args
from registry.vault.desk import Answer, Desk
from registry.vault.ops.table import Op, always
from registry.vault.relations import unknown
from registry.vault.scripts import is_call

SAME = ("lookup", "borrower", "contact", "line", "call")  # what records of one call share


def call_record(desk: Desk, args: Args, at: int) -> Answer:
    """One call over a bridge, as the courier vouches for it. Who said never again on it has objected: for every
    agency, for ever. The same record again changes nothing.

    Raises MalformedError, NotFoundError, UnauthorizedError.
    """
    draft = draft_of(args["entry"])
    if draft.kind != "call-recorded/1":
        raise MalformedError("this op takes the record of a call", pointer="/entry/kind")
    kind = kind_of(draft, KINDS)
    authority.admit(draft, kind, desk.directory, at, made_here=True)
    entry = _said_already(desk, draft) or desk.write(draft, at)
    made = [entry]
    if entry.body["stop"]:
        contact = desk.relations.entry(entry.body["contact"], "contact-registered/1")
        made.append(object_for_ever(desk, contact, at, "reply"))
    return desk.answer(made)


def _said_already(desk: Desk, draft: Draft) -> Entry | None:
    """A record of the same call, where those in the log say all that this one would restrict by: that somebody was
    spoken with, and that he said stop. Of a clock's few milliseconds there is nothing to tell."""
    body = draft.body
    known = [
        entry for entry in desk.relations.history(body["borrower"])
        if entry.kind == draft.kind and all(entry.body[name] == body[name] for name in SAME)
    ]
    if not known or (body["outcome"] == TALKED and all(one.body["outcome"] != TALKED for one in known)):
        return None
    stopped = [one for one in known if one.body["stop"]] if body["stop"] else known
    return stopped[-1] if stopped else None


def call_stands(desk: Desk, args: Args) -> dict[str, Any]:
    """{stands}: whether the bridge may go on connecting the two. Raises UnauthorizedError, NotFoundError."""
    signed = canonical.encode({"op": "call-stands", "lookup": args["lookup"]})
    authority.check_courier(signed, args["auth"], desk.directory)
    permit = desk.relations.entry(args["lookup"], *DECIDED)
    if not is_call(permit):
        raise unknown()
    return {"stands": calling.stands(desk, permit)}


CALLS = {
    "call-record": Op({"entry": OBJECT}, write=call_record, restricts=always),
    "call-stands": Op({"lookup": ID_SHAPE, "auth": SIGNATURE}, read=call_stands),
}

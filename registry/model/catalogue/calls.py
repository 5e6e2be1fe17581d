"""Kinds about brokered calls and visits, and the decisions that name their terms."""

from __future__ import annotations

from registry.model.catalogue.lookups import LOOKUPS
from registry.model.catalogue.terms import MODE, PURPOSE
from registry.model.kinds import Authority as A
from registry.model.kinds import Kind
from registry.model.shapes import BOOL, ID_SHAPE, STAFF_CODE, TIME, Optional, integer, listing, words

# Decisions of either kind, and requests for approval of either. The second says more, and never anything else.
DECIDED = ("lookup-decided/1", "lookup-decided/2")
ASKED_APPROVAL = ("approval-requested/1", "approval-requested/2")
OFFICER_ROLES = ("compliance", "operations", "legal")
VISITED = ("met", "not-home", "moved", "wrong-address", "refused", "deceased", "distress")
BROKERED = "brokered-call"  # the template of an address opened for a bridge
TALKED = "talked"  # of a brokered call: somebody was spoken with

_DECIDED = next(one for one in LOOKUPS if one.name == DECIDED[0])
_VISITORS = Optional(listing(STAFF_CODE, 8, 1))
_CALL = {"lookup": ID_SHAPE, "borrower": ID_SHAPE, "contact": ID_SHAPE, "line": ID_SHAPE}

CALLS = [
    # Of a visit and of a brokered call. `visitors`: who will stand at the door; `caller`: the collector named the
    # line that the call comes from, which is kept sealed elsewhere.
    Kind(DECIDED[1], A.VAULT, {**_DECIDED.fields, "visitors": _VISITORS, "caller": Optional(BOOL)}, directory=True),
    # Of a visit: no contact, and these very visitors.
    Kind(ASKED_APPROVAL[1], A.VAULT, {
        "approval": ID_SHAPE, "lookup": ID_SHAPE, "client": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE,
        "about": words("contact", "visit"), "contact": Optional(ID_SHAPE), "purpose": PURPOSE, "mode": MODE,
        "visitors": _VISITORS,
    }, ("borrower",)),
    Kind("officer-role-set/1", A.OFFICER, {"officer": ID_SHAPE, "role": words(*OFFICER_ROLES)}, directory=True),
    # The bridge connects the collector's line with the contact's until `expires_at`.
    Kind("call-bound/1", A.COURIER, {
        **_CALL, "opened": ID_SHAPE, "expires_at": TIME, "max_calls": integer(1, 100),
    }, ("borrower", "line")),
    # One call over the bridge, as its record says. `stop`: the person called said never again.
    Kind("call-recorded/1", A.COURIER, {
        **_CALL, "call": ID_SHAPE, "began_at": TIME, "ring_seconds": Optional(integer(0, 86_400)),
        "talk_seconds": integer(0, 86_400),
        "outcome": words(TALKED, "no-answer", "busy", "declined", "not-alerted", "failed"), "stop": BOOL,
    }, ("borrower", "line"), restricting=True),
    # `failed`: the bridge would not connect the two; `withdrawn`: something restricted the permit since.
    Kind("call-unbound/1", A.COURIER, {
        **_CALL, "why": words("expired", "used", "withdrawn", "failed"),
    }, ("borrower", "line")),
    # What became of a visit, by the word of those who made it: it only tightens.
    Kind("visit-reported/1", A.ANYONE, {
        "lookup": ID_SHAPE, "account": ID_SHAPE, "borrower": ID_SHAPE, "agency": ID_SHAPE,
        "outcome": words(*VISITED), "reported_at": TIME, "agent": STAFF_CODE,
    }, ("borrower",), restricting=True, directory=True),
]

"""Pages of an officer: what waits, and from there everything that is decided."""

from __future__ import annotations

from flask import Response

from registry.model.times import parse_stamp
from registry.usecases import alarms, erasures, signing
from registry.usecases import approvals as requests
from registry.usecases.paging import MOST
from registry.web.context import ports
from registry.web.portal import (
    officer_acts,
    officer_agencies,
    officer_alarms,
    officer_approvals,
    officer_compare,
    officer_complaints,
    officer_erasures,
    officer_providers,
    officer_roles,
    officer_rules,
    officer_suspensions,
)
from registry.web.portal.officer_passkeys import own
from registry.web.portal.officer_shared import blueprint
from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

__all__ = [
    "NAV", "blueprint", "home", "officer_acts", "officer_agencies", "officer_alarms", "officer_approvals",
    "officer_compare",
    "officer_complaints", "officer_erasures", "officer_providers", "officer_roles", "officer_rules",
    "officer_suspensions", "own",
]

# Text and endpoint of each place in the navigation.
NAV = [
    ("officer.nav.home", "portal.officer.home"), ("officer.nav.approvals", "portal.officer.approvals"),
    ("officer.nav.complaints", "portal.officer.complaints"), ("officer.nav.agencies", "portal.officer.agencies"),
    ("officer.nav.packs", "portal.officer.packs"), ("officer.nav.releases", "portal.officer.releases"),
]


@blueprint.get("")
@signed_in("officer")
def home() -> Response:
    """What waits for an officer, counted."""
    store, status = ports().store, ports().vault.call("status", {})
    complaints = store.records("complaints", {"state": "open"}, limit=MOST)
    late = 0
    if complaints:
        told = ports().vault.call("complaint-deadlines", {"complaints": [one["id"] for one in complaints]})
        late = sum(1 for one in told["deadlines"].values() if parse_stamp(one) < parse_stamp(told["at"]))
    return show(
        "officer/home.html", until=current().expires_at, stopped=status["stopped"],
        approvals=len(requests.live(ports(), store.records("approvals", {"state": "open"}, limit=MOST, newest=True))),
        complaints=len(complaints), late=late,
        holds=store.count("holds", {"state": "placed"}), alarms=sum(alarms.open_by_name(ports()).values()),
        acts=len(signing.waiting(ports())), erasures=erasures.waiting(ports(), 1)["waiting"],
    )

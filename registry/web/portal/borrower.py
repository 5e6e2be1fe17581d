"""Pages of a borrower: the first one, and the way to all others."""

from __future__ import annotations

from flask import Response

from registry.model.times import MINUTE
from registry.usecases.me import overview
from registry.web.context import ports
from registry.web.portal import (  # noqa: F401 - each puts its pages into the blueprint
    borrower_access,
    borrower_complaints,
    borrower_consents,
    borrower_contacts,
    borrower_holds,
    borrower_lookups,
    borrower_reach,
    language,
)
from registry.web.portal.borrower_base import BORROWER, blueprint, told_hours
from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

__all__ = ["NAV", "blueprint"]

# Text and endpoint of each place in the navigation.
NAV = [
    ("me.nav.home", "portal.borrower.home"), ("me.nav.lookups", "portal.borrower.lookups_page"),
    ("me.nav.consents", "portal.borrower.consents_page"), ("me.nav.contacts", "portal.borrower.contacts_page"),
    ("me.nav.reach", "portal.borrower.reach"), ("me.nav.complaints", "portal.borrower.complaints_page"),
    ("me.nav.data", "portal.borrower.data"),
]


@blueprint.get("")
@signed_in(BORROWER)
def home() -> Response:
    """Where things stand."""
    found = overview.overview(ports(), current())
    if found["borrowers"]:
        language.use_zone(found["borrowers"][0]["time_zone"])
    minutes = max(1, (current().expires_at - ports().wall()) // MINUTE)
    return show("borrower/home.html", borrowers=found["borrowers"], minutes=minutes, hours=told_hours,
                changes=borrower_holds.changes_in_words())

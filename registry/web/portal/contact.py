"""Pages of a contact: the first one, and the way to all others."""

from __future__ import annotations

from flask import Response

from registry.model.times import MINUTE
from registry.usecases.c import consents, uses
from registry.usecases.paging import Page
from registry.web.context import ports
from registry.web.portal import (  # noqa: F401 - each puts its pages into the blueprint
    contact_complaints,
    contact_consents,
    contact_leaving,
    contact_reports,
    contact_uses,
)
from registry.web.portal.contact_base import CONTACT, blueprint, listings, named
from registry.web.portal.contact_uses import told
from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

__all__ = ["NAV", "blueprint"]

# Text and endpoint of each place in the navigation.
NAV = [
    ("c.nav.home", "portal.contact.home"), ("c.nav.consents", "portal.contact.consents_page"),
    ("c.nav.uses", "portal.contact.uses_page"), ("c.nav.complaints", "portal.contact.complaints_page"),
    ("c.nav.objection", "portal.contact.objection"), ("c.nav.data", "portal.contact.data"),
]


@blueprint.get("")
@signed_in(CONTACT)
def home() -> Response:
    """Who listed this number, and what waits for an answer."""
    found = listings()
    asked = consents.waiting(ports(), current(), found)
    last = [told(one, found[one["contact"]]) for one in uses.of_all(ports(), current(), found, Page(1))["items"]]
    return show("contact/home.html", listings=list(found.values()), named=named, asked=asked, last=last,
                minutes=max(1, (current().expires_at - ports().wall()) // MINUTE))

"""Pages of a contact."""

from __future__ import annotations

from flask import Blueprint, Response

from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

blueprint = Blueprint("contact", __name__, url_prefix="/c")
# Text and endpoint of each place in the navigation.
NAV = [("c.nav.home", "portal.contact.home")]


@blueprint.get("")
@signed_in("contact")
def home() -> Response:
    """The first page."""
    return show("contact/home.html", until=current().expires_at)

"""Pages of a borrower."""

from __future__ import annotations

from flask import Blueprint, Response

from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

blueprint = Blueprint("borrower", __name__, url_prefix="/me")
# Text and endpoint of each place in the navigation.
NAV = [("me.nav.home", "portal.borrower.home")]


@blueprint.get("")
@signed_in("borrower")
def home() -> Response:
    """The first page."""
    return show("borrower/home.html", until=current().expires_at)

"""Pages of a officer."""

from __future__ import annotations

from flask import Blueprint, Response

from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

blueprint = Blueprint("officer", __name__, url_prefix="/officer")
# Text and endpoint of each place in the navigation.
NAV = [("officer.nav.home", "portal.officer.home")]


@blueprint.get("")
@signed_in("officer")
def home() -> Response:
    """The first page."""
    return show("officer/home.html", until=current().expires_at)

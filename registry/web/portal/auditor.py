"""Pages of a auditor."""

from __future__ import annotations

from flask import Blueprint, Response

from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

blueprint = Blueprint("auditor", __name__, url_prefix="/auditor")
# Text and endpoint of each place in the navigation.
NAV = [("auditor.nav.home", "portal.auditor.home")]


@blueprint.get("")
@signed_in("auditor")
def home() -> Response:
    """The first page."""
    return show("auditor/home.html", until=current().expires_at)

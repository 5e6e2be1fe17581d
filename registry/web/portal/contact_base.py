"""What the contact's pages share: their blueprint, who listed the number, and the page after an act."""

from __future__ import annotations

from flask import Blueprint, Response

from registry.usecases.c import listed, wording
from registry.usecases.c.listed import Listing
from registry.web.context import ports
from registry.web.portal import language
from registry.web.portal.pages import show
from registry.web.portal.sessions import current

CONTACT = "contact"
blueprint = Blueprint(CONTACT, __name__, url_prefix="/c")


def listings() -> dict[str, Listing]:
    """Who listed this number, and from here on times in the zone of the first. Two queries."""
    found = listed.listings(ports(), current())
    for one in found.values():
        language.use_zone(one.time_zone)
        break
    return found


def named(one: Listing) -> str:
    """The given name in the reader's language, or what stands in its place."""
    return wording.name(one, language.language())


def who(found: dict[str, Listing]) -> list[tuple[str, str]]:
    """(contact, name and institution) of each listing, to choose among."""
    return [(one.contact, language.t("c.who", name=named(one), institution=one.institution))
            for one in found.values()]


def done(act: str, receipts: list[str]) -> Response:
    """What was recorded, with the receipts to keep. Loaded again it would do the same, which changes nothing."""
    return show("contact/done.html", act=act, receipts=receipts)


def receipt_file(receipt: str, name: str) -> Response:
    """A receipt as a file."""
    return Response(receipt, content_type="application/jwt", headers={
        "Content-Disposition": f'attachment; filename="{name}.jwt"', "Cache-Control": "no-store"})

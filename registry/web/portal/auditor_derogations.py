"""Where the floor yields for a while: each derogation, who granted it, and why."""

from __future__ import annotations

from flask import Response

from registry.usecases import auditing, derogations
from registry.web.context import ports
from registry.web.portal import language, pages
from registry.web.portal.auditor_shared import blueprint, me
from registry.web.portal.sessions import signed_in


@blueprint.get("/derogations")
@signed_in("auditor")
def granted() -> Response:
    """In force, coming and past."""
    found = derogations.listed(ports(), me(), language.language())["derogations"]
    return pages.show("auditor/derogations.html", derogations=found, called=auditing.names(ports()))

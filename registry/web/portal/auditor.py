"""Pages of an auditor: the way in, and the state of the log."""

from __future__ import annotations

from flask import Response

from registry.usecases import alarms, auditing
from registry.web.context import ports
from registry.web.portal import (
    auditor_alarms,
    auditor_derogations,
    auditor_figures,
    auditor_lookups,
    auditor_resolutions,
)
from registry.web.portal.auditor_shared import blueprint
from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in

__all__ = [
    "NAV", "auditor_alarms", "auditor_derogations", "auditor_figures", "auditor_lookups", "auditor_resolutions",
    "blueprint", "home",
]

# Text and endpoint of each place in the navigation.
NAV = [
    ("auditor.nav.home", "portal.auditor.home"), ("auditor.nav.lookups", "portal.auditor.lookups"),
    ("auditor.nav.figures", "portal.auditor.figures"), ("auditor.nav.log", "portal.auditor.log"),
    ("auditor.nav.alarms", "portal.auditor.alarms"), ("auditor.nav.resolutions", "portal.auditor.resolutions"),
]


@blueprint.get("")
@signed_in("auditor")
def home() -> Response:
    """The first page."""
    return show("auditor/home.html", until=current().expires_at,
                alarms=sum(alarms.open_by_name(ports()).values()))


@blueprint.get("/log")
@signed_in("auditor")
def log() -> Response:
    """Size, checkpoint, witnesses, and the signature checked now."""
    return show("auditor/log.html", log=auditing.log_state(ports()))

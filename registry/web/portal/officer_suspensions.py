"""Suspending a provider on its page, and taking it up again: both are drawn up, and signed on the act's own page."""

from __future__ import annotations

from flask import Response

from registry.errors import MalformedError
from registry.usecases import suspensions
from registry.web.api.suspensions import SuspensionSchema
from registry.web.context import ports
from registry.web.portal.officer_providers import page_of
from registry.web.portal.officer_shared import blueprint, form_of, loaded, me, to_act
from registry.web.portal.sessions import signed_in
from registry.web.schemas.common import NotedActSchema

TO_THE_MINUTE = len("2026-01-31T23:59")  # as a browser sends a date and a time; all times of these pages are UTC


@blueprint.post("/providers/<word:provider>/suspension")
@signed_in("officer")
def suspend_provider(provider: str) -> Response:
    """Draws up that a provider is not believed any more, from now on or since some time."""
    form, once = form_of("since", optional=("note",))
    since = form["since"] + (":00" if len(form["since"]) == TO_THE_MINUTE else "")
    body, errors = loaded(SuspensionSchema, {**form, "since": f"{since}Z" if since else ""})
    if not errors:
        try:
            return to_act(suspensions.suspend_draft(ports(), me(), provider, body, once))
        except MalformedError as error:
            if error.pointer != "/since":
                raise
            errors = {"since": "officer.error.since"}
    return page_of(provider, form, errors)


@blueprint.post("/providers/<word:provider>/resume")
@signed_in("officer")
def resume_provider(provider: str) -> Response:
    """Draws up that it is believed again."""
    form, once = form_of("note")
    body, errors = loaded(NotedActSchema, form)
    if errors:
        return page_of(provider, form, errors)
    return to_act(suspensions.resume_draft(ports(), me(), provider, body, once))

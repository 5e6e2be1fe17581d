"""Officers' roles: who speaks for what, what is coming, and another given by signatures."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from registry.errors import NotFoundError
from registry.model.catalogue.calls import OFFICER_ROLES
from registry.usecases import governance, officer_roles
from registry.web.api.officer_roles import RoleSchema
from registry.web.context import ports
from registry.web.portal import forms, pages
from registry.web.portal.officer_shared import blueprint, loaded, me, to_act
from registry.web.portal.sessions import signed_in


@blueprint.get("/roles")
@signed_in("officer")
def roles() -> Response:
    """Every officer with the role in force, and a form for another."""
    return _page({}, {})


@blueprint.post("/roles")
@signed_in("officer")
def give_role() -> Response:
    """Draws up an officer's role: in force after a day, at once where two officers sign."""
    form = forms.read("officer", "role")
    body, errors = loaded(RoleSchema, form)
    known = {one["officer"] for one in officer_roles.listed(ports())["officers"]}
    if not errors and body["officer"] not in known:
        errors = {"officer": "officer.error.officer"}
    return _page(form, errors) if errors else to_act(officer_roles.draft(ports(), me(), body))


@blueprint.post("/roles/<id:officer>/suspension")
@signed_in("officer")
def suspend_officer(officer: str) -> Response:
    """Suspends another officer at once and for good: whoever may sign in may tighten."""
    forms.read()
    if officer not in {one["officer"] for one in officer_roles.listed(ports())["officers"]}:
        raise NotFoundError("there is no such officer")
    governance.suspend(ports(), me(), officer)
    return pages.go("portal.officer.roles", said="officer.said.officer-suspended")


def _page(typed: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    found = officer_roles.listed(ports())["officers"]
    apart = len({one["role"] for one in found if "suspended" not in one}) > 1
    return pages.show("officer/roles.html", 422 if errors else 200, officers=found, roles=OFFICER_ROLES, apart=apart,
                      me=me().id, typed=typed, errors=errors)

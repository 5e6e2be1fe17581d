"""Reach me like this, and: I cannot pay."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import ValidationError

from registry.errors import MalformedError
from registry.usecases.me import overview, reaching
from registry.usecases.me.overview import HARDSHIP
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language
from registry.web.portal.borrower_base import (
    BORROWER,
    WINDOWS,
    blueprint,
    institutions,
    open_people,
    told_hours,
    whole,
)
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in
from registry.web.schemas.me_writes import ReachableSchema

NEW = "new"
LANGUAGES = ("zh", "en")
ALL = "all"
START: dict[str, Any] = {"channel": "", "medium": "voice", "address": "", "windows": [], "language": "",
                         "borrower": ""}
ADDRESSES = frozenset({"number-malformed", "address-malformed", "malformed", "number-impossible"})


@blueprint.get("/reach")
@signed_in(BORROWER)
def reach() -> Response:
    """What is in force, and the choices."""
    own = open_people()
    if not own:
        return go("portal.borrower.home")
    return _form(own, {**START, "language": language.language()}, {})


@blueprint.post("/reach")
@signed_in(BORROWER)
def be_reached() -> Response:
    """Tells everybody who asks how I can be reached."""
    own = open_people()
    if not own:
        return go("portal.borrower.home")
    windows, form = forms.several("windows", "language", "address", optional=("channel", "borrower", "medium"))
    typed = {**START, **form, "windows": windows, "medium": form["medium"] or "voice"}
    errors = _lacking(typed, own)
    if errors:
        return _form(own, typed, errors)
    try:
        reaching.reachable(ports(), current(), whole(ReachableSchema(), _body(typed)))
    except ValidationError:
        return _form(own, typed, {"channel": "me.error.choose"})
    except MalformedError:
        return _form(own, typed, {"address": "me.error.address"})
    return go("portal.borrower.home", said="me.said.reachable")


def _lacking(typed: dict[str, Any], own: list[Record]) -> dict[str, str]:
    errors = {}
    if not typed["channel"]:
        errors["channel"] = "me.error.choose"
    if typed["channel"] == NEW and not typed["address"]:
        errors["address"] = "me.error.address"
    if typed["channel"] == NEW and len(own) > 1 and not typed["borrower"]:
        errors["borrower"] = "me.error.choose"
    if not typed["windows"] or not set(typed["windows"]) <= set(WINDOWS):
        errors["windows"] = "me.error.tick"
    if typed["language"] not in LANGUAGES:
        errors["language"] = "me.error.choose"
    return errors


def _body(typed: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"windows": [WINDOWS[one] for one in WINDOWS if one in typed["windows"]],
                            "language": typed["language"]}
    if typed["channel"] != NEW:
        return {**body, "channel": typed["channel"]}
    medium = "email" if "@" in typed["address"] else typed["medium"]
    new = {"new_channel": {"medium": medium, "value": typed["address"]}}
    return {**body, **new, **({"borrower": typed["borrower"]} if typed["borrower"] else {})}


def _form(own: list[Record], typed: dict[str, Any], errors: dict[str, str]) -> Response:
    mine = {one["id"] for one in own}
    known = [(one["channel"], channel_words(one)) for one in reaching.channels(ports(), current())
             if one["borrower"] in mine]
    offers = overview.callbacks(ports(), current())
    options = {
        "channel": [*known, (NEW, language.t("me.reach.channel.new"))],
        "windows": [(one, language.t(f"me.reach.window.{one}")) for one in WINDOWS],
        "language": [(one, language.t(f"me.reach.language.{one}")) for one in LANGUAGES],
        "borrower": list(institutions(own).items()) if len(own) > 1 else [],
    }
    return show("borrower/reach.html", 422 if errors else 200, typed=typed, errors=errors, options=options,
                offers=list(offers.values()), hours=told_hours)


def channel_words(one: Record) -> str:
    """A channel of mine in words: masked where this session may see so much."""
    medium = language.t(f"me.reach.medium.{one['medium']}")
    if "shown" in one:
        return language.t("me.reach.shown", medium=medium, shown=one["shown"])
    return language.t("me.reach.known", medium=medium)


@blueprint.get("/hardship")
@signed_in(BORROWER)
def hardship() -> Response:
    """What happens when I say that I cannot pay."""
    own = open_people()
    if not own:
        return go("portal.borrower.home")
    held = ports().store.records("holds", {"borrower": current().subjects, "type": HARDSHIP, "state": "placed"})
    done = {one["borrower"] for one in held} >= {one["id"] for one in own}
    names = list(institutions(own).items()) if len(own) > 1 else []
    return show("borrower/hardship.html", done=done, names=names)


@blueprint.post("/hardship")
@signed_in(BORROWER)
def say_hardship() -> Response:
    """Pauses everything."""
    form = forms.read(optional=("borrower",))
    chosen = form["borrower"]
    reaching.cannot_pay(ports(), current(), {} if chosen in ("", ALL) else {"borrower": chosen})
    return go("portal.borrower.home", said="me.said.paused")

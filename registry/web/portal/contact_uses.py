"""Every use of my number, and answering instead of being called."""

from __future__ import annotations

from flask import Response, request

from registry.errors import MalformedError
from registry.usecases.c import uses, wording
from registry.usecases.c.listed import Listing
from registry.usecases.paging import Page, read_cursor
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language
from registry.web.portal.contact_base import CONTACT, blueprint, done, listings, named
from registry.web.portal.pages import show
from registry.web.portal.sessions import current, signed_in
from registry.web.problems import BadRequestError
from registry.web.schemas.c import ANSWERS
from registry.web.schemas.me_writes import LONGEST_ADDRESS

A_PAGE = 20
# On the page each of these is a button; the other one needs an address.
BUTTONS = ("will-relay", "cannot", "not-me", "never")
TOLD = "gave-channel"


@blueprint.get("/uses")
@signed_in(CONTACT)
def uses_page() -> Response:
    """Newest first."""
    found = listings()
    cursor = request.args.get("cursor")
    page = Page(A_PAGE, -1 if cursor is None else read_cursor(cursor))
    shown = uses.of_all(ports(), current(), found, page)
    return show("contact/uses.html", uses=[told(one, found[one["contact"]]) for one in shown["items"]],
                next=shown["next"], first=cursor is None)


@blueprint.get("/uses/<id:use>")
@signed_in(CONTACT)
def use_page(use: str) -> Response:
    """One use, and what can be answered."""
    return _page(use, {}, {})


@blueprint.post("/uses/<id:use>/answer")
@signed_in(CONTACT)
def answer_use(use: str) -> Response:
    """Records the answer."""
    form = forms.read("answer", optional=("address",))
    if form["answer"] not in ANSWERS or (form["address"] and form["answer"] != TOLD):
        raise BadRequestError("this form has other members than its page gave it", code="form-malformed")
    if form["answer"] == TOLD and not 0 < len(form["address"]) <= LONGEST_ADDRESS:
        return _page(use, form, {"address": "c.error.address"})
    body = {name: value for name, value in form.items() if value}
    try:
        answered = uses.answer(ports(), current(), use, body)
    except MalformedError:
        return _page(use, form, {"address": "c.error.address"})
    return done(answered["answer"], [answered["receipt"]])


def _page(use: str, typed: dict[str, str], errors: dict[str, str]) -> Response:
    found = listings()
    one = uses.one_of(ports(), current(), found, use)
    listing = found[one["contact"]]
    return show("contact/use.html", 422 if errors else 200, one=told(one, listing), name=named(listing),
                typed=typed, errors=errors, buttons=BUTTONS, longest=LONGEST_ADDRESS, erased=listing.erased)


def told(one: Record, listing: Listing) -> Record:
    """A use with the sentence that says it."""
    said = wording.used(one, listing, language.day(one["at"]), language.language())
    return {**one, "said": said}

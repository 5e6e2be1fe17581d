"""My complaints."""

from __future__ import annotations

from flask import Response, request
from marshmallow import ValidationError

from registry.errors import ConflictError
from registry.usecases.me import complaints, lookups, mine
from registry.usecases.ports import Record
from registry.web import shapes
from registry.web.context import ports
from registry.web.portal import forms, language
from registry.web.portal.borrower_base import BORROWER, blueprint, date_of, institutions, money, people, whole
from registry.web.portal.borrower_lookups import result_of
from registry.web.portal.pages import go, show
from registry.web.portal.sessions import current, signed_in
from registry.web.schemas.me_writes import LONGEST_TEXT, MyComplaintSchema

TONES = {"open": "wait", "settled": "good"}


@blueprint.get("/complaints")
@signed_in(BORROWER)
def complaints_page() -> Response:
    """What I complained of, and until when I get an answer."""
    own = people()
    names = institutions(own)
    found = [{**one, "name": one.get("agency_name", "…" if one["about"] == "agency" else names[one["borrower"]])}
             for one in reversed(complaints.listed(ports(), current()))]
    return show("borrower/complaints.html", complaints=found, tones=TONES, money=money, date_of=date_of)


@blueprint.get("/complaints/new")
@signed_in(BORROWER)
def new_complaint() -> Response:
    """About whom, and what happened; `?lookup=` says about which request."""
    asked = request.args.get("lookup", "")
    typed = {"lookup": asked if shapes.ID.match(asked) else "", "about": "", "text": ""}
    return _form(people(), typed, {})


@blueprint.post("/complaints/new")
@signed_in(BORROWER)
def complain() -> Response:
    """Seals and files it."""
    own = people()
    typed = forms.read("text", optional=("about", "lookup", "once"))
    errors = {} if 0 < len(typed["text"]) <= LONGEST_TEXT else {"text": "me.error.text"}
    if not typed["lookup"] and not typed["about"]:
        errors["about"] = "me.error.choose"
    if errors:
        return _form(own, typed, errors)
    try:
        complaints.file(ports(), current(), whole(MyComplaintSchema(), _body(typed)), forms.once(typed))
    except ValidationError:
        return _form(own, typed, {"about": "me.error.choose"})
    except ConflictError as error:
        if error.code != "idempotency-conflict":
            raise
        return _form(own, typed, {"text": "me.error.sent"})
    return go("portal.borrower.complaints_page", said="me.said.complained")


def _body(typed: dict[str, str]) -> dict[str, str]:
    """The form as a body: `about` is `lender:<borrower>`, `registry:<borrower>` or `agency:<borrower>:<agency>`."""
    if typed["lookup"]:
        return {"about": "lookup", "lookup": typed["lookup"], "text": typed["text"]}
    about, _, rest = typed["about"].partition(":")
    borrower, _, agency = rest.partition(":")
    return {"about": about, "borrower": borrower, "text": typed["text"], **({"agency": agency} if agency else {})}


def _form(own: list[Record], typed: dict[str, str], errors: dict[str, str]) -> Response:
    strong = current().strong
    one = lookups.brief(ports(), current(), typed["lookup"]) if typed["lookup"] and strong else None
    return show("borrower/complain.html", 422 if errors else 200, typed=typed, errors=errors, longest=LONGEST_TEXT,
                once=forms.fresh(), one=one, result="" if one is None else result_of(one),
                options=[] if one else _about(own))


def _about(own: list[Record]) -> list[tuple[str, str]]:
    """Everybody whom this borrower may complain about: institutions, companies that have or had the account, we.

    The companies to a strong session alone: who collects is what a telephone in other hands must not tell.
    """
    placed = []
    if current().strong:
        accounts = tuple(one["id"] for one in ports().store.records("accounts", {"borrower": current().subjects}))
        placed = ports().store.records("placements", {"account": accounts})
    names = mine.names(ports(), [one["lender"] for one in own] + [one["agency"] for one in placed])
    agencies = dict.fromkeys((one["borrower"], one["agency"]) for one in placed)
    return [
        *((f"agency:{borrower}:{agency}", language.t("me.complain.about.agency", name=names[agency]))
          for borrower, agency in agencies),
        *((f"lender:{one['id']}", names[one["lender"]]) for one in own),
        (f"registry:{own[0]['id']}", language.t("me.complaints.about.registry")),
    ]

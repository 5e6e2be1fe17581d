"""Complaints: what presses first; the words behind a button, for each look is an entry; verdict, remedy, payment."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from registry.usecases import complaints as filed
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import forms, language, pages
from registry.web.portal.officer_shared import blueprint, form_of, loaded, me, names, parties, to_act, zones
from registry.web.portal.sessions import signed_in
from registry.web.schemas.officer_complaints import REMEDIES, VERDICTS, PaymentSchema, SettlementSchema

MOST_SETTLED = 25


@blueprint.get("/complaints")
@signed_in("officer")
def complaints() -> Response:
    """Open ones, overdue ones first; and the last that were settled."""
    pressing = filed.pressing(ports())
    settled = ports().store.records("complaints", {"state": "settled"}, limit=MOST_SETTLED, newest=True)
    return pages.show("officer/complaints.html", complaints=pressing, settled=settled, names=names(parties()),
                      zones=zones(pressing))


@blueprint.get("/complaints/<id:complaint>")
@signed_in("officer")
def complaint(complaint: str) -> Response:
    """One complaint, its words still closed."""
    return _page(filed.complaint(ports(), complaint))


@blueprint.post("/complaints/<id:complaint>/text")
@signed_in("officer")
def complaint_text(complaint: str) -> Response:
    """The same with its words: that they were read is an entry first."""
    forms.read()
    return _page(filed.opened(ports(), me(), complaint))


@blueprint.post("/complaints/<id:complaint>/settlement")
@signed_in("officer")
def settle_complaint(complaint: str) -> Response:
    """Draws up the end of a complaint."""
    form, once = form_of("verdict", "remedy", optional=("amount", "currency", "note"))
    sent = {"verdict": form["verdict"], "remedy": form["remedy"], "note": form["note"]}
    if form["remedy"] == "compensation":
        sent |= {"amount_minor": _minor(form["amount"]), "currency": form["currency"]}
    body, errors = loaded(SettlementSchema, sent, ("amount_minor",))
    if errors:
        errors = {name.replace("amount_minor", "amount"): text for name, text in errors.items()}
        return _page(filed.complaint(ports(), complaint), errors, form)
    return to_act(filed.settle_draft(ports(), me(), complaint, body, once))


@blueprint.post("/complaints/<id:complaint>/payment")
@signed_in("officer")
def pay(complaint: str) -> Response:
    """Draws up that a compensation was paid."""
    form = forms.read("paid_on")
    body, errors = loaded(PaymentSchema, form)
    if errors:
        return _page(filed.complaint(ports(), complaint), errors, form)
    return to_act(filed.payment_draft(ports(), me(), complaint, body))


def _minor(typed: str) -> str:
    """An amount with up to two decimals in minor units; what is none stays as it is, to be refused."""
    whole, dot, rest = typed.replace(",", "").partition(".")
    good = whole.isascii() and whole.isdigit() and len(rest) <= 2 and (rest.isdigit() if dot else True)
    return f"{int(whole)}{rest:0<2}" if good and len(whole) < 12 else typed or "?"


def _page(found: Record, errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None) -> Response:
    language.use_zone(zones([found]).get(found["borrower"], language.UTC))
    return pages.show(
        "officer/complaint.html", 422 if errors else 200, complaint=found, names=names(parties()),
        verdicts=VERDICTS, remedies=REMEDIES, errors=errors or {}, typed=typed or {"currency": "CNY"},
    )

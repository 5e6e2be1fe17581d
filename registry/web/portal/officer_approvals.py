"""Requests for approval: the facts in plain words, every attempt, what would be said; never a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, request

from registry.model.times import date_of
from registry.texts import reasons
from registry.usecases import approvals as requests
from registry.usecases import writing
from registry.usecases.ports import Record
from registry.web.context import ports
from registry.web.portal import language, pages
from registry.web.portal.officer_shared import (
    PAGE,
    blueprint,
    form_of,
    me,
    names,
    next_cursor,
    page_after,
    parties,
    to_act,
    zones,
)
from registry.web.portal.sessions import signed_in
from registry.web.schemas.officer import ApprovalSchema

LONGEST_NOTE = 500
Facts = Mapping[str, Any]
Sentence = tuple[str, dict[str, object]]  # a text's key and what its places are given


@blueprint.get("/approvals")
@signed_in("officer")
def approvals() -> Response:
    """Requests that can still be answered, newest first: behind the first one that is too old all are."""
    writing.catch_up(ports())
    found = ports().store.records(
        "approvals", {"state": "open"}, after=page_after(request.args.get("cursor", "")), limit=PAGE + 1, newest=True)
    live = requests.live(ports(), found)
    return pages.show("officer/approvals.html", approvals=live[:PAGE], next=next_cursor(live),
                      names=names(parties()), zones=zones(live[:PAGE]))


@blueprint.get("/approvals/<id:approval>")
@signed_in("officer")
def approval(approval: str) -> Response:
    """One request with everything that an officer must know. The look is an entry, made first."""
    return _page(approval, {})


@blueprint.post("/approvals/<id:approval>")
@signed_in("officer")
def settle(approval: str) -> Response:
    """Draws up the approval or the refusal, to be signed on the next page."""
    form, once = form_of("verdict", optional=("note",))
    body = {"approval": approval, **{name: value for name, value in form.items() if value}}
    wrong = ApprovalSchema().validate(body)
    if wrong:
        return _page(approval, {"note": "officer.error.note"}, form)
    return to_act(requests.draft(ports(), me(), body, once))


def _page(approval: str, errors: Mapping[str, str], typed: Mapping[str, str] | None = None) -> Response:
    found, case = requests.case(ports(), me(), approval)
    over = bool(case) and not requests.live(ports(), [found])
    language.use_zone(case["zone"] if case else zones([found]).get(found["borrower"], language.UTC))
    if case:
        case = {**case, "earliest": _but_for_the_approval(case["earliest"])}
    plain = [(code, reasons.plain(code, language.language())) for code in case.get("reasons", ())]
    return pages.show(
        "officer/approval.html", 422 if errors else 200, approval=found, case=case, reasons=plain,
        requested=requests.asked(ports(), approval),
        facts=list(_facts(case, found)) if case else [], names=names(parties()), errors=errors, typed=typed or {},
        longest=LONGEST_NOTE, over=over,
        waiting=reasons.in_the_way(case["earliest"], language.language()) if case else {},
    )


def _but_for_the_approval(earliest: Record) -> Record:
    """When it would be possible, as the officer who reads it may approve it now: where nothing else is in the way."""
    alone = list(earliest["bars"]) == ["approval-missing"] and not earliest["waits"]
    return {**earliest, "bars": []} if alone else earliest


def _facts(case: Record, found: Record) -> Iterator[Sentence]:
    """The facts as sentences: the account, the effort, the notice, both consents, what holds."""
    facts, effort = case["facts"], case.get("effort")
    account = facts.get("account")
    if account is not None:
        yield "officer.fact.overdue", {"count": facts["today"] - account["due_since"],
                                       "since": date_of(account["due_since"])}
    if not found["contact"] and effort is not None:
        # Of a visit no effort on the telephone is asked, nor consent: officers see what was tried, and decide.
        yield "officer.fact.visit-attempts", {"count": effort["attempts"]["have"], "days": effort["days"]["have"]}
    elif effort is not None:
        yield "officer.fact.waived" if effort["waived"] else "officer.fact.attempts", {
            **{f"{name}_have": effort[name]["have"] for name in ("attempts", "days", "dayparts", "span", "channels")},
            **{f"{name}_need": effort[name]["need"] for name in ("attempts", "days", "dayparts", "span", "channels")}}
    notices = facts["notices"]
    if notices:
        yield "officer.fact.notice", {"at": language.day(max(one["at"] for one in notices)), "count": len(notices),
                                      "delivered": sum(1 for one in notices if one["delivered"])}
    else:
        yield "officer.fact.no-notice", {}
    if not found["contact"]:
        yield ("officer.fact.holds" if facts["holds"] else "officer.fact.no-holds"), {
            "holds": ", ".join(facts["holds"])}
        return
    contact = next((one for one in facts["contacts"] if one["id"] == found["contact"]), None)
    yield from _consents("borrower", facts["consents"])
    yield from _consents("contact", [] if contact is None else contact["consents"])
    if contact is not None:
        releases, messages = len(contact["line"]["releases"]), len(contact["line"]["messages"])
        yield "officer.fact.used", {"releases": releases, "messages": messages}
    yield ("officer.fact.holds" if facts["holds"] else "officer.fact.no-holds"), {"holds": ", ".join(facts["holds"])}


def _consents(giver: str, consents: list[Facts]) -> Iterator[Sentence]:
    live = [one for one in consents if not one["ended"]]
    if not live:
        yield f"officer.fact.no-consent.{giver}", {}
        return
    last = max(live, key=lambda one: int(one["at"]))
    yield f"officer.fact.consent.{giver}", {"at": language.day(last["at"]), "until": language.day(last["expires_at"])}

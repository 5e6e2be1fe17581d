"""Consents: given with a code, withdrawn with one click, and each act receipted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from registry.errors import code_refused
from registry.model.entries import Actor
from registry.texts import language_for, notices
from registry.usecases import paging, writing
from registry.usecases.paging import Page
from registry.usecases.ports import Body, Idem, Ports, Record

CODE = re.compile(r"[0-9]{6}\Z", re.ASCII)


def give(ports: Ports, by: Actor, body: Body, idem: Idem) -> Record:
    """CONTRACT section 2's body → `{consent, state, assurance, receipt?, proof, withdraw_url}`.

    A contact's consent waits for the code that the courier sends to that very line.
    """
    times = {name: writing.moment(body[name]) for name in ("given_at", "expires_at")}
    return _given(ports, writing.write(ports, "consent", {"by": by.value(), **body, **times}, idem))


def enter_code(ports: Ports, consent: str, code: str) -> Record:
    """The contact's code → the consent, given. Wrong, unknown and expired are one MalformedError `code-refused`."""
    if CODE.match(code) is None:
        raise code_refused()
    return _given(ports, writing.write(ports, "check-code", {"consent": consent, "code": code}, None))


def withdraw(ports: Ports, by: Actor, consent: str, idem: Idem | None = None) -> Record:
    """→ `{consent, receipt, log_index, proof}`. Never harder than giving."""
    through = "lender" if by.role == "lender" else "agency"
    args = {"by": by.value(), "consent": consent, "through": through}
    result = writing.write(ports, "withdraw", args, idem)
    return {"consent": result["consent"], "receipt": result["receipt"], **writing.proof_of(result)}


def renew(ports: Ports, by: Actor, consent: str, body: Body, idem: Idem | None = None) -> Record:
    """`{scope?, notice?, expires_at?}` → `{consent, renews, state, assurance, expires_at, proof, withdraw_url}`: a
    new request that waits for the person's own code.

    Raises NotFoundError; ConflictError `renewal-not-due`, `renewal-cooldown`, `renewal-not-asked`,
    `channel-not-personal`; MalformedError `scope-wider`.
    """
    found = writing.owned(ports, "consents", consent, by)
    # The person reads it in the portal: our own text of today, unless the lender shows another.
    said = {"notice": notices.current(found["giver"]).shown(language_for(found["notice"]["language"])), **body}
    times = {name: writing.moment(body[name]) for name in ("expires_at",) if name in body}
    result = writing.write(ports, "renew-consent", {"by": by.value(), "consent": consent, **said, **times}, idem)
    shown = {name: result[name] for name in ("consent", "renews", "state", "assurance", "expires_at")}
    return {**shown, **writing.proof_of(result), "withdraw_url": f"{ports.public_url}/r/{result['withdraw_token']}"}


def renewed_by(ports: Ports, consents: Sequence[str]) -> Record:
    """Of some consents those that renew an earlier one, which one."""
    found: Record = {}
    for start in range(0, len(consents), 64):
        found |= ports.vault.call("renewals", {"consents": list(consents[start:start + 64])})["renews"]
    return found


def answer(ports: Ports, token: str, answer_: str) -> Record:
    """`refuse`, `withdraw` or `object` by the bearer of a message's link → `{act, receipt}`; of a relayed message too
    `will-relay`, `cannot`, `not-me` or `never` → `{act, answer, receipt}`.

    Raises NotFoundError, MalformedError `answer-not-asked`.
    """
    result = writing.write(ports, "answer", {"token": token, "answer": answer_}, None)
    return {name: result[name] for name in ("act", "answer", "receipt") if name in result}


def asked_by(ports: Ports, token: str) -> str:
    """What the link of a message asks of its bearer: `relay`, an answer to a relayed message, or `stop`."""
    return str(ports.vault.call("link", {"token": token})["asks"])


def listed(ports: Ports, by: Actor, page: Page) -> Record:
    """One page of the consents that the lender recorded or asked for."""
    found = paging.listed(ports, "consents", page, {"lender": by.id}, _view)
    return {**found, "items": _renewing(ports, found["items"])}


def shown(ports: Ports, by: Actor, consent: str) -> Record:
    """One consent of the lender's."""
    return _renewing(ports, [_view(writing.owned(ports, "consents", consent, by))])[0]


def _renewing(ports: Ports, views: list[Record]) -> list[Record]:
    """The same, each renewal with the consent that it renews."""
    renews = renewed_by(ports, [one["consent"] for one in views])
    return [{**one, **({"renews": renews[one["consent"]]} if one["consent"] in renews else {})} for one in views]


def _view(one: Record) -> Record:
    members = ("giver", "borrower", "contact", "account", "state", "assurance", "given_at", "expires_at")
    return paging.shown(one, *members, consent="id")


def _given(ports: Ports, result: Mapping[str, Any]) -> Record:
    shown = {name: result[name] for name in ("consent", "state", "assurance", "receipt") if name in result}
    return {**shown, **writing.proof_of(result), "withdraw_url": f"{ports.public_url}/r/{result['withdraw_token']}"}

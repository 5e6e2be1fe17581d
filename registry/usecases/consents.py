"""Consents: given with a code, withdrawn with one click, and each act receipted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from registry.errors import code_refused
from registry.model.entries import Actor
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
    return paging.listed(ports, "consents", page, {"lender": by.id}, _view)


def shown(ports: Ports, by: Actor, consent: str) -> Record:
    """One consent of the lender's."""
    return _view(writing.owned(ports, "consents", consent, by))


def _view(one: Record) -> Record:
    members = ("giver", "borrower", "contact", "account", "state", "assurance", "given_at", "expires_at")
    return paging.shown(one, *members, consent="id")


def _given(ports: Ports, result: Mapping[str, Any]) -> Record:
    shown = {name: result[name] for name in ("consent", "state", "assurance", "receipt") if name in result}
    return {**shown, **writing.proof_of(result), "withdraw_url": f"{ports.public_url}/r/{result['withdraw_token']}"}

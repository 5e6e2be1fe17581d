"""What a request needs from the process: the ports, and who is asking."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request

from registry.errors import ConsentryError
from registry.model.entries import Actor
from registry.usecases.ports import Body, Idem, Ports, Record
from registry.usecases.tokens import Client
from registry.web.problems import BadRequestError
from registry.web.shapes import IDEMPOTENCY_KEY

EXTENSION = "consentry"
# In `g`, for the metrics: what a lookup was answered, and a dial check.
VERDICT, MAY_DIAL = "verdict", "may_dial"
COURIER_KEY = "consentry-courier-key"


def ports() -> Ports:
    """The process's ports."""
    return cast(Ports, current_app.extensions[EXTENSION])


def courier_key() -> dict[str, str]:
    """The courier's public P-256 JWK, asked of the vault once. Raises UnavailableError."""
    cache = current_app.extensions[COURIER_KEY]
    if not cache:
        cache.update(ports().vault.call("keys", {})["courier_enc"])
    return cast("dict[str, str]", cache)


def client() -> Client:
    """Who is asking. Raises ConsentryError on an open endpoint: a fault of ours."""
    found = g.get("client")
    if found is None:
        raise ConsentryError("this endpoint is open and has no client")
    return cast(Client, found)


def actor() -> Actor:
    """In whose name entries are written."""
    return client().actor


def judged(answer: Record) -> Record:
    """Notes how a lookup was answered."""
    setattr(g, VERDICT, (answer["verdict"], answer.get("state", "")))
    return answer


def dial_checked(answer: Record) -> Record:
    """Notes how a dial check was answered."""
    setattr(g, MAY_DIAL, (answer["may_dial"], answer.get("state", "")))
    return answer


def _asker() -> Actor:
    """Whose repeats these are: a client's, or those of whoever signed in."""
    session = g.get("session")
    return actor() if session is None else cast(Actor, session.actor())


def idem(body: Body) -> Idem | None:
    """The request's Idempotency-Key with its scope, None where none was sent. Raises BadRequestError."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if IDEMPOTENCY_KEY.match(key) is None:
        raise BadRequestError("an Idempotency-Key is 1 to 64 of A-Z a-z 0-9 _ -", code="idempotency-key-malformed")
    return {"scope": f"{_asker().id}:{request.method}:{request.path}", "key": key, "request": dict(body)}


def needed_idem(body: Body) -> Idem:
    """The same where the contract demands a key. Raises BadRequestError `idempotency-key-missing`."""
    found = idem(body)
    if found is None:
        raise BadRequestError("send an Idempotency-Key: 1 to 64 of A-Z a-z 0-9 _ -", code="idempotency-key-missing")
    return found
